"""The small homework of the tests has a rubric too."""

import pytest
from homework_samples import sample_rubric

from course_grading.marking import assignments


@pytest.fixture(autouse=True)
def rubric_of_the_small_one(monkeypatch) -> None:
    load = assignments.load
    monkeypatch.setattr(
        assignments, "load", lambda name: sample_rubric() if name == "hw9" else load(name)
    )
