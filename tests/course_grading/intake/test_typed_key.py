"""The key that stands in a notebook is read, and nothing of the notebook is run."""

import re
import time

import pytest
from grading_samples import notebook
from keyed_samples import HANDED_OUT, A, B

from course_grading.intake.notebook import Cell, Notebook
from course_grading.intake.typed_key import is_key, key_notes, typed_key, without_key


@pytest.mark.parametrize(
    ("source", "typed"),
    [
        (f'KEY = "{A}"', A),
        (f"KEY='{A}'  # mine", A),
        (f"x = 1\nKEY = ('{A}')\ny = (", A),  # the rest may be no Python
        (f'%matplotlib inline\nKEY = "{A}"', A),
        (f'KEY: str = "{A}"', A),
        (f'OTHER = KEY = "{A}"', None),  # not at the beginning of the line
        (f'KEY = OTHER = "{A}"', A),
        (f'KEY = "{A[:4]}" "{A[4:]}"', A),
        (f'KEY = " {A.lower().replace("-", "")} "', A),
        (f'KEY = "{A}"; KEY = "{B}"', B),
        (f'KEY = "{A}"\nKEY = "{B}"', B),
        (f'KEY = "{A}"\nKEY = input()', A),
        ('KEY = ""', ""),
        ('KEY = "  "', ""),
        (HANDED_OUT, ""),
        ('KEY = "K7Q-4MX"', "K7Q-4MX"),  # as it was typed: it is none
        ("KEY = 'a\tb\u202ec'", "a bc"),
        ('KEY = "' + "x" * 150 + '"', "x" * 39 + "…"),
        ('KEY = "' + "x" * 500 + '"', None),
        (f'KEY = "\\x41{A}"', None),  # a text with escapes is not read
        ("KEY = 7", None),
        (f'if True:\n    KEY = "{A}"', None),
        (f'KEYS = "{A}"', None),
        (f'KEY == "{A}"', None),
        ("KEY = (" + "(" * 150, None),
        ("KEY = " + "-" * 190 + "1", None),
        ("", None),
    ],
)
def test_what_is_read(source, typed):
    assert typed_key(notebook(source)) == typed


def test_the_last_cell_of_code_counts():
    cells = (
        Cell("code", f'KEY = "{A}"'),
        Cell("code", f'KEY = "{B}"'),
        Cell("markdown", f'KEY = "{A}"'),
        Cell("code", "print(KEY)"),
    )
    assert typed_key(Notebook(cells)) == B
    assert typed_key(Notebook(cells[2:])) is None


def test_nothing_is_run(tmp_path):
    trace = tmp_path / "trace"
    assert typed_key(notebook(f"KEY = open({str(trace)!r}, 'w').name")) is None
    assert not trace.exists()


def test_a_megabyte_of_keys_takes_no_time():
    begun = time.process_time()
    typed_key(notebook(*["KEY = a\n" * 120_000] * 3))
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("typed", "own", "words"),
    [
        (A, B, f"has the key {A}; it was graded with the key that the roster has, {B}."),
        ("XY", B, f"has “XY” as its key, which is none; it was graded with the key that .* {B}."),
        ("", B, f"has no key, .* network of the key {B}, which the roster has."),
        (None, B, f"has no key, .* network of the key {B}, which the roster has."),
        (A, "", f"has the key {A}; the roster has none for it, .* everybody has without a key."),
    ],
)
def test_what_is_said_of_another_key(typed, own, words):
    (said,) = key_notes(typed, own)
    assert re.search(words, said), said


@pytest.mark.parametrize(("typed", "own"), [(A, A), ("", ""), (None, "")])
def test_nothing_is_said_of_the_same_key(typed, own):
    assert list(key_notes(typed, own)) == []


def test_a_key_is_one_by_its_check_sign():
    assert is_key(A) and not is_key(A[:-1] + "2") and not is_key("") and not is_key(None)


def test_a_cell_without_its_key_is_as_it_was_handed_out():
    typed = HANDED_OUT.replace('""', f'"{A}"')
    assert typed != HANDED_OUT and without_key(typed) == without_key(HANDED_OUT) == HANDED_OUT
    assert without_key(HANDED_OUT.replace('""', f"'{A}'")) == HANDED_OUT
    assert without_key(f'x = "{A}"') == f'x = "{A}"'
