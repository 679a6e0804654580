"""The walk through the graph: its lines are those of derive, its numbers those of the graph.

What holds for every walk is checked by functions `assert_…`; below, each of them is given
something wrong and has to notice it.
"""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from notebook_guards.rules import StoredNotebook, find_problems
from oracles import assert_unchanged, refused, state
from tiers import thinned

import course_nn as nn
from course_nn.plots import walkthrough
from course_nn.plots.picture import GRADIENT, VALUE

ROOT = Path(__file__).resolve().parents[3]


def lesson_network(B=1):
    """The network of lesson 07, after Forward and Backward."""
    rng = np.random.default_rng(seed=4)
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        W1, W2, W3 = (
            nn.Parameter(f"W{i}", rng.normal(size=size))
            for i, size in enumerate([(2, 3), (3, 2), (2, 2)], start=1)
        )
        h1 = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h1")
        h2 = nn.sigmoid(nn.matmul(h1, W2, name="z2"), name="h2")
        loss = nn.squared_error(nn.matmul(h2, W3, name="z3"), y, name="loss")
    X = np.array([[0.5, -1.0], [1.0, 2.0], [-1.0, 0.5], [2.0, 2.0]])
    Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    net.Forward(x=X[:B], y=Y[:B])
    net.Backward(loss)
    return loss


def network_with_bias_and_labels(B=3):
    model = nn.two_hidden_layer_network(2, 3, 2, 3, activation="tanh", bias=True, seed=1)
    x = np.random.default_rng(2).normal(size=(B, 2))
    model.graph.Forward(x=x, y=np.arange(B) % 3)
    model.graph.Backward(model.loss)
    return model.loss


def network_of_digits():
    model = nn.two_hidden_layer_network(64, 32, 16, 10)
    x = np.random.default_rng(3).normal(size=(5, 64))
    model.graph.Forward(x=x, y=np.arange(5))
    model.graph.Backward(model.loss)
    return model.loss


def shared_network(B=2):
    """W and h are used twice, s skips a node, nodes without names, something that is not used."""
    rng = np.random.default_rng(3)
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        W, b = nn.Parameter("W", rng.normal(size=(3, 3))), nn.Parameter("b", [[0.1, 0.2, 0.3]])
        unused = nn.Parameter("unused", np.ones((3, 3)))
        h = nn.tanh(x @ W, name="h")
        nn.matmul(h, unused, name="aside")
        s = nn.softmax(b + h @ W, name="s")
        r = nn.relu(s, name="r")
        loss = nn.squared_error(s + nn.add(r, h + h, name="t"), y, name="loss")
    net.Forward(x=rng.normal(size=(B, 3)), y=rng.normal(size=(B, 3)))
    net.Backward(loss)
    return loss


NETWORKS = {
    "one example": lesson_network,
    "three examples": lambda: lesson_network(3),
    "many examples": lambda: lesson_network(4),
    "bias and labels": network_with_bias_and_labels,
    "shared": shared_network,
    "digits": network_of_digits,
}
every_network = pytest.mark.parametrize("make", thinned(NETWORKS.values(), 2), ids=NETWORKS)


# --- reading a walk ---------------------------------------------------------------------------


class Shown(NamedTuple):
    """A step as the page shows it."""

    caption: str
    codes: list[str]
    alternative: str
    svg: ElementTree.Element

    def texts(self, colour):
        """The lines of text in this colour, without the key at the bottom."""
        (group,) = [g for g in self.svg.findall(SVG + "g") if g.get("fill") == colour]
        texts = [text.text.replace("\xa0", " ") for text in group]
        assert texts[0].startswith("■")
        return texts[1:]


SVG = "{http://www.w3.org/2000/svg}"
ADDRESS = "data:image/svg+xml;charset=utf-8,"


