"""Move one weight, operated in Chromium: its numbers are those of course_nn, wherever it stands."""

import numpy as np
import pytest
from pages_with_pieces import exported
from random_chains import lesson_network, random_chain

import course_nn as nn

pytestmark = pytest.mark.long

EPS = 1e-4  # of the piece


def at(loss, data, parameter, entry, weight):
    """What course_nn finds with this value of the weight."""
    net, before = loss.graph, parameter.value
    try:
        parameter.value = changed = before.copy()
        changed[entry] = weight
        parameter.value = changed
        net.Forward(**data)
        net.Backward(loss)
        matrix = next(node for node in net.nodes if parameter in node.operands)
        came_in = matrix.operands[0].value[:, entry[0]]
        if parameter.name.startswith("b"):
            came_in = np.ones(len(loss.value))

        def loss_of(value):
            parameter.value = value
            net.Forward(**data)
            return loss.value.mean()

        found = {
            "J": loss.value.mean(),
            "slope": parameter.grad[entry],
            "cameIn": came_in,
            "delta": matrix.grad[:, entry[1]],
        }
        found["nudged"] = nn.finite_differences(loss_of, changed.copy(), eps=EPS)[entry]
        return found
    finally:
        parameter.value = before


def assert_the_same(numbers, expected):
    for name, right in expected.items():
        np.testing.assert_allclose(numbers[name], right, rtol=1e-9, atol=1e-9, err_msg=name)


def some_pieces(seeds):
    """For each seed a piece, and what it shows: (loss, data, parameter, entry)."""
    made = []
    for seed in seeds:
        loss, data, parameters = random_chain(seed)
        rng = np.random.default_rng(1000 + seed)
        parameter = parameters[rng.integers(len(parameters))]
        entry = tuple(int(rng.integers(n)) for n in parameter.value.shape)
        piece = nn.plots.move_one_weight(loss, data, parameter, entry, title=f"Piece {seed}")
        made.append((piece, (loss, data, parameter, entry)))
    return made


def numbers_of(group):
    return group.evaluate("root => root.numbers()")


def assert_numbers_of_course_nn(page, made, places=4):
    """At the start, at places that are typed, and after a step from each."""
    for i, (_, network) in enumerate(made):
        group = page.get_by_role("group", name=f"Piece {i}", exact=True)
        name = f"{network[2].name}[{network[3][0]}, {network[3][1]}]"
        start = numbers_of(group)
        assert_the_same(start, at(*network, start["weight"]))
        rng = np.random.default_rng(i)
        for weight in rng.normal(scale=3, size=places):
            group.get_by_label(f"{name} =").fill(repr(float(weight)))
            there = numbers_of(group)
            assert there["weight"] == weight
            assert_the_same(there, at(*network, weight))
            rate = float(rng.uniform(0, 3))
            group.get_by_label("learning rate η").fill(repr(rate))
            group.get_by_role("button", name="step with η").click()
            after = numbers_of(group)
            assert abs(after["weight"] - (weight - rate * there["slope"])) < 1e-9
            assert_the_same(after, at(*network, after["weight"]))


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_on_the_exported_page_the_numbers_are_those_of_course_nn(template, new_page, tmp_path):
    made = some_pieces(range(24 if template == "lab" else 3))
    page = new_page()
    pieces = [piece for piece, _ in made]
    page.goto(exported(tmp_path / "page.html", *pieces, template=template))
    assert_numbers_of_course_nn(page, made)


def test_in_jupyterlab_the_numbers_are_those_of_course_nn(lab, new_page):
    made = some_pieces(range(12))
    page = new_page(width=1200)
    lab.put("numbers.ipynb", *(piece for piece, _ in made))
    lab.open(page, "numbers.ipynb")
    assert_numbers_of_course_nn(page, made, places=3)


