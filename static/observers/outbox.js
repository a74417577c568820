// Ratings on their way, kept by the browser itself: each is written here before it is sent and
// removed when the server has said that it is stored. Entries belong to one user and one session.

/**
 * @typedef {{id?: number, user: string, session: string, room: string, api: string, set: string, item: string,
 *   position: number | null, version: number, said: string, body: any,
 *   made: {origin: number, at: number}, refused: string, reason: string}} Entry
 * `room` names the page that made it; `said` is the rating in words; `made` when, by the monotonic clock of the page that began at
 * `origin`; `refused` why the server did not take it, empty while it waits.
 */

const NAME = "fundus-reading";
const STORE = "outbox";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
  return done(request);
}

class Kept {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    /** Whether entries outlive the page. */
    this.isLasting = true;
  }

  /** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} work @returns {Promise<T>} */
  async with(mode, work) {
    const transaction = this.database.transaction(STORE, mode, { durability: "strict" });
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await done(work(transaction.objectStore(STORE)));
    await committed; // only then it is on the disk
    return result;
  }

  /** @param {Entry} entry */
  async put(entry) {
    entry.id = Number(await this.with("readwrite", (store) => store.put(entry)));
  }

  /** @param {Entry} entry */
  async remove(entry) {
    await this.with("readwrite", (store) => store.delete(/** @type {number} */ (entry.id)));
  }

  /** @returns {Promise<Entry[]>} */
  all() {
    return this.with("readonly", (store) => store.getAll());
  }
}

/** Where the browser keeps nothing (some private windows): as long as the page lives. */
class Held {
  constructor() {
    this.isLasting = false;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    this.next = 1;
  }

  /** @param {Entry} entry */
  async put(entry) {
    entry.id ??= this.next++;
    this.entries.set(entry.id, { ...entry });
  }

  /** @param {Entry} entry */
  async remove(entry) {
    this.entries.delete(entry.id ?? 0);
  }

  async all() {
    return [...this.entries.values()];
  }
}

export class Outbox {
  /** @param {Kept | Held} store */
  constructor(store) {
    this.store = store;
    this.isLasting = store.isLasting;
  }

  static async open() {
    try {
      return new Outbox(new Kept(await opened()));
    } catch {
      return new Outbox(new Held());
    }
  }

  /** @param {Entry} entry a new one, or one that has changed */
  put(entry) {
    return this.store.put(entry);
  }

  /** @param {Entry} entry */
  remove(entry) {
    return this.store.remove(entry);
  }

  /** @param {string} user @returns {Promise<Entry[]>} what waits for this user, in the order of its making */
  async waiting(user) {
    return (await this.store.all()).filter((entry) => entry.user === user && !entry.refused);
  }

  /** @param {string} user @returns {Promise<Entry[]>} what the server refused and the user has not seen yet */
  async refused(user) {
    return (await this.store.all()).filter((entry) => entry.user === user && entry.refused);
  }
}
