// Communities: a tree by level to go down in, and the report on one with the quotes its findings rest on.

import { get } from "./api.js";
import { make, number, plural, say, trouble } from "./dom.js";
import { communityLink, documentLink, entityLink, quoteLink } from "./links.js";
import { address } from "./state.js";

const PAGE = 40;
const FIRST = 8;
let current = null;

/** Show the tree and, where the address names one, a report. */
export async function render(main, params, { same }) {
  current = params.get("id");
  const leaving = new AbortController();
  if (!same || !document.getElementById("report")) {
    const tree = make("nav", { class: "tree", "aria-label": "Communities" });
    main.replaceChildren(make("h1", { class: "wide" }, "Communities"),
      make("p", { class: "wide soft" }, "Groups of entities that are closer to each other than to the rest, each with a report from its sources' sentences."),
      make("div", { class: "split wide", id: "split" }, tree, make("article", { class: "report", id: "report" })));
    roots(tree);
  }
  mark();
  document.getElementById("split").classList.toggle("chosen", Boolean(current));
  report(document.getElementById("report"), current, same, leaving.signal);
  return () => leaving.abort();
}

// --- the tree

async function roots(tree) {
  const list = make("ul"), more = make("button", { type: "button", class: "quiet" }, "Show more");
  let cursor = null;
  const load = async () => {
    try {
      const told = await get("communities", { level: 0, limit: PAGE, cursor });
      const rows = told.communities.map((found) => item(found, found.size));
      list.append(...rows);
      if (!list.isConnected) tree.replaceChildren(list, more);
      else rows[0]?.querySelector("a").focus();
      cursor = told.next;
      more.hidden = !cursor;
      if (!list.childElementCount) tree.replaceChildren(make("p", { class: "soft" }, "There are no communities in this workspace."));
      mark();
    } catch (error) {
      tree.replaceChildren(trouble(error));
    }
  };
  more.addEventListener("click", load);
  await load();
}

function item(community, size = null) {
  const row = make("li", { "data-id": community.id });
  const open = make("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-label": `Parts of ${community.title}`, onclick: () => unfold(row, community, open) }, make("span", { "aria-hidden": "true" }, "›"));
  row.append(make("div", { class: "item" }, open, communityLink(community.id, community.title),
    make("span", { class: "soft" }, size === null ? "" : number(size))));
  return row;
}

async function unfold(row, community, open) {
  const shown = open.getAttribute("aria-expanded") === "true";
  open.setAttribute("aria-expanded", String(!shown));
  const inside = row.querySelector("ul");
  if (inside) { inside.hidden = shown; return; }
  try {
    const told = await get(`communities/${encodeURIComponent(community.id)}`);
    if (!told.children.length) { say("It has no parts"); open.disabled = true; open.replaceChildren(); return; }
    row.append(make("ul", {}, told.children.map((child) => item(child))));
    say(plural(told.children.length, "part"));
    mark();
  } catch (error) {
    say(error.message);
    open.setAttribute("aria-expanded", "false");
  }
}

function mark() {
  for (const row of document.querySelectorAll(".tree li")) {
    const link = row.querySelector(":scope > .item > a");
    if (row.dataset.id === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// --- a report

async function report(box, id, focus, signal) {
  if (!id) { box.replaceChildren(make("p", { class: "soft" }, "Choose a community for its report.")); return; }
  try {
    const told = await get(`communities/${encodeURIComponent(id)}`, {}, signal);
    const above = await ancestors(told, signal);
    signal.throwIfAborted();
    const heading = make("h2", { tabindex: "-1" }, told.title);
    const [from, to] = told.when ?? ["", ""];
    const facts = [`Level ${told.level}`, plural(told.documents.length, "document"), from && (from === to || !to ? from : `${from}–${to}`)].filter(Boolean);
    box.replaceChildren(
      make("p", { class: "crumbs" }, make("a", { href: address("communities", {}) }, "All"), above.flatMap((each) => [make("span", { "aria-hidden": "true" }, "›"), communityLink(each.id, each.title)])),
      heading, make("p", { class: "soft" }, facts.join(" · ")),
      told.summary ? make("p", { class: "summary" }, told.summary) : make("p", { class: "soft" }, "It is too small for a report; these are its entities."),
      ...part("Parts", told.children.length, make("ul", { class: "children" }, told.children.map((child) => make("li", {}, communityLink(child.id, child.title))))),
      ...part("Findings", told.findings.length, findings(told.findings)),
      ...part("Key entities", told.key_entities.length, make("p", { class: "chips" }, told.key_entities.map((each) => entityLink(each.id, each.name, { class: "chip" })))),
      ...part("Documents", told.documents.length, documents(told.documents)));
    if (focus) heading.focus({ preventScroll: true });
    if (focus && heading.getBoundingClientRect().top < 0) heading.scrollIntoView({ block: "center" });
    say(told.title);
  } catch (error) {
    if (error.name !== "AbortError") box.replaceChildren(trouble(error));
  }
}

const part = (title, count, content) => (count ? [make("h3", {}, title), content] : []);

async function ancestors(told, signal) {
  const found = [];
  for (let at = told; at.parent && found.length < 20;) {
    at = await get(`communities/${encodeURIComponent(at.parent)}`, {}, signal);
    found.unshift(at);
  }
  return found;
}

function findings(all) {
  return make("ol", { class: "findings" }, all.map((finding) => make("li", {},
    make("p", { class: "said" }, finding.text),
    // A finding that is a sentence of its source need not be said twice.
    finding.quotes.map((quote) => (quote.quote.trim() === finding.text.trim()
      ? documentLink(quote.document_id, quote, { class: "soft" }, "Read it in its document") : quoteLink(quote))))));
}

function documents(ids) {
  const link = (id) => make("li", {}, documentLink(id, null, {}, id));
  const list = make("ul", { class: "plain soft" }, ids.slice(0, FIRST).map(link));
  if (ids.length <= FIRST) return list;
  const more = make("button", { type: "button", class: "quiet", onclick: () => { list.append(...ids.slice(FIRST).map(link)); more.remove(); list.children[FIRST].firstChild.focus(); } }, `Show all ${number(ids.length)}`);
  return make("div", {}, list, more);
}
