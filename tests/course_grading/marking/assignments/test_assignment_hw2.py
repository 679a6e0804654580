"""Homework 2 with many keys: what it takes as right, computed once more in other ways; what honest
slips cost, whoever makes them; and what a copy of what the course prints is worth.
"""

import re
from functools import cache
from itertools import combinations, product
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from answers_hw2 import (
    MENDED,
    all_lines,
    as_lines,
    counted,
    examples,
    gradients,
    mended,
    mended_text,
    right_answers,
    spoilt,
    template,
    with_lines,
)
from autograd import jacobian
from right_lines import in_columns, subscripts
from tiers import thinned
from wrong_answers_hw2 import DIFFERENCES, SLOPES

import course_nn as nn
from course_exercises.homework import (
    hw2,
    hw2_examples,
    hw2_gradients,
    hw2_hints,
    hw2_lines,
    hw2_network,
    hw2_other,
    paper_picture,
)
from course_exercises.homework.actions import Call, play
from course_exercises.homework.keys import new_key
from course_exercises.homework.paper_networks import SIX, turned
from course_exercises.homework.random_networks import CANCELS
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted, judge, made
from course_exercises.question import Kind, same
from course_grading.exams import lines as printed_lines
from course_grading.marking import follow_through, marks
from course_grading.marking.assignments.hw2 import ASSIGNMENT

HERE = Path(__file__)
SOURCE = HERE.parents[4] / "homework" / "source" / "hw2" / "hw2.ipynb"
CANDIDATES = [new_key(np.random.default_rng(i)) for i in range(60)]
SEEDS = range(10)


def shape_of(key):
    """Which of the six networks it is: what goes into each step, without letters."""
    network = hw2_network.sheet_of(key).network
    order = [*network.inputs, *network.weights, *(step.name for step in network.steps)]
    kinds = {"tanh": "f", "sigmoid": "f"}
    return tuple(
        (kinds.get(step.kind, step.kind), *map(order.index, step.operands))
        for step in network.steps
    )


@cache
def ten_keys():
    """Keys with all six networks, and all six derivations with a wrong line."""
    found, shapes, templates = [], set(), set()
    for key in CANDIDATES:
        if {shape_of(key)} - shapes or {template(key)} - templates:
            found.append(key)
            shapes.add(shape_of(key))
            templates.add(template(key))
    assert len(shapes) == len(SIX) and len(templates) == len(hw2_other.WRITTEN)
    found += [key for key in CANDIDATES if key not in found]
    return found[:10]


KEYS = ten_keys()
FEW = thinned(KEYS, 5)


def names_of(*codes):
    given = (
        "def finite_differences(function, W, step):\n"
        "    slopes = np.zeros(W.shape)\n"
        "    for entry in np.ndindex(W.shape):\n"
        "        up, down = W.copy(), W.copy()\n"
        "        up[entry] += step\n"
        "        down[entry] -= step\n"
        "        slopes[entry] = (function(up) - function(down)) / (2 * step)\n"
        "    return slopes\n"
        "def make_cubic(A, C):\n"
        "    return lambda W: np.sum(A * W**3 + C * W**2)\n"
    )
    space = {"np": np, "__name__": "__main__"}
    for code in (given, *codes):
        exec(code, space)
    return space


def points(key, *codes, seed=0):
    """Of each question, as the grader gives them, but without a sandbox."""
    names = names_of(*codes)
    tasks = {
        (q, p): marks.cases(ASSIGNMENT, q, p, seed, key)
        for q, question in ASSIGNMENT.graded.items()
        for p in range(len(question.parts))
    }
    found = {
        place: [play(task.steps, {**names, "numpy": np}) for task in cases]
        for place, cases in tasks.items()
    }

    def play_again(question, tasks, *, as_of, right):
        return [play(task.steps, {**names, "numpy": np}) for task in tasks]

    with np.errstate(all="ignore"):
        marked = follow_through.mark_all(ASSIGNMENT, tasks, found, play_again)
    return [round(question.points, 2) for question in marked]


FULL = [6, 30, 18, 12, 10, 4]

# --- what is right, for every key -----------------------------------------------------------------


@pytest.mark.parametrize("key", FEW)
def test_right_answers_have_all_points_whatever_the_key(key):
    assert points(key, *right_answers(key).values()) == FULL


@pytest.mark.parametrize("key", FEW)
def test_right_lines_in_other_forms(key):
    network = hw2_network.sheet_of(key).network
    right = all_lines(key)
    for text in (
        "\n".join(map(subscripts, right.values())),
        in_columns(network),
        "\n".join(reversed(right.values())),
    ):
        found = hw2_lines.read(hw2_network.sheet_of(key), text)
        wrong = {name: v.words for name, v in found.verdicts.items() if v.kind != Kind.RIGHT}
        assert not wrong and found.report.right


