"""The figures of what is inside a network: columns of W1 as images, one example layer by layer."""

import numpy as np
import pytest
from figure_checks import assert_sound, assert_unchanged, state_of, texts_of
from matplotlib.colors import to_hex

import course_nn as nn
from course_nn import plots
from course_nn.plots.picture import COLOURS, VALUE


@pytest.fixture(scope="module")
def reader():
    """A network that reads digits, untrained; what a figure shows does not depend on it."""
    return nn.two_hidden_layer_network(64, 12, 6, 10, activation="tanh", seed=3)


@pytest.fixture(scope="module")
def digit():
    data = nn.datasets.digits()
    return {"x": data["x"][4:5] / 16, "y": data["y"][4:5]}


def images_of(picture):
    return [
        axes.images[0] for axes in picture.figure.axes if axes.images and "unit" in axes.get_title()
    ]


# --- columns of W1 --------------------------------------------------------------------------------


@pytest.mark.all
@pytest.mark.parametrize("units", [None, [11], range(5, 8), [2, 0]])
def test_each_image_is_a_column_of_W1(reader, units):
    W1 = reader.W1
    before = state_of(reader.graph)
    picture = plots.weight_images(W1, units, columns=4, title="W1")
    assert_unchanged(before)
    chosen = [*range(12)] if units is None else [*units]
    images = images_of(picture)
    assert [image.axes.get_title() for image in images] == [f"unit {unit}" for unit in chosen]
    limit = np.abs(W1.value[:, chosen]).max()
    for image, unit in zip(images, chosen, strict=True):
        np.testing.assert_array_equal(image.get_array().ravel(), W1.value[:, unit])
        assert image.get_array().shape == (8, 8)
        assert image.get_clim() == (-limit, limit), "one scale, symmetric around 0"
    colours = images[0].get_cmap()
    assert [to_hex(colours(place)).upper() for place in (0.0, 1.0)] == [VALUE, COLOURS[1]]
    assert min(colours(0.5)[:3]) > 0.99, "0 is white"
    pixel, place = np.unravel_index(np.abs(W1.value[:, chosen]).argmax(), (64, len(chosen)))
    which = "The 12 columns" if units is None else f"{len(chosen)} of 12 columns"
    assert picture.sentence == (
        f"{which} of W1, each as 8 × 8 pixels, blue below 0 and orange above, on one scale from "
        f"{-limit:.4f} to {limit:.4f}. The weight furthest from 0 is "
        f"{W1.value[pixel, chosen[place]]:.4f}, from pixel {pixel} (row {pixel // 8}, column "
        f"{pixel % 8}) to unit {chosen[place]}."
    )
    assert "W1" in texts_of(picture) and "weight" in texts_of(picture)


def test_the_images_are_the_same_each_time(reader):
    assert_sound(lambda: plots.weight_images(reader.W1, range(3), columns=2))


def test_weights_that_are_all_0_and_a_single_column():
    model = nn.two_hidden_layer_network(64, 1, 2, 2)
    model.W1.value = np.zeros((64, 1))
    picture = plots.weight_images(model.W1)
    assert picture.sentence == "The column of W1, as 8 × 8 pixels: all weights are 0."


def test_images_that_are_refused(reader):
    wide = nn.two_hidden_layer_network(64, 65, 2, 2)

    def refused(error, words, *args, **options):
        with pytest.raises(error, match=words):
            plots.weight_images(*args, **options)

    refused(ValueError, "needs 64 rows; it is", reader.W2)
    refused(TypeError, "needs a parameter, such as model.W1", reader.W1.value)
    refused(TypeError, "needs a parameter", reader.loss)
    refused(ValueError, "from 1 to 64 columns; got 65. Choose some", wide.W1)
    refused(ValueError, "from 1 to 64 columns; got 0", reader.W1, [])
    refused(ValueError, r"it has no entry \[0, 12\]", reader.W1, [12])
    refused(ValueError, r"it has no entry \[0, -1\]", reader.W1, [-1])
    refused(TypeError, "units are numbers of columns", reader.W1, 3)
    refused(TypeError, "units are numbers of columns", reader.W1, "12")
    refused(TypeError, "An entry is a row and a column", reader.W1, [0.5])
    refused(ValueError, "columns must be 1 or more", reader.W1, columns=0)


# --- one example, layer by layer ------------------------------------------------------------------


def strips_of(picture):
    return [axes.images[0].get_array() for axes in picture.figure.axes if axes.images]


def bars_of(picture):
    (axes,) = [axes for axes in picture.figure.axes if axes.patches]
    return axes


