"""The graph as one function in plain NumPy: `derive(loss).code()`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from keyword import iskeyword
from string import ascii_lowercase
from typing import Any

from course_nn.derivation.recorded import Expression
from course_nn.derivation.recording import Recording
from course_nn.derivation.text import text
from course_nn.graph import Labels

LEAVES = ("value", "gradient", "constant")
NEEDED = {"np", "len", "float"}  # in the code of a function
OWN = NEEDED | {"B", "gradients"}  # in the function of all nodes


def plain_code(derivation: Any) -> str:
    """The source of a function of the inputs and weights that returns J and their gradients.

    A node whose name the function needs for itself has that name with _ behind it.
    """
    derivation, calls = _with_safe_names(derivation)
    names, used, loss = derivation.names, derivation.used, derivation.names[derivation.loss]
    inputs = [names[x] for x in derivation.graph.inputs if x in used]
    weights = [names[p] for p in derivation.parameters]
    helpers = {name: source for each in calls.values() for name, source in each.items()}
    definitions: dict[str, str] = {}  # by function name, in the order in which they are needed
    own = OWN | {name for node in used for name in (names[node], f"{names[node]}_grad")}
    body = []
    for node, value in derivation.forward:
        definitions |= calls[node]
        recording = derivation.recordings[node]
        operands = {derivation.leaf(each): names[each] for each in node.operands}
        if text(recording.value, operands) != value:  # not written out, such as x @ W1
            source = _function(recording, node.operands, derivation)
            name = _free_name(type(node).__name__, source, helpers | definitions, NEEDED | own)
            definitions[name] = source
            value = f"{name}({', '.join(names[each] for each in node.operands)})"
        body.append(f"{names[node]} = {value}")
    body += ["", f"{loss}_grad = np.ones(len({inputs[0]}))"]
    body += [
        f"{names[node]}_grad = {derivation.gradient(node, '{}_grad')}"
        for node, _ in derivation.backward
    ]
    gradients = ", ".join(f"{name}_grad / B" for name in weights)
    if len(weights) == 1:
        gradients += ","  # still a tuple
    body += ["", f"B = len({inputs[0]})", f"return {loss}.mean(), ({gradients})"]
    function = [f"def gradients({', '.join(inputs + weights)}):"]
    function += [f"    {line}" if line else "" for line in body]
    written = [f"def {name}{source}" for name, source in definitions.items()]
    return "\n\n\n".join(["import numpy as np", *written, "\n".join(function)]) + "\n"


def _with_safe_names(derivation: Any) -> tuple[Any, dict[Any, dict[str, str]]]:
    """The derivation in names that the code does not need for itself; the calls of each node."""
    calls = {node: _calls(node, derivation) for node in derivation.nodes}
    taken = OWN | {function for each in calls.values() for function in each}
    names = dict(derivation.names)
    for node in [n for n in derivation.graph.everything if n in derivation.used]:
        while taken & {names[node], f"{names[node]}_grad"}:
            names[node] += "_"
        taken |= {names[node], f"{names[node]}_grad"}
    return derivation.renamed(names), calls


def _calls(node: Any, derivation: Any) -> dict[str, str]:
    """The functions that the steps of a node call, and how these are written."""
    named = set(derivation.named(node, str, str, lambda *_: ""))
    inside = {
        each
        for _, step in derivation.recordings[node].steps
        for each in (step, *_inside(step, named))
    }
    calls = derivation.calls(node).items()
    return {call.function: call.source for made, call in calls if made in inside}


def _free_name(name: str, source: str, definitions: Mapping[str, str], needed: Set[str]) -> str:
    """The name of a function; with a number behind it if it is that of something else."""
    name = name if name.isidentifier() and not iskeyword(name) else "function"
    wanted, number = name, 1
    while wanted in needed or definitions.get(wanted, source) != source:
        number += 1
        wanted = f"{name}_{number}"
    return wanted


def _function(recording: Recording, operands: Any, derivation: Any) -> str:
    """How an operation computes its value, as a function of a, b, …, and y for labels."""
    arguments: list[str] = []
    letters = ascii_lowercase.replace("y", "")
    for i, operand in enumerate(operands):
        is_label = isinstance(operand, Labels) and "y" not in arguments
        arguments.append("y" if is_label else letters[i] if i < len(letters) else f"a{i}")
    names: dict[Expression, str] = {}
    for operand, letter in zip(operands, arguments, strict=True):
        names.setdefault(derivation.leaf(operand), letter)
    return source_of(recording, names, arguments)


def source_of(recording: Recording, names: dict[Expression, str], arguments: list[str]) -> str:
    """Brackets and body of a function; what it needs twice has a line of its own."""
    names, lines = dict(names), [f"({', '.join(arguments)}):"]
    left = [*_needed_twice(recording.value), recording.value]
    while len(left) > 1:
        part = left.pop(0)
        name = recording.local.get(part, "")
        later = {each for other in left for each in _inside(other, {*names, part})}
        taken = {known for each, known in names.items() if each in later} | NEEDED | {""}
        number = 1
        while name in taken:  # its own name, unless that is needed for something else
            name, number = f"t{number}", number + 1
        lines.append(f"    {name} = {text(part, names)}")
        names = {each: known for each, known in names.items() if known != name} | {part: name}
    return "\n".join([*lines, f"    return {text(recording.value, names)}"])


def _needed_twice(expression: Expression) -> list[Expression]:
    """What is computed once and used more than once, in the order of computation."""
    uses: Counter[Expression] = Counter()
    order: list[Expression] = []

    def visit(each: Expression) -> None:
        uses[each] += 1
        if uses[each] == 1:
            for inner in each.inner[:1] * (each.operation == "pick") + each.inner:  # with its len
                visit(inner)
            order.append(each)

    visit(expression)
    return [each for each in order if uses[each] > 1 and each.operation not in LEAVES]


def _inside(expression: Expression, stop: set[Expression]) -> set[Expression]:
    """What an expression is computed from; no further than what has a name."""
    found = set()
    waiting = list(expression.inner)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [] if each in stop else each.inner
    return found
