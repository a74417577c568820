// On the page of my sets: send what this browser still keeps, and say what became of it.

import { Api } from "./api.js";
import { Courier } from "./courier.js";
import { Outbox } from "./outbox.js";

const box = /** @type {HTMLElement} */ (document.getElementById("outbox"));
const api = new Api("", box.dataset.token ?? "", "");

/** @param {string} key @param {Record<string, string | number | null>} holes what stands for {name} */
function words(key, holes) {
  const text = box.dataset[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (hole, name) => String(holes[name] ?? hole));
}

/** Be there only while there is something to say. */
function appear() {
  box.hidden = [...box.children].every((note) => /** @type {HTMLElement} */ (note).hidden);
}

/** @param {string} id @param {string} text */
function say(id, text) {
  const note = /** @type {HTMLElement} */ (document.getElementById(id));
  note.hidden = !text;
  /** @type {HTMLElement} */ (note.querySelector("span")).textContent = text;
  appear();
}

/** @param {Outbox} outbox @param {string} user */
async function showRefused(outbox, user) {
  const entries = await outbox.refused(user);
  const note = /** @type {HTMLElement} */ (document.getElementById("outbox-refused"));
  note.hidden = entries.length === 0;
  const rows = entries.map((entry) => {
    const row = document.createElement("li");
    row.textContent = `${words("row", { n: entry.position, set: entry.set, said: entry.said })} – ${entry.refused}`;
    return row;
  });
  note.querySelector("ul")?.replaceChildren(...rows);
  appear();
  const seen = /** @type {HTMLButtonElement} */ (note.querySelector("button"));
  seen.onclick = async () => {
    for (const entry of entries) await outbox.remove(entry);
    await showRefused(outbox, user);
  };
}

async function start() {
  const outbox = await Outbox.open();
  const { user } = await api.whoIsIn();
  if (!user) return;
  let sent = 0;
  const courier = new Courier(api, outbox, {
    mood: (mood, n) => say("outbox-waiting", n ? words(mood === "other" ? "other" : "waiting", { n }) : ""),
    taken: () => say("outbox-sent", words("sent", { n: (sent += 1) })),
    refused: () => showRefused(outbox, user),
  });
  courier.user = user;
  await showRefused(outbox, user);
  await courier.go();
}

start();
