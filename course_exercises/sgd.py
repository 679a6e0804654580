"""The questions of lesson 08: counting updates, an epoch of SGD, its order, a learning rate."""

from collections.abc import Callable

import numpy as np

from course_exercises import trials
from course_exercises.question import Question, choice, name_slip


def _updates(answer: int) -> str:
    slips = {
        "that is one epoch; there are 20.": 200,
        "20 would be one update per epoch. In SGD each example makes one.": 20,
        "an update after each example: multiply, do not add.": 220,
    }
    name_slip(answer, 4000, slips)
    return "200 examples, each once per epoch, 20 epochs."


def growing(trial: trials.Trial) -> None:
    """The slip of X[: i + 1]: each update from all examples up to this one."""
    for i in range(5):
        trial.step(slice(0, i + 1), trials.ETA)


q1 = Question(
    "Exercise 8.1",
    "updates",
    _updates,
    hints=["In SGD every example makes one update.", "200 updates in an epoch; 20 epochs."],
    solution="updates = 200 * 20",
)


def _epoch(answer: Callable[..., None]) -> str:
    after, online = trials.after, trials.online
    slips = {
        "there was one update at the end of the epoch; in SGD there is one after each example.": (
            after(trials.batch())
        ),
        "every gradient was taken at the first weights; run Forward and Backward anew for each "
        "example, after the update of the one before.": after(trials.from_the_same_weights),
        "only the last example made an update; SGD belongs inside the loop.": after(online([4])),
        "only the first example made an update.": after(online([0])),
        "the examples were taken in reverse order.": after(online(range(4, -1, -1))),
        "the last example was left out.": after(online(range(4))),
        "there were two passes; an epoch is one.": after(online([*range(5), *range(5)])),
        "X[: i + 1] is all examples up to this one; one example is X[i : i + 1].": after(growing),
        "the learning rate was fixed, and not used as it was given.": after(online(range(5), 0.2)),
        "the learning rate is missing.": after(online(range(5), 1.0)),
    }
    right = after(online(range(5)))
    return trials.judge(answer, right, slips, "Five examples, five updates, in their order.")


q2 = Question(
    "Exercise 8.2",
    "sgd_epoch",
    _epoch,
    hints=[
        "for i in range(len(X)): ... One example is X[i : i + 1] and Y[i : i + 1].",
        "In the loop: net.Forward(x=..., y=...), net.Backward(loss), net.SGD(learning_rate).",
    ],
    solution="""
def sgd_epoch(net, loss, X, Y, learning_rate):
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
""",
)


q3 = Question(
    "Exercise 8.3",
    "best_advice",
    choice(
        "b",
        "Each step jumps over the valley and lands higher up on the other side.",
        {
            "a": "a higher rate overshoots even more.",
            "c": "more epochs at this learning rate only go on overshooting.",
        },
    ),
    hints=[
        "Look at the linear network in section 6: what did its loss do at η = 1?",
        "What did its loss do at η = 0.01?",
    ],
    solution='best_advice = "b"',
)

q4 = Question(
    "Exercise 8.4",
    "which_weights",
    choice(
        "c",
        "Each example starts from the weights that the last one left.",
        {
            "a": "then all examples of an epoch would meet the same weights, as in section 2's "
            "frequent mistake.",
            "b": "example 2 has made its update before example 3 comes.",
            "d": "nothing is averaged in SGD; each example makes its own update.",
        },
    ),
    hints=[
        "How many updates have been made when example 3 goes forward?",
        "The rule of SGD: example 1 meets the weights after 0 updates, example 2 those after 1.",
    ],
    solution='which_weights = "c"',
)

ORDER = np.array([3, 0, 4, 1, 2])


def _in_order(answer: Callable[..., None]) -> str:
    after, online = trials.after, trials.online

    def mixed(x_rows: object, y_rows: object) -> trials.Weights:
        """x and y taken in different orders."""

        def steps(trial: trials.Trial) -> None:
            for i, j in zip(x_rows, y_rows, strict=True):
                trial.step([i], trials.ETA, [j])

        return after(steps)

    in_order, places = range(5), np.argsort(ORDER)
    slips = {
        "the order was not used; the examples came in their own order.": after(online(in_order)),
        "only x was taken in the new order: each example met another one's answer.": mixed(
            ORDER, in_order
        ),
        "only y was taken in the new order: each example met another one's answer.": mixed(
            in_order, ORDER
        ),
        "the order says which example comes first, second, …; here it was read as the place to "
        "which each example goes.": after(online(places)),
        "the order was turned round.": after(online(ORDER[::-1])),
        "there was one update at the end; in SGD there is one after each example.": after(
            trials.batch()
        ),
        "every gradient was taken at the first weights.": after(trials.from_the_same_weights),
    }
    praise = "x and y stay together, and each example makes its update."
    right = after(online(ORDER))
    return trials.judge(answer, right, slips, praise, ORDER.copy())


q5 = Question(
    "Exercise 8.5",
    "sgd_epoch_in_order",
    _in_order,
    hints=[
        "for i in order: ... then X[i : i + 1] is the example whose turn it is.",
        "Take the same i for X and for Y.",
    ],
    solution="""
def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):
    for i in order:
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
""",
)
