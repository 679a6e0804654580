"""What is copied gets little: no page, no solution and nothing that is printed answers a homework.

The rows are those of `copyists.py`; the real grader marks them in its sandbox.

Not every way of every piece is played to its end before, as that takes minutes and changes no
figure. Left out is
* to pick one of several results where a piece returned one, or none because it stopped;
* of a way the parts behind the one at which it can be no better any more than another is;
* of a piece all further ways under a name, if it did not end in one, or has computed for
  half a second under this name without a point.
Only the last of these could miss something: a piece that fits in one order of its arguments, but
runs for long in those before. And what nudges each weight of a large network has a part of the
grader's time (`ENDLESS` in copied_by_hand_hw2.py and copied_by_hand_hw3.py).
"""

import os
import signal
import subprocess
import sys

import copied_by_hand_hw2
import pytest
import ways_to_copy
from copyists import (
    KEY,
    Graded,
    Kind,
    Row,
    best_of_all,
    grader,
    keyed,
    neighbour,
    of_pool,
    rows,
    table,
)
from pieces_to_copy import PRELUDE, Piece, Value, derived_code, exercises, lessons
from ways_to_copy import Asked, Homework, ways

from course_grading.marking import assignments, right_answers

HOMEWORKS = ("hw1", "hw2", "hw3", "hw4")
# Of the 80 points for what is graded automatically. What hw1 and hw3 practise, lessons show.
MOST = {"hw1": 40.0, "hw2": 20.0, "hw3": 40.0, "hw4": 20.0}
FOREVER = "    while True: pass\n"
WITH_KEYS = ("hw2", "hw3", "hw4")
MOST_OF_A_NEIGHBOUR = 0.25  # of what depends on the key


@pytest.mark.long
@pytest.mark.usefixtures("needs_sandbox")
@pytest.mark.parametrize("name", HOMEWORKS)
def test_the_best_copyist_gets_little(name):
    homework = Homework(name, KEY)
    with grader(homework) as its:
        graded = [its.grade(row) for row in rows(homework)]
    total = sum(points for points, _ in best_of_all(homework, graded).values())
    assert 0 < total <= MOST[name], table(homework, graded)


@pytest.mark.long
@pytest.mark.usefixtures("needs_sandbox")
@pytest.mark.parametrize("name", WITH_KEYS)
def test_right_answers_of_another_key_get_little_where_the_key_counts(name):
    for key, share in (("", 1.0), (KEY, MOST_OF_A_NEIGHBOUR)):
        homework = Homework(name, key)
        places = keyed(homework)
        most = sum(homework.assignment.graded[i].parts[p].points for i, p in places)
        with grader(homework) as its:
            points = its.grade(neighbour(homework)).points
        got = sum(points[place] for place in places)
        assert most >= 15
        assert got == pytest.approx(most) if share == 1.0 else got <= share * most


# ------------------------------------------------------------------ it finds what there is to copy


def test_what_there_is_to_copy():
    """Many solutions, cells and texts, among them those that homework was copied from."""
    names = {piece.name for piece in (*exercises(), *lessons()) if isinstance(piece, Piece)}
    assert names >= {"my_gradients", "batch_update", "MatMul", "Backward", "two_sides", "my_SGD"}
    texts = [value.code for value in exercises() if isinstance(value, Value) and value.is_text]
    assert len(texts) > 30
    derived = [value.where for value in derived_code() if isinstance(value, Value)]
    assert "derive, tanh, cross_entropy, .latex(W1)" in derived


def solution_in_disguise(name, answer, parameters, body):
    """The right answer of a homework under another name and with other arguments."""
    code = right_answers.load(name)[answer]
    context = f"{PRELUDE}\n{code}\ndef copied({', '.join(parameters)}):\n    return {body}\n"
    return Piece("a page", "copied", tuple(parameters), len(parameters), context)


# A function of a few arguments in each homework that has one.
ASKED = {"hw1": "squared_error", "hw2": "check_gradient", "hw3": "build_mine"}


@pytest.mark.all
@pytest.mark.usefixtures("needs_sandbox")
@pytest.mark.parametrize("name", ASKED)
def test_a_page_that_answers_a_question_is_found_and_has_all_its_points(name):
    """Under another name, with its arguments in reverse order, its result among others."""
    homework = Homework(name)
    asked = homework.asked[ASKED[name]]
    letters = [f"argument_{i}" for i in range(len(asked.parameters))]
    result = f"(0, {asked.name}({', '.join(reversed(letters))}))"
    if asked.name == "build_mine":  # two nodes, which nobody could tell from others
        result = result[4:-1]
    page = solution_in_disguise(name, asked.name, letters, result)
    places = [place for place, _ in homework.places[asked.name]]
    full = sum(homework.assignment.graded[i].parts[p].points for i, p in places)
    with grader(homework) as its:
        graded = its.grade(of_pool(homework, "a page", [page]))
    assert sum(graded.points[place] for place in places) == pytest.approx(full)


NUDGES = """
from itertools import islice
from time import process_time
import numpy as np
from course_exercises.homework import hw2
x, y, *weights = hw2.large_network(1)
{code}
began = process_time()
gradients(x, y, *weights)
print((process_time() - began) / 900 * sum(W.size for W in weights))
"""


