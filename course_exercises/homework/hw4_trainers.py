"""Homework 4, trainers with one wrong line: what it does to the numbers, and another line for it.

Which trainer a student has, and the letters in it, belong to the key. The right values come from
the trainers of `course_nn`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref
from course_exercises.homework.hw4_trial import NAMES, Report, Trial, weights_are, weights_of
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Explained,
    ExplainedLine,
    Satisfies,
    Task,
    Verdict,
    Wanted,
    judge,
    not_right,
    told,
)
from course_exercises.question import Slip, same
from course_nn.show import wrapped

__all__ = [
    "AS_IT_OUGHT_TO",
    "NOT_MENDED",
    "OTHER_FORWARDS",
    "OTHER_WORDS",
    "RETURNS_ELSE",
    "TRAINERS",
    "WEIGHTS_ELSE",
    "Trainer",
    "effect",
    "lines_of",
    "mended",
    "trainer_of",
]

# A check takes them away from course_nn while it runs.
train_minibatch, train_batch, evaluate = nn.train_minibatch, nn.train_batch, nn.evaluate

AS_IT_OUGHT_TO = Slip(
    "that is where the trainer would end if all of its lines were right. Do what stands there, "
    "line by line."
)
NOT_MENDED = Slip("with this line in its place the trainer does what it did before.")
RETURNS_ELSE = Slip("the weights are right now, but what is returned is not.")
WEIGHTS_ELSE = Slip("what is returned is right, but the weights are not.")
OTHER_FORWARDS = Slip("more examples than `size` went through the network together.")
OTHER_WORDS = Slip(
    "in your line may stand the names of the trainer and new ones that get a value in it, np with "
    "its functions of arrays, and len, min, max, range, sum, zip, enumerate, list, float, int and "
    "the like; a `return` only where one stood. Another function in its place mends no line."
)

DECIMALS = 1e-4  # of the largest number: four decimals are asked for

Right = Callable[[Any, np.ndarray, np.ndarray, float, int, np.random.Generator], float]


@dataclass(frozen=True)
class Trainer:
    """A trainer with one wrong line.

    Args:
        promise: what it is meant to do.
        code: its lines, one of them wrong.
        right: does it rightly, with a model, X, Y, rate, size, rng; what it returns.
        whole: whether all examples may go through the network together.
    """

    promise: str
    code: str
    right: Right
    whole: bool = False


def _batch(model: Any, X: Any, Y: Any, rate: float, size: int, rng: Any) -> float:
    history = train_batch(model.loss, {"x": X, "y": Y}, learning_rate=rate, epochs=1)
    return float(history.update_losses[0])


def _minibatches(
    epochs: int, *, shuffled: bool = False, momentum: float = 0.0, returns: str = "last epoch"
) -> Right:
    """By the module; `returns` says the mean loss of what: "last epoch", "all epochs", or "after",
    which is over all examples at the weights at the end."""

    def right(model: Any, X: Any, Y: Any, rate: float, size: int, rng: Any) -> float:
        losses: list[float] = []
        if momentum:
            history = train_minibatch(
                model.loss,
                {"x": X, "y": Y},
                batch_size=size,
                learning_rate=rate,
                epochs=epochs,
                shuffle=False,
                momentum=momentum,
            )
            losses += list(history.epoch_losses)
        for _ in range(0 if momentum else epochs):
            order = rng.permutation(len(X)) if shuffled else np.arange(len(X))
            history = train_minibatch(
                model.loss,
                {"x": X[order], "y": Y[order]},
                batch_size=size,
                learning_rate=rate,
                epochs=1,
                shuffle=False,
            )
            losses += list(history.epoch_losses)
        if returns == "after":
            return evaluate(model.loss, {"x": X, "y": Y}).loss
        return float(np.mean(losses) if returns == "all epochs" else losses[-1])

    return right


TRAINERS = (
    Trainer(
        "One batch update. The gradient is collected in pieces of at most `size` rows. Returns the "
        "mean loss over all examples before the update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    losses, used = [], 0
    totals = {W: 0.0 for W in net.parameters}
    for first in range(0, len(X), size):
        rows = np.arange(first, min(first + size, len(X)))
        net.Forward(x=X[rows], y=Y[rows])
        losses.extend(loss.value)
        net.Backward(loss)
        for W in totals:
            totals[W] = totals[W] + W.grad
        used = used + len(rows)
    for W in totals:
        W.value = W.value - rate * totals[W] / used
    return np.mean(losses)
""",
        _batch,
    ),
    Trainer(
        "Two epochs of mini-batches with the ragged end, each in a new order. Returns the mean "
        "loss of the examples in the second epoch, each just before its update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    N = len(X)
    for epoch in range(2):
        losses = []
        order = rng.permutation(N)
        for first in range(0, N, size):
            last = min(first + size, N)
            rows = order[first:last]
            net.Forward(x=X[rows], y=Y[first:last])
            losses.extend(loss.value)
            net.Backward(loss)
            for W in net.parameters:
                W.value = W.value - rate * W.grad
    return np.mean(losses)
""",
        _minibatches(2, shuffled=True),
    ),
    Trainer(
        "Two epochs of mini-batches with the ragged end and with momentum: v ← ½ v + gradient, "
        "W ← W − rate · v. Returns the mean loss of the examples in both epochs, each just before "
        "its update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    losses = []
    v = {W: 0.0 for W in net.parameters}
    for epoch in range(2):
        for first in range(0, len(X), size):
            last = min(first + size, len(X))
            rows = np.arange(first, last)
            net.Forward(x=X[rows], y=Y[rows])
            losses.extend(loss.value)
            net.Backward(loss)
            for W in v:
                v[W] = v[W] + 0.5 * W.grad
                W.value = W.value - rate * v[W]
    return np.mean(losses)
""",
        _minibatches(2, momentum=0.5, returns="all epochs"),
    ),
    Trainer(
        "Two epochs of mini-batches with the ragged end. Returns the mean loss of the examples in "
        "the second epoch, each just before its update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    N = len(X)
    for epoch in range(2):
        losses = []
        for first in range(0, N, size):
            last = min(first + size, N)
            rows = np.arange(first, last)
            net.Forward(x=X[rows], y=Y[rows])
            losses.append(loss.value.mean())
            net.Backward(loss)
            for W in net.parameters:
                step = rate * W.grad
                W.value = W.value - step
    return np.mean(losses)
""",
        _minibatches(2),
    ),
    Trainer(
        "One epoch of mini-batches with the ragged end, where the examples of a batch go through "
        "the network one by one. Returns the mean loss of the examples, each just before its "
        "update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    losses = []
    for first in range(0, len(X), size):
        rows = range(len(X))[first : first + size]
        totals = {W: 0.0 for W in net.parameters}
        for b in rows:
            net.Forward(x=X[[b]], y=Y[[b]])
            losses.append(loss.value[0])
            net.Backward(loss)
            for W in totals:
                totals[W] = totals[W] + W.grad
        for W in totals:
            W.value = W.value - rate * totals[W] / size
    return np.mean(losses)
""",
        _minibatches(1),
    ),
    Trainer(
        "One epoch of mini-batches with the ragged end. The gradients of a batch are kept one by "
        "one, and their mean makes the update. Returns the mean loss of the examples, each just "
        "before its update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    losses = []
    for first in range(0, len(X), size):
        kept = []
        last = min(first + size, len(X))
        for b in range(first, last):
            net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
            losses.append(loss.value[0])
            net.Backward(loss)
            kept.append([W.grad for W in net.parameters])
        steps = [rate * sum(each) for each in zip(*kept)]
        for W, step in zip(net.parameters, steps):
            W.value = W.value - step
    return np.mean(losses)
""",
        _minibatches(1),
    ),
    Trainer(
        "One epoch of mini-batches with the ragged end, in a new order. Returns the mean loss of "
        "the examples, each just before its update.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    N, losses = len(X), []
    count = N // size
    order = rng.permutation(N)
    for k in range(count):
        first = k * size
        rows = order[first : first + size]
        net.Forward(x=X[rows], y=Y[rows])
        losses.extend(loss.value)
        net.Backward(loss)
        for W in net.parameters:
            step = rate * W.grad
            W.value = W.value - step
    return np.mean(losses)
""",
        _minibatches(1, shuffled=True),
    ),
    Trainer(
        "One epoch of mini-batches with the ragged end, in a new order. Returns the mean loss over "
        "all examples at the weights that the epoch has left.",
        """
def trainer(net, loss, X, Y, rate, size, rng):
    N = len(X)
    order = rng.permutation(N)
    starts = range(0, N, size)
    for first in starts:
        rows = order[first : first + size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        for W in net.parameters:
            step = rate * W.grad
            W.value = W.value - step
    net.Forward(x=X[rows], y=Y[rows])
    losses = loss.value
    return np.mean(losses)
""",
        _minibatches(1, shuffled=True, returns="after"),
        whole=True,
    ),
)

