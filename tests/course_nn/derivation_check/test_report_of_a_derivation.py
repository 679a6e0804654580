"""What is printed, shown and hinted; and what is never said."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import course_nn as nn
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.principles import TEACHING, Principle
from course_nn.derivation_check.report import Numbers, Shapes
from course_nn.derivation_check.slips import Found, Slip

NET = nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error")
WRONG = """δ3 = z3 − y
W3.grad = h2ᵀ δ3
h2.grad = δ3 W3ᵀ
δ2 = h2.grad
W2.grad = h1ᵀ δ2 / B
δ1 = (δ2 W2 $
"""


def report(text=WRONG, **options):
    return nn.check_derivation(NET.loss, text, **options)


def test_each_line_is_printed_with_its_verdict():
    printed = repr(report())
    assert max(map(len, printed.splitlines())) <= 96
    assert re.search(r"1  δ3 = z3 − y +holds\n", printed)
    assert re.search(r"2  W3.grad = h2ᵀ @ δ3 +holds only for one example\n", printed)
    assert re.search(r"4  δ2 = h2.grad +does not hold\n", printed)
    assert re.search(r"5  W2.grad = h1ᵀ @ δ2 / B +follows", printed)
    assert "goes on from line 4" in printed
    assert "W1.grad" in printed and "missing" in printed
    assert printed.endswith("2 of 6 lines hold; 1 of these cannot be read; 1 line is missing.")


def test_what_is_counted_is_said():
    """Gradients count; given lines, own names and what is not needed do not."""
    text = "z1 = x W1\nh1 = f(z1)\ns = h2 (1 − h2)\nr = z2\nδ3 = z3 − y\nδ2 = (δ3 W3ᵀ) s\nδ1 = 0"
    answer = report(text)
    assert (answer.holding, answer.counted) == (2, 3)
    assert [line.counts for line in answer.lines[:7]] == [False] * 4 + [True] * 3
    assert repr(answer).endswith(
        "2 of 3 lines hold; 3 lines are missing. Not counted: 1 step of your own, "
        "2 lines of the forward pass, 1 not needed."
    )
    wrong = report("h1 = z1\nδ3 = z3 − y")
    assert (wrong.holding, wrong.counted) == (1, 2)  # a wrong line of the forward pass counts


def test_the_mark_stands_under_the_place():
    lines = repr(report()).splitlines()
    i = next(i for i, line in enumerate(lines) if "δ1 = " in line)
    assert lines[i][lines[i + 1].index("^")] == "$"


def test_a_derivation_for_one_example_is_called_so():
    one = "W3.grad = h2ᵀ δ3 / B", "∂L/∂W3 = h2ᵀ δ3"
    text = "δ3 = z3 − y\n{}\nδ2 = (δ3 W3ᵀ) f′(z2)\nW2.grad = h1ᵀ δ2 / B\n" + (
        "W1.grad = xᵀ ((δ2 W2ᵀ) ⊙ f′(z1)) / B"
    )
    answers = [report(text.format(line)) for line in one]
    assert [answer.right for answer in answers] == [True, True]
    said = [" for one example" in repr(answer) for answer in answers]
    assert said == [False, True]
    assert [line.one_example for line in answers[1].lines] == [False, True, False, False, False]


def test_feedback_fades():
    wrong_ones = ("does not hold", "one example", "follows")
    first, count, none = (repr(report(feedback=each)) for each in ("first", "count", "none"))
    assert "one example" in first and "does not hold" not in first and "follows" not in first
    assert not any(words in count + none for words in wrong_ones)
    assert "2 of 6 lines hold" in count and "hold" not in none
    for text in (first, count, none):
        assert "cannot be read" in text and "W3.grad = h2ᵀ @ δ3" in text
        assert "W1.grad  " not in text
    assert report(feedback="none").right is False


class Table(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.rows, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_the_table_can_be_read_by_a_screen_reader():
    table = Table()
    table.feed(report()._repr_html_())
    headers = [attributes.get("scope") for tag, attributes in table.tags if tag == "th"]
    assert headers[:3] == ["col"] * 3 and set(headers[3:]) == {"row"}
    assert "caption" in [tag for tag, _ in table.tags]
    assert table.rows[2][2].startswith("holds only for one example")  # in words, not by a colour
    assert not any("color" in str(attributes) for _, attributes in table.tags)
    assert r"$\delta_{3} = z_{3} - y$" in table.rows[1][1]


def test_the_table_can_be_read_without_typeset_formulas_and_where_it_is_narrow():
    table = Table()
    table.feed(report("δ3 = z3 - y\nδ2 = f'(z2) δ3 W3^T")._repr_html_())
    same, other = table.rows[1][1], table.rows[2][1]
    assert same == r"δ3 = z3 - y$\delta_{3} = z_{3} - y$"  # typed as it was read: said once
    assert "δ2 = f'(z2) δ3 W3^T" in other and "δ2 = f′(z2) ⊙ (δ3 @ W3ᵀ)" in other
    styles = [attributes.get("style", "") for tag, attributes in table.tags]
    assert "width: 100%" in styles[0]
    heads = [attributes["style"] for tag, attributes in table.tags if tag == "th"]
    assert not any("anywhere" in style for style in heads)  # no head breaks inside a word
    cells = [attributes["style"] for tag, attributes in table.tags if tag == "td"]
    assert all("anywhere" in style for style in cells)
    boxes = [attributes for tag, attributes in table.tags if tag == "div"]  # formulas do not wrap
    assert len(boxes) == 2
    assert all("overflow-x: auto" in box["style"] and box["tabindex"] == "0" for box in boxes)


def test_what_is_typed_cannot_become_markup():
    html = report("δ3 = <script>alert(1)</script>\n<b> = 1 & 2")._repr_html_()
    assert "<script" not in html and "<b>" not in html


# ------------------------------------------------------------------ hints


def test_the_first_stage_has_numbers_that_are_true():
    line = report("δ2 = (δ3 W3ᵀ) z2 (1 − z2)").lines[0]
    facts = line.facts
    assert isinstance(facts, Numbers)
    assert facts.entry.startswith("z2[") and facts.example in (0, 1) and facts.step == 0.001
    assert abs(facts.change - facts.mine) > 1e-5
    hint = line.hint(1)
    assert f"{facts.change:.3g}" in hint and f"{facts.mine:.3g}" in hint and "?" in hint


def test_numbers_of_a_line_for_one_example_differ_by_its_slip_alone():
    """With two examples a line without B would be off by a factor B besides."""
    one = report("W3.grad = 3 h2ᵀ @ δ3").lines[0]
    mean = report("W3.grad = 3 h2ᵀ @ δ3 / B").lines[0]
    for line, B, whose in ((one, 1, "moves the loss by"), (mean, 2, "moves the mean loss by")):
        assert line.facts.B == B and whose in " ".join(line.hint().split())
        assert line.facts.mine == pytest.approx(3 * line.facts.change, rel=1e-2)
    forgotten = report("W3.grad = h2ᵀ @ δ3").lines[0]  # for one example it holds
    assert forgotten.facts.B == 2
    assert forgotten.facts.mine == pytest.approx(2 * forgotten.facts.change, rel=1e-2)


def test_the_first_stage_tells_shapes_that_do_not_fit():
    outside, inside = report("W3.grad = δ3ᵀ h2 / B\nh2.grad = δ3 @ W3").lines[:2]
    assert isinstance(outside.facts, Shapes) and outside.facts.mine == outside.facts.needed[::-1]
    assert isinstance(inside.facts, Shapes) and inside.facts.mine is None
    assert "The shapes fit" not in outside.hint() + inside.hint()


def test_stages_of_a_hint():
    (line, *_) = report("δ2 = h2.grad f′(h2)").wrong
    first, second, third = (line.hint(stage) for stage in (1, 2, 3))
    assert "nudging z2[" in first and "f′ is taken at the result" not in first
    assert "f′ is taken at the result of the activation" in second
    assert "exp(a)" in third
    with pytest.raises(ValueError, match="stages of a hint are 1, 2 and 3; got 4"):
        line.hint(4)


def test_letters_of_the_similar_line_are_not_those_of_the_graph():
    with nn.Graph(make_current=False):
        a, u = nn.Input("a", width=3), nn.Input("u", width=2)
        V = nn.Parameter("V", np.ones((3, 2)))
        z = nn.matmul(a, V, name="c")
        loss = nn.squared_error(z, u, name="loss")
    (line, *_) = nn.check_derivation(loss, "V.grad = aᵀ c.grad").wrong
    assert not re.search(r"\b[uVc]\b|\ba(ᵀ|\.|\[)", line.hint(3))


RIGHT_SIDES = {
    "δ3": "z3 − y",
    "h2.grad": "δ3 W3ᵀ",
    "δ2": "h2.grad ⊙ f′(z2)",
    "W3.grad": "h2ᵀ δ3 / B",
}


@pytest.mark.parametrize(
    "text",
    ["δ3 = y − z3", "h2.grad = δ3 W3", "h2.grad = δ3", "δ2 = h2.grad", "W3.grad = δ3ᵀ h2"],
)
def test_the_right_line_is_never_said(text):
    answer = report(text)
    line = answer.wrong[0]
    said = repr(answer) + "".join(line.hint(stage) for stage in (1, 2, 3))
    letters = re.sub(r"[\s@⊙·()]", "", said)
    right = re.sub(r"[\s@⊙·()]", "", RIGHT_SIDES[line.about])
    assert right not in letters


def test_lines_that_hold_have_no_hint():
    line = report("δ3 = z3 − y").lines[0]
    assert [line.hint(stage) for stage in (1, 2, 3)] == ["", "", ""]


# ------------------------------------------------------------------ principles

WITH_PRINCIPLES = """
δ3 = z3 − y                  # multiply along a path
W3.grad = h2ᵀ δ3 / B         # what came in
h2.grad = δ3 W3ᵀ             # add over paths
δ2 = h2.grad ⊙ f′(z2)        # f' at arrival
W2.grad = h1ᵀ δ2 / B         # mean
δ1 = (δ2 W2ᵀ) ⊙ f′(z1)       # add over the paths: several outputs
W1.grad = xᵀ δ1 / B          # f′
"""


@pytest.mark.parametrize("rows", [1, 3])
def test_what_came_in_carries_the_line_of_weights_also_of_a_single_one(rows):
    """A matrix with one row is no row that is added."""
    with nn.Graph():
        x, t = nn.Input("x", width=rows), nn.Input("t", width=2)
        z = nn.add(x @ nn.Parameter("W", np.ones((rows, 2))), nn.Parameter("c", [[1.0, 1.0]]))
        loss = nn.squared_error(z, t)
    lines = "W.grad = x.T @ δ / B  # what came in\nc.grad = Σ_b δ / B  # what came in"
    lines = lines.replace("δ", "(x @ W + c − t)")
    weights, row = nn.check_derivation(loss, lines, principles=True).lines[:2]
    assert weights.principle_fits is True and row.principle_fits is False
    assert row.principles[0] is Principle.ADD


def test_principles():
    answer = report(WITH_PRINCIPLES, principles=True)
    fits = [line.principle_fits for line in answer.lines]
    assert fits == [True] * 6 + [False]
    assert answer.lines[6].principle is Principle.SLOPE
    assert answer.lines[6].principles[0] is Principle.CAME_IN
    printed = " ".join(repr(answer).split())
    assert "“f′ at arrival” does not carry this line. " in printed
    assert TEACHING[Principle.CAME_IN].question in printed
    assert answer.right is True
    assert "principle" not in repr(report(WITH_PRINCIPLES))


def test_the_gradient_of_weights_is_found_by_multiplying_along_a_path():
    line = "δ3 = z3 − y\nW3.grad = h2ᵀ δ3 / B  # "
    fits = {"multiply along a path": True, "what came in": True, "add over paths": False}
    for comment, fit in fits.items():
        assert report(line + comment, principles=True).lines[1].principle_fits is fit


def test_a_principle_that_was_not_given_is_asked_for():
    printed = repr(report("δ3 = z3 − y  # ?", principles=True))
    assert "Which principle carries this line? Write it after #." in printed


def test_help_teaches_its_use():
    lines = nn.check_derivation.__doc__.strip().splitlines()
    assert 15 <= len(lines) <= 32
    example = re.search(r"'''(.*?)'''", nn.check_derivation.__doc__, re.DOTALL)[1]
    answer = report(example)
    assert Verdict.HOLDS in [line.verdict for line in answer.lines]
    read = [line for line in answer.lines if line.number]
    assert {line.verdict for line in read} == {Verdict.HOLDS, Verdict.STEP}


def test_several_principles_are_accepted_if_all_are_true():
    line = "δ3 = z3 − y\nW3.grad = h2ᵀ δ3 / B  # "
    for comment in ("what came in, mean", "mean and what came in", "what came in + mean; mean"):
        answer = report(line + comment, principles=True)
        assert answer.lines[1].principle_fits is True
        assert "The principles fit: " in repr(answer)
    for comment in ("what came in, f′ at arrival", "f′ & mean"):
        answer = report(line + comment, principles=True)
        assert answer.lines[1].principle_fits is False
        assert "“f′ at arrival” does not carry this line." in " ".join(repr(answer).split())
    assert report(line + "the mean of what came in").lines[1].principle_fits is None


def test_a_slip_without_a_name_is_told_without_one():
    slip = Slip.FACTOR_EXTRA
    line = report("δ3 = z3").lines[0]
    for it, end in (("", "that is not on the way."), ("h1", "that is not on the way: h1.")):
        assert replace(line, slips=(Found(slip, it),)).hint(2).endswith(end)


def test_shapes_that_do_not_fit_are_told_apart():
    def said(line):
        return " ".join(report(line).lines[0].hint().split())

    entry = "are taken entry by entry, which needs equal shapes;"
    assert entry in said("W3.grad = h2ᵀ ⊙ δ3")
    assert entry in said("W3.grad = h2ᵀ + δ3")
    assert "meet inside, and do not fit;" in said("h2.grad = δ3 @ W3")


def test_only_nodes_with_names_are_spoken_of():
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W1, b1 = nn.Parameter("W1", np.ones((3, 4))), nn.Parameter("b1", np.ones((1, 4)))
        W2 = nn.Parameter("W2", np.ones((4, 2)))
        h1 = nn.sigmoid(nn.add(nn.matmul(x, W1), b1, name="z1"))
        loss = nn.squared_error(nn.matmul(h1, W2, name="z2"), y, name="loss")
    facts = nn.check_derivation(loss, "z2.grad = z2").lines[0].facts
    assert set(facts.widths) == {"x", "y", "z1", "z2"}


def test_what_a_line_is_about_and_how_it_was_written_are_data():
    loss = nn.two_hidden_layer_network(4, 3, 3, 2, activation="tanh", loss="squared_error").loss
    report = nn.check_derivation(
        loss,
        """
        δ3 = y − z3
        W3.grad = h2.T @ δ3 / B
        z2.grad[b, j] = (Σ_k δ3_bk W3_jk) (1 − h2_bj²)
        """,
    )
    start, matrix, merged = report.lines[:3]
    assert [line.gradient_of for line in report.lines] == ["z3", "W3", "z2", "W1", "W2"]
    assert [line.by_entry for line in (start, matrix, merged)] == [False, False, True]
    assert (start.passes, matrix.passes, merged.passes) == (
        ("z3", "loss"),
        ("W3",),
        ("z2", "h2"),
    )
    assert (start.in_itself, matrix.in_itself, merged.in_itself) == (False, True, True)


@pytest.mark.parametrize(
    ("line", "by_entry"),
    [
        ("W3.grad[j, k] = 1/B Σ_b h2[b, j] δ3[b, k]", True),
        ("W3.grad[j, k] = (h2.T @ δ3 / B)[j, k]", False),
        ("W3.grad_jk = (h2ᵀ δ3)_jk / B", False),
        ("W3.grad[j, k] = np.einsum('bj,bk->jk', h2, δ3)[j, k] / B", False),
        ("h2.grad[b, j] = (δ3 @ W3.T)[b, j]", False),
        ("h2.grad[b, j] = Σ_k (z3 − y)[b, k] W3[j, k]", False),
        ("h2.grad[b, j] = Σ_k δ3[b, k] W3.T[k, j]", True),
        ("z2.grad[b, j] = (h2.grad * (1 - h2**2))[b, j]", False),
        ("z2.grad[b, j] = (1 − h2[b, j]²) · −(−h2.grad)[b, j]", False),
        ("z2.grad[b, j] = h2.grad[b, j] (1 − h2²)[b, j]", True),
        ("z2.grad[b, j] = (Σ_k δ3[b, k] W3[j, k]) f′(z2)[b, j]", True),
        ("W3.grad[j, k] = (h2ᵀ δ3)[j, k] / B = 1/B Σ_b h2[b, j] δ3[b, k]", True),
    ],
)
def test_indices_behind_a_formula_of_matrices_make_no_line_about_entries(line, by_entry):
    loss = nn.two_hidden_layer_network(4, 3, 3, 2, activation="tanh", loss="squared_error").loss
    found = nn.check_derivation(loss, f"δ3 = z3 − y\n{line}").lines[1]
    assert (found.by_entry, found.verdict) == (by_entry, Verdict.HOLDS)
