"""What homework 3 takes as right, computed once more without `course_nn`; what its check leaves."""

import sys
from concurrent.futures import ThreadPoolExecutor

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, grad
from right_answers_hw3 import all_of
from test_assignments import Homework, marks
from tiers import one_of_each, thinned
from wrong_answers_hw3 import altered, backward, error, sgd, sigmoid

from course_exercises.homework import (
    hw3,
    hw3_networks,
    hw3_nodes,
    hw3_operation,
    hw3_own_network,
    hw3_second_backward,
    hw3_wrong_line,
)
from course_exercises.homework.actions import Call, Get, Ref, Set, play
from course_exercises.homework.keys import new_key
from course_exercises.homework.paper_networks import SIX
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted
from course_grading.marking import one_submission
from course_grading.marking.assignments.hw3 import ASSIGNMENT, own
from course_grading.marking.handout import Handout
from course_grading.marking.marks import MOST_CHARACTERS, cases, judge_part, part_mark

SEEDS = range(4)
FUNCTIONS = {
    "MatMul": lambda a, W: anp.dot(a, W),
    "Sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "SquaredError": lambda output, y: anp.sum((output - y) ** 2, axis=1) / 2,
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
@pytest.mark.parametrize("make", parts(1))
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
    for make, label in (
        (hw3_networks.sgd_leaves_inputs, "c1.value"),
        (hw3_networks.sgd_leaves_old_array, "all_three.value"),
    ):
        network, right = made(make, seed)
        x, w1 = network.arrays["x"], network.arrays["w1"]
        before = x if label == "c1.value" else x * w1 * w1  # c1 = x w1, and w1 as it was
        close(right[label], before * (w1 - network.rate * network.set["w1"]))


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
    one_of_each(
        [
            (sigmoid("g * z * (1 - z)"), "q1"),
            (sigmoid("g"), "q1"),
            (error("(d**2).sum(axis=1)"), "q1"),
            (error(step="self.grad[:, None] * 2 * d"), "q1"),
            (error(step="self.grad[:, None] * d / 2"), "q1"),
            (error(step="self.grad[:, None] * d / len(d)"), "q1"),
            (backward(end="pass"), "q2"),
            (sgd("p.value = p.value + learning_rate * p.grad"), "q2"),
            (altered("Own", ("g * 2 * np.abs(a)", "g * np.abs(a)")), "q3"),
            (altered("Own", ("to_m, -1, axis", "to_m, 1, axis")), "q3"),
            (altered("Own", ("3 * to_m - np.roll(", "0 * np.roll(")), "q3"),
        ],
        kind=lambda case: case[1],
    ),
)
def test_one_slip_is_paid_for_once(code, own):
    """A slip in a node costs its own question, and where all nodes work together nothing more."""
    assert set(lost(code)) == {own}


def test_backward_is_marked_without_the_students_nodes_and_forward():
    homework = Homework("hw3")
    names = homework.names("MatMul = Sigmoid = SquaredError = Own = Forward = None")
    graded = homework.question("q2")
    assert marks(graded, 1, names) == graded.points - 1


# --- what belongs to a key ------------------------------------------------------------------------

KEYS = ["", *(new_key(np.random.default_rng(seed)) for seed in range(9))]
ALL_KEYS = [new_key(np.random.default_rng(seed)) for seed in range(200)]
OPERATIONS = [
    hw3_operation.Operation(mix, product)
    for mix in range(len(hw3_operation.MIXES))
    for product in range(len(hw3_operation.PRODUCTS))
]


def written_out(own, a):
    """The operation once more, entry by entry, from its formulas as they are printed."""
    n = a.shape[1]
    m = {
        0: lambda r, j: r[j - 1] + 2 * r[(j + 1) % n],
        1: lambda r, j: 3 * r[j] - r[j - 1],
        2: lambda r, j: sum(r[i] for i in range(j + 1)),
        3: lambda r, j: sum(r[i] for i in range(j, n)),
        4: lambda r, j: sum((-1) ** i * r[i] for i in range(n)),
        5: lambda r, j: sum((i + 1) * r[i] for i in range(n)),
    }[own.mix]
    c = {
        0: lambda u, v: u * anp.abs(u) * v,
        1: lambda u, v: u * v * anp.abs(v),
    }[own.product]
    return anp.array([[c(row[j], m(row, j)) for j in range(n)] for row in a])


