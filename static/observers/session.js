// One set being read: the server's state, the outbox beside it, and what the reader does.

import { Courier } from "./courier.js";
import { Outbox } from "./outbox.js";
import { placeOf } from "./place.js";

const AGAIN = 3000; // milliseconds until the state is asked for again
const TAKEN = "taken-over";

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./place.js").State} State
 * @typedef {{truth: string, message: string}} Feedback
 * @typedef {{changed: () => void, mood: (mood: string, n: number) => void, seen: (entry: Entry) => void,
 *   gone: () => void}} Listener changed: draw anew; seen: a refusal to be shown; gone: the set cannot be read
 */

export class Session {
  /** @param {import("./api.js").Api} api @param {string} name @param {Listener} listener */
  constructor(api, name, listener) {
    this.api = api;
    this.name = name;
    this.listener = listener;
    /** @type {State | null} */
    this.state = null;
    /** @type {Entry[]} of this set, in order */
    this.waiting = [];
    /** @type {Feedback | null} to a practice case, until the reader has seen it */
    this.feedback = null;
    this.isTaken = false;
    this.undoUntil = 0;
    this.user = "";
    // Windows of one browser hear of each other at once; other devices from the server's answers.
    this.channel = new BroadcastChannel("fundus-room");
    this.channel.addEventListener("message", ({ data }) => {
      if (data.session === name && data.room !== api.room) this.lose();
    });
  }

  async open() {
    this.outbox = await Outbox.open();
    this.courier = new Courier(this.api, this.outbox, {
      mood: (mood, n) => this.told(mood, n),
      taken: (entry, data) => this.taken(entry, data),
      refused: (entry, data) => this.refused(entry, data),
    });
    this.courier.session = this.name;
    await this.load();
  }

  /** @param {string} mood @param {number} n how many ratings wait */
  told(mood, n) {
    this.listener.mood(mood, n);
    if (mood === "saved" && n === 0 && this.waiting.length) this.load(); // another window carried them
  }

  /** Ask where the set stands; a new room takes it over. */
  async load() {
    clearTimeout(this.timer);
    const answer = await this.api.state();
    const status = answer?.status ?? 0;
    if (status === 200) return this.loaded(answer?.data);
    if (status === 403 || status === 404) return this.foreign();
    this.listener.mood(status === 401 ? "login" : "offline", this.waiting.length);
    this.timer = setTimeout(() => this.load(), AGAIN);
  }

  /** @param {State} state */
  async loaded(state) {
    this.channel.postMessage({ session: this.name, room: this.api.room });
    const isNew = this.user !== state.user;
    this.user = state.user;
    this.courier.user = state.user;
    const all = await this.outbox.waiting(state.user);
    this.waiting = all.filter((entry) => entry.session === this.name);
    this.listener.mood(all.length ? "saving" : "saved", all.length);
    this.adopt(state);
    if (isNew) for (const entry of await this.outbox.refused(state.user)) this.listener.seen(entry);
    this.courier.go();
  }

  /** Another login, or a set that cannot be read any more. */
  async foreign() {
    const { status, user } = this.user ? await this.api.whoIsIn() : { status: 0, user: "" };
    if (status !== 200 || user === this.user) return this.listener.gone();
    this.listener.mood("other", this.waiting.length);
    this.timer = setTimeout(() => this.load(), AGAIN);
  }

  /** @param {State} state */
  adopt(state) {
    this.state = state;
    this.undoUntil = performance.now() + state.undo_seconds * 1000;
    if (state.room === false) this.lose();
    else this.listener.changed();
  }

  /** @returns {import("./place.js").Place} */
  get place() {
    if (!this.state) return { current: null, ahead: [], rated: 0, isComplete: false };
    return placeOf(this.state, this.waiting);
  }

  /** Seconds for which the last rating may still be taken back. */
  get undoSeconds() {
    return this.waiting.length || this.feedback ? 0 : Math.max(0, Math.ceil((this.undoUntil - performance.now()) / 1000));
  }

  /**
   * Keep a rating, then send it.
   * @param {import("./place.js").Case} item
   * @param {{said: string, set: string, body: object}} rating
   */
  async rate(item, { said, set, body }) {
    /** @type {Entry} */
    const entry = {
      ...{ user: this.user, session: this.name, room: this.api.room, api: this.api.base, set, said, body },
      ...{ item: item.token, position: item.position, version: item.version },
      made: { origin: performance.timeOrigin, at: performance.now() },
      ...{ refused: "", reason: "" },
    };
    await this.outbox.put(entry);
    this.waiting.push(entry);
    this.courier.go();
  }

  /** @param {Entry} entry */
  settle(entry) {
    this.waiting = this.waiting.filter((other) => other.id !== entry.id);
  }

  /** @param {Entry} entry @param {any} data */
  taken(entry, data) {
    if (entry.session !== this.name) return;
    this.settle(entry);
    this.feedback = data.feedback ?? null;
    this.adopt(data);
  }

  /** @param {Entry} entry @param {any} data */
  refused(entry, data) {
    this.settle(entry);
    if (data.reason === TAKEN) this.lose();
    else this.listener.seen(entry);
    if (entry.session !== this.name) return;
    if (data.state) this.adopt(data.state);
    else this.load();
  }

  /** @param {Entry} entry that the reader has read about */
  async forget(entry) {
    await this.outbox.remove(entry);
  }

  /**
   * Undo, review or finish: what needs an answer before the reader goes on.
   * @param {string} path
   * @returns {Promise<string>} why not, in words; empty when it was done
   */
  async act(path) {
    let answer = await this.api.post(this.api.base + path);
    if (answer?.status === 403) {
      await this.api.whoIsIn(); // a login in another tab makes the CSRF token old
      answer = await this.api.post(this.api.base + path);
    }
    const { status, data } = answer ?? { status: 0, data: {} };
    if (status === 401) this.listener.mood("login", this.waiting.length);
    const state = status < 300 ? data : data.state;
    if (status && state) this.adopt(state);
    return status >= 200 && status < 300 ? "" : (data.detail ?? "offline");
  }

  /** Another window goes on with this set. */
  lose() {
    this.isTaken = true;
    if (this.courier) this.courier.isOff = true;
    this.listener.changed();
  }

  /** @param {string} room the new name of this window, which takes the set back */
  async takeBack(room) {
    this.api.room = room;
    this.isTaken = false;
    this.courier.isOff = false;
    for (const entry of await this.outbox.refused(this.user)) {
      if (entry.reason !== TAKEN || entry.session !== this.name) continue;
      await this.outbox.put({ ...entry, refused: "", reason: "" });
    }
    await this.load();
  }
}