class Page(HTMLParser):
    """Reads the HTML and refuses a tag that is not closed, or closed by another."""

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.tags, self.steps = [], [], [], []
        self.attributes, self.texts = [], {"style": "", "script": ""}
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "li":
            self.steps.append(Shown("", [], "", None))
        if tag == "code":
            self.steps[-1].codes.append("")
        if tag == "img":
            assert attributes["src"].startswith(ADDRESS), attributes["src"]
            svg = ElementTree.fromstring(unquote(attributes["src"].removeprefix(ADDRESS)))
            self.steps[-1] = self.steps[-1]._replace(alternative=attributes["alt"], svg=svg)
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]] += data
        elif "li" in self.open:
            step = self.steps[-1]
            data = data.replace("\xa0", " ")
            if self.open[-1] == "code":
                step.codes[-1] += data
            self.steps[-1] = step._replace(caption=(step.caption + data).replace("\n", ""))


# --- what holds for every walk ----------------------------------------------------------------


def assert_lines_of_derive(walk, loss):
    """Every line of derive, with its shape, once and in order."""
    expected = [" ".join(line.split()) for line in repr(nn.derive(loss)).splitlines() if line]
    expected = [line for line in expected if line not in ("Forward", "Backward")]
    assert [f"{text} {shape}" for step in walk.steps for text, shape in step.lines] == expected
    shown = [code for step in Page(walk.html).steps for code in step.codes]
    assert len(shown) == len(expected)
    for code, line in zip(shown, expected, strict=True):
        assert line.startswith(f"{code} (")


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def ends_of(array):
    """What a caption shows of an array: all entries of a small one, or smallest and largest."""
    return array.ravel() if max(array.shape) <= 3 else np.array([array.min(), array.max()])


def assert_numbers_of_the_graph(walk, loss):
    """The caption of each step has the numbers of its node; sums before they are averaged."""
    written = nn.derive(loss)
    sums = {p: p.per_example_grad().sum(axis=0) for p in written.parameters}
    expected = [None, *(node.value for node, _ in written.forward), None, None]
    expected += [sums.get(node, node.grad) for node, _ in written.backward]
    steps = Page(walk.html).steps
    assert len(steps) == len(walk.steps) == len(expected) + 1  # the last one: averages
    for step, array in zip(steps, expected, strict=False):
        words = step.caption.rsplit(": ", 1)[-1]
        if array is not None:
            np.testing.assert_allclose(numbers_in(words), ends_of(array), atol=5.001e-5, rtol=0)
    if len(loss.value) > 1:
        averages = steps[-1].caption.split("The average: ")[1]
        found = [numbers_in(part.split("=")[1]) for part in re.split("; (?=[A-Za-z])", averages)]
        for numbers, p in zip(found, written.parameters, strict=True):
            np.testing.assert_allclose(numbers, ends_of(p.grad), atol=5.001e-5, rtol=0)


def assert_only_what_was_reached(walk, loss):
    """In the pictures, a node has a number from its step on, and the next steps keep it."""
    from course_nn.plots.layout import number_rows

    written = nn.derive(loss)
    there = [x for x in loss.graph.inputs if x in written.used] + written.parameters
    steps = iter(Page(walk.html).steps)

    def compare(gradients):
        step = next(steps)
        values = [row for node in there for row in number_rows(node.value)]
        assert sorted(step.texts(VALUE)) == sorted(values)
        rows = [row for array in gradients for row in ["gradient", *number_rows(array)]]
        assert sorted(step.texts(GRADIENT)) == sorted(rows)
        return step

    compare([])
    for node, _ in written.forward:
        there.append(node)
        assert compare([]).alternative == f"The graph with {written.names[node]} highlighted"
    compare([])  # the reset
    arrived = {loss: loss.grad}
    compare(arrived.values())
    for node, _ in written.backward:
        many = len(loss.value) if node in written.parameters else 1
        arrived[node] = node.grad * many
        step = compare(arrived.values())
        assert step.alternative == f"The graph with {written.names[node]} highlighted"
    arrived |= {p: p.grad for p in written.parameters}
    compare(arrived.values())
    assert next(steps, None) is None


def assert_stands_alone(html):
    """Ids are unique; rules of style hold inside only; nothing is fetched from anywhere."""
    page = Page(html)
    assert page.ids and len(set(page.ids)) == len(page.ids)
    style = re.sub(r"@media \w+ \{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", page.texts["style"])
    for selectors in re.findall(r"([^{}]+)\{", style):
        for selector in selectors.split(","):
            assert any(re.match(rf"#{key}\b", selector.strip()) for key in page.ids), selector
    assert not {"link", "iframe", "object", "embed", "base"} & set(page.tags)
    addresses = [value for name, value in page.attributes if name in ("src", "href", "data")]
    assert all(address.startswith("data:image/svg+xml") for address in addresses)
    assert not re.search(r"https?:|//\w|@import|url\(|fetch|import\(", "".join(page.texts.values()))
    for step in page.steps:
        assert not re.search(r"href|<script|@import", ElementTree.tostring(step.svg, "unicode"))


