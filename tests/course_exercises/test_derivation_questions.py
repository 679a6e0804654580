"""Questions whose answer is a derivation: the stages of what is said of a wrong line."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import course_nn as nn
from course_exercises import (
    batches,
    classes,
    computational_graph,
    digits,
    gradient_of_W1,
    gradient_of_W2,
    gradient_of_W3,
    sgd,
    sgd_against_batch,
)
from course_exercises.derivations import Derivation

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def hints_after(question: Derivation, answer: str, capsys, count: int) -> list[str]:
    question.check(answer)
    capsys.readouterr()
    hints = []
    for _ in range(count):
        question.hint()
        hints.append(" ".join(capsys.readouterr().out.split()))
    return hints


def test_a_wrong_line_gets_its_kind_of_slip_and_then_a_similar_line(capsys):
    question = gradient_of_W2.h2_line
    kind, similar, own = hints_after(question, "h2.grad = δ3 @ W3  # add over paths", capsys, 3)
    assert "hint: The kind of slip: your sum runs over the other index of W3" in kind
    assert "hint: A similar line. Take u = a V" in similar
    assert "hint 1 of 2: For unit j" in own
    for text in (kind, similar):
        assert "W3.T" not in text and "W3ᵀ" not in text, "never this line"


def test_where_only_their_number_is_told_the_first_hint_says_which_line(capsys):
    question = gradient_of_W1.own
    wrong = question.code.split('"""')[1].replace("W2.T", "W2")
    kind, text = question.verdict(wrong)
    assert (kind, text.count("hold")) == ("wrong", 1), "no line is judged by itself"
    where, what, similar, _ = hints_after(question, wrong, capsys, 4)
    assert "the first line that does not hold is line 6." in where and "do not fit" in where
    assert "The kind of slip" in what
    assert "A similar line" in similar


@pytest.mark.parametrize("right", ["h2.grad = δ3 @ W3.T  # add over paths", "h2.grad = ____"])
def test_without_a_wrong_line_there_are_the_hints_of_the_question(right, capsys):
    question = gradient_of_W2.h2_line
    question.check("h2.grad = δ3 @ W3  # add over paths")
    (hint,) = hints_after(question, right, capsys, 1)
    assert "of 2: " in hint


@pytest.mark.parametrize(
    ("question", "right", "wrong", "slip"),
    [
        (computational_graph.q3, " + r.grad ⊙ s ⊙ (1 − s)", "", "a path is missing"),
        (sgd.q3, "(1 − r²)", "(1 − s²)", "was given its argument"),
        (batches.q4, ".sum(axis=0, keepdims=True)", "", "what they say is not added up"),
    ],
    ids=["07", "08", "09"],
)
def test_the_closing_networks_speak_of_the_wrong_line(question, right, wrong, slip, capsys):
    lines = question.code.split('"""')[1]
    assert lines.count(right) == 1
    kind, similar, own = hints_after(question, lines.replace(right, wrong), capsys, 3)
    assert "The kind of slip" in kind and slip in kind
    assert "A similar line" in similar and "hint 1 of " in own


def test_where_a_path_is_missing_the_question_is_about_all_of_them():
    lines = computational_graph.q3.code.split('"""')[1]
    about = {}
    for wrong in (lines.replace(" + r.grad ⊙ s ⊙ (1 − s)", ""), lines.replace("1 − p²", "1 − r²")):
        text = " ".join(computational_graph.q3.verdict(wrong)[1].split())
        about["What does it feed, all of it" in text] = "Through which function" not in text
    assert about == {True: True, False: False}


@pytest.mark.parametrize("line", ["δ2.T @ h1", "h1.T @ δ3", "h2.T @ δ2"])
def test_with_one_example_no_mean_is_missing(line, capsys):
    what, similar = hints_after(
        gradient_of_W2.W2_line, f"W2.grad = {line}  # what came in", capsys, 2
    )
    assert "kind of slip" in what and "mean" not in what
    assert "1/B" not in similar


def test_with_one_example_a_stretched_row_holds_and_is_told(capsys):
    gradient_of_W2.W2_line.check("W2.grad = h1.T * δ2  # what came in")
    said = capsys.readouterr().out
    assert ": Right. " in said and "a row is stretched along a column" in said


def test_dots_are_no_attempt():
    for question in (gradient_of_W2.notes, gradient_of_W2.z2_line, gradient_of_W1.q4):
        kind, text = question.verdict("z.grad = ____")
        assert kind == "open" and "in place of each ____" in text


def names_after(lesson: str) -> dict:
    """What the cells of a lesson leave in the kernel."""
    space: dict = {}
    notebook = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
    return space


@pytest.mark.all
def test_each_second_case_can_be_seen_as_it_says(capsys):
    """By the code in its question, with the names that the lesson has at the end."""
    space = names_after("04_derive_the_gradient_of_W2")

    def nudged(prediction):
        loss = eval(re.search("`(lambda.*)`", prediction.asks)[1], space)
        return nn.finite_differences(loss, space["W2"])

    p1, p2 = gradient_of_W2.p1.again, gradient_of_W2.p2.again
    assert nudged(p1).shape == p1.came()
    assert nudged(p2)[1, 1] == pytest.approx(p2.came())
    space = names_after("05_derive_the_gradient_of_W1")
    p1, p2 = gradient_of_W1.p1.again, gradient_of_W1.p2.again
    assert nudged(p1)[1, 1] == pytest.approx(p1.came())
    h1 = np.array([float(number) for number in re.findall(r"0\.\d{4}", p1.asks)[1:]])
    assert np.allclose(h1, space["h1"][0], atol=1e-4)
    one, other = (eval(code, space) for code in re.findall("`(.*?)`", p2.asks))
    assert (one / other)[0, 0] == pytest.approx(p2.came())


CLOSING = [
    *(gradient_of_W3.q3, gradient_of_W2.q4, gradient_of_W1.q4, classes.q5),
    *(computational_graph.q3, sgd.q3, batches.q4, sgd_against_batch.q2, digits.q3),
]


@pytest.mark.parametrize("question", CLOSING, ids=lambda question: question.name)
def test_hints_of_a_closing_network_belong_to_the_line_that_is_wrong(question, capsys):
    """Where `check` only counts the lines that hold, nothing else says which one does not."""
    space = {}
    exec(question.code, space)
    lines = space["my_lines"].strip().splitlines()
    wrong = "\n".join([lines[0].replace("−", "+").replace(" - ", " + "), *lines[1:]])
    question.check(wrong)
    capsys.readouterr()
    question.hint()
    assert ", hint: " in capsys.readouterr().out
