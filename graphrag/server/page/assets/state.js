// What is shown stands in the address after the '#', so that a view can be linked to: #VIEW?name=value&…
// The pane beside the view has its own names: doc and at (a document with highlights) or card (an entity).

const PANE = ["doc", "at", "card"];
const VIEWS = ["ask", "graph", "communities", "documents"];

/** Read the address: the view's name and its parameters. */
export function read() {
  const [name, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { view: VIEWS.includes(name) ? name : "ask", params: new URLSearchParams(query ?? "") };
}

/** The address of a view with parameters; an array gives a name several times, null leaves it out. */
export function address(view, values) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") continue;
    for (const each of Array.isArray(value) ? value : [value]) params.append(name, each);
  }
  const query = params.toString();
  return `#${view}${query ? `?${query}` : ""}`;
}

/** The address of the present view with another thing in the pane; nothing closes it. */
export function paneAddress(values) {
  const { view, params } = read(), kept = {};
  for (const name of new Set(params.keys())) if (!PANE.includes(name)) kept[name] = params.getAll(name);
  return address(view, { ...kept, ...values });
}

/** Go to an address, at once; `replace` does not make an entry of the browser's history. */
export function go(target, { replace = false } = {}) {
  if (target === location.hash) return;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** What decides the main view, as one string: all but the pane's names. */
export function mainKey() {
  const { view, params } = read();
  for (const name of PANE) params.delete(name);
  return `${view}?${params}`;
}

/** What decides the pane, as one string. */
export function paneKey() {
  const { params } = read();
  return PANE.map((name) => params.getAll(name).join(" ")).join("|");
}
