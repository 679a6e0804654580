// Draws the formulas, fits what is shown into the slides, and hands them to reveal.js.
"use strict";

const WIDTH = 1280;
const HEIGHT = 720;

// Shrinks the figures, or the code, of a slide that is higher than it may be.
function fit(slide) {
  const boxes = [...slide.querySelectorAll(".celltag_course-output, .celltag_course-code")];
  if (boxes.length === 0) return;
  let scale = 1;
  while (scale > 0.4 && (slide.scrollHeight > HEIGHT || slide.scrollWidth > WIDTH)) {
    scale -= 0.02;
    for (const box of boxes) box.style.zoom = scale.toFixed(2);
  }
}

// A piece that moves has keys of its own, while something in it has the focus.
function keyIsForSlides(event) {
  const piece = document.activeElement?.closest(".celltag_course-output");
  return !piece?.querySelector("button, input, select");
}

async function start() {
  const root = document.documentElement;
  root.classList.add("measuring"); // all slides are laid out, so that they can be measured
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  document.querySelectorAll(".slides > section").forEach(fit);
  root.classList.remove("measuring");
  await Reveal.initialize({
    width: WIDTH,
    height: HEIGHT,
    margin: 0,
    center: false,
    hash: true,
    transition: "none",
    slideNumber: "c/t",
    pdfSeparateFragments: false,
    keyboardCondition: keyIsForSlides,
    plugins: [RevealNotes],
  });
  root.dataset.slides = "ready";
}

start();
