"""The course's module: its trainer with each engine, and the three functions in a loop."""

from __future__ import annotations

import course_nn as nn
from benchmarks.task import Array, Task


class Course:
    """The network of a task."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.model = nn.two_hidden_layer_network(*task.widths)

    def reset(self) -> None:
        for parameter, value in zip(self.model.graph.parameters, self.task.weights, strict=True):
            parameter.value = value

    def weights(self) -> list[Array]:
        return [parameter.value for parameter in self.model.graph.parameters]


class ThreeFunctions(Course):
    """Forward, Backward and SGD, called for each batch."""

    def run(self, epochs: int) -> None:
        model, graph, rate = self.model, self.model.graph, self.task.rate
        data = graph.checked_inputs({"x": self.task.x, "y": self.task.y})
        for _ in range(epochs):
            for rows in self.task.batches:
                graph.put(data, rows)
                graph.Forward()
                graph.Backward(model.loss)
                graph.SGD(rate)


class Trainer(Course):
    """`train_minibatch` with an engine; B = 1 and B = N are `train_sgd` and `train_batch`."""

    engine = "graph"

    def run(self, epochs: int) -> None:
        nn.train_minibatch(
            self.model.loss,
            {"x": self.task.x, "y": self.task.y},
            batch_size=self.task.batch,
            learning_rate=self.task.rate,
            epochs=epochs,
            shuffle=False,
            progress=False,
            engine=self.engine,
        )


class GraphEngine(Trainer):
    engine = "graph"


class NumpyEngine(Trainer):
    engine = "numpy"


class NumbaEngine(Trainer):
    engine = "numba"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        import numba  # if it is missing, the table says so

        numba.njit(lambda: 0)()  # it loads most of itself only when it compiles something
