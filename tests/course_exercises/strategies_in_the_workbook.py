"""Which problems of the workbook the strategies pass.

    python strategies_in_the_workbook.py        prints it as a table (Markdown)

They see the network as it is drawn on the page, and the lines that are given in the cell. None
writes columns as examples, so problem 10 refuses them all. Differences (strategy 3) are numbers,
and lines are wanted. In problem 1 only the principles are open: a share of what is guessed passes.
"""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

from shown_networks import Network, Step
from strategies import (
    Lines,
    by_shapes,
    editing,
    handed_in,
    is_right,
    text_of,
    tidied,
    with_given,
)
from strategies_at_work import NOTHING, ONE, PASSED, PRINCIPLES, REFUSED

import course_nn as nn
from course_exercises.workbook import classes_and_skips, paths_and_matrices, shared_and_split
from course_exercises.workbook.problem import Problem
from course_nn import more_operations as more

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "workbook"
PROBLEMS = {
    problem.number: problem
    for topic in (paths_and_matrices, classes_and_skips, shared_and_split)
    for problem in vars(topic).values()
    if isinstance(problem, Problem)
}
KINDS = {
    nn.matmul: "product",
    nn.add: "sum",
    nn.tanh: "tanh",
    nn.sigmoid: "sigmoid",
    nn.softmax: "softmax",
    more.matmul_transposed: "transposed",
    more.subtract: "difference",
    more.multiply: "entries",
    more.divide: "quotient",
    more.join: "side by side",
    more.row_mean: "mean",
    more.row_norm: "length",
}
COLUMNS = (
    *("1 shapes", "2 copies", "2b glued", "2c phrases", "4 never adds", "5 no mean", "5 divides"),
    *("6 guesses", "7 edits", "8 derive"),
)


@dataclass
class Drawn(Network):
    """The network of a problem, as its picture shows it, with the widths of the picture."""

    problem: Problem | None = None

    def shapes(self, *, equal: bool = False) -> dict[str, tuple[int, int]]:
        """A shape for each name; `equal`: all widths the same."""
        B, found = 7 if self.many else 1, {}
        for node in self.problem.network().graph.everything:
            if isinstance(node, nn.Parameter):
                rows, columns = node.value.shape
                found[node.name] = (
                    (min(rows, 5) if rows == 1 else 5, 5) if equal else (rows, columns)
                )
            elif node.width is not None:
                found[node.name] = (B, 5 if equal and node.width > 1 else node.width)
        return found


def drawn(number: int) -> Drawn:
    problem = PROBLEMS[number]
    loss = problem.network()
    steps = [
        Step(node.name, KINDS[type(node)], tuple(operand.name for operand in node.operands))
        for node in loss.graph.nodes
        if type(node) in KINDS
    ]
    starts, factors = {}, {"loss": ""}
    for node in reversed(loss.graph.nodes):  # the loss, and its parts
        factor = factors.get(node.name, "")
        if isinstance(node, more.add_losses):
            factors[node.operands[1].name] = "" if node.factor == 1 else f"{node.factor} * "
        elif isinstance(node, nn.squared_error | nn.cross_entropy):
            z, y = (operand.name for operand in node.operands)
            squares = isinstance(node, nn.squared_error)
            starts[z] = f"({z} - {y})" if squares else f"(softmax({z}) - onehot({y}))"
            starts[z] = f"{factor}{starts[z]}"
            answers = y
    many = number >= 6
    return Drawn(steps, [*starts][-1], answers, "", many, _given(number), starts, problem)


def _given(number: int) -> list[str]:
    """The lines that the cell of the problem gives."""
    (path,) = NOTEBOOKS.glob(f"{1 if number <= 6 else 2 if number <= 12 else 3}_*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    (cell,) = (c for c in map("".join, (c["source"] for c in cells)) if f".q{number}.check(" in c)
    found = re.search(r'my_lines = """\n(.*?)"""', cell, re.DOTALL)
    lines = found[1].strip().splitlines() if found else []
    return [line for line in lines if "____" not in line]


def row_of(number: int, *, edits: bool = False) -> dict[str, str]:
    """What each strategy gets in a problem."""
    problem, network = PROBLEMS[number], drawn(number)
    if number == 1:
        return {"6 guesses": str(_guessed(problem))}
    row = {}
    for strategy, tries in handed_in(network, with_derive=False).items():
        texts = dict.fromkeys(text_of(with_given(each, network)) for each in tries)
        passed = any(is_right(problem, text) for text in texts)
        row[strategy] = (PASSED if passed else REFUSED) if texts else NOTHING
    printed = nn.derive(problem.network()).backward_lines[1:]
    lines = tidied("\n".join(line.text for line in printed))
    row["8 derive"] = PASSED if is_right(problem, text_of(lines)) else REFUSED
    if edits:
        row["7 edits"] = _edited(problem, network)
    if not network.many:
        row |= {c: ONE for c in ("5 no mean", "5 divides") if row.get(c) == PASSED}
    return row


def _guessed(problem: Problem) -> Fraction:
    """Which share of the pairs of principles is right."""
    lines = [line.partition("#")[0] for line in problem.lines.strip().splitlines()]
    pairs = [*product(PRINCIPLES, repeat=2)]
    texts = ["\n".join(f"{li}# {p}" for li, p in zip(lines, pair, strict=True)) for pair in pairs]
    return Fraction(sum(is_right(problem, text) for text in texts), len(pairs))


def _edited(problem: Problem, network: Drawn) -> str:
    """The fewest tries from what fits; as usual, or else with one more term as a change."""
    begins: list[Lines] = [by_shapes(network, alone=alone) for alone in (None, True, False)]
    different = {text_of(each): with_given(each, network) for each in begins}.values()
    for adds in (False, True):
        tries = [editing(problem, network, first, adds=adds) for first in different]
        if any(found := [t for t in tries if t is not None]):
            return f"{min(found)} tries" + " (adding)" * adds
    return REFUSED


@cache
def table(*, edits: bool = False) -> dict[int, dict[str, str]]:
    """By problem, what each strategy gets."""
    return {number: row_of(number, edits=edits) for number in PROBLEMS}


if __name__ == "__main__":
    print(f"| problem | {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * (len(COLUMNS) + 1)}")
    for number, row in table(edits=True).items():
        print(f"| {number} | {' | '.join(row.get(column, NOTHING) for column in COLUMNS)} |")
