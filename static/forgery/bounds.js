// Quality bounds: a cut is moved, and what would fall out is shown before it holds.
const SHOWN = 24;
const form = document.getElementById("bounds");
const rows = JSON.parse(document.getElementById("measures").textContent);
const cuts = [...form.querySelectorAll(".cut")].map((card) => ({
  card,
  measure: card.dataset.measure,
  isMost: card.dataset.most === "yes",
  field: card.querySelector("input[type=number]"),
  slider: card.querySelector("input[type=range]"),
  bars: [...card.querySelectorAll("rect")],
  line: card.querySelector("line.at"),
  count: card.querySelector(".n-out"),
}));

const isOut = (cut, value, bound) => (cut.isMost ? value > bound : value < bound);
const isFit = (row, bounds) => cuts.every((cut, i) => !isOut(cut, row[cut.measure], bounds[i]));
const bounds = () => cuts.map((cut) => Number(cut.field.value));
const held = cuts.map((cut) => Number(cut.field.dataset.now));

function thumbnail(row) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  link.href = form.dataset.page.replace("/0/", `/${row.id}/`);
  image.src = form.dataset.image.replace("/0.png", `/${row.id}.png`);
  image.alt = String(row.id);
  image.width = 64;
  image.height = 64;
  link.append(image);
  item.append(link);
  return item;
}

function list(name, found) {
  document.getElementById(`n-${name}`).textContent = found.length;
  document.getElementById(name).replaceChildren(...found.slice(0, SHOWN).map(thumbnail));
}

function draw(cut, bound) {
  const low = Number(cut.slider.min);
  const high = Number(cut.slider.max);
  const place = Math.min(400, Math.max(0, (400 * (bound - low)) / (high - low)));
  cut.line.setAttribute("x1", place);
  cut.line.setAttribute("x2", place);
  for (const bar of cut.bars) {
    const middle = (Number(bar.dataset.low) + Number(bar.dataset.high)) / 2;
    bar.classList.toggle("out", isOut(cut, middle, bound));
  }
  const n = rows.filter((row) => isOut(cut, row[cut.measure], bound)).length;
  cut.count.textContent = form.dataset.out.replace("{n}", n);
}

function show() {
  const then = bounds();
  cuts.forEach((cut, i) => draw(cut, then[i]));
  const before = rows.filter((row) => isFit(row, held));
  const after = rows.filter((row) => isFit(row, then));
  document.getElementById("fit-now").textContent = before.length;
  document.getElementById("fit-then").textContent = after.length;
  list("falling", before.filter((row) => !isFit(row, then)));
  list("returning", after.filter((row) => !isFit(row, held)));
  const apply = document.getElementById("apply");
  if (apply) apply.disabled = then.every((bound, i) => bound === held[i]);
}

function reset(name) {
  for (const cut of cuts) {
    cut.field.value = cut.field.dataset[name];
    cut.slider.value = cut.field.value;
  }
  show();
}

for (const cut of cuts) {
  cut.slider.addEventListener("input", () => {
    cut.field.value = Number(Number(cut.slider.value).toPrecision(4));
    show();
  });
  cut.field.addEventListener("input", () => {
    cut.slider.value = cut.field.value;
    show();
  });
}
document.getElementById("back-to-now").addEventListener("click", () => reset("now"));
document.getElementById("back-to-default").addEventListener("click", () => reset("default"));
show();
