"""Figures for the lessons, each with a sentence computed from its data that says what it shows."""

from course_nn.plots.picture import (
    COLOURS,
    DASHES,
    GRADIENT,
    MARKERS,
    VALUE,
    Picture,
    confusion_matrix,
    decision_boundary,
    digits,
    graph,
    loss_along_weight,
    loss_curves,
    spread_over_seeds,
    units,
    weight_paths,
    weight_trace,
)

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
    "graph",
    "loss_along_weight",
    "loss_curves",
    "spread_over_seeds",
    "units",
    "weight_paths",
    "weight_trace",
]