def notebook_with(*outputs):
    """A stored notebook whose cell shows these outputs."""
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Step through it"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "execution_count": 1,
            "source": "nn.walk_through(loss)",
            "outputs": list(outputs),
        },
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python"},
        "language_info": {"name": "python"},
    }
    metadata["kernelspec"]["name"] = "python3"
    text = json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    return StoredNotebook.parse(Path("lesson.ipynb"), text)


# --- the walks --------------------------------------------------------------------------------


@every_network
def test_every_line_is_a_line_of_derive(make):
    loss = make()
    assert_lines_of_derive(nn.walk_through(loss), loss)


@every_network
def test_the_numbers_are_those_of_the_graph(make):
    loss = make()
    assert_numbers_of_the_graph(nn.walk_through(loss), loss)


@every_network
def test_a_node_that_was_not_reached_shows_no_number(make):
    loss = make()
    assert_only_what_was_reached(nn.walk_through(loss), loss)


@every_network
def test_the_page_stands_alone(make):
    walk = nn.walk_through(make(), title='Values < gradients & "more"')
    assert_stands_alone(walk.html)
    assert "<b>Values &lt; gradients &amp; &quot;more&quot;</b>" in walk.html


@every_network
def test_a_walk_changes_nothing(make):
    loss = make()
    before = state(loss.graph)
    nn.walk_through(loss)
    assert_unchanged(loss.graph, before)


def test_the_steps_of_the_network_of_the_lesson():
    walk = nn.walk_through(lesson_network())
    captions = [step.caption for step in Page(walk.html).steps]
    assert len(captions) == 18  # the start, 6 nodes, reset, loss.grad = 1, 8 gradients, the end
    assert captions[0] == "Start: inputs (B = 1) and weights are there; nothing has been computed."
    assert captions[1] == (
        "Forward: z1 = x @ W1 (B, 3). z1[0, 0] = 0.5 · (-0.6518) + (-1) · 0.6591 = -0.985. "
        "Value: -0.9850, 1.5540, 0.8371."
    )
    assert captions[7].startswith("Backward: reset.")
    assert captions[8].startswith("Backward: loss.grad = 1 for each example (B,).")
    assert captions[11].startswith("Backward: h2.grad = z3.grad @ W3.T (B, 2). h2.grad[0, 0] = ")
    assert captions[11].endswith(" = 0.2954. Gradient: 0.2954, 7.4224.")
    assert captions[17].endswith(
        "W3.grad[0, 0] = -0.4418 / 1 = -0.4418. B is 1, so nothing changes."
    )
    assert len(walk.html.encode()) < 100_000


def test_the_sentence_is_that_of_the_graph():
    """As far as the loss depends on it."""
    loss = lesson_network()
    walk, of_graph = nn.walk_through(loss), nn.plots.graph(loss).sentence
    assert repr(walk) == walk.sentence
    assert walk.sentence == "18 steps go through Forward and Backward: t" + of_graph[1:]
    assert "loss is 4.0302" in walk.sentence and "1.6776, in W3." in walk.sentence
    assert "aside" in nn.plots.graph(shared_network()).sentence
    assert "aside" not in nn.walk_through(shared_network()).sentence


def test_contributions_to_a_shared_node_are_added_up():
    loss = shared_network()
    walk = nn.walk_through(loss)
    W, h = loss.graph.parameters[0], next(n for n in loss.graph.nodes if n.name == "h")
    last = {step.active[0]: step for step in walk.steps if len(step.active) == 1}
    assert len(last[W].arrows) == 2
    assert last[W].words.startswith("2 contributions are added up. Sum over the 2 examples: ")
    users = {user.name for user, _ in last[h].arrows}
    assert users == {"h @ W", "h + h"}  # not the node that the loss does not use
    assert last[h].words.startswith("3 contributions are added up. Gradient: ")
    assert "unused" not in walk.html and "aside" not in walk.html


