"""Held-out accuracy of W1, W2, W3 without bias on the digits, over ten fixed splits.

The settings are those of lesson 11, where the learning rates are chosen by the validation data
of split 0. Each test part has 179 digits, so a single split says little; the splits 10 to 39,
which nothing was chosen by, are the sterner figure.
"""

import numpy as np

import course_nn as nn

SETTINGS = {
    "online, B = 1": {"batch_size": 1, "learning_rate": 0.02, "epochs": 5},
    "mini-batch, B = 32": {"batch_size": 32, "learning_rate": 0.2, "epochs": 30},
    "batch, B = N": {"batch_size": 10**6, "learning_rate": 1.0, "epochs": 200},
}


def accuracy(seed: int, **settings: float) -> float:
    """Train on the training part of split `seed`; the share of right answers on its test part."""
    train, validation, test = nn.datasets.split(nn.datasets.digits(), seed=seed)
    x, _, x_test = nn.datasets.standardise(train["x"], validation["x"], test["x"])
    model = nn.two_hidden_layer_network(64, 64, 32, 10, activation="tanh", seed=seed)
    nn.train_minibatch(model.loss, {"x": x, "y": train["y"]}, seed=seed, progress=False, **settings)
    return nn.evaluate(model.loss, {"x": x_test, "y": test["y"]}).accuracy


def measure() -> None:
    for name, settings in SETTINGS.items():
        print(f"{name:19}", line([accuracy(seed, **settings) for seed in range(10)]))
    more = [accuracy(seed, **SETTINGS["mini-batch, B = 32"]) for seed in range(10, 40)]
    print(f"{'mini-batch, B = 32':19}", line(more), "(splits 10 to 39)")


def line(shares: list[float]) -> str:
    percent = 100 * np.array(shares)
    return (
        f"mean {percent.mean():.2f} %, deviation {percent.std():.2f}, "
        f"from {percent.min():.1f} to {percent.max():.1f}"
    )
