"""The lines of a derivation as they are printed, from the graph, and what they say in numbers.

`printed` takes what `nn.derive` writes and sets it as on paper. `worth` goes the other way: it
computes a printed line. So what is tried is the text that somebody reads, not where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.paper_networks import Network

Array = np.ndarray
NAME = r"[A-Za-z][A-Za-z0-9]*"


def forward(loss: nn.Node) -> list[str]:
    """The forward lines, in the letters of the graph."""
    return [set_as_on_paper(line.text) for line in nn.derive(loss).forward_lines]


def backward(network: Network, loss: nn.Node) -> dict[str, str]:
    """A line `a.grad = …` for each node and each matrix, by name, in the order of `Backward`.

    Those of the matrices hold the mean over the B examples.
    """
    found = {}
    for node, step in nn.derive(loss).backward:
        step = step.removeprefix("L.grad[:, None] * ").strip()
        if node.name == network.output and step.startswith("("):
            step = step[1:-1]
        step = re.sub(r"onehot\((\w+), \w+\)", r"onehot(\1)", step)
        if node.name in network.weights:
            step = f"({step}) / B" if " + " in step or " - " in step else f"{step} / B"
        found[node.name] = set_as_on_paper(f"{node.name}.grad = {step}")
    return found


def set_as_on_paper(line: str) -> str:
    """ᵀ, ⊙, ² and a true minus, for what code has in their places."""
    line = re.sub(r"\.T\b", "ᵀ", line).replace(" ** 2", "²").replace(" * ", " ⊙ ")
    return line.replace(" - ", " − ").replace("-", "−")


def as_code(text: str) -> str:
    """The same as code: values are V["a"], gradients G["a"]."""
    text = text.replace("ᵀ", ".T").replace("²", "**2").replace("⊙", "*").replace("−", "-")
    text = re.sub(rf"(?<![.\w])({NAME})\.grad", r'G["\1"]', text)
    return re.sub(rf'(?<![.\w"])(?!(?:softmax|onehot|B|G)\b)({NAME})\b', r'V["\1"]', text)


def worth(
    line: str, network: Network, values: Mapping[str, Array], gradients: Mapping[str, Array]
) -> Array:
    """What stands on the right of a printed line, in numbers.

    Args:
        values: of all nodes, inputs, weights and answers. gradients: by name.

    Raises ValueError if the shapes in it do not fit.
    """
    B = len(values[network.answers])

    def softmax(z: Array) -> Array:
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    def onehot(labels: Array) -> Array:
        return np.eye(network.widths[network.output])[labels]

    names = {"V": values, "G": gradients, "B": B, "softmax": softmax, "onehot": onehot}
    right: Any = eval(as_code(line.partition(" = ")[2]), {"__builtins__": {}}, names)
    return np.asarray(right, dtype=float)


def pattern(line: str) -> str:
    """The line with its letters numbered in the order in which they come: two lines with the same
    pattern are the same formula in other letters.
    """
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        word = match[0]
        if word in ("softmax", "onehot", "tanh", "sigmoid", "relu", "grad", "B"):
            return word
        return numbers.setdefault(word, f"#{len(numbers) + 1}")

    return re.sub(NAME, numbered, line)