@pytest.mark.parametrize("own", OPERATIONS, ids=str)
def test_an_operation_goes_back_as_autograd_says(own):
    rng = np.random.default_rng(1)
    a, g = hw3_operation.entries(rng, own, 3, 4), rng.normal(size=(3, 4))
    close(own.value(a), written_out(own, a))
    right = grad(lambda v: anp.sum(g * written_out(own, v)))(a)
    np.testing.assert_allclose(hw3_operation.step_back(own, a, g), right, rtol=1e-9, atol=1e-9)
    for slip, back in hw3_operation.SLIPS_BACK.items():
        shows = slip is not hw3_operation.LOST_OWN_M or np.diag(own.m(np.eye(4))).any()
        assert np.allclose(back(own, a, g), right, rtol=1e-3, atol=1e-3) != shows, slip.words


@pytest.mark.parametrize("own", OPERATIONS, ids=str)
def test_operations_are_equal_in_difficulty(own):
    """Each entry acts on its own c, and through m; every row has an m that is not symmetric."""
    a = np.ones((1, 4))
    ways = np.array([own.m(np.eye(4)[[i]])[0] for i in range(4)])  # from entry i to each m
    assert (np.count_nonzero(ways, axis=1) >= 1).all()
    assert np.count_nonzero(ways) >= 8
    assert not np.allclose(ways, ways.T)
    assert "|" in own.lines[2] and own.value(a).shape == a.shape


def test_keys_draw_every_operation_network_fault_and_pair_of_paths():
    keys = [new_key(np.random.default_rng(seed)) for seed in range(400)]
    assert {hw3_operation.operation(key) for key in keys} == set(OPERATIONS)
    networks = {hw3_own_network.network(key).family for key in keys}
    kinds = {tuple(s.kind for s in hw3_own_network.network(key).steps) for key in keys}
    assert networks == {"a skip", "a gate"} and len(kinds) >= len(SIX)
    assert len({hw3_wrong_line.printed(key)[0] for key in keys}) > 390
    drawn = {hw3_second_backward.paths(key) for key in keys}
    assert {(len(p.long), len(p.short), len(p.behind)) for p in drawn} == set(
        hw3_second_backward.PATHS
    )


def products_behind(network, name):
    """The most products on a path from an input to this node."""
    for step in network.steps:
        if step.name == name:
            operands = [each for each in step.operands if each not in network.weights]
            return step.kind.startswith("matmul") + max(
                products_behind(network, each) for each in operands
            )
    return 0


@pytest.mark.parametrize("key", KEYS)
def test_networks_are_equal_in_difficulty(key):
    network = hw3_own_network.network(key)
    kinds = [step.kind for step in network.steps]
    (join,) = (step for step in network.steps if step.kind in hw3_own_network.LONGER)
    depths = [products_behind(network, name) for name in join.operands]
    assert depths[hw3_own_network.LONGER[join.kind]] == max(depths) > min(depths)
    assert kinds.count("matmul_transposed") == 3 == len(network.weights)
    assert len({"tanh", "sigmoid"} & set(kinds)) == 2 or "sigmoid" in kinds or "tanh" in kinds
    assert kinds[-2] == "own" and 7 <= len(kinds) <= 8


@pytest.mark.parametrize("key", KEYS)
def test_a_network_has_the_letters_of_build_mine(key):
    network = hw3_own_network.network(key)
    assert list(network.inputs) == ["x"] and network.answers == "t"
    shown = hw3_own_network.described(key)
    assert "x[b, d]" in shown and "− t[b, k])²" in shown


@pytest.mark.parametrize("key", KEYS)
def test_the_argument_f_is_no_weight(key):
    assert "f" not in hw3_second_backward.paths(key).weights


