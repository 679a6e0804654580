"""Submissions in which nothing of what is asked for is done have next to no points.

Functions return nothing, what they were given, zeros, ones, or an object that is equal to
everything, in the right shape too; classes have such values and gradients.
"""

from itertools import product

import numpy as np
import pytest
from submissions_here import lost, marked, said

from course_grading.marking import assignments, follow_through, right_answers
from course_grading.marking.marks import ALONE

HOMEWORKS = ("hw1", "hw2", "hw3", "hw4")
MOST = 4.0  # points, not to be reached, of 80

EQUAL = """
class Equal:
    __array_priority__ = 1e9
    __array_ufunc__ = None
    __hash__ = object.__hash__
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self
    def __call__(self, *arguments, **keywords): return self
    def __getitem__(self, i): return self
    def __len__(self): return 4
    def __iter__(self): return iter(())
    def __float__(self): return 1.0
    def __eq__(self, other): return True
    def __array__(self, *arguments, **keywords): return np.ones(4)
for name in "add radd sub rsub mul rmul truediv rtruediv matmul rmatmul pow neg".split():
    setattr(Equal, f"__{name}__", lambda self, *other: self)
class EqualArray(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *arguments, **keywords): return self
    def __array_function__(self, *arguments, **keywords): return True
def equal_array():
    return np.ones(4).view(EqualArray)
"""
SHAPED = """
def filled(value, number):
    if isinstance(value, dict):
        return {key: filled(entry, number) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(filled(entry, number) for entry in value)
    if isinstance(value, np.ndarray):
        return np.full(value.shape, number, dtype=float)
    return number if isinstance(value, (int, float, np.generic)) else value
def in_its_shape(function, number):
    def again(*arguments, **keywords):
        net = getattr(getattr(arguments[0], "graph", arguments[0]), "parameters", ())
        before = [parameter.value for parameter in net]
        result = function(*arguments, **keywords)
        for parameter, value in zip(net, before):
            parameter.value = value
        return filled(result, number)
    return again
"""
RETURNS = {
    "nothing": "None",
    "the first argument": "a[0]",
    "the second argument": "a[1 % len(a)]",
    "the third argument": "a[2 % len(a)]",
    "the last argument": "a[-1]",
    "all arguments": "a",
    "0": "0.0",
    "1": "1.0",
    "zeros": "np.zeros_like(a[0])",
    "ones": "np.ones_like(a[0])",
    "an empty list": "[]",
    "what is equal to everything": "Equal()",
    "an array that is equal to everything": "equal_array()",
}
IN_ITS_SHAPE = {f"{number} in the right shape": number for number in (0, 1, 0.5, 4)}


def of_functions(homework, kind):
    """All answers of this kind."""
    names = right_answers.load(homework)
    if kind in RETURNS:
        each = [f"def {name}(*a, **k): return {RETURNS[kind]}" for name in names]
        return EQUAL + "\n".join(each)
    each = [f"{name} = in_its_shape({name}, {IN_ITS_SHAPE[kind]})" for name in names]
    return SHAPED + "\n".join(each)


CLASSES = ("MatMul", "Sigmoid", "SquaredError", "Own")
CLASS = """
class {name}:
    def __init__(self, *operands):
        self.operands, self.value, self.grad = operands, None, None
        {begin}
    def forward(self):
        {forward}
    def backward(self):
        for operand in self.operands:
            {backward}
"""
BEGINS = ("pass", "nodes.append(self)")
FORWARDS = {
    "nothing": "pass",
    "0": "self.value = 0.0",
    "1": "self.value = 1.0",
    "its input": "self.value = self.operands[0].value",
    "zeros": "self.value = np.zeros_like(self.operands[0].value)",
    "ones": "self.value = np.ones_like(self.operands[0].value)",
    "ones for each example": "self.value = np.ones(len(self.operands[0].value))",
    "what is equal to everything": "self.value = Equal()",
    "an array that is equal to everything": "self.value = equal_array()",
}
BACKWARDS = {
    "nothing": "pass",
    "zeros": "operand.grad = np.zeros_like(operand.value)",
    "ones": "operand.grad = np.ones_like(operand.value)",
    "ones more": "operand.grad = operand.grad + 1",
    "the value": "operand.grad = operand.value",
    "its own": "operand.grad = self.grad",
    "what is equal to everything": "operand.grad = Equal()",
    "an array that is equal to everything": "operand.grad = equal_array()",
}
WALKS = """
def Forward(): {forward}
def Backward(loss): {backward}
def SGD(learning_rate): {step}
def build_mine(x, t, W): return {made}
def mended(): return "def Backward(loss): pass"
def what_comes(): return {{"w": 1, "v": 1, "c": [1, 1, 1, 1]}}
def factor(values): return 1.0
def weights_for(f): return dict.fromkeys("xwerpu", 1.0)
"""
FUNCTIONS = {
    "nothing": dict.fromkeys(("forward", "backward", "step"), "pass")
    | {"made": "Own(x), SquaredError(x, t)"},
    "what it was given": dict.fromkeys(("forward", "backward", "step"), "return nodes")
    | {"made": "x, t"},
    **{
        f"{kind}": {
            "forward": f"[setattr(n, 'value', {value}) for n in nodes for v in [x_of(n)]]",
            "backward": f"[setattr(n, 'grad', {value}) for n in nodes + parameters "
            "for v in [n.value]]",
            "step": f"[setattr(p, 'value', {value}) for p in parameters for v in [p.value]]",
            "made": made,
        }
        for kind, value, made in (
            ("zeros", "np.zeros_like(v)", "Own(x), SquaredError(x, t)"),
            ("ones", "np.ones_like(v)", "Own(x), SquaredError(x, t)"),
            ("what is equal to everything", "Equal()", "Equal(), Equal()"),
        )
    },
}


