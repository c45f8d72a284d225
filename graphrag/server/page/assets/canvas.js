// The drawing of a graph with sigma (WebGL): pointer, touch and keyboard; positions come from the server.

import { kindOf } from "./entity.js";
import { Graph, Sigma } from "./vendor/graph.js";

const PALETTE = ["--names", "--links", "--meaning", "--walk", "--overview", "--words", "--clauses"];

/** Whether this browser can draw with WebGL. */
export function canDraw() {
  try { return document.createElement("canvas").getContext("webgl2") !== null; } catch { return false; }
}

/** The colours of the kinds of entities in a graph, the most frequent first: Map of kind -> CSS variable. */
export function colours(nodes) {
  const counts = new Map();
  for (const node of nodes) counts.set(kindOf(node.label), (counts.get(kindOf(node.label)) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([kind]) => kind);
  return new Map(kinds.map((kind, i) => [kind, PALETTE[Math.min(i, PALETTE.length - 1)]]));
}

/**
 * Draw a graph into a box.  `on.node(id)`, `on.edge(id)` and `on.point(id)` hear what is opened and where the cursor is.
 * Returns {zoom(factor), fit(), end()}.
 */
export function drawGraph(box, { nodes, edges }, starts, on) {
  const graph = new Graph({ multi: true, type: "directed" }), kinds = colours(nodes);
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const few = nodes.length <= 60;
  let paint = paints(), cursor = null;

  // The server lays out in a square; a wide box is filled by stretching it.
  const stretch = Math.min(2.2, Math.max(0.6, box.clientWidth / Math.max(1, box.clientHeight)));
  for (const node of nodes) {
    graph.addNode(node.id, { x: stretch * node.x, y: node.y, label: node.name, kind: kinds.get(kindOf(node.label)), size: size(node.mentions, nodes.length) });
  }
  for (const edge of edges) {
    if (graph.hasNode(edge.source) && graph.hasNode(edge.target)) graph.addEdgeWithKey(edge.id, edge.source, edge.target, { label: edge.predicate, size: few ? 2.4 : 1.6 });
  }
  const sigma = new Sigma(graph, box, {
    defaultEdgeType: "arrow", enableEdgeEvents: true, zIndex: true, renderEdgeLabels: true, stagePadding: 48,
    labelFont: paint.font, labelSize: 13, labelWeight: "500", edgeLabelFont: paint.font, edgeLabelSize: 12,
    labelRenderedSizeThreshold: few ? 0 : 7, labelDensity: 1, labelGridCellSize: few ? 90 : 120,
    labelColor: { attribute: "ink" }, edgeLabelColor: { attribute: "ink" },
    defaultDrawNodeLabel: (context, data) => name(context, data, paint),
    defaultDrawNodeHover: (context, data) => hover(context, data, paint),
    nodeReducer: (id, data) => {
      const near = cursor === null || id === cursor || graph.areNeighbors(id, cursor);
      return { ...data, ink: near ? paint.ink : paint.faded, color: near ? paint[data.kind] : paint.line, label: near ? data.label : null,
        highlighted: id === cursor || starts.includes(id), zIndex: near ? 1 : 0, forceLabel: starts.includes(id) || (cursor !== null && near && graph.degree(cursor) < 25) };
    },
    edgeReducer: (id, data) => {
      const near = cursor !== null && graph.hasExtremity(id, cursor);
      return { ...data, ink: paint.warm, color: near ? paint.warm : cursor === null ? paint.edge : paint.line, label: near || edges.length <= 12 ? data.label : null, zIndex: near ? 1 : 0 };
    },
  });

  function paints() {
    const style = getComputedStyle(document.documentElement), value = (name) => style.getPropertyValue(name).trim();
    const found = { ink: value("--ink"), faded: value("--soft"), line: value("--line"), edge: value("--strong-line"), raised: value("--raised"), warm: value("--warm"), accent: value("--accent"), font: getComputedStyle(document.body).fontFamily };
    for (const name of PALETTE) found[name] = value(name);
    return found;
  }
  const repaint = () => { paint = paints(); sigma.refresh(); };
  theme.addEventListener("change", repaint);

  function point(id, follow = false) {
    cursor = id;
    sigma.refresh({ skipIndexation: true });
    if (follow && id !== null) {
      const { x, y } = sigma.getNodeDisplayData(id);
      sigma.getCamera().setState({ x, y });
    }
    on.point(id);
  }

  sigma.on("enterNode", ({ node }) => { box.style.cursor = "pointer"; point(node); });
  sigma.on("leaveNode", () => { box.style.cursor = ""; point(null); });
  sigma.on("enterEdge", () => { box.style.cursor = "pointer"; });
  sigma.on("leaveEdge", () => { box.style.cursor = ""; });
  sigma.on("clickNode", ({ node }) => on.node(node));
  sigma.on("clickEdge", ({ edge }) => on.edge(edge));

  const zoom = (factor) => sigma.getCamera().setState({ ratio: Math.min(8, Math.max(0.05, sigma.getCamera().ratio * factor)) });
  const fit = () => sigma.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  box.addEventListener("keydown", (event) => {
    const toward = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (toward) point(next(graph, cursor, starts, toward), true);
    else if (event.key === "Enter" && cursor !== null) on.node(cursor);
    else if (event.key === "+" || event.key === "=") zoom(1 / 1.4);
    else if (event.key === "-") zoom(1.4);
    else if (event.key === "0") fit();
    else if (event.key === "Escape" && cursor !== null) point(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener("blur", () => { if (cursor !== null) point(null); });
  return { zoom, fit, end() { theme.removeEventListener("change", repaint); sigma.kill(); } };
}

const size = (mentions, count) => (count > 150 ? 0.6 : 1) * (4.5 + Math.min(9, 2 * Math.log2(1 + Math.max(0, mentions))));

// The neighbour that lies best in a direction; without one, the best node that is no neighbour.
function next(graph, from, starts, [dx, dy]) {
  if (from === null) return starts.find((id) => graph.hasNode(id)) ?? graph.nodes()[0];
  const here = graph.getNodeAttributes(from);
  const best = (ids) => {
    let found = null, least = Infinity;
    for (const id of ids) {
      const there = graph.getNodeAttributes(id), x = there.x - here.x, y = there.y - here.y;
      const along = x * dx + y * dy, aside = Math.abs(x * dy - y * dx);
      if (id === from || along <= 0 || aside > 2 * along) continue;
      const cost = along + 2 * aside;
      if (cost < least) { least = cost; found = id; }
    }
    return found;
  };
  return best(graph.neighbors(from)) ?? best(graph.nodes()) ?? from;
}

// A name with a rim in the colour of the ground, so that it can be read over lines and other nodes.
function name(context, data, paint) {
  if (!data.label) return;
  const x = data.x + data.size + 4, y = data.y + 4.5;
  context.font = `500 13px ${paint.font}`;
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = paint.raised;
  context.strokeText(data.label, x, y);
  context.fillStyle = data.ink ?? paint.ink;
  context.fillText(data.label, x, y);
}

// A ring and the name on a plate, in the page's colours (sigma's own is made for white pages).
function hover(context, data, paint) {
  context.beginPath();
  context.arc(data.x, data.y, data.size + 3, 0, 2 * Math.PI);
  context.strokeStyle = paint.accent;
  context.lineWidth = 2.5;
  context.stroke();
  if (!data.label) return;
  context.font = `600 13px ${paint.font}`;
  const width = context.measureText(data.label).width, x = data.x + data.size + 7;
  context.fillStyle = paint.raised;
  context.globalAlpha = 0.92;
  context.beginPath();
  context.roundRect(x - 4, data.y - 11, width + 8, 22, 5);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = paint.ink;
  context.fillText(data.label, x, data.y + 4.5);
}