@pytest.mark.long
def test_complex_steps_of_each_weight_take_twice_the_time_of_the_grader():
    """Measured with some of the weights of the large network, and one thread: others only wait."""
    code = copied_by_hand_hw2.GRADIENTS["complex steps"]
    code = code.replace("np.ndindex(W.shape)", "islice(np.ndindex(W.shape), 300)")
    libraries = ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")
    one_thread = {f"{library}_NUM_THREADS": "1" for library in libraries}
    command = [sys.executable, "-c", NUDGES.format(code=code)]
    surroundings = os.environ | one_thread | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, env=surroundings, capture_output=True, check=True, text=True)
    assert float(ran.stdout) > 2 * assignments.load("hw2").seconds


def test_every_order_of_few_arguments_is_tried():
    piece = Piece("a page", "f", ("p", "q"), 2, "")
    heads = [
        way.code.split("_fit(")[2].split(",  ")[0]
        for way in ways(Asked("g", ("a", "b"), False), piece)
    ]
    assert {head[: head.index(")") + 1] for head in heads} == {"_g(a, b)", "_g(b, a)"}


@pytest.mark.all
@pytest.mark.parametrize(
    ("result", "tried"),
    [
        ("1.5", [None]),
        ("1 / 0", [None]),
        ("(0, 1.5)", [None, *ways_to_copy.PICKS]),
        ("{'a': 1.5}", [None, *ways_to_copy.PICKS]),
    ],
)
def test_one_of_several_results_is_picked_where_there_are_several(monkeypatch, result, tried):
    homework, picks = Homework("hw1"), []
    worth = homework.worth
    monkeypatch.setattr(
        homework, "worth", lambda way, *rest: picks.append(way.pick) or worth(way, *rest)
    )
    piece = Piece("a page", "f", ("z3", "y"), 2, f"def f(z3, y):\n    return {result}\n")
    ways_to_copy.best_way(homework, homework.asked["squared_error"], [piece])
    assert picks == 2 * tried


@pytest.mark.all
def test_what_did_not_end_is_left_and_what_comes_behind_it_is_found(monkeypatch):
    monkeypatch.setattr(ways_to_copy, "SECONDS", 0.1)
    homework, tried = Homework("hw1"), []
    worth, asked = homework.worth, homework.asked["squared_error"]
    monkeypatch.setattr(
        homework, "worth", lambda way, *rest: tried.append(way.where) or worth(way, *rest)
    )
    endless = Piece("a loop", "f", ("p", "q"), 2, f"def f(p, q):\n{FOREVER}")
    right = solution_in_disguise("hw1", asked.name, ["p", "q"], f"(0, {asked.name}(q, p))")
    best = ways_to_copy.best_way(homework, asked, [endless, right])
    assert tried.count("a loop") == 1
    assert best.where == "a page" and best.pick == 1


@pytest.mark.parametrize(
    "dropped",
    [
        f"try:\n{FOREVER}except: pass",
        f"class A:\n  def __del__(self):\n{FOREVER}A()",
        f"import weakref\nclass A: pass\na = A()\ndef f(r):\n{FOREVER}r = weakref.ref(a, f)\ndel a",
    ],
    ids=["bare except", "__del__", "weak reference"],
)
def test_what_does_not_end_is_stopped_where_exceptions_are_dropped_too(dropped, monkeypatch):
    told, alarm = [], signal.getsignal(signal.SIGALRM)
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    monkeypatch.setattr(ways_to_copy, "SECONDS", 0.1)
    homework = Homework("hw1")
    assert homework.pasted("x = 1")["x"] == 1
    assert homework.pasted(f"{dropped}\nwhile True: pass") is None
    assert told == []
    assert sys.unraisablehook == told.append
    assert signal.getsignal(signal.SIGALRM) is alarm
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_best_copyist_takes_each_answer_from_where_it_is_best():
    homework = Homework("hw1")
    one, other = [*homework.asked][:2]
    (place, _), *_ = homework.places[one]
    (elsewhere, _), *_ = homework.places[other]
    graded = [
        Graded(Row("first", ()), {place: 3.0, elsewhere: 1.0}),
        Graded(Row("second", ()), {place: 2.0, elsewhere: 4.0}),
        Graded(Row("tried", (), Kind.TRIED), {place: 8.0, elsewhere: 3.5}),
        Graded(Row("a neighbour", (), Kind.NEIGHBOUR), {place: 9.0, elsewhere: 9.0}),
    ]
    best = best_of_all(homework, graded)
    assert best[one] == (3.0, "first")
    assert best[other] == (4.0, "second")
    both = best_of_all(homework, graded, Kind.COPIED, Kind.TRIED)
    assert both[one] == (8.0, "tried")
    assert both[other] == (4.0, "second")
    totals = [line for line in table(homework, graded).splitlines() if line.startswith("the ")]
    assert [line.rsplit(maxsplit=1)[1] for line in totals] == ["7.00", "7.00", "12.00", "12.00"]
