// Links to what can be opened beside a view: a document at a quote, an entity's card; and to a community.

import { make } from "./dom.js";
import { address, go, paneAddress } from "./state.js";

// What opened the pane, so that closing it gives the focus back.
let opener = null;

function paneLink(values, attributes, children) {
  const link = make("a", { href: paneAddress(values), ...attributes }, children);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    openPane(values, link);
  });
  // The view's own state may have changed since the link was made; what is copied or opened elsewhere is up to date.
  link.addEventListener("pointerdown", () => { link.href = paneAddress(values); });
  return link;
}

/** Open the pane; `from` is the element that gets the focus back. */
export function openPane(values, from = document.activeElement) {
  // A link inside of the pane goes away with what it stands in.
  if (!document.getElementById("pane").contains(from)) opener = from;
  const target = paneAddress(values);
  if (target === location.hash) window.dispatchEvent(new CustomEvent("pane-again"));
  else go(target);
}

/** Close the pane and give the focus back. */
export function closePane() {
  go(paneAddress({}));
  if (opener?.isConnected) opener.focus();
  else document.getElementById("main").focus();
  opener = null;
}

const span = (quote) => `${quote.start}-${quote.end}`;

/** What the address says of a quote's document. */
export const quoteValues = (quote) => ({ doc: quote.document_id, at: span(quote) });

/** A link that opens a document, with the quote highlighted if there is one. */
export function documentLink(id, quote, attributes, ...children) {
  return paneLink({ doc: id, at: quote ? span(quote) : null }, attributes, children);
}

/** A quote as a link to its place. */
export function quoteLink(quote, ...after) {
  return documentLink(quote.document_id, quote, { class: "quote" }, make("q", {}, quote.quote), ...after);
}

/** A link that opens an entity's card; a plain text where it has none. */
export function entityLink(id, name, attributes = {}) {
  return id ? paneLink({ card: id }, attributes, [name]) : make("span", attributes, name);
}

/** A link to a community's report. */
export function communityLink(id, title, attributes = {}) {
  return make("a", { href: address("communities", { id }), ...attributes }, title);
}
