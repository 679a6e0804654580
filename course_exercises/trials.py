"""What the questions on SGD and batches share: run a student's training on small networks and
compare the weights with those that the usual slips lead to.

What is done to a network, rightly or by a slip, is a function of a `Trial`: `online()`, `batch()`.
So it can be done again with other examples, widths and learning rates. A trial notes which examples
went forward, and when the weights changed. So a slip that nobody foresaw is told where it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.errors import explain
from course_exercises.question import NotAttempted, Wrong, attempted, same

Weights = dict[str, np.ndarray]
ETA = 0.37  # one that nobody writes by chance


@dataclass(frozen=True)
class Setting:
    """How many examples, which widths D, H1, H2, K, which loss, which learning rate."""

    examples: int = 5
    widths: tuple[int, int, int, int] = (3, 4, 3, 2)
    loss: str = "squared_error"
    eta: float = ETA

    def __str__(self) -> str:
        return f"{self.examples} examples and η = {self.eta}"


FIRST = Setting()
OTHERS = (  # more examples and fewer, other widths, the other loss, a larger η and a smaller
    Setting(7, (2, 3, 4, 3), "cross_entropy", 0.11),
    Setting(4, (4, 2, 3, 2), eta=0.83),
)


@dataclass(frozen=True)
class Pass:
    """What one call of Forward was given.

    Args:
        x: the rows of X in their order; None where it is no row of X.
        y: the same of Y.
        updated: whether the weights are other ones than at the call before.
    """

    x: tuple[int | None, ...]
    y: tuple[int | None, ...]
    updated: bool


class Trial:
    """A small network with fixed weights, and its examples.

    `passes` is what its Forward has been given; `learning` are the parameters that a step moves.
    """

    def __init__(self, setting: Setting = FIRST) -> None:
        self.eta = setting.eta
        self.model = nn.two_hidden_layer_network(
            *setting.widths, seed=5, activation="tanh", loss=setting.loss
        )
        self.graph, self.loss = self.model.graph, self.model.loss
        inputs, *_, outputs = setting.widths
        rng = np.random.default_rng(8)
        self.X = rng.normal(size=(setting.examples, inputs))
        if setting.loss == "squared_error":
            self.Y = rng.normal(size=(setting.examples, outputs))
        else:
            self.Y = rng.integers(0, outputs, size=setting.examples)
        self.learning = [p.name for p in self.graph.parameters]
        self.passes: list[Pass] = []
        weights = [p.value for p in self.graph.parameters]
        forward = self.graph.Forward

        def noted(*unnamed: Any, **inputs: Any) -> None:
            if any(np.shape(value)[:1] == (0,) for value in inputs.values()):
                raise Wrong(
                    "Forward got no rows: a slice that begins behind the last example, or that "
                    "ends before it begins, is empty. Where does the loop end, and what does the "
                    "slice hold in its last round?"
                )
            forward(*unnamed, **inputs)
            nonlocal weights
            before, weights = weights, [p.value for p in self.graph.parameters]
            self.passes.append(
                Pass(
                    _rows_of(self.X, self.model.x.value),
                    _rows_of(self.Y, self.model.y.value),
                    not all(map(np.array_equal, weights, before)),
                )
            )

        self.graph.Forward = noted  # type: ignore[method-assign]

    @property
    def N(self) -> int:
        """The number of examples."""
        return len(self.X)

    def weights(self) -> Weights:
        return {p.name: p.value for p in self.graph.parameters}

    def gradients(self, rows: Any, answers: Any = None) -> Weights:
        """The average gradient of some examples at the present weights.

        `answers` are the rows of Y, if they are other ones.
        """
        self.graph.Forward(x=self.X[rows], y=self.Y[rows if answers is None else answers])
        self.graph.Backward(self.loss)
        return {p.name: p.grad for p in self.graph.parameters}

    def move(self, steps: Mapping[str, Any]) -> None:
        """Subtract these steps from the weights that are learning."""
        learning = [p for p in self.graph.parameters if p.name in self.learning]
        self.graph.replace_parameters({p: p.value - steps[p.name] for p in learning})

    def step(self, rows: Any, rate: float, answers: Any = None) -> None:
        """One update from some examples."""
        gradients = self.gradients(rows, answers)
        self.move({name: rate * gradient for name, gradient in gradients.items()})


def _rows_of(examples: np.ndarray, given: np.ndarray) -> tuple[int | None, ...]:
    """Which of the examples these are; the first of several that are alike, as labels may be."""
    found = ([i for i, row in enumerate(examples) if np.array_equal(row, one)] for one in given)
    return tuple(places[0] if places else None for places in found)


Steps = Callable[[Trial], None]


def after(steps: Steps, setting: Setting = FIRST) -> Weights:
    """The weights after some steps from the start."""
    trial = Trial(setting)
    steps(trial)
    return trial.weights()


def online(
    order: Callable[[int], Iterable[int]] = range, times: Callable[[int], float] = lambda N: 1.0
) -> Steps:
    """One update after each example.

    Args:
        order: of N examples; the given one if nothing is said.
        times: by what the learning rate is multiplied, from N.
    """

    def steps(trial: Trial) -> None:
        for i in order(trial.N):
            trial.step([i], trial.eta * times(trial.N))

    return steps


def minibatches(size: int, times: Callable[[int], float] = lambda rows: 1.0) -> Steps:
    """One update for each `size` of the examples, in their order, the rest at the end.

    Args:
        times: by what the learning rate is multiplied, from the rows in the batch.
    """

    def steps(trial: Trial) -> None:
        for first in range(0, trial.N, size):
            rows = range(first, min(first + size, trial.N))
            trial.step(rows, trial.eta * times(len(rows)))

    return steps


def batch(times: Callable[[int], float] = lambda N: 1.0) -> Steps:
    """One update from the average gradient of all examples."""
    return lambda trial: trial.step(slice(None), trial.eta * times(trial.N))


def without_rate(steps: Steps) -> Steps:
    """The same with a learning rate of 1: it was forgotten."""

    def with_one(trial: Trial) -> None:
        trial.eta = 1.0
        steps(trial)

    return with_one


def rate_twice(steps: Steps) -> Steps:
    """The same with the square of the learning rate: it was multiplied in twice."""

    def squared(trial: Trial) -> None:
        trial.eta = trial.eta**2
        steps(trial)

    return squared


def uphill(steps: Steps) -> Steps:
    """The same with the other sign: the gradient is added."""

    def up(trial: Trial) -> None:
        trial.eta = -trial.eta
        steps(trial)

    return up


def only(name: str, steps: Steps) -> Steps:
    """The same for one parameter, while the others stay."""

    def one(trial: Trial) -> None:
        trial.learning = [name]
        steps(trial)

    return one


def from_the_same_weights(trial: Trial) -> None:
    """The slip of taking every gradient at the first weights, though updating after each."""
    gradients = [trial.gradients([i]) for i in range(trial.N)]
    for each in gradients:
        trial.move({name: trial.eta * grad for name, grad in each.items()})


def always(steps: Steps) -> Callable[..., Steps]:
    """These steps, whatever the further arguments of an answer are."""
    return lambda *more: steps


def nothing(trial: Trial) -> tuple[()]:
    """No further arguments."""
    return ()


def judge(
    answer: Callable[..., Any],
    right: Callable[..., Steps],
    slips: Mapping[str, Callable[..., Steps]],
    praise: str,
    *,
    more: Callable[[Trial], tuple[Any, ...]] = nothing,
    settings: tuple[Setting, ...] = (FIRST, *OTHERS),
    first: Trial | None = None,
) -> str:
    """Run `answer(net, loss, X, Y, learning_rate, …)` on a fresh trial of each setting.

    Args:
        right: what should be done, as a function of the further arguments.
        slips: what to say, and what is done by that slip, as a function of them too.
        more: the further arguments for a trial.
        first: the trial of the first setting, for who looks at it afterwards.

    Raises `Wrong` with the slip, `NotAttempted` if nothing was run.
    """
    if not callable(answer):
        raise Wrong("a function is needed.")
    for setting in settings:
        trial = first if first is not None and setting is settings[0] else Trial(setting)
        extra = more(trial)
        try:
            named = _judge_one(answer, right, slips, trial, setting, extra)
            if named:
                raise Wrong(" Or: ".join(_that_explain(answer, slips, named, settings[1:], more)))
        except Exception as error:
            if setting is settings[0]:
                raise
            sizes = f", and {extra[0]} as batch_size" if extra and np.ndim(extra[0]) == 0 else ""
            advice = "Use len(X) and the arguments, and no numbers of your own."
            said = str(error)
            if not isinstance(error, (Wrong, NotAttempted)):
                said = explain(error)
                advice = "There it stops: does it go beyond the last example? " + advice
            raise Wrong(
                f"it is right for {settings[0]}, but not for {setting}{sizes}. {advice} There: "
                f"{said}"
            ) from None
    return praise


def _judge_one(
    answer: Callable[..., Any],
    right: Callable[..., Steps],
    slips: Mapping[str, Callable[..., Steps]],
    trial: Trial,
    setting: Setting,
    extra: tuple[Any, ...],
) -> list[str]:
    """One trial: the slips that lead to its weights, none if they are right.

    Raises `Wrong` if no slip does, `NotAttempted` if nothing was run.
    """
    start = trial.weights()
    run(answer, trial, extra)
    got = trial.weights()

    def alike(weights: Weights) -> bool:
        return all(same(got[name], weights[name], tolerance=1e-9) for name in start)

    def done(steps: Callable[..., Steps]) -> Trial:
        other = Trial(setting)
        steps(*extra)(other)
        return other

    wanted = done(right)
    if alike(wanted.weights()):
        return []
    if alike(start):
        if trial.passes:
            raise Wrong("the weights have not changed: no update was made.")
        attempted(None, done="If you did: nothing has run on net. Write net.Forward, and so on.")
    named = [text for text, steps in slips.items() if alike(done(steps).weights())]
    if not named:
        other = Trial(setting)
        other.eta = 2 * setting.eta
        run(answer, other, extra)
        if alike(other.weights()):
            named = ["learning_rate is not used: with twice as large a one nothing changes."]
    if not named:
        weights = wanted.weights()
        well = [name for name in start if same(got[name], weights[name], tolerance=1e-9)]
        wrong = [name for name in start if name not in well]
        update = f"the update of {' and '.join(wrong)}" if well else "the update"
        raise Wrong(_where_it_begins(trial.passes, wanted.passes, update))
    return named


def _that_explain(
    answer: Callable[..., Any],
    slips: Mapping[str, Callable[..., Steps]],
    named: list[str],
    settings: Iterable[Setting],
    more: Callable[[Trial], tuple[Any, ...]],
) -> list[str]:
    """Of several slips those that lead to the weights of other settings too; all if none does."""
    kept = [words for words in named if words in slips]
    for setting in settings:
        if len(kept) < 2:
            break
        trial = Trial(setting)
        extra = more(trial)
        try:
            run(answer, trial, extra)
        except Exception:
            break  # it tells nothing more
        got = trial.weights()
        fitting = []
        for words in kept:
            other = Trial(setting)
            slips[words](*extra)(other)
            if all(same(got[name], W, tolerance=1e-9) for name, W in other.weights().items()):
                fitting.append(words)
        kept = fitting
    return kept or named


def _where_it_begins(found: list[Pass], wanted: list[Pass], update: str) -> str:
    """The first thing in which these calls of Forward differ: their rows, or when updates came.

    Args:
        update: what else to look at.
    """
    unknown = "none of the usual slips explains it"
    if any(None in each.x + each.y for each in found):
        return (
            f"{unknown}. But Forward got numbers that are no rows of X or Y: take the examples as "
            "they are given."
        )
    for name, rows, due in (
        ("X", [each.x for each in found], [each.x for each in wanted]),
        ("Y", [each.y for each in found], [each.y for each in wanted]),
    ):
        if rows != due:
            return f"{unknown}. But Forward got these rows of {name}: {_listed(rows)}. {_due(due)}"
    for count, (one, other) in enumerate(zip(found, wanted, strict=True)):
        if one.updated != other.updated:
            after = f"after call {count} of Forward the weights"
            if one.updated:
                return f"{unknown}. But {after} changed, and there should be no update there."
            return f"{unknown}. But {after} stayed, and there should be an update."
    return (
        f"{unknown}. The right rows went forward, and the updates came at the right moments. So "
        f"look at {update}: what is subtracted from each weight?"
    )


MOST = 9  # so many rows and calls are listed


def _listed(rows: list[tuple[int | None, ...]]) -> str:
    """Rows of calls of Forward, each in brackets: [0], [1], [2, 3]."""
    calls = [f"[{', '.join(map(str, each))}]" for each in rows]
    return ", ".join(calls[:MOST]) + (", …" if len(calls) > MOST else "")


def _due(rows: list[tuple[int | None, ...]]) -> str:
    return f"Wanted are {_listed(rows)}: one bracket for each call, rows counted from 0."


def run(
    answer: Callable[..., Any],
    trial: Trial,
    extra: tuple[Any, ...] = (),
    *,
    first: tuple[str, ...] = ("graph", "loss"),
) -> Any:
    """Call the student's function on copies of the examples and of the further arguments.

    Args:
        first: what of the trial it takes before the examples.

    Raises `Wrong` if it works on another network, or changes an argument in place.
    """
    X, Y, more = trial.X.copy(), trial.Y.copy(), deepcopy(extra)
    try:
        result = answer(*(getattr(trial, name) for name in first), X, Y, trial.eta, *more)
    except Exception as error:
        came_through = [frame.f_code for frame, _ in walk_tb(error.__traceback__)]
        for function in (nn.Forward, nn.Backward, nn.SGD):
            if function.__code__ in came_through:
                name = function.__name__
                raise Wrong(
                    f"nn.{name} works on another network. Write net.{name}, of the network that "
                    f"was given. ({type(error).__name__}: {error})"
                ) from None
        raise
    if not (np.array_equal(X, trial.X) and np.array_equal(Y, trial.Y)):
        raise Wrong("X or Y was changed in place; the next epoch would see other examples.")
    if not all(np.array_equal(a, b) for a, b in zip(more, extra, strict=True)):
        raise Wrong("what came after the learning rate was changed in place; work on a copy of it.")
    return result
