"""A prediction: said before a number is seen, held against it afterwards, and made once more.

    p1 = Prediction(
        "Prediction 2.1",
        choices=("rises", "falls", "cannot be known"),
        came=_change_of_the_loss,  # a function that computes it
        reads=lambda change: "rises" if change > 0 else "falls",
        why="A large weight is taken for a large loss. …",
        again=Prediction("Prediction 2.1, second case", asks="Now y = (−3, 0). …", …),
    )

In a lesson: `questions.p1.predict(...)`, then a cell that computes, then `questions.p1.see(value)`.
Instead of `choices` a `kind` may be given: `WholeNumber()`, `OneDigit()`, `Shape()` or
`Order(["W1", "W2"])`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np

from course_exercises.answers import (
    Answers,
    Choice,
    OneDigit,
    Order,
    Shape,
    WholeNumber,
    number_in_words,
)
from course_exercises.observation import misreading
from course_exercises.question import Wrong
from course_nn.show import wrapped

__all__ = ["Choice", "OneDigit", "Order", "Prediction", "Shape", "WholeNumber"]

SUMMARY = "Why many people expect something else"
LOOK_AGAIN = "Look once more at what the cell above has printed."


class Prediction:
    """One prediction of a lesson.

    Args:
        name: what it is called in the lesson, "Prediction 2.1"; the lesson knows it as
            `questions.p1`.
        choices: the texts among which one is predicted; or else
        kind: another kind of answer.
        came: computes what comes: a number, an array, a text, True or False, a shape (a tuple) or
            an order (a list of texts). It is called whenever it is needed, and nothing is kept.
        reads: the answer that such a value means; the value itself if not given.
        asks: the question, where no text of the lesson asks it, as in a second case.
        where: where to look again, if a value was misread.
        why: why people expect something else. Code stands between `backticks`.
        again: a second case, to be predicted after this one.
    """

    def __init__(
        self,
        name: str,
        *,
        came: Callable[[], Any],
        why: str,
        choices: Sequence[str] | None = None,
        kind: Answers | None = None,
        reads: Callable[[Any], Any] | None = None,
        asks: str = "",
        where: str = LOOK_AGAIN,
        again: Prediction | None = None,
    ) -> None:
        if (choices is None) == (kind is None):
            raise ValueError(f"{name} needs either choices or a kind of answer.")
        self.name, self.came, self.why, self.asks, self.where = name, came, why, asks, where
        self.kind: Answers = kind or Choice(choices or ())
        self._reads = reads or (lambda value: value)
        self.again = again
        self.is_second = False  # a second case has no cells below it; its reader makes them
        number = re.search(r"\.(\d+)", name)
        self.called = f"questions.p{number[1]}" if number else "the prediction"
        if again is not None:
            again.called = f"{self.called}.again"
            again.is_second = True
        self.said: Any = None  # what was predicted, as it was read
        self.is_out = False  # whether what came has been shown

    def means(self, value: Any) -> Any:
        """The answer that a value means. Raises `Wrong` if it means none."""
        return self.kind.read(self._reads(value))

    def predict(self, answer: Any = ..., *more: Any) -> None:
        """Note what somebody predicts, and print it; dots or None are no prediction yet.

        A prediction may be changed until `see` has shown what came.
        """
        print(wrapped(f"{self.name}: {self._noted((answer, *more) if more else answer)}"))

    def _noted(self, answer: Any) -> str:
        to_type = f"In place of the dots, type {self.kind.typed}."
        if answer is None or answer is ...:
            if self.said is not None:
                return f"{self.kind.words(self.said)} stays noted."
            return f"not made yet. {f'{self.asks} ' if self.asks else ''}{to_type}"
        try:
            said = self.kind.read(answer)
        except Wrong as wrong:
            return f"{wrong} {to_type}"
        if not self.is_out:
            self.said = said
            then = "run the cells below"
            if self.is_second:
                then = f"put what came into {self.called}.see(...)"
            return f"{self.kind.words(said)} is noted. Now {then}."
        if self.said is None:
            self.said = said
            return f"{self.kind.words(said)} is noted, though what came was shown before."
        if self.said == said:
            return f"{self.kind.words(said)} is noted."
        return (
            f"what came was shown already, so {self.kind.words(self.said)} stays noted, which you "
            "said before it."
        )

    def see(self, value: Any = ...) -> None:
        """Show what came beside what was predicted, if `value` is what came.

        Args:
            value: as it was computed or read in the lesson; with two digits it is enough.
        """
        if value is None or value is ...:
            print(wrapped(f"{self.name}: nothing seen yet. In place of the dots, put what came."))
            return
        came = self.came()
        if wrong := misreading(value, came):
            print(wrapped(f"{self.name}: {wrong} {self.where}"))
            return
        self.is_out = True
        _show(*self._written(came))

    def _written(self, came: Any) -> tuple[str, str]:
        """What is shown, as HTML and as text."""
        head = f"{self.name}: {self._beside(came)}"
        html = [f"<p>{_html(head)}</p>"]
        html.append(
            f"<details><summary>{escape(SUMMARY)}</summary><p>{_html(self.why)}</p></details>"
        )
        text = [head, "", f"{SUMMARY}: {self.why}"]
        if self.again is not None:
            second = (
                f"A second case. {self.again.asks} First `{self.again.called}.predict(...)` in a "
                f"cell of your own, then `{self.again.called}.see(...)` with what came."
            )
            html.append(f"<p>{_html(second)}</p>")
            text += ["", second]
        return f"<div>{''.join(html)}</div>", "\n".join(text).replace("`", "")

    def _beside(self, came: Any) -> str:
        meant = self.means(came)
        answer = self.kind.words(meant)
        number = _number_in(came)
        beside = f" ({number})" if number and number != answer else ""
        if self.said is None:
            return f"{answer} came{beside}. You had made no prediction."
        if self.kind.meets(self.said, meant):
            return f"{answer} came{beside}, as you predicted."
        return f"{answer} came{beside}. You predicted {self.kind.words(self.said)}."


def _number_in(came: Any) -> str:
    """A single number as a text; of anything else nothing."""
    if isinstance(came, (str, bool, np.bool_, tuple, list)) or np.size(came) != 1:
        return ""
    return number_in_words(np.asarray(came, dtype=float).item())


def _html(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _show(html: str, text: str) -> None:
    """In a notebook the HTML, elsewhere the text. No colours: the page has them, light or dark."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:  # the questions need NumPy alone
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        print(wrapped(text))
        return
    from IPython.display import display

    display({"text/html": html, "text/plain": text}, raw=True)
