"""A short question as a record that knows no file format: who writes one, writes all of them.

The texts are Markdown in the small: paragraphs, `code`, and lists of lines that begin with "* ".
"""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from.

    Args:
        text: as it is shown. slip: the wrong idea that leads to it; "" if it is right.
    """

    text: str
    slip: str = ""

    @property
    def right(self) -> bool:
        return not self.slip


@dataclass(frozen=True)
class Choice:
    """A question with options, one of them right.

    Args:
        name: it is known by: letters, digits, "." and "-". title: in a few words, for whoever asks.
        idea: that it is about. because: why the right one is right, "" if that is not told.

    Raises ValueError: not one right option, or two alike.
    """

    name: str
    title: str
    idea: str
    text: str
    options: tuple[Option, ...]
    because: str = ""

    def __post_init__(self) -> None:
        check_options(self.name, self.options)

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.right)

    @property
    def key(self) -> str:
        """The letter of the right option."""
        return LETTERS[self.options.index(self.right)]


@dataclass(frozen=True)
class WholeNumber:
    """A question whose answer is a whole number.

    Args:
        slips: the wrong ideas that lead to other numbers. Otherwise as `Choice`.

    Raises ValueError: a slip that leads to the right number.
    """

    name: str
    title: str
    idea: str
    text: str
    right: int
    slips: tuple[tuple[float, str], ...] = ()
    because: str = ""

    def __post_init__(self) -> None:
        for number, slip in self.slips:
            if number == self.right:
                raise ValueError(f"{self.name}: “{slip}” leads to {number:g}, which is right.")


Question = Choice | WholeNumber


def check_options(name: str, options: tuple[Option, ...]) -> None:
    """Raises ValueError: fewer than two, more than there are letters, two alike, not one right."""
    if not 2 <= len(options) <= len(LETTERS):
        raise ValueError(f"{name} has {len(options)} options; 2 to {len(LETTERS)} can be asked.")
    seen: dict[str, Option] = {}
    for option in options:
        if option.text in seen:
            slips = [each.slip or "what is right" for each in (seen[option.text], option)]
            raise ValueError(
                f"{name} has the option {option.text} twice: from “{slips[0]}” and from "
                f"“{slips[1]}”."
            )
        seen[option.text] = option
    if (right := sum(option.right for option in options)) != 1:
        raise ValueError(f"{name} has {right} right options; it needs one.")
