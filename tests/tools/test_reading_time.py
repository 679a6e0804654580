"""The minutes of a lesson follow from what it holds, and from nothing else."""

from pathlib import Path

import pytest
from notebook_guards.reading_time import Contents, contents_of
from notebook_guards.rules import StoredNotebook
from notebook_samples import code, displayed, markdown, notebook_text


def counted(*cells):
    return contents_of(StoredNotebook.parse(Path("01_lesson.ipynb"), notebook_text(*cells)))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (markdown("Three words here."), Contents(words=3)),
        (markdown("| a | b |\n|---|---|\n| x + y | 3 |"), Contents(words=5)),
        (markdown("[the link](01_lesson.ipynb)"), Contents(words=2)),
        (markdown("so\n\n$$z = x W \\tag{1.1}$$\n\nand $z$"), Contents(words=3, equations=1)),
        (markdown("<details>\nfolded $$x$$ words\n</details>"), Contents()),
        (markdown("one\n\n```python\n" + "x" * 64 + "\n```"), Contents(words=1, lines=2)),
        (markdown("**Exercise 1.1.** How many?"), Contents(words=4, exercises=1)),
        (markdown("**Problem 7.** All lines."), Contents(words=4, problems=1)),
        (code("x = " + "1" * 30), Contents(lines=1)),
        (code("x = (\n    " + "1" * 30 + "\n)"), Contents(lines=1)),
        (code("x = ...\n\nquestions.q1.check(x)"), Contents()),
        (code("x = ...\n\nquestions.m1.check(x)"), Contents(tasks=1)),
        (code("x = ...\n\nquestions.h2_line.check(x)"), Contents(tasks=1)),
        (code("y" * 64, jupyter={"source_hidden": True}), Contents()),
        (code("y" * 64, tags=["hide-input"]), Contents()),
        (
            code("p", displayed(image_png="aa"), displayed(text_html="<svg></svg>")),
            Contents(0, 0, 0, 2),
        ),
        (code("p", displayed(text_html="<figure><img></figure>")), Contents(figures=1)),
        (code("p", displayed(text_html="<table></table>")), Contents()),
        (code("x = 1\n\nquestions.p1.predict(...)"), Contents(predictions=1)),
        (code("questions.p1.predict(1)\nquestions.p2.predict(2)"), Contents(predictions=2)),
        (code("# questions.p1.predict(1)"), Contents(lines=1)),
        (code("change = after - before\nquestions.p1.see(change)"), Contents()),
    ],
)
def test_what_is_counted(cell, expected):
    assert counted(cell) == expected


def test_a_retrieval_block_is_counted_whole_and_once():
    text, long = markdown("many words " * 99), code("y" * 640)
    block = [
        markdown("# Title"),
        markdown("## Five minutes: what you still know\n\n" + "words " * 500),
        code("recall_1 = ...\n\nquestions.r1.check(recall_1)"),
        markdown("words " * 500),
        code("z" * 640 + "\n\nquestions.r2.check(z)"),
        code("questions.again()"),
    ]
    assert counted(*block) == Contents(words=1, retrievals=1)
    assert counted(*block, text, long) == Contents(words=199, lines=20, retrievals=1)
    assert counted(text, code("y\nquestions.q1.check(y)")) == Contents(words=198)


@pytest.mark.parametrize(
    ("contents", "minutes"),
    [
        (Contents(), 5),
        (Contents(words=1200), 10),
        (Contents(lines=60), 10),
        (Contents(equations=10), 10),
        (Contents(figures=12), 10),
        (Contents(figures=13), 15),
        (Contents(exercises=5), 20),
        (Contents(tasks=5), 10),
        (Contents(predictions=10), 10),
        (Contents(lines=30, retrievals=1), 10),
        (Contents(1200, 60, 10, 10, 5), 60),
    ],
)
def test_minutes_to_the_nearest_five(contents, minutes):
    assert contents.minutes == minutes