@pytest.mark.parametrize("key", FEW)
def test_slopes_may_be_written_from_what_goes_in(key):
    """As the notebook says: f′(s[b, j]), and 1 − tanh(s[b, j])²."""
    right = all_lines(key)
    for step in hw2_network.sheet_of(key).network.steps:
        if step.kind in ("tanh", "sigmoid"):
            into = re.search(rf"{step.operands[0]}\.grad(\[b, \w\])", right[step.operands[0]])
            at = f"{step.operands[0]}{into[1]}"
            new = f" (1 − tanh({at})²)" if step.kind == "tanh" else f" f′({at})"
            # where z goes two ways the slope stands beside another term
            right[step.operands[0]] = re.sub(SLOPES, new, right[step.operands[0]], count=1)
    assert sum("tanh(" in line or "f′(" in line for line in right.values()) == 2
    found = hw2_lines.read(hw2_network.sheet_of(key), "\n".join(right.values()))
    assert {v.kind for v in found.verdicts.values()} == {Kind.RIGHT}


@pytest.mark.parametrize("key", FEW)
def test_all_networks_are_equal_in_what_they_ask(key):
    """Nine lines, of which one has two terms, three have a mean and two a slope."""
    right = all_lines(key)
    assert len(right) == 9
    formulas = [line.partition("#")[0] for line in right.values()]
    assert sum(" + " in each for each in formulas) == 1
    assert sum("1/B" in each for each in formulas) == 3
    assert len(re.findall(SLOPES, "\n".join(formulas))) == 2
    sheet = hw2_network.sheet_of(key)
    assert len(list(sheet.paths(sheet.network.steps[0].name))) == 2
    widths = sheet.network.widths
    assert {widths[step.name] for step in sheet.network.steps} == {sheet.H, sheet.K}
    assert sheet.H != sheet.K
    assert [shape for shape in sheet.network.weights.values()] == [
        (sheet.H, sheet.D),
        (sheet.H, sheet.H),
        (sheet.K, sheet.H),
    ]


@pytest.mark.parametrize("key", FEW)
def test_products_are_those_of_the_gradient_written_out(key):
    """The sum of as many products as there are ways from one weight to all outputs."""
    names = names_of(counted(key))
    task = hw2_network.reading(np.random.default_rng(0), key)
    found = play(task.steps, names)
    for label, wanted in task.wanted.items():
        assert judge(wanted, found[label]).kind == Kind.RIGHT
        assert all(not same(wanted.right, each) for each in wanted.slips.values())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [hw2_gradients.gradients_small, hw2_gradients.gradients_large])
def test_gradients_by_autograd(make, seed):
    """The derivatives there are measured; here they are those of autograd, without the course."""
    if make is hw2_gradients.gradients_large and seed:
        return
    task = make(np.random.default_rng(seed))
    (x, y, *weights) = next(s.arguments for s in task.steps if isinstance(s, Call))

    def J(W1, W2, W3):
        def f(z):
            return z / (1 + anp.abs(z))

        return anp.mean(anp.sum(anp.log(anp.cosh(f(f(x @ W1) @ W2) @ W3 - y)), axis=1))

    for i, name in enumerate(("dW1", "dW2", "dW3")):
        assert judge(task.wanted[name], jacobian(J, i)(*weights)).kind == Kind.RIGHT
    assert sum(W.size for W in weights) == 80_000 or make is hw2_gradients.gradients_small


@pytest.mark.all
@pytest.mark.parametrize("matrix", ["W1", "W2", "W3"])
def test_no_step_of_a_difference_shows_the_row_that_is_next_to_nothing(matrix):
    """Not the best of all steps: a small one is rounding, a large one bends the loss."""
    names = ("x", "y", "W1", "W2", "W3")
    arguments = dict(zip(names, hw2.large_network(1), strict=True))
    right = hw2_gradients._three(arguments)[f"d{matrix}"]
    size = np.abs(right).max(axis=1)
    row = int(size.argmin())
    assert 0 < size[row] < 1e-12 * np.median(size)

    def J(entry, step):
        x, y, *weights = (arguments | {matrix: arguments[matrix].copy()}).values()
        weights[int(matrix[1]) - 1][entry] += step
        h = x
        for W in weights[:2]:
            h = hw2_gradients.f(h @ W)
        return np.mean(hw2_gradients.log_cosh(h @ weights[2] - y).sum(axis=1))

    def furthest(step):
        slopes = [(J((row, j), step) - J((row, j), -step)) / (2 * step) for j in columns]
        return np.abs(np.array(slopes) - right[row]).max() / size[row]

    columns = range(right.shape[1])
    assert min(map(furthest, 10.0 ** np.arange(-12, 15))) > 100 * CANCELS


def test_so_many_forward_passes_as_there_are_weights_take_far_longer_than_there_is():
    """By the operations alone: a core does some 20 · 10⁹ in a second with so few examples."""
    B, D, H1, H2, K = hw2_gradients.LARGE
    weights = D * H1 + H1 * H2 + H2 * K
    complex_steps = 8 * B * weights**2  # a complex product and a sum are 8 real ones
    assert complex_steps > 5 * ASSIGNMENT.seconds * 20e9
    loops = B * (2 * weights + H1 * H2 + H2 * K)  # honest ones, innermost
    assert loops < 3_000_000


