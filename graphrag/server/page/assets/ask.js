// Ask a question and watch the answer come: plan, passages as they are found, answer, quotes, path.

import { events, get } from "./api.js";
import { answerSection, planSection, quotesSection } from "./answer.js";
import { make, say, trouble } from "./dom.js";
import { entityLink } from "./links.js";
import { Passages } from "./passages.js";
import { pathFigure } from "./path.js";
import { ranking, whyNot } from "./ranking.js";
import { address, go } from "./state.js";

const MODES = [
  ["auto", "Automatic"], ["hybrid", "Words and vectors"], ["basic", "Vectors"], ["lexical", "Words"], ["links", "Names and one hop"],
  ["ppr", "PageRank"], ["local", "About one thing"], ["global", "About the whole corpus"], ["drift", "Corpus, then things"],
];
const COUNTS = [5, 10, 20, 50];

let form = null, running = null, asked = null;

/** Show the form and, where the address holds a question, its answer. */
export async function render(main, params, { same }) {
  const wanted = { question: params.get("q") ?? "", mode: params.get("mode") ?? "auto", k: Number(params.get("k")) || 10 };
  if (!same) {
    form = questionForm();
    main.replaceChildren(make("h1", { class: "unseen" }, "Ask"), form.element, make("div", { id: "result" }));
  }
  form.set(wanted);
  const result = document.getElementById("result");
  if (wanted.question) answer(result, wanted);
  else {
    result.replaceChildren(...welcome());
    if (!same) form.field.focus({ preventScroll: true });
  }
  return () => running?.abort();
}

function questionForm() {
  const field = make("textarea", { id: "question", rows: "2", maxlength: "2000", placeholder: "Where was the director of … born?", enterkeyhint: "go" });
  const mode = make("select", { id: "mode" }, MODES.map(([value, name]) => make("option", { value }, name)));
  const k = make("select", { id: "k" }, COUNTS.map((count) => make("option", { value: count }, String(count))));
  const button = make("button", { type: "submit", class: "main" }, "Ask");
  const submit = (event) => {
    event.preventDefault();
    if (button.textContent === "Stop") { running?.abort(); return; }
    const q = field.value.trim();
    if (!q) { field.focus(); return; }
    const target = address("ask", { q, mode: mode.value === "auto" ? null : mode.value, k: k.value === "10" ? null : k.value });
    if (target !== location.hash) go(target);
    else answer(document.getElementById("result"), asked);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  const element = make("form", { class: "question", onsubmit: submit },
    make("label", { for: "question" }, "Your question"), field,
    make("div", { class: "row" },
      make("label", { class: "inline" }, make("span", {}, "Search by"), mode),
      make("label", { class: "inline" }, make("span", {}, "Passages"), k),
      button));
  return {
    element, field, button,
    set(wanted) {
      field.value = wanted.question;
      if (MODES.some(([value]) => value === wanted.mode)) mode.value = wanted.mode;
      if (!COUNTS.includes(wanted.k)) k.append(make("option", { value: wanted.k }, String(wanted.k)));
      k.value = String(wanted.k);
    },
  };
}

function welcome() {
  const things = make("p", { class: "chips" });
  get("entities", { limit: 12 }).then((told) => {
    if (told.entities.length) {
      things.before(make("h2", {}, "Named most in these documents"));
      things.append(...told.entities.map((found) => entityLink(found.id, found.name, { class: "chip" })));
    }
  }).catch((error) => things.replaceWith(trouble(error)));
  return [
    make("p", { class: "lead" }, "Answers come from the documents of this workspace, with the sentences they rest on. ",
      "Open a sentence to read it in its document."),
    things,
  ];
}

// --- an answer as it comes

async function answer(result, wanted) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  asked = wanted;
  const view = answerView(result, wanted);
  form.button.textContent = "Stop";
  result.setAttribute("aria-busy", "true");
  try {
    for await (const { event, data } of events("ask", { ...body(wanted), stream: true }, mine.signal)) view[event]?.(data);
    view.finish();
  } catch (error) {
    if (running === mine) view.failed(error.name === "AbortError" ? new Error("Stopped.") : error);
  } finally {
    if (running === mine) {
      form.button.textContent = "Ask";
      result.removeAttribute("aria-busy");
      running = null;
    }
  }
}

const body = (wanted) => ({ question: wanted.question, mode: wanted.mode, k: wanted.k });

function answerView(result, wanted) {
  const live = make("section", { class: "answer", "aria-live": "polite", "aria-busy": "true", "aria-label": "Answer" }, make("p", { class: "working" }, "Searching …"));
  const plan = make("div"), quotes = make("div"), path = make("div"), rest = make("div");
  const passages = new Passages();
  result.replaceChildren(plan, make("h2", { class: "unseen" }, "Answer"), live, path, quotes, passages.element, rest);
  const told = { text: "", citations: [], titles: new Map(), ended: false };

  function draw() {
    live.replaceChildren(...answerSection(told));
    quotes.replaceChildren(...quotesSection(told));
  }
  return {
    plan(data) {
      plan.replaceChildren(...planSection(data));
    },
    evidence(data) {
      told.titles.set(data.document_id, data.title);
      passages.add(data);
      if (!told.text) live.querySelector(".working")?.replaceChildren(`Reading ${passages.count} passages …`);
    },
    answer(data) {
      told.text = data.text ?? told.text + (data.delta ?? "");
      draw();
    },
    citations(data) {
      told.citations = data;
      draw();
    },
    done(data) {
      Object.assign(told, { text: data.answer, citations: data.citations, found: data.found, confidence: data.confidence, timings: data.timings, notes: data.notes, ended: true });
      for (const found of data.evidence) told.titles.set(found.document_id, found.title);
      plan.replaceChildren(...planSection(data.plan, data.timings));
      draw();
      live.removeAttribute("aria-busy");
      passages.settle(data.evidence);
      if (data.path.length) {
        const numbers = new Map(data.citations.map((quote, i) => [`${quote.document_id} ${quote.start} ${quote.end}`, i + 1]));
        path.replaceChildren(make("h2", {}, "How the documents lead there"), pathFigure(data.path, numbers));
      }
      rest.replaceChildren(whyNot(body(wanted)), ranking(body(wanted)));
    },
    error(data) {
      this.failed(new Error(data.detail || data.title || "The server could not answer."));
    },
    failed(error) {
      told.ended = true;
      live.replaceChildren(trouble(error));
      live.removeAttribute("aria-busy");
      say(error.message);
    },
    finish() {
      if (!told.ended) this.failed(new Error("The answer broke off before its end. Ask again."));
    },
  };
}