@pytest.mark.parametrize("labelled", [False, True])
def test_a_digit_on_its_way_through_the_network(reader, digit, labelled):
    net = reader.graph
    data = digit if labelled else {"x": digit["x"]}
    before = state_of(net)
    picture = plots.layers(reader.loss, data, title="One digit")
    assert_unchanged(before)
    with net.left_as_it_was():
        net.Forward(**digit)
        values = [node.value for node in net.nodes[:-1]]
    image, *strips = strips_of(picture)
    np.testing.assert_array_equal(image, digit["x"].reshape(8, 8))
    for strip, value in zip(strips, values, strict=True):
        np.testing.assert_array_equal(strip, value)
    e = np.exp(values[-1][0] - values[-1].max())
    p = e / e.sum()
    axes = bars_of(picture)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], p, rtol=1e-12)
    assert axes.get_ylim() == (0, 1)
    colours = [to_hex(bar.get_facecolor()).upper() for bar in axes.patches]
    right = int(digit["y"][0])
    marked = [k for k, colour in enumerate(colours) if colour == COLOURS[1]]
    assert marked == ([right] if labelled else [])
    names = ["z1", "h1", "z2", "h2", "z3"]
    ranges = "; ".join(
        f"{name} {value.shape} from {value.min():.4f} to {value.max():.4f}"
        for name, value in zip(names, values, strict=True)
    )
    first, second = np.argsort(-p)[:2]
    assert picture.sentence == (
        f"One example through the network: {ranges}; p (1, 10): class {first} with probability "
        f"{p[first]:.4f}, then class {second} with {p[second]:.4f}"
        + (f". The label is {right}." if labelled else ".")
    )
    texts = set(texts_of(picture))
    assert {"z1 (1, 12)", "h2 (1, 6)", "z3 (1, 10)", "p (1, 10)", "x (1, 64)"} <= texts
    assert (f"class (the label, {right}, in orange)" in texts) is labelled


@pytest.mark.all
def test_each_strip_has_a_scale_of_its_own_around_0(reader, digit):
    picture = plots.layers(reader.loss, digit)
    for axes in picture.figure.axes:
        for image in axes.images:
            limit = np.abs(image.get_array()).max()
            assert image.get_clim() == (-limit, limit)


@pytest.mark.all
def test_no_text_lies_on_another_one(reader, digit):
    wide = nn.two_hidden_layer_network(64, 64, 32, 10, activation="tanh")
    wide.W1.value = 1e4 * wide.W1.value  # long numbers beside the strips
    for model in (reader, wide):
        picture = plots.layers(model.loss, digit, title="One digit")
        figure = picture.figure
        figure.canvas.draw()
        from matplotlib.text import Text

        places = [
            (t.get_text(), t.get_window_extent()) for t in figure.findobj(Text) if t.get_text()
        ]
        shown = [(text, box) for text, box in places if box.width and figure.bbox.overlaps(box)]
        for i, (text, box) in enumerate(shown):
            for end in (box.min, box.max):
                assert figure.bbox.contains(*end), f"{text} is cut off"
            for other, place in shown[:i]:
                overlap = min(box.y1, place.y1) - max(box.y0, place.y0)
                side = min(box.x1, place.x1) - max(box.x0, place.x0)
                assert min(overlap, side) < 2, f"{text} lies on {other}"


@pytest.mark.all
def test_a_network_without_classes_shows_its_output_as_bars():
    model = nn.two_hidden_layer_network(2, 3, 2, 2, loss="squared_error", seed=1)
    x = [[0.5, -1.0]]
    output = nn.predict(model.loss, {"x": x}).values[0]
    picture = assert_sound(lambda: plots.layers(model.loss, {"x": x}))
    axes = bars_of(picture)
    assert [bar.get_height() for bar in axes.patches] == output.tolist()
    assert axes.get_xlabel() == "output" and len(strips_of(picture)) == 4
    low, high = sorted(output)
    assert picture.sentence.endswith(f"; z3 (1, 2) from {low:.4f} to {high:.4f}.")


def test_what_layers_refuses(reader, digit):
    def refused(error, words, loss, data):
        with pytest.raises(error, match=words):
            plots.layers(loss, data)

    before = state_of(reader.graph)
    x = digit["x"]
    refused(
        ValueError,
        r"one example; got 2 rows. Row b is X\[b : b \+ 1\]",
        reader.loss,
        {"x": [*x, *x]},
    )
    refused(ValueError, "needs rows of examples", reader.loss, {"x": x[0]})
    refused(ValueError, "finite numbers", reader.loss, {"x": np.where(x > 0.5, np.nan, x)})
    refused(ValueError, "masked", reader.loss, {"x": np.ma.masked_less(x, 0.1)})
    refused(ValueError, "x is missing", reader.loss, {"y": [1]})
    refused(ValueError, "y needs integer labels 0..9", reader.loss, {"x": x, "y": [10]})
    refused(ValueError, "A loss has one number for each example", reader.output, digit)
    assert_unchanged(before)
    with nn.Graph(make_current=False):
        h, y = nn.Input("x", 2), nn.Labels("y", 2)
        for i in range(13):
            h = nn.tanh(h, name=f"h{i}")
        loss = nn.cross_entropy(h, y, name="loss")
    refused(ValueError, "at most 12 nodes; this network has 13", loss, {"x": [[1.0, 2.0]]})
