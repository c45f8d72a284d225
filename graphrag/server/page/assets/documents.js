// The list of documents, searched by title.

import { get } from "./api.js";
import { make, say, trouble } from "./dom.js";
import { documentLink } from "./links.js";
import { address, go } from "./state.js";

const PAGE = 50;

/** Show the list. */
export async function render(main, params, { same }) {
  const q = params.get("q") ?? "";
  if (!same) {
    const field = make("input", { type: "search", id: "find", name: "find", value: q, autocomplete: "off" });
    let wait = 0;
    const search = () => { clearTimeout(wait); go(address("documents", { q: field.value.trim() }), { replace: true }); };
    field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(search, 250); });
    main.replaceChildren(
      make("h1", {}, "Documents"),
      make("form", { class: "one-line", role: "search", onsubmit: (event) => { event.preventDefault(); search(); } },
        make("label", { for: "find" }, "Title contains"), field),
      make("div", { id: "found" }));
  } else if (document.activeElement?.id !== "find") document.getElementById("find").value = q;
  const leaving = new AbortController();
  list(document.getElementById("found"), q, leaving.signal);
  return () => leaving.abort();
}

async function list(box, q, signal) {
  const items = make("ul", { class: "list" }), more = make("button", { type: "button", class: "quiet" }, "Show more");
  let cursor = null;
  async function load(byHand) {
    try {
      const told = await get("documents", { q, limit: PAGE, cursor }, signal);
      const rows = told.documents.map((found) => make("li", {},
        documentLink(found.id, null, {}, found.title || found.id), make("span", { class: "soft" }, found.source)));
      items.append(...rows);
      cursor = told.next;
      more.hidden = !cursor;
      if (!items.childElementCount) box.replaceChildren(make("p", { class: "soft" }, q ? "No title contains this." : "There are no documents."));
      else if (!items.isConnected) box.replaceChildren(items, more);
      say(`${items.childElementCount} documents shown`);
      if (byHand) rows[0]?.querySelector("a").focus();
    } catch (error) {
      if (error.name !== "AbortError") box.replaceChildren(trouble(error));
    }
  }
  more.addEventListener("click", () => load(true));
  await load(false);
}
