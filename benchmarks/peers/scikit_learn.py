"""scikit-learn's MLPClassifier, set up as alike as it can be: plain SGD, no decay, no stopping.

It learns a bias in each layer and draws its own first weights, so its weights are not compared.
"""

from __future__ import annotations

import warnings

from benchmarks.task import Array, Task


class Classifier:
    def __init__(self, task: Task) -> None:
        from sklearn.neural_network import MLPClassifier

        self.make, self.task = MLPClassifier, task

    def reset(self) -> None:
        self.model = self.make(
            hidden_layer_sizes=self.task.widths[1:3],
            activation="logistic",
            solver="sgd",
            alpha=0.0,
            batch_size=self.task.batch,
            learning_rate_init=self.task.rate,
            momentum=0.0,
            shuffle=False,
            tol=0.0,
            random_state=0,
        )

    def run(self, epochs: int) -> None:
        self.model.set_params(max_iter=epochs, n_iter_no_change=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged after so many epochs
            self.model.fit(self.task.x, self.task.y)

    def weights(self) -> list[Array]:
        return self.model.coefs_
