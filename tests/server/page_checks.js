// What tests ask of the page as a whole; each function returns what is wrong, so an empty list is good.

const seen = (e) => e.checkVisibility() && !e.closest(".unseen, noscript, option, dialog, [hidden]");
const told = (e) => e.outerHTML.slice(0, 140);

/** Elements that stand out to the right of a window of `width` pixels. */
function wide(width) {
  const all = document.querySelectorAll("main *, header *, #pane *");
  return [...all].filter((e) => seen(e) && !e.closest("svg, .stage, thead") && e.getBoundingClientRect().right > width + 1).map(told);
}

/** Controls that are too small to be hit (WCAG 2.2, 2.5.8: 24 pixels; links inside of a text are free). */
function small() {
  const all = document.querySelectorAll("button, select, input, .button, .chip, nav a");
  return [...all].filter((e) => seen(e) && e.id !== "skip" && e.getBoundingClientRect().height < 24).map(told);
}

/** Fields and buttons without a name. */
function nameless() {
  const all = document.querySelectorAll("button, a[href], input, select, textarea, [role=application], [role=link]");
  return [...all].filter((e) => seen(e) && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(told);
}

const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}

// Relative luminance (WCAG 2).
function light(colour) {
  const [r, g, b] = rgba(colour).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ground(e) {
  for (; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (rgba(colour)[3] > 250) return colour;
  }
  return "white";
}

/** Texts whose contrast with their ground is under 4.5 (WCAG 2, AA). */
function faint() {
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    if (!seen(e) || ![...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(e), drawn = e instanceof SVGElement;
    const box = drawn ? e.closest(".box")?.querySelector("rect") : null;
    const a = light(drawn ? style.fill : style.color);
    const b = light(box ? getComputedStyle(box).fill : ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${told(e)}`);
  }
  return found;
}

/** What only a payload can have made: elements and attributes that the page never uses. */
function foreign() {
  const tags = ["img", "iframe", "object", "embed", "base", "math", "marquee", "video", "audio", "animate", "use", "style", "body body"];
  const made = [...document.querySelectorAll(tags.join(","))];
  const marked = [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some(({ name, value }) =>
    name.startsWith("on") || name === "srcdoc" || (["href", "src", "action"].includes(name) && /^\s*(javascript|data|http):/i.test(value))));
  const scripts = [...document.scripts].slice(1);
  return [...made, ...marked, ...scripts].map(told).concat(window.taken === undefined ? [] : ["a payload ran"]);
}
