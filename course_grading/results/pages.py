"""The pages, from the templates beside this file: everything that is put into one is text.

Jinja2 escapes it; before that `visible` cuts it and shows what would act on a screen. Both happen
by themselves, so a template cannot forget them. `typeset` does both itself, and sets formulas.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_grading.results.display import in_points, visible
from course_grading.results.formulas import typeset
from course_grading.results.record import Status, WrittenAnswer

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).with_name("templates")


class Cut(str):
    """A visible text, cut to a length of its own."""


def render(template: str, **values: Any) -> str:
    """The page that a template makes of these values.

    Raises jinja2.UndefinedError if the template wants a value that is not there, TypeError if it
    puts in what is neither text nor number.
    """
    return environment().get_template(template).render(values)


@cache
def environment() -> jinja2.Environment:
    """Jinja2 as the pages need it."""
    import jinja2  # takes 0.1 s, and not every command makes pages

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(cut=_cut, points=in_points, worth=_worth, typeset=typeset)
    made.tests["written"] = _is_written
    made.globals["Status"] = Status
    return made


def _shown(value: Any) -> Any:
    """What is put in for a value, before it is escaped; Jinja2 calls it for each."""
    if isinstance(value, Cut) or hasattr(value, "__html__"):  # the latter: of a macro
        return value
    if isinstance(value, str):
        return visible(value)
    from jinja2 import Undefined

    if isinstance(value, int | float | Undefined):
        return value
    raise TypeError(f"a page shows texts and numbers, not a {type(value).__name__}.")


def _cut(text: str, most: int) -> Cut:
    return Cut(visible(text, most))


def _worth(number: float) -> str:
    """1 point, 7.5 points."""
    return f"{in_points(number)} point{'' if number == 1 else 's'}"


def _is_written(entry: object) -> bool:
    return isinstance(entry, WrittenAnswer)
