"""One piece of each kind: what holds for every piece is tried on these."""

from random_chains import lesson_network

import course_nn as nn


def move_one_weight():
    loss, data, (*_, W3) = lesson_network()
    return nn.plots.move_one_weight(loss, data, W3, (1, 0), reach=(1, 7))


def move_one_weight_of_several_examples():
    loss, _, (W1, *_) = lesson_network()
    data = {"x": [[0.5, -1.0], [1.0, 1.0], [-2.0, 0.5]], "y": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]}
    return nn.plots.move_one_weight(loss, data, W1, (1, 2), title='A <b> & "more"')


PIECES = [
    move_one_weight,
    move_one_weight_of_several_examples,
    nn.plots.sgd_against_batch,
]