@pytest.mark.parametrize("key", ["", *KEYS])
def test_the_unit_has_a_gradient_and_the_claim_fails(key):
    unit = hw2_examples.unit_of(key)
    assert abs(hw2_examples.gradient(unit.w, unit.x, unit.y)) > 0.1
    for x, y in product((unit.x, 3.0), (unit.y, -2.0)):
        h = (unit.w * x) ** 2
        by_hand = (h - y) * 2 * unit.w * x * x
        assert hw2_examples.gradient(unit.w, x, y) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("x", "y", "slip"),
    [
        ([-1, -1], [1, 5], hw2_examples.SAME_X),
        ([-1, -1.04], [1, 5], hw2_examples.SAME_X),
        ([-1, 1], [1, -0.5], hw2_examples.NO_GRADIENT),
        ([-1, 2], [1, 2], hw2_examples.NOT_EQUAL),
        ([2, -1], [1, 2], hw2_examples.NOT_MINE),
    ],
)
def test_trivial_examples_are_refused(x, y, slip):
    wanted = hw2_examples.equal(np.random.default_rng(0)).wanted["examples"]
    assert judge(wanted, {"x": np.array(x), "y": np.array(y)}).slips == (slip,)


def test_the_check_of_examples_prints_no_gradients(capsys):
    """By these a second example is found without a thought."""
    for y in (2, 3.5):
        hw2.q4.check({"opposite": lambda y=y: {"x": [-1, 2], "y": [1, y]}, "equal": lambda: None})
        said = capsys.readouterr().out.partition("Tried:")[0]
        assert "gradient" in said and not re.search(r"\d\.\d", said)


@pytest.mark.parametrize(
    "found",
    [
        {"x": np.array([-1, np.nan]), "y": np.array([1, 1])},
        {"x": np.array([-1, 1e200]), "y": np.array([1, 1])},
        {"x": np.array([-1.0]), "y": np.array([1.0])},
        {"x": np.ones((2, 2)), "y": np.ones((2, 2))},
        {"x": np.full(7, -1.0), "y": np.ones(7)},
        {"x": np.array([-1.0, 2])},
        np.array([-1.0, 2]),
    ],
)
def test_other_things_than_examples_are_refused(found):
    wanted = hw2_examples.equal(np.random.default_rng(0)).wanted["examples"]
    assert judge(wanted, found).kind not in (Kind.RIGHT, Kind.SLIP)


# --- somebody else's derivation -------------------------------------------------------------------

ENTRY = re.compile(r"(\w+)(\.grad)?\[(\w), (\w)\]")


def run_as_printed(other, values):
    """All gradients that come out if the printed lines are run one after another, by loops."""
    loss = other.network.graph(values)
    loss.graph.Forward(**other.network.data(values))
    known = {each.name: each.value for each in loss.graph.everything}
    z, t = other.network.output, other.network.answers
    e = np.exp(known[z])
    known["softmax"] = e / e.sum(axis=1, keepdims=True)
    known["onehot"] = np.eye(e.shape[1])[values[t].astype(int)]
    for line in other.lines:
        line = line.replace(f"softmax({z})", "softmax").replace(f"onehot({t})", "onehot")
        left, _, right = line.partition(" = ")
        bound = re.findall(r"Σ_(\w)", right)
        ((name, _, *free),) = ENTRY.findall(left)
        ranges = {"b": hw2_other.B}
        for each, grad, a, b in ENTRY.findall(right):
            ranges |= dict(zip((a, b), known[each + grad].shape, strict=True))
        code = re.sub(r"Σ_\w ", "", right)
        code = ENTRY.sub(r'V["\1\2"][\3, \4]', code).replace("−", "-").replace("²", "**2")
        code = re.sub(r"(?<=[\])B]) (?=[V(])", " * ", code)
        known[f"{name}.grad"] = np.zeros([ranges[letter] for letter in free])
        for place in np.ndindex(known[f"{name}.grad"].shape):
            at = dict(zip(free, place, strict=True))
            for inner in product(*(range(ranges[letter]) for letter in bound)):
                names = at | dict(zip(bound, inner, strict=True))
                more = eval(code, {}, {**names, "V": known, "B": hw2_other.B})
                known[f"{name}.grad"][place] += more
    return {weight: known[f"{weight}.grad"] for weight in other.network.weights}


def one_of_each_template():
    found = {}
    for key in CANDIDATES:
        found.setdefault(template(key), key)
    return [found[i] for i in range(len(hw2_other.WRITTEN))]


@pytest.mark.parametrize("key", one_of_each_template())
def test_what_the_wrong_line_spoils_is_what_the_printed_lines_give(key):
    other = hw2_other.other_of(key)
    for seed in range(3):
        values = other.values(np.random.default_rng(seed))
        assert all((array == array.round()).all() for array in values.values())
        printed = run_as_printed(other, values)
        by_slip = other.gradients(values, as_written=True)
        for name in printed:
            np.testing.assert_allclose(by_slip[name], printed[name], atol=1e-12)
        off = [name for name, each in other.differences(values).items() if np.abs(each).max() > 0]
        assert len(off) == 1


