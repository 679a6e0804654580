"""The figures of data: decision boundaries, confusion matrices, digits."""

import numpy as np
import pytest
from figure_checks import DATA, assert_sound, assert_unchanged, state_of, texts_of
from tiers import thinned

import course_nn as nn
from course_nn import datasets, plots


@pytest.mark.parametrize("constant", thinned([False, True], 2))
def test_a_decision_boundary(constant):
    data = datasets.two_moons(40, seed=0, constant=constant)
    model = nn.two_hidden_layer_network(data["x"].shape[1], 6, 4, 2, activation="tanh")
    nn.train_batch(model.loss, data, learning_rate=0.5, epochs=30)
    model.graph.Forward(x=data["x"][:3], y=data["y"][:3])
    model.graph.Backward(model.loss)
    before = state_of(model.graph)
    picture = assert_sound(lambda: plots.decision_boundary(model.loss, data, title="Moons"))
    assert_unchanged(before)
    accuracy = nn.evaluate(model.loss, data).accuracy
    assert picture.sentence == (
        f"The network gives the right class to {round(40 * accuracy)} of the 40 points "
        f"({100 * accuracy:.1f} %)."
    )
    (axes,) = picture.figure.axes
    assert sum(len(c.get_offsets()) for c in axes.collections if len(c.get_offsets()) == 20) == 40
    assert {"class 0", "class 1", "Moons"} <= set(texts_of(picture))