# Names that a student's trainer may have in place of those above.
OTHER_NAMES = {
    "losses": ("losses", "seen", "noted"),
    "rows": ("rows", "chosen", "batch"),
    "totals": ("totals", "sums", "added"),
    "first": ("first", "start", "begin"),
    "last": ("last", "stop", "end"),
    "order": ("order", "mixed", "shuffled"),
    "step": ("step", "change", "move"),
}


@lru_cache(maxsize=2000)
def trainer_of(key: str) -> Trainer:
    """The trainer that belongs to a key, in letters of its own."""
    rng = generator(key, "hw4 trainer")
    trainer = TRAINERS[int(rng.integers(len(TRAINERS)))]
    code = trainer.code.strip()
    for name, others in OTHER_NAMES.items():
        code = re.sub(rf"\b{name}\b", str(rng.choice(others)), code)
    return Trainer(trainer.promise, code, trainer.right, trainer.whole)


def lines_of(key: str = "") -> str:
    """The lines of the trainer that belongs to a key, as they are."""
    return trainer_of(key).code


def _run(code: str) -> Callable[..., Any]:
    """The function that these lines of the course define."""
    space: dict[str, Any] = {"np": np}
    exec(compile(code, "<trainer>", "exec"), space)
    return space["trainer"]


# ------------------------------------------------------------------ what it does to the numbers


