// The graph explorer: what surrounds some entities, or the shortest path between two; drawn, or as a table.

import { get } from "./api.js";
import { chooser } from "./choose.js";
import { make, number, plural, say, short, trouble } from "./dom.js";
import { kindOf } from "./entity.js";
import { entityLink, openPane, quoteLink } from "./links.js";
import { pathFigure } from "./path.js";
import { address, go, read } from "./state.js";

const HOPS = [1, 2, 3, 4];
const SIZES = [50, 150, 300, 500];

/** Show the explorer. */
export async function render(main, params) {
  const wanted = {
    entity: params.getAll("entity"), hops: Number(params.get("hops")) || 2, limit: Number(params.get("limit")) || 150,
    source: params.get("source"), target: params.get("target"), table: params.get("as") === "table",
  };
  const starts = wanted.source ? [wanted.source, wanted.target].filter(Boolean) : wanted.entity;
  const box = make("div", { class: "wide", id: "explored" });
  // What was used has the focus again in the new view.
  const used = main.contains(document.activeElement) ? document.activeElement.name : null;
  const refocus = () => { if (used && !main.contains(document.activeElement)) main.querySelector(`[name="${used}"]`)?.focus({ preventScroll: true }); };
  main.replaceChildren(make("h1", { class: "wide" }, "Graph"), controls(wanted), box);
  refocus();
  if (!starts.length) { box.append(...await suggestions()); return null; }
  box.append(make("p", { class: "working" }, "Laying out …"));
  const leaving = new AbortController();
  let ended = () => {};
  explored(box, wanted, starts, leaving.signal).then((end) => { ended = end; refocus(); if (leaving.signal.aborted) end(); })
    .catch((error) => { if (error.name !== "AbortError") box.replaceChildren(trouble(error)); });
  return () => { leaving.abort(); ended(); };
}

async function explored(box, wanted, starts, signal) {
  const isPath = Boolean(wanted.source && wanted.target);
  const graph = await get("graph", isPath ? { source: wanted.source, target: wanted.target } : { entity: starts, hops: wanted.hops, limit: wanted.limit }, signal);
  signal.throwIfAborted();
  if (isPath && !graph.edges.length) {
    box.replaceChildren(make("div", { class: "graph-head" }, chips(wanted, starts, graph)), make("p", { class: "notice" }, "No path of at most four steps joins these two."));
    return () => {};
  }
  const names = new Map(graph.nodes.map((node) => [node.id, node]));
  const stage = make("div");
  const head = make("div", { class: "graph-head" }, chips(wanted, starts, graph),
    make("p", { class: "soft" }, `${plural(graph.nodes.length, "entity", "entities")}, ${plural(graph.edges.length, "fact")}${graph.truncated ? "; there are more than are shown" : ""}`),
    isPath ? null : toggle(wanted));
  box.replaceChildren(head, ...(isPath ? [pathFigure(stepsOf(graph, wanted), new Map())] : []), stage);
  if (wanted.table || isPath) { stage.append(table(graph, names)); return () => {}; }
  const { canDraw, drawGraph, colours } = await import("./canvas.js");
  signal.throwIfAborted();
  if (!canDraw()) {
    stage.append(make("p", { class: "notice" }, "This browser cannot draw with WebGL, so here is the graph as a table."), table(graph, names));
    return () => {};
  }
  return drawn(stage, graph, starts, names, drawGraph, colours(graph.nodes));
}

// --- what is chosen

function controls(wanted) {
  const found = async (text, signal) => (await get("entities", { q: text, limit: 10 }, signal)).entities
    .map((each) => ({ id: each.id, name: each.name, note: `${kindOf(each.label)} · ${number(each.mentions)}` }));
  const here = (values) => address("graph", { entity: wanted.entity, hops: wanted.hops === 2 ? null : wanted.hops, limit: wanted.limit === 150 ? null : wanted.limit, as: wanted.table ? "table" : null, ...values });
  const from = wanted.source ?? wanted.entity[0];
  const select = (label, name, values, value) => make("label", { class: "inline" }, make("span", {}, label),
    make("select", { name, onchange: (event) => go(here({ [name]: event.target.value })) }, values.map((each) =>
      make("option", { value: each, selected: each === value }, String(each)))));
  return make("div", { class: "explore wide" },
    chooser({ name: "add", label: wanted.entity.length ? "Add an entity" : "Start from an entity", hint: "Name", search: found, pick: (item) => go(here({ entity: [...new Set([...wanted.entity, item.id])] })) }),
    from ? chooser({ name: "to", label: "Shortest path to", hint: "Name of another entity", search: found, pick: (item) => go(address("graph", { source: from, target: item.id, as: wanted.table ? "table" : null })) }) : null,
    make("div", { class: "settings" }, wanted.source ? null : [select("Hops", "hops", HOPS, wanted.hops), select("At most", "limit", SIZES, wanted.limit)]));
}

function chips(wanted, starts, graph) {
  const name = (id) => graph.nodes.find((node) => node.id === id)?.name ?? id;
  const isPath = Boolean(wanted.source);
  const without = (id) => (isPath ? address("graph", { entity: starts.filter((each) => each !== id) }) : address("graph", { entity: wanted.entity.filter((each) => each !== id), hops: wanted.hops, limit: wanted.limit }));
  return make("div", { class: "starts" }, make("span", { class: "soft" }, isPath ? "Path between" : "Around"),
    starts.map((id) => make("span", { class: "chip" }, entityLink(id, name(id)),
      make("button", { type: "button", name: "leave", "aria-label": `Leave out ${name(id)}`, onclick: () => go(without(id)) }, "✕"))));
}

