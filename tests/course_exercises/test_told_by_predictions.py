"""What the predictions of some lessons tell about their numbers is true of them."""

import numpy as np
import pytest

from course_exercises import (
    batches,
    computational_graph,
    digits,
    gradient_of_W3,
    loss,
    sgd,
    sgd_against_batch,
)

FORWARD = gradient_of_W3._model()  # of the example of lessons 01 to 05
VALUES = {node.name: node.value for node in FORWARD.graph.nodes}
H2, Z3, Y = VALUES["h2"], VALUES["z3"], FORWARD.y.value
GRADIENT = FORWARD.W3.grad


@pytest.mark.parametrize(
    ("p", "comes"),
    [
        (loss.p1, "falls, rises"),
        (loss.p1.again, "the first"),
        (loss.p2, "W3[1, 0]"),
        (loss.p2.again, "W3[1, 0]"),
        (gradient_of_W3.p1, "both below 0"),
        (gradient_of_W3.p1.again, "one of each"),
        (gradient_of_W3.p2, "the transpose"),
        (gradient_of_W3.p2.again, (3, 2)),
        (computational_graph.p1, 3),
        (computational_graph.p1.again, 5),
        (computational_graph.p2, "all 0"),
        (computational_graph.p2.again, "all 0"),
        (sgd.p1, "no"),
        (sgd.p1.again, "falls"),
        pytest.param(sgd.p2, "0.05", marks=pytest.mark.all),  # four trainings
        (sgd.p2.again, "no"),
        (batches.p1, "average"),
        (batches.p1.again, 8),
        (batches.p2, "no"),
        (batches.p2.again, "yes"),
        (sgd_against_batch.p1, "no"),
        (sgd_against_batch.p1.again, "yes"),  # not what came before, and not told by the lesson
        (digits.p1, "no"),
        (digits.p1.again, "yes"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_reason_is_a_reason_for_what_comes(p, comes):
    assert p.means(p.came()) == comes


def test_other_numbers_are_read_as_other_answers():
    assert loss.p1.means(np.array([0.1, -0.1])) == "rises, falls"
    assert loss.p1.means(np.array([0.1, 0.1])) == "both rise"
    assert loss.p1.means(np.array([-0.1, -0.1])) == "both fall"
    assert loss.p1.again.means(np.array([-0.1, 0.1])) == "neither"
    assert loss.p1.again.means(np.array([0.1, -0.1])) == "both"
    assert loss.p1.again.means(np.array([-0.1, -0.1])) == "the second"
    assert loss.p2.means(np.array([-2.0, 1.0])) == "W3[0, 0]"
    assert loss.p2.means(np.array([-2.0, 2.0])) == "equally"
    assert gradient_of_W3.p1.means(np.array([0.1, 0.2])) == "both above 0"
    assert gradient_of_W3.p2.means(GRADIENT) == "the same numbers"
    assert gradient_of_W3.p2.means(-GRADIENT) == "something else"


def test_by_nudging_and_by_the_graph():
    slopes = loss.p2.came()
    np.testing.assert_allclose(slopes, GRADIENT[:, 0], 1e-3)
    np.testing.assert_allclose(loss.p1.came() / loss.RAISED, GRADIENT[1], 1e-2)
    np.testing.assert_allclose(gradient_of_W3.p2.came(), GRADIENT.T, 1e-12)


def test_the_numbers_in_the_reasons():
    assert [f"{h:.4f}" for h in H2[0]] == ["0.2087", "0.7924"]
    assert "0.2087" in loss.p2.why and "0.7924" in loss.p2.why
    assert f"{H2[0, 1] / H2[0, 0]:.1f} times" in loss.p2.why
    for weight in FORWARD.W3.value[:, 0]:
        assert f"{weight:.4f}".replace("-", "−") in loss.p2.why
    for weight in FORWARD.W3.value[1]:
        assert f"{weight:.4f}".replace("-", "−") in loss.p2.again.asks
    for distance in np.abs(Z3 - Y)[0]:
        assert f"{distance:.4f}" in loss.p2.again.why
    for output in Z3[0]:
        assert f"{output:.1f}".replace("-", "−") in loss.p1.why
    other = gradient_of_W3._other_units() @ FORWARD.W3.value
    assert f"{other[0, 0]:.2f}".replace("-", "−") in gradient_of_W3.p1.why
    units = gradient_of_W3.UNITS @ FORWARD.W3.value
    assert f"{units[0, 0]:.2f}".replace("-", "−") in gradient_of_W3.p1.again.asks


def test_one_example_gets_worse_and_the_whole_better():
    change = sgd._losses_after([2] * 50) - sgd._losses_after([])
    assert (
        f"larger by {change[3]:.2f}" in sgd.p1.again.asks and sgd._losses_after([2] * 50)[2] < 1e-3
    )
    assert -change[2] > change[3] > 0 > change[:2].max(), "example 2 gains more than 3 loses"


@pytest.mark.all
def test_a_rate_that_is_too_much_in_one_order_only():
    why = sgd.p2.again.why
    lowest = sgd.p2.again.came()
    other = sgd._moons_run(0.2, seed=1).epoch_losses[-1]
    assert "above 0.31." in why and 0.31 < lowest < 0.32
    assert "below 0.05." in why and other < 0.05


def test_where_the_limit_of_the_pixels_counts():
    x_train = digits._parts()[1][0]
    assert np.abs(x_train[:, 20]).max() < 3
    assert np.abs(x_train[:, 7]).max() == 3 and abs(x_train[:, 7].mean()) > 1e-3
    assert "at pixel 7 some do" in digits.p1.again.why


def test_the_border_that_the_second_case_names_is_the_one_it_uses():
    assert "less than 5 in 100" in digits.p2.again.asks
    assert [digits.p2.means(chance) for chance in (0.049, 0.05)] == ["yes", "no"]