@pytest.mark.parametrize("key", one_of_each_template())
def test_exactly_one_line_is_wrong_by_itself(key):
    other = hw2_other.other_of(key)
    assert len(other.lines) == 9
    report = nn.check_derivation(other.loss, "\n".join(other.lines))
    wrong = [line.number for line in report.wrong]
    assert wrong == [other.written.wrong]
    lines = other.lines
    lines[wrong[0] - 1] = mended_text(key)
    assert nn.check_derivation(other.loss, "\n".join(lines)).right


def test_the_right_line_stands_in_no_file_of_the_students():
    """As the template would have it."""
    folder = Path(hw2.__file__).parent
    texts = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    assert not [right for right in MENDED if right in texts]


def without_indices(line):
    """The same whatever the indices are called: the first one is 0, and so on."""
    found = re.findall(r"(?<=[\[ _])[a-z](?=[],  ])", line)
    places = {letter: str(i) for i, letter in enumerate(dict.fromkeys(found))}
    return re.sub(r"(?<=[\[ _])[a-z](?=[],  ])", lambda each: places[each[0]], line)


@pytest.mark.parametrize("mine", range(len(MENDED)))
@pytest.mark.parametrize("theirs", range(len(MENDED)))
def test_no_key_shows_the_mended_line_of_another(mine, theirs):
    """Whatever the letters, that is: those of a step or a matrix at the same place."""
    lines = [without_indices(line) for line in hw2_other.WRITTEN[theirs].lines]
    assert without_indices(MENDED[mine]) not in lines


def test_a_line_with_other_indices_is_seen_to_be_the_same():
    assert without_indices("{g}.grad[b, i] = Σ_j {n}.grad[b, j] {Q}[j, i]") == (
        without_indices("{g}.grad[b, j] = Σ_k {n}.grad[b, k] {Q}[k, j]")
    )


@pytest.mark.parametrize("key", one_of_each_template())
def test_a_line_from_derive_mends_for_a_fifth(key):
    other = hw2_other.other_of(key)
    about = mended_text(key).partition(".grad")[0]
    line = printed_lines.backward(other.network, other.loss)[about]
    verdict = hw2_other.mended(other, line)
    assert verdict.slips == (hw2_lines.AS_DERIVED,)
    assert hw2_other.mended(other, other.lines[other.written.wrong - 1]).kind == Kind.WRONG


# --- honest slips cost the same, whoever makes them -----------------------------------------------


def in_line(key, name, pattern, new):
    """All lines, one of them altered."""

    def change(each, line):
        if each != name:
            return line
        altered = re.sub(pattern, new, line, count=1)
        assert altered != line
        return altered

    return with_lines(key, change)


def node_before_function(key, kind):
    network = hw2_network.sheet_of(key).network
    return next(step.operands[0] for step in network.steps if step.kind == kind)


def second_product(key):
    """Its matrix, and the node that goes into it."""
    products = [s for s in hw2_network.sheet_of(key).network.steps if "matmul" in s.kind]
    return products[1].operands[1], products[1].operands[0]


def sign(key):
    out = hw2_network.sheet_of(key).network.output
    return in_line(key, out, r"= (\S+ \w\]) − (\S+ \w\])", r"= \2 − \1")


def no_mean(key):
    return with_lines(key, lambda name, line: line.replace("1/B ", ""))


def a_path_lost(key):
    join = hw2_network.sheet_of(key).join
    return in_line(key, join, r"= .* \+ ", "= ")


def index_turned(key):
    matrix, into = second_product(key)
    return in_line(key, into, rf"{matrix}\[(\w), (\w)\]", rf"{matrix}[\2, \1]")


def no_principles(key):
    return with_lines(key, lambda name, line: line.partition("#")[0])


def slope_of_the_other(key):
    """1 − h² where h (1 − h) belongs."""
    name = node_before_function(key, "sigmoid")
    return in_line(key, name, r"(\w\[b, \w\]) \(1 − \w\[b, \w\]\)", r"(1 − \1²)")


def the_last_line_left_out(key):
    first = next(iter(hw2_network.sheet_of(key).network.weights))
    return with_lines(key, lambda name, line: "" if name == first else line)


def number_behind(key):
    return f"def wrong_line():\n    return {hw2_other.other_of(key).written.wrong + 1}"


def effect_turned(key):
    return spoilt(key).replace("lines[name] - right[name]", "right[name] - lines[name]")


def sums(key):
    return gradients(B="1")


HONEST = [  # the slip, the question, and what it is worth
    (sign, 2, 28.5),
    (no_mean, 2, 25.5),
    (a_path_lost, 2, 27),
    (index_turned, 2, 28.5),
    (no_principles, 2, 18),
    (slope_of_the_other, 2, 28.5),
    (the_last_line_left_out, 2, 27),
    (number_behind, 3, 15),
    (effect_turned, 3, 15.3),
    (sums, 5, 5),
]


