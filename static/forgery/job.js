// A job's page while it runs: progress, message, time left and log, then reload.
import { ask, timeLeft } from "./watch.js";

const EVERY = 1500; // milliseconds
const page = document.getElementById("job");
const part = (id) => document.getElementById(id);

function show(state) {
  part("bar").value = state.share;
  part("count").textContent = state.count;
  part("message").textContent = state.message;
  part("left").textContent = timeLeft(state.seconds_left, page.dataset.left);
  part("log").textContent = state.log;
}

const samples = document.querySelector("#samples img");
let asked = 0;

function showSamples(state) {
  // A sheet is drawn every two minutes: fetch it anew now and then.
  if (!samples || !state.has_sheet || asked++ % 20) return;
  samples.src = `${samples.getAttribute("src").split("?")[0]}?n=${asked}`;
  part("samples").hidden = false;
}

async function watch() {
  try {
    const state = await ask(page.dataset.url);
    show(state);
    showSamples(state);
    if (state.state !== page.dataset.state) {
      window.location.reload();
      return;
    }
  } catch {
    part("left").textContent = page.dataset.lost;
  }
  window.setTimeout(watch, EVERY);
}

if (page.dataset.over === "no") watch();
