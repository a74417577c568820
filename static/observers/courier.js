// Carries the outbox to the server, in order, until each entry has its answer.
// A repeat has the same idempotency key, so however often it is sent it counts once. Before a
// repeat the courier asks who is logged in: nothing goes out under another login.

const WAITS = [1000, 2000, 4000, 8000, 15000]; // milliseconds between rounds
const LATER = [0, 408, 425, 429, 500, 502, 503, 504];
const DOUBTFUL = [403, 404]; // what another login, or an old CSRF token, would answer as well

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {"saving" | "saved" | "offline" | "login" | "other"} Mood
 */

export class Courier {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./outbox.js").Outbox} outbox
   * @param {{mood: (mood: Mood, n: number) => void, taken: (entry: Entry, data: any) => void,
   *   refused: (entry: Entry, data: any) => void}} tell
   */
  constructor(api, outbox, tell) {
    this.api = api;
    this.outbox = outbox;
    this.tell = tell;
    this.user = "";
    this.session = ""; // the set that is read on this page, if any
    this.isOff = false; // while another window reads that set, and carries for it
    this.isTrusted = false; // whether the login was seen to be this user's since the last fault
    this.isRunning = false;
    this.isAsked = false;
    this.tries = 0;
    /** @type {Set<number | undefined>} entries that were refused once, perhaps for the login's sake */
    this.doubted = new Set();
    for (const kind of ["online", "focus", "pageshow"]) addEventListener(kind, () => this.wake());
    document.addEventListener("visibilitychange", () => this.wake());
  }

  /** Go now instead of later, if something waits. */
  wake() {
    if (this.timer && document.visibilityState === "visible") this.go();
  }

  /** Carry what waits; asked for again while under way, look once more at the end. */
  async go() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isAsked = true;
    if (this.isRunning || this.isOff || !this.user) return;
    this.isRunning = true;
    /** @type {Mood} */
    let mood = "saved";
    while (this.isAsked) {
      this.isAsked = false;
      mood = await alone(() => this.round());
    }
    this.isRunning = false;
    const left = (await this.outbox.waiting(this.user)).length;
    if (mood === "saved") this.tries = 0;
    else this.timer = setTimeout(() => this.go(), WAITS[Math.min(this.tries++, WAITS.length - 1)]);
    this.tell.mood(mood, left);
  }

  /** @returns {Promise<Mood>} "saved" when nothing is left */
  async round() {
    for (;;) {
      const waiting = await this.outbox.waiting(this.user);
      if (!waiting.length) return "saved";
      if (!this.isTrusted) {
        const mood = await this.identify();
        if (mood) return mood;
      }
      const fault = await this.carry(waiting[0], waiting.length);
      if (fault) return fault;
    }
  }

  /** @returns {Promise<Mood | null>} null when it is this user who is logged in */
  async identify() {
    const { status, user } = await this.api.whoIsIn();
    if (status === 401 || status === 403) return "login";
    if (status !== 200) return "offline";
    if (user !== this.user) return "other";
    this.isTrusted = true;
    return null;
  }

  /**
   * @param {Entry} entry
   * @param {number} n how many wait
   * @returns {Promise<Mood | null>} null when the round goes on
   */
  async carry(entry, n) {
    this.tell.mood("saving", n);
    const sent = { ...entry.body, timing: { ...entry.body.timing, waited_ms: waited(entry) } };
    // Of its own set this page sends as the room it is; of others as the room that made the rating.
    const room = entry.session === this.session ? this.api.room : entry.room;
    const answer = await this.api.post(`${entry.api}${entry.item}/rating/`, sent, room);
    const status = answer?.status ?? 0;
    if (status >= 200 && status < 300) {
      await this.outbox.remove(entry);
      this.tell.taken(entry, answer?.data);
      return null;
    }
    this.isTrusted = false;
    if (status === 401) return "login";
    if (LATER.includes(status)) return "offline";
    if (DOUBTFUL.includes(status) && !this.doubted.has(entry.id)) {
      this.doubted.add(entry.id); // once more, after a look at who is logged in
      return null;
    }
    entry.refused = answer?.data.detail || String(status);
    entry.reason = answer?.data.reason ?? "";
    await this.outbox.put(entry);
    this.tell.refused(entry, answer?.data ?? {});
    return null;
  }
}

/** @param {Entry} entry @returns whole milliseconds that it has waited, at least: no wall clock is asked */
function waited(entry) {
  const since = entry.made.origin === performance.timeOrigin ? entry.made.at : 0;
  return Math.round(performance.now() - since);
}

/**
 * Let one tab at a time carry, where the browser can arrange it; elsewhere the keys suffice.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
function alone(work) {
  return navigator.locks ? navigator.locks.request("fundus-outbox", work) : work();
}
