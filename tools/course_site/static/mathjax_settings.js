// MathJax reads this when it is loaded. Without its menu nothing of it is fetched later, and no
// formula is a stop of the tabulator.
window.MathJax = {
  options: { enableMenu: false, processHtmlClass: "math", ignoreHtmlClass: ".*" },
  svg: { fontCache: "global" },
  startup: {
    pageReady: () => MathJax.startup.defaultPageReady().then(() => {
      document.documentElement.dataset.formulas = "drawn";
      document.dispatchEvent(new Event("course:formulas"));
    }),
  },
};
