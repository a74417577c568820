// Where the reader stands: what the server said, and beyond it what waits in the outbox.

/**
 * @typedef {{token: string | null, position: number | null, version?: number}} Item
 * @typedef {{session: string, total: number, rated: number, is_complete: boolean, is_finished: boolean,
 *   current: Item, ahead: Item[], undo_seconds: number, room: boolean, user: string,
 *   reviewable: Item[]}} State
 * @typedef {{token: string, position: number | null, version: number}} Case
 * @typedef {{current: Case | null, ahead: Case[], rated: number, isComplete: boolean}} Place
 */

/**
 * @param {State} state
 * @param {import("./outbox.js").Entry[]} waiting of this session
 * @returns {Place} the case whose turn it is here; null when those that may be seen are rated
 */
export function placeOf(state, waiting) {
  const name = (/** @type {{token: string, version: number}} */ item) => `${item.token} ${item.version}`;
  const given = new Set(waiting.map((entry) => name({ token: entry.item, version: entry.version })));
  const [current, ...ahead] = [state.current, ...state.ahead]
    .map(({ token, position, version }) => ({ token: token ?? "", position, version: version ?? 1 }))
    .filter((item) => item.token && !given.has(name(item)));
  const first = waiting.filter((entry) => entry.version === 1).length;
  return { current: current ?? null, ahead, rated: state.rated + first, isComplete: state.is_complete && !waiting.length };
}