@every_network
def test_arrows_flow_forward_and_then_backward(make):
    loss = make()
    place = {node: i for i, node in enumerate(loss.graph.everything)}
    for step in nn.walk_through(loss).steps:
        assert len(set(step.arrows)) == len(step.arrows)
        assert bool(step.arrows) is (
            len(step.active) == 1 and step.words != "Here Backward begins."
        )
        for start, end in step.arrows:
            assert (place[start] < place[end]) is (step.phase == "Forward")
            assert end is step.active[0]


@every_network
def test_the_active_nodes_are_framed_and_arrows_end_at_them(make):
    loss = make()
    walk = nn.walk_through(loss)
    names = nn.derive(loss).names
    for step, shown in zip(walk.steps, Page(walk.html).steps, strict=True):
        colour = GRADIENT if step.phase == "Backward" else VALUE
        rects = [r for r in shown.svg.iter(SVG + "rect") if r.get("stroke-width") == "4"]
        assert all(rect.get("stroke") == colour for rect in rects)
        frames = [[float(r.get(k)) for k in ("x", "y", "width", "height")] for r in rects]
        bold = next(g for g in shown.svg.iter(SVG + "g") if g.get("font-weight") == "bold")
        inside = {
            text.text
            for text in bold
            for x, y, width, height in frames
            if x < float(text.get("x")) < x + width and y < float(text.get("y")) < y + height
        }
        assert inside == {names[node] for node in step.active} and len(frames) == len(inside)
        (group,) = [g for g in shown.svg.iter(SVG + "g") if g.get("stroke-width") == "3"]
        assert group.get("stroke") == colour and len(group) == len(step.arrows)
        for path in group:
            x1, y1 = map(float, path.get("d").split("L")[-1].split())
            (x, y, width, height) = frames[0]
            assert x - 1 <= x1 <= x + width + 1 and y - 1 <= y1 <= y + height + 1


def test_an_operation_may_be_written_with_any_sign():
    class positive_part(nn.Operation):
        written = "{0} * (0 < {0})"

        def forward(self):
            self.value = self.operands[0].value * (self.operands[0].value > 0)

        def backward(self):
            self.operands[0].add_grad(self.grad * (self.operands[0].value > 0))

    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(positive_part(z, name="h"), y, name="loss")
    net.Forward(x=[[1.0, -2.0]], y=[[0.0, 0.0]])
    net.Backward(loss)
    walk = nn.walk_through(loss)
    assert_lines_of_derive(walk, loss)
    assert "<code>h = z * (0 &lt; z)</code>" in walk.html
    texts = {text.text for text in Page(walk.html).steps[0].svg.iter(SVG + "text")}
    assert "z * (0 < z)" in texts


def test_numbers_of_any_size_have_few_digits_and_no_negative_zero():
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", [[-1e-7, 1e7], [0.0, 1 / 3]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    net.Forward(x=[[1.0, 1.0]], y=[[0.0, -0.0]])
    net.Backward(loss)
    walk = nn.walk_through(loss)
    shown = Page(walk.html).steps
    texts = [t for step in shown for t in [step.caption, *step.texts(VALUE), *step.texts(GRADIENT)]]
    assert not any(re.search(r"-0\.0+(?!\d*[1-9])", text) for text in texts)
    assert not any(re.search(r"\.\d{5}", text) for text in texts)
    assert shown[1].caption.startswith("Forward: z = x @ W (B, 2). z[0, 0] = 1 · (-1.0e-07)")
    assert shown[1].caption.endswith(" = -1.0e-07. Value: 0.0000, 1.000e+07.")


def test_a_graph_without_parameters_has_no_averages():
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        loss = nn.squared_error(nn.sigmoid(x, name="h"), y, name="loss")
    net.Forward(x=[[1.0, 2.0]], y=[[0.0, 1.0]])
    net.Backward(loss)
    walk = nn.walk_through(loss)
    assert walk.steps[-1].lines == [["h.grad = loss.grad[:, None] * (h - y)", "(B, 2)"]]


