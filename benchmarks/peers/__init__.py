"""The contenders: three engines of ours, NumPy by hand, the peers, and the floors.

Each is a class that is made from a `Task`. `reset()` goes back to the task's first weights,
`run(epochs)` makes the updates, each with its loss, and `weights()` returns W1, W2, W3. What a
peer needs is imported when it is made, because it may not be installed.
"""

from __future__ import annotations

from typing import NamedTuple


class Contender(NamedTuple):
    """A row of the table.

    name: as in the table. made_by: "module:name". package: whose version the table shows.
    not_compared: why its weights cannot be compared with ours; empty if they can.
    environment: more variables for its process.
    """

    name: str
    made_by: str
    package: str = ""
    not_compared: str = ""
    environment: tuple[tuple[str, str], ...] = ()


def _in(module: str) -> str:
    return f"benchmarks.peers.{module}"


GRAPH = Contender("engine graph", _in("course:GraphEngine"))
THREE_FUNCTIONS = Contender("Forward, Backward, SGD", _in("course:ThreeFunctions"))
NUMPY = Contender("engine numpy", _in("course:NumpyEngine"))
NUMBA = Contender("engine numba", _in("course:NumbaEngine"), "numba")
HAND = Contender("hand-written NumPy", _in("hand_numpy:HandNumpy"))
# What a process frees goes back to the system, and every large array then costs page faults.
# Here it stays with the process (under Linux's glibc): the same code with that cost taken away.
KEPT = (("MALLOC_MMAP_THRESHOLD_", "1000000000"), ("MALLOC_TRIM_THRESHOLD_", "2000000000"))
HAND_KEPT = Contender("hand-written, memory kept", HAND.made_by, environment=KEPT)
SCAN = Contender("JAX, scan over the epoch", _in("jax_jit:Scan"), "jax")
PEERS = (
    Contender("PyTorch, eager", _in("pytorch:Eager"), "torch"),
    Contender("JAX, jit per step", _in("jax_jit:Step"), "jax"),
    SCAN,
    Contender("HIPS autograd", _in("hips_autograd:Autograd"), "autograd"),
    Contender("MyGrad", _in("my_grad:MyGrad"), "mygrad"),
    Contender(
        "MLPClassifier",
        _in("scikit_learn:Classifier"),
        "scikit-learn",
        not_compared="it has biases",
    ),
)
C_LOOP = Contender("C loop", _in("c_loop:CLoop"))
PRODUCTS = Contender(
    "bare matrix products",
    _in("matrix_products:MatrixProducts"),
    not_compared="makes no updates",
)

OURS = (GRAPH, THREE_FUNCTIONS, NUMPY, NUMBA)
ALL = (*OURS, HAND, HAND_KEPT, *PEERS, C_LOOP, PRODUCTS)
