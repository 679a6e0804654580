"""Which tasks each lesson asks at its start, and of which lesson each of them is."""

from __future__ import annotations

from typing import Any

from course_exercises.recall import error, formula, line, path, product, slip, slope, update
from course_exercises.recall.recall import Block
from course_exercises.recall.task import Family

__all__ = ["KNOWN", "block"]

# The lesson that asks: three families, each with the lesson of which it asks, one to three before.
ASKED: dict[str, tuple[tuple[Family, str], ...]] = {
    "01": ((product.index_sum, "00"), (slope.inner_derivative, "00"), (slip.shapes, "00")),
    "02": ((formula.layer, "01"), (product.two_layers, "01"), (slip.inner_derivative, "00")),
    "03": ((formula.difference, "02"), (error.squared_error, "02"), (slip.forward_lines, "01")),
    "04": ((line.last_weights, "03"), (path.three_paths, "03"), (slip.loss_lines, "02")),
    "05": ((line.back_through_weights, "04"), (path.delta, "04"), (slip.last_lines, "03")),
    "06": ((line.back_through_tanh, "04"), (path.count, "05"), (slip.all_lines, "04")),
    "07": (
        (line.start_of_classes, "06"),
        (path.weight_of_classes, "06"),
        (slip.lines_of_a_batch, "05"),
    ),
    "08": ((line.used_twice, "07"), (update.one_update, "07"), (slip.lines_of_classes, "06")),
    "09": ((formula.step, "07"), (update.sgd, "08"), (slip.graph, "07")),
    "10": ((line.last_weights_of_a_batch, "09"), (update.batch, "09"), (slip.epoch_of_sgd, "08")),
    "11": ((line.first_weights_of_a_batch, "09"), (update.how_many, "09"), (slip.comparison, "10")),
}
KNOWN = {
    f"{lesson}.r{number}": asked
    for lesson, families in ASKED.items()
    for number, asked in enumerate(families, start=1)
}


def block(lesson: str) -> list[Any]:
    """r1, r2, r3, due1, due2, due3 and again of a lesson, for its file of questions."""
    own = {idea: asked for idea, asked in KNOWN.items() if idea.startswith(f"{lesson}.")}
    made = Block(lesson, own, KNOWN)
    return [*made.asked, *made.due, made.again]
