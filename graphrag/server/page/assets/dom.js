// Elements and text.  Whatever comes from a server is written as text: append() makes text nodes of strings.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; an attribute `onclick` is a listener, one that is null, undefined or false is left out. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an element of a drawing. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Say something to screen readers. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** Make a drawn element work like a link: click, Enter. */
export function pickable(element, label, action) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "link");
  element.setAttribute("aria-label", label);
  element.addEventListener("click", action);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); action(event); }
  });
}

export const number = (value) => value.toLocaleString("en");

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Shorten a text to a number of letters. */
export function short(text, length) {
  const letters = Array.from(text);
  return letters.length > length ? `${letters.slice(0, Math.max(length - 1, 1)).join("").trimEnd()}…` : text;
}

/** Cut a text at spans that count code points, as the server does; JavaScript's own strings count UTF-16 units. */
export function cut(text, spans) {
  const letters = Array.from(text), parts = [];
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const from = Math.max(start, at), to = Math.min(end, letters.length);
    if (to <= from) continue;
    if (from > at) parts.push({ text: letters.slice(at, from).join(""), marked: false });
    parts.push({ text: letters.slice(from, to).join(""), marked: true });
    at = to;
  }
  if (at < letters.length) parts.push({ text: letters.slice(at).join(""), marked: false });
  return parts;
}

/** A text with some spans marked. */
export function marked(text, spans) {
  return cut(text, spans).map((part) => (part.marked ? make("mark", {}, part.text) : part.text));
}

/** A line that says what went wrong and what to do about it. */
export function trouble(error) {
  return make("p", { class: "notice bad", role: "alert" }, error.message);
}
