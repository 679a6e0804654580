// Draws the formulas, fits what is shown into the slides, and hands them to reveal.js.
"use strict";

const WIDTH = 1280;
const HEIGHT = 720;
const TEXT_WIDTH = 1160; // course.css leaves 60 on either side

// Shrinks what a slide shows until it fits: an equation to its line, figures and code to the slide.
function fit(slide) {
  for (const equation of slide.querySelectorAll('mjx-container[display="true"]')) {
    for (let percent = 104; percent > 50 && equation.offsetWidth > TEXT_WIDTH; percent -= 4) {
      equation.style.fontSize = `${percent}%`;
    }
  }
  const boxes = [...slide.querySelectorAll(".celltag_course-output, .celltag_course-code")];
  const lines = boxes.flatMap((box) => [...box.querySelectorAll("pre")]);
  const width = Math.max(TEXT_WIDTH, ...lines.map((pre) => pre.scrollWidth));
  for (const box of boxes) box.style.width = `${width}px`;
  const high = boxes.reduce((sum, box) => sum + box.offsetHeight, 0);
  const room = HEIGHT - (slide.scrollHeight - high);
  const scale = Math.min(1, TEXT_WIDTH / width, room / high);
  for (const box of boxes.filter(() => scale < 1)) {
    box.style.height = `${scale * box.offsetHeight}px`; // the room that it takes then
    box.style.contain = "size layout"; // in print too: it is not moved to a page of its own
    box.style.transform = `scale(${scale})`;
    box.dataset.scale = scale;
  }
}

// A piece that moves has keys of its own, while something in it has the focus.
function keyIsForSlides(event) {
  const piece = document.activeElement?.closest(".celltag_course-output");
  return !piece?.querySelector("button, input, select");
}

const nextFrame = () => new Promise((done) => requestAnimationFrame(done));

async function start() {
  for (const stack of document.querySelectorAll(".slides > section")) {
    stack.replaceWith(...stack.children); // nbconvert puts each slide into a column of its own
  }
  const root = document.documentElement;
  // A piece that moves is drawn as wide as its place, whatever the slides are scaled by.
  for (const picture of document.querySelectorAll(".celltag_course-output svg")) {
    picture.getBoundingClientRect = () => new DOMRect(0, 0, picture.clientWidth, picture.clientHeight);
  }
  root.classList.add("measuring"); // all slides are laid out, so that they can be measured
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  for (let frame = 0; frame < 3; frame += 1) await nextFrame(); // pieces are drawn anew meanwhile
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
