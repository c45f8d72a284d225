"use strict";
// Everything that comes from documents is written with textContent; nothing is ever parsed as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const COLOURS = ["#2f6f9f", "#7a5195", "#b4451f", "#3f7f4f", "#8a6d1f", "#9c3f6b", "#41757a", "#5c5f9e"];
  const number = (value) => value.toLocaleString("en");

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    for (const child of children) element.append(child); // append() makes text nodes of strings
    return element;
  }

  function draw(tag, attributes = {}, text = null) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== null) element.textContent = text;
    return element;
  }

  // A click, Enter or the space bar.
  function onPick(element, action) {
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.addEventListener("click", action);
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); action(); }
    });
  }

  const short = (text, length) => {
    const letters = Array.from(text);
    return letters.length > length ? letters.slice(0, Math.max(length - 1, 1)).join("") + "…" : text;
  };

  // --- charts

  function bars(title, rows, unit = "") {
    const box = make("div", {}, make("h3", {}, title));
    if (!rows.length) { box.append(make("p", { class: "soft" }, "Nothing to show.")); return box; }
    const height = 20 * rows.length + 4, most = Math.max(...rows.map((row) => row[1]), 1e-9);
    const chart = draw("svg", { viewBox: `0 0 420 ${height}`, role: "img", "aria-label": title });
    rows.forEach(([name, value], i) => {
      const y = 20 * i;
      chart.append(draw("text", { x: 146, y: y + 14, "text-anchor": "end" }, short(name, 20)));
      chart.append(draw("rect", { class: "bar", x: 152, y: y + 3, width: Math.max(200 * value / most, value ? 1 : 0), height: 14 }));
      chart.append(draw("text", { class: "number", x: 158 + 200 * value / most, y: y + 14 }, number(value) + unit));
    });
    box.append(chart);
    return box;
  }

  function facts() {
    const list = make("p", { class: "soft" });
    const said = Object.entries(data.build).filter(([, value]) => value !== null);
    list.textContent = said.map(([name, value]) => `${name} ${value}`).join(" · ");
    return list;
  }

  // --- treemap (squarified: Bruls, Huizing, van Wijk 2000)

  function squarify(items, x, y, width, height) {
    const placed = [], total = items.reduce((sum, item) => sum + item.size, 0);
    let rest = items.map((item) => ({ item, area: item.size / total * width * height }));
    while (rest.length) {
      const side = Math.min(width, height);
      let row = [], sum = 0, worst = Infinity;
      for (const entry of rest) {
        const areas = [...row, entry].map((e) => e.area), whole = sum + entry.area;
        const ratio = Math.max(side * side * Math.max(...areas) / (whole * whole), whole * whole / (side * side * Math.min(...areas)));
        if (ratio > worst) break;
        row.push(entry); sum = whole; worst = ratio;
      }
      const thick = sum / side;
      let along = 0;
      for (const { item, area } of row) {
        const length = area / thick;
        placed.push(width >= height ? { item, x, y: y + along, w: thick, h: length } : { item, x: x + along, y, w: length, h: thick });
        along += length;
      }
      if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
      rest = rest.slice(row.length);
    }
    return placed;
  }

  const parents = new Map(), byId = new Map();
  (function index(nodes, parent) {
    for (const node of nodes) { byId.set(node.id, node); parents.set(node.id, parent); index(node.children, node); }
  })(data.communities, null);

  function treemap() {
    const crumbs = make("div", { class: "row" });
    const frame = make("div", { class: "frame", id: "treemap" });
    const panel = make("div", { id: "community" });

    function show(node) {
      crumbs.replaceChildren();
      const path = [];
      for (let at = node; at; at = parents.get(at.id)) path.unshift(at);
      const home = make("button", { type: "button" }, "All communities");
      home.addEventListener("click", () => show(null));
      crumbs.append(home);
      for (const at of path) {
        const step = make("button", { type: "button" }, short(at.title, 40));
        step.addEventListener("click", () => show(at));
        crumbs.append("›", step);
      }
      tiles(node);
      report(node);
    }

    function tiles(node) {
      const parts = node ? node.children : data.communities;
      const items = parts.map((part) => ({ node: part, size: part.entities, name: part.title }));
      const inside = parts.reduce((sum, part) => sum + part.entities, 0);
      const left = node ? node.entities - inside : data.alone;
      if (left > 0 && items.length) items.push({ node: null, size: left, name: "without a report of their own" });
      items.sort((a, b) => b.size - a.size);
      const map = draw("svg", { viewBox: "0 0 800 460" });
      squarify(items, 0, 0, 800, 460).forEach(({ item, x, y, w, h }, i) => {
        const fill = item.node ? COLOURS[i % COLOURS.length] : "#888";
        const cell = draw("rect", { class: "cell", x, y, width: Math.max(w, 0), height: Math.max(h, 0), fill });
        cell.append(draw("title", {}, `${item.name}: ${number(item.size)} entities`));
        if (item.node) onPick(cell, () => show(item.node));
        map.append(cell);
        if (w > 60 && h > 20) map.append(draw("text", { class: "tile", x: x + 6, y: y + 16 }, short(item.name, Math.floor(w / 7) - 1)));
        if (w > 60 && h > 38) map.append(draw("text", { class: "tile", x: x + 6, y: y + 32 }, number(item.size)));
      });
      frame.replaceChildren(items.length ? map : make("p", { class: "soft" }, node ? "This community has no parts with a report." : "There are no communities of three entities and more."));
    }

    function report(node) {
      panel.replaceChildren();
      if (!node) { panel.append(make("p", { class: "soft" }, "Choose a community to see its report and its parts. Areas are numbers of entities.")); return; }
      const years = [...new Set(node.years)].join("–");
      panel.append(make("h3", {}, node.title));
      panel.append(make("p", { class: "soft" }, `${node.id} · level ${node.level} · ${number(node.entities)} entities · ${number(node.documents_count)} documents · rank ${node.rank.toFixed(2)}${years ? " · " + years : ""}`));
      const list = make("ol");
      for (const [text, quotes] of node.findings) {
        const places = quotes.map(([id, start, end]) => `${id} ${start}–${end}`).join(", ");
        list.append(make("li", {}, text + " ", make("span", { class: "soft" }, places)));
      }
      panel.append(list);
    }

    const wanted = new URLSearchParams(location.hash.slice(1)).get("community");
    show(byId.get(wanted) || null);
    return make("section", {}, make("h2", {}, "Communities"), crumbs, make("div", { class: "split" }, frame, panel));
  }

  // --- graph

  function graph() {
    const { names, labels, predicates, sentences, edges, all } = data.graph;
    const near = names.map(() => []);
    edges.forEach(([one, other], i) => { near[one].push(i); near[other].push(i); });
    const degree = near.map((list) => list.length);
    const section = make("section", {}, make("h2", {}, "Graph"));
    section.append(make("p", { class: "soft" }, `${number(names.length)} of ${number(all.entities)} entities and ${number(edges.length)} of ${number(all.facts)} facts between entities, the best connected. Choose an entity; choose a line to read the sentence that says it.`));
    if (!names.length) return section;
    const search = make("input", { type: "search", placeholder: "Find an entity", "aria-label": "Find an entity", size: "30" });
    const amount = make("select", { "aria-label": "How many entities" });
    for (const most of [25, 50, 100, 250, 500]) amount.append(make("option", { value: most }, `${most} entities`));
    amount.value = "50";
    const matches = make("div", { class: "row matches" });
    const frame = make("div", { class: "frame", id: "graph" });
    const panel = make("div", { id: "evidence" });
    let centre = 0;

    // The neighbourhood: breadth first, the best connected first, at most so many.
    function around(start, most) {
      const found = new Set([start]), queue = [start];
      while (queue.length && found.size < most) {
        const at = queue.shift();
        const others = [...new Set(near[at].map((i) => edges[i][0] === at ? edges[i][1] : edges[i][0]))];
        others.sort((a, b) => degree[b] - degree[a] || a - b);
        for (const other of others) {
          if (found.size >= most) break;
          if (!found.has(other)) { found.add(other); queue.push(other); }
        }
      }
      return [...found];
    }

    // Springs and charges (Fruchterman and Reingold 1991) from a fixed start, so that a picture is always the same.
    function layout(nodes, links) {
      const n = nodes.length, k = Math.sqrt(800 * 560 / n) * 0.8;
      const x = nodes.map((_, i) => 400 + (i ? 40 + 220 * Math.sqrt(i / n) : 0) * Math.cos(i * 2.4));
      const y = nodes.map((_, i) => 280 + (i ? 30 + 180 * Math.sqrt(i / n) : 0) * Math.sin(i * 2.4));
      const rounds = n > 200 ? 60 : 150;
      for (let round = 0; round < rounds; round++) {
        const heat = 40 * (1 - round / rounds), dx = new Float64Array(n), dy = new Float64Array(n);
        for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) {
          const ax = x[i] - x[j], ay = y[i] - y[j], d2 = Math.max(ax * ax + ay * ay, 1), f = k * k / d2;
          dx[i] += ax * f; dy[i] += ay * f; dx[j] -= ax * f; dy[j] -= ay * f;
        }
        for (const [i, j] of links) {
          const ax = x[i] - x[j], ay = y[i] - y[j], f = Math.hypot(ax, ay) / k;
          dx[i] -= ax * f; dy[i] -= ay * f; dx[j] += ax * f; dy[j] += ay * f;
        }
        for (let i = 1; i < n; i++) {
          const size = Math.max(Math.hypot(dx[i], dy[i]), 1e-9), step = Math.min(size, heat);
          x[i] = Math.min(785, Math.max(15, x[i] + dx[i] / size * step));
          y[i] = Math.min(545, Math.max(15, y[i] + dy[i] / size * step));
        }
      }
      return { x, y };
    }

    function show(start) {
      centre = start;
      const nodes = around(start, Number(amount.value)), place = new Map(nodes.map((node, i) => [node, i]));
      const inside = new Set();
      for (const node of nodes) for (const i of near[node]) if (place.has(edges[i][0]) && place.has(edges[i][1])) inside.add(i);
      const links = [...inside].map((i) => [place.get(edges[i][0]), place.get(edges[i][1])]);
      const { x, y } = layout(nodes, links);
      const picture = draw("svg", { viewBox: "0 0 800 560" });
      const lines = draw("g"), hits = draw("g"), dots = draw("g");
      for (const i of inside) {
        const a = place.get(edges[i][0]), b = place.get(edges[i][1]);
        const ends = { x1: x[a], y1: y[a], x2: x[b], y2: y[b] };
        lines.append(draw("line", { class: "edge", ...ends }));
        const hit = draw("line", { class: "hit", ...ends });
        hit.append(draw("title", {}, `${names[edges[i][0]]} — ${predicates[edges[i][2]]} → ${names[edges[i][1]]}\n“${sentences[edges[i][3]][4]}”`));
        onPick(hit, () => tell([i]));
        hits.append(hit);
      }
      nodes.forEach((node, i) => {
        const dot = draw("circle", { class: i ? "node" : "node centre", cx: x[i], cy: y[i], r: i ? 3 + Math.min(Math.sqrt(degree[node]), 8) : 11 });
        dot.append(draw("title", {}, `${names[node]}${labels[node] ? " (" + labels[node] + ")" : ""}: ${number(degree[node])} facts`));
        onPick(dot, () => show(node));
        dots.append(dot);
        if (nodes.length <= 60 || i === 0) dots.append(draw("text", { class: "name", x: x[i] + 9, y: y[i] + 3 }, short(names[node], 28)));
      });
      picture.append(lines, hits, dots);
      frame.replaceChildren(picture);
      tell(near[start].filter((i) => inside.has(i)).slice(0, 8), names[start]);
    }

    function tell(list, heading = "") {
      panel.replaceChildren();
      if (heading) panel.append(make("h3", {}, heading));
      for (const i of list) {
        const [one, other, predicate, said] = edges[i], [title, id, start, end, text] = sentences[said];
        panel.append(make("p", {}, `${names[one]} — ${predicates[predicate]} → ${names[other]}`));
        panel.append(make("p", { class: "soft" }, `“${text}” ${title ? title + ", " : ""}${id} ${start}–${end}`));
      }
      if (!list.length) panel.append(make("p", { class: "soft" }, "No facts to show."));
    }

    const folded = names.map((name) => name.toLowerCase());
    search.addEventListener("input", () => {
      matches.replaceChildren();
      const wanted = search.value.trim().toLowerCase();
      if (!wanted) return;
      let left = 12;
      for (let i = 0; i < names.length && left; i++) {
        if (!folded[i].includes(wanted)) continue;
        const match = make("button", { type: "button" }, short(names[i], 40));
        match.addEventListener("click", () => show(i));
        matches.append(match);
        left--;
      }
      if (left === 12) matches.append("No entity of that name is shown here.");
    });
    amount.addEventListener("change", () => show(centre));

    const hash = new URLSearchParams(location.hash.slice(1));
    const wanted = (hash.get("entity") || "").toLowerCase(), first = wanted ? folded.indexOf(wanted) : -1;
    if ([...amount.options].some((option) => option.value === hash.get("size"))) amount.value = hash.get("size");
    // Peoples and places join what has little to do with each other: begin with something else.
    const telling = labels.findIndex((label) => !["NORP", "GPE", "LOC", "LANGUAGE"].includes(label));
    show(Math.max(first < 0 ? telling : first, 0));
    section.append(make("div", { class: "row" }, search, amount), matches, make("div", { class: "split" }, frame, panel));
    return section;
  }

  // --- the page

  const page = document.getElementById("page");
  page.append(make("h1", {}, `Build report: ${data.name}`), facts());
  page.append(make("h2", {}, "Build"));
  const total = data.stages.reduce((sum, stage) => sum + stage[1], 0);
  const times = data.stages.length ? bars(`Stage times (${total.toFixed(1)} s in all)`, data.stages, " s") : make("p", { class: "soft" }, "The stage times of this build are not known.");
  page.append(make("div", { class: "columns" }, times, bars("From documents to reports", data.funnel)));
  if (data.problems.all) {
    const list = make("ul");
    for (const [place, message] of data.problems.shown) list.append(make("li", {}, `${place}: ${message}`));
    page.append(make("h3", {}, `${number(data.problems.all)} problems in the input`), list);
  }
  page.append(make("h2", {}, "Entities"));
  page.append(make("div", { class: "columns" }, bars("Most mentioned", data.top), bars("Kinds", data.labels), bars("Number of neighbours by facts", data.degrees),
    ...data.sizes.map((sizes) => bars(`Entities of a community, level ${sizes.level}`, sizes.bins))));
  page.append(treemap(), graph());
  document.title = `Build report: ${data.name}`;
  document.body.setAttribute("data-ready", "yes");
})();
