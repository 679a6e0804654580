"""The networks of homework 2 share their trials where they differ in letters and widths alone: a
class is told the same as if each student had been read alone."""

from dataclasses import replace

import numpy as np
import pytest
from right_lines import right_lines

import course_nn as nn
from course_exercises.homework.hw2_network import WIDTHS, Sheet
from course_exercises.homework.paper_networks import SIX, SQUARED, turned
from course_nn.derivation_check import trials
from course_nn.derivation_check.check import without_slips
from course_nn.derivation_check.judgement import Verdict

STUDENTS = 3  # with each of the six networks
SLIPS = {  # of one line, by what it has and what it gets instead
    "right": ("", ""),
    "sum": ("1/B ", ""),
    "sign": (" − ", " + "),
    "slope of another function": ("²)", ")"),
    "forward node": (".grad[b, i]", "[b, i]"),
}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(trials, "_networks", type(trials._networks)())


def sheets():
    """Of each of the six networks some, with letters, functions and widths of their own."""
    for number, draw in enumerate(SIX):
        for student in range(STUDENTS):
            network = turned(draw(np.random.default_rng([number, student]), SQUARED))
            D, H, K = WIDTHS[(5 * number + 3 * student) % len(WIDTHS)]
            shapes = dict(zip(network.weights, [(H, D), (H, H), (K, H)], strict=True))
            inputs = dict.fromkeys(network.inputs, D)
            yield Sheet(replace(network, inputs=inputs, weights=shapes))


def texts(sheet):
    """The right lines, and the same with each slip, in the last line in which it can be made."""
    right = list(right_lines(sheet.network, principles=False).values())
    for old, new in SLIPS.values():
        lines = list(right)
        places = [i for i, line in enumerate(lines) if old in line.partition("=")[2]]
        if places:
            left, _, formula = lines[places[-1]].partition("=")
            lines[places[-1]] = f"{left}={formula.replace(old, new, 1)}"
        yield "\n".join(lines)


def told(read, sheet, text):
    return [
        (line.verdict, line.in_itself, line.gradient_of, [each.slip for each in line.slips])
        for line in read(sheet.loss, text).lines
    ]


@pytest.mark.parametrize(
    ("read", "every"),
    [(without_slips, 4), pytest.param(nn.check_derivation, 2, marks=pytest.mark.long)],
)
def test_a_class_is_told_what_each_would_be_told_alone(read, every):
    asked = [(sheet, text) for sheet in sheets() for text in texts(sheet)][::every]
    together, alone = [told(read, *each) for each in asked], []
    for each in asked:
        trials._networks.clear()
        alone.append(told(read, *each))
    assert together == alone
    told_of = {verdict for lines in together for verdict, *_ in lines}
    assert {Verdict.HOLDS, Verdict.WRONG, Verdict.FOLLOWS} <= told_of
    assert any(slips for lines in together for *_, slips in lines) == (read is nn.check_derivation)
