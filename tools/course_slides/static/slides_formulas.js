// MathJax reads this when it is loaded. It draws when slides.js asks for it.
window.MathJax = {
  tex: { inlineMath: [["$", "$"], ["\\(", "\\)"]], processEscapes: true },
  options: { enableMenu: false },
  svg: { fontCache: "global" },
  startup: { typeset: false },
};