@dataclass(frozen=True)
class OneWeight:
    """z = x w under squared error, from a weight, with whole numbers."""

    w: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    rate: float
    size: int
    seed: int

    def ends(self, train: Callable[..., float]) -> np.ndarray:
        """The weight at the end and what is returned, (2,).

        Args:
            train: takes a model, X, Y, rate, size, rng.
        """
        model = _Model(self.w)
        X, Y = np.array([self.x]).T, np.array([self.y]).T
        rng = np.random.default_rng(self.seed)
        returned = train(model, X, Y, self.rate, self.size, rng)
        return np.array([float(model.W.value[0, 0]), float(returned)])


class _Model:
    """The network with one weight."""

    def __init__(self, w: float) -> None:
        with nn.Graph(make_current=False) as self.graph:
            x, y = nn.Input("x", width=1), nn.Input("y", width=1)
            self.W = nn.Parameter("W", [[w]])
            self.loss = nn.squared_error(nn.matmul(x, self.W, name="z"), y, name="loss")


def _as_it_stands(code: str) -> Callable[..., float]:
    trainer = _run(code)

    def train(model: Any, X: Any, Y: Any, rate: float, size: int, rng: Any) -> float:
        return float(trainer(model.graph, model.loss, X, Y, rate, size, rng))

    return train


@lru_cache(maxsize=2000)
def _ends_of(key: str) -> tuple[OneWeight, np.ndarray, np.ndarray]:
    """The numbers that belong to a key, where its trainer ends, and where it ought to."""
    trainer = trainer_of(key)
    rng = generator(key, "hw4 whole numbers")

    def draw() -> tuple[OneWeight, np.ndarray, np.ndarray]:
        xs = tuple(float(x) for x in rng.permutation([1, -1, 2, -2, 1])[:3])
        ys = tuple(float(y) for y in rng.integers(-6, 7, size=3))
        case = OneWeight(float(rng.integers(-2, 3)), xs, ys, 0.5, 2, int(rng.integers(100)))
        return case, case.ends(_as_it_stands(trainer.code)), case.ends(trainer.right)

    def fits(found: tuple[OneWeight, np.ndarray, np.ndarray]) -> bool:
        _, wrong, right = found
        far = np.abs(wrong - right).max() > 0.2
        # not below 1, so that four decimals are exact enough for `DECIMALS`
        return bool(far and np.abs([wrong, right]).max() < 500 and np.abs(wrong).max() >= 1)

    return drawn(draw, fits, "one with which the wrong line is seen")


