// Measures screen, window, pixel ratio and zoom, and writes them into the form's hidden fields.

const NARROW = 1000; // CSS pixels
const SLACK = 0.05; // a scroll bar and rounding change the ratio a little

const form = /** @type {HTMLFormElement} */ (document.getElementById("conditions"));

function measure() {
  // Where the window has a frame of its own, outer by inner width is the browser's zoom.
  const zoom = outerWidth > 0 ? outerWidth / innerWidth : 1;
  const found = {
    screen_width: screen.width,
    screen_height: screen.height,
    window_width: innerWidth,
    window_height: innerHeight,
    pixel_ratio: devicePixelRatio.toFixed(3),
    zoom: zoom.toFixed(3),
  };
  for (const [name, value] of Object.entries(found)) {
    /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value = String(value);
  }
  part("zoomed").hidden = Math.abs(zoom - 1) <= SLACK;
  part("narrow").hidden = innerWidth >= NARROW;
}

/** @param {string} id */
function part(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

addEventListener("resize", measure);
measure();