def test_no_text_of_a_picture_is_wider_than_its_box():
    """Squeezed, where a wide font would need more: 0.66 of the size for a letter or digit."""
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("a_name_that_is_far_too_long", 3), nn.Input("y", 3)
        z = x @ nn.Parameter("another_long_name_of_weights", 900 * rng.normal(size=(3, 3)))
        loss = nn.squared_error(nn.tanh(z), y)
    net.Forward(a_name_that_is_far_too_long=rng.normal(size=(2, 3)), y=np.zeros((2, 3)))
    net.Backward(loss)
    for step in Page(nn.walk_through(loss).html).steps:
        width, height = float(step.svg.get("width")), float(step.svg.get("height"))
        for text in step.svg.iter(SVG + "text"):
            assert 0 < float(text.get("x")) < width and 0 < float(text.get("y")) < height
            if text.get("textLength") is None:
                narrow = sum(c in " \xa0.,-()" for c in text.text)
                assert 13 * (0.36 * narrow + 0.66 * (len(text.text) - narrow)) <= 132
            else:
                assert float(text.get("textLength")) < 132 and len(text.text) <= 24


# --- the same bytes, for whoever reads them ---------------------------------------------------


@pytest.mark.long
def test_the_bytes_are_the_same_in_every_run():
    source = (
        "import sys; sys.modules['matplotlib'] = None\n"  # and Matplotlib is not needed
        "from test_walkthrough import nn, shared_network\n"
        "sys.stdout.buffer.write(nn.walk_through(shared_network(), title='A').html.encode())"
    )
    pages = set()
    for seed in ("0", "1", "2"):
        folders = (ROOT, ROOT / "tools", Path(__file__).parent, ROOT / "tests" / "course_nn")
        paths = os.pathsep.join(map(str, folders))
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        run = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True)
        assert run.returncode == 0, run.stderr.decode()
        pages.add(run.stdout)
    assert pages == {nn.walk_through(shared_network(), title="A").html.encode()}


def test_walks_that_differ_have_different_ids():
    walks = [
        nn.walk_through(lesson_network()),
        nn.walk_through(lesson_network(), title="other words"),
        nn.walk_through(lesson_network(2)),
        nn.walk_through(network_with_bias_and_labels()),
    ]
    assert_stands_alone("".join(walk.html for walk in walks))
    assert nn.walk_through(lesson_network()).html == walks[0].html


def test_the_script_finds_its_own_walk():
    """By its place in the page and not by an id, so that a walk may stand there twice."""
    walk = nn.walk_through(lesson_network())
    page = Page(walk.html)
    assert "document.currentScript.parentElement" in page.texts["script"]
    assert "getElementById" not in page.texts["script"] and page.ids[0] not in page.texts["script"]
    assert page.tags[0] == "div" and page.tags[-1] == "script"
    assert ("data-lm-suppress-shortcuts", "true") in page.attributes  # the keys of JupyterLab
    assert "event.stopPropagation();" in page.texts["script"]  # also when a button has the focus
    assert ("tabindex", "0") in page.attributes  # the list scrolls, also without the script


def shown_by(walk, monkeypatch):
    """What a notebook gets to show of the walk."""
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", lambda data, raw: shown.append((data, raw)))
    walk._ipython_display_()
    ((data, raw),) = shown
    assert raw is True
    return data


def test_a_notebook_shows_the_walk_and_its_sentence_once(monkeypatch, capsys):
    walk = nn.walk_through(lesson_network())
    data = shown_by(walk, monkeypatch)
    assert data == {
        "text/html": f"{walk.html}<p>{walk.sentence}</p>\n",
        "text/plain": walk.sentence,
    }
    assert capsys.readouterr().out == ""


@every_network
def test_the_guards_of_the_notebooks_accept_it(make, monkeypatch):
    walk = nn.walk_through(make())
    data = shown_by(walk, monkeypatch)
    figure = {"output_type": "display_data", "data": data, "metadata": {}}
    assert find_problems(notebook_with(figure)) == []
    (problem,) = find_problems(notebook_with(figure | {"data": {"text/html": walk.html}}))
    assert "expected a sentence" in problem.sentence


# --- what is refused --------------------------------------------------------------------------


