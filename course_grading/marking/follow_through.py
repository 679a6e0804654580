"""Marks all answers of a submission together: what went wrong once costs points once.

An answer that uses an earlier one which is wrong is tried again with the right one in its place; an
answer whose names were used for something else below its check, with the names as they stood then;
and a slip that is made again is charged for in the first answer alone.

Answers come in the order in which they are asked for, and a right one is only given to what comes
after it. So when a submission could see it, there is nothing left that it is the answer to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from course_exercises.homework.actions import Call
from course_exercises.homework.tasks import ROUNDED, Task
from course_exercises.question import Slip
from course_grading.marking import marks
from course_grading.marking.rubric import Assignment, Part
from course_grading.results.record import PartMark, QuestionMark

MOST_TRIES = 3  # of an answer, with right ones in place of others

Place = tuple[int, int]  # of a part: the place of its question in the assignment, its own in that
Found = list[Mapping[str, Any]]  # of a part: for each case, what is under each label


class PlayAgain(Protocol):
    """Plays tasks of a question, under other circumstances than the first time."""

    def __call__(
        self, question: int, tasks: Sequence[Task], *, as_of: str, right: Sequence[str]
    ) -> Sequence[Mapping[str, Any]]:
        """What was found for each task.

        Args:
            as_of: the answer with whose names, as they stood when its check ran, it is played;
                "" for those at the end of the notebook.
            right: the answers that are replaced by right ones.
        """


@dataclass
class _Chosen:
    """What is best for a part of all that was tried, and how it came about."""

    question: int
    part: Part
    without_skill: Mapping[Slip, float]
    tasks: Sequence[Task]
    judged: marks.Judged
    example: marks.Example = field(default_factory=marks.Example)
    with_right: tuple[str, ...] = ()
    as_of: str = ""
    paid: frozenset[Slip] = frozenset()
    alone: bool = False  # nothing that the answer computes shows anything

    def improve(self, judged: marks.Judged, with_right: tuple[str, ...], as_of: str) -> None:
        """Take this in place of what there is, if it is worth more."""
        if self.worth(judged) > self.worth(self.judged):
            self.judged, self.with_right, self.as_of = judged, with_right, as_of

    def worth(self, judged: marks.Judged) -> float:
        """The share of the points that this would give by itself."""
        caps = [cap for slip, cap in self.without_skill.items() if slip in judged.all_slips]
        return min([judged.share(self.part), *caps])

    def is_same(self, judged: marks.Judged) -> bool:
        """Whether this is worth as much as what there is, for the same slips."""
        same = judged.all_slips == self.judged.all_slips
        return same and self.worth(judged) == self.worth(self.judged)

    def computes_something(self, nothing_done: Collection[Slip]) -> bool:
        """Whether something that shows more than itself is worth points, or a usual slip."""
        computed = self.judged.wrong.keys() - set(self.part.beside)
        slips = frozenset().union(*map(self.judged.slips, computed))
        points = self.judged.has_points(self.part, self.paid, computed)
        return bool(points or slips - set(nothing_done))

    def mark(self, rebound: Mapping[str, Sequence[str]]) -> PartMark:
        beside = self.part.beside if self.alone else ()
        not_counted = self.judged.has_points(self.part, self.paid, beside)
        mark = marks.part_mark(
            *(self.part, self.judged, self.example.words, self.example.failures),
            *(self.paid, not_counted),
        )
        names = tuple(rebound.get(self.as_of, ()))
        explained = self.example.explained
        return replace(mark, with_right=self.with_right, rebound=names, explained=explained)


def answer_of(assignment: Assignment, task: Task) -> str:
    """The answer that a task is about: the last one asked for of those that it calls."""
    called = {step.path.split(".")[0] for step in task.steps if isinstance(step, Call)}
    return [name for name in assignment.answers if name in called][-1]


def mark_all(
    assignment: Assignment,
    tasks: Mapping[Place, Sequence[Task]],
    found: Mapping[Place, Found],
    play_again: PlayAgain,
    *,
    examples: Mapping[Place, marks.Example] | None = None,
    rebound: Mapping[str, Sequence[str]] | None = None,
) -> list[QuestionMark]:
    """The marks of all questions.

    Args:
        tasks, found: of each part its cases, and what was found the first time.
        examples: of each part, what happened on the public numbers.
        rebound: of the answers below whose check a name was used for something else, these names.
    """
    rebound = rebound or {}
    chosen = {}
    for place, cases in tasks.items():
        question = assignment.graded[place[0]]
        judged = marks.judge_part(cases, found[place])
        example = (examples or {}).get(place, marks.Example())
        part = question.parts[place[1]]
        chosen[place] = _Chosen(place[0], part, question.without_skill, cases, judged, example)
    answers = {
        place: answer_of(assignment, each.tasks[0]) for place, each in chosen.items() if each.tasks
    }
    not_right: list[str] = []
    charged: set[Slip] = set()
    for name in assignment.answers:
        about = {place: chosen[place] for place, answer in answers.items() if answer == name}
        _try_again(name, about, not_right, rebound, play_again)
        shown: set[Slip] = set()
        for each in about.values():
            each.paid = frozenset(charged)
            shown |= each.judged.all_slips
        nothing = assignment.nothing_done
        alone = not any(each.computes_something(nothing) for each in about.values())
        for each in about.values():
            each.alone = alone
        charged.update(*(_all_of_one(assignment, slip) for slip in shown))
        if not all(each.judged.right for each in about.values()):
            not_right.append(name)
    marked = [
        _question_mark(assignment, i, [each for (q, _), each in chosen.items() if q == i], rebound)
        for i in assignment.graded
    ]
    return list(_explained_once(marked))


def _try_again(
    name: str,
    about: Mapping[Place, _Chosen],
    not_right: Sequence[str],
    rebound: Mapping[str, Sequence[str]],
    play_again: PlayAgain,
) -> None:
    """Try the parts of an answer that are not right under other circumstances."""
    attempts: list[tuple[str, tuple[str, ...]]] = []
    as_of = name if name in rebound else ""
    if as_of:
        attempts.append((as_of, ()))
    if not_right:
        attempts.append((as_of, tuple(not_right)))
    if len(not_right) > 1:  # what is wrong, and used as it is, is better left in its place
        attempts += [(as_of, (other,)) for other in reversed(not_right)]
    for names_of, right in attempts[: MOST_TRIES + bool(as_of)]:
        wrong = {place: each for place, each in about.items() if not each.judged.right}
        if not wrong or all(each.judged.open for each in wrong.values()):
            break
        question = next(iter(wrong.values())).question
        tasks = [task for each in wrong.values() for task in each.tasks]
        values = iter(play_again(question, tasks, as_of=names_of, right=right))
        for each in wrong.values():
            its = [next(values) for _ in each.tasks]
            each.improve(marks.judge_part(each.tasks, its), right, names_of)
    _leave_out(not_right, about.values(), play_again)


def _leave_out(names: Sequence[str], about: Collection[_Chosen], play_again: PlayAgain) -> None:
    """Of what helped a part, the right answers and the names as they stood, leave out that without
    which it is the same: the student reads what it was tried with, and looks for the fault there.
    """
    for name in names:  # the nearest last, so that it stays where one of two is enough
        groups = defaultdict(list)
        for each in about:
            if name in each.with_right and len(each.with_right) > 1:
                groups[each.question, each.as_of, each.with_right].append(each)
        for (question, as_of, right), members in groups.items():
            fewer = tuple(other for other in right if other != name)
            tasks = [task for each in members for task in each.tasks]
            values = iter(play_again(question, tasks, as_of=as_of, right=fewer))
            for each in members:
                judged = marks.judge_part(each.tasks, [next(values) for _ in each.tasks])
                if each.is_same(judged):
                    each.with_right = fewer
    of_the_end = [each for each in about if each.with_right and each.as_of]
    for each in of_the_end:
        found = play_again(each.question, each.tasks, as_of="", right=each.with_right)
        if each.is_same(marks.judge_part(each.tasks, found)):
            each.as_of = ""


def _all_of_one(assignment: Assignment, slip: Slip) -> set[Slip]:
    """The slips that cost nothing where this one has cost points before."""
    return {ROUNDED} if slip is ROUNDED else assignment.group(slip)


def _explained_once(marked: Sequence[QuestionMark]) -> Iterator[QuestionMark]:
    """The same with each explanation once in a question, and each picture once in all: most parts
    are about one network, and records of thousands are kept."""
    pictured: set[tuple[str, ...]] = set()
    for question in marked:
        parts, there = [], set()
        for part in question.parts:
            explained = part.explained
            if explained in there:
                part = replace(part, explained=None)
            elif explained is not None:
                there.add(explained)
                if explained.network in pictured:
                    part = replace(part, explained=replace(explained, picture=""))
                pictured.add(explained.network)
            parts.append(part)
        yield replace(question, parts=tuple(parts))


def _question_mark(
    assignment: Assignment,
    i: int,
    chosen: Sequence[_Chosen],
    rebound: Mapping[str, Sequence[str]],
) -> QuestionMark:
    question = assignment.graded[i]
    slips = {slip for each in chosen for slip in each.judged.all_slips}
    parts = marks.with_cap(question, [each.mark(rebound) for each in chosen], slips)
    return QuestionMark(i + 1, question.title, question.question.answer, tuple(parts))