@pytest.mark.all
@pytest.mark.parametrize(("slip", "question", "worth"), thinned(HONEST, 5))
def test_a_slip_costs_the_same_whatever_the_key_and_the_seed(slip, question, worth):
    found = []
    for seed, key in zip(SEEDS, KEYS, strict=True):
        answers = [*right_answers(key).values(), slip(key)]
        got = points(key, *answers, seed=seed)
        others = [each for i, each in enumerate(got) if i != question - 1]
        assert others == [each for i, each in enumerate(FULL) if i != question - 1]
        found.append(got[question - 1])
    assert max(found) - min(found) <= 1, found
    if worth is not None:
        assert found == [pytest.approx(worth, abs=0.5)] * len(found)


@pytest.mark.parametrize("key", FEW)
def test_what_follows_from_a_wrong_line_costs_nothing(key):
    out = hw2_network.sheet_of(key).network.output
    found = hw2_lines.read(hw2_network.sheet_of(key), names_of(sign(key))["my_lines"]())
    assert [name for name, v in found.verdicts.items() if v.kind != Kind.RIGHT] == [out]


# --- what a copy is worth -------------------------------------------------------------------------


def derived(key, unturned=False, principles=""):
    """What nn.derive prints of the student's network, rebuilt with public operations."""
    network = hw2_network.sheet_of(key).network
    network = turned(network) if unturned else network
    loss = network.graph(network.draw(np.random.default_rng(0), 2))
    return "\n".join(f"{each}  # {principles}" for each in backward(network, loss))


def backward(network, loss):
    return printed_lines.backward(network, loss).values()


ALL_PRINCIPLES = (
    "multiply along a path, add over paths, what came in, f′ at arrival, mean"  # on each line
)


@pytest.mark.parametrize("key", FEW)
def test_lines_of_derive_have_a_fifth(key):
    raw = str(nn.derive(hw2_network.sheet_of(key).loss))
    for text in (derived(key), derived(key, principles=ALL_PRINCIPLES), raw):
        assert points(key, as_lines(text))[1] == pytest.approx(6, abs=0.1)
    assert points(key, as_lines(derived(key, unturned=True)))[1] <= 6


@pytest.mark.parametrize("key", FEW)
def test_lines_of_derive_as_steps_of_ones_own_are_no_translation(key):
    """The matrix first, under a name of one's own, and then its entries."""
    network, index = hw2_network.sheet_of(key).network, iter("dijk")
    network_lines = printed_lines.backward(network, hw2_network.sheet_of(key).loss)
    right, lines = all_lines(key), []
    for i, (name, line) in enumerate(network_lines.items()):
        left = right[name].partition(" = ")[0]
        places = left.partition("[")[2]
        principle = right[name].partition("#")[2]
        lines += [
            f"step{i} = {line.partition(' = ')[2]}",
            f"{left} = step{i}[{places}   # {principle}",
        ]
    assert next(index) and points(key, as_lines("\n".join(lines)))[1] <= 6.5


@pytest.mark.parametrize("key", FEW)
def test_lines_of_derive_with_indices_behind_them_are_no_translation(key):
    """V.grad[b, j] = (s.grad.T @ h / B)[b, j], with indices that fit or with the same everywhere,
    and a principle that carries each line."""
    sheet = hw2_network.sheet_of(key)
    right, fitting, same_everywhere = all_lines(key), [], []
    for name, line in printed_lines.backward(sheet.network, sheet.loss).items():
        left, _, comment = right[name].partition(" = ")
        places, formula = left.partition("[")[2], line.partition(" = ")[2]
        comment = comment.partition("#")[2]
        fitting.append(f"{name}.grad[{places} = ({formula})[{places}  # {comment}")
        same_everywhere.append(f"{name}.grad[b, j] = ({formula})[b, j]  # {comment}")
    for lines in (fitting, same_everywhere):
        assert points(key, as_lines("\n".join(lines)))[1] <= 8.5  # one is another as it is


def test_a_line_of_derive_with_indices_behind_it_mends_for_a_fifth():
    for key in one_of_each_template():
        other = hw2_other.other_of(key)
        about = mended_text(key).partition(".grad")[0]
        formula = printed_lines.backward(other.network, other.loss)[about].partition(" = ")[2]
        verdict = hw2_other.mended(other, f"{about}.grad[b, j] = ({formula})[b, j]")
        assert verdict.slips == (hw2_lines.AS_DERIVED,)


@pytest.mark.parametrize("key", FEW)
def test_one_principle_for_all_lines_carries_few(key):
    text = "\n".join(
        f"{line.partition('#')[0]} # {ALL_PRINCIPLES}" for line in all_lines(key).values()
    )
    assert points(key, as_lines(text))[1] == 18
    along = text.replace(ALL_PRINCIPLES, "multiply along a path")
    assert 18 < points(key, as_lines(along))[1] < 22


@pytest.mark.parametrize("key", FEW)
def test_lines_that_say_nothing_follow_from_nothing(key):
    for new in ("= 0  ", "= 0 · r.grad[b, j]  "):
        text = "\n".join(re.sub(r"= [^#]*", new, line) for line in all_lines(key).values())
        assert points(key, as_lines(text))[1] == 0


