// The server's HTTP interface.  Addresses are relative to the page, so it also works behind a path.

const BASE = new URL("../", import.meta.url);
const KEY = "hopgraph-key";

/** What the server or the network said against a request. */
export class Problem extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

// A browser that keeps nothing (storage refused) still works, with the key in memory.
let remembered = "";
export function key() {
  try { return sessionStorage.getItem(KEY) ?? remembered; } catch { return remembered; }
}

export function useKey(value) {
  remembered = value;
  try {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  } catch { /* kept in memory */ }
}

let askForKey = () => {};
/** Say what to do when the server answers that it needs a key, or another one. */
export function onKeyNeeded(action) { askForKey = action; }

async function send(path, options) {
  const headers = { ...options.headers };
  if (key()) headers.Authorization = `Bearer ${key()}`;
  let reply;
  try {
    reply = await fetch(new URL(path, BASE), { ...options, headers, credentials: "omit", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The server does not answer. Is it still running? Try again.", 0);
  }
  if (reply.ok) return reply;
  const told = await reply.json().catch(() => ({}));
  if (reply.status === 401) askForKey(key() ? "The server does not accept this key." : "This server asks for a key.");
  const detail = typeof told.detail === "string" ? told.detail : told.title || `The server answered ${reply.status}.`;
  throw new Problem(told.request_id ? `${detail} (request ${told.request_id})` : detail, reply.status);
}

/** GET a path under /v1 with parameters; an array gives a name several times. */
export async function get(path, values = {}, signal = undefined) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") continue;
    for (const each of Array.isArray(value) ? value : [value]) params.append(name, each);
  }
  const query = params.toString();
  return (await send(`v1/${path}${query ? `?${query}` : ""}`, { signal })).json();
}

/** POST a body under /v1. */
export async function post(path, body, signal = undefined) {
  const headers = { "Content-Type": "application/json" };
  return (await send(`v1/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal })).json();
}

/** POST a body under /v1 and yield the server-sent events of the reply as {event, data}. */
export async function* events(path, body, signal) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  const reply = await send(`v1/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal });
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    waiting += value ?? "";
    // A stream may end its lines with \n or \r\n; a \r at the end of a piece waits for what follows it.
    const blocks = waiting.replace(/\r\n/g, "\n").split("\n\n");
    waiting = done ? "" : blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
    if (done) return;
  }
}

function parse(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
