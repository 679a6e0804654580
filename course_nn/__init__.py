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
  `train_minibatch`, `train_batch`, which return a `History` or raise `TrainingDiverged`; judge it
  with `evaluate`;
* check a gradient: `check_gradients` by finite differences, `compare_gradients` against one of
  one's own, naming the slip; `finite_differences` of any function of an array;
* see whether everything is installed: `check_environment`;
* have the graph written out, as text, as equations and as plain NumPy: `derive`; and train with
  code that it writes itself: `engine="numpy"` or `engine="numba"` of the trainers;
* have a derivation of one's own read and judged line by line: `check_derivation`;
* step through Forward and Backward, one node at a time: `walk_through(loss)`;
* keep a run: `save_checkpoint`, `load_checkpoint`;
* get data: `datasets.digits`, `datasets.xor`, `datasets.two_moons`, `datasets.spirals`;
* draw: `plots.graph`, `plots.units`, `plots.loss_curves`, `plots.loss_along_weight`,
  `plots.decision_boundary`, `plots.confusion_matrix`, `plots.digits`, and more, each with a
  sentence that says what it shows;
* print an array with its name and shape: `show`;
* answer the questions of the lessons: `from course_exercises import forward_pass`.

The notation is that of the lessons: rows are examples, z1 = x W1, h1 = f(z1), and so on; see
notebook 00.

To read how it works, begin with the core, in this order: `graph`, `operations`, `losses`,
`networks`, `training`. What most of them refuse, and in which words, stands in `checks`. The
folders around it: `derivation` writes a graph out, `derivation_check` reads what a student wrote,
`engines` runs what was written, `gradients` checks gradients and names slips, `plots` draws.
Whatever is below does not know what is above: the order is in `tests/test_house.py`.
"""

from course_nn import datasets, more_operations, plots
from course_nn.checkpoints import load_checkpoint, save_checkpoint
from course_nn.derivation.lines import derive
from course_nn.derivation_check.check import check_derivation
from course_nn.environment import check_environment
from course_nn.evaluation import evaluate
from course_nn.gradients.check import check_gradients, finite_differences
from course_nn.gradients.compare import compare_gradients
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
from course_nn.history import History, TrainingDiverged
from course_nn.losses import cross_entropy, squared_error
from course_nn.networks import initial_weights, two_hidden_layer_network
from course_nn.operations import Operation, add, matmul, relu, sigmoid, softmax, tanh
from course_nn.plots.walkthrough import walk_through
from course_nn.show import show
from course_nn.training import train_batch, train_minibatch, train_sgd

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
    "TrainingDiverged",
    "add",
    "check_derivation",
    "check_environment",
    "check_gradients",
    "compare_gradients",
    "cross_entropy",
    "datasets",
    "derive",
    "evaluate",
    "finite_differences",
    "initial_weights",
    "load_checkpoint",
    "matmul",
    "more_operations",
    "plots",
    "relu",
    "save_checkpoint",
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
