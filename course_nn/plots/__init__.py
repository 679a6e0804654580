"""Figures for the lessons, each with a sentence computed from its data that says what it shows."""

from course_nn.plots.curves import (
    loss_along_weight,
    loss_curves,
    spread_over_seeds,
    weight_paths,
    weight_trace,
)
from course_nn.plots.data import confusion_matrix, decision_boundary, digits
from course_nn.plots.descent import gradient_arrows, loss_over_two_weights, steps_along_weight
from course_nn.plots.functions import functions
from course_nn.plots.inside import layers, weight_images
from course_nn.plots.network import graph, units, way_back
from course_nn.plots.picture import COLOURS, DASHES, GRADIENT, MARKERS, VALUE, Picture
from course_nn.plots.pieces.move_one_weight import move_one_weight
from course_nn.plots.pieces.sgd_against_batch import sgd_against_batch

__all__ = [
    "COLOURS",
    "DASHES",
    "GRADIENT",
    "MARKERS",
    "VALUE",
    "Picture",
    "confusion_matrix",
    "decision_boundary",
    "digits",
    "functions",
    "gradient_arrows",
    "graph",
    "layers",
    "loss_along_weight",
    "loss_curves",
    "loss_over_two_weights",
    "move_one_weight",
    "sgd_against_batch",
    "spread_over_seeds",
    "steps_along_weight",
    "units",
    "way_back",
    "weight_images",
    "weight_paths",
    "weight_trace",
]