@pytest.mark.parametrize("key", FEW)
def test_a_friends_lines_are_worth_little(key):
    friends = [each for each in CANDIDATES if shape_of(each) != shape_of(key)][:2]
    for friend in friends:
        assert points(key, as_lines("\n".join(all_lines(friend).values())))[1] < 10


def test_a_derivation_without_slopes_has_little():
    for key in KEYS[:3]:
        text = with_lines(key, lambda name, line: re.sub(SLOPES, "", line))
        assert points(key, text)[1] == pytest.approx(4.5, abs=0.1)
        flat = gradients(d2="d3 @ W3.T", d1="d2 @ W2.T")
        assert points(key, flat)[4] == pytest.approx(1.5)


OF_A_PAGE = """
def gradients(x, y, W1, W2, W3):
    B, h1 = len(x), np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    d3 = h2 @ W3 - y
    d2 = d3 @ W3.T * (1 - h2**2)
    d1 = d2 @ W2.T * (1 - h1**2)
    return {"dW1": x.T @ d1 / B, "dW2": h1.T @ d2 / B, "dW3": h2.T @ d3 / B}
"""


@pytest.mark.parametrize("key", FEW)
def test_a_copy_of_what_the_course_prints_has_at_most_20_of_80(key):
    """Lines of derive, the number that check_derivation finds, its line, the examples of the lesson
    on batches, the code of derive, and the deviation of lesson 02."""
    other = hw2_other.other_of(key)
    about = mended_text(key).partition(".grad")[0]
    line = printed_lines.backward(other.network, other.loss)[about]
    codes = [
        as_lines(derived(key)),
        f"def wrong_line():\n    return {other.written.wrong}",
        mended(line),
        "def spoilt(values):\n    return {n: v for n, v in values.items() if n.isupper()}",
        "def opposite():\n    return {'x': [1, 2, 3], 'y': [8, 8, 5]}\nequal = opposite",
        OF_A_PAGE,
        "def check_gradient(F, W, grad):\n"
        "    return np.abs(grad - finite_differences(F, W, 1e-5)).max()",
    ]
    assert sum(points(key, *codes)) <= 20


def test_differences_of_losses_are_worth_nothing():
    assert points("", DIFFERENCES)[4] == 0


def test_a_complex_step_is_wrong_where_the_absolute_value_is():
    code = DIFFERENCES.replace("1e-5\n            change", "0\n            change")
    code = code.replace("each.copy(), each.copy()", "each + 0j, each + 0j")
    code = code.replace("up[entry] += 1e-5", "up[entry] += 1e-20j")
    code = code.replace("down[entry] -= 1e-5", "down[entry] -= 1e-20j").replace(
        "change / 2e-5", "change.imag / 2e-20"
    )
    assert points("", code)[4] == 0


# --- what a student reads -------------------------------------------------------------------------


@pytest.mark.parametrize("key", FEW)
def test_the_feedback_shows_the_network_and_each_line(key):
    out = hw2_network.sheet_of(key).network.output
    text = names_of(sign(key))["my_lines"]()
    task = hw2_lines.lines_of_matrices(np.random.default_rng(VISIBLE_SEED), key)
    found = play(task.steps, names_of(sign(key)))
    shown = task.explained(found)
    assert shown.network == tuple(hw2_network.sheet_of(key).lines)
    assert shown.picture.startswith("<svg") and out in shown.picture
    assert len(shown.lines) == 9
    wrong = [line for line in shown.lines if line.holds is False]
    assert wrong[0].text.startswith(f"1. {out}.grad") and len(wrong) == 1
    assert "the sign is turned" in wrong[0].said and "Nudging" in wrong[0].said.title()
    right = all_lines(key)[out].partition("   #")[0]
    assert right not in "\n".join([*(line.said for line in shown.lines), shown.next_step])
    assert text and shown.next_step


def test_the_feedback_of_nothing_is_the_network():
    shown = hw2_lines.explained(hw2_network.sheet_of(""), None)
    assert shown.lines == () and shown.network


def test_hints_are_about_the_first_wrong_line(capsys):
    names = names_of(sign(""), 'KEY = ""')
    hw2.q2.check(names)
    said = capsys.readouterr().out
    assert "0 of the 9 gradients hold" in said and "only go on from a wrong one" in said
    for words in ("Which steps lead from here", "the sign is turned", "A similar line"):
        hw2.q2.hint()
        assert words in " ".join(capsys.readouterr().out.split())
    hw2.q2.check(names_of(*right_answers("").values()))
    hw2.q2.hint()
    assert "hint 1 of 3" in capsys.readouterr().out


