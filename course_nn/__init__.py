"""A neural network trained by hand: the module beside the notebooks.

    import course_nn as nn

With this module, one can

* build a graph of nodes in `with nn.Graph() as net:` from `Input`, `Labels`, `Parameter`, from
  the operations `matmul`, `add`, `sigmoid`, `tanh`, `relu`, `softmax` and the losses
  `squared_error`, `cross_entropy`, or from an `Operation` of one's own;
* run the professor's three functions on it: `Forward()`, `Backward(loss)`, `SGD(learning_rate)`;
* build more with `more_operations`: tied weights, products of nodes, columns side by side, lengths
  of rows, weighted losses;
* take a ready network with W1, W2, W3: `two_hidden_layer_network`, `initial_weights`;
* train it one example at a time, by batches, or by all examples at once: `train_sgd`,
  `train_minibatch`, `train_batch`, which return a `History` or raise `TrainingDiverged`; end a run
  from a callback with `raise StopTraining`, and find its best epoch with `history.best()`; judge
  the network with `evaluate`;
* check a gradient: `check_gradients` by finite differences, `compare_gradients` against one of
  one's own, naming the slip; `finite_differences` of any function of an array;
* see whether everything is installed: `check_environment`;
* have the graph written out, as text, as equations and as plain NumPy: `derive`; and train with
  code that it writes itself: `engine="numpy"` or `engine="numba"` of the trainers;
* train on many machines: `cluster=client` of the trainers, a `dask.distributed.Client`; with data
  that lie in `shares`;
* have a derivation of one's own read and judged line by line: `check_derivation`;
* step through Forward and Backward, one node at a time: `walk_through(loss)`; with data also
  through SGD, and on to the next examples;
* keep a run: `save_checkpoint`, `load_checkpoint`, or copy network and history together by
  `copy.deepcopy` or `pickle`; use what was trained: `predict`;
* get data: `datasets.digits`, `datasets.xor`, `datasets.two_moons`, `datasets.spirals`;
* draw: `plots.graph`, `plots.units`, `plots.loss_curves`, `plots.loss_along_weight`,
  `plots.loss_over_two_weights`, `plots.steps_along_weight`, `plots.gradient_arrows`,
  `plots.decision_boundary`, `plots.confusion_matrix`, `plots.digits`, `plots.weight_images`,
  `plots.layers`, and more, each with a sentence that says what it shows; or a picture to operate:
  `plots.move_one_weight`, `plots.sgd_against_batch`;
* print an array with its name and shape: `show`; say how far two lie apart: `apart`; show an error
  that is promised: `expect_error`;
* answer the questions of the lessons: `from course_exercises import forward_pass`.

The notation is that of the lessons: rows are examples, z1 = x W1, h1 = f(z1), and so on; see
notebook 00.

To read how it works, begin with the core, in this order: `graph`, `operations`, `losses`,
`networks`, `training`. What most of them refuse, and in which words, stands in `checks`. The
folders around it: `derivation` writes a graph out, `derivation_check` reads what a student wrote,
`engines` runs what was written, `cluster` has other machines add up, `gradients` checks gradients
and names slips, `plots` draws.
Whatever is below does not know what is above: the order is in `tests/test_house.py`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from course_nn import datasets
from course_nn.evaluation import evaluate
from course_nn.graph import (
    SGD,
    Backward,
    Forward,
    Graph,
    Input,
    Labels,
    Node,
    Parameter,
)
from course_nn.history import History, StopTraining, TrainingDiverged
from course_nn.losses import cross_entropy, squared_error
from course_nn.networks import initial_weights, two_hidden_layer_network
from course_nn.operations import Operation, add, matmul, relu, sigmoid, softmax, tanh
from course_nn.show import apart, show
from course_nn.training import train_batch, train_minibatch, train_sgd

if TYPE_CHECKING:  # for editors and type checkers; when it runs, `__getattr__` below gets them
    from course_nn import more_operations, plots
    from course_nn.checkpoints import load_checkpoint, save_checkpoint
    from course_nn.cluster.shares import shares
    from course_nn.derivation.lines import derive
    from course_nn.derivation_check.check import check_derivation
    from course_nn.environment import check_environment
    from course_nn.expected_errors import expect_error
    from course_nn.gradients.check import check_gradients, finite_differences
    from course_nn.gradients.compare import compare_gradients
    from course_nn.plots.walkthrough import walk_through
    from course_nn.prediction import predict

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Backward",
    "Forward",
    "Graph",
    "History",
    "Input",
    "Labels",
    "Node",
    "Operation",
    "Parameter",
    "StopTraining",
    "TrainingDiverged",
    "add",
    "apart",
    "check_derivation",
    "check_environment",
    "check_gradients",
    "compare_gradients",
    "cross_entropy",
    "datasets",
    "derive",
    "evaluate",
    "expect_error",
    "finite_differences",
    "initial_weights",
    "load_checkpoint",
    "matmul",
    "more_operations",
    "plots",
    "predict",
    "relu",
    "save_checkpoint",
    "shares",
    "show",
    "sigmoid",
    "softmax",
    "squared_error",
    "tanh",
    "train_batch",
    "train_minibatch",
    "train_sgd",
    "two_hidden_layer_network",
    "walk_through",
]

# Where the rest is. It is imported when it is first asked for, so that no lesson waits for it.
_LATER = {
    "check_derivation": "derivation_check.check",
    "check_environment": "environment",
    "check_gradients": "gradients.check",
    "compare_gradients": "gradients.compare",
    "derive": "derivation.lines",
    "expect_error": "expected_errors",
    "finite_differences": "gradients.check",
    "load_checkpoint": "checkpoints",
    "more_operations": "more_operations",
    "plots": "plots",
    "predict": "prediction",
    "save_checkpoint": "checkpoints",
    "shares": "cluster.shares",
    "walk_through": "plots.walkthrough",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"course_nn.{_LATER[name]}")
    globals()[name] = found = getattr(module, name, module)  # next time it is simply there
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
