"""A chain of layers and its way back entry by entry, with indices: the form of the wrong line.

Nothing of it can be copied into a derivation in matrices: each sum has its own index, the matrices
are stored in different ways, and all gradients are those of J, with the mean in the first line.
`worth` computes a line as it is printed, by nothing but loops over its indices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from course_exercises.homework.paper_networks import CLASSES, Network

Array = np.ndarray
ENTRY = re.compile(r"([A-Za-z]+)(\.grad)?\[([a-z](?:, [a-z])*)\]")
SUM = re.compile(r"Σ_([a-z]) ")
SLOPES = {
    "tanh": "(1 − {out}²)",
    "sigmoid": "{out} · (1 − {out})",
    "relu": "({of} > 0)",
}


def layers(network: Network) -> list[tuple[str, str, str, bool, str]]:
    """Of each product what goes in, its result, its matrix, if this is turned, and its index."""
    found = []
    products = [step for step in network.steps if step.kind.startswith("matmul")]
    for step, index in zip(products, "ijk", strict=True):
        into, matrix = step.operands
        found.append((into, step.name, matrix, step.kind == "matmul_transposed", index))
    return found


def of_matrix(matrix: str, turned: bool, into: str, out: str) -> str:
    """The weight from unit `into` to unit `out`, as the matrix is stored."""
    return f"{matrix}[{out}, {into}]" if turned else f"{matrix}[{into}, {out}]"


def forward(network: Network) -> list[str]:
    """A line for each node."""
    found, before = [], "d"
    functions = {s.operands[0]: s for s in network.steps if len(s.operands) == 1}
    for into, out, matrix, turned, index in layers(network):
        weight = of_matrix(matrix, turned, before, index)
        found.append(f"{out}[b, {index}] = Σ_{before} {into}[b, {before}] {weight}")
        if step := functions.get(out):
            found.append(f"{step.name}[b, {index}] = {step.kind}({out}[b, {index}])")
        before = index
    return found


def error(network: Network) -> str:
    """The derivative of an example's loss by output k."""
    out, answers = network.output, network.answers
    if network.loss == CLASSES:
        return f"softmax({out})[b, k] − onehot({answers})[b, k]"
    return f"{out}[b, k] − {answers}[b, k]"


def backward(network: Network) -> dict[str, str]:
    """A line for the gradient of each node and of each matrix, in the order of the way back."""
    found = {network.output: f"{network.output}.grad[b, k] = ({error(network)}) / B"}
    chain = layers(network)
    indices = ["d", "i", "j", "k"]
    functions = {step.name: step for step in network.steps if len(step.operands) == 1}
    for place in (2, 1, 0):
        into, out, matrix, turned, index = chain[place]
        before = indices[place]
        weight = of_matrix(matrix, turned, before, index)
        if place:
            found[into] = f"{into}.grad[b, {before}] = Σ_{index} {out}.grad[b, {index}] {weight}"
        left = weight.replace("[", ".grad[")
        found[matrix] = f"{left} = Σ_b {into}[b, {before}] {out}.grad[b, {index}]"
        if place:
            of = functions[into].operands[0]
            slope = SLOPES[functions[into].kind].format(
                out=f"{into}[b, {before}]", of=f"{of}[b, {before}]"
            )
            found[of] = f"{of}.grad[b, {before}] = {into}.grad[b, {before}] · {slope}"
    return found


def worth(line: str, values: Mapping[str, Array], gradients: Mapping[str, Array]) -> Array:
    """What stands on the right of a printed line, for each entry on its left.

    Raises ValueError if an index runs over two widths, so that the shapes do not fit.
    """
    left, _, right = line.partition(" = ")
    known: dict[str, Any] = {**values}
    known |= {f"{name}.grad": gradient for name, gradient in gradients.items()}
    output = re.search(r"softmax\((\w+)\)", right)
    if output:
        logits = values[output[1]]
        exponentials = np.exp(logits)
        known["softmax"] = exponentials / exponentials.sum(axis=1, keepdims=True)
        right = right.replace(output[0], "softmax")
    if labels := re.search(r"onehot\((\w+)\)", right):
        (width,) = {known[n].shape[1] for n in re.findall(r"(\w+)\[b, k\] −", right)}
        known["onehot"] = np.eye(width)[values[labels[1]]]
        right = right.replace(labels[0], "onehot")
    ranges: dict[str, int] = {}
    for name, grad, inside in ENTRY.findall(right):
        array = known[name + grad]
        for letter, length in zip(inside.split(", "), array.shape, strict=True):
            if ranges.setdefault(letter, length) != length:
                raise ValueError(f"{letter} runs over {ranges[letter]} and over {length}")
    free = ENTRY.findall(left)[0][2].split(", ")
    bound = SUM.findall(right)
    code = _as_code(SUM.sub("", right))
    found = np.zeros([ranges[letter] for letter in free])
    names = {"V": known, "B": ranges["b"]}
    compiled = compile(code, "line", "eval")
    for place in np.ndindex(found.shape):
        at = dict(zip(free, place, strict=True))
        for inner in product(*(range(ranges[letter]) for letter in bound)):
            at |= dict(zip(bound, inner, strict=True))
            found[place] += eval(compiled, {"__builtins__": {}}, {**names, "at": at})
    return found


def _as_code(text: str) -> str:
    def entry(match: re.Match[str]) -> str:
        places = ", ".join(f'at["{letter}"]' for letter in match[3].split(", "))
        return f'V["{match[1]}{match[2] or ""}"][{places}]'

    text = text.replace("·", "*").replace("²", "**2").replace("−", "-")
    return re.sub(r"\] (?=V\[)", "] * ", ENTRY.sub(entry, text))