def test_an_input_takes_another_number_of_examples():
    """What has arrived in its grad has the rows of the old ones."""
    names = Homework("hw3").names("")
    exec(
        "new_graph(); x = Input(np.ones((2, 3))); w = Parameter(np.ones((1, 3)))\n"
        "loss = RowSum(Scale(x, w)); Forward(); Backward(loss); arrived = np.shape(x.grad)\n"
        "x.value = np.ones((4, 3)); Forward(); Backward(loss)",
        names,
    )
    assert names["arrived"] == (2, 3) and names["x"].grad.shape == (4, 3)


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_a_verdict_says_which_key_was_read(number):
    question = Homework("hw3").question(f"q{number}").question
    for key, used in (("", " (no key)"), (KEYS[1], f" (key: {KEYS[1]})")):
        names = names_of(key)
        kind, text = question.verdict(names)
        assert kind == "right" and text.endswith(used)
        for kind, other in (("wrong", "lambda *_: 0.5"), ("open", "None")):
            found, text = question.verdict(names | {name: eval(other) for name in question.answers})
            assert found == kind
            first, *pasted = text.split("\n")
            assert first.endswith(used) and "key" not in "".join(pasted)
    kind, text = question.verdict(names | {"KEY": "VNH-AB39"})
    assert kind == "wrong" and "two signs are exchanged" in text


@pytest.mark.parametrize("number", [1, 2])
def test_where_everybody_is_asked_the_same_a_mistyped_key_does_not_matter(number):
    question = Homework("hw3").question(f"q{number}").question
    assert question.verdict(names_of("") | {"KEY": "VNH-AB39"})[0] == "right"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("def build_mine(x, t, W):\n    return made(x, t, W)[1]", "with a comma between them"),
        ("class Sigmoid(Sigmoid):\n    forward = lambda self: 0.5", "Is it in the list nodes?"),
    ],
)
def test_of_a_node_that_has_no_value_it_is_said_where_it_comes_from(program, said):
    names = names_of("", f"made = build_mine\n{program}")
    verdict = Homework("hw3").question("q4").question.verdict(names)
    assert said in " ".join(verdict[1].split())


def test_a_mistyped_key_is_named_where_something_is_shown(capsys):
    for show in (hw3.show_my_operation, hw3.show_my_network, hw3.show_my_paths):
        assert show("VNH-AB39") is None
    assert hw3.show_their_program("1") is None
    lines = capsys.readouterr().out.splitlines()
    assert sum("cannot be read" in line for line in lines) == 4
    assert max(map(len, lines)) <= 80


def test_what_is_shown_of_an_operation_fits_a_cell():
    for each in OPERATIONS:
        assert max(map(len, hw3_operation.described(each).splitlines())) <= 80


def test_a_factor_without_L_is_told():
    assert "L was not counted" in hw3_second_backward.SECOND_ALONE.words


def test_an_entry_that_is_nearly_0_is_not_nudged():
    """Sums of decimals can be 1e-17 in place of 0, and a thousandth of that is lost in rounding."""
    for each in OPERATIONS:
        assert not each.can_be_nudged(np.array([[0.4, 1e-17, 0.9]]))


@pytest.mark.parametrize("seed", thinned(range(12)))
@pytest.mark.parametrize("key", KEYS)
def test_a_network_computes_what_its_lines_say(key, seed):
    """Once more with autograd, from the lines."""
    case = hw3_own_network.case(np.random.default_rng(seed), key)
    network, operation = case.own, hw3_operation.operation(key)

    def loss(name, value):
        found = {**case.values, name: value}
        for step in network.steps:
            one, *other = (found[each] for each in step.operands)
            found[step.name] = {
                "matmul_transposed": lambda a, V: anp.einsum("bi,ji->bj", a, V),
                "tanh": anp.tanh,
                "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
                "add": lambda a, b: a + b,
                "multiply": lambda a, b: a * b,
                "own": lambda a: written_out(operation, a),
            }[step.kind](one, *other)
        return anp.mean(((found[network.output] - found[network.answers]) ** 2).sum(axis=1) / 2)

    seen = case.run()
    for name in network.weights:
        right = grad(lambda value, n=name: loss(n, value))(case.values[name])
        np.testing.assert_allclose(seen[f"{name}.grad"], right, rtol=1e-7, atol=1e-9)
    first = next(iter(network.weights))
    close(seen["L.value"].mean(), loss(first, case.values[first]))


def names_of(key, code=""):
    """A notebook in which the questions of a key are answered rightly, and then this code."""
    names = Homework("hw3").names(all_of(key))
    names["KEY"] = key
    exec(code, names)
    return names


