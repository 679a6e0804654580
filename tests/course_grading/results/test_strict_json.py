"""What was written is read back as it was, and nothing else is."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from course_grading.results.strict_json import NOT_IN_0_1_0, structured


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    number: int
    points: float
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    colour: Colour
    inner: tuple[Inner, ...]
    text: str | None = None
    late: float | None = None
    sandboxed: bool = True
    versions: Mapping[str, str] = field(default_factory=dict)
    new: bool = field(default=False, metadata=NOT_IN_0_1_0)


WHOLE = Outer(
    Colour.RED, (Inner(1, 2.5, ("a", "\ud800")), Inner(2, 0.0)), "", 3.0, False, {"a": "1"}, True
)


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(dataclasses.asdict(value)))


@pytest.mark.parametrize("value", [WHOLE, Outer(Colour.RED, ())])
def test_it_comes_back(value: Outer) -> None:
    back = structured(as_json(value), Outer)
    assert back == value and type(back.colour) is Colour and type(back.inner) is tuple


def test_a_whole_number_is_a_number_and_is_written_as_it_was() -> None:
    data = {**as_json(WHOLE), "late": 3}
    assert structured(data, Outer) == WHOLE
    assert json.dumps(as_json(structured(data, Outer))) == json.dumps(data)


def test_only_what_is_new_may_be_missing() -> None:
    data = as_json(WHOLE)
    del data["new"]
    assert structured(data, Outer) == dataclasses.replace(WHOLE, new=False)
    for name in data:
        lacking = {other: value for other, value in data.items() if other != name}
        with pytest.raises(ValueError, match=name):
            structured(lacking, Outer)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"unknown": 1}, "unknown"),
        ({"colour": "green"}, "colour"),
        ({"colour": 1}, "colour"),
        ({"inner": 3}, "inner"),
        ({"inner": "ab"}, "inner"),
        ({"inner": None}, "inner"),
        ({"inner": {}}, "inner"),
        ({"inner": [3]}, "inner"),
        ({"inner": [{"number": 1, "points": 1.0}]}, "inner"),
        ({"inner": [{"number": 1, "points": 1.0, "said": [], "more": 1}]}, "more"),
        ({"inner": [{"number": 1.0, "points": 1.0, "said": []}]}, "number"),
        ({"inner": [{"number": True, "points": 1.0, "said": []}]}, "number"),
        ({"inner": [{"number": 1, "points": "1", "said": []}]}, "points"),
        ({"inner": [{"number": 1, "points": None, "said": []}]}, "points"),
        ({"inner": [{"number": 1, "points": True, "said": []}]}, "points"),
        ({"inner": [{"number": 1, "points": float("nan"), "said": []}]}, "points"),
        ({"inner": [{"number": 1, "points": float("inf"), "said": []}]}, "points"),
        ({"inner": [{"number": 1, "points": 1.0, "said": "abc"}]}, "said"),
        ({"inner": [{"number": 1, "points": 1.0, "said": [1]}]}, "said"),
        ({"text": 3}, "text"),
        ({"text": ["a"]}, "text"),
        ({"late": "3"}, "late"),
        ({"late": float("-inf")}, "late"),
        ({"sandboxed": 0}, "sandboxed"),
        ({"sandboxed": None}, "sandboxed"),
        ({"versions": []}, "versions"),
        ({"versions": {"a": 1}}, "versions"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused_by_its_place(changes: Any, place: str) -> None:
    with pytest.raises(ValueError, match=place):
        structured({**as_json(WHOLE), **changes}, Outer)


@pytest.mark.parametrize("data", [None, 3, "text", [], [1], True])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"an object is wanted|expected Outer"):
        structured(data, Outer)