def test_before_forward_and_backward_and_after_a_change_it_is_refused():
    model = nn.two_hidden_layer_network(2, 2, 2, 2)
    data = {"x": [[1.0, 2.0]], "y": [0]}

    def assert_refused():
        with refused(RuntimeError, "run both first", "Backward(loss)", unchanged=model.graph):
            nn.walk_through(model.loss)

    assert_refused()
    model.graph.Forward(**data)
    assert_refused()
    for change in (
        lambda: model.graph.SGD(0.1),
        lambda: model.x.set([[0.0, 1.0]]),
        lambda: setattr(model.W1, "value", 2 * model.W1.value),
        model.graph.Forward,
    ):
        model.graph.Forward(**data)
        model.graph.Backward(model.loss)
        assert nn.walk_through(model.loss)
        change()
        assert_refused()


def test_the_gradients_of_another_loss_are_refused():
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="z")
        first, second = (nn.squared_error(z, y, name=name) for name in ("first", "second"))
    net.Forward(x=[[1.0, 2.0]], y=[[0.0, 0.0]])
    net.Backward(first)
    assert nn.walk_through(first)
    with refused(RuntimeError, "Backward(second)", unchanged=net):
        nn.walk_through(second)


def test_what_is_not_a_loss_or_cannot_be_written_is_refused():
    class ordered(nn.Operation):
        def forward(self):
            self.value = np.sort(self.operands[0].value)

        def backward(self):
            self.operands[0].add_grad(self.grad)

    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(ordered(z, name="s"), y, name="loss")
    net.Forward(x=[[1.0, 2.0]], y=[[0.0, 0.0]])
    net.Backward(loss)
    with refused(ValueError, "ordered", "np.sort", unchanged=net):
        nn.walk_through(loss)
    with refused(ValueError, "z is (B, 2)", unchanged=net):
        nn.walk_through(z)
    with refused(TypeError, "A loss node is needed"):
        nn.walk_through(net)


# --- and what the checks refuse ---------------------------------------------------------------


def test_another_line_is_noticed(monkeypatch):
    loss = lesson_network()
    walk = nn.walk_through(loss)

    def backward(self):
        a, W = self.operands
        W.add_grad(a.value.T @ (self.grad * 1))
        a.add_grad(self.grad @ W.value.T)

    monkeypatch.setattr(nn.matmul, "backward", backward)
    with pytest.raises(AssertionError):
        assert_lines_of_derive(walk, loss)


@pytest.mark.all
def test_arrows_below_share_a_lane_where_there_is_room():
    """Of twenty residual layers one after the other the picture is no deeper than of two."""

    def height(layers):
        rng = np.random.default_rng(0)
        with nn.Graph(make_current=False) as net:
            h, y = nn.Input("x", 2), nn.Input("y", 2)
            h = nn.tanh(nn.matmul(h, nn.Parameter("W0", rng.normal(size=(2, 2)))), name="h0")
            for i in range(1, layers + 1):
                W = nn.Parameter(f"W{i}", rng.normal(size=(2, 2)))
                h = nn.add(nn.tanh(nn.matmul(h, W)), h, name=f"h{i}")
            loss = nn.squared_error(h, y, name="loss")
        net.Forward(x=[[1.0, 2.0]], y=[[0.0, 0.0]])
        net.Backward(loss)
        return walkthrough._Drawing(nn.derive(loss), nn.walk_through(loss).steps).height

    assert height(20) == height(2) > height(0)


@pytest.mark.parametrize("B", [1, 3])
def test_another_number_is_noticed(B):
    loss = lesson_network(B)
    walk = nn.walk_through(loss)
    h2 = loss.graph.nodes[3]
    h2.value = loss.graph._values[3] = h2.value + 0.01  # as if Forward had made it
    for check in (assert_numbers_of_the_graph, assert_only_what_was_reached):
        with pytest.raises(AssertionError):
            check(walk, loss)


def test_averages_in_the_place_of_sums_are_noticed():
    loss = lesson_network(3)
    walk = nn.walk_through(loss)
    W3 = loss.graph.parameters[2]
    average = ", ".join(f"{v:.4f}" for v in W3.grad[0])
    html = re.sub(
        r"(W3\.grad = h2.*?Sum over the 3 examples: )[-.\d]+, [-.\d]+",
        rf"\g<1>{average}",
        walk.html,
        count=1,
    )
    assert html != walk.html
    walk.html = html
    with pytest.raises(AssertionError):
        assert_numbers_of_the_graph(walk, loss)


