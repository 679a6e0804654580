"""The questions of lesson 07: a node of one's own, SGD, a node that is used twice."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from traceback import walk_tb
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import Prediction, WholeNumber
from course_exercises.question import Question, Wrong, attempted, choice, name_slip, same
from course_exercises.recall.blocks import block

CHANGED = "self.grad was changed; leave it as it came, and pass on: a.add_grad(...)."


CHAIN = ("loss", "z3", "h2", "z2", "h1", "z1")  # each passes on to the next
WEIGHTS = {"z3": "W3", "z2": "W2", "z1": "W1"}  # and these to a parameter, too


def _times(passes: int, *, reverse: bool = True) -> dict[str, int]:
    """How many times the right gradient each node holds after some passes without a reset."""
    held = dict.fromkeys((*CHAIN, *WEIGHTS.values()), 0)
    for _ in range(passes):
        held["loss"] = 1
        for node in CHAIN if reverse else CHAIN[::-1]:
            if node in WEIGHTS:
                held[WEIGHTS[node]] += held[node]
            if node != CHAIN[-1]:
                held[CHAIN[CHAIN.index(node) + 1]] += held[node]
    return held


def _in_order_of_forward(name: str) -> np.ndarray:
    """The gradient of a parameter of the lesson's network, if Backward goes as Forward does."""
    shape = {"W1": (2, 3), "W3": (2, 2)}[name]
    rng = np.random.default_rng(seed=4)  # the right gradient does not matter, if it is no 0
    return _times(1, reverse=False)[name] * rng.normal(size=shape)


def _what_stands(gradient: np.ndarray) -> str:
    return "other numbers" if np.any(gradient) else "all 0"


p1 = Prediction(
    "Prediction 7.1",
    kind=WholeNumber(),
    came=lambda: _times(2)["W3"],
    where="Divide `W3.grad` by the right gradient.",
    why="Two passes, so twice the gradient: that would be so if W3 alone kept what it had. But z3 "
    "kept its gradient too, and passes on two of them.",
    again=Prediction(
        "Prediction 7.1, second case",
        asks="And in `W2.grad`? See `(W2.grad / right2)[0, 0]`.",
        kind=WholeNumber(),
        came=lambda: _times(2)["W2"],
        where="Divide `W2.grad` by the right gradient.",
        why="W2 lies one layer further back, and each node on the way has kept something.",
    ),
)

p2 = Prediction(
    "Prediction 7.2",
    choices=("the right one", "all 0", "other numbers"),
    came=lambda: _in_order_of_forward("W1"),
    reads=_what_stands,
    where="Look at all entries of `W1.grad`.",
    why="Each step is right, so the whole should be. But a step can pass on only what has arrived, "
    "and at z1 nothing has arrived yet.",
    again=Prediction(
        "Prediction 7.2, second case",
        asks="`z3.grad` is not 0. What stands in `W3.grad`? See `W3.grad`.",
        choices=("the right one", "all 0", "other numbers"),
        came=lambda: _in_order_of_forward("W3"),
        reads=_what_stands,
        where="Look at all entries of `W3.grad`.",
        why="z3 has its gradient in the end. But the loss gave it only after z3 had had its turn.",
    ),
)


def _order(answer: list[str]) -> str:
    right = ["loss", "z3", "h2", "z2", "h1", "z1"]
    if isinstance(answer, (np.ndarray, Iterator)):  # also what `reversed` makes
        answer = list(answer)
    if not isinstance(answer, (list, tuple)):
        raise Wrong('give a list of names, as in ["z1", "h1"].')
    if any(isinstance(name, nn.Node) for name in answer):
        raise Wrong("those are nodes; give their names, as texts between quotes.")
    names = [str(name).strip() for name in answer]
    if any(name.endswith(".grad") for name in names):
        raise Wrong("those are gradients; give the names of the nodes, without .grad.")
    if {name.lower() for name in names} <= {*right, "w1", "w2", "w3", "x", "y"}:
        names = [name.upper() if name[:1] in "wW" else name.lower() for name in names]
    if names == right:
        return "Each node passes back what it has received from all the nodes that use it."
    if names == right[::-1]:
        raise Wrong("that is the order of Forward.")
    if set(names) - set(right):
        other = ", ".join(sorted(set(names) - set(right)))
        if set(names) - set(right) <= {"W1", "W2", "W3", "x", "y"}:
            raise Wrong(
                f"{other}: parameters and inputs are not computed. They only receive a gradient "
                "(or, the inputs, none), and pass nothing on."
            )
        if set(names) - set(right) <= {"L", "J"}:
            raise Wrong(f"{other}: the node of the loss has the name loss.")
        raise Wrong(f"{other}: not a computational node of this network.")
    if set(right) - set(names):
        missing = ", ".join(name for name in right if name not in names)
        raise Wrong(f"missing: {missing}.")
    if len(names) != len(right):
        raise Wrong("a node is named twice.")
    raise Wrong("a node comes before one that uses it, so it would pass on an incomplete gradient.")