def effect(rng: np.random.Generator, key: str) -> Task:
    """`my_effect`: where the trainer ends as it stands, and what it returns, on whole numbers."""
    case, wrong, right = _ends_of(key)
    label = "the weight and what is returned"
    return Task(
        _numbers(case),
        [Call("my_effect", (), into="found"), Get("found", label)],
        {label: Wanted(wrong, {AS_IT_OUGHT_TO: right}, tolerance=DECIMALS)},
    )


def _numbers(case: OneWeight) -> str:
    x = [[int(value)] for value in case.x]
    y = [[int(value)] for value in case.y]
    rng = np.random.default_rng(case.seed)
    orders = [rng.permutation(3).tolist() for _ in range(2)]
    return (
        f"w = {case.w:g} at the start, X = {x}, Y = {y}, rate = {case.rate:g}, size = {case.size}, "
        f"rng = np.random.default_rng({case.seed}); the first two rng.permutation(3) are "
        f"{orders[0]} and {orders[1]}"
    )


# ------------------------------------------------------------------ another line


MOST_SIGNS = 100  # of a line
# What a line may use besides the trainer's own: of Python; of NumPy, arrays, lists, the network.
_BUILT_IN = (
    "abs dict enumerate float int len list max min np range reversed round slice sorted sum tuple "
    "zip"
)
_OF_ARRAYS = (
    "append arange array asarray average ceil concatenate copy divide dot extend flatten float64 "
    "floor full full_like grad hstack insert item items keys loss max maximum mean min minimum "
    "multiply ndim ones ones_like parameters per_example_grad permutation ravel reshape shape size "
    "stack subtract sum take tolist update value values vstack zeros zeros_like "
    "Forward Backward SGD T"
)
BUILT_IN, OF_ARRAYS = frozenset(_BUILT_IN.split()), frozenset(_OF_ARRAYS.split())


