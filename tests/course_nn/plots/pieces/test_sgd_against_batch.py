"""SGD against batch, without a browser: its data, its picture and its sentence."""

import json
import re
from urllib.parse import unquote

import numpy as np
import pytest

import course_nn as nn

PIECE = nn.plots.sgd_against_batch()


def embedded(piece):
    """What the script knows."""
    return json.loads(re.search(r"^const data = (.*);$", piece.html, re.MULTILINE)[1])


def trained(train, eta):
    """The two weights after each update of 3 epochs, and the mean loss at the end."""
    loss, data = PIECE.network(), PIECE.examples(0.5)
    history = train(loss, data, learning_rate=eta, epochs=3, shuffle=False, snapshots="updates")
    path = np.array([weights["W"].ravel() for weights in history.snapshots])
    return path, nn.evaluate(loss, data).loss


def test_the_script_knows_the_examples_exactly():
    known = embedded(PIECE)
    for noise in (0.0, 0.1, 0.7, 1.0):
        data = PIECE.examples(noise)
        assert known["network"]["x"] == data["x"].tolist()
        y = [
            [y + noise * e for y, e in zip(*rows, strict=True)]
            for rows in zip(known["network"]["y"], known["noise"], strict=True)
        ]
        assert y == data["y"].tolist()
    W = PIECE.network().graph.parameters[0]
    assert known["network"]["layers"][0]["W"] == W.value.tolist()


def test_with_no_noise_one_W_fits_all_examples_and_with_noise_none_does():
    def lowest(noise):
        data = PIECE.examples(noise)
        W = np.linalg.lstsq(data["x"], data["y"], rcond=None)[0]
        return W, (0.5 * (data["x"] @ W - data["y"]) ** 2).mean()

    W, J = lowest(0.0)
    np.testing.assert_allclose(W, [[1.0], [-1.0]])
    assert J < 1e-20
    assert lowest(1.0)[1] > 0.1
    assert abs(lowest(0.5)[1] / lowest(1.0)[1] - 0.25) < 1e-9


def test_what_it_gives_is_new_each_time():
    PIECE.examples(0.5)["x"][:] = 0
    loss = PIECE.network()
    nn.train_batch(loss, PIECE.examples(0.5), learning_rate=0.1, epochs=1)
    assert PIECE.examples(0.5)["x"].any()
    assert PIECE.network().graph.parameters[0].value.tolist() == [[-1.5], [1.5]]
    assert PIECE.network().graph is not loss.graph


def test_the_sentence_has_the_numbers_of_the_trainers():
    (_, J_sgd), (_, J_batch) = trained(nn.train_sgd, 0.1), trained(nn.train_batch, 0.5)
    W = np.linalg.lstsq(PIECE.examples(0.5)["x"], PIECE.examples(0.5)["y"], rcond=None)[0]
    loss = PIECE.network()
    loss.graph.parameters[0].value = W
    lowest = nn.evaluate(loss, PIECE.examples(0.5)).loss
    assert PIECE.sentence == (
        "Two weights, after 3 epochs of 10 examples with label noise 0.5. SGD (B = 1, η = 0.1) "
        f"made 30 updates, and its mean loss is {J_sgd:.4f}. Batch learning (B = 10, η = 0.5) made "
        f"3 updates, and its mean loss is {J_batch:.4f}. The lowest mean loss of all is "
        f"{lowest:.4f}."
    )


def drawn():
    """The paths of the static picture, in weights."""
    svg = unquote(re.search(r'src="data:image/svg\+xml;charset=utf-8,([^"]*)"', PIECE.html)[1])
    svg = svg.replace("&#x27;", "'").replace("&amp;", "&")
    frame = re.search(r"<svg x='(\d+)' y='(\d+)' width='(\d+)' height='(\d+)'", svg).groups()
    left, top, wide, high = map(int, frame)
    paths = re.findall(r"<path d='(M[^H']*L[^H']*)' fill='none' stroke='([^']*)'", svg)
    found = []
    for path, colour in paths:
        pixels = np.array([each.split() for each in path[1:].split("L")], dtype=float)
        weights = [-2.5, 2.0] + (pixels - [left, top]) / [wide, high] * [5.0, -4.0]
        found.append((colour, weights))
    return found


def test_the_picture_shows_the_paths_of_the_trainers():
    orange, blue = (
        next(path for colour, path in drawn() if colour == wanted)
        for wanted in ("#B04A00", "#0072B2")
    )
    np.testing.assert_allclose(orange, trained(nn.train_sgd, 0.1)[0], atol=0.002)
    np.testing.assert_allclose(blue, trained(nn.train_batch, 0.5)[0], atol=0.002)


def test_on_each_line_of_the_map_the_mean_loss_is_the_same_and_one_goes_through_the_start():
    data, levels = PIECE.examples(0.5), []
    for colour, path in drawn():
        if colour == "#595959":
            J = (0.5 * (data["x"] @ path.T - data["y"]) ** 2).mean(axis=0)
            assert np.ptp(J) < 0.01 * J.mean()
            levels.append(J.mean())
    start = nn.evaluate(PIECE.network(), data).loss
    assert len(levels) > 8 and np.all(np.diff(levels) > 0)
    assert min(abs(np.array(levels) - start)) < 0.005 * start


def test_the_same_seed_gives_the_same_piece_and_another_one_another():
    again, other = nn.plots.sgd_against_batch(), nn.plots.sgd_against_batch(seed=7)
    assert again.html == PIECE.html
    assert embedded(other)["noise"] != embedded(PIECE)["noise"]
    assert other.sentence != PIECE.sentence


@pytest.mark.parametrize("noise", [np.nan, np.inf, "0.5", None, True])
def test_a_noise_that_is_no_number_is_refused(noise):
    with pytest.raises((TypeError, ValueError), match="noise"):
        PIECE.examples(noise)


@pytest.mark.parametrize("seed", [-1, 0.5, "4", None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises((TypeError, ValueError), match="seed"):
        nn.plots.sgd_against_batch(seed=seed)
