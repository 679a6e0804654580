"""The report: what an instructor wants to know about the class."""

from dataclasses import replace

import pytest
from sample_records import AVERAGE, RUN, SATURATED, SLIP, missing, not_run, sample

from course_exercises.homework.tasks import Explained, ExplainedLine
from course_grading.results.record import Found, PartMark, QuestionMark, Record, Status
from course_grading.results.report import report


def test_it_counts_and_says_how_often_each_slip_was_said() -> None:
    marked = (replace(AVERAGE, points=10.0), replace(SATURATED, text=None))
    everybody = [
        sample("ayse", written=marked),
        sample("bora", seconds_late=3600.0, notes=("a note",)),
        missing("can"),
        not_run("deniz"),
    ]
    found = Found(("a problem",), ("a duplicate",), ("somebody unknown",))
    made = report(everybody, RUN, found)
    assert made["students"] == 4
    assert made["by_status"] == {
        "graded": 2,
        "partly graded": 0,
        "could not be run": 1,
        "missing": 1,
    }
    assert made["missing"] == ["can"]
    assert made["could_not_be_run"] == [{"student": "deniz", "reason": "the file is empty."}]
    assert made["late"] == [{"student": "bora", "hours": 1.0, "penalty": None}]
    assert made["points"]["automatic"]["median"] == 50.0
    assert made["points"]["total"]["students"] == 1
    second = made["questions"][1]
    assert second["points"]["mean"] == 10.0 and second["out_of"] == 40.0
    assert second["parts"][0]["said"] == [{"words": SLIP, "students": 2}]
    average, saturated = made["written"]
    assert (average["marked"], average["to_mark"], average["not_answered"]) == (1, 1, 0)
    assert (saturated["marked"], saturated["to_mark"], saturated["not_answered"]) == (0, 1, 1)
    assert made["found"]["problems"] == ("a problem",)
    assert made["sandboxed"] is True


def test_quartiles() -> None:
    part = sample().questions[0].parts[0]
    everybody = []
    for i, points in enumerate((0.0, 5.0, 10.0, 20.0)):
        question = replace(sample().questions[0], parts=(replace(part, points=points),))
        everybody.append(sample(f"s{i}", questions=(question,)))
    made = report(everybody, RUN, Found())["questions"][0]["points"]
    assert [made[name] for name in ("lowest", "lower_quartile", "median")] == [0.0, 3.75, 7.5]
    assert [made[name] for name in ("upper_quartile", "highest")] == [12.5, 20.0]


def test_a_submission_that_was_run_without_a_sandbox_is_told() -> None:
    made = report([sample("ayse", sandboxed=False), sample("bora")], RUN, Found())
    assert made["sandboxed"] is False and made["without_sandbox"] == ["ayse"]


def test_no_records_at_all() -> None:
    assert report([], RUN, Found())["points"]["total"]["mean"] is None


# --- keys


def with_lines(student: str, network: str, *lines: tuple[str, bool], key: str = "") -> Record:
    explained = Explained((network,), "", tuple(ExplainedLine(*line) for line in lines))
    part = PartMark("your lines", 1.0, 2.0, explained=explained)
    question = QuestionMark(2, "The way back", "my_lines", (part,))
    return sample(student, questions=(question,), homework_key=key)


RIGHT = ("V.grad = hidden.T @ (z.grad * slope) / B", True)
WRONG = ("h.grad = z.grad @ V, and no more", False)


@pytest.mark.parametrize(
    ("records", "named"),
    [
        ([("ada", "z = h V", WRONG), ("ben", "z = h V.T", WRONG)], [["ada", "ben"]]),
        ([("ada", "z = h V", RIGHT, WRONG), ("ben", "z = V", RIGHT, WRONG)], [["ada", "ben"]]),
        ([("ada", "z = h V", WRONG), ("ben", "z = h V", WRONG)], []),  # the same network
        ([("ada", "z = h V", RIGHT), ("ben", "z = h V.T", RIGHT)], []),  # right of both
        ([("ada", "z = h V", WRONG), ("ben", "z = h V.T", RIGHT)], []),
        ([("ada", "z = h V", ("z = 1", False)), ("ben", "z", ("z = 1", False))], []),  # too short
        (
            [("ada", "z", ("V.grad= Hidden.T@(z.grad*Slope)/b", False)), ("ben", "h", RIGHT)],
            [["ada", "ben"]],
        ),
    ],
)
def test_the_same_lines_about_another_network(records, named):
    records = [with_lines(*each, key=str(i)) for i, each in enumerate(records)]
    found = report(records, RUN, Found())["same_lines"]
    assert [each["students"] for each in found] == named
    assert all(each["question"] == 2 and each["keys"] == ["0", "1"] for each in found)


def test_another_key_is_named_with_whose_it_is():
    ada, ben = sample("ada", homework_key="A"), sample("ben", homework_key="A")
    same = replace(ada, typed_key="A")
    other = sample("cem", homework_key="C", typed_key="A")
    none = sample("dag", homework_key="D", typed_key=None)
    not_run = replace(other, student="eva", status=Status.COULD_NOT_BE_RUN)
    not_there = replace(none, student="fay", status=Status.MISSING)
    found = report([same, ben, other, none, not_run, not_there], RUN, Found())["other_keys"]
    assert found == [
        {"student": "ben", "key": "A", "typed": "", "of": []},
        {"student": "cem", "key": "C", "typed": "A", "of": ["ada", "ben"]},
        {"student": "dag", "key": "D", "typed": "", "of": []},
    ]
