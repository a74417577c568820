// How long a case was read, from the browser's monotonic clock alone.
// Every moment belongs to exactly one span: paused, hidden, idle or active.

const IDLE = 60000; // milliseconds without input after which a reader counts as away
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

export class Clock {
  constructor() {
    this.isPaused = false;
    this.isRunning = false;
    this.seen = performance.now();
    this.input = this.seen;
    this.spans = { active: 0, hidden: 0, idle: 0, paused: 0 };
    this.paint = 0;
    this.isHidden = document.visibilityState === "hidden";
    for (const kind of INPUTS) addEventListener(kind, () => this.touch(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => {
      this.settle();
      this.isHidden = document.visibilityState === "hidden";
      this.input = performance.now();
    });
  }

  /** @param {number} fetched when the image was asked for; call at its first paint */
  start(fetched) {
    this.seen = performance.now();
    this.input = this.seen;
    this.paint = this.seen - fetched;
    this.spans = { active: 0, hidden: 0, idle: 0, paused: 0 };
    this.isRunning = true;
  }

  /** @param {boolean} isPaused */
  pause(isPaused) {
    this.settle();
    this.isPaused = isPaused;
    this.input = performance.now();
  }

  touch() {
    this.settle();
    this.input = performance.now();
  }

  /** Give the time since the last look to the span it belongs to. */
  settle() {
    const now = performance.now();
    const from = this.seen;
    this.seen = now;
    if (!this.isRunning) return;
    if (this.isPaused) this.spans.paused += now - from;
    else if (this.isHidden) this.spans.hidden += now - from;
    else {
      const away = Math.max(from, this.input + IDLE);
      this.spans.active += Math.min(now, away) - from;
      this.spans.idle += Math.max(0, now - away);
    }
  }

  /** @returns whole milliseconds; elapsed is what was not paused */
  get timing() {
    this.settle();
    const { active, hidden, idle, paused } = this.spans;
    const [active_ms, hidden_ms, idle_ms, paused_ms] = [active, hidden, idle, paused].map(Math.round);
    const elapsed_ms = active_ms + hidden_ms + idle_ms;
    return { paint_ms: Math.round(this.paint), elapsed_ms, active_ms, hidden_ms, idle_ms, paused_ms };
  }
}
