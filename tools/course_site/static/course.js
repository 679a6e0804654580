// What is folded is open on paper.
(() => {
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((fold) => { fold.open = true; });
  });
  window.addEventListener("afterprint", () => closed.forEach((fold) => { fold.open = false; }));
})();

// What is wider than the page scrolls, and whoever has no mouse gets there by the tabulator.
(() => {
  const WIDE = "div.math, mjx-container, pre, .pst-scrollable-table-container, .course-figure";
  const look = () => document.querySelectorAll(WIDE).forEach((node) => {
    const scrolls = node.scrollWidth > node.clientWidth;
    if (scrolls && !node.hasAttribute("tabindex")) {
      node.tabIndex = 0;
      node.dataset.scrolls = "";
    } else if (!scrolls && "scrolls" in node.dataset) {
      node.removeAttribute("tabindex");
      delete node.dataset.scrolls;
    }
  });
  window.addEventListener("load", look);
  window.addEventListener("resize", look);
  document.addEventListener("toggle", look, true);
  document.addEventListener("course:formulas", look);
})();
