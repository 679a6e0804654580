"""Every option of the questions for peer instruction is computed, the wrong ones too."""

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tiers import thinned

import course_nn as nn
from course_exercises import digits

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "teaching" / "peer_instruction.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| (\*\*)?([A-D])(?:\*\*)? \| (.+?) \| (.+?) \|")
TEXTS = dict(re.findall(r"^### (\d+\.\d) [^\n]+\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))


class Right(NamedTuple):
    """The one option that is right."""

    value: Any


def last_layer(h, W, d):
    """o = h W with o − y = d, after Backward: W and h, h being a node that has a gradient."""
    h, W, d = (np.array(each, dtype=float) for each in (h, W, d))
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=h.shape[1]), nn.Input("y", width=W.shape[1])
        unit = nn.matmul(x, nn.Parameter("I", np.eye(h.shape[1])), name="h")
        weights = nn.Parameter("W", W)
        loss = nn.squared_error(nn.matmul(unit, weights, name="o"), y, name="loss")
    graph.Forward(x=h, y=h @ W - d)
    graph.Backward(loss)
    return weights, unit


def line(examples, start):
    """z = x w with the squared error, and its data."""
    with nn.Graph():
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        z = nn.matmul(x, nn.Parameter("w", [[start]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    X, Y = (np.array(column, dtype=float)[:, None] for column in zip(*examples, strict=True))
    return loss, {"x": X, "y": Y}


def trained(examples, start, size, rate=0.5):
    """w after an epoch by batches of this size."""
    loss, data = line(examples, start)
    options = {"shuffle": False, "progress": False, "epochs": 1, "learning_rate": rate}
    nn.train_minibatch(loss, data, batch_size=size, **options)
    return loss.graph.parameters[0].value.item()


def gradient(examples, start):
    """That of the mean loss of these examples."""
    loss, data = line(examples, start)
    loss.graph.Forward(**data)
    loss.graph.Backward(loss)
    return loss.graph.parameters[0].grad.item()


def cross_entropy(logits, label):
    """The loss, and the gradient by the logits."""
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=1), nn.Labels("y", classes=len(logits))
        z = nn.matmul(x, nn.Parameter("W", [logits]), name="z")
        loss = nn.cross_entropy(z, y, name="loss")
    graph.Forward(x=[[1.0]], y=[label])
    graph.Backward(loss)
    return loss.value.item(), z.grad[0]


def inner_derivative():
    L, w = (lambda w: (3 * w.item() - 2) ** 2), np.array([[1.0]])
    return [2 * (3 * 1 - 2), 3, Right(nn.finite_differences(L, w).item()), L(w)]


def network(B, D, H1, H2, K, x):
    model = nn.two_hidden_layer_network(
        D, H1, H2, K, activation="sigmoid", loss="squared_error", seed=0
    )
    model.graph.Forward(x=np.full((B, D), x), y=np.zeros((B, K)))
    return {node.name: node.value for node in model.graph.nodes} | {"W2": model.W2.value}


def shape_of_h2():
    nodes = network(6, 4, 3, 5, 2, 1.0)
    right = nodes["h2"].shape
    return [nodes["W2"].shape, Right(right), right[::-1], nodes["h1"].shape]


def nothing_goes_in():
    nodes = network(1, 3, 4, 4, 2, 0.0)
    names = [name for name in ("z1", "h1", "z2", "h2", "z3") if not nodes[name].any()]
    assert names == ["z1"]
    return ["all", "z1, z2 and z3", Right(f"only {names[0]}"), "none"]


def two_weights():
    h, W, y = np.array([1, 3]), np.array([[5.5, -8], [-1.5, 2]]), np.array([-1, -3])
    z = h @ W
    assert np.allclose(z, [1, -2])
    right = last_layer(h[None], W, (z - y)[None])[0].grad[1] > 0

    def words(up):
        first, second = ("rises" if each else "falls" for each in up)
        if first == second:
            return f"{first} with both"
        return f"{first} with the first, {second} with the second"

    assert words(z > 0) not in (words(W[1] > 0), words(y - z > 0))  # A has one source
    wrong = words(W[1] > 0), words(y - z > 0)
    return [wrong[0], Right(words(right)), wrong[1], "cannot be known without computing"]


def strongest():
    h, W = np.array([0.2, 0.9, 0.6]), np.array([1.5, 0.1, -0.8])
    grad = last_layer(h[None], W[:, None], [[1.0]])[0].grad[:, 0]
    large, strong, product = (f"W[{np.abs(each).argmax()}, 0]" for each in (W, grad, h * W))
    return [large, Right(strong), product, "on all equally"]


def one_entry():
    h, W, d = [2, 3], [[1, 2], [5, -1]], [4, -1]
    right = last_layer([h], W, [d])[0].grad[1, 0]
    return [h[0] * d[1], -right, W[1][0] * d[0], Right(right)]


def adds_up():
    h, d = np.array([[1, 2], [3, 0]]), np.array([[1], [-1]])
    mean = last_layer(h, [[1], [1]], d)[0].grad[:, 0]
    return [Right(2 * mean), mean, h[1] * d[1], h.sum(0) * d.sum(0)]


def back_to_a_unit():
    W, d = np.array([[2, -1], [3, 1]]), np.array([4, 5])
    right = last_layer([[1, 1]], W, [d])[1].grad[0, 1]
    return [W[1, 1] * d[1], W[1].sum() * d.sum(), Right(right), W[:, 1] @ d]


def back_through(activation, h, g):
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        z = nn.matmul(x, nn.Parameter("W", [[1.0]]), name="z")
        a = activation(z, name="a")
        o = nn.matmul(a, nn.Parameter("V", [[1.0]]), name="o")
        loss = nn.squared_error(o, y, name="loss")
    inverse = np.arctanh(h) if activation is nn.tanh else np.log(h / (1 - h))
    graph.Forward(x=[[inverse]], y=[[h - g]])
    graph.Backward(loss)
    return z.grad.item()


def back_through_a_sigmoid():
    h, g = 0.8, -5
    return [g, h * g, back_through(nn.tanh, h, g), Right(back_through(nn.sigmoid, h, g))]


def paths():
    D, H1, H2, K = 3, 4, 2, 5
    right = sum(1 for _ in itertools.product(range(H2), range(K)))
    with nn.Graph() as graph:  # all ones: each path counts 1
        x, y = nn.Input("x", width=D), nn.Input("y", width=K)
        z1 = nn.matmul(x, nn.Parameter("W1", np.ones((D, H1))), name="z1")
        z2 = nn.matmul(z1, nn.Parameter("W2", np.ones((H1, H2))), name="z2")
        z3 = nn.matmul(z2, nn.Parameter("W3", np.ones((H2, K))), name="z3")
        loss = nn.squared_error(z3, y, name="loss")
    graph.Forward(x=np.ones((1, D)), y=np.full((1, K), D * H1 * H2 - 1.0))
    graph.Backward(loss)
    assert graph.parameters[0].grad[0, 1] == right
    return [H2 + K, Right(right), H1 * H2 * K, K]


def one_path():
    x, w1, w2, w3, d = 2, 5, 3, -2, 4
    with nn.Graph() as graph:
        inputs, y = nn.Input("x", width=1), nn.Input("y", width=1)
        z1 = nn.matmul(inputs, nn.Parameter("w1", [[w1]]), name="z1")
        z2 = nn.matmul(z1, nn.Parameter("w2", [[w2]]), name="z2")
        z3 = nn.matmul(z2, nn.Parameter("w3", [[w3]]), name="z3")
        loss = nn.squared_error(z3, y, name="loss")
    graph.Forward(x=[[x]], y=[[x * w1 * w2 * w3 - d]])
    graph.Backward(loss)
    right = graph.parameters[0].grad.item()
    return [w1 * w2 * w3 * d, Right(right), x * w3 * d, x + w2 + w3 + d]


def at_the_right_class():
    p = np.array([0.5, 0.3, 0.2])
    right = cross_entropy(np.log(p), 1)[1][1]
    return [p[1], -right, Right(right), -1 / p[1]]


def twice_the_logits():
    once, twice = (cross_entropy(logits, 1)[0] for logits in ([3, 0], [6, 0]))
    assert once < twice < 2 * once
    return ["it stays", "it falls", "it doubles exactly", Right("it rises, but does not double")]


def without_a_reset():
    loss, data = line([(1, 3)], 2)
    graph, W = loss.graph, loss.graph.parameters[0]
    graph.Forward(**data)
    graph.Backward(loss)
    right = W.grad.item()
    for node in (*graph.nodes, *graph.parameters):
        node.grad = None
    for _ in range(3):
        loss.grad = np.ones(1)
        for node in reversed(graph.nodes):
            node.backward()
    return [3, Right(W.grad.item() / right), 1, 3 * 3]


def used_twice():
    x, w, d = 2, 3, 1
    with nn.Graph() as graph:
        inputs, y, W = nn.Input("x", width=1), nn.Input("y", width=1), nn.Parameter("w", [[w]])
        z = nn.matmul(nn.matmul(inputs, W, name="a"), W, name="z")
        loss = nn.squared_error(z, y, name="loss")
    graph.Forward(x=[[x]], y=[[x * w * w - d]])
    graph.Backward(loss)
    return [x * w * d, (x * w) ** 2 * d, x * w * d + x * d, Right(W.grad.item())]


THREE, START = [(1, 6), (-1, -10), (1, -4)], 2


def end_of_an_epoch():
    first = [gradient([each], START) for each in THREE]
    sgd = [trained(THREE[:n], START, 1) for n in (1, 2, 3)]
    assert sgd == [4, 7, 1.5]
    together, alone = START - 0.5 * sum(first), START - 0.5 * first[-1]
    return [together, trained(THREE, START, 3), alone, Right(sgd[-1])]


def one_step():
    def losses(w):
        loss, data = line(THREE, w)
        loss.graph.Forward(**data)
        return loss.value

    before, after = (losses(trained(THREE[:n], START, 1)) for n in (1, 2))
    assert after[1] < before[1]
    assert after.mean() > before.mean()
    return [
        "both fall",
        Right("its own falls, the mean rises"),
        "its own rises, the mean falls",
        "both rise",
    ]


def mini_batches():
    first, right = (trained(THREE[:n], START, 2) for n in (2, 3))
    alone, later = gradient(THREE[2:], START), gradient(THREE[2:], first)
    assert right == first - 0.5 * later
    return [first - 0.5 * alone, Right(right), first, first - 0.5 * later / 2]


def everything_twice():
    g = [5, -2, 3]
    once = [(1, -each) for each in g]  # at w = 0 their gradients are g
    assert [gradient([each], 0) for each in once] == g
    mean = gradient(once * 4, 0)
    return [mean * 4, sum(g), sum(g) * 4, Right(mean)]


def count_updates():
    N, B, epochs = 42, 8, 5
    loss, data = line([(1, 1)] * N, 0)
    options = {"progress": False, "epochs": epochs, "learning_rate": 0.5}
    history = nn.train_minibatch(loss, data, batch_size=B, **options)
    full = N // B
    return [
        full * epochs,
        full * epochs + 1,
        -(-N * epochs // B),
        Right(len(history.update_losses)),
    ]


def scatter(B):
    """Of the mean of B gradients drawn from two: every draw, with how often it comes."""
    ways = [math.comb(B, k) for k in range(B + 1)]
    means = [gradient([(1, 0)] * k + [(1, 2)] * (B - k), 0) for k in range(B + 1)]
    full = gradient([(1, 0), (1, 2)], 0)
    return math.sqrt(np.average((np.array(means) - full) ** 2, weights=ways))


def four_times_the_batch():
    ratio = scatter(16) / scatter(4)
    assert math.isclose(ratio, 0.5)
    assert math.isclose(16 * scatter(16) / (4 * scatter(4)), 2)  # of the sum: D
    return ["it stays", "a quarter", Right("a half"), "it doubles"]


def mean_of_a_pixel():
    train, test = digits._mean_of_pixel(0), digits._mean_of_pixel(2)
    assert abs(train) < 1e-9 < 1e-3 < abs(test)
    return [
        Right("in the training data alone"),
        "in both training and test data",
        "in the test data alone",
        "in neither",
    ]


def five_to_one():
    shares = [7 / 64, 12 / 64, 2 / 64, digits._as_one_sided(5, 1)]
    sides = [max(fallen, 6 - fallen) for fallen in map(sum, itertools.product((0, 1), repeat=6))]
    assert [sides.count(n) / 64 for n in (5, 6)] == shares[1:3]
    one_side, exactly, none, both = (f"{100 * share:.0f}" for share in shares)
    return [one_side, exactly, none, Right(both)]


ASKED = {
    "0.1": inner_derivative,
    "1.1": shape_of_h2,
    "1.2": nothing_goes_in,
    "2.1": two_weights,
    "2.2": strongest,
    "3.1": one_entry,
    "3.2": adds_up,
    "4.1": back_to_a_unit,
    "4.2": back_through_a_sigmoid,
    "5.1": paths,
    "5.2": one_path,
    "6.1": at_the_right_class,
    "6.2": twice_the_logits,
    "7.1": without_a_reset,
    "7.2": used_twice,
    "8.1": end_of_an_epoch,
    "8.2": one_step,
    "9.1": mini_batches,
    "9.2": everything_twice,
    "10.1": count_updates,
    "10.2": four_times_the_batch,
    "11.1": mean_of_a_pixel,
    "11.2": five_to_one,
}


def options(text):
    """Letter, answer and whether it is set as the right one, of each row."""
    return [(letter, answer, bool(bold)) for bold, letter, answer, _ in ROW.findall(text)]


def agrees(answer, computed):
    """Whether what is printed is what is computed, to the digits that are printed."""
    if isinstance(computed, Right):
        computed = computed.value
    if isinstance(computed, str):
        if computed.isdigit():
            return re.findall(r"\d+", answer) == [computed]
        return answer == computed
    printed = [n.replace("−", "-") for n in re.findall(r"−?\d+(?:\.\d+)?", answer)]
    numbers = np.ravel(computed)
    return len(printed) == len(numbers) and all(
        abs(float(text) - number) <= 0.5 * 10 ** -len(text.partition(".")[2]) + 1e-9
        if "." in text
        else abs(float(text) - number) < 1e-9
        for text, number in zip(printed, numbers, strict=True)
    )


def wrong_in(number, text):
    """The letters of a question whose option is not what is computed."""
    rows = options(text)
    assert [letter for letter, *_ in rows] == [*"ABCD"]
    return [
        letter
        for (letter, answer, _), computed in zip(rows, ASKED[number](), strict=True)
        if not agrees(answer, computed)
    ]


def test_each_question_is_computed_here():
    assert list(TEXTS) == list(ASKED)


@pytest.mark.parametrize("number", ASKED)
def test_every_option_is_what_is_computed(number):
    assert wrong_in(number, TEXTS[number]) == []
    answers = [answer for _, answer, _ in options(TEXTS[number])]
    assert len(set(answers)) == 4
    assert "*Ask next:*" in TEXTS[number]


def key_of(number, text):
    """The letters that are set as right, and the letter that is."""
    marked = [letter for letter, _, right in options(text) if right]
    computed = dict(zip("ABCD", ASKED[number](), strict=True))
    return marked, [letter for letter, each in computed.items() if isinstance(each, Right)]


@pytest.mark.parametrize("number", ASKED)
def test_the_key_is_the_one_that_is_right(number):
    marked, right = key_of(number, TEXTS[number])
    assert marked == right
    assert len(right) == 1


def test_a_changed_key_is_found():
    text = TEXTS["4.1"].replace("**C**", "C").replace("| B |", "| **B** |")
    marked, right = key_of("4.1", text)
    assert marked != right


def test_a_changed_number_is_found():
    assert wrong_in("4.1", TEXTS["4.1"].replace("| 17 |", "| 16 |")) == ["C"]
    assert wrong_in("8.1", TEXTS["8.1"].replace("| 5 |", "| −5 |")) == ["A"]
    assert wrong_in("2.1", TEXTS["2.1"].replace("rises with both", "falls with both", 1)) == ["B"]


def vectors(text):
    """All rows of numbers in brackets or in a matrix, such as (2, −1)."""
    text = re.sub(r"\\[ ,;!]|\s|\$", "", text.replace("−", "-"))
    text = re.sub(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", r"(\1)", text)
    text = text.replace("&", ",").replace("\\\\", ")(")
    return set(re.findall(r"\(-?[\d.]+(?:,-?[\d.]+)+\)", text))


def seen_in_a_lesson(text):
    """The first cell of a lesson that has all the vectors of a question, if there is one."""
    asked = vectors(text.partition("| | answer")[0])
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if asked and asked <= vectors("".join(cell["source"])):
                return path.name[:2], cell["id"]
    return None


INTRODUCTION_OF_8 = PAGE.partition("## 08 ")[2].partition("### ")[0]


@pytest.mark.parametrize("number", thinned(ASKED, 4))
def test_the_vectors_are_not_those_of_a_lesson(number):
    assert seen_in_a_lesson(TEXTS[number]) is None


def test_examples_that_lesson_09_has_are_found():
    assert len(vectors(INTRODUCTION_OF_8)) == 3
    assert seen_in_a_lesson(INTRODUCTION_OF_8) is None
    changed = re.sub(
        r"\(1,\s6\), \(−1, −10\) and \(1, −4\)", "(2, 4), (1, 8), (2, 1)", INTRODUCTION_OF_8
    )
    assert seen_in_a_lesson(changed)[0] == "09"


def test_each_question_says_when_it_is_asked():
    assert all(re.match(r"\n\*(Before|After) explaining\.\* ", text) for text in TEXTS.values())


def test_each_lesson_has_its_questions():
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    headings = re.findall(r"^## (\d\d) ", PAGE, re.MULTILINE)
    assert headings == [path.name[:2] for path in lessons]
