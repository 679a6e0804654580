"""How the texts and numbers of a record are shown, in the cells of tables and on pages."""

from __future__ import annotations

import math
import re
import unicodedata

MOST_TEXT = 4_000  # characters of one text on a page; an answer to a written question has more

# Colours, cursor movements and window titles of a terminal; what is left of others is shown.
_TERMINAL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
)
# What turns the reading direction of everything after it, and tags, which nobody sees.
_NOT_PLAIN = re.compile(r"[^\n\t -~]")
_UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def visible(text: str, most: int = MOST_TEXT) -> str:
    """The text without anything that acts on a screen, cut to `most` characters.

    Terminal escapes are removed; other control characters and those that turn the reading
    direction are shown; lone surrogates and non-characters become �. Tabs and line ends stay.
    """
    cut = len(text) > most
    text = _TERMINAL.sub("", text[:most]).replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    text = _NOT_PLAIN.sub(lambda found: _shown(found[0]), text)
    return text + " … (cut)" if cut else text


def _shown(character: str) -> str:
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)  # ␀ ␁ …: the pictures of the control characters
    if code == 127:
        return "␡"
    non_character = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    if non_character or unicodedata.category(character) in ("Cc", "Cs"):
        return "\ufffd"
    return character


def in_points(number: float) -> str:
    """A number of points with at most two decimals: 7, 7.5, 33.33."""
    return f"{number:z.2f}".rstrip("0").rstrip(".")


def duration(seconds: float) -> str:
    """5 minutes, 2 h 05 min, 3 days 4 h."""
    minutes = max(1, round(seconds / 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} day{'s' * (days > 1)} {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} minute{'s' * (minutes > 1)}"


def rounded(number: float) -> float:
    """The number of points that is shown."""
    return float(in_points(number))


def hours(seconds: float) -> float:
    """Rounded up to hundredths, so that nobody who is late reads 0."""
    return max(math.ceil(seconds / 36), 0) / 100
