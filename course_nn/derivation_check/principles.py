"""The five principles of a derivation, with the question that each asks and a line that shows it.

Which of them a line needs is told from the graph: from the nodes that use what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum
from typing import Any, NamedTuple

from course_nn.derivation_check.meaning import Functions
from course_nn.graph import Parameter


class Principle(Enum):
    """Why a line looks as it does."""

    MULTIPLY = "multiply along a path"
    ADD = "add over paths"
    CAME_IN = "what came in"
    SLOPE = "f′ at arrival"
    MEAN = "mean"


class Teaching(NamedTuple):
    """What is asked for a principle, what is worked in other letters, and a fresh task.

    `similar` and `task` have the letters {a}, {u}, {V}, {c}.
    """

    words: str  # a pattern by which the principle is recognised in a comment
    question: str
    similar: str
    task: str


TEACHING = {
    Principle.MULTIPLY: Teaching(
        r"multipl|along|chain|product",
        "Which steps lead from here to the loss, and which factor does each of them contribute?",
        "Take {u} = 3 {a} and {c} = {u}². From {a} one path leads to {c}, in two steps with the "
        "factors 3 and 2 {u}. Along a path they are multiplied: {a}.grad = {c}.grad · 2 {u} · 3.",
        "Now {u} = {a}³ and {c} = 5 {u}: what is {a}.grad?",
    ),
    Principle.ADD: Teaching(
        r"add|sum over path|over paths|fork|several",
        "What does it feed, all of it, and through which factors? What is done with several paths?",
        "Take {u} = {a} {V} with {a} of shape (B, 2) and {V} of shape (2, 3). Entry 0 of {a} meets "
        "row 0 of {V}, so it feeds all three entries of {u}: {u}.grad[0] {V}[0, 0] + "
        "{u}.grad[1] {V}[0, 1] + {u}.grad[2] {V}[0, 2]. The sum runs along a row of {V}; in the "
        "matrix product, which sums over rows of its right factor, {V} is therefore transposed.",
        "Now {c} = {a} {V} + {a}, with {V} of shape (2, 2): write out the three terms of "
        "{a}.grad[0], then all of it with matrices.",
    ),
    Principle.CAME_IN: Teaching(
        r"came in|comes in|input of|what enters",
        "What came in at this weight, and how does the loss depend on what the weight feeds?",
        "Take {u} = {a} {V} with {a} of shape (1, 2) and {V} of shape (2, 3). {V}[1, 2] stands "
        "only in {u}[2], with the factor {a}[1]. So its derivative is {a}[1] · {u}.grad[2]: the "
        "row from what came in, the column from what it feeds. All six are {a}ᵀ @ {u}.grad.",
        "Now {u} = {a} {V}ᵀ, with {V} of shape (3, 2): in which entry does {V}[2, 1] stand, and "
        "with which factor?",
    ),
    Principle.SLOPE: Teaching(
        r"f['′’]|slope|derivative|arrival|activation",
        "Through which function does the way back pass here, at which value is its slope taken, "
        "and is every entry multiplied by its own?",
        "Take {u} = exp({a}), entry by entry. Entry i of {a} feeds entry i of {u} alone, and the "
        "slope there is exp({a}[i]): {a}.grad = {u}.grad ⊙ exp({a}). Taken where the way back "
        "arrives, at {a}; and because exp({a}) is {u}, it may be computed from {u}.",
        "Now {u} = {a}³, entry by entry: what is {a}.grad, and at what is the slope taken?",
    ),
    Principle.MEAN: Teaching(
        r"mean|average|batch|examples|1/B",
        "Whose loss does this speak of, one example's or the mean of the batch? How often is it "
        "divided by B on the way?",
        "Take {u} = {a} {V} and J = (1/B) Σ_b L_b. Row b of {u}.grad belongs to example b alone "
        "and is not divided. {V} is used by every example: {a}ᵀ @ {u}.grad adds up over them, and "
        "this sum, once, is divided by B.",
        "Now {c} = {u} + {V}, where {V} is a row of shape (1, 3): what is {V}.grad for B = 4?",
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
        biases = any(each.operands[0] is not node and node.value.shape[0] > 1 for each in users)
        found = [Principle.CAME_IN if biases else Principle.ADD, Principle.MEAN]
    elif any(functions.is_activation(each) for each in users):
        found = [Principle.SLOPE, Principle.MULTIPLY]
    elif any(isinstance(operand, Parameter) for each in users for operand in each.operands):
        found = [Principle.ADD, Principle.MULTIPLY]
    else:
        found = [Principle.MULTIPLY]
    if len(users) > 1:
        found.append(Principle.ADD)
    return tuple(dict.fromkeys(found))


def letters(taken: Collection[str]) -> dict[str, str]:
    """Letters for an example that no node has."""
    pools = {"a": "apqrst", "u": "uvwkmn", "V": "VMNPQR", "c": "cegijl"}
    return {
        letter: next((each for each in pool if each not in taken), f"{letter}0")
        for letter, pool in pools.items()
    }
