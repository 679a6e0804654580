"""From what was found to points: each label by itself, and credit only where all cases show it."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from grading_samples import ASSIGNMENT, NOT_DOUBLED
from hypothesis import given
from hypothesis import strategies as st
from keyed_samples import KEYED, B, network, right_lines

from course_exercises.homework.actions import Call, Failure, play
from course_exercises.homework.tasks import RIGHT as HOLDS
from course_exercises.homework.tasks import (
    SAFE,
    STOPPED,
    Explained,
    Satisfies,
    Task,
    Wanted,
)
from course_exercises.question import Slip
from course_grading.marking import assignments, marks
from course_grading.marking.marks import (
    MOST_LINES,
    MOST_OF_LINE,
    NOT_JUDGED,
    cases,
    example,
    judge_part,
    part_mark,
    public,
)
from course_grading.marking.rubric import Part

HALF, NEGATIVE = Slip("half of it."), Slip("the sign is wrong.")


def task(**right):
    slips = {name: Wanted(v, {HALF: v / 2, NEGATIVE: -v}) for name, v in right.items()}
    return Task("", [], slips)


def part(points=12, **credit):
    names = {HALF: "half", NEGATIVE: "negative"}
    return Part(
        "p", points, lambda rng: task(), credit={s: credit.get(n, 0) for s, n in names.items()}
    )


def mark(found, tasks=None, points=12, example="", **credit):
    tasks = tasks or [task(a=1.0, b=2.0, c=3.0)] * len(found)
    return part_mark(part(points, **credit), judge_part(tasks, found), example)


RIGHT = {"a": 1.0, "b": 2.0, "c": 3.0}


def test_all_right():
    got = mark([RIGHT, RIGHT], example="not shown")
    assert (got.points, got.out_of, got.said, got.example) == (12, 12, (), "")


@pytest.mark.parametrize(
    ("found", "points"),
    [
        ([RIGHT | {"a": 9.0}], 8),
        ([RIGHT | {"a": 9.0, "b": 9.0}], 4),
        ([{"a": 9.0, "b": 9.0, "c": 9.0}], 0),
        ([RIGHT, RIGHT | {"a": 9.0}], 8),  # in every case, or not at all
        ([RIGHT | {"b": 9.0}, RIGHT | {"a": 9.0}], 4),
        ([RIGHT | {"a": Failure("nan", "")}], 8),
    ],
)
def test_each_label_has_its_share(found, points):
    assert mark(found).points == points


@pytest.mark.parametrize(
    ("found", "points"),
    [
        ([{"a": 0.5}], 6),
        ([{"a": -1.0}], 3),
        ([{"a": 0.5}, {"a": 0.5}], 6),
        ([{"a": 1.0}, {"a": 0.5}], 6),  # the one wrong case shows the slip
        ([{"a": 0.5}, {"a": 9.0}], 0),
        ([{"a": 0.5}, {"a": -1.0}], 0),
        ([{"a": 0.5}, {"a": Failure("stopped", "cpu")}], 0),
        (
            [{"a": 0.5}, {"a": Failure("error", HALF.words, HALF.words)}],
            0,
        ),  # words alone are no slip
        ([{"a": Failure("missing", HALF.words)}], 0),
        ([{"a": Failure("open", "f")}], 0),
    ],
)
def test_credit_only_for_a_slip_that_every_wrong_case_shows(found, points):
    got = mark(found, [task(a=1.0)] * len(found), half=0.5, negative=0.25)
    assert got.points == points


def test_of_two_slips_that_coincide_the_better_one_gives_the_credit():
    slips = {HALF: 5.0, NEGATIVE: 5.0}
    tasks = [Task("", [], {"a": Wanted(1.0, slips)})]
    got = mark([{"a": 5.0}], tasks, half=0.5, negative=0.25)
    assert got.points == 6
    assert got.said == (f"{HALF.words} Or: {NEGATIVE.words}",)


def test_credit_is_for_the_slip_and_not_for_its_words():
    longer, same_words = Slip(f"not {HALF.words}"), Slip(HALF.words)
    tasks = [Task("", [], {"a": Wanted(1.0, {longer: 5.0, same_words: 6.0, HALF: 7.0})})]
    assert mark([{"a": 5.0}], tasks, half=0.5).points == 0
    assert mark([{"a": 6.0}], tasks, half=0.5).points == 0
    assert mark([{"a": 7.0}], tasks, half=0.5).points == 6


def test_a_slip_that_is_paid_for_costs_nothing_but_nan_is_nothing():
    tasks = [Task("", [], {"a": Wanted(1.0, {HALF: 0.5}, nan=NEGATIVE)})]

    def points(value, *paid):
        judged = judge_part(tasks, [{"a": value}])
        return part_mark(part(half=0.5), judged, paid=frozenset(paid)).points

    assert [points(0.5), points(0.5, HALF), points(0.5, NEGATIVE)] == [6, 12, 6]
    assert [points(9.0, HALF), points(Failure("nan", ""), NEGATIVE)] == [0, 0]


@pytest.mark.all
@given(st.lists(st.booleans(), min_size=1, max_size=7), st.sampled_from([1, 4, 10, 12.5]))
def test_points_are_in_range_and_have_two_digits(right, points):
    labels = [f"l{i}" for i in range(len(right))]
    tasks = [task(**dict.fromkeys(labels, 1.0))]
    got = mark([dict(zip(labels, map(float, right), strict=True))], tasks, points)
    assert 0 <= got.points <= points
    assert (
        got.points
        == round(got.points, 2)
        == pytest.approx(points * sum(right) / len(right), abs=0.0051)
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([RIGHT | {"a": 9.0}], (f"a: {SAFE['wrong']}",)),
        ([RIGHT | {"a": 9.0}] * 3, (f"a: {SAFE['wrong']}",)),
        ([RIGHT | {"a": 9.0}, RIGHT | {"a": 0.5}], (f"a: {SAFE['wrong']}", f"a: {HALF.words}")),
        ([{"a": 9.0, "b": 9.0, "c": 9.0}], (SAFE["wrong"],)),
        ([dict.fromkeys("abc", Failure("stopped", "cpu"))] * 2, (STOPPED["cpu"],)),
        (
            [{"a": 9.0, "b": 9.0, "c": 1.5}],
            (f"a: {SAFE['wrong']}", f"b: {SAFE['wrong']}", f"c: {HALF.words}"),
        ),
        (
            [dict.fromkeys("abc", Failure("error", "ValueError", "no"))] * 2,
            ("your code stopped with ValueError.",),
        ),
        (  # which error comes could tell something of the numbers
            [dict.fromkeys("abc", Failure("error", name)) for name in ("ValueError", "KeyError")],
            ("your code stopped with an error.",),
        ),
        (
            [RIGHT | {"a": Failure("error", name)} for name in ("ValueError", "KeyError")],
            ("a: your code stopped with an error.",),
        ),
    ],
)
def test_each_sentence_is_said_once(found, said):
    got = mark(found, example="what happened")
    assert got.said == said
    assert got.example == "what happened"


# --- cases ----------------------------------------------------------------------------------------


def inputs(seed, question=0, number=0):
    return np.array([t.steps[0].arguments[0] for t in cases(ASSIGNMENT, question, number, seed)])


def test_the_same_seed_gives_the_same_cases_and_others_give_others():
    first = inputs(1)
    marks._cases.cache_clear()
    assert np.array_equal(first, inputs(1))
    drawn = [*first, *inputs(2), *inputs(1, number=1)]
    assert len({tuple(numbers) for numbers in drawn}) == 9


def test_the_hidden_numbers_are_not_the_visible_ones():
    visible = public(ASSIGNMENT.questions[0])[0].steps[0].arguments[0]
    assert not any(np.array_equal(visible, hidden) for seed in range(30) for hidden in inputs(seed))


def test_as_many_cases_as_the_part_has():
    assert len(cases(ASSIGNMENT, 2, 0, 1)) == 2
    assert len(cases(ASSIGNMENT, 0, 0, 1)) == 3


# --- the example ----------------------------------------------------------------------------------


def shown(question, **names):
    """The example of the last part."""
    task = public(ASSIGNMENT.questions[question])[-1]
    return example(task, play(task.steps, names)).words


def test_there_is_a_public_case_for_each_part_that_the_visible_check_has_too():
    tasks = public(ASSIGNMENT.questions[0])
    assert len(tasks) == 3
    seen = []
    ASSIGNMENT.questions[0].question.check({"double": seen.append})
    assert np.array_equal(tasks[0].steps[0].arguments[0], seen[0])


def test_the_example_has_the_public_numbers_and_the_slip():
    text = shown(0, double=lambda x: x)
    assert text.startswith("double([")
    assert text.endswith(f"\n{NOT_DOUBLED.words}")


def test_the_example_names_the_label_where_there_are_several():
    text = shown(2, both=lambda a, b: (a + b, a / b))
    assert "\nproduct: that is not it." in text and "sum: " not in text


def test_the_example_names_no_label_where_nothing_came():
    assert shown(2).endswith(
        "\nthere is no both. Is its cell run, and its name as the question has it?"
    )
    assert "\nyour code stopped with" in shown(2, both=lambda a, b: 1 / 0)


def test_the_example_may_show_the_text_of_an_error_but_not_all_of_a_long_one():
    def fails(x):
        raise ValueError("<b>" + "long " * 1000)

    text = shown(0, double=fails)
    assert "ValueError: <b>long" in text
    assert len(text) == marks.MOST_CHARACTERS


def test_there_is_no_example_of_what_was_not_attempted():
    assert shown(0, double=None) == ""


def test_right_on_the_public_numbers_alone():
    assert "with others it is not" in shown(0, double=lambda x: 2 * x)


def test_an_example_with_fewer_numbers_has_the_same_labels():
    for name in assignments.NAMES:
        for question in assignments.load(name).graded.values():
            for part, task in zip(question.parts, public(question), strict=True):
                hidden = part.task(np.random.default_rng(1))
                assert task.wanted.keys() == hidden.wanted.keys()
                assert part.shown is None or sum(map(numbers_in, task.steps)) < 1_000, part.words


def numbers_in(step):
    """In the arrays of a step, as they would stand on a page."""
    values = step.arguments if isinstance(step, Call) else [getattr(step, "value", None)]
    return sum(np.size(value) for value in values if isinstance(value, np.ndarray))


# --- what is explained ----------------------------------------------------------------------------

LINES_OF_B = KEYED.graded[1].parts[0].task


def explained_of(text) -> Explained | None:
    task = LINES_OF_B(np.random.default_rng(1), B)
    return example(task, play(task.steps, {"my_lines": lambda: text})).explained


def test_the_lines_of_a_text_are_explained_with_the_own_network():
    right = right_lines(B)
    found = explained_of(f"{right[0]}\nnonsense")
    assert found.network == network(B)
    assert [(line.text, line.holds) for line in found.lines] == [
        (right[0], True),
        ("nonsense", False),
    ]


@pytest.mark.parametrize("text", [7, None, np.zeros(3), "  ", ["a"], b"a"])
def test_what_is_no_text_is_not_explained(text):
    assert explained_of(text) is None


def test_what_is_explained_is_cut():
    found = explained_of("\n".join(["x" * 5_000] * 500))
    assert len(found.lines) == MOST_LINES
    assert {len(line.text) for line in found.lines} == {MOST_OF_LINE}


def test_two_threads_never_judge_a_whole_at_once():
    """A judge may build a graph of course_nn, and only one can be built at a time."""
    inside, most = [], []

    def slow(text):
        inside.append(text)
        most.append(len(inside))
        time.sleep(0.02)
        inside.remove(text)
        return HOLDS

    task = Task("", [], {"lines": Satisfies(slow, text=True)})
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda i: judge_part([task], [{"lines": f"{i}"}]), range(8)))
    assert most == [1] * 8


def breaks(value):
    raise ZeroDivisionError("of the course")


def test_a_judge_that_fails_stops_nothing_and_is_logged(caplog):
    task = Task("f(1)", [], {"a": Satisfies(breaks, text=True), "b": Wanted(1.0)})
    judged = judge_part([task], [{"a": "text", "b": 1.0}])
    assert [verdict.safe for verdict in judged.wrong["a"]] == [NOT_JUDGED]
    assert judged.wrong["b"] == []
    (record,) = caplog.records
    assert record.exc_info[0] is ZeroDivisionError
    assert "'a'" in record.getMessage() and "f(1)" in record.getMessage()


def test_an_explanation_that_fails_is_left_out_and_logged(caplog):
    task = Task("f(1)", [], {"a": Wanted(1.0)}, breaks)
    assert example(task, {"a": 1.0}).explained is None
    assert caplog.records[0].exc_info[0] is ZeroDivisionError
