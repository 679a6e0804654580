"""What homework 3 takes as right, computed once more without `course_nn`; what its check leaves."""

import sys
from concurrent.futures import ThreadPoolExecutor

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, grad
from test_assignments import Homework, marks
from wrong_answers_hw3 import activation, backward, error, product, sgd

from course_exercises.homework import hw3_networks, hw3_nodes
from course_exercises.homework.actions import Call, Get, Ref, Set
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted, judge
from course_grading.marking.assignments.hw3 import ASSIGNMENT
from course_grading.marking.marks import MOST_CHARACTERS, cases

SEEDS = range(4)
FUNCTIONS = {
    "MatMul": lambda a, W: anp.dot(a, W),
    "Sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "Tanh": anp.tanh,
    "SquaredError": lambda output, y: anp.sum((output - y) ** 2, axis=1) / 2,
    "Add": lambda a, b: a + b,
    "Scale": lambda a, w: a * w,
    "RowSum": lambda a: anp.sum(a, axis=1),
}


class Network:
    """A task's steps as one function of its arrays, without gradients of its own."""

    def __init__(self, steps):
        self.arrays, self.made, self.set, self.rate = {}, {}, {}, None
        for step in steps:
            if isinstance(step, Call) and step.path in ("Input", "Parameter"):
                self.arrays[step.into] = step.arguments[0]
            elif isinstance(step, Call) and step.path.startswith("build"):
                self.made |= self.built(step.path)
            elif isinstance(step, Call) and step.path in FUNCTIONS:
                self.made[step.into] = (step.path, *(ref.path for ref in step.arguments))
            elif isinstance(step, Call) and step.path == "SGD":
                (self.rate,) = step.arguments
            elif isinstance(step, Set) and step.path.count(".") == 1:
                name, attribute = step.path.split(".")
                if attribute == "grad":
                    self.set[name] = step.value
                elif not isinstance(step.value, Ref):
                    self.arrays[name] = step.value

    @staticmethod
    def built(function):
        skip = function == "build_with_skip"
        return {
            "z1": ("MatMul", "x", "W1"),
            "h1": ("Sigmoid", "z1"),
            "z2": ("MatMul", "h1", "W2"),
            "f2": ("Sigmoid", "z2"),
            **({"h2": ("Add", "f2", "h1")} if skip else {}),
            "z3": ("MatMul", "h2" if skip else "f2", "W3"),
            "loss": ("SquaredError", "z3", "y"),
        }

    def value(self, name, **changed):
        """With other numbers for some arrays, or for some nodes."""
        if name in changed:
            return changed[name]
        if name in self.arrays:
            return self.arrays[name]
        function, *operands = self.made[name]
        return FUNCTIONS[function](*(self.value(operand, **changed) for operand in operands))

    def mean_gradient(self, name, loss="loss", **changed):
        start = self.value(name, **changed)
        return grad(lambda v: anp.mean(self.value(loss, **{**changed, name: v})))(start)


def made(make, seed):
    task = make(np.random.default_rng(seed))
    right = {k: wanted.right for k, wanted in task.wanted.items() if isinstance(wanted, Wanted)}
    return Network(task.steps), right


def close(mine, other):
    np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-12)


def parts(*numbers):
    """The tasks of some questions, with their names."""
    homework = Homework("hw3")
    return [
        pytest.param(part.task, id=f"q{number}-{part.words}")
        for number in numbers
        for part in homework.question(f"q{number}").parts
        if "list of nodes" not in part.words
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", parts(1, 2, 3) + parts(6)[:2])
def test_single_nodes(make, seed):
    network, right = made(make, seed)
    ((node, _),) = network.made.items()
    calls = [
        step.path for step in make(np.random.default_rng(seed)).steps if isinstance(step, Call)
    ]
    for label, value in right.items():
        name, attribute = label.split(".")
        if attribute == "value":
            close(value, network.value(name))
        else:
            upstream, before = network.set[node], network.set[name]

            def weighted(v, n=name, g=upstream):
                return anp.sum(g * network.value(node, **{n: v}))

            step = grad(weighted)(network.value(name))
            assert not np.allclose(upstream, 1)
            close(value, before + calls.count(f"{node}.backward") * step)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw3_networks.forward, hw3_networks.forward_again])
