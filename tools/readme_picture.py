"""Draws docs/graph.png, the picture in README.md: `.venv/bin/python tools/readme_picture.py`."""

from pathlib import Path

import course_nn as nn

PATH = Path(__file__).resolve().parent.parent / "docs" / "graph.png"


def picture() -> nn.plots.Picture:
    """The network of lesson 00 after Forward and Backward on one example."""
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=1
    )
    model.graph.Forward(x=[[0.5, -1.0]], y=[[1.0, 0.0]])
    model.graph.Backward(model.loss)
    return nn.plots.graph(model.graph)


if __name__ == "__main__":
    picture().save(PATH)
    print(f"{PATH.name} drawn: {picture().sentence}")