earlier_q1 = Question(
    "Exercise 7.1",
    "backward_order",
    _order,
    hints=[
        "The nodes were made in the order z1, h1, z2, h2, z3, loss.",
        "Reversed: it begins with the loss and ends with z1.",
    ],
    solution='backward_order = ["loss", "z3", "h2", "z2", "h1", "z1"]',
)


def _cube(answer: type) -> str:
    if not isinstance(answer, type) or not issubclass(answer, nn.Operation):
        raise Wrong("cube should be a class that begins with `class cube(nn.Operation):`.")
    rng = np.random.default_rng(6)
    start, y = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    with nn.Graph(make_current=False) as net:
        x = nn.Input("x", width=4)
        target = nn.Input("y", width=4)
        W = nn.Parameter("W", rng.normal(size=(4, 4)))
        a = nn.matmul(x, W, name="a")
        c = answer(a, name="c")
        total = nn.add(a, c, name="total")  # a is used twice, so its gradients must add up
        loss = nn.squared_error(total, target, name="loss")
    done = "If you did: forward must assign self.value, and backward must call a.add_grad(...)."
    a.value = start @ W.value
    a.value.setflags(write=False)
    try:  # alone at first: an error of this forward is not one of the graph
        c.forward()
    except (AttributeError, TypeError) as error:
        raise _in_words(error, c) from None
    attempted(c.value, done)
    _cubed(c.value, a.value)
    net.Forward(x=start, y=target.checked(y))
    try:
        net.Backward(loss)
    except NotImplementedError:
        raise Wrong("forward is right, and backward is still to be written.") from None
    except (AttributeError, TypeError) as error:
        raise _in_words(error, c) from None
    except ValueError as error:
        kinds = {getattr(node.grad, "dtype", None) for node in (c, total)}
        if kinds == {np.dtype(float)} and not same(c.grad, total.grad):
            raise Wrong(CHANGED) from None
        raise Wrong(
            f"backward stops: {error} Compute an array of the shape of a, and pass it on: "
            "a.add_grad(...)."
        ) from None
    g, value = total.grad, a.value
    if not same(c.grad, g):
        raise Wrong(CHANGED)
    if a.grad is not None and same(a.grad, g + g * 3 * value**2):
        _alone(answer)
        return "Forward and Backward agree, also where a node is used twice."
    slips = {
        "it is not divided by the number of examples here: row b belongs to example b.": g
        + g * 3 * value**2 / len(value),
        "the gradient of a was overwritten; use a.add_grad(...), so that gradients add up.": g
        * 3
        * value**2,
        "backward does not add anything to a.": g,
        "self.grad is missing: the chain rule multiplies what has arrived by 3a².": g
        + 3 * value**2,
        "the derivative of a³ is 3a², not a².": g + g * value**2,
        "the derivative of a³ is 3a², not 2a.": g + g * 2 * value,
        "the derivative is taken at a³ instead of a.": g + g * 3 * c.value**2,
        "the derivative of a³ is 3a², not 3a.": g + g * 3 * value,
        "the derivative is missing: self.grad was passed on as it came.": 2 * g,
        "the sign: the derivative of a³ is 3a², not −3a².": g - g * 3 * value**2,
        "the derivative of a³ is 3a²; twice as much was passed on.": g + g * 6 * value**2,
        "the derivative of a³ is 3a²; half as much was passed on.": g + g * 1.5 * value**2,
        "the derivative is 3a², and not the value a³.": g + g * value**3,
        "that is the second derivative, 6a; the derivative of a³ is 3a².": g + g * 6 * value,
        "that is the integral, a⁴ / 4; the derivative of a³ is 3a².": g + g * value**4 / 4,
        "3a |a| is negative for a negative a; the derivative 3a² is not.": (
            g + g * 3 * value * np.abs(value)
        ),
        "3 to the power a was taken; the derivative is 3 times a to the power 2.": (
            g + g * 3**value
        ),
        "a of the first example was taken for all rows.": g + g * 3 * value[0] ** 2,
        "the bracket was squared, with self.grad in it; only a is squared.": (
            g + (g * 3 * value) ** 2
        ),
        "what had arrived at a was passed on, and not what has arrived here, self.grad.": (
            g + g * g * 3 * value**2
        ),
        "the derivative of a³ is 3a², not 3a³.": g + g * 3 * value**3,
        "the derivative of a³ is 3a²; here 3a was squared, brackets included.": (
            g + g * (3 * value) ** 2
        ),
        "the examples were added up; row b of the gradient belongs to example b.": (
            g + (g * 3 * value**2).sum(axis=0)
        ),
        "what has arrived, self.grad, was squared; it is a that is squared.": (
            g + g**2 * 3 * value
        ),
        "self.grad is added to 3a²; the chain rule multiplies.": g + g + 3 * value**2,
    }
    alike = [text for text, wrong in slips.items() if same(a.grad, wrong)]
    raise Wrong(" Or: ".join(alike) or "forward is right, but backward does not fit it.")