def points(names, key, seed):
    """By question, as the grader gives them for a key."""
    found = {}
    for i, (q, graded) in enumerate(Homework("hw3").graded):
        total = 0.0
        for p, part in enumerate(graded.parts):
            tasks = cases(ASSIGNMENT, i, p, seed, key)
            seen = [play(task.steps, {**names, "numpy": np}) for task in tasks]
            total += part_mark(part, judge_part(tasks, seen)).points
        found[q] = round(total, 2)
    return found


@pytest.mark.parametrize("key", thinned(KEYS))
def test_right_answers_to_a_key_are_right(key):
    names, homework = names_of(key), Homework("hw3")
    for q in ("q3", "q4", "q5", "q6"):
        kind, text = homework.question(q).question.verdict(names)
        assert kind == "right", f"{q}: {text}"
    full = {q: graded.points for q, graded in homework.graded}
    assert points(names, key, seed=5) == full


def test_what_is_tried_with_a_right_answer_is_tried_with_that_of_the_key():
    """Where `Own` is wrong, the network is tried once more with the right one: of this key."""
    run = object.__new__(one_submission._Run)
    run.assignment, run.handout = ASSIGNMENT, Handout(right={"Own": "", "MatMul": "as it is"})
    for run.key in KEYS:
        assert run.right("Own") == own(run.key) != ""
        assert run.right("MatMul") == "as it is"
    assert len({own(key) for key in KEYS}) > 4


@pytest.mark.all
def test_answers_to_another_key_are_worth_little():
    """But where two keys share the operation, of which there are twelve."""
    worth = []
    for one, other in zip(KEYS[:5], KEYS[5:], strict=True):
        if hw3_operation.operation(one) == hw3_operation.operation(other):
            continue
        found = points(names_of(one), other, seed=2)
        worth.append(sum(found[q] for q in ("q3", "q4", "q5", "q6")))
    assert len(worth) >= 3 and max(worth) <= 8


