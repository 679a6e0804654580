"""One mean, wherever its terms were computed: on a cluster a run is the run of one machine.

The workers here are threads of this process; `test_faults.py` has real ones, and ends them.
"""

import numpy as np
import pytest

import course_nn as nn

distributed = pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(23, 6)), "y": RNG.integers(0, 3, 23)}


def network(activation="tanh"):
    return nn.two_hidden_layer_network(
        6, 5, 4, 3, activation=activation, loss="cross_entropy", seed=1
    )


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def trained(**options):
    model = network()
    options = {"learning_rate": 0.3, "epochs": 2, "data": DATA} | options
    history = nn.train_minibatch(model.loss, options.pop("data"), **options)
    return model, history


def assert_same(one, other):
    (model, history), (other_model, other_history) = one, other
    for W, V in zip(model.graph.parameters, other_model.graph.parameters, strict=True):
        np.testing.assert_allclose(W.value, V.value, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.update_losses, other_history.update_losses, atol=1e-12)
    assert history.update_examples.tolist() == other_history.update_examples.tolist()
    assert history.settings == other_history.settings


@pytest.mark.parametrize("engine", ["graph", "numpy"])
@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 5},
        {"batch_size": 5, "momentum": 0.9, "weight_decay": 0.01},
        {"batch_size": 100},
        {"batch_size": 1, "shuffle": False},
    ],
    ids=str,
)
def test_the_same_as_on_one_machine(client, engine, options):
    assert_same(trained(**options), trained(**options, cluster=client, engine=engine))
