"""The questions of lesson 10: scatter, a fair comparison, a closing network, a piece to move."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

import course_nn as nn
import course_nn.more_operations as more
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import Prediction
from course_exercises.question import Question, Wrong, choice, name_slip
from course_exercises.recall.blocks import block

METHODS = {"online": (1, 0.05, 12), "mini-batch": (10, 0.5, 16), "batch": (200, 0.5, 130)}
GOAL = 0.1  # of the mean training loss of five runs


def _run(seed: int, B: int, rate: float, epochs: int) -> nn.History:
    """A run of the lesson, judged by the training data at the end of each epoch."""
    moons = nn.datasets.two_moons(200, noise=0.1, seed=0)
    model = nn.two_hidden_layer_network(
        2, 8, 8, 2, activation="tanh", loss="cross_entropy", seed=seed
    )
    return nn.train_minibatch(
        model.loss,
        moons,
        batch_size=B,
        learning_rate=rate,
        epochs=epochs,
        seed=seed,
        validation=moons,
        engine="numpy",
    )


def _running_above_the_end(rate: float) -> np.ndarray:
    """How far the running loss of online learning is above that at the end, in five epochs."""
    run = _run(0, 1, rate, 5)
    return run.epoch_losses - run.validation_losses


def _larger_in_each(above: np.ndarray) -> str:
    return "yes" if (np.asarray(above) > 0).all() else "no"


def _epochs_needed() -> np.ndarray:
    """By each method, until the mean loss of five runs is at the goal or below."""
    needed = []
    for B, rate, epochs in METHODS.values():
        means = np.mean([_run(seed, B, rate, epochs).validation_losses for seed in range(5)], 0)
        needed.append(1 + int(np.argmax(means <= GOAL)))
    return np.array(needed)


def _updates_needed() -> np.ndarray:
    return _epochs_needed() * [200 // B for B, _, _ in METHODS.values()]


def _least(counts: np.ndarray) -> str:
    return list(METHODS)[int(np.argmin(counts))]


p1 = Prediction(
    "Prediction 10.1",
    choices=("yes", "no"),
    came=lambda: _running_above_the_end(0.05),
    reads=_larger_in_each,
    where="Subtract the second row of online learning from its first.",
    why="Training lowers the loss, so what was measured on the way should be higher than what is "
    "measured at the end. But in online learning the last few updates decide where the network "
    "stands at the end, and they may have made it worse.",
    again=Prediction(
        "Prediction 10.1, second case",
        asks="Online learning once more, with a fifth of η: is the running loss the larger one in "
        "each of the five epochs now? Take `slow = five_epochs(1, 0.01)`; what came is "
        "`slow.epoch_losses - slow.validation_losses`.",
        choices=("yes", "no"),
        came=lambda: _running_above_the_end(0.01),
        reads=_larger_in_each,
        where="Subtract what was measured at the end of each epoch from the running loss.",
        why="After the first case one may doubt it here, too. But with short steps the last few "
        "updates change little: here each epoch ends better than it was on the way.",
    ),
)

p2 = Prediction(
    "Prediction 10.2",
    choices=tuple(METHODS),
    came=_updates_needed,
    reads=_least,
    where="They are the updates of the three methods, in the order of the lines.",
    why="Online learning was far ahead in the picture above, so it seems the best in every count. "
    "But it makes 200 updates in an epoch, and each has looked at one example only.",
    again=Prediction(
        "Prediction 10.2, second case",
        asks="And which needs the fewest gradients of an example? See `200 * epochs_needed`.",
        choices=tuple(METHODS),
        came=lambda: 200 * _epochs_needed(),
        reads=_least,
        where="They are the gradients of the three methods, in the order of the lines.",
        why="An update of batch learning looks at 200 examples: few updates are much work.",
    ),
)


def _updates_before(answer: tuple[int, int, int]) -> str:
    slips = {
        "the seventh example itself does not count yet: its gradient is taken before its update.": (
            7,
            2,
            1,
        ),
        "the last two are right. The seventh example makes its update after its gradient.": (
            7,
            1,
            0,
        ),
        "the number for SGD is right. With B = 4 the first four examples made one update; the "
        "seventh is in the next batch, which has made none yet.": (6, 2, 0),
        "the first and the last are right. With B = 4 the first four examples have made an "
        "update.": (6, 0, 0),
        "an update is made or not: of six examples four have made one, two have not yet.": (
            6,
            6 / 4,
            0,
        ),
        "those are shares of an update. An update is made or not.": (6, 6 / 4, 6 / 10),
        "in batch learning the first update comes after the tenth example.": (6, 1, 1),
        "the number for SGD is right. In the other two the batch of the seventh example has not "
        "made its update yet.": (6, 2, 1),
        "that is one update for each method; how many have been made?": (1, 1, 1),
        "the last two are right. In SGD each of the six examples before made an update.": (
            1,
            1,
            0,
        ),
        "the last two are exchanged: in batch learning no update has been made yet.": (6, 0, 1),
        "with B = 4 there is one update for four examples, not one for each.": (6, 6, 0),
        "that is SGD three times; in the others an update comes only after a batch.": (6, 6, 6),
        "the other way round: first SGD, then mini-batches, then batch learning.": (0, 1, 6),
        "that is how many examples were processed before in the same batch.": (0, 2, 6),
        "those are the updates of the whole epoch.": (10, 3, 1),
        "the last one is right. The seventh example makes its update after its gradient, and so "
        "does its batch.": (7, 2, 0),
        "the first two are right. 10 is the number of examples; how many updates come before the "
        "end?": (6, 1, 10),
        "those are shares of an update, and the seventh example counts only after its gradient.": (
            7,
            7 / 4,
            7 / 10,
        ),
        "an update is made or not, and the seventh example counts only after its gradient.": (
            7,
            7 / 4,
            0,
        ),
        "the first two are right. A share of an update there is not.": (6, 1, 0.7),
        "the first and the last are right. B = 4 is the number of examples in a batch, and not "
        "that of the updates.": (6, 4, 0),
        "the first and the last are right. 3 is the number of updates in the whole epoch.": (
            6,
            3,
            0,
        ),
        "the last two are right. Before the seventh example come six others.": (5, 1, 0),
        "the first two are right. In batch learning an example makes no update of its own.": (
            6,
            1,
            6,
        ),
        "nothing has been updated only in batch learning.": (0, 0, 0),
    }
    name_slip(answer, (6, 1, 0), slips)
    return "Each gradient belongs to the weights that the last update left, not the last example."


earlier_q1 = Question(
    "Exercise 10.1",
    "updates_before",
    _updates_before,
    hints=[
        "Which examples come before the seventh, and after which of them do the weights change?",
        "With B = 4 the first batch has four examples, the second four, and the last two.",
    ],
    solution="updates_before = (6, 1, 0)",
)


def _scatter(answer: tuple[float, float]) -> str:
    slips = {
        "divided by 16; it is divided by the root of 16. The number of examples is right.": (
            0.05,
            64,
        ),
        "divided by B instead of its root, twice.": (0.05, 8),
        "the first is right. For an eighth of the scatter, 8 examples are not enough.": (0.2, 8),
        "the first is right. 16 was for a quarter of the scatter; an eighth needs more than twice "
        "as many.": (0.2, 32),
        "multiplied by the root; an average is steadier, not rougher.": (3.2, 64),
        "the average has less scatter than one example.": (0.8, 64),
        "first the scatter, then the number of examples.": (64, 0.2),
        "that is the scatter for four examples. The number of examples is right.": (0.4, 64),
        "the first is right. 0.8 / √B = 0.1 gives √B = 8, and B is its square.": (0.2, 2 * 2**0.5),
        "the first is right. 0.8² / 0.1: the 0.1 has to be squared, too.": (0.2, 6.4),
        "the first is right. From 0.2 to 0.1 it takes 4 times as many, and 16 are there already.": (
            0.2,
            4,
        ),
        "the first is right. 16 examples have 0.2; half of that takes more.": (0.2, 16),
        "the first is right. 0.1 is half of 0.2, and half the scatter takes 4 times as many "
        "examples, not 8 times.": (0.2, 128),
        "multiplied by 16; an average is steadier. The number of examples is right.": (12.8, 64),
        "that is the mean squared distance; the scatter is its root.": (0.04, 64),
        "the root was taken of 0.8 too: it is 0.8 / √16.": ((0.8 / 16) ** 0.5, 64),
        "divided by the root of 15; here it is the root of B itself.": (0.8 / 15**0.5, 64),
        "the first is right. 64 examples have 0.1; how many more than 16 is not asked.": (0.2, 48),
        "the first is right. 0.8 / 0.01 is one step too few: the 0.8 has to be squared, too.": (
            0.2,
            80,
        ),
    }
    name_slip(answer, (0.2, 64), slips)
    return "Four times the examples, half the scatter: 0.8, 0.4, 0.2, 0.1 for 1, 4, 16, 64."


earlier_q2 = Question(
    "Exercise 10.1",
    "scatter_and_examples",
    _scatter,
    hints=[
        "With replacement: the scatter of one example, divided by the root of B.",
        "For the second number solve 0.8 / √B = 0.1.",
    ],
    solution="scatter_and_examples = (0.8 / 4, 8**2)",
)

q1 = Question(
    "Exercise 10.1",
    "fair",
    choice(
        "c",
        "Its own η for each, fixed weights, several seeds, and it says what was counted.",
        {
            "a": "one η for both suits one of them better. Each needs its own.",
            "b": "these losses are measured at moving weights: online the mean over many networks, "
            "in batch learning one epoch late.",
            "d": "what is chosen by the test data looks too good on them; and the best of ten "
            "seeds shows luck, above all that of the method that scatters most.",
        },
    ),
    hints=[
        "Go through them and ask: who chose η, and by which data? At which weights was the loss "
        "measured? How many runs?",
        "The sections on fixed weights and on learning rates each rule one out at once.",
    ],
    solution='fair = "c"',
)


# --- the piece that moves: its truths are computed by the trainers -------------------------------

EPOCHS = 60
SETTINGS = {  # of m1 and m3: B, η, label noise, epochs
    "a": (1, 0.1, 0.0, EPOCHS),
    "b": (1, 0.1, 0.5, EPOCHS),
    "c": (10, 0.5, 0.0, EPOCHS),
    "d": (10, 0.5, 0.5, EPOCHS),
}
LOOP = (1, 0.1, 1.0, EPOCHS)
CHANGES = {
    "a": (1, 0.05, 1.0, EPOCHS),
    "b": (2, 0.1, 1.0, EPOCHS),
    "c": (2, 0.2, 1.0, EPOCHS),
    "d": (1, 0.1, 1.0, 2 * EPOCHS),
    "e": (1, 0.1, 0.5, EPOCHS),
}
AT_REST = 0.00005  # the piece shows 0.0000


@cache
def _piece() -> Any:
    return nn.plots.sgd_against_batch()


@cache
def _apart(B: int, eta: float, noise: float, epochs: int) -> float:
    """The largest distance between two places in the last epoch, its start included."""
    data = _piece().examples(noise)
    history = nn.train_minibatch(
        _piece().network(),
        data,
        batch_size=B,
        learning_rate=eta,
        epochs=epochs,
        shuffle=False,
        snapshots="updates",
    )
    updates = -(-len(data["x"]) // B)
    places = np.array([weights["W"][:, 0] for weights in history.snapshots[-1 - updates :]])
    return float(np.linalg.norm(places[:, None] - places, axis=2).max())


@cache
def _largest_rate(B: int) -> float:
    """In steps of 0.1: the last η before the first one with which the mean loss has risen."""
    data = _piece().examples(0.0)
    start = nn.evaluate(_piece().network(), data).loss
    steps = 1
    while True:
        loss = _piece().network()
        try:
            nn.train_minibatch(
                loss,
                data,
                batch_size=B,
                learning_rate=steps / 10,
                epochs=EPOCHS,
                shuffle=False,
            )
        except nn.TrainingDiverged:
            break
        if nn.evaluate(loss, data).loss > start:
            break
        steps += 1
    return (steps - 1) / 10


def _letters(answer: Any, of: Iterable[str]) -> set[str]:
    """Those of "acd", "a, c, d", ["a", "c", "d"]. Raises `Wrong` if there are other ones."""
    parts = answer if isinstance(answer, (list, tuple, set, frozenset)) else [answer]
    if not all(isinstance(part, str) for part in parts):
        raise Wrong('letters in quotes are wanted, such as "ab".')
    text = re.sub(r"\band\b", "", " ".join(parts).lower())
    found = set(text) - set(" ,.;()'\"")
    if others := found - set(of):
        raise Wrong(f"{', '.join(sorted(others))} is none of the letters {', '.join(of)}.")
    return found


def _judge_letters(answer: Any, right: set[str], look: Mapping[str, str]) -> None:
    """Raise `Wrong` with where to look, for the first letter that is missing or too much."""
    given = _letters(answer, look)
    for letter in sorted(given ^ right):
        place = "is not in your answer" if letter in right else "is in your answer"
        raise Wrong(f"look at {letter} again, which {place}: {look[letter]}")


def _rests(answer: Any) -> str:
    widths = {letter: _apart(*setting) for letter, setting in SETTINGS.items()}
    _judge_letters(
        answer,
        {letter for letter, width in widths.items() if width < AT_REST},
        {
            "a": "with no noise one W fits all ten examples. How large is the gradient of each "
            "example there?",
            "b": "at the end of each epoch SGD is back at the same place, so that its loss stands "
            "still. But how far apart are its places within the last epoch? The enlarged map "
            "shows them.",
            "c": "how far did its only update of the last epoch go?",
            "d": "its mean loss cannot become 0, but the average gradient can. How far did its "
            "last update go?",
        },
    )
    return (
        "With no noise one W fits all examples, and there each gradient is 0: SGD comes to rest, "
        "too. With noise no W does. At the lowest point the average gradient is 0, and batch "
        "learning rests; those of the examples are not, and with its fixed η SGD goes round the "
        f"same loop in each epoch, {widths['b']:.4f} wide."
    )


m1 = Question(
    "SGD against batch, task 1",
    "at_rest",
    _rests,
    hints=[
        "Press “20 epochs” three times, and read the last line of the table. At rest it shows "
        "0.0000.",
        "The label noise is 0 at the left end of its slider; batch learning runs beside SGD, so "
        "two runs answer all four.",
    ],
    solution='at_rest = "acd"',
)


def _stands(answer: Any) -> str:
    right = sgd, batch = _largest_rate(1), _largest_rate(10)
    x = _piece().examples(0.0)["x"]
    border = float(2 / np.linalg.eigvalsh(x.T @ x / len(x))[-1])
    slips = {
        "the other way round: first SGD, then batch learning.": (batch, sgd),
        "with these the mean loss rises already; the step before is wanted, for both.": (
            sgd + 0.1,
            batch + 0.1,
        ),
        "the second is right. With the first the mean loss rises already.": (sgd + 0.1, batch),
        "the first is right. With the second the mean loss rises already.": (sgd, batch + 0.1),
        "the first is right. Batch learning can take a larger one: go on with η of batch learning "
        "alone.": (sgd, sgd),
        "the second is right. SGD cannot take the same: look when its loss rises.": (
            batch,
            batch,
        ),
        "the first is right. “k times as large a batch, k times η” is for a first try and small "
        "η; here it goes far too far. Try it.": (sgd, 10 * sgd),
        "the second is right. A tenth of the η of batch learning is more careful than SGD has to "
        "be.": (batch / 10, batch),
        "the first is right. That is where the border of batch learning lies; the last step of "
        "0.1 before it is asked for.": (sgd, border),
        "those are the values at which the piece begins. How far can you go?": (0.1, 0.5),
    }
    name_slip(answer, right, slips)
    return (
        f"SGD can take η = {sgd}, batch learning {batch}: the average of ten examples is "
        "steadier and can carry a longer step. But not one ten times as long: even the exact "
        "gradient is only true nearby. Noise leaves these borders where they are, but with label "
        f"noise 0.5 the loop of SGD is {_apart(1, sgd, 0.5, EPOCHS):.1f} wide at this η."
    )


m2 = Question(
    "SGD against batch, task 2",
    "largest",
    _stands,
    hints=[
        "Raise η by 0.1, press “start again”, then “20 epochs” three times. The words say when "
        "the mean loss has risen.",
        "Both runs have an η of their own, so one run tests two values. SGD cannot take 1, "
        "batch learning can.",
    ],
    solution="largest = (0.7, 1.2)",
)


def _half_as_wide(answer: Any) -> str:
    width = _apart(*LOOP)
    shares = {letter: _apart(*change) / width for letter, change in CHANGES.items()}
    _judge_letters(
        answer,
        {letter for letter, share in shares.items() if 0.4 < share < 0.6},
        {
            "a": "how long is each step with half of η? Press “start again” after the change.",
            "b": "in a batch of two each gradient counts half. Compare the widths.",
            "c": "B and η are both doubled. How far does one example pull the weights then, "
            "compared with before?",
            "d": "compare the width after 60 epochs with that after 120. Does the loop wait for "
            "you?",
            "e": "how long are the gradients at the lowest point with half of the noise? Compare "
            "the widths.",
        },
    )
    return (
        f"The loop was {width:.4f} wide. Half of η gives {shares['a']:.2f} of it, B = 2 "
        f"{shares['b']:.2f}, half of the noise {shares['e']:.2f}: each halves the pull of one "
        f"example. With B and η both doubled ({shares['c']:.2f}) the pull is the old one; and "
        f"waiting changes nothing ({shares['d']:.2f})."
    )


m3 = Question(
    "SGD against batch, task 3",
    "half_as_wide",
    _half_as_wide,
    hints=[
        "First write down the width with the settings of the task: the last line of the table, "
        "after “20 epochs” three times.",
        "Three of the five make it about half as wide. By how much does one example pull the "
        "weights in each of them?",
    ],
    solution='half_as_wide = "abe"',
)


def _gated() -> nn.Node:
    """The loss of exercise 10.2; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        a = nn.matmul(x, nn.Parameter("A", np.ones((3, 2))), name="a")
        r = more.multiply(a, nn.sigmoid(a, name="s"), name="r")
        return nn.squared_error(r, t, name="loss")


q2 = Derivation(
    "Exercise 10.2",
    "my_lines",
    derivation(
        _gated,
        "Every line holds, on batches of several sizes. What is used twice has added up two paths.",
        written_out=True,
        feedback="count",
    ),
    hints=[
        "Start at the loss: r.grad. In r = a ⊙ s each factor receives r.grad times the other one.",
        "a is used twice: in r itself, and in s. Add both paths.",
    ],
    solution='''
my_lines = """
r.grad = r − t
s.grad = r.grad ⊙ a
a.grad = r.grad ⊙ s + s.grad ⊙ s ⊙ (1 − s)
A.grad = x.T @ a.grad / B
"""
''',
)


# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("10")