def test_a_number_that_comes_too_early_is_noticed():
    loss = lesson_network()
    walk = nn.walk_through(loss)
    pictures = re.findall(r'src="[^"]*"', walk.html)
    walk.html = walk.html.replace(pictures[2], pictures[3], 1)
    with pytest.raises(AssertionError):
        assert_only_what_was_reached(walk, loss)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("</ol>", ""),  # not closed
        ("</li>", "</p>"),  # closed by another
        ("</svg>", "</g>"),  # the picture is not XML
        ("<ol ", "<ol id='KEY' "),  # an id twice
        ("#KEY li {", "li {"),  # a rule for the whole page
        ("#KEY img {", "#KEY img, img {"),
        ("<style>", "<style>@import 'x.css';"),
        ("</ol>", "<img src='https://example.org/x.png'></ol>"),
        ("<script>", "<script>fetch('x');"),
    ],
)
def test_a_page_that_does_not_stand_alone_is_noticed(right, wrong):
    html = nn.walk_through(lesson_network()).html
    assert_stands_alone(html)
    key = Page(html).ids[0]
    right, wrong = (text.replace("KEY", key) for text in (right, wrong))
    assert right in html
    with pytest.raises((AssertionError, ElementTree.ParseError)):
        assert_stands_alone(html.replace(right, wrong, 1))


# --- deep networks --------------------------------------------------------------------------------


def deep_walk(layers, scale=1.0):
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False) as graph:
        h, y = nn.Input("x", 3), nn.Labels("y", 3)
        for i in range(1, layers + 1):
            W = nn.Parameter(f"W{i}", scale * rng.normal(size=(3, 3)))
            h = nn.relu(nn.matmul(h, W, name=f"z{i}"), name=f"h{i}")
        loss = nn.cross_entropy(h, y, name="loss")
    graph.Forward(x=rng.normal(size=(2, 3)), y=[0, 2])
    graph.Backward(loss)
    return nn.walk_through(loss)


@pytest.mark.long
@pytest.mark.filterwarnings("error")
def test_of_a_deep_network_each_picture_shows_the_part_around_its_step():
    sizes = {}
    for layers in (20, 50):
        walk = deep_walk(layers)
        sizes[layers] = len(walk.html) / len(walk.steps)
        assert len(walk.html) < 40_000 * layers  # it was 28 MB for 50 layers
        pictures = re.findall(r'alt="([^"]*)".*?src="data:[^,]*,([^"]*)"', walk.html)
        assert len(pictures) == len(walk.steps)
        for step, (alt, picture) in zip(walk.steps, pictures, strict=True):
            assert alt.startswith("A part of the graph with")
            svg = ElementTree.fromstring(unquote(picture))
            left, _, wide, _ = map(int, svg.get("viewBox").split())
            boxes = [int(box.get("x")) for box in svg.iter() if box.get("rx")]
            assert boxes and left <= min(boxes) and max(boxes) < left + wide
            names = {text.text for text in svg.iter() if text.tag.endswith("text")}
            assert not step.active or step.active[0].name in names
            assert any("columns" in str(text) for text in names)
        assert len(walk.sentence) < 500
    assert sizes[50] < 1.1 * sizes[20]


def test_a_network_that_nobody_would_step_through_is_refused():
    with pytest.raises(ValueError, match=r"1,005 steps, from 401 nodes; it makes at most 1,000"):
        deep_walk(200)


@pytest.mark.filterwarnings("error")
def test_numbers_that_overflow_are_drawn_without_a_warning():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        z = nn.matmul(x, nn.Parameter("W", [[1.0]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    graph.Forward(x=[[1.3e154]] * 3, y=[[0]] * 3)
    graph.Backward(loss)
    assert "the mean loss is inf" in nn.walk_through(loss).sentence
    assert "the mean loss is inf" in nn.plots.graph(loss).sentence
    graph.Forward(x=[[1e100]], y=[[0]])
    graph.Backward(loss)
    assert "slope of a weight is 1.000e+200" in nn.walk_through(loss).sentence  # not 200 digits
