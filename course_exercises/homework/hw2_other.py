"""Somebody else's derivation with one wrong line in homework 2: which line it is, what it does to
numbers, and how it should read.

The texts are stored, with placeholders for letters, as somebody wrote them: the right line in the
place of the wrong one stands nowhere. What the wrong line does is found by running the network with
an operation that makes this slip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get
from course_exercises.homework.hw2_hints import know_names, said
from course_exercises.homework.hw2_lines import AS_DERIVED, ONE_EXAMPLE, reading_lock
from course_exercises.homework.hw2_network import as_typed
from course_exercises.homework.keys import by_key, generator
from course_exercises.homework.paper_networks import (
    CLASSES,
    Letters,
    Network,
    Step,
    forward_lines,
)
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    TaskQuestion,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Slip, same
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import Verdict as Lines

# What the rubric of the grader names.
__all__ = [
    *("NOT_SUBTRACTED", "SPOILT_ONLY", "SUMS", "TURNED", "effect", "mending", "number", "q3"),
    "show_other_lines",
]

Array = np.ndarray
Rng = np.random.Generator
D, H, K, B = 4, 2, 3, 3

# --- operations, each with a slip on the way back ------------------------------------------------


class turned_back(more.matmul_transposed):
    """On the way back the matrix is read the other way round."""

    def backward(self) -> None:
        a, W = self.operands
        W.add_grad(self.grad.T @ a.value)
        a.add_grad(self.grad @ W.value.T)


class past_the_function(more.matmul_transposed):
    """The sigmoid that comes next is jumped over on the way back: what comes in is its gradient."""

    def backward(self) -> None:
        a, W = self.operands
        W.add_grad(self.grad.T @ a.value)
        g = 1 / (1 + np.exp(-self.value))
        a.add_grad(self.grad / (g * (1 - g)) @ W.value)


class without_minus(more.subtract):
    """The second operand gets what the first one gets."""

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad.copy())
        self.add_to(b, self.grad.copy())


class own_factor(more.multiply):
    """The first operand is multiplied by itself."""

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad * a.value)
        self.add_to(b, self.grad * a.value)


class as_a_product(more.subtract):
    """The second operand gets what it would get of a product, with a minus."""

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad.copy())
        self.add_to(b, -self.grad * a.value)


class whole_product(more.multiply):
    """The first operand is multiplied by the product in place of the other operand."""

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad * self.value)
        self.add_to(b, self.grad * a.value)


# --- what somebody wrote --------------------------------------------------------------------------

TWICE = (
    ("s", "matmul_transposed", "uP"),
    ("h", "tanh", "s"),
    ("m", "matmul_transposed", "hQ"),
    ("g", "sigmoid", "m"),
    ("n", "matmul_transposed", "gQ"),
    ("z", "matmul_transposed", "nR"),
)
DIFFERENCE, PRODUCT = (
    (
        ("s", "matmul_transposed", "uP"),
        ("h", "tanh", "s"),
        ("m", "matmul_transposed", "uQ"),
        ("g", "sigmoid", "m"),
        ("n", kind, "hg"),
        ("z", "matmul_transposed", "nR"),
    )
    for kind in ("subtract", "multiply")
)


@dataclass(frozen=True, eq=False)
class Written:
    """A derivation as it was written: letters stand in braces.

    Args:
        steps: of the network. wrong: the number of the line that is wrong. at: the step on whose
            way back it was made. slip: the operation that makes it.
    """

    steps: tuple[tuple[str, str, str], ...]
    lines: tuple[str, ...]
    wrong: int
    at: str
    slip: Callable[..., nn.Node]


START = (
    "{z}.grad[b, k] = softmax({z})[b, k] − onehot({t})[b, k]",
    "{R}.grad[k, j] = 1/B Σ_b {z}.grad[b, k] {n}[b, j]",
    "{n}.grad[b, j] = Σ_k {z}.grad[b, k] {R}[k, j]",
)
THROUGH_S = "{s}.grad[b, j] = {h}.grad[b, j] (1 − {h}[b, j]²)"
THROUGH_M = "{m}.grad[b, j] = {g}.grad[b, j] {g}[b, j] (1 − {g}[b, j])"
OF_P = "{P}.grad[j, d] = 1/B Σ_b {s}.grad[b, j] {u}[b, d]"
OF_TWO = "{Q}.grad[j, i] = 1/B Σ_b ({n}.grad[b, j] {g}[b, i] + {m}.grad[b, j] {h}[b, i])"
OF_Q = "{Q}.grad[j, d] = 1/B Σ_b {m}.grad[b, j] {u}[b, d]"
# Two of each network, with the wrong line in the same place: so no one's lines show another's
# mended line.
WRITTEN = (
    Written(
        TWICE,
        (
            *START,
            "{g}.grad[b, i] = Σ_j {n}.grad[b, j] {Q}[j, i]",
            THROUGH_M,
            "{h}.grad[b, i] = Σ_j {g}.grad[b, j] {Q}[j, i]",
            THROUGH_S,
            OF_P,
            OF_TWO,
        ),
        wrong=6,
        at="m",
        slip=past_the_function,
    ),
    Written(
        TWICE,
        (
            *START,
            "{g}.grad[b, i] = Σ_j {n}.grad[b, j] {Q}[j, i]",
            THROUGH_M,
            OF_TWO,
            "{h}.grad[b, j] = Σ_i {m}.grad[b, i] {Q}[j, i]",
            THROUGH_S,
            OF_P,
        ),
        wrong=7,
        at="m",
        slip=turned_back,
    ),
    Written(
        DIFFERENCE,
        (
            *START,
            "{h}.grad[b, j] = {n}.grad[b, j]",
            "{g}.grad[b, j] = {n}.grad[b, j]",
            THROUGH_S,
            THROUGH_M,
            OF_P,
            OF_Q,
        ),
        wrong=5,
        at="n",
        slip=without_minus,
    ),
    Written(
        DIFFERENCE,
        (
            *START,
            "{g}.grad[b, j] = −{h}[b, j] {n}.grad[b, j]",
            "{h}.grad[b, j] = {n}.grad[b, j]",
            THROUGH_S,
            THROUGH_M,
            OF_P,
            OF_Q,
        ),
        wrong=4,
        at="n",
        slip=as_a_product,
    ),
    Written(
        PRODUCT,
        (
            *START,
            "{h}.grad[b, j] = {n}.grad[b, j] {h}[b, j]",
            "{g}.grad[b, j] = {n}.grad[b, j] {h}[b, j]",
            THROUGH_S,
            THROUGH_M,
            OF_P,
            OF_Q,
        ),
        wrong=4,
        at="n",
        slip=own_factor,
    ),
    Written(
        PRODUCT,
        (
            *START,
            "{g}.grad[b, j] = {n}.grad[b, j] {h}[b, j]",
            THROUGH_M,
            OF_Q,
            "{h}.grad[b, j] = {n}.grad[b, j] {n}[b, j]",
            THROUGH_S,
            OF_P,
        ),
        wrong=7,
        at="n",
        slip=whole_product,
    ),
)


@dataclass(frozen=True, eq=False)
class Other:
    """Somebody's derivation in letters: the network, the lines, and of each step its letter."""

    written: Written
    letters: Mapping[str, str]
    network: Network

    @cached_property
    def loss(self) -> nn.Node:
        """The loss of a graph with some weights."""
        return self.network.graph(self.network.draw(np.random.default_rng(0), 2))

    @property
    def lines(self) -> list[str]:
        return [line.format(**self.letters) for line in self.written.lines]

    def values(self, rng: Rng) -> dict[str, Array]:
        """Whole numbers for inputs, labels and weights, for which the slip changes something."""
        while True:
            drawn = {
                name: rng.integers(-2, 3, size=(B, width)) / 1.0
                for name, width in self.network.inputs.items()
            }
            drawn |= {
                name: rng.integers(-2, 3, size=shape) / 1.0
                for name, shape in self.network.weights.items()
            }
            values = {**drawn, self.network.answers: rng.permutation(K)[:B]}
            found = self.differences(values)
            if max(np.abs(each).min() for each in found.values()) > 1e-3:
                return values

    @cached_property
    def loss_as_written(self) -> nn.Node:
        """The same with the slip on its way back."""
        at = {self.letters[self.written.at]: self.written.slip}
        return self.network.graph(self.network.draw(np.random.default_rng(0), 2), at)

    def gradients(self, values: Mapping[str, Array], as_written: bool) -> dict[str, Array]:
        """Those of the matrices: the right ones, or as the lines give them."""
        loss = self.loss_as_written if as_written else self.loss
        for each in loss.graph.parameters:
            each.value = values[each.name]
        loss.graph.Forward(**self.network.data(values))
        loss.graph.Backward(loss)
        return {each.name: np.asarray(each.grad) for each in loss.graph.parameters}

    def differences(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """What the lines give less what is right."""
        right, given = (self.gradients(values, as_written) for as_written in (False, True))
        return {name: given[name] - right[name] for name in right}

    def _repr_html_(self) -> str:
        return as_typed(repr(self))

    def __repr__(self) -> str:
        forward = forward_lines(self.network)
        numbered = [f"{number}.  {line}" for number, line in enumerate(self.lines, start=1)]
        return "\n".join(["The network:", *forward, "", "The lines:", *numbered])


@lru_cache(maxsize=500)
def other_of(key: str) -> Other:
    """The derivation that belongs to a key."""
    rng = generator(key, "hw2 wrong line")
    written, drawn = WRITTEN[int(rng.integers(len(WRITTEN)))], Letters(rng)
    letters = {"u": drawn.input(), "t": drawn.answers}
    letters |= {name: drawn.weight() for name in "PQR"}
    letters |= {name: drawn.row() for name, _, _ in written.steps}
    inner = H if written.steps is TWICE else D
    shapes = {"P": (H, D), "Q": (H, inner), "R": (K, H)}
    network = Network(
        "with one wrong line",
        {letters["u"]: D},
        {letters[name]: shape for name, shape in shapes.items()},
        tuple(
            Step(letters[name], kind, tuple(letters[each] for each in operands))
            for name, kind, operands in written.steps
        ),
        letters["z"],
        letters["t"],
        CLASSES,
    )
    return Other(written, letters, network)


@by_key
def show_other_lines(key: str) -> Other:
    """The derivation of this key, with its forward lines."""
    return other_of(key)


# --- question 3 -----------------------------------------------------------------------------------

ONLY_FOLLOWS = Slip("that line is right for what stands above it: which line is wrong by itself?")


def _number(rng: Rng, key: str) -> Task:
    other = other_of(key)

    def judged(found: Any) -> Verdict:
        number = None if found.shape else float(found)
        if number not in range(1, len(other.lines) + 1):
            words = f"the number of one line is wanted, from 1 to {len(other.lines)}."
            return not_right(words, words)
        return RIGHT if number == other.written.wrong else told(ONLY_FOLLOWS)

    return Task(
        "wrong_line() is the number of a line.",
        [Call("wrong_line", (), into="number"), Get("number")],
        {"number": Satisfies(judged)},
    )


SPOILT_ONLY = Slip(
    "the right matrix has a difference, and the others have none; the numbers are not right."
)
TURNED = Slip("the sign is turned: what the lines give, less what is right.")
NOT_SUBTRACTED = Slip(
    "these are the gradients as the lines give them; the right ones are still to be subtracted."
)
SUMS = Slip("these are sums over the examples; the lines take the mean.")
NOTHING_SPOILT = Slip("all differences are 0, so the wrong line would do no harm. It does.")


def _spoilt(rng: Rng, key: str) -> Task:
    other = other_of(key)
    values = other.values(rng)
    given, as_it_is = (other.gradients(values, as_written) for as_written in (True, False))
    right = {name: given[name] - as_it_is[name] for name in given}
    instead = {
        TURNED: {name: -each for name, each in right.items()},
        NOT_SUBTRACTED: given,
        SUMS: {name: B * each for name, each in right.items()},
        NOTHING_SPOILT: {name: 0 * each for name, each in right.items()},
    }

    def judged(found: Any) -> Verdict:
        if set(found) != set(right):
            words = "the dictionary needs the letters of the three matrices as keys, and no other."
            return not_right(words, words)
        # A plain 0 stands for an array of zeros.
        found = {
            name: np.zeros(right[name].shape) if not each.shape and each == 0 else each
            for name, each in found.items()
        }
        if any(found[name].shape != right[name].shape for name in right):
            words = "each array has the shape of its matrix."
            return not_right(words, words)

        def are(wanted: Mapping[str, Array]) -> bool:
            return all(same(found[name], wanted[name], tolerance=1e-5) for name in wanted)

        if are(right):
            return RIGHT
        for slip, wanted in instead.items():
            if are(wanted):
                return told(slip)
        if all(np.any(np.abs(found[n]) > 1e-6) == np.any(np.abs(right[n]) > 1e-6) for n in right):
            return told(SPOILT_ONLY)
        off = [name for name in right if not same(found[name], right[name], tolerance=1e-5)]
        return not_right(f"{', '.join(off)}: the difference is another one.")

    arrays = "\n".join(f"    {n!r}: np.array({v.tolist()})," for n, v in values.items())
    return Task(
        f"To look at it, run this in a cell:\nvalues = {{\n{arrays}\n}}\nspoilt(values)",
        [Call("spoilt", (values,), into="found"), Get("found")],
        {"found": Satisfies(judged, names=tuple(right))},
    )


def _mended(rng: Rng, key: str) -> Task:
    other = other_of(key)
    return Task(
        "mended_line() was read as a line of that derivation.",
        [Call("mended_line", (), into="text"), Get("text")],
        {"text": Satisfies(lambda text: mended(other, text), text=True)},
    )


MOST_MENDED = 5  # lines, if somebody takes steps of their own
STILL_WRONG = "it does not hold."
UNREAD = "it cannot be read."


@lru_cache(maxsize=1000)
def mended(other: Other, text: str) -> Verdict:
    """What is said of a line in the place of the wrong one."""
    new = [line for line in text.splitlines() if line.strip()]
    if len(new) > MOST_MENDED or len(text) > 1000:
        words = f"one line is wanted, or at most {MOST_MENDED} with steps of your own."
        return not_right(words, words)
    about = other.lines[other.written.wrong - 1].partition(".grad")[0]
    with reading_lock:
        report = nn.check_derivation(other.loss, text, feedback="count")
    know_names(other.loss, report.lines)
    mine = [line for line in report.lines if line.number]
    unread = [line for line in mine if line.verdict is Lines.UNREADABLE]
    if unread:
        return not_right(f"it cannot be read: {said(unread[0], 1)}", UNREAD)
    if not any(line.gradient_of == about for line in mine):
        words = "that is about another gradient than the wrong line."
        return not_right(words, words)
    rest = [line for line in mine if line.verdict not in (Lines.HOLDS, Lines.STEP)]
    if rest:
        read = f" It was read as: {rest[0].read}." if rest[0].read else ""
        return not_right(f"{STILL_WRONG}{read} {said(rest[0], 1)}", STILL_WRONG)
    if any(line.one_example for line in mine):
        return told(ONE_EXAMPLE)
    return RIGHT if all(line.by_entry for line in mine) else told(AS_DERIVED)


number = ByKey(_number)
effect = ByKey(_spoilt)
mending = ByKey(_mended)

q3 = TaskQuestion(
    "Question 3",
    ("wrong_line", "spoilt", "mended_line"),
    {"the number of the line": number, "what it spoils": effect, "the line mended": mending},
    praise="The line is found, what it does is known, and it is mended.",
    hints=[
        "Put each line beside the forward line of what it is about. Where does that name stand?",
        "For spoilt: write the nine lines as NumPy twice, once as they are and once mended.",
        "A matrix is spoilt if the wrong line is its own, or if its own line is made from that.",
    ],
)
