"""The text and the model answer of a written question, out of the source of a homework."""

import json
from pathlib import Path

import pytest

from course_grading.results import questions
from course_grading.results.questions import Asked, load


def source(folder: Path, *cells: tuple[str, str, str | None]) -> Path:
    (folder / "hw9").mkdir(exist_ok=True)
    content = {
        "cells": [
            {
                "cell_type": kind,
                "source": text,
                "metadata": {"nbgrader": {"grade_id": grade_id}} if grade_id else {},
            }
            for kind, text, grade_id in cells
        ]
    }
    (folder / "hw9" / "hw9.ipynb").write_text(json.dumps(content), encoding="utf-8")
    return folder


ANSWER = "**Answer.**\n\n### BEGIN SOLUTION\nbecause\n\nof it\n### END SOLUTION"


def test_the_text_from_the_heading_to_the_answer(tmp_path: Path) -> None:
    source(
        tmp_path,
        ("markdown", "## Question 1: Code\n\nWrite f.", None),
        ("code", "### BEGIN SOLUTION\nf = 1\n### END SOLUTION", "hw9-q1"),
        ("markdown", "a remark\n\n## Question 2: Why?\n\nSay why.", None),
        ("code", "show()", None),
        ("markdown", "Look at the figure.", None),
        ("markdown", ANSWER, "hw9-q2"),
    )
    text = "## Question 2: Why?\n\nSay why.\n\nLook at the figure."
    assert load("hw9", tmp_path) == {"hw9-q2": Asked(text, "because\n\nof it")}


def test_an_answer_without_a_question_above_it(tmp_path: Path) -> None:
    source(tmp_path, ("markdown", "words", None), ("markdown", ANSWER, "q"))
    assert load("hw9", tmp_path) == {"q": Asked("", "because\n\nof it")}


@pytest.mark.parametrize("name", ["hw8", "../hw9", "hw9/", ""])
def test_no_source_nothing_known(tmp_path: Path, name: str) -> None:
    source(tmp_path, ("markdown", ANSWER, "q"))
    assert load(name, tmp_path) == {}


def test_a_source_that_is_no_notebook(tmp_path: Path) -> None:
    source(tmp_path)
    (tmp_path / "hw9" / "hw9.ipynb").write_text("oops")
    assert load("hw9", tmp_path) == {}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_those_of_the_course(number: int) -> None:
    name = f"hw{number}"
    asked = load(name)
    assert list(asked) == [f"{name}-q7", f"{name}-q8"]
    for i, each in enumerate(asked.values(), 7):
        assert each.text.startswith(f"## Question {i}: ") and "points)" in each.text
        assert each.text.endswith("lines are enough.")
        assert "SOLUTION" not in each.text + each.answer and len(each.answer) > 300
    assert questions.SOURCES.is_dir()
