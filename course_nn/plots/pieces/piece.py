"""A piece of a page that moves: HTML that needs nothing else, with its picture and its sentence.

Static picture and sentence come first: they are what one sees where scripts do not run, or are not
trusted. The script makes the controls itself, so that no dead ones stand there, and puts a picture
that is drawn again in the place of the static one. It is one closure that finds its own piece by
its place in the page: several pieces, or the same twice, do not disturb each other.

Source: lesson 02.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from course_nn.not_arrays import no_array


@no_array("A piece has .html and .sentence.")
class Piece:
    """Shows itself when it is the last line of a notebook cell.

    `html` is the piece of a page, `sentence` what its static picture shows. Its id is a checksum
    of its content: the same in every run, and another one for another piece.

    Args:
        title: the text over it, and its name for a screen reader.
        sentence: what the picture shows, computed from its data; it stands below the picture.
        picture: the text of an SVG file.
        alternative: the words in the place of the picture.
        data: what the script knows, of the kinds that JSON has; floats are written exactly.
        scripts: the names of its files of JavaScript, without .js, in their order.
    """

    def __init__(
        self,
        *,
        title: str,
        sentence: str,
        picture: str,
        alternative: str,
        data: dict[str, Any],
        scripts: Sequence[str],
    ) -> None:
        self.sentence = sentence
        script = "\n".join(
            [
                '(() => {\n"use strict";',
                "const root = document.currentScript.parentElement;",
                f"const data = {_literal(data)};",
                *(_text(f"{name}.js") for name in ("piece", *scripts)),
                "})();",
            ]
        )
        style = _text("style.css")
        address = quote(picture, safe=" '()*+,-./:;=@")
        content = (
            f'<p><b>{escape(title)}</b></p>\n<figure><img alt="{escape(alternative)}" '
            f'src="data:image/svg+xml;charset=utf-8,{address}">\n'
            f"<figcaption>{escape(sentence)}</figcaption></figure>\n<script>{script}</script>"
        )
        key = f"piece-{zlib.crc32((style + content).encode()):08x}"
        self.html = (
            f'<div id="{key}" role="group" aria-label="{escape(title)}">\n'
            f"<style>{style.replace('#piece', f'#{key}')}</style>\n{content}\n</div>\n"
        )

    def __repr__(self) -> str:
        return self.sentence

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.html, "text/plain": self.sentence}, raw=True)


def _text(name: str) -> str:
    return (files("course_nn.plots.pieces") / name).read_text(encoding="utf-8")


def _literal(data: dict[str, Any]) -> str:
    """As JavaScript, also inside <script>: there `</script>` and `<!--` would end or hide it."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")
