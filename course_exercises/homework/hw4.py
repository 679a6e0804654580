"""The questions of homework 4: trainers. What they do to the numbers, which line of one is wrong,
and trainers that no lesson has.

    from course_exercises.homework import hw4 as questions

    questions.q1.check(globals())
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import course_nn as nn
from course_exercises.homework import (
    hw4_counterexamples,
    hw4_digits,
    hw4_pieces,
    hw4_traces,
    hw4_trainers,
    hw4_weighted,
)
from course_exercises.homework.keys import by_key
from course_exercises.homework.tasks import VISIBLE_SEED, TaskQuestion
from course_exercises.question import Wrong

__all__ = [
    *("q1", "q2", "q3", "q4", "q5", "q6"),
    *("show_logs", "show_order", "show_traces", "show_trainer"),
]

# For right values they are kept elsewhere; a check takes them away from course_nn while it runs.
NOT_THERE = ("train_sgd", "train_minibatch", "train_batch", "evaluate")


@by_key
def show_traces(key: str) -> None:
    """Print the numbers of question 1 that belong to a key."""
    hw4_traces.show_traces(key)


@by_key
def show_logs(key: str) -> None:
    """Print the logs of question 1 that belong to a key."""
    hw4_traces.show_logs(key)


@by_key
def show_trainer(key: str) -> None:
    """Print the trainer of question 2 that belongs to a key."""
    hw4_trainers.show_trainer(key)


@by_key
def show_order(key: str) -> None:
    """Print what question 3 asks for."""
    hw4_counterexamples.show_order(key)


@contextmanager
def without_the_trainers() -> Iterator[None]:
    """Meanwhile the trainers of `course_nn` say that they are to be written."""

    def refuse(name: str, *arguments: Any, **options: Any) -> None:
        raise RuntimeError(
            f"nn.{name} is what you write here; while answers are checked and graded, it is not "
            "there. Use your own functions."
        )

    kept = {name: getattr(nn, name) for name in NOT_THERE}
    for name in NOT_THERE:
        setattr(nn, name, partial(refuse, name))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(nn, name, function)


class TrainerQuestion(TaskQuestion):
    """A question that is tried without the trainers of `course_nn`, as in grading.

    Args:
        tools: names of a cell of question 2 that the tasks need.
    """

    def __init__(self, *arguments: Any, tools: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.tools = tools

    def _try(self, answer: Any, seed: int) -> str:
        names = self.names(answer)
        lacking = [tool for tool in self.tools if tool not in names]
        if lacking:
            raise Wrong(
                f"there is no {lacking[0]}. Run the cell of question 2 in which `with_line` is "
                "defined, and this one again."
            )
        with without_the_trainers():
            return super()._try(answer, seed)


class DigitsQuestion(TrainerQuestion):
    """A question whose check is judged by validation digits; what is held out is for grading."""

    def _try(self, answer: Any, seed: int) -> str:
        if seed == VISIBLE_SEED:
            return CHECK_OF_DIGITS._try(answer, seed)
        return super()._try(answer, seed)


# Of the cell with which a line is put into its trainer, and what goes through a graph is noted.
TOOLS = ("with_line", "Watched")

q1 = TrainerQuestion(
    "Question 1",
    ("my_traces", "my_logs"),
    hw4_traces.TASKS,
    praise="You know at which weight each gradient is taken, and how the steps are made of them.",
    hints=[
        "The gradient of one example is (x w − y) x, at the weight where it is taken.",
        "Write down for each example: at which w, the gradient there, and when it makes a step.",
        "For a log, begin with the trainers that make one step: their gradients are all at the "
        "first weight. Then take those that make two steps.",
    ],
)

q2 = TrainerQuestion(
    "Question 2",
    ("my_effect", "my_line"),
    hw4_trainers.TASKS,
    praise="The trainer does what the sentence above it says.",
    hints=[
        "Play the computer with three examples and size = 2, and write down what each name holds "
        "after each line, up to the end of the second batch.",
        "Go through the sentence formula by formula, and find the line of each. Which rows does "
        "it speak of, which weights, and divided by how many?",
        "Your line takes the place of one line and says all that is needed; no other line changes.",
    ],
    tools=TOOLS,
)

q3 = TrainerQuestion(
    "Question 3",
    ("counterexample", "where_it_holds"),
    hw4_counterexamples.TASKS,
    praise="Now you can say when the claim fails, by how much, and when it holds.",
    hints=[
        "Write both ends as formulas: g₁ is the same in both, and g₂ is taken at another weight.",
        "By how much does g₂ change if w changes by −η g₁? Only this makes the difference.",
        "The claim holds if the first step changes nothing of x₂ · w. With two weights, which "
        "steps do that?",
    ],
)

q4 = TrainerQuestion(
    "Question 4",
    "update_from_pieces",
    {
        "pieces that hold all rows": hw4_pieces.unequal,
        "rows that are in no piece": hw4_pieces.left_out,
        "what goes through the network": hw4_pieces.watched,
    },
    praise="All gradients belong to the same weights, each example weighs the same, one update.",
    hints=[
        "W.grad of a piece is the average over the piece. What is the sum over the piece?",
        "By how many examples is the sum of all pieces divided? Not every row is in a piece.",
        "Update all parameters behind the loop; W.value = W.value − … makes new arrays.",
    ],
    tools=TOOLS,
)

q5 = TrainerQuestion(
    "Question 5",
    "train_weighted_epoch",
    {"one batch": hw4_weighted.one_batch, "an epoch with a ragged end": hw4_weighted.epoch},
    praise="Each gradient counts as often as its example does, and each batch has its own mean.",
    hints=[
        "Backward averages over the rows, and in an average the counts are lost. Where can you "
        "still have the gradient of one example alone?",
        "One way: send the examples of a batch through the network one at a time, at weights that "
        "stay. Another: W.per_example_grad().",
        "Counts of 2 and 1 are as if the first example stood in the batch twice: divide by 3.",
    ],
)

PRAISE_OF_DIGITS = (
    "Both networks read at least nine of ten, and the accuracy that you return is that of your "
    "weights."
)
CHECK_OF_DIGITS = TrainerQuestion(
    "Question 6",
    "train_on_digits",
    {"the validation digits that are passed in": hw4_digits.validation_read},
    praise=PRAISE_OF_DIGITS,
)
q6 = DigitsQuestion(
    "Question 6",
    "train_on_digits",
    {"digits that were held out": hw4_digits.digits_read},
    praise=PRAISE_OF_DIGITS,
    hints=[
        "For each learning rate: back to the first weights, train, measure on the validation "
        "digits. Keep the weights of the best; arrays of weights are never changed in place.",
        "The pixels may be a hundred times smaller than you are used to. Then the gradient of W1 "
        "is so, too: try learning rates that are far apart, each several times the last.",
        "A few epochs tell which rate is best; train on with this one.",
    ],
)
