"""Questions as Moodle XML, for *Question bank: Import*.

Source: https://docs.moodle.org/en/Moodle_XML_format
"""

from __future__ import annotations

from collections.abc import Sequence

from course_grading.inventory.markup import Element, child, html, written
from course_grading.inventory.question import Choice, Question


def moodle_xml(questions: Sequence[Question], category: str, *, feedback: bool) -> bytes:
    """The file.

    Args:
        category: of the question bank, where they go. feedback: tell who answers which wrong idea
            leads there, and why the right answer is right.
    """
    quiz = Element("quiz")
    place = child(quiz, "question", type="category")
    child(child(place, "category"), "text", f"$course$/top/{category}")
    for each in questions:
        _question(quiz, each, feedback)
    return written(quiz)


def _question(quiz: Element, question: Question, feedback: bool) -> None:
    kind = "multichoice" if isinstance(question, Choice) else "numerical"
    made = child(quiz, "question", type=kind)
    child(child(made, "name"), "text", f"{question.name} {question.title}")
    _html(made, "questiontext", question.text)
    _html(made, "generalfeedback", question.because if feedback else "")
    child(made, "defaultgrade", "1")
    child(made, "penalty", "0")
    child(made, "hidden", "0")
    if isinstance(question, Choice):
        child(made, "single", "true")
        child(made, "shuffleanswers", "false")  # the letters are those of the paper
        child(made, "answernumbering", "ABCD")
        for option in question.options:
            _answer(made, option.right, html(option.text), option.slip if feedback else "")
    else:
        _answer(made, True, str(question.right), "", plain=True)
        for number, slip in question.slips:
            _answer(made, False, f"{number:.12g}", slip if feedback else "", plain=True)


def _answer(made: Element, right: bool, text: str, said: str, *, plain: bool = False) -> None:
    answer = child(made, "answer", fraction="100" if right else "0")
    answer.set("format", "moodle_auto_format" if plain else "html")
    child(answer, "text", text)
    _html(answer, "feedback", said)
    if plain:
        child(answer, "tolerance", "0")


def _html(parent: Element, tag: str, text: str) -> None:
    made = child(parent, tag, format="html")
    child(made, "text", html(text) if text else "")