def _uses(code: str) -> tuple[set[str], set[str], set[str], int] | None:
    """Of a function: its names, those of them that are given a value, attributes, and how many
    times it returns; None if it is no Python, or has another function in it."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Import)
    if sum(isinstance(node, (*inside, ast.ImportFrom, ast.Global)) for node in nodes) > 1:
        return None
    names = [node for node in nodes if isinstance(node, ast.Name)]
    given = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    returns = sum(isinstance(node, ast.Return) for node in nodes)
    return {node.id for node in names}, given, attributes, returns


def in_words_of(code: str, number: int, line: str) -> bool:
    """Whether this line, in the place of line `number` of a trainer, uses what a line may use.

    It is only read, never run.
    """
    lines = code.splitlines()
    if not 2 <= number <= len(lines):
        return False
    old = lines[number - 1]
    lines[number - 1] = old[: len(old) - len(old.lstrip())] + line.strip()
    before, after = _uses(code), _uses("\n".join(lines))
    if before is None or after is None:
        return False
    known = before[0] | BUILT_IN | after[1] | set(re.findall(r"\w+", code.splitlines()[0]))
    return (
        after[0] <= known
        and not after[1] & (BUILT_IN | {"net", "loss"})
        and after[2] <= before[2] | OF_ARRAYS
        and after[3] <= before[3]
    )


def _line_of(returned: Any) -> tuple[int, str, Any] | None:
    """The number, the line and what was returned, which come together, as numbers."""
    found = np.ravel(returned)
    if len(found) < 2 + MOST_SIGNS:
        return None
    letters = found[1 : 1 + MOST_SIGNS]
    if not ((letters >= 0) & (letters < 0x110000)).all() or not 0 <= found[0] < 100:
        return None
    behind = found[1 + MOST_SIGNS :]
    line = "".join(chr(int(letter)) for letter in letters)
    return int(found[0]), line, behind[0] if len(behind) == 1 else behind


def mended(rng: np.random.Generator, key: str) -> Task:
    """`my_line`: the trainer with the student's line in it, run on a graph that is watched.

    The line itself comes with what the trainer returned, so that it can be read where the student's
    code does not run.
    """
    trainer = trainer_of(key)
    size = int(rng.integers(3, 5))
    trial = Trial(rng, 2 * size + int(rng.integers(1, size - 1)))
    seed = int(rng.integers(10_000))

    def weights_and_returned(train: Callable[..., float]) -> tuple[dict[str, Any], float]:
        model = trial.model()
        order = np.random.default_rng(seed)
        returned = train(model, trial.X, trial.Y, trial.rate, size, order)
        return weights_of(model), float(returned)

    before = weights_and_returned(_as_it_stands(trainer.code))
    right = weights_and_returned(trainer.right)
    largest = trial.N if trainer.whole else size

    def verdict(report: Any) -> Verdict:
        if not _is_whole(report):
            return not_right("the trainer did not run to its end.")
        came = _line_of(report["returned"])
        if came is None:
            return not_right("there is no line that could be read.")
        number, line, theirs = came
        if not in_words_of(trainer.code, number, line):
            return told(OTHER_WORDS)
        report = {**report, "returned": theirs}
        weights, returned = right
        ends_there = weights_are(report, weights)
        returns_it = same(report["returned"], returned, tolerance=1e-5)
        if ends_there and returns_it:
            fits = np.max(report["sizes"], initial=0) <= largest
            return RIGHT if fits else told(OTHER_FORWARDS)
        if _shows(report, before):
            return told(NOT_MENDED)
        if ends_there and not weights_are(before[0], weights):
            return told(RETURNS_ELSE)
        if returns_it and not same(before[1], returned, tolerance=1e-5):
            return told(WEIGHTS_ELSE)
        wrong = "what is returned" if ends_there else "where the weights end"
        return not_right(f"{wrong} is not what the sentence above the trainer says.")

    label = "the trainer with your line in it"
    steps = [
        Call("my_line", (), into="mine"),
        Call("with_line", (trainer.code, Ref("mine.number"), Ref("mine.line")), into="mended"),
        trial.made,
        Call("Watched", (Ref("model"),), into="watch"),
        Call("numpy.random.default_rng", (seed,), into="rng"),
        Call("mended", (*trial.given, trial.rate, size, Ref("rng")), into="returned"),
        # The number and the line as numbers, before what was returned.
        Call("mine.line.strip", (), into="bare"),
        Call("bare.ljust", (MOST_SIGNS,), into="wide"),
        Call("wide.encode", ("utf-32-le",), into="bytes"),
        Call("numpy.frombuffer", (Ref("bytes"),), into="letters", keywords={"dtype": "<u4"}),
        Call("numpy.append", (Ref("mine.number"), Ref("letters")), into="line"),
        Call("numpy.append", (Ref("line"), Ref("returned")), into="all"),
        Call("watch.report", (Ref("all"),), into="report"),
        Get("report", label),
    ]
    said = f"{trial.N} examples, size = {size}, rate = {trial.rate}."
    wanted = Satisfies(verdict, names=())

    def explained(found: Mapping[str, Any]) -> Explained:
        said = judge(wanted, found[label])
        return Explained(
            network=tuple(numbered(trainer.code).splitlines()),
            lines=(ExplainedLine(label, said.kind == RIGHT.kind, said.words),),
            next_step="" if said.kind == RIGHT.kind else _NEXT_STEP,
        )

    return Task(said, steps, {label: wanted}, explained)


_NEXT_STEP = (
    "Take three examples and size = 2, and write beside each line what it holds in the second "
    "batch, which has one example. Which line says something else than the sentence above it?"
)


def _is_whole(report: Any) -> bool:
    names = (*NAMES, "returned", "sizes")
    return isinstance(report, dict) and all(name in report for name in names)


def _shows(report: Report, found: tuple[dict[str, Any], float]) -> bool:
    weights, returned = found
    return weights_are(report, weights) and same(report["returned"], returned, tolerance=1e-5)


def numbered(code: str) -> str:
    """Lines of code with their numbers behind them, so that they can be pasted as they are."""
    lines = code.splitlines()
    wide = max(map(len, lines))
    return "\n".join(f"{line:{wide}}  # {i:2}" for i, line in enumerate(lines, 1))


def show_trainer(key: str = "") -> None:
    """Print the trainer that belongs to a key, and the whole numbers to try it on."""
    trainer = trainer_of(key)
    print(wrapped(f"What it is meant to do: {trainer.promise}"))
    print(f"\n{numbered(trainer.code)}\n")
    print(wrapped(f"To try it on: {_numbers(_ends_of(key)[0])}."))
    print("rng is handed to every trainer; not every one uses it.")


TASKS = {
    "what the wrong line does to the numbers": ByKey(effect),
    "the line in its place": ByKey(mended),
}
