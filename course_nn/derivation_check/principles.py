"""The five principles of a derivation, with the question that each asks.

Which of them a line needs is told from the graph: from the nodes that use what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum
from typing import Any, NamedTuple

from course_nn.derivation_check.scope import Functions
from course_nn.graph import Parameter
from course_nn.more_operations import matmul_transposed
from course_nn.operations import matmul


class Principle(Enum):
    """Why a line looks as it does."""

    MULTIPLY = "multiply along a path"
    ADD = "add over paths"
    CAME_IN = "what came in"
    SLOPE = "f′ at arrival"
    MEAN = "mean"


class Teaching(NamedTuple):
    """What is asked for a principle."""

    words: str  # a pattern by which the principle is recognised in a comment
    question: str


TEACHING = {
    Principle.MULTIPLY: Teaching(
        r"multipl|along|chain|product",
        "Which steps lead from here to the loss, and which factor does each of them contribute?",
    ),
    Principle.ADD: Teaching(
        r"add|sum over path|over paths|fork|several",
        "What does it feed, all of it, and through which factors? What is done with several paths?",
    ),
    Principle.CAME_IN: Teaching(
        r"came in|comes in|input of|what enters",
        "What came in at this weight, and how does the loss depend on what the weight feeds?",
    ),
    Principle.SLOPE: Teaching(
        r"f['′’]|slope|derivative|arrival|activation",
        "Through which function does the way back pass here, at which value is its slope taken, "
        "and is every entry multiplied by its own?",
    ),
    Principle.MEAN: Teaching(
        r"mean|average|batch|examples|1/B",
        "Whose loss does this speak of, one example's or the mean of the batch? How often is it "
        "divided by B on the way?",
    ),
}


def claimed(comment: str) -> tuple[Principle, ...]:
    """The principles that a comment names, one in each part between commas and the like; none if
    a part names several.
    """
    found = []
    for part in re.split(r"[,;+&]|\band\b|\bthen\b", comment):
        names = [p for p, each in TEACHING.items() if re.search(each.words, part, re.IGNORECASE)]
        if len(names) > 1:
            return ()
        found += names
    return tuple(dict.fromkeys(found))


def principles_of(
    name: str, users: Collection[Any], nodes: dict[str, Any], functions: Functions
) -> tuple[Principle, ...]:
    """The principles in the line of a gradient, the one that carries it first.

    Args:
        name: of the node. users: the nodes that are computed from it.
    """
    node = nodes[name]
    found = []
    if isinstance(node, Parameter):
        # (3.6) is found by multiplying along the path from the weight; a row that is added has 1.
        weighs = any(
            isinstance(each, matmul | matmul_transposed)
            or (each.operands[0] is not node and node.value.shape[0] > 1)
            for each in users
        )
        weight = [Principle.CAME_IN, Principle.MULTIPLY]
        found = [*(weight if weighs else [Principle.ADD]), Principle.MEAN]
    elif any(functions.is_activation(each) for each in users):
        found = [Principle.SLOPE, Principle.MULTIPLY]
    elif any(isinstance(operand, Parameter) for each in users for operand in each.operands):
        found = [Principle.ADD, Principle.MULTIPLY]
    else:
        found = [Principle.MULTIPLY]
    if len(users) > 1:
        found.append(Principle.ADD)
    return tuple(dict.fromkeys(found))
