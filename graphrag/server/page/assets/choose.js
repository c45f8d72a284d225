// A text field that proposes things while one types: the combobox pattern of the ARIA practices guide.

import { make, say } from "./dom.js";

let made = 0;

/**
 * Make a labelled field with proposals.
 * `search(text, signal)` resolves to [{id, name, note}]; `pick(item)` gets the one that was chosen.
 */
export function chooser({ name, label, hint, search, pick, keep = false }) {
  const id = `choose-${++made}`;
  const field = make("input", {
    id, name, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: hint,
    "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
  });
  const list = make("ul", { id: `${id}-list`, role: "listbox", class: "proposals", "aria-label": label, hidden: true });
  let items = [], active = -1, wait = 0, running = null;

  function show(found) {
    items = found;
    active = -1;
    list.replaceChildren(...found.map((item, i) => make("li", {
      id: `${id}-${i}`, role: "option", "aria-selected": "false",
      // The press must not take the focus from the field, or leaving it would close the list before the click.
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => choose(i),
    }, make("span", {}, item.name), item.note ? make("span", { class: "soft" }, item.note) : null)));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  }

  function move(to) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = (to + items.length) % items.length;
    list.children[active].setAttribute("aria-selected", "true");
    list.children[active].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `${id}-${active}`);
  }

  function choose(i) {
    const item = items[i];
    show([]);
    field.value = keep ? item.name : "";
    pick(item);
  }

  async function propose() {
    running?.abort();
    const text = field.value.trim();
    if (!text) { show([]); return; }
    running = new AbortController();
    const { signal } = running;
    try {
      const found = await search(text, signal);
      if (signal.aborted) return;
      show(found);
      say(found.length ? `${found.length} proposals` : "Nothing has this name");
    } catch (error) {
      if (error.name !== "AbortError") { show([]); say(error.message); }
    }
  }

  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(propose, 150); });
  field.addEventListener("blur", () => show([]));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) { event.preventDefault(); propose(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); move(active + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); move(active < 0 ? items.length - 1 : active - 1); }
    else if (event.key === "Enter") { event.preventDefault(); if (items.length) choose(Math.max(active, 0)); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); show([]); }
  });
  return make("div", { class: "chooser" }, make("label", { for: id }, label), field, list);
}
