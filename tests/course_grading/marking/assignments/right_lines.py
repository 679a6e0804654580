"""The right lines of a network on paper, entry by entry, in several ways of writing.

Nothing that students get writes such lines, so this stands among the tests of the grader.
"""

from __future__ import annotations

import re

from course_exercises.homework.paper_networks import Network

MULTIPLY, ADD, MEAN = "multiply along a path", "add over paths", "mean"
CAME_IN, SLOPE = "what came in", "f′ at arrival"


def indices(network: Network) -> dict[str, str]:
    """The index of each node, as in the forward lines of a sheet."""
    found = dict(zip(network.inputs, "d", strict=True))
    others = iter("ijklmn")
    for step in network.steps:
        product = step.kind.startswith("matmul")
        found[step.name] = next(others) if product else found[step.operands[0]]
    return found


def right_lines(network: Network, principles: bool = True) -> dict[str, str]:
    """A line for each gradient, by the name of its node or matrix, from the output on."""
    index = indices(network)
    users: dict[str, list] = {}
    for step in network.steps:
        for place, operand in enumerate(step.operands):
            users.setdefault(operand, []).append((step, place))
    out, k = network.output, index[network.output]
    found = {out: (f"{out}.grad[b, {k}] = {out}[b, {k}] − {network.answers}[b, {k}]", [MULTIPLY])}
    for step in reversed(network.steps):
        if step.kind.startswith("matmul"):
            before, matrix = step.operands
            to, start = index[step.name], index[before]
            found[matrix] = (
                f"{matrix}.grad[{to}, {start}] = 1/B Σ_b {step.name}.grad[b, {to}] "
                f"{before}[b, {start}]",
                [CAME_IN, MEAN],
            )
        for name in step.operands:
            ready = all(user.name in found for user, _ in users[name])
            if name in index and name not in network.inputs and name not in found and ready:
                terms = [term(index, name, *use) for use in users[name]]
                terms.sort(key=lambda each: each[0].startswith("Σ"))
                carried = [principle for _, principle in terms]
                carried += [ADD] if len(terms) > 1 else []
                carried = [each for each in carried if each != MULTIPLY] or [MULTIPLY]
                left = f"{name}.grad[b, {index[name]}] = "
                found[name] = left + " + ".join(text for text, _ in terms), carried
    return {
        name: f"{line}   # {', '.join(dict.fromkeys(carried))}" if principles else line
        for name, (line, carried) in found.items()
    }


def term(index, name, user, place):
    """What one use of a node adds to its gradient, and its principle."""
    at = f"[b, {index[name]}]"
    if user.kind.startswith("matmul"):
        to, matrix = index[user.name], user.operands[1]
        return f"Σ_{to} {user.name}.grad[b, {to}] {matrix}[{to}, {index[name]}]", ADD
    grad, value = f"{user.name}.grad{at}", f"{user.name}{at}"
    if user.kind == "multiply":
        return f"{grad} {user.operands[1 - place]}{at}", MULTIPLY
    slope = {"tanh": f" (1 − {value}²)", "sigmoid": f" {value} (1 − {value})", "add": ""}[user.kind]
    return grad + slope, SLOPE if slope else MULTIPLY


def subscripts(line: str) -> str:
    """The same with indices below: w.grad_bj for w.grad[b, j]."""
    return re.sub(r"\[(\w), (\w)\]", r"_\1\2", line)


def in_columns(network: Network) -> str:
    """All lines as matrices, with examples as columns."""
    lines = []
    for line in right_lines(network).values():
        formula, _, principle = line.partition("   # ")
        formula = re.sub(r"Σ_\w (\w+\.grad)\[b, (\w)\] (\w)\[\2, (\w)\]", r"\3ᵀ @ \1", formula)
        formula = re.sub(r"Σ_b (\w+\.grad)\[b, \w\] (\w)\[b, \w\]", r"\1 @ \2ᵀ", formula)
        formula = re.sub(r"\[\w, \w\]", "", formula)
        formula = re.sub(r"(?<=\w) (?=[(\w])", " ⊙ ", formula.replace("1/B ", "1/B · "))
        lines.append(f"{formula}   # {principle}")
    return "\n".join(lines)