def test_forward(make, seed):
    network, right = made(make, seed)
    for label, value in right.items():
        close(value, network.value(label.removesuffix(".value")))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "make",
    [
        hw3_networks.backward_one,
        hw3_networks.backward_one_node,
        hw3_networks.backward_several_nodes,
        hw3_networks.backward_several_parameters,
        hw3_networks.backward_twice,
        hw3_networks.backward_shared,
        hw3_networks.backward_of_early_loss,
    ],
)
def test_backward(make, seed):
    network, right = made(make, seed)
    loss = "early" if "early" in network.made else "loss"
    assert (len(network.value("x")) == 1) == (make is hw3_networks.backward_one)
    for label, value in right.items():
        name = label.removesuffix(".grad")
        if name.startswith("w"):
            close(value, network.mean_gradient(name, loss))
        elif name == loss:
            close(value, np.ones(len(network.value("x"))))
        else:  # row b belongs to example b
            at = network.value(name)
            close(value, elementwise_grad(lambda v, n=name: network.value(loss, **{n: v}))(at))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_array_that_was_kept_is_the_first_gradient(seed):
    steps = hw3_networks.backward_keeps(np.random.default_rng(seed)).steps
    before = [step for step in steps if not (isinstance(step, Set) and step.path == "x.value")]
    _, right = made(hw3_networks.backward_keeps, seed)
    close(right["kept.value"], Network(before).mean_gradient("w"))


@pytest.mark.parametrize("seed", SEEDS)
def test_sgd(seed):
    network, right = made(hw3_networks.sgd, seed)
    for label, value in right.items():
        name = label.removesuffix(".value")
        close(value, network.arrays[name] - network.rate * network.set[name])
    for make, label, other in (
        (hw3_networks.sgd_leaves_inputs, "c1.value", "x"),
        (hw3_networks.sgd_leaves_old_array, "product.value", "w1"),
    ):
        network, right = made(make, seed)
        new = network.arrays["w1"] - network.rate * network.set["w1"]
        close(right[label], network.arrays[other] * new)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", parts(5)[3:] + parts(6)[2:])
def test_networks(make, seed):
    network, right = made(make, seed)
    after = {}
    if network.rate:
        after = {
            name: network.arrays[name] - network.rate * network.mean_gradient(name)
            for name in ("W1", "W2", "W3")
        }
    for label, value in right.items():
        name, _, attribute = label.removeprefix("new ").partition(".")
        if attribute == "grad":  # added up
            close(value, len(network.value("x")) * network.mean_gradient(name))
        else:
            close(value, network.value(name, **after))


@pytest.mark.parametrize(
    ("count", "slip"), [(3, None), (0, hw3_networks.NEW_GRAPH), (6, hw3_networks.NO_PARAMETERS)]
)
def test_parameters_are_counted_where_something_is_computed(count, slip):
    wanted = hw3_networks.network_values(np.random.default_rng(0)).wanted["len(parameters)"]
    assert judge(wanted, [count, 0.7]).slips == ((slip,) if slip else ())
    assert judge(wanted, [count, 0.0]).slips == (hw3_nodes.NOTHING_COMPUTED,)
    assert judge(wanted, [4, 0.7]).kind == "wrong"


def test_the_lists_are_afterwards_what_they_were():
    """Also when a check stops in the middle, and where a question is not answered yet."""
    homework = Homework("hw3")
    for more in ("", "def Backward(loss): new_graph(); loss.nothing", "MatMul = None"):
        names = homework.names(more)
        exec("new_graph(); x = Input(np.ones((1, 2))); W = Parameter(np.ones((1, 2)))", names)
        exec("c = Scale(x, W); RowSum(c)", names)
        lists = names["nodes"], names["parameters"]
        held = [list(each) for each in lists]
        for _, graded in homework.graded:
            graded.question.verdict(names)
            assert (names["nodes"], names["parameters"]) == tuple(held)
            assert names["nodes"] is lists[0] and names["parameters"] is lists[1]


