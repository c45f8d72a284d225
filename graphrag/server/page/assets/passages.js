// The passages that were found: where each comes from, its score by retriever, and its text.

import { legend, rows, stacked } from "./bars.js";
import { make, marked, plural } from "./dom.js";
import { documentLink, entityLink } from "./links.js";

const MORE = "Text and scores";

/** A list that grows while passages come. */
export class Passages {
  constructor() {
    this.element = make("section", { class: "passages", hidden: true });
    this.found = [];
    this.list = make("ol", { class: "found" });
  }

  get count() { return this.found.length; }

  add(evidence) {
    this.found.push(evidence);
    this.#frame();
    this.list.append(passage(evidence, this.found.length, this.#most()));
  }

  /** The final list; what already stands there in the same order stays, so that the focus is not lost. */
  settle(evidence) {
    const same = evidence.length === this.found.length && evidence.every((found, i) => found.chunk_id === this.found[i].chunk_id && found.score === this.found[i].score);
    this.found = evidence;
    this.#frame();
    if (!same) this.list.replaceChildren(...evidence.map((found, i) => passage(found, i + 1, this.#most())));
  }

  #most() { return Math.max(...this.found.map((found) => found.score), 1e-9); }

  #frame() {
    this.element.hidden = !this.found.length;
    this.element.replaceChildren(make("h2", {}, `${plural(this.found.length, "passage")} found`),
      legend(this.found.flatMap((found) => Object.keys(found.found_by))), this.list);
  }
}

function passage(evidence, rank, most) {
  const [best] = evidence.quotes;
  const place = best ?? { start: evidence.start, end: evidence.end };
  return make("li", {},
    make("div", { class: "passage-head" },
      make("span", { class: "n", "aria-hidden": "true" }, String(rank)),
      documentLink(evidence.document_id, place, { class: "title" }, evidence.title || evidence.document_id),
      evidence.heading && evidence.heading !== evidence.title ? make("span", { class: "soft heading" }, evidence.heading) : null,
      stacked(evidence.score, evidence.found_by, most), make("span", { class: "score" }, evidence.score.toFixed(2))),
    make("details", { ontoggle: ({ target }) => { target.querySelector(".more").textContent = target.open ? "Less" : MORE; } },
      make("summary", {}, make("span", { class: "excerpt" }, best ? best.quote : evidence.text),
        make("span", { class: "more" }, MORE)),
      make("div", { class: "text small" }, marked(evidence.text, evidence.quotes.map((quote) => ({ start: quote.start - evidence.start, end: quote.end - evidence.start })))),
      evidence.path.length > 1 ? make("p", { class: "way" }, make("span", { class: "soft" }, "Found by way of "), way(evidence.path)) : null,
      make("h3", {}, "Score by retriever"),
      rows(evidence.found_by)));
}

function way(path) {
  return path.flatMap((step, i) => [i ? make("span", { class: "soft" }, step.predicate ? ` ${step.predicate} ` : " → ") : null, entityLink(step.entity_id, step.name)]);
}