@pytest.mark.all
def test_the_colour_of_a_place_is_the_answer_of_the_network():
    """z = (−x₁, x₁): class 1 to the right of 0, class 0 to the left."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        W = nn.Parameter("W1", [[-1.0, 1.0], [0.0, 0.0]])
        loss = nn.cross_entropy(nn.matmul(x, W), y, name="loss")
    data = {"x": [[-1.0, -1], [-1, 1], [1, -1], [2, 1]], "y": [0, 0, 1, 0]}
    picture = assert_sound(lambda: plots.decision_boundary(loss, data))
    assert picture.sentence.startswith(
        "The network gives the right class to 3 of the 4 points (75.0 %)"
    )
    regions = picture.figure.axes[0].collections[0]
    assert regions.get_array().tolist() == [0.0, 1.0]
    left, right = (path.vertices[:, 0] for path in regions.get_paths())
    assert left.max() == pytest.approx(0, abs=0.05) == right.min()


@pytest.mark.all
def test_a_class_without_points_and_a_network_with_one_answer():
    model = nn.two_hidden_layer_network(2, 3, 3, 3)
    model.W3.value = np.zeros((3, 3))  # class 0 everywhere
    assert_sound(lambda: plots.decision_boundary(model.loss, {"x": DATA["x"], "y": DATA["y"]}))


def test_a_boundary_of_what_is_no_loss_is_refused():
    model = nn.two_hidden_layer_network(2, 3, 3, 2)
    with pytest.raises(ValueError, match="A loss has one number for each example"):
        plots.decision_boundary(model.output, nn.datasets.xor())


def test_boundaries_that_cannot_be_drawn():
    wide = nn.two_hidden_layer_network(4, 3, 3, 2)
    with pytest.raises(ValueError, match=r"needs 2 columns .* got 4"):
        plots.decision_boundary(wide.loss, {"x": np.ones((2, 4)), "y": [0, 1]})
    three = nn.two_hidden_layer_network(3, 3, 3, 2)
    with pytest.raises(ValueError, match=r"\(or 3, the last 1\)"):
        plots.decision_boundary(three.loss, {"x": np.zeros((2, 3)), "y": [0, 1]})
    no_labels = nn.two_hidden_layer_network(2, 3, 3, 2, loss="squared_error")
    with pytest.raises(ValueError, match="with labels of at most 7 classes"):
        plots.decision_boundary(no_labels.loss, {"x": np.ones((2, 2)), "y": np.ones((2, 2))})
    many = nn.two_hidden_layer_network(2, 3, 3, 8)
    with pytest.raises(ValueError, match="with labels of at most 7 classes"):
        plots.decision_boundary(many.loss, DATA)


def test_a_confusion_matrix_counts():
    labels = [0, 0, 0, 1, 1, 2, 2, 2, 2]
    predictions = [0, 0, 1, 1, 1, 1, 1, 0, 2]
    picture = assert_sound(lambda: plots.confusion_matrix(labels, predictions, title="Nine"))
    assert picture.sentence == (
        "5 of 9 (55.6 %) stand on the diagonal; the most frequent error: 2 read as 1 (2 times)."
    )
    (axes,) = picture.figure.axes
    assert axes.images[0].get_array().tolist() == [[2, 1, 0], [0, 2, 0], [1, 2, 1]]
    cells = {tuple(map(int, text.get_position())): text.get_text() for text in axes.texts}
    assert cells == {
        (0, 0): "2",
        (1, 0): "1",
        (1, 1): "2",
        (0, 2): "1",
        (1, 2): "2",
        (2, 2): "1",
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("read as", "label")


def test_equally_frequent_errors_are_all_named():
    sentence = plots.confusion_matrix([0, 1, 2, 2], [1, 0, 2, 2]).sentence
    assert "the most frequent error: 0 read as 1, 1 read as 0 (once each)" in sentence
    sentence = plots.confusion_matrix([0, 1, 2, 3, 3], [1, 2, 3, 0, 1]).sentence
    assert "0 read as 1, 1 read as 2, 2 read as 3 and 2 other pairs (once each)" in sentence


def test_a_confusion_matrix_of_one_class_with_none_wrong():
    picture = assert_sound(lambda: plots.confusion_matrix([0], [0]))
    assert picture.sentence == "1 of 1 (100.0 %) stand on the diagonal."
    assert "error" not in plots.confusion_matrix([0, 1, 3], [0, 1, 3]).sentence


@pytest.mark.parametrize(
    "labels, predictions, words",
    [
        ([0, 1], [0], r"the same shape \(N,\); got \(2,\) and \(1,\)"),
        ([], [], "the same shape"),
        ([[0]], [[0]], "the same shape"),
        ([0, -1], [0, 1], "labels must be integers 0, 1, …; got -1"),
        ([0, 1], [0.0, 1.0], r"predictions must be integers .* float64"),
    ],
)
def test_confusion_matrices_that_are_refused(labels, predictions, words):
    with pytest.raises(ValueError, match=words):
        plots.confusion_matrix(labels, predictions)


@pytest.mark.long
def test_a_grid_of_digits():
    data = datasets.digits()
    images, labels = data["x"][:7], data["y"][:7]
    picture = assert_sound(lambda: plots.digits(images, labels, columns=3, title="Seven"))
    assert picture.sentence == "7 digits of 8 × 8 pixels with the labels 0, 1, 2, 3, 4, 5, 6."
    drawn = [axes for axes in picture.figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == list("0123456")
    for axes, image in zip(drawn, images, strict=True):
        assert np.array_equal(axes.images[0].get_array(), image.reshape(8, 8))
    assert len(picture.figure.axes) == 9
    texts = " ".join(texts_of(picture))
    assert "Seven" in texts and "read as" not in texts


def test_digits_with_what_they_were_read_as():
    data = datasets.digits()
    picture = assert_sound(lambda: plots.digits(data["x"][:2], data["y"][:2], [0, 7]))
    assert picture.sentence == "2 digits of 8 × 8 pixels with the labels 0, 1, read as 0, 7."
    assert "1 read as 7" in texts_of(picture)
    one = assert_sound(lambda: plots.digits(data["x"][3:4], data["y"][3:4]))
    assert one.sentence == "1 digit of 8 × 8 pixels with the label 3."


def test_digits_that_are_refused():
    images, labels = np.zeros((3, 64)), np.array([1, 2, 3])
    assert_sound(lambda: plots.digits(images, labels))  # blank ones can be drawn
    for wrong in (images[0], np.zeros((3, 8, 8)), np.zeros((0, 64)), np.zeros((61, 64))):
        with pytest.raises(ValueError, match=r"images needs shape \(N, 64\) with N from 1 to 60"):
            plots.digits(wrong, labels)
    with pytest.raises(ValueError, match=r"labels needs shape \(3,\); got \(2,\)"):
        plots.digits(images, labels[:2])
    with pytest.raises(ValueError, match=r"predictions needs shape \(3,\); got \(4,\)"):
        plots.digits(images, labels, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="columns must be 1 or more; got 0"):
        plots.digits(images, labels, columns=0)
    for pixel in (np.nan, np.inf):  # as after 0 / 0, where a pixel is empty in all images
        images[1, 5] = pixel
        with pytest.raises(ValueError, match="images must be finite numbers; it holds NaN"):
            plots.digits(images, labels)


@pytest.mark.all
def test_a_place_without_an_answer_has_no_colour():
    class torn(nn.Operation):
        """NaN to the left of 0."""

        def forward(self):
            a = self.operands[0].value
            self.value = np.where(a[:, :1] > a[:, 1:], np.nan, a)

        def backward(self):
            raise NotImplementedError

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        W = nn.Parameter("W1", [[-1.0, 1.0], [0.0, 0.0]])
        loss = nn.cross_entropy(torn(nn.matmul(x, W)), y, name="loss")
    data = {"x": [[-1.0, -1], [-1, 1], [1, -1], [2, 1]], "y": [0, 0, 1, 0]}
    picture = assert_sound(lambda: plots.decision_boundary(loss, data))
    assert picture.sentence == (
        "The network gives the right class to 1 of the 4 points (25.0 %). "
        "At 2 its output is not finite."
    )
    regions = picture.figure.axes[0].collections[0]
    assert not regions.get_paths()[0].vertices.size  # nothing is class 0


def test_a_confusion_matrix_asks_for_the_classes_of_a_prediction():
    model = nn.two_hidden_layer_network(2, 3, 3, 2)
    data = nn.datasets.xor()
    prediction = nn.predict(model.loss, data)
    for wrong in ((data["y"], prediction), (prediction, data["y"])):
        with pytest.raises(TypeError, match=r"give its \.classes"):
            plots.confusion_matrix(*wrong)
    plots.confusion_matrix(data["y"], prediction.classes)
