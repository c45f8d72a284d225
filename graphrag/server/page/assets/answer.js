// The answer's text with numbered citations, the quotes they stand for, and what the question was taken to ask.

import { make, number, plural, short } from "./dom.js";
import { documentLink, entityLink } from "./links.js";

const QUOTES = 8;
const FORMS = { plain: "One passage may answer it", comparison: "A comparison", "multi-hop": "Several hops", local: "About one thing", global: "About the whole corpus", drift: "The corpus, then single things" };

/** What the question was taken to ask. */
export function planSection(plan, timings = null) {
  const names = new Map((plan.seeds ?? []).map((seed) => [seed.entity_id, seed.name]));
  const took = timings ? Object.values(timings).reduce((sum, ms) => sum + ms, 0) : 0;
  const facts = [make("span", {}, Object.hasOwn(FORMS, plan.kind) ? FORMS[plan.kind] : plan.kind)];
  if (names.size) {
    facts.push(make("span", {}, "names ", [...names].flatMap(([id, name], i) => [i ? ", " : "", entityLink(id, name)])));
  }
  if (took) facts.push(make("span", {}, `${number(Math.max(1, Math.round(took)))} ms`));
  const parts = plan.sub_questions ?? [];
  return [
    make("p", { class: "plan" }, facts.flatMap((fact, i) => (i ? [" · ", fact] : [fact]))),
    parts.length > 1 ? make("details", { class: "parts" }, make("summary", {}, `Asked in ${parts.length} parts`),
      make("ol", {}, parts.map((part) => make("li", {}, part)))) : null,
  ].filter(Boolean);
}

/** The answer: a short one large, an overview by its sections; the marks [n] become links to the quotes. */
export function answerSection(told) {
  if (!told.text && told.ended) {
    return [make("p", { class: "short-answer none" }, "Not found in these documents."),
      make("p", { class: "soft" }, "The passages below come closest. A question with a name from the documents helps.")];
  }
  if (!told.text) return [make("p", { class: "working" }, "Reading …")];
  const blocks = told.text.split(/\n{2,}/).map((block) => block.split("\n").filter(Boolean)).filter((block) => block.length);
  // While it is written it is set as prose; only at its end is it known to be short.
  const brief = told.ended && blocks.length === 1 && blocks[0].length === 1 && Array.from(told.text).length < 140;
  const marksInside = /\[\d+\]/.test(told.text);
  const shown = brief
    ? [make("p", { class: "short-answer" }, cited(told.text, told), marksInside ? null : all(told))]
    : [...blocks.flatMap((block) => section(block, told)), marksInside ? null : make("p", {}, all(told))];
  for (const note of told.notes ?? []) shown.push(make("p", { class: "soft" }, note));
  if (told.ended && told.confidence !== undefined) shown.push(confidence(told.confidence));
  return shown.filter(Boolean);
}

// A section's first line is its title where it carries no citation and sentences follow.
function section(lines, told) {
  const titled = lines.length > 1 && !/\[\d+\]/.test(lines[0]);
  return lines.map((line, i) => (titled && i === 0 ? make("h3", {}, line) : make("p", { class: "prose" }, cited(line, told))));
}

function cited(text, told) {
  // A number stays with the word before it.
  return text.split(/\s*(\[\d+\])/).map((part) => {
    const mark = /^\[(\d+)\]$/.exec(part), quote = mark ? told.citations[Number(mark[1]) - 1] : null;
    if (quote) return citation(quote, Number(mark[1]), told);
    return mark ? ` ${part}` : part;
  });
}

const all = (told) => told.citations.map((quote, i) => citation(quote, i + 1, told));

const titleOf = (quote, told) => told.titles.get(quote.document_id) || quote.document_id;

const placeOf = (quote, told) => titleOf(quote, told) + (quote.page ? `, page ${quote.page}` : "");

function citation(quote, n, told) {
  return documentLink(quote.document_id, quote, { class: "cite", "aria-label": `Quote ${n}, from ${placeOf(quote, told)}`, title: short(quote.quote, 200) }, String(n));
}

function confidence(value) {
  const filled = make("span", { class: "fill sure" });
  filled.style.inlineSize = `${Math.round(100 * value)}%`;
  return make("p", { class: "confidence soft" }, "Confidence ", make("span", { class: "bar", "aria-hidden": "true" }, filled), ` ${Math.round(100 * value)} %`);
}

/** The quotes with their numbers; a long list shows its first ones. */
export function quotesSection(told) {
  if (!told.citations.length) return [];
  const rows = told.citations.map((quote, i) => make("li", {},
    make("span", { class: "n", "aria-hidden": "true" }, String(i + 1)),
    documentLink(quote.document_id, quote, { class: "quote" }, make("q", {}, quote.quote),
      make("span", { class: "soft from" }, placeOf(quote, told)))));
  const list = make("ol", { class: "quotes" }, rows.slice(0, QUOTES));
  const shown = [make("h2", {}, plural(rows.length, "quote")), list];
  if (rows.length > QUOTES) {
    const more = make("button", { type: "button", class: "quiet", onclick: () => {
      list.append(...rows.slice(QUOTES));
      more.remove();
      rows[QUOTES].querySelector("a").focus();
    } }, `Show all ${rows.length}`);
    shown.push(more);
  }
  return shown;
}
