// The tray of running jobs, on every page of the desk; it asks while one runs.
import { ask, timeLeft } from "./watch.js";

const EVERY = 3000; // milliseconds
const tray = document.getElementById("tray");
let seen = null; // which jobs, in which state, at the last answer

function row(job) {
  const link = document.createElement("a");
  link.className = "tray-row";
  link.href = job.url;
  const name = document.createElement("strong");
  name.textContent = `${job.title} · ${job.state_text}`;
  const bar = document.createElement("progress");
  bar.max = job.total || 1;
  bar.value = job.done;
  const text = document.createElement("span");
  text.textContent = job.waits_in_vain ? tray.dataset.idle : timeLeft(job.seconds_left, tray.dataset.left) || job.message;
  link.append(name, bar, text);
  if (job.log) link.title = job.log;
  return job.retry ? withRetry(job, link) : link;
}

function withRetry(job, link) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = job.retry;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = tray.dataset.csrf;
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = tray.dataset.retry;
  form.append(token, button);
  const both = document.createElement("div");
  both.append(link, form);
  return both;
}

/** The list of all jobs shows a change at once, unless somebody types a filter. */
function follow(now) {
  const isTyping = document.activeElement?.matches("input, select");
  if (tray.dataset.follows && seen !== null && now !== seen && !isTyping) window.location.reload();
  else seen = now;
}

async function watch() {
  let isRunning = false;
  try {
    const { jobs } = await ask(tray.dataset.url);
    tray.replaceChildren(...jobs.map(row));
    tray.hidden = jobs.length === 0;
    isRunning = jobs.some((job) => !job.is_over);
    follow(jobs.map((job) => `${job.id} ${job.state}`).join());
  } catch {
    tray.hidden = true;
  }
  if (isRunning) window.setTimeout(watch, EVERY);
}

watch();
