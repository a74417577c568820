// Before and after: the slider, or a drag on the image, moves the divide.
const frame = document.getElementById("compare");
const slider = document.getElementById("divide");
const images = frame.querySelector(".compare-images");

function show(percent) {
  const value = Math.min(100, Math.max(0, percent));
  slider.value = value;
  frame.style.setProperty("--divide", `${value}%`);
}

function follow(event) {
  const box = images.getBoundingClientRect();
  show(((event.clientX - box.left) / box.width) * 100);
}

slider.addEventListener("input", () => show(Number(slider.value)));
images.addEventListener("dragstart", (event) => event.preventDefault());
images.addEventListener("pointerdown", (event) => {
  images.setPointerCapture(event.pointerId);
  follow(event);
});
images.addEventListener("pointermove", (event) => {
  if (event.buttons === 1) follow(event);
});
show(50);