HONESTLY_WRONG = {
    "no way through m": (
        "class Own(Own):\n"
        "    def backward(self):\n"
        "        before, a = self.a.grad, self.a.value\n"
        "        super().backward()\n"
        "        self.a.grad = before + (self.a.grad - before) / 2\n",
        "q3",
    ),
    "divided in the node": (
        "class Own(Own):\n"
        "    def backward(self):\n"
        "        kept, self.grad = self.grad, self.grad / len(self.grad)\n"
        "        super().backward()\n"
        "        self.grad = kept\n",
        "q3",
    ),
    "overwritten": (
        "class Own(Own):\n"
        "    def backward(self):\n"
        "        self.a.grad = 0 * self.a.value\n"
        "        super().backward()\n",
        "q3",
    ),
    "grad missing": (
        "class Own(Own):\n"
        "    def backward(self):\n"
        "        kept, self.grad = self.grad, np.ones_like(self.grad)\n"
        "        super().backward()\n"
        "        self.grad = kept\n",
        "q3",
    ),
    "V.grad transposed": (
        "class Turned(Turned):\n"
        "    def backward(self):\n"
        "        before = self.V.grad\n"
        "        super().backward()\n"
        "        self.V.grad = before + (self.V.grad - before).reshape(before.T.shape).T\n",
        "q4",
    ),
    "weights multiplied as they are stored": (
        "class Turned(Turned):\n"
        "    def forward(self):\n"
        "        V = self.V.value\n"
        "        self.value = self.a.value @ (V if V.shape == V.T.shape else V.T)\n"
        "    def backward(self):\n"
        "        V = self.V.value\n"
        "        square = V.shape == V.T.shape\n"
        "        self.a.grad = self.a.grad + self.grad @ (V.T if square else V)\n"
        "        add = self.grad.T @ self.a.value\n"
        "        self.V.grad = self.V.grad + (add.T if square else add)\n",
        "q4",
    ),
    "nothing mended": ("def mended(): return PRINTED", "q5"),
    "as if the program were right": ("def what_comes(): return RIGHT", "q5"),
    "twice": ("def factor(values): return 2.0", "q6"),
    "ones": ("def weights_for(f): return dict.fromkeys(NAMES, 1.0)", "q6"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", HONESTLY_WRONG)
def test_an_honest_slip_costs_the_same_whatever_seed_and_key(name):
    code, question = HONESTLY_WRONG[name]
    worth = []
    for seed, key in enumerate(KEYS):
        trial = hw3_wrong_line.own_trial(key)
        more = {
            "PRINTED": hw3_wrong_line.printed(key)[0],
            "RIGHT": {name: value.ravel().tolist() for name, value in trial.right().items()},
            "NAMES": ["x", *hw3_second_backward.paths(key).weights],
        }
        names = names_of(key)
        names |= more
        exec(code, names)
        worth.append(points(names, key, seed)[question])
    assert max(worth) - min(worth) <= 1
    assert max(worth) < Homework("hw3").question(question).points


@pytest.mark.all
def test_a_nudge_does_not_pass_for_a_formula():
    """Central differences with the fixed step of lesson 02, in all parts of question 3."""
    code = """
class Own(Own):
    def backward(self):
        a, h = self.a.value.copy(), 1e-5
        found = np.zeros_like(a)
        for i in range(a.shape[1]):
            step = np.zeros_like(a)
            step[:, i] = h
            self.a.value = a + step
            self.forward()
            up = self.value
            self.a.value = a - step
            self.forward()
            found[:, i] = (self.grad * (up - self.value)).sum(axis=1) / (2 * h)
        self.a.value = a
        self.forward()
        self.a.grad = self.a.grad + found
"""
    for key in KEYS[:3]:
        got = points({**names_of(key, code), "numpy": np}, key, 1)["q3"]
        assert got <= 8


# --- the program with a wrong line ----------------------------------------------------------------


@pytest.mark.parametrize("place", range(len(hw3_wrong_line.FAULTS)))
def test_each_wrong_line_shows_in_the_numbers_and_each_other_way_does_not(place):
    names = {name: words[0] for name, words in hw3_wrong_line.NAMES.items()}
    trial = hw3_wrong_line.Trial(np.random.default_rng(place))
    right = hw3_wrong_line.together(trial.right())
    for way in range(3):
        ways = [rights[min(way, len(rights) - 1)] for rights, _ in hw3_wrong_line.LINES]
        program = "\n".join(ways).format(**names)
        close(hw3_wrong_line.together(trial.of(program, names["Gate"])), right)
        where, wrong = hw3_wrong_line.FAULTS[place]
        ways[where] = wrong
        program = "\n".join(ways).format(**names)
        found = hw3_wrong_line.together(trial.of(program, names["Gate"]))
        assert not np.allclose(found, right)


def test_faults_are_at_least_six_and_all_of_one_line():
    assert len(hw3_wrong_line.FAULTS) >= 8


def test_comments_and_blanks_are_no_other_line():
    program = hw3_wrong_line.printed("")[0]
    judge_text = hw3_wrong_line.one_line_differs
    again = "\n\n".join(f"   {line}   # note" for line in program.splitlines())
    assert judge_text("", again).slips == (hw3_wrong_line.NO_LINE,)
    one = program.replace("nodes + parameters", "parameters", 1)
    assert judge_text("", one).kind == "right"
    assert judge_text("", one + "\npass").slips == (hw3_wrong_line.SEVERAL_LINES,)
    assert judge_text("", one.replace("forward", "backward")).slips == (
        hw3_wrong_line.SEVERAL_LINES,
    )
    assert judge_text("", "x" * 8000).slips == (hw3_wrong_line.SEVERAL_LINES,)


# --- two Backwards --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_the_factor_is_a_mean_of_those_of_the_paths(key):
    own = hw3_second_backward.paths(key)
    values = {name: 0.5 + i / 7 for i, name in enumerate(("x", *own.weights))}
    long, short = (np.prod([values[n] for n in path]) for path in (own.long, own.short))
    right = (own.of_longer * long + own.of_shorter * short) / (long + short)
    assert own.factor(values) == pytest.approx(right)
    assert own.of_shorter >= 4 and own.of_longer > own.of_shorter


def test_every_case_can_be_pasted_into_a_cell():
    """That it then gives what was looked at is tried in test_assignments.py."""
    for _, graded in Homework("hw3").graded:
        for make in graded.question.tasks.values():
            task = make(np.random.default_rng(VISIBLE_SEED))
            assert task.description.startswith("To look at it, paste this into a cell:\n")
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