SAID = [  # what is changed in the lines of everybody's network, what the check says, and the hints
    (
        [(r"(1/B Σ_b r.*) #", r"\1 + r.grad[b, i] x[b, d] #")],
        ["8 of the 9 gradients hold."],
        ["line 9. Beside Σ_b, b is counted in", "Σ_b reaches as far as the next", "Take u[b, j]"],
    ),
    (
        [(r".*\n", ""), (r".*\n", "")],
        ["7 of the 9 gradients hold; v.grad and M.grad are missing."],
        ["what you have holds; v.grad is missing", "Which steps lead from here", "Take the loss"],
    ),
    (
        [(r"²\)", "²"), (r"R.grad.*", "")],
        [
            "cannot be read: the brackets do not fit",
            "7 of the 9 gradients hold; line 8 cannot be read; R.grad is missing.",
        ],
        ["line 8 cannot be read: the brackets", "each name has its own indices"],
    ),
    (
        [(r"x\[b, d\]", "x")],
        ["cannot be read: “x”: not every part of this line has its indices.", "8 of the 9"],
        ["line 9 cannot be read: “x”", "each name has its own indices"],
    ),
    (  # each part of it has its indices, and that is not what is said
        [(r"x\[b, d\]", "zz[b, d]")],
        ["cannot be read: “zz”: the network has no such name, and no line of yours"],
        ["line 9 cannot be read: “zz”", "each name has its own indices"],
    ),
    (  # the Σ runs over the other index
        [(r"v\.grad\[b, k\] M\[k, j\]", "v.grad[b, k] M[j, k]")],
        ["2 of the 9 gradients hold."],
        ["(2, 8) and (8, 6) do not fit with these indices; a.grad is (2, 6)."],
    ),
    (
        [(r"x\[b, d\]", "x[b, k]")],
        ["“k”: this index stands neither on the left of = nor under a Σ."],
        ["line 9 cannot be read", "each name has its own indices"],
    ),
    (
        [(r"(R.*?), mean", r"\1")],
        ["All 9 gradients hold: the derivation is right.", "Of line 9: it holds, but it needs"],
        [
            "the derivation is right; look at the principle of R.grad in line 9",
            "the principle of R.grad in line 9: Whose loss",
        ],
    ),
    (
        [(r"a\.grad.*\n", ""), (r"a\.grad\[b, j\]", "Σ_k v.grad[b, k] M[k, j]")],
        ["All 9 gradients hold", "Of line 3: it holds, but it needs another principle"],
        ["look at the principle of s.grad in line 3", "What does it feed"],
    ),
    (
        [(r"R\.grad.*", "R.grad = r.grad.T @ x / B  # what came in, mean")],
        ["All 9 gradients hold", "Of line 9: it holds, but it is written in matrices"],
        ["of R.grad in line 9 is to be said: it holds, but it is written in matrices"],
    ),
]


@pytest.mark.parametrize(("changes", "said", "hints"), SAID)
def test_the_check_counts_right_and_names_what_is_missing(changes, said, hints, capsys):
    text = "\n".join(all_lines("").values())
    for old, new in changes:
        altered = re.sub(old, new, text, count=1)
        assert altered != text
        text = altered

    def printed():
        return " ".join(capsys.readouterr().out.split())

    hw2.q2.check({"my_lines": lambda: text})
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 76
    for words in said:
        assert words in " ".join(shown.split())
    for other in ("Einstein", "W3.grad", "write matrices"):
        assert other not in shown
    for words in hints:
        hw2.q2.hint()
        assert words in printed()


def test_of_three_lines_in_matrices_the_six_others_are_named(capsys):
    first = "v.grad = v − y\nM.grad = v.grad.T @ a / B\na.grad = v.grad @ M"
    hw2.q2.check({"my_lines": lambda: first})
    said = " ".join(capsys.readouterr().out.split())
    assert "3 of the 9 gradients hold; s.grad, m.grad, c.grad, r.grad, C.grad and R.grad" in said


@pytest.mark.parametrize("key", FEW)
def test_similar_lines_are_in_the_notation_of_the_sheet(key):
    """Of each line that is wrong; none of them is the right one."""
    sheet = hw2_network.sheet_of(key)
    letters = {*sheet.network.inputs, *sheet.network.weights}
    letters |= {step.name for step in sheet.network.steps}
    for name, right in all_lines(key).items():
        (line, *_) = nn.check_derivation(sheet.loss, f"{name}.grad = 7").lines
        said = hw2_hints.said(line, 3)
        assert said.startswith("A similar line.") and not re.search(r"@|ᵀ|⊙|shape", said)
        of_others = {each for each, _, _ in ENTRY_OF_A_HINT.findall(said)}
        assert of_others and of_others.isdisjoint(letters - {"L"})
        assert right.partition("#")[0].strip() not in said


ENTRY_OF_A_HINT = re.compile(r"(\w)(\.grad)?(\[)")


@pytest.mark.parametrize(
    ("line", "beyond"),
    [
        ("R.grad[i, d] = 1 / B · (Σ_b r[b, i] · x[b, d]) + r[b, i] · x[b, d]", True),
        ("R.grad[i, d] = Σ_b r[b, i] · x[b, d] − r[b, i]", True),
        ("R.grad[i, d] = r[b, i] + Σ_b r[b, i] · x[b, d]", True),
        ("R.grad[i, d] = Σ_b (r[b, i] · x[b, d] + r[b, i])", False),
        ("R.grad[i, d] = Σ_b r[b, i] · (1 − x[b, d]) · x[b, d]", False),
        ("R.grad[i, d] = Σ_b r[b, i] · x[b, d] + Σ_b r[b, i]", False),
        ("R.grad[i, d] = r[b, i] · x[b, d]", False),  # no Σ_b at all: another slip
        ("r.grad[b, i] = (Σ_b x[b, d]) + r[b, i]", False),  # b stands on the left
    ],
)
def test_how_far_a_sum_reaches(line, beyond):
    assert hw2_hints._is_beyond_reach(line) is beyond


