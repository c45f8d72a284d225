// Scores as bars.  A passage's score is the sum of what each retriever adds; retrievers of one kind share a colour.

import { make } from "./dom.js";
import { communityLink } from "./links.js";

export const KINDS = [
  ["words", "Words"],
  ["meaning", "Meaning"],
  ["clauses", "Clauses"],
  ["names", "Names"],
  ["links", "Links"],
  ["walk", "Walk"],
  ["overview", "Communities"],
  ["other", "Other"],
];

// Names as the server gives them (graphrag.retrieval.fusion.FEATURES, and the modes local, global and drift).
const RETRIEVERS = {
  lexical: ["words", "words of the question (BM25)"],
  passage: ["meaning", "passage against the question"],
  sentence: ["meaning", "best sentence against the question"],
  residual: ["meaning", "best sentence, names left out"],
  context: ["meaning", "passage, names left out"],
  clause: ["clauses", "best sentence against a clause"],
  clause_passage: ["clauses", "passage against a clause"],
  seed: ["names", "about a name in the question"],
  link: ["links", "named by a first passage"],
  target: ["links", "named, and fits the rest of the question"],
  onward: ["links", "a sentence goes on from a first passage"],
  shared: ["links", "shares a rare name with a first passage"],
  bridge: ["links", "named and shares a rare name"],
  walk: ["walk", "PageRank from the question's names"],
  local: ["overview", "what is said about one thing"],
};

/** The kind of a retriever and what it looks at. */
export function retriever(name) {
  if (Object.hasOwn(RETRIEVERS, name)) return RETRIEVERS[name];
  return name.startsWith("report ") ? ["overview", "report of a community"] : ["other", ""];
}

const percent = (share) => `${Math.max(0, Math.min(100, 100 * share)).toFixed(2)}%`;

/** One bar of a length between 0 and 1, in the colour of a kind. */
function bar(kind, share) {
  const filled = make("span", { class: `fill ${kind}` });
  filled.style.inlineSize = percent(share);
  return make("span", { class: "bar", "aria-hidden": "true" }, filled);
}

/** The score of a passage as one bar of several colours; `most` is the score that fills the width. */
export function stacked(score, foundBy, most) {
  const sums = new Map();
  for (const [name, value] of Object.entries(foundBy)) {
    const [kind] = retriever(name);
    sums.set(kind, (sums.get(kind) ?? 0) + value);
  }
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0) || 1;
  const told = KINDS.filter(([kind]) => sums.has(kind));
  const label = `Score ${score.toFixed(2)}: ${told.map(([kind, name]) => `${name.toLowerCase()} ${sums.get(kind).toFixed(2)}`).join(", ")}`;
  const row = make("span", { class: "bar stacked", role: "img", "aria-label": label, title: label });
  for (const [kind] of told) {
    const filled = make("span", { class: `fill ${kind}` });
    filled.style.inlineSize = percent(sums.get(kind) / total * score / (most || 1));
    row.append(filled);
  }
  return row;
}

/** Each retriever's part as a row of its own: name, bar, value. */
export function rows(values, most = Math.max(...Object.values(values), 1e-9)) {
  const sorted = Object.entries(values).sort((a, b) => b[1] - a[1]);
  return make("ul", { class: "scores" }, sorted.map(([name, value]) => {
    const [kind, meaning] = retriever(name);
    const community = /^report (community-\S+)$/.exec(name);
    return make("li", {},
      make("span", { class: "score-name" }, community ? communityLink(community[1], meaning) : [make("b", {}, name), ` ${meaning}`]),
      bar(kind, value / most), make("span", { class: "score" }, value.toFixed(3)));
  }));
}

/** What the colours mean, for the kinds that occur. */
export function legend(names) {
  const seen = new Set(names.map((name) => retriever(name)[0]));
  return make("p", { class: "legend", "aria-hidden": "true" }, KINDS.filter(([kind]) => seen.has(kind))
    .map(([kind, name]) => make("span", {}, make("span", { class: `dot ${kind}` }), name)));
}
