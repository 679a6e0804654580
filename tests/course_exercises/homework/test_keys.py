"""The keys of students: a typing error is told, and a key draws the same for ever."""

import numpy as np
import pytest

from course_exercises.homework.keys import (
    LENGTH,
    SIGNS,
    by_key,
    generator,
    new_key,
    read_key,
)
from course_nn.show import WIDTH

KEYS = [new_key(np.random.default_rng(seed)) for seed in range(30)]


@pytest.mark.parametrize("key", KEYS[:5])
def test_a_key_is_read_however_it_is_typed(key):
    plain = key.replace("-", "")
    ways = [key, plain, key.lower(), f"  {key} ", f"{plain[:2]} {plain[2:]}", key.replace("-", "–")]
    assert {read_key(way) for way in ways} == {key}


@pytest.mark.parametrize("nothing", ["", "  ", "-", None])
def test_no_key_is_nobodys(nothing):
    assert read_key(nothing) == ""


def test_each_other_sign_at_one_place_is_told():
    for key in KEYS:
        signs = key.replace("-", "")
        for place, sign in enumerate(signs):
            for other in set(SIGNS) - {sign}:
                with pytest.raises(ValueError, match="is no key"):
                    read_key(signs[:place] + other + signs[place + 1 :])


def test_two_neighbours_that_are_exchanged_are_told():
    for key in KEYS:
        signs = key.replace("-", "")
        for place in range(LENGTH):
            one, other = signs[place : place + 2]
            if one != other:
                with pytest.raises(ValueError, match="is no key"):
                    read_key(signs[:place] + other + one + signs[place + 2 :])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (5, "a text between quotes"),
        ("ABC", "has 3"),
        ("K7Q-4MXHH", "has 8"),
        ("K7Q-4MX0", "the sign '0'"),
        ("K7Q-4MXÄ", "the sign 'Ä'"),
    ],
)
def test_what_is_no_key_is_refused_in_a_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        read_key(text)


def test_what_a_key_draws_depends_on_the_key_and_on_what_is_drawn():
    def drawn(key, what):
        return generator(key, what).integers(10**9)

    assert drawn(KEYS[0], "network") == drawn(KEYS[0], "network")
    several = {drawn(key, what) for key in ["", *KEYS] for what in ("network", "trace")}
    assert len(several) == 2 * (len(KEYS) + 1)
    assert (
        drawn("VNH-AB38", "network") == 48549678
    )  # for ever: students have their networks from it


def test_what_is_shown_by_key_says_a_sentence_of_a_mistyped_one(capsys):
    shown = by_key(lambda key: f"the network of {key!r}")
    assert shown("vnh ab38") == "the network of 'VNH-AB38'" and shown() == "the network of ''"
    assert capsys.readouterr().out == ""
    assert shown("VNH-AB83") is None
    said = capsys.readouterr().out
    assert "The key in the cell KEY = … cannot be read. 'VNH-AB83' is no key" in " ".join(
        said.split("\n")
    )
    assert all(len(line) <= WIDTH for line in said.splitlines())
