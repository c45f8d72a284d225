// The page's start: which view is shown, the pane beside it, and the key.

import { key, onKeyNeeded, useKey } from "./api.js";
import { trouble } from "./dom.js";
import { showPane } from "./pane.js";
import { mainKey, paneKey, read } from "./state.js";

const LOADERS = {
  ask: () => import("./ask.js"),
  graph: () => import("./explore.js"),
  communities: () => import("./communities.js"),
  documents: () => import("./documents.js"),
};
const TITLES = { ask: "Ask", graph: "Graph", communities: "Communities", documents: "Documents" };

const main = document.getElementById("main");
let shownMain = null, shownPane = null, shownView = null, leave = () => {}, turn = 0;

/** Bring the page to what the address says; a view returns what is to be done when it is left. */
async function show() {
  const { view, params } = read(), first = shownMain === null;
  const pane = paneKey();
  if (pane !== shownPane) { shownPane = pane; showPane(!first); }
  if (mainKey() === shownMain) return;
  shownMain = mainKey();
  for (const link of document.querySelectorAll("header a[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${params.get("q") || TITLES[view]} · hopgraph`;
  const mine = ++turn;
  try {
    const { render } = await LOADERS[view]();
    if (mine !== turn) return;
    leave();
    leave = () => {};
    const same = view === shownView;
    shownView = view;
    leave = (await render(main, params, { same })) ?? (() => {});
    if (!first && !same) main.focus({ preventScroll: true });
    if (!same) scrollTo(0, 0);
  } catch (error) {
    main.replaceChildren(trouble(error));
  }
}

window.addEventListener("hashchange", show);
window.addEventListener("pane-again", () => showPane(true));
document.getElementById("skip").addEventListener("click", () => main.focus());

// --- the key

const dialog = document.getElementById("key-dialog"), field = document.getElementById("key");
const explained = document.getElementById("key-say").textContent;

function openDialog(message) {
  if (dialog.open) return;
  document.getElementById("key-say").textContent = message ? `${message} ${explained}` : explained;
  field.value = "";
  dialog.showModal();
  field.focus();
}

// Enter in the field uses the key; without this it would press the form's first button.
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); dialog.close("use"); }
});
dialog.addEventListener("close", () => {
  const value = field.value.trim(), choice = dialog.returnValue;
  dialog.returnValue = "";
  field.value = "";
  if (choice === "use" && value) useKey(value);
  else if (choice === "forget") useKey("");
  else return;
  told();
  shownMain = shownPane = shownView = null;
  show();
});
function told() {
  document.getElementById("key-button").textContent = key() ? "Key set" : "Key";
}
document.getElementById("key-button").addEventListener("click", () => openDialog(""));
onKeyNeeded(openDialog);
told();
await show();
document.body.dataset.ready = "yes";
