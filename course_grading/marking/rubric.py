"""What an assignment asks, and what each part of it is worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from course_exercises.homework.tasks import ByKey, Task, TaskQuestion
from course_exercises.question import Slip


@dataclass(frozen=True)
class Part:
    """One thing that is marked by itself.

    Its points are divided equally among the labels of the task, and a label has its share if it is
    right in every case.

    Args:
        words: what is asked, as the student reads it in the feedback: "W2, a batch, tanh".
        points: what the part is worth.
        task: makes a case from a random generator; a `ByKey` for the key of a student.
        cases: how many are tried, each with other numbers.
        credit: a slip, and the share of the points that is given if a label shows this
            slip where it is not right, such as {SUM_NOT_MEAN: 0.5}.
        beside: labels that show nothing by themselves, such as how long a list is: they count only
            where something else that the same answer computes is right, or a usual slip.
        shown: makes the example with public numbers in the place of `task`, with the same labels:
            where that would have more numbers than anyone can look at.
    """

    words: str
    points: float
    task: Callable[[np.random.Generator], Task]
    cases: int = 3
    credit: Mapping[Slip, float] = field(default_factory=dict)
    beside: Collection[str] = ()
    shown: Callable[[np.random.Generator], Task] | None = None

    @property
    def example(self) -> Callable[[np.random.Generator], Task]:
        """Makes the example with public numbers."""
        return self.shown or self.task


@dataclass(frozen=True, eq=False)
class GradedQuestion:
    """A question that the grader marks.

    Args:
        question: the question of the notebook, with its visible check.
        title: "The gradient of W2".
        parts: what is marked, usually one for each of `question.tasks`.
        without_skill: a slip with which there is nothing of what the question asks for, and the
            share of its points that is given at most if it shows anywhere in the question.
    """

    question: TaskQuestion
    title: str
    parts: Sequence[Part]
    without_skill: Mapping[Slip, float] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)


@dataclass(frozen=True)
class WrittenQuestion:
    """A question that a person marks.

    Args:
        grade_id: the `grade_id` of its cell in the source notebook, such as "hw1-q5".
        title: "Why the average".
        points: what it is worth.
        guide: what a full answer has, for the person who marks.
    """

    grade_id: str
    title: str
    points: float
    guide: str


@dataclass(frozen=True, eq=False)
class Assignment:
    """A homework.

    Args:
        name: "hw1": its source is homework/source/hw1/hw1.ipynb.
        title: what it is about.
        questions: in the order of the notebook.
        provides: the modules of `course_nn` that a submission may import while it is graded,
            such as ("graph", "operations"); without any, only visible checks that do nothing.
        seconds: CPU time for a question, all parts and cases, far more than a right answer needs.
        one_slip: groups of slips that are one and the same, made in several answers. It is charged
            for in the first of them alone.
        nothing_done: slips that whatever does nothing shows too.
        right_of_key: of answers that the key decides and later ones use, the code of the right one
            for a key, by name; that of the source is for everybody's.
    """

    name: str
    title: str
    questions: Sequence[GradedQuestion | WrittenQuestion]
    provides: Sequence[str] = ()
    seconds: float = 5.0
    one_slip: Sequence[set[Slip]] = ()
    nothing_done: Collection[Slip] = ()
    right_of_key: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(question.points for question in self.questions)

    @property
    def graded(self) -> dict[int, GradedQuestion]:
        """The questions that the grader marks, by their place."""
        return {
            i: question
            for i, question in enumerate(self.questions)
            if isinstance(question, GradedQuestion)
        }

    @property
    def has_keys(self) -> bool:
        """Whether something in it depends on whose key it is."""
        parts = (part for question in self.graded.values() for part in question.parts)
        return any(isinstance(part.task, ByKey) for part in parts)

    @property
    def answers(self) -> list[str]:
        """The names of all answers, in the order in which they are asked for."""
        return [name for question in self.graded.values() for name in question.question.answers]

    def group(self, slip: Slip) -> set[Slip]:
        """The slips that are the same as this one, itself too; none if it is not of a group."""
        return next((group for group in self.one_slip if slip in group), set())