def of_classes(begin, forward, backward, functions):
    bodies = {"forward": FORWARDS[forward], "backward": BACKWARDS[backward]}
    classes = [CLASS.format(name=name, begin=begin, **bodies) for name in CLASSES]
    x_of = "def x_of(node): return node.value if node.value is not None else np.zeros(4)\n"
    return EQUAL + x_of + "".join(classes) + WALKS.format(**FUNCTIONS[functions])


def points(homework, code, seed=0):
    return 80 - sum(lost(marked(homework, [code], seed)).values())


@pytest.mark.long
@pytest.mark.parametrize("kind", [*RETURNS, *IN_ITS_SHAPE])
@pytest.mark.parametrize("homework", HOMEWORKS)
def test_functions_that_do_nothing_have_no_points(homework, kind):
    if homework == "hw3" and kind in IN_ITS_SHAPE:
        pytest.skip("they return nothing that has a shape")
    assert points(homework, of_functions(homework, kind)) < MOST


SOME = [
    ("nodes.append(self)", "1", "nothing", "nothing"),
    ("nodes.append(self)", "its input", "its own", "ones"),
    ("pass", "ones", "ones", "ones"),
    ("nodes.append(self)", "an array that is equal to everything", "ones more", "ones"),
    ("nodes.append(self)", *["what is equal to everything"] * 3),
]
# Every seventh, which is prime to all lengths, so that each meets each of the others.
ALL = [*product(BEGINS, FORWARDS, BACKWARDS, FUNCTIONS)][::7]


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.long
def test_classes_that_do_nothing_have_no_points(kind):
    assert points("hw3", of_classes(*kind)) < MOST


@pytest.mark.long
def test_no_class_that_does_nothing_has_points():
    for kind in ALL:
        assert points("hw3", of_classes(*kind)) < MOST, kind


@pytest.mark.long
def test_what_shows_nothing_by_itself_is_said():
    found = marked("hw3", [of_classes(*SOME[0])], 0)
    assert f"len(nodes): {ALONE}" in said(found)


def test_beside_what_is_right_it_counts():
    """A node whose value alone is wrong is in the list; one whose step back alone is, too."""
    forward = "class Bad(MatMul):\n    def forward(self): self.value = 1.0\nMatMul = Bad"
    backward = "class Bad(MatMul):\n    def backward(self): pass\nMatMul = Bad"
    for code, points_lost in ((forward, 0.5), (backward, 2)):
        assert lost(marked("hw3", [code], 0)) == {1: points_lost}


@pytest.mark.long
def test_without_that_rule_classes_that_do_nothing_have_points(monkeypatch):
    code = of_classes(*SOME[0])
    with_it = points("hw3", code)
    monkeypatch.setattr(follow_through._Chosen, "computes_something", lambda *anything: True)
    assert points("hw3", code) > with_it


@pytest.mark.all
def test_labels_that_show_nothing_by_themselves_are_there():
    """Else they would never be left out."""
    for homework in HOMEWORKS:
        for question in assignments.load(homework).graded.values():
            labels = {
                part.words: set(part.task(np.random.default_rng(0)).wanted)
                for part in question.parts
            }
            for part in question.parts:
                assert not part.beside or set(part.beside) & labels[part.words], part.words
