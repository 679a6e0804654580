"""What the derivation printed on 2026-11-29, when each derivative still stood in a template too.

The texts of a few networks stand in `stored_texts.json` in full; of many random ones, checksums.
`python tests/course_nn/derivation/stored_texts.py` writes them anew: only when a change of what is
printed is wanted.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import course_nn as nn

FILE = Path(__file__).with_name("stored_texts.json")
RANDOM = range(60)  # seeds; the odd ones have names that the code needs for itself


def _course(**options: Any) -> Any:
    return nn.two_hidden_layer_network(4, 3, 2, 2, **options).loss


def _shared() -> Any:
    """A parameter and a node used twice, a node plus itself, softmax, a row that comes first."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        W, b = nn.Parameter("W", np.eye(3)), nn.Parameter("b", [[0.1, 0.2, 0.3]])
        h = nn.tanh(x @ W, name="h")
        s = nn.softmax(b + h @ W, name="s")
        return nn.squared_error(s + (h + h), y, name="loss")


def _skip() -> Any:
    """A skip connection, by cross-entropy; a node and a weight that lead nowhere."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        W1, W2, V = (nn.Parameter(name, np.eye(3)) for name in ("W1", "W2", "V"))
        nn.matmul(x, V, name="aside")
        z1 = nn.matmul(x, W1, name="z1")
        h1 = nn.relu(z1, name="h1")
        z2 = nn.add(h1 @ W2, z1, name="z2")
        return nn.cross_entropy(z2, y)


def _learned_target() -> Any:
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        a = nn.matmul(x, nn.Parameter("W1", np.eye(2)), name="a")
        t = nn.matmul(y, nn.Parameter("W2", np.eye(2)), name="t")
        return nn.squared_error(a, t, name="loss")


def _one_output() -> Any:
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 1)
        z = nn.matmul(x, nn.Parameter("W", np.zeros((2, 1))), name="z")
        return nn.squared_error(nn.sigmoid(z + z), y, name="loss")


def _everything() -> Any:
    """Every operation; two weights with one gradient."""
    with nn.Graph(make_current=False):
        x, u, y = nn.Input("x", 3), nn.Input("u", 3), nn.Labels("y", 4)
        W1, W2, W3 = (nn.Parameter(f"W{i}", np.eye(3)) for i in range(3))
        b = nn.Parameter("b", [[0.1, 0.2, 0.3]])
        h = nn.tanh(x @ W1 + u @ W2 + x @ W2, name="h")
        s = nn.softmax(b + h @ W3, name="s")
        r = nn.relu(s + h @ W3, name="r")
        t = nn.sigmoid(nn.add(r, h + h, name="t") + b)
        return nn.cross_entropy(nn.matmul(t, nn.Parameter("V", np.ones((3, 4))), name="z"), y)


NETWORKS: dict[str, Callable[[], Any]] = {
    "sigmoid, squared error": lambda: _course(loss="squared_error"),
    "tanh, cross-entropy, bias": lambda: _course(activation="tanh", bias=True),
    "relu, cross-entropy": lambda: _course(activation="relu"),
    "sigmoid, squared error, bias": lambda: _course(loss="squared_error", bias=True),
    "shared nodes": _shared,
    "skip": _skip,
    "a target that is learned": _learned_target,
    "one output": _one_output,
    "everything": _everything,
}


def texts_of(loss: Any) -> dict[str, str]:
    """Everything that the derivation of this loss prints."""
    derivation = nn.derive(loss)
    texts = {"derive": repr(derivation)}
    for p in derivation.parameters:
        texts[f"latex {p.name}"] = repr(derivation.latex(p))
    texts["code"] = derivation.code()
    for options in ({}, {"momentum": True, "weight_decay": True}):
        also = ", momentum and decay" if options else ""
        for engine, batch_size in (("numpy", 32), ("numba", 32), ("numba", 1)):
            key = f"{engine}, B = {batch_size}{also}"
            texts[key] = derivation.code(engine, batch_size=batch_size, **options)
    return texts


def short_texts_of(loss: Any) -> dict[str, str]:
    """Without the codes that differ only in their last lines."""
    return {key: text for key, text in texts_of(loss).items() if "momentum" not in key}


def checksums_of(seed: int) -> dict[str, str]:
    """The same of a random network, as checksums."""
    from engine_networks import random_case

    texts = texts_of(random_case(seed, nasty=seed % 2 == 1).build())
    return {key: hashlib.sha256(text.encode()).hexdigest()[:16] for key, text in texts.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    stored = {
        "networks": {name: short_texts_of(build()) for name, build in NETWORKS.items()},
        "random": {str(seed): checksums_of(seed) for seed in RANDOM},
    }
    FILE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
