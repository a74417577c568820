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
  part("log-part").hidden = !state.log;
}

const samples = document.querySelector("#samples img");
let asked = 0;

function showSamples(state) {
  // A sheet is drawn every two minutes: fetch it anew now and then.
  if (!samples || !state.has_sheet || asked++ % 20) return;
  samples.src = `${samples.getAttribute("src").split("?")[0]}?n=${asked}`;
  part("samples").hidden = false;
}

let looked = 0;

async function showLoss() {
  // The server draws the curve: take it from the page as it is now.
  if (looked++ % 4 || part("bar").value === 0) return;
  const answer = await fetch(window.location.href);
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const drawn = now.getElementById("loss");
  if (drawn && !drawn.hidden) part("loss").replaceWith(drawn);
}

async function watch() {
  try {
    const state = await ask(page.dataset.url);
    show(state);
    showSamples(state);
    await showLoss();
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