def _cubed(found: Any, value: np.ndarray) -> None:
    """Raise `Wrong` unless the values are the cubes."""
    slips = {
        "the value is 3a; the cube of a is a³.": 3 * value,
        "the value is a²; the cube of a is a³.": value**2,
        "the value is a⁴; the cube of a is a³.": value**4,
        "the value is 3 to the power a; the cube is a to the power 3.": 3**value,
        "the value is the derivative 3a², which belongs into backward.": 3 * value**2,
        "the value is |a|³; the cube of a negative number is negative.": abs(value) ** 3,
        "the value is −a³.": -(value**3),
        "the value is a itself.": value,
        "the value is (3a)³.": (3 * value) ** 3,
        "the value is a³ / 3; there is no factor.": value**3 / 3,
    }
    try:
        name_slip(found, value**3, slips)
    except Wrong as wrong:
        raise Wrong(f"forward: {wrong}") from None


def _alone(answer: Any) -> None:
    """The same operation where nothing else uses its operand."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        W = nn.Parameter("W", np.eye(2))
        a = nn.matmul(x, W, name="a")
        loss = nn.squared_error(answer(a, name="c"), y, name="loss")
    try:
        right = nn.check_gradients(loss, {"x": [[0.5, -1.0]], "y": [[1.0, 0.0]]}).ok is True
    except TypeError:
        right = False
    if not right:
        raise Wrong(
            "it only works if something has arrived at a before: a.grad is None at first. Use "
            "a.add_grad(...), which knows that."
        )


def _in_words(error: Exception, node: nn.Operation) -> Exception:
    """What Python says of a tuple or a node, in the words of the lesson.

    Its text is read because its TypeError has nothing else; only words depend on it.
    """
    if isinstance(error, AttributeError) and error.obj is node:
        return Wrong(
            f"there is no self.{error.name}. An operation of the module keeps what it is computed "
            "from in self.operands: write (a,) = self.operands."
        )
    if "bitwise_xor" in str(error):
        return Wrong("a power is written ** in Python; ^ is something else.")
    if "tuple" in str(error):
        return Wrong("self.operands is a tuple, also with one node: write (a,) = self.operands.")
    if "unsupported operand" in str(error) and "NoneType" not in str(error):
        return Wrong("a is a node; its numbers are a.value.")
    return error


q1 = Question(
    "Exercise 7.1",
    "cube",
    _cube,
    hints=[
        "In forward: (a,) = self.operands, and then self.value = a.value ** 3.",
        "In backward: what has arrived, self.grad, times the derivative 3a².",
        "Pass it on with a.add_grad(...), so that it adds up.",
    ],
    solution="""
