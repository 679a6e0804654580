"""`show` prints what is there, and refuses what it cannot print."""

import re
import warnings

import numpy as np
import pytest

import course_nn as nn
from course_nn.show import WIDTH, wrapped


@pytest.mark.parametrize(
    ("values", "printed"),
    [
        ([[1.0, -2.5]], "a  shape (1, 2)   1.0000  -2.5000"),
        ([0.25], "a  shape (1,)   0.2500"),
        (2.0, "a   2.0000"),
        ([[1, 20], [3, 4]], "a  shape (2, 2)\n     1  20\n     3   4"),
        ([[-0.00001, 1.0]], "a  shape (1, 2)   0.0000   1.0000"),
        ([True, False], "a  shape (2,)  1  0"),
    ],
)
def test_name_shape_and_numbers(values, printed, capsys):
    nn.show("a", np.array(values))
    assert capsys.readouterr().out == printed + "\n"


def test_digits(capsys):
    nn.show("a", np.array([[np.pi, 1.0]]), digits=1)
    assert capsys.readouterr().out == "a  shape (1, 2)   3.1   1.0\n"


def test_a_row_too_long_for_a_line_stands_below_its_name(capsys):
    for count in (5, 6):
        nn.show("  a row of numbers", np.ones(count))
    short, head, row = capsys.readouterr().out.splitlines()
    assert short == "  a row of numbers  shape (5,)" + "   1.0000" * 5
    assert head == "  a row of numbers  shape (6,)"
    assert row == " " * 4 + "   1.0000" * 6


def test_a_sentence_is_broken_between_words(capsys):
    nn.show("y - z3:  ", "equal")
    assert capsys.readouterr().out == "y - z3:    equal\n"
    nn.show("2 (z3 - y):", "twice the gradient, " * 10)
    first, *others = lines = capsys.readouterr().out.splitlines()
    assert first.startswith("2 (z3 - y):  twice the") and others
    assert max(map(len, lines)) <= WIDTH and all(re.match(r" {4}\S", line) for line in others)


def test_lines_are_broken_between_words_alone():
    words = "word " * 20
    lines = wrapped(f"short\n    {words}\n{'x' * 90}\nh2  {words}").split("\n")
    assert lines[0] == "short"
    assert lines[1].startswith("    word") and lines[2].startswith("    word")
    assert len(lines[1]) <= WIDTH and (lines[1] + lines[2]).split() == words.split()
    assert lines[3:] == ["x" * 90, f"h2  {words}"], "no word is broken, and no table"
    for short in ("W3[1, 0]", '"both fall"'):
        for count in range(8):
            assert short in wrapped(f"{'x' * count} {short} " * 12)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"at most two axes; a has shape \(1, 2, 3\)"):
        nn.show("a", np.zeros((1, 2, 3)))
    with pytest.raises(ValueError, match="holds <U1"):
        nn.show("a", np.array(["x"]))
    with pytest.raises(TypeError, match=r"W1 is a node.*W1\.value"):
        nn.show("W1", nn.two_hidden_layer_network(2, 3, 2, 2).W1)
    with pytest.raises(TypeError, match=r"z is None.*Run Forward"):
        nn.show("z", None)
    with pytest.raises(ValueError, match="different lengths"):
        nn.show("z", [[1], [2, 3]])
    for digits in (-1, 2.5, True, None):
        with pytest.raises(ValueError, match="digits is a whole number"):
            nn.show("z", [1.0], digits=digits)


def test_large_numbers_are_short(capsys):
    nn.show("a", np.array([1e300, -2.5e6, 0.5, np.inf, np.nan]))
    printed = capsys.readouterr().out
    assert printed.split()[3:] == ["1.0000e+300", "-2.5000e+06", "0.5000", "inf", "nan"]


def test_of_a_large_array_both_ends_are_printed(capsys):
    nn.show("X", np.arange(40 * 64).reshape(40, 64))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "X  shape (40, 64)" and len(lines) == 8
    assert lines[1].split() == ["0", "1", "2", "…", "61", "62", "63"]
    assert {*lines[4].split()} == {"…"}
    assert lines[-1].split()[-1] == "2559"
    nn.show("v", np.ones(1001))
    assert capsys.readouterr().out.split()[3:].count("1.0000") == 6
    nn.show("v", np.ones(1000))
    assert capsys.readouterr().out.split()[3:].count("1.0000") == 1000


def test_how_far_two_arrays_lie_apart():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert nn.apart(a, a + 1e-13) == "less than 1e-12"
    assert nn.apart(a, a - 3e-5 * np.eye(2)) == "more than 1e-12"
    assert nn.apart(a, a + 1e-9, bound=1e-8) == "less than 1e-08"
    assert nn.apart(a, a + 1e-11) == "more than 1e-12"
    assert nn.apart([1.0], 1) == "less than 1e-12", "one of them may be a number"
    assert nn.apart(np.array([0], np.uint8), np.array([1], np.uint8)).startswith("more")
    assert nn.apart([np.nan], [np.nan]) == nn.apart([np.inf], [np.inf]) == "more than 1e-12"


def test_what_apart_refuses():
    for b in (np.zeros((3, 1)), np.zeros(4), np.zeros((1, 3))):  # of which NumPy stretches two
        with pytest.raises(ValueError, match=r"of one shape; these are \(3,\)"):
            nn.apart(np.zeros(3), b)
    with pytest.raises(ValueError, match="masked"):
        nn.apart(np.zeros(2), np.ma.masked_equal([0, 1], 1))
    with pytest.raises(TypeError, match="b is None"):
        nn.apart([1.0], None)
    with pytest.raises(ValueError, match="a holds <U1"):
        nn.apart(["1"], [1.0])


@pytest.mark.parametrize("empty", [[], np.zeros((0, 3))])
def test_nothing_is_not_close_to_anything(empty):
    for a, b in ((empty, empty), (empty, 1.0), (1.0, empty)):
        with pytest.raises(ValueError, match="apart compares numbers; one of the arrays has none"):
            nn.apart(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([2**63], [2**63 + 1]),
        ([-(2**60)], [-(2**60) + 1]),
        (np.uint8([1]), np.uint8([2])),
        (np.int8([-100]), np.int8([100])),
        ([True], [False]),
        ([1e308], [-1e308]),
    ],
)
def test_numbers_of_any_type_are_apart(a, b):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pair in ((a, b), (b, a)):
            assert nn.apart(*pair, 0.5) == "more than 0.5"
        assert nn.apart(a, a, 0.5) == "less than 0.5"


@pytest.mark.parametrize("bound", [-1, np.nan, np.inf, True, "1", None])
def test_a_bound_is_a_number(bound):
    with pytest.raises((ValueError, TypeError), match="bound must be"):
        nn.apart([1.0], [1.0], bound)