def test_a_row_of_zeros_is_a_right_gradient():
    """An input may be 0 in all of three examples: then NaN came out for right answers."""
    x, y, W1, W2, W3 = hw2.small_network(0)
    arguments = {"x": x * (np.arange(x.shape[1]) > 0), "y": y, "W1": W1, "W2": W2, "W3": W3}
    task = hw2_gradients._task(arguments, "")
    for code, kind in ((gradients(), "right"), (gradients(B="len(x) ** 2"), "slip")):
        found = play(task.steps, names_of(code) | {"numpy": np})
        assert not found["dW1"][0].any()
        assert judge(task.wanted["dW1"], found["dW1"]).kind == kind


def test_what_stands_in_columns_has_one_width_on_a_page():
    for shown in (hw2.show_my_network(""), hw2.show_other_lines("")):
        assert '<pre style="font-family: monospace">' in shown._repr_html_()


def test_a_wrong_try_is_looked_at_with_few_signs(capsys):
    hw2.q5.check(names_of(gradients(B="1"))["gradients"])
    said = capsys.readouterr().out
    (number,) = re.findall(r"questions\.small_network\((\d+)\)", said)
    assert len(said) < 400
    arguments = hw2.small_network(int(number))
    task = hw2_gradients.gradients_small(np.random.default_rng(VISIBLE_SEED))
    (called,) = (step for step in task.steps if isinstance(step, Call))
    assert all(np.array_equal(*pair) for pair in zip(arguments, called.arguments, strict=True))


def test_a_mistyped_key_is_said(capsys):
    hw2.q2.check(names_of(*right_answers("").values(), 'KEY = "K7Q"'))
    assert "The key in the cell KEY" in capsys.readouterr().out
    for show in (hw2.show_my_network, hw2.show_other_lines, hw2.show_my_unit):
        assert show("K7Q") is None
        assert "letters and digits" in capsys.readouterr().out


@pytest.mark.parametrize("key", FEW)
def test_a_picture_has_each_node_and_each_matrix(key):
    network = hw2_network.sheet_of(key).network
    svg = paper_picture.drawn(network)
    for name in [*network.inputs, *network.weights, *(s.name for s in network.steps), "L"]:
        assert f">{name}</text>" in svg
    products = sum("matmul" in step.kind for step in network.steps)
    arrows = sum(len(step.operands) for step in network.steps) + 2
    assert svg.count("marker-end") == arrows and products == 3


@pytest.mark.parametrize(
    "text",
    ["x" * 6_001, "\n" * 61, "no equation", "Σ" * 500, "=\n" * 50, "(" * 900, "v.grad[b, k] ="],
)
def test_other_texts_than_derivations_are_refused(text):
    found = hw2_lines.read(hw2_network.sheet_of(""), text)
    assert all(v.kind in (Kind.WRONG, Kind.OPEN) for v in found.verdicts.values())


# --- the notebook ---------------------------------------------------------------------------------


def public_tasks():
    return [
        pytest.param(make, id=f"{name}-{what}")
        for name in ("q1", "q3", "q6")
        for what, make in vars(hw2)[name].tasks.items()
    ]


@pytest.mark.parametrize("make", public_tasks())
def test_no_two_slips_of_the_public_case_are_the_same(make):
    """Or the student would read words about a slip that was not made."""
    for key in KEYS:
        task = made(make, np.random.default_rng(VISIBLE_SEED), key)
        for label, wanted in task.wanted.items():
            values = {"right": wanted.right, **wanted.slips} if isinstance(wanted, Wanted) else {}
            for (one, first), (other, second) in combinations(values.items(), 2):
                alike = same(first, second, tolerance=wanted.tolerance)
                assert not alike, f"{label}: {one} and {other}"


def test_titles_are_those_of_the_notebook():
    headings = re.findall(r"## Question \d: (.+) \(\d+ points\)", SOURCE.read_text("utf-8"))
    assert headings == [question.title for question in ASSIGNMENT.questions]


def test_the_notebook_prints_no_line_of_the_way_back():
    """The δ lines of the standard network, which it had, are what question 2 is about."""
    source = SOURCE.read_text("utf-8")
    assert "delta_2" not in source and "W_3^" not in source


def test_points_of_the_parts_of_written_questions_are_said():
    for heading in ("## Question 7", "## Question 8"):
        (text,) = re.findall(rf"{heading}.*?\]", SOURCE.read_text("utf-8"), flags=re.S)
        total, *parts = (int(number) for number in re.findall(r"\((\d+) points\)", text))
        assert sum(parts) == total


def test_examples_of_a_key_are_found():
    for key in KEYS:
        assert points(key, examples(key))[3] == 12
