// An entity's card: its names, what is said of it with the sentences that say it, where it belongs.

import { get } from "./api.js";
import { make, number, plural } from "./dom.js";
import { communityLink, documentLink, entityLink, quoteLink } from "./links.js";
import { address, read } from "./state.js";

const FIRST = 12;

/** Fetch an entity and return the elements of its card. */
export async function card(id, signal) {
  const told = await get(`entities/${encodeURIComponent(id)}`, {}, signal);
  const aliases = told.aliases.filter((alias) => alias !== told.name);
  return [
    make("p", { class: "kind" }, kindOf(told.label)),
    make("h2", {}, told.name),
    make("p", { class: "soft" }, `Named ${told.mentions === 1 ? "once" : `${number(told.mentions)} times`}`),
    aliases.length ? make("p", {}, make("span", { class: "soft" }, "Also: "), aliases.join(" · ")) : null,
    told.description ? make("p", { class: "describes" }, told.description) : null,
    make("p", { class: "row" },
      make("a", { class: "button", href: address("graph", { entity: id }) }, "Show in the graph"), pathFrom(id)),
    section(plural(told.facts.length, "fact"), factList(told), told.facts.length),
    section("Documents about it", make("ul", { class: "plain" }, told.documents.map((found) =>
      make("li", {}, documentLink(found.id, null, {}, found.title || found.id)))), told.documents.length),
    section("Communities", make("ul", { class: "plain" }, [...told.communities].sort((a, b) => a.level - b.level)
      .map((found) => make("li", {}, communityLink(found.id, found.title), make("span", { class: "soft" }, ` level ${found.level}`)))),
      told.communities.length),
  ].filter(Boolean);
}

// The readable form of a label of the extractor (spaCy's OntoNotes labels).
const KINDS = {
  PERSON: "Person", GPE: "Place", LOC: "Place", FAC: "Place", ORG: "Organisation", NORP: "Group", DATE: "Date",
  TIME: "Time", EVENT: "Event", WORK_OF_ART: "Work", LANGUAGE: "Language", PRODUCT: "Product", LAW: "Law",
  CARDINAL: "Number", ORDINAL: "Number", QUANTITY: "Quantity", MONEY: "Amount", PERCENT: "Share", TITLE: "Title", NAME: "Name",
};

/** A label in words. */
export const kindOf = (label) => (Object.hasOwn(KINDS, label) ? KINDS[label] : label || "Entity");

// With another entity in the explorer, its path to this one can be shown.
function pathFrom(id) {
  const { view, params } = read();
  const from = params.get("source") ?? params.get("entity");
  if (view !== "graph" || !from || from === id) return null;
  return make("a", { class: "button quiet", href: address("graph", { source: from, target: id }) }, "Path to it");
}

function section(title, content, count) {
  return count ? make("section", {}, make("h3", {}, title), content) : null;
}

function factList(told) {
  const list = make("ul", { class: "statements" }, told.facts.slice(0, FIRST).map((fact) => statement(fact, told.id)));
  if (told.facts.length <= FIRST) return list;
  const rest = make("button", { type: "button", class: "quiet", onclick: () => {
    const more = told.facts.slice(FIRST).map((fact) => statement(fact, told.id));
    list.append(...more);
    rest.remove();
    more[0].querySelector("a")?.focus();
  } }, `Show all ${number(told.facts.length)}`);
  return [list, rest];
}

function statement(fact, self) {
  const end = (thing) => (thing.id === self ? make("strong", {}, thing.name) : entityLink(thing.id, thing.name));
  return make("li", {},
    make("p", { class: "said" }, end(fact.subject), make("span", { class: "predicate" }, ` ${fact.predicate} `),
      fact.object ? end(fact.object) : make("span", {}, fact.value),
      fact.when ? make("span", { class: "soft" }, ` · ${fact.when}`) : null),
    fact.evidence.slice(0, 3).map((quote) => quoteLink(quote)),
    fact.evidence.length > 3 ? make("p", { class: "soft" }, `and ${plural(fact.evidence.length - 3, "more sentence")}`) : null);
}
