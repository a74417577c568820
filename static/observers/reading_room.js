// The reading room: show a case, take a rating, go on. The server decides which case is next.

import { Images, Refused } from "./images.js";
import { Panel } from "./panel.js";
import { Sender, newKey } from "./sender.js";

/**
 * @typedef {{token: string | null, position: number | null}} Item
 * @typedef {{total: number, rated: number, is_complete: boolean, is_finished: boolean,
 *   current: Item & {version: number}, ahead: Item[], undo_seconds: number}} State
 */

const ICONS = { saved: "check", saving: "clock", waiting: "offline", login: "lock", loading: "clock", note: "alert" };
const RETRY = 3000; // milliseconds until an image is asked for again

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const api = root.dataset.api ?? "";
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const words = Object.fromEntries(
  [...part("words").children].map((w) => [/** @type {HTMLElement} */ (w).dataset.key, w.textContent ?? ""]),
);

/** @type {State | null} */
let state = null;
/** @type {{token: string, key: string, version: number} | null} */
let decision = null; // kept while it is sent, so that a repeat is the same request
let isBusy = false;
let undoUntil = 0;
/** A clock that stops while paused: from first paint to decision. */
const clock = { spent: 0, since: 0 };

const images = new Images((token) => `${api}${token}/image/`);
const sender = new Sender(root.dataset.csrf ?? "", tell);
const panel = new Panel(root, refresh);

/** @param {string} kind a key of the words, shown beside its icon */
function tell(kind) {
  const box = part("saved");
  box.dataset.kind = kind;
  part("saved-words").textContent = words[kind] ?? "";
  box.querySelector("use")?.setAttribute("href", `${root.dataset.sprite}#${ICONS[kind] ?? "info"}`);
}

/** @param {string} text empty to say nothing */
function say(text) {
  part("says").textContent = text;
}

function refresh() {
  const isComplete = Boolean(state?.is_complete);
  const isPaused = root.classList.contains("paused");
  const next = /** @type {HTMLButtonElement} */ (part("next"));
  next.disabled = isBusy || isPaused || !state || (!isComplete && !(panel.isAnswered && root.classList.contains("shown")));
  part("next-words").textContent = isComplete ? words.finish : words.next;
  root.classList.toggle("complete", isComplete);
  root.classList.toggle("busy", isBusy);
  const undo = /** @type {HTMLButtonElement} */ (part("undo"));
  const left = Math.ceil((undoUntil - performance.now()) / 1000);
  undo.hidden = left <= 0 || isBusy;
  part("undo-left").textContent = left > 0 ? `${left} s` : "";
}

/** @param {State} now */
async function adopt(now) {
  state = now;
  undoUntil = performance.now() + now.undo_seconds * 1000;
  if (now.is_finished) return location.assign(root.dataset.finished ?? "/");
  part("place").textContent = words.place
    .replace("{n}", String(now.current.position ?? now.total))
    .replace("{total}", String(now.total));
  /** @type {HTMLProgressElement} */ (part("progress")).value = now.rated;
  panel.clear();
  refresh();
  if (now.current.token) await show(now.current.token);
  else part("viewer").replaceChildren();
  for (const item of now.ahead) if (item.token) images.get(item.token).catch(() => {});
  images.keepOnly([now.current.token, ...now.ahead.map((i) => i.token)].filter((t) => t !== null));
}

/** @param {string} token */
async function show(token) {
  root.classList.remove("shown");
  const late = setTimeout(() => tell("loading"), 150);
  try {
    const image = await images.get(token);
    if (state?.current.token !== token) return;
    image.alt = part("place").textContent ?? "";
    part("viewer").replaceChildren(image);
    root.classList.add("shown");
    requestAnimationFrame(() => requestAnimationFrame(startClock));
    if (part("saved").dataset.kind === "loading" || part("saved").dataset.kind === "waiting") tell("saved");
  } catch (fault) {
    if (fault instanceof Refused && [403, 404].includes(fault.status)) return void load();
    tell(fault instanceof Refused && fault.status === 401 ? "login" : "waiting");
    setTimeout(() => state?.current.token === token && show(token), RETRY);
  } finally {
    clearTimeout(late);
    refresh();
  }
}

function startClock() {
  clock.spent = 0;
  clock.since = performance.now();
}

function elapsed() {
  return Math.round(clock.spent + (root.classList.contains("paused") ? 0 : performance.now() - clock.since));
}

async function load() {
  tell("loading");
  try {
    const answer = await fetch(api, { cache: "no-store", credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.status === 403 || answer.status === 404) return location.assign("/");
    if (!answer.ok) throw new Refused(answer.status);
    tell("saved");
    await adopt(await answer.json());
  } catch (fault) {
    tell(fault instanceof Refused && fault.status === 401 ? "login" : "waiting");
    setTimeout(load, RETRY);
  }
}

/**
 * Send, and go on from what the server says is so.
 * @param {string} path
 * @param {object} [body]
 */
async function act(path, body) {
  isBusy = true;
  say("");
  refresh();
  const { status, data } = await sender.send(api + path, body);
  isBusy = false;
  tell(status < 300 ? "saved" : "note");
  if (status >= 300) say(data.detail ?? words.refused);
  const now = status === 409 ? data.state : data;
  if (status < 300 || status === 409) {
    decision = null;
    await adopt(now);
  }
  refresh();
}

async function goOn() {
  if (/** @type {HTMLButtonElement} */ (part("next")).disabled || !state) return;
  if (state.is_complete) return act("finish/");
  const { token, version } = state.current;
  if (!token) return;
  if (decision?.token !== token || decision.version !== version) decision = { token, version, key: newKey() };
  const body = { ...panel.answer, elapsed_ms: elapsed(), idempotency_key: decision.key, version };
  await act(`${token}/rating/`, body);
}

function pause() {
  const isPaused = root.classList.toggle("paused");
  if (isPaused) clock.spent += performance.now() - clock.since;
  else clock.since = performance.now();
  part("pause-words").textContent = isPaused ? words.resume : words.pause;
  part("pause").setAttribute("aria-pressed", String(isPaused));
  say(isPaused ? words.paused : "");
  refresh();
}

function undo() {
  if (!part("undo").hidden) act("undo/");
}

const help = /** @type {HTMLDialogElement} */ (part("help"));
const KEYS = { Enter: goOn, "?": () => help.showModal(), p: pause, u: undo };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const target = /** @type {HTMLElement} */ (event.target);
  // Just after Escape the focus may still lie on a button of the closed help.
  const control = target.closest("button, a, select");
  if (control && !help.contains(control) && ["Enter", " ", "ArrowUp", "ArrowDown"].includes(event.key)) return;
  const isPaused = root.classList.contains("paused");
  const run = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
  if (run) run();
  else if (isPaused || isBusy || !state?.current.token || target.closest("select") || !panel.key(event)) return;
  event.preventDefault();
});
part("panel").addEventListener("submit", (event) => {
  event.preventDefault();
  goOn();
});
part("pause").addEventListener("click", pause);
part("undo").addEventListener("click", undo);
part("help-open").addEventListener("click", () => help.showModal());
setInterval(refresh, 500);
load();
