// The reading room: show a case, take a rating, go on. The server decides which case is next.

import { Api, newKey } from "./api.js";
import { Bar } from "./bar.js";
import { Clock } from "./clock.js";
import { Drafts } from "./drafts.js";
import { Hands } from "./hands.js";
import { Images } from "./images.js";
import { Marks } from "./marks.js";
import { Notices } from "./notices.js";
import { Panel } from "./panel.js";
import { Review } from "./review.js";
import { listen } from "./room_keys.js";
import { Screen } from "./screens.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { Viewer } from "./viewer.js";
import { Words, dataOf } from "./words.js";

const FAULTS = ["offline", "login", "other"];
const SCREENS = ["loading", "waiting", "login", "other", "paused", "taken", "complete", "error"];

const data = dataOf("room-data");
const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const part = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const isPractice = data.block === "practice";

const words = new Words(dataOf("room-words"));
const api = new Api(root.dataset.api ?? "", root.dataset.token ?? "", root.dataset.csrf ?? "");
const clock = new Clock();
const viewer = new Viewer(part("viewer"), { isKept: data.view === "keep" });
const tools = new Tools(part("tools"), viewer, data.tools);
new Hands(viewer, () => tools.allows("zoom"));
const panel = new Panel(part("panel"), data.scale.kind, edited);
const marks = new Marks(viewer, { allowed: data.marks, box: part("panel"), words: (key) => words.get(key), changed: edited });
const bar = new Bar(root, words, refresh);
const screen = new Screen(part("screen"), words, root.dataset.sprite ?? "");
const session = new Session(api, data.session, { changed: render, mood: (mood, n) => bar.feel(mood, n), seen: (entry) => notices.add(entry), gone });
const notices = new Notices(part("refused"), words, (entry) => session.forget(entry));
const review = new Review(part("review"), words, (token) => act(`${token}/review/`));
const stage = new Stage(viewer, new Images(api), clock, { blank, presented, failed, label: (item) => placeWords(item.position) });

let isBusy = false;
let isPaused = false;
let isGone = false;
let isFilling = false; // while the page, not the reader, changes the panel
let said = ""; // the last rating in words, to stand beside its feedback
/** @type {Drafts | null} */
let drafts = null;

/** @param {() => void} work that changes the panel without the reader */
function fill(work) {
  isFilling = true;
  work();
  isFilling = false;
}

function blank() {
  fill(() => (panel.clear(), marks.clear()));
}

/** @param {import("./place.js").Case} item */
function presented(item) {
  const draft = drafts?.get(item);
  if (draft) fill(() => (panel.restore(draft), marks.restore(draft.marks)));
  if (["loading", "offline"].includes(bar.mood) && !session.waiting.length) bar.feel("saved", 0);
  tools.refresh();
  refresh();
}

/** @param {number} status with which the server answered instead of an image */
function failed(status) {
  if (status === 403 || status === 404) return void session.load();
  bar.feel(status === 401 ? "login" : "offline", session.waiting.length);
}

function gone() {
  isGone = true;
  refresh();
}

/** @param {string} text empty to say nothing */
function say(text) {
  if (part("says").textContent !== text) part("says").textContent = text;
}

function edited() {
  if (isFilling) return;
  const { answer, cannot_rate } = panel.answer;
  const isTouched = panel.isAnswered || marks.value.length > 0;
  if (stage.shown) drafts?.set(stage.shown, isTouched ? { answer, cannot_rate, marks: marks.value } : null);
  say("");
  refresh();
}

/** A practice case stays on view until its answer has come and was seen. */
function isHeld() {
  return isPractice && (session.waiting.length > 0 || session.feedback !== null);
}

/** Bring the page to where the reader stands. */
function render() {
  const { state } = session;
  if (state?.is_finished) return location.assign(root.dataset.finished ?? "/");
  if (!state) return refresh();
  drafts ??= new Drafts(session.user);
  const { current, ahead, isComplete } = session.place;
  if (!isHeld()) stage.set(current, ahead, Boolean(current) || isComplete);
  refresh();
}

/** @returns {string} what the room is doing now */
function stateName() {
  if (isGone) return "error";
  if (session.isTaken) return "taken";
  if (isPaused) return "paused";
  if (session.feedback) return "practice";
  if (session.place.isComplete) return "complete";
  const isFault = FAULTS.includes(bar.mood);
  if (!stage.shown) return !isFault ? "loading" : bar.mood === "offline" ? "waiting" : bar.mood;
  if (isFault) return "offline";
  return panel.isAnswered ? "rated" : "reading";
}

/** @param {string} name @returns whether Next has something to do */
function mayGoOn(name) {
  if (name === "complete" || name === "practice") return !isBusy;
  if (SCREENS.includes(name) || isBusy || isHeld()) return false;
  return panel.isAnswered && marks.isComplete && !marks.cursor?.isOn;
}