class cube(nn.Operation):
    def forward(self):
        (a,) = self.operands
        self.value = a.value**3

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * 3 * a.value**2)
""",
)


class _Weights:
    """A parameter as lesson 07 writes it: a value and a gradient."""

    def __init__(self, value: np.ndarray, grad: np.ndarray) -> None:
        self.value, self.grad = value, grad


def _sgd(answer: Callable[[list[Any], float], None]) -> str:
    if not callable(answer):
        raise Wrong("my_SGD should be a function.")
    rng = np.random.default_rng(7)
    # Numbers of parameters and rates that nobody writes by chance. The first ones tell slips apart.
    for shapes, eta in (
        (((2, 3), (3, 2), (2, 2)), 0.37),
        (((4, 1),), 0.023),
        (((3, 3), (3, 3)), 1.6),
    ):
        values = [rng.normal(size=shape) for shape in shapes]
        grads = [rng.normal(size=shape) for shape in shapes]
        _one_step(answer, values, grads, eta)
    return "Every parameter took one step against its gradient."


def _one_step(
    answer: Callable[[list[Any], float], None],
    values: list[np.ndarray],
    grads: list[np.ndarray],
    eta: float,
) -> None:
    """Raise `Wrong` unless the answer makes the step for parameters with these values."""
    parameters = [_Weights(v.copy(), g.copy()) for v, g in zip(values, grads, strict=True)]
    given, arrays = list(parameters), [p.value for p in parameters]
    try:
        result = answer(parameters, eta)
    except Exception as error:
        came_through = [frame.f_code for frame, _ in walk_tb(error.__traceback__)]
        if nn.SGD.__code__ in came_through:
            raise Wrong(
                "nn.SGD updates the current graph, not the parameters that are given. Write the "
                "update yourself."
            ) from None
        if isinstance(error, IndexError):
            raise Wrong(
                f"the loop goes beyond the last parameter; here the list has {len(given)}. Write "
                "for p in parameters."
            ) from None
        raise
    if any(p is not q for p, q in zip_longest(parameters, given)):
        raise Wrong("the list was changed; the parameters stay in it, and their p.value changes.")
    if not _all_same([p.grad for p in given], grads):
        raise Wrong("SGD changed a gradient; it should only change values.")
    got = [p.value for p in given]
    if _all_same(got, values):
        if result is not None and result is not ...:
            raise Wrong("it returns something, but no p.value has changed: assign to p.value.")
        attempted(
            None,
            "If you did: no p.value has changed; assign to p.value, not to p, for each p of the "
            "list that is given.",
        )
    pairs = [*zip(values, grads, strict=True)]
    right = [v - eta * g for v, g in pairs]
    count = len(pairs)
    slips = {
        "the sign: that goes up the slope. W ← W − η grad.": [v + eta * g for v, g in pairs],
        "the learning rate is missing.": [v - g for v, g in pairs],
        "the learning rate was applied twice.": [v - eta**2 * g for v, g in pairs],
        "the gradient is divided by the learning rate; it is to be multiplied.": [
            v - g / eta for v, g in pairs
        ],
        "the gradient is missing: learning rate times gradient is subtracted.": [
            v - eta for v, g in pairs
        ],
        "the old value is missing: subtract from it.": [-eta * g for g in grads],
        "the old value is missing, and so is the minus: W ← W − η grad.": [eta * g for g in grads],
        "brackets: only the gradient is multiplied by the learning rate.": [
            eta * (v - g) for v, g in pairs
        ],
        "brackets: the learning rate alone was subtracted, then came the gradient.": [
            (v - eta) * g for v, g in pairs
        ],
        "value and gradient are exchanged: W ← W − η grad.": [g - eta * v for v, g in pairs],
        "the learning rate multiplies the value; it belongs to the gradient.": [
            eta * v - g for v, g in pairs
        ],
        "only the sign of the gradient was taken.": [v - eta * np.sign(g) for v, g in pairs],
        "the value is multiplied, not diminished: W ← W − η grad.": [
            v * (1 - eta * g) for v, g in pairs
        ],
        "twice the step: W ← W − η grad, once.": [v - 2 * eta * g for v, g in pairs],
        "half the step: there is no factor ½.": [v - eta * g / 2 for v, g in pairs],
        "the learning rate of lesson 07 was written, not the one that is given.": [
            v - 0.3 * g for v, g in pairs
        ],
        "the mean of each gradient was taken; each weight has its own.": [
            v - eta * g.mean() for v, g in pairs
        ],
        "divided by the rows of the gradient; each weight takes its own whole step.": [
            v - eta * g / len(g) for v, g in pairs
        ],
        "the learning rate was changed on the way; it is the same for all.": [
            v - eta * 0.9**i * g for i, (v, g) in enumerate(pairs)
        ],
        "0.1 was written in place of the learning rate that is given.": [
            v - 0.1 * g for v, g in pairs
        ],
    }
    if count > 2:  # with fewer, some of these are right, or are each other
        slips |= {
            "divided by the number of parameters; each takes its own whole step.": [
                v - eta * g / count for v, g in pairs
            ],
            "only the first parameter was updated.": [right[0], *values[1:]],
            "only the last parameter was updated.": [*values[:-1], right[-1]],
            "the first parameter was not updated.": [values[0], *right[1:]],
            "the last parameter was not updated.": [*right[:-1], values[-1]],
        }
    if not _all_same(got, right):
        alike = [text for text, wrong in slips.items() if _all_same(got, wrong)]
        raise Wrong(" Or: ".join(alike) or "the new values are not W − η grad.")
    if any(p.value is array for p, array in zip(given, arrays, strict=True)):
        raise Wrong(
            "the numbers are right, but the array was changed in place (by -=), so a copy that "
            "somebody collected changes too. Write p.value = p.value - learning_rate * p.grad."
        )


def _all_same(found: list[Any], wanted: list[np.ndarray]) -> bool:
    return all(same(a, b) for a, b in zip(found, wanted, strict=True))


q2 = Question(
    "Exercise 7.2",
    "my_SGD",
    _sgd,
    hints=[
        "Go through the parameters: for p in parameters:",
        "The new value is p.value - learning_rate * p.grad. Assign it to p.value.",
    ],
    solution="""
