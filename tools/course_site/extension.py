"""What our pages need of Sphinx beyond its own: formulas, folds, docstrings."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx

from course_site.docstrings import as_written

# --- formulas -------------------------------------------------------------------------------------

MATHJAX = ("mathjax_settings.js", "mathjax/tex-svg-full.js")  # in _static, in this order


def visit_inline(self: Any, node: nodes.math) -> None:
    """A formula within a line, for MathJax."""
    self.body.append(f'<span class="math notranslate">\\({escape(node.astext())}\\)</span>')
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """A formula of its own, as it is written: Sphinx's own would wrap what has several lines."""
    self.body.append(f'<div class="math notranslate">\\[{escape(node.astext())}\\]</div>\n')
    raise nodes.SkipNode


def load_mathjax(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load MathJax on the pages that have formulas."""
    if doctree is not None and any(
        doctree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block)))
    ):
        for name in MATHJAX:
            app.add_js_file(name, defer="defer")


# --- folds ----------------------------------------------------------------------------------------

SAYS = {"source": "The code", "output": "What comes out: predict it first"}


def visit_fold(self: Any, node: HideCodeCellNode) -> None:
    """What is folded of a cell: it opens without a script."""
    prompt = node["prompt_show"]
    says = escape(SAYS.get(prompt, prompt))
    self.body.append(f'<details class="course-fold">\n<summary>{says}</summary>\n')


def depart_fold(self: Any, node: HideCodeCellNode) -> None:
    """The end of a fold."""
    self.body.append("</details>\n")


# --- outputs --------------------------------------------------------------------------------------

COLUMNS = re.compile(r"\S {3,}\S")


def let_sentences_wrap(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the printed outputs that are sentences: only columns of numbers keep their lines."""
    for node in doctree.findall(nodes.literal_block):
        if "output" in node["classes"] and not COLUMNS.search(node.astext()):
            node["classes"].append("course-wraps")


# --- docstrings -----------------------------------------------------------------------------------


def process_docstring(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Before napoleon reads the docstring."""
    lines[:] = as_written(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_html_math_renderer("course", (visit_inline, None), (visit_block, None))
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.connect("html-page-context", load_mathjax)
    app.connect("doctree-read", let_sentences_wrap)
    app.connect("autodoc-process-docstring", process_docstring, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