function refresh() {
  const name = stateName();
  root.dataset.state = name;
  const isSeen = !SCREENS.includes(name);
  root.classList.toggle("shown", isSeen);
  screen.show(isSeen ? "" : name, session.waiting.length);
  part("asked").inert = !isSeen || isHeld();
  part("tools").inert = !isSeen;
  part("asked").hidden = name === "practice" || name === "complete";
  part("feedback").hidden = name !== "practice";
  part("done").hidden = name !== "complete";
  part("next").disabled = !mayGoOn(name);
  part("next-words").textContent = words.get(name === "complete" ? "finish" : "next");
  if (session.feedback) showFeedback(session.feedback);
  const { place } = session;
  const position = stage.shown?.position ?? place.current?.position ?? Math.min(place.rated + 1, data.total);
  bar.refresh({ rated: place.rated, total: data.total, place: session.state ? placeWords(position) : "", isPaused });
  part("saved").hidden = name === "error"; // the screen says it all
  if (!isSeen) part("relogin").hidden = true; // there is a larger one
  bar.undo(isBusy || session.isTaken ? 0 : session.undoSeconds);
  review.refresh(session.state?.reviewable ?? []);
  if (!marks.list) return;
  part("marks-hint").hidden = !marks.cursor?.isOn;
  part("marks-open").hidden = marks.isComplete;
}

/** @param {import("./session.js").Feedback} feedback */
function showFeedback({ message }) {
  part("feedback-words").textContent = message;
  part("feedback-said").textContent = words.get("your_answer", { said });
}

/** @param {number | null} position */
function placeWords(position) {
  return words.get(isPractice ? "place_practice" : "place", { n: position ?? "", total: data.total });
}

/** @param {string} path of what needs an answer first: undo, review, finish */
async function act(path) {
  if (isBusy) return;
  isBusy = true;
  say("");
  refresh();
  const why = await session.act(path);
  isBusy = false;
  if (why) say(why === "offline" ? words.get("act_offline") : why);
  render();
}

async function rate() {
  const item = stage.shown;
  if (!item || part("next").disabled) return;
  isBusy = true;
  said = panel.said;
  const timing = clock.timing;
  const body = { ...panel.answer, marks: marks.value, idempotency_key: newKey(), version: item.version, presentation: item.presentation, timing };
  refresh();
  try {
    await session.rate(item, { said, set: words.get("set_name"), body });
    drafts?.set(item, null);
  } catch {
    say(words.get("not_kept"));
  }
  isBusy = false;
  /** @type {HTMLElement} */ (document.activeElement)?.blur(); // Enter belongs to the room again
  render();
}

/** The one thing to do next, whatever the room is doing. */
function goOn() {
  const name = root.dataset.state;
  if (name === "paused") pause();
  else if (name === "taken") session.takeBack(newKey());
  else if (name === "error") location.reload();
  else if (name === "login" || name === "other") part("login").click();
  else if (name === "complete") act("finish/");
  else if (name === "practice") ((session.feedback = null), render());
  else rate();
}

function pause() {
  isPaused = !isPaused;
  clock.pause(isPaused);
  refresh();
}

/** @param {string} language */
function speak(language) {
  words.use(language);
  const name = stage.shown ? placeWords(stage.shown.position) : "";
  viewer.canvas.setAttribute("aria-label", name);
  panel.reword();
  marks.list?.refresh();
  notices.refresh();
  review.reword();
  refresh();
  const headers = { "X-CSRFToken": api.csrf };
  fetch(root.dataset.languages ?? "", { method: "POST", body: new URLSearchParams({ language }), headers, redirect: "manual" }).catch(() => {});
}

part("panel").addEventListener("submit", (/** @type {Event} */ event) => (event.preventDefault(), goOn()));
part("undo").addEventListener("click", () => act("undo/"));
part("pause").addEventListener("click", pause);
part("language").addEventListener("change", (/** @type {any} */ event) => speak(event.target.value));
part("screen").addEventListener("click", (/** @type {any} */ event) => {
  const action = event.target.closest("button[data-action]");
  if (action) goOn();
});
listen({ goOn, pause, act, isReading: () => root.classList.contains("shown") && !isHeld() && !isBusy }, { panel, marks, tools, review, part });
addEventListener("pageshow", (event) => event.persisted && session.load());
addEventListener("offline", () => bar.feel("offline", session.waiting.length));
addEventListener("online", () => session.courier?.go());
addEventListener("beforeunload", (event) => {
  if (session.waiting.length && !session.outbox?.isLasting) event.preventDefault();
});
setInterval(() => bar.undo(isBusy || session.isTaken ? 0 : session.undoSeconds), 500);
refresh();
session.open();
