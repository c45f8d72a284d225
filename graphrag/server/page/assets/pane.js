// The pane beside a view: a document with its highlights, or an entity's card.  On a phone it covers the view.

import { get } from "./api.js";
import { make, marked, plural, say, trouble } from "./dom.js";
import { card } from "./entity.js";
import { closePane } from "./links.js";
import { read } from "./state.js";

const pane = document.getElementById("pane");
const narrow = matchMedia("(max-width: 999px)");
let loading = null;

/** Show what the address names, or close; `focus` moves the focus into the pane. */
export async function showPane(focus) {
  loading?.abort();
  const { params } = read(), asked = params.get("doc") ?? params.get("card");
  pane.hidden = asked === null;
  document.body.classList.toggle("with-pane", !pane.hidden);
  cover();
  if (asked === null) { pane.replaceChildren(); return; }
  loading = new AbortController();
  const { signal } = loading;
  const close = make("button", { type: "button", class: "close", "aria-label": "Close", onclick: closePane }, "✕");
  const body = make("div", { class: "pane-body", "aria-busy": "true" }, make("p", { class: "soft" }, "Loading …"));
  pane.replaceChildren(close, body);
  try {
    const content = params.has("doc") ? await documentOf(params, signal) : await card(asked, signal);
    if (signal.aborted) return;
    body.replaceChildren(...content);
    settle(body, focus);
  } catch (error) {
    if (error.name !== "AbortError") body.replaceChildren(trouble(error));
    if (focus && !signal.aborted) close.focus();
  }
  body.removeAttribute("aria-busy");
}

// The first highlight comes into view and takes the focus, so that a screen reader reads from there.
function settle(body, focus) {
  const mark = body.querySelector(".text mark"), heading = body.querySelector("h2");
  pane.setAttribute("aria-label", heading.textContent);
  pane.scrollTop = 0;
  const target = mark ?? heading;
  target.setAttribute("tabindex", "-1");
  if (mark) {
    const away = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTop = Math.max(0, away - pane.clientHeight / 3);
  }
  if (focus) target.focus({ preventScroll: true });
  say(mark ? `${heading.textContent}, at the quoted place` : heading.textContent);
}

function cover() {
  const covered = !pane.hidden && narrow.matches;
  for (const part of [document.getElementById("main"), document.querySelector("header")]) part.inert = covered;
}
narrow.addEventListener("change", cover);

pane.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) { event.preventDefault(); closePane(); }
});

async function documentOf(params, signal) {
  const id = params.get("doc"), highlight = params.getAll("at").filter((each) => /^\d+-\d+$/.test(each));
  const told = await get(`documents/${encodeURIComponent(id)}`, { highlight }, signal);
  const facts = [["Id", told.id], ["Source", told.source], ...Object.entries(told.metadata ?? {})]
    .filter(([, value]) => value !== null && value !== undefined && value !== "");
  return [
    make("p", { class: "kind" }, "Document"),
    make("h2", {}, told.title || told.id),
    told.highlights.length ? make("p", { class: "soft" }, `${plural(told.highlights.length, "quoted place")} highlighted`) : null,
    make("div", { class: "text" }, marked(told.text, told.highlights)),
    make("dl", { class: "facts" }, facts.map(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, typeof value === "string" ? value : JSON.stringify(value))])),
  ].filter(Boolean);
}