function toggle(wanted) {
  const to = (as) => {
    const { params } = read(), kept = {};
    for (const each of new Set(params.keys())) kept[each] = params.getAll(each);
    go(address("graph", { ...kept, as }), { replace: true });
  };
  return make("div", { class: "group", role: "group", "aria-label": "Show as" },
    make("button", { type: "button", name: "drawing", "aria-pressed": String(!wanted.table), onclick: () => to(null) }, "Drawing"),
    make("button", { type: "button", name: "table", "aria-pressed": String(wanted.table), onclick: () => to("table") }, "Table"));
}

async function suggestions() {
  const told = await get("entities", { limit: 24 });
  if (!told.entities.length) return [make("p", { class: "soft" }, "There are no entities in this workspace.")];
  return [make("h2", {}, "Or from one that is named often"),
    make("p", { class: "chips" }, told.entities.map((found) => make("a", { class: "chip", href: address("graph", { entity: found.id }) }, found.name, make("span", { class: "soft" }, number(found.mentions)))))];
}

// --- as a drawing

function drawn(stage, graph, starts, names, drawGraph, kinds) {
  const label = `Drawing of ${plural(graph.nodes.length, "entity", "entities")}. Arrow keys go to the neighbour in that direction, Enter opens its card, plus and minus zoom, 0 shows all. The same is shown as a table by the button Table.`;
  const canvas = make("div", { class: "canvas", tabindex: "0", role: "application", "aria-label": label });
  const under = make("div", { class: "under" });
  const hint = () => make("p", { class: "soft" }, "Choose an entity for its card, or a line for the sentence behind it. With the keyboard: arrow keys, Enter, + and −.");
  const facts = new Map(graph.edges.map((edge) => [edge.id, edge]));
  under.append(hint());
  const frame = make("div", { class: "stage" }, canvas);
  stage.append(frame, under, make("p", { class: "legend kinds", "aria-hidden": "true" }, legend(kinds)));
  const shown = drawGraph(canvas, graph, starts, {
    node: (id) => openPane({ card: id }, canvas),
    edge: (id) => {
      const edge = facts.get(id);
      under.replaceChildren(make("p", {}, ...triple(edge, names)), ...(edge.quote ? [quoteLink(edge.quote)] : []));
    },
    point: (id) => { if (id !== null) say(`${names.get(id).name}, ${kindOf(names.get(id).label)}`); },
  });
  const button = (text, name, action) => make("button", { type: "button", "aria-label": name, onclick: action }, text);
  frame.append(make("div", { class: "zoom" }, button("+", "Zoom in", () => shown.zoom(1 / 1.4)), button("−", "Zoom out", () => shown.zoom(1.4)), button("⤢", "Show all", shown.fit)));
  return shown.end;
}

function legend(kinds) {
  const last = [...kinds.values()].at(-1), rows = new Map();
  for (const [kind, colour] of kinds) rows.set(colour, rows.has(colour) && colour === last ? "Other" : kind);
  return [...rows].map(([colour, kind]) => make("span", {}, make("span", { class: `dot ${colour.slice(2)}` }), short(kind, 24)));
}

const triple = (edge, names) => [entityLink(edge.source, names.get(edge.source).name), make("span", { class: "predicate" }, ` ${edge.predicate} `),
  entityLink(edge.target, names.get(edge.target).name), edge.when ? make("span", { class: "soft" }, ` · ${edge.when}`) : null].filter(Boolean);

// --- as a table

function table(graph, names) {
  const name = (id) => names.get(id)?.name ?? id;
  const linked = new Set(graph.edges.flatMap((edge) => [edge.source, edge.target]));
  const alone = graph.nodes.filter((node) => !linked.has(node.id));
  const edges = [...graph.edges].sort((a, b) => name(a.source).localeCompare(name(b.source)) || a.predicate.localeCompare(b.predicate));
  return make("div", {},
    edges.length ? make("table", { class: "data triples" },
      make("caption", { class: "unseen" }, "The facts between the entities, with a sentence for each"),
      make("thead", {}, make("tr", {}, ["Entity", "Relation", "Entity", "When", "Sentence"].map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, edges.map((edge) => make("tr", {},
        make("th", { scope: "row" }, entityLink(edge.source, name(edge.source))), make("td", { class: "predicate" }, edge.predicate),
        make("td", {}, entityLink(edge.target, name(edge.target))), make("td", { class: "soft" }, edge.when ?? ""),
        make("td", {}, edge.quote ? quoteLink(edge.quote) : ""))))) : null,
    alone.length ? [make("h3", {}, edges.length ? "Without a fact here" : "Entities"), make("p", { class: "chips" }, alone.map((node) => entityLink(node.id, node.name, { class: "chip" })))] : null);
}

// --- a path, step by step

// The path comes as nodes and edges; it is walked from one end to the other.
function stepsOf(graph, { source, target }) {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name])), steps = [];
  const step = (id, edge, reversed) => steps.push({ entity_id: id, name: names.get(id), predicate: edge?.predicate ?? "", quote: edge?.quote ?? null, joined: Boolean(edge), reversed });
  const used = new Set();
  let at = source;
  step(at, null, false);
  while (at !== target) {
    const edge = graph.edges.find((each) => !used.has(each.source === at ? each.target : each.source) && each.source !== each.target && (each.source === at || each.target === at));
    if (!edge) break;
    used.add(at);
    const reversed = edge.target === at;
    at = reversed ? edge.source : edge.target;
    step(at, edge, reversed);
  }
  return steps;
}
