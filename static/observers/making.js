// The results page while its report is made: progress, words, time left; then reload.
import { ask, timeLeft } from "../forgery/watch.js";

const EVERY = 1000; // milliseconds
const card = document.getElementById("making");
const part = (name) => card.querySelector(`[data-part="${name}"]`);

function show(state) {
  part("bar").value = state.share;
  part("count").textContent = state.count;
  part("message").textContent = state.message;
  part("left").textContent = timeLeft(state.seconds_left, card.dataset.left);
  part("idle").hidden = !state.waits_in_vain;
}

async function watch() {
  try {
    const state = await ask(card.dataset.url);
    show(state);
    if (state.is_over) {
      window.location.reload();
      return;
    }
  } catch {
    part("left").textContent = card.dataset.lost;
  }
  window.setTimeout(watch, EVERY);
}

if (card?.dataset.over === "no") watch();
