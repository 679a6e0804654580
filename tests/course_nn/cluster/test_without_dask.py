"""Where there is no Dask, or no second process, `cluster=` says so before anything is changed."""

import sys

import numpy as np
import pytest
from oracles import refused

import course_nn as nn

DATA = {"x": np.ones((4, 3)), "y": np.array([0, 1, 0, 1])}


@pytest.fixture
def loss():
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=2)
        z = nn.matmul(x, nn.Parameter("W", np.ones((3, 2))), name="z")
        return nn.cross_entropy(z, y, name="loss")


def train(loss):
    nn.train_minibatch(
        loss, DATA, batch_size=2, learning_rate=0.1, epochs=1, cluster="tcp://127.0.0.1:8786"
    )


def test_without_dask_it_says_what_to_install(loss, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with refused(ImportError, "dask and distributed", "pip install", unchanged=loss.graph):
        train(loss)


def test_in_a_browser_it_says_that_there_is_one_process(loss, monkeypatch):
    """Also before it says what to install: it would not help there."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["several processes", "browser", "Leave cluster out"]
    with refused(ImportError, *words, unchanged=loss.graph):
        train(loss)