def my_SGD(parameters, learning_rate):
    for p in parameters:
        p.value = p.value - learning_rate * p.grad
""",
)


def _used_twice(answer: float) -> str:
    slips = {
        "that is what arrives on one of the two ways; they add up.": 3.0,
        "the two ways are added, not multiplied.": 9.0,
        "that is the number of ways; each brings the gradient 3.": 2.0,
        "c = a + a is 2a, so the gradient of a is 2 times 3, not 3 divided by 2.": 1.5,
        "the sign: nothing is subtracted here.": -6.0,
        "each of the two ways brings what c has received, 3, not its own value 1.": 1.0,
        "2 is a factor, or one way more; it is not added to 3.": 5.0,
        "the two ways are counted twice: 3 + 3 it is.": 12.0,
        "a gets a gradient: c changes if a does.": 0.0,
        "that is the mean of the two ways and one more; they simply add up.": 4.5,
        "1 is the derivative along each way; it is multiplied by 3, and not added.": 4.0,
        "2 was raised to the power 3; two ways bring 3 each, and they add up.": 8.0,
    }
    name_slip(answer, 6.0, slips)
    return "3 + 3: the node a is used twice. With = instead of += it would be 3."


earlier_q4 = Question(
    "Exercise 7.4",
    "gradient_of_a",
    _used_twice,
    hints=[
        "Addition passes its gradient on unchanged to each of the two nodes that it adds.",
        "Here both of them are a, and what arrives at a node adds up.",
    ],
    solution="gradient_of_a = 3 + 3",
)

# Lesson 07 now asks for it before it shows what comes out. Notebooks handed out before have it.
earlier_q5 = Question(
    "Exercise 6.5",
    "without_reset",
    choice(
        "d",
        "The old gradients are still there, and every node adds the new ones to them.",
        {
            "a": "Forward computes values; it does not touch gradients.",
            "b": "SGD uses gradients; it does not set them back.",
            "c": "then nothing would be left of the first Backward. Nodes add; they do not "
            "overwrite.",
        },
    ),
    hints=[
        "What stands in W.grad when the second Backward begins?",
        "`backward` adds to what is there.",
    ],
    solution='without_reset = "d"',
)


def _two_of_one() -> nn.Node:
    """The loss of exercise 7.3; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        a = nn.matmul(x, nn.Parameter("A", np.ones((3, 2))), name="a")
        r = nn.add(nn.tanh(a, name="p"), nn.sigmoid(a, name="s"), name="r")
        return nn.squared_error(r, t, name="loss")


q3 = Derivation(
    "Exercise 7.3",
    "my_lines",
    derivation(
        _two_of_one,
        "Every line holds, on batches of several sizes. What came on two ways is added up in a.",
        written_out=True,
        feedback="first",
    ),
    hints=[
        "r = p + s passes on r.grad as it is, to p and to s.",
        "a is used twice, so it receives from p and from s: each time r.grad times the f′ of that "
        "way. What came in at A is x; divide by B there.",
    ],
    solution='''
my_lines = """
r.grad = r − t
a.grad = r.grad ⊙ (1 − p²) + r.grad ⊙ s ⊙ (1 − s)
A.grad = x.T @ a.grad / B
"""
''',
)


# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("07")
