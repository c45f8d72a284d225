// Why not this document, and how the ranking came about: both from the server's explanation of a question.

import { get, post } from "./api.js";
import { retriever, rows } from "./bars.js";
import { chooser } from "./choose.js";
import { make, plural, say, trouble } from "./dom.js";
import { documentLink } from "./links.js";

const CLASSES = {
  returned: "It was found", "ranked low": "It was a candidate, ranked low", "no link": "It was a candidate without a link",
  "not in candidates": "It was no candidate", "not cited": "The answer does not cite it", "unknown document": "There is no such document",
};

/** A field for a document that was expected, and what became of it. */
export function whyNot(question) {
  const said = make("div", { class: "why", "aria-live": "polite" });
  const field = chooser({
    name: "missing", label: "Why not this document?", hint: "Title of a document you expected", keep: true,
    search: async (text, signal) => (await get("documents", { q: text, limit: 8 }, signal)).documents
      .map((found) => ({ id: found.id, name: found.title || found.id, note: found.id })),
    pick: (item) => explain(question, item, said),
  });
  return make("section", { class: "why-not" }, make("h2", {}, "Missing a document?"), field, said);
}

async function explain(question, item, said) {
  said.replaceChildren(make("p", { class: "soft" }, "Looking …"));
  try {
    const { why_not: why } = await post("explain", { ...question, why_not: item.id });
    said.replaceChildren(
      make("p", {}, make("strong", {}, Object.hasOwn(CLASSES, why.class) ? CLASSES[why.class] : why.class), ": ", documentLink(item.id, null, {}, item.name)),
      make("p", {}, why.say),
      ...(why.features ? [make("h3", {}, "What spoke for it, before weighting"), rows(why.features, Math.max(1, ...Object.values(why.features)))] : []));
  } catch (error) {
    said.replaceChildren(trouble(error));
  }
}

/** Each retriever's weight and own best passages; asked for when it is opened. */
export function ranking(question) {
  const body = make("div");
  const details = make("details", { class: "ranking" }, make("summary", {}, "How the ranking came about"), body);
  details.addEventListener("toggle", async () => {
    if (!details.open || body.childElementCount) return;
    body.append(make("p", { class: "soft" }, "Looking …"));
    try {
      const told = await post("explain", question);
      body.replaceChildren(make("p", { class: "soft" }, `${plural(told.candidates, "candidate")} were compared. A passage's score adds up what each retriever gives it, times its weight.`),
        table(told.retrievers));
      say("The ranking is explained");
    } catch (error) {
      body.replaceChildren(trouble(error));
    }
  });
  return details;
}

function table(retrievers) {
  const cells = (name, told) => [
    make("th", { scope: "row" }, make("span", { class: `dot ${retriever(name)[0]}` }), name),
    make("td", { class: "number", "data-name": "Weight" }, told.weight.toFixed(2)),
    make("td", { "data-name": "Looks at" }, told.meaning),
    make("td", { "data-name": "Its best" }, told.top.slice(0, 3).flatMap((found, i) => [i ? " · " : "", documentLink(found.document_id, null, {}, found.title || found.document_id)])),
  ];
  return make("table", { class: "data weights" },
    make("thead", {}, make("tr", {}, ["Retriever", "Weight", "Looks at", "Its best"].map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, Object.entries(retrievers).sort((a, b) => b[1].weight - a[1].weight).map(([name, told]) => make("tr", {}, cells(name, told)))));
}