@pytest.mark.all
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("slope: (z, h) => h * (1 - h)", "slope: (z, h) => 1 - h"),  # sigmoid
        ("slope: (z, h) => 1 - h * h", "slope: (z, h) => 1 - h"),  # tanh
        ("(z > 0 ? 1 : 0)", "(z > 0 ? 1 : 0.01)"),
        ("row.map((sum) => sum / B)", "row.map((sum) => sum)"),  # the mean
        ("(k === y[b] ? 1 : 0)", "0"),  # softmax alone
        ("value - y[b][k]", "y[b][k] - value"),
        ("sums.map((row) => row.map((value, j) => value + layer.b[0][j]))", "sums"),  # no bias
    ],
)
def test_a_slip_in_the_script_is_noticed(right, wrong, new_page, tmp_path):
    made = some_pieces(range(24))
    for piece, _ in made:
        assert right in piece.html
        piece.html = piece.html.replace(right, wrong)
    page = new_page()
    page.goto(exported(tmp_path / "page.html", *(piece for piece, _ in made), template="basic"))
    with pytest.raises(AssertionError):
        assert_numbers_of_course_nn(page, made, places=2)


@pytest.mark.all
@pytest.mark.parametrize("wrong", ["J", "slope", "nudged", "delta", "cameIn"])
def test_a_wrong_number_is_noticed(wrong, new_page, tmp_path):
    made = some_pieces(range(1))
    page = new_page()
    page.goto(exported(tmp_path / "page.html", made[0][0], template="basic"))
    page.get_by_role("group", name="Piece 0").evaluate(
        """(root, wrong) => { const right = root.numbers; root.numbers = () => {
             const numbers = right();
             numbers[wrong] = JSON.parse(JSON.stringify(numbers[wrong]), (key, value) =>
               typeof value === "number" ? value + 1e-7 : value);
             return numbers; }; }""",
        wrong,
    )
    with pytest.raises(AssertionError, match=wrong):
        assert_numbers_of_course_nn(page, made)


def the_lesson(**options):
    loss, data, (*_, W3) = lesson_network()
    return nn.plots.move_one_weight(loss, data, W3, (1, 0), reach=(1, 7), **options)


def test_the_words_say_what_is_shown(new_page, tmp_path):
    page = new_page()
    page.goto(exported(tmp_path / "page.html", the_lesson(), template="basic"))
    status = page.get_by_role("status")
    start = (
        "W3[1, 0] = −1.4931: the loss is 4.0302, as at the start. What came in, 0.7924, times "
        "δ3[0], −2.1171, is the slope, −1.6776; nudging gives the same. Raising W3[1, 0] a little "
        "lowers the loss."
    )
    assert status.text_content() == start
    numbers = page.evaluate("document.querySelector('[role=group]').numbers()")
    there_and_back = 2 / numbers["cameIn"][0] ** 2  # twice the way to the bottom of the parabola
    page.get_by_label("learning rate η").fill(repr(there_and_back))
    page.get_by_role("button", name="step with η").click()
    assert status.text_content().startswith(
        "A step of −η · slope = 5.3434, to 3.8503. W3[1, 0] = 3.8503: the loss is 4.0302, as at "
    )
    page.get_by_role("button", name="back to the start").click()
    assert status.text_content() == start
    page.get_by_label("learning rate η").fill("")
    page.get_by_role("button", name="step with η").click()
    assert status.text_content() == "The learning rate must be a number, 0 or more."
    page.get_by_label("learning rate η").fill("1e9")
    page.get_by_role("button", name="step with η").click()
    assert "farther than this picture goes" in status.text_content()
    assert page.evaluate("document.querySelector('[role=group]').numbers().weight") < -1.49


def test_the_curve_is_drawn_through_the_losses(new_page, tmp_path):
    """Back from pixels to numbers, by the ticks of the picture."""
    page = new_page()
    page.goto(exported(tmp_path / "page.html", the_lesson(), template="basic"))
    loss, data, (*_, W3) = lesson_network()
    ticks = page.evaluate(
        """[...document.querySelectorAll('text.tick')].map((t) =>
          [t.classList.contains('end'), +t.getAttribute('x'), +t.getAttribute('y'),
           +t.textContent.replace('−', '-')])"""
    )
    path = page.evaluate("document.querySelector('path.value').getAttribute('d')")
    places = np.array([each.split() for each in path[1:].split("L")], dtype=float)
    axes = {}
    for is_y in (False, True):
        pixels = [t[2] - 4 if is_y else t[1] for t in ticks if t[0] is is_y]
        axes[is_y] = np.polyfit(pixels, [t[3] for t in ticks if t[0] is is_y], 1)
    for x, y in places[::20]:
        expected = at(loss, data, W3, (1, 0), np.polyval(axes[False], x))["J"]
        assert abs(np.polyval(axes[True], y) - expected) < 0.01