def lost(code, seed=3):
    """The points that this code costs, by question."""
    homework = Homework("hw3")
    names = homework.names(code)
    each = {q: graded.points - marks(graded, seed, names) for q, graded in homework.graded}
    return {q: points for q, points in each.items() if points}


@pytest.mark.parametrize(
    ("code", "own"),
    [
        (activation("Sigmoid", "g * z * (1 - z)"), "q2"),
        (activation("Sigmoid", "g"), "q2"),
        (error("(d**2).sum(axis=1)"), "q3"),
        (error(step="self.grad[:, None] * 2 * d"), "q3"),
        (error(step="self.grad[:, None] * d / 2"), "q3"),
        (error(step="self.grad[:, None] * d / len(d)"), "q3"),
        (product(to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad / len(self.grad)"),
         "q1"),
        (backward(end="pass"), "q4"),
        (backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)"), "q4"),
        (sgd("p.value = p.value + learning_rate * p.grad"), "q5"),
    ],
)  # fmt: skip
def test_one_slip_is_paid_for_once(code, own):
    """A slip in a node costs its own question, and where all nodes work together nothing more."""
    assert set(lost(code)) == {own}


@pytest.mark.parametrize(
    ("code", "own", "elsewhere"),
    [
        (backward(order="nodes"), "q4", 2),
        (backward(reset="[]"), "q4", 2),
        (error("0.5 * (d**2).sum()"), "q3", 2),
        (error("0.5 * (d**2).sum(axis=1, keepdims=True)"), "q3", 2),
        ("def Forward():\n    for node in nodes[:1]:\n        node.forward()", "q4", 2),
        (product(to_W="self.W.grad = self.W.grad + self.grad.T @ self.a.value"), "q1", 7),
    ],
)
def test_a_mistake_that_stops_a_network_costs_little_elsewhere(code, own, elsewhere):
    points = lost(code)
    del points[own]
    assert sum(points.values()) <= elsewhere + 0.01


def test_the_batch_rule_costs_a_quarter_and_a_missing_reverse_leaves_half():
    assert lost(backward(end="pass")) == {"q4": 5}
    assert 8 < lost(backward(order="nodes"))["q4"] < 10


def test_backward_is_marked_without_the_students_nodes_and_forward():
    homework = Homework("hw3")
    names = homework.names("MatMul = Sigmoid = Tanh = SquaredError = Add = Forward = None")
    graded = homework.question("q4")
    assert marks(graded, 1, names) == graded.points - 4


def test_every_case_can_be_pasted_into_a_cell():
    """That it then gives what was looked at is tried in test_assignments.py."""
    for _, graded in Homework("hw3").graded:
        for make in graded.question.tasks.values():
            task = make(np.random.default_rng(VISIBLE_SEED))
            assert task.description.startswith(
                "To look at it, paste this into a cell:\nnew_graph()"
            )
            assert len(task.description) < MOST_CHARACTERS - 200, "or feedback cuts the verdict"
            looks = [step for step in task.steps if isinstance(step, Get)]
            assert looks == list(task.steps[-len(looks) :]), "else they would show other values"


def test_numbers_hide_no_slip():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        assert not np.isin(np.abs(hw3_nodes.numbers(rng, 5, 5)), [0.0, 0.5, 1.0]).any()
        assert len(set(hw3_nodes.sizes(rng, 3))) == 3


def test_several_threads_may_ask_for_tasks():
    """They are made from graphs, of which only one can be built at a time."""
    wanted = [(q, 0, seed) for q in range(6) for seed in range(9000, 9015)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as crew:
            list(crew.map(lambda each: cases(ASSIGNMENT, *each), wanted))
    finally:
        sys.setswitchinterval(interval)
