"""Draws homework/steps.svg, the way of a homework from a learning platform and back to it.

.venv/bin/python tools/grading_picture.py
"""

from __future__ import annotations

import itertools
from html import escape
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / "homework" / "steps.svg"
WIDTH, ROW, TOP = 920, 112, 64
LEFT, RIGHT, BOX, HIGH = 24, 500, 396, 88

# What is done where; a step on the platform says what is clicked in Canvas and in Moodle.
STEPS = (
    (
        "platform",
        "1  Download submissions and grades",
        "Canvas: Download Submissions; Grades, Export",
        "Moodle: all submissions; grading worksheet",
    ),
    (
        "computer",
        "2  course-grading grade",
        "the zip, with the table of grades as --roster",
        "→ grades.csv, feedback/, written.html, written.csv",
    ),
    (
        "computer",
        "3  Mark by hand",
        "points and comments in written.csv",
        "points that you set yourself in override.csv",
    ),
    (
        "computer",
        "4  course-grading take-in",
        "brings both into grades.csv and the pages;",
        "as often as you like",
    ),
    (
        "computer",
        "5  course-grading hand-back",
        "fills the table of step 1: --canvas or --moodle",
        "→ hand-back/: the table, and the feedback as a zip",
    ),
    (
        "platform",
        "6  Upload both files",
        "Canvas: Grades, Import; Upload Submissions",
        "Moodle: grading worksheet; feedback files in a zip",
    ),
)
SENTENCE = (
    "Six steps. On the platform: download submissions and the table of grades. On your computer: "
    "grade, mark by hand, take in, hand back. On the platform again: upload the table and the zip."
)
LATE = "late arrivals: again, into the same results"


def picture() -> str:
    """The picture as SVG; it loads nothing."""
    height = TOP + ROW * len(STEPS) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14">',
        f"<title>{escape(SENTENCE)}</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" fill="#44506a"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(LEFT + BOX / 2, 36, "Canvas or Moodle", size=17, middle=True),
        _text(RIGHT + BOX / 2, 36, "your computer", size=17, middle=True),
    ]
    places = []
    for i, (where, *lines) in enumerate(STEPS):
        x, y = (LEFT if where == "platform" else RIGHT), TOP + i * ROW
        places.append((x, y))
        colour = "#e7f0fa" if where == "platform" else "#f2f4f7"
        parts.append(
            f'<rect x="{x}" y="{y}" width="{BOX}" height="{HIGH}" rx="8" fill="{colour}" '
            'stroke="#44506a"/>'
        )
        parts += [
            _text(x + 16, y + 26 + 24 * line, words, size=15 if line == 0 else 13, bold=line == 0)
            for line, words in enumerate(lines)
        ]
    for (x, y), (to_x, to_y) in itertools.pairwise(places):
        if x == to_x:
            parts.append(_arrow(f"M{x + BOX / 2} {y + HIGH}V{to_y - 2}"))
        elif to_x > x:
            parts.append(_arrow(f"M{x + BOX / 2} {y + HIGH}V{to_y + HIGH / 2}H{to_x - 2}"))
        else:
            parts.append(_arrow(f"M{x + BOX / 2} {y + HIGH}V{to_y + HIGH / 2}H{to_x + BOX + 2}"))
    # Once more from the platform, when somebody comes late.
    x, y = places[0]
    low = places[1][1] + HIGH + 40
    parts.append(
        _arrow(f"M{x + 60} {y + HIGH}V{low}H{RIGHT - 40}V{places[1][1] + 70}H{RIGHT - 2}", True)
    )
    parts.append(_text(x + 76, low - 10, LATE, size=13))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(
    x: float, y: float, words: str, *, size: int = 14, bold: bool = False, middle: bool = False
) -> str:
    more = ' font-weight="600"' if bold or middle else ""
    more += ' text-anchor="middle"' if middle else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="#1d2430"{more}>{escape(words)}</text>'
    )


def _arrow(path: str, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="6 5"' if dashed else ""
    return (
        f'<path d="{path}" fill="none" stroke="#44506a" stroke-width="2"{dashes} '
        'marker-end="url(#tip)"/>'
    )


if __name__ == "__main__":
    PATH.write_text(picture(), encoding="utf-8")
    print(f"{PATH.name} drawn: {SENTENCE}")
