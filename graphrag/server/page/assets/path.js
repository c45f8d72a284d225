// The evidence path as a small graph: entities as boxes, the sentences that lead from one to the next as arrows.

import { draw, make, pickable, short } from "./dom.js";
import { openPane, quoteValues } from "./links.js";

const BOX = { height: 52, most: 190, least: 96 };
const ARROW = 128; // the length of an arrow that goes sideways
const DOWN = 48; // and of one that goes down

// A path is a list of steps; a step without a sentence starts a new line of thought, unless it says it is joined.
function chains(steps) {
  const found = [];
  for (const step of steps) {
    if (!found.length || !(step.quote || step.joined)) found.push([]);
    found.at(-1).push(step);
  }
  return found;
}

/** Make the drawing of a path; `numbers` tells the number of a quote in the list of quotes. */
export function pathFigure(steps, numbers) {
  const lines = chains(steps), canvas = draw("svg", { role: "group", "aria-label": "Evidence path" });
  const figure = make("figure", { class: "path" }, canvas);
  let drawn = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (!width || width === drawn) return;
    drawn = width;
    layOut(canvas, lines, numbers, width);
  }).observe(figure);
  return figure;
}

const boxWidth = (name) => Math.min(BOX.most, Math.max(BOX.least, 8 * Math.min(Array.from(name).length, 22) + 28));

function layOut(canvas, lines, numbers, width) {
  const across = (line) => line.reduce((sum, step) => sum + boxWidth(step.name), 0) + ARROW * (line.length - 1);
  const parts = [draw("defs", {}, draw("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    draw("path", { class: "head", d: "M0 0 L8 4 L0 8 Z" })))];
  let height = 0;
  if (Math.max(...lines.map(across)) <= width) {
    for (const line of lines) {
      parts.push(...sideways(line, numbers, height));
      height += BOX.height + 26;
    }
    height -= 26;
  } else {
    for (const line of lines) {
      parts.push(...downwards(line, numbers, height, width));
      height += line.length * BOX.height + (line.length - 1) * DOWN + 26;
    }
    height -= 26;
  }
  canvas.replaceChildren(...parts);
  canvas.setAttribute("viewBox", `-1 -1 ${width} ${height + 2}`);
  canvas.setAttribute("width", width);
  canvas.setAttribute("height", height + 2);
}

function sideways(line, numbers, y) {
  const parts = [];
  let x = 0;
  line.forEach((step, i) => {
    if (i) {
      parts.push(arrow(step, line[i - 1], numbers, { x1: x + 4, y1: y + BOX.height / 2, x2: x + ARROW - 4, y2: y + BOX.height / 2 },
        { x: x + ARROW / 2, y: y + BOX.height / 2 - 9, anchor: "middle", letters: 15 }));
      x += ARROW;
    }
    const size = boxWidth(step.name);
    parts.push(box(step, x, y, size, i === line.length - 1 && i > 0));
    x += size;
  });
  return parts;
}

function downwards(line, numbers, top, width) {
  const size = Math.min(width - 2, 280), parts = [];
  line.forEach((step, i) => {
    const y = top + i * (BOX.height + DOWN);
    if (i) {
      parts.push(arrow(step, line[i - 1], numbers, { x1: 28, y1: y - DOWN + 4, x2: 28, y2: y - 4 },
        { x: 44, y: y - DOWN / 2 + 4, anchor: "start", letters: 24 }));
    }
    parts.push(box(step, 0, y, size, i === line.length - 1 && i > 0));
  });
  return parts;
}

// Two lines of text at most, broken between words.
function broken(name) {
  const letters = 22, words = short(name, 2 * letters - 2).split(/\s+/), lines = [""];
  for (const word of words) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (Array.from(longer).length <= letters || lines.length === 2) lines[lines.length - 1] = longer;
    else if (lines[0]) lines.push(word);
    else lines[0] = word;
  }
  return lines.map((line) => short(line, letters));
}

function box(step, x, y, width, last) {
  const lines = broken(step.name), middle = y + BOX.height / 2 + 5;
  const group = draw("g", { class: last ? "box last" : "box" },
    draw("title", {}, step.name),
    draw("rect", { x, y, width, height: BOX.height, rx: 8 }),
    lines.map((line, i) => draw("text", { x: x + width / 2, y: middle + (i - (lines.length - 1) / 2) * 18, "text-anchor": "middle" }, line)));
  if (step.entity_id) pickable(group, `${step.name}: open its card`, () => openPane({ card: step.entity_id }, group));
  return group;
}

function arrow(step, before, numbers, line, label) {
  const { quote } = step, beside = label.anchor === "start";
  const cited = quote ? numbers.get(`${quote.document_id} ${quote.start} ${quote.end}`) : null;
  const relation = step.predicate || "named with";
  const { x1, y1, x2, y2 } = line, from = step.reversed ? { x1: x2, y1: y2, x2: x1, y2: y1 } : line;
  const touch = beside ? { x: 14, y: y1, width: 250, height: y2 - y1 } : { x: x1, y: label.y - 18, width: x2 - x1, height: 54 };
  const group = draw("g", { class: "arrow" },
    draw("title", {}, quote?.quote ?? relation),
    draw("rect", { class: "touch", ...touch }),
    draw("line", { ...from, "marker-end": "url(#head)" }),
    draw("text", { x: label.x, y: label.y, "text-anchor": label.anchor }, short(relation, label.letters),
      cited ? [" ", draw("tspan", { class: "cited", ...(beside ? { dx: 4 } : { x: label.x, dy: 26 }) }, `[${cited}]`)] : null));
  const [subject, object] = step.reversed ? [step.name, before.name] : [before.name, step.name];
  if (quote) pickable(group, `${relation}${cited ? ` [${cited}]` : ""}, from ${subject} to ${object}: open the sentence that says it`, () => openPane(quoteValues(quote), group));
  return group;
}
