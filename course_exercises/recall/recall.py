"""A question about an earlier lesson: asked in each lesson, and again if it was missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import fill
from typing import Any

import numpy as np

from course_exercises.question import Kind, Question
from course_exercises.recall import progress
from course_exercises.recall.progress import Asked, Progress
from course_exercises.recall.task import LINE, NUMBER, Family, Task, minus
from course_nn.show import WIDTH, wrapped

__all__ = ["Block", "Recall", "draw"]

WRONG_TRIES = 2  # then the right answer is shown
NOTHING = (
    "Nothing comes back now. In your own copies of the lessons, a task that you miss comes back "
    "here in a later lesson, with other numbers or letters."
)
COMES_BACK = "It comes back in the next lesson that you open, with other numbers or letters."


def draw(family: Family, idea: str, number: int) -> Task:
    """A task of a family. Number 0 is the one in the notebook; it is the same everywhere.

    Args:
        idea: the lesson and the task, as in "04.r1".
    """
    lesson, _, task = idea.partition(".r")
    return family(np.random.default_rng([int(lesson), int(task), number]))


class Recall(Question):
    """A task with its numbers; after the second wrong answer the right one is shown.

    Args:
        name: what it is called in the lesson, "Recall 4.1".
        answer: the name that the answer has in the notebook.
        of: the lesson of which it asks, "03".
        noted: is told whether the first answer was right.
    """

    def __init__(
        self,
        name: str,
        answer: str,
        task: Task,
        *,
        of: str,
        noted: Callable[[bool], None] = lambda right: None,
    ) -> None:
        super().__init__(
            name,
            answer,
            task.judge,
            hints=[f"It is of lesson {of}."],
            solution=f"{answer} = {task.right!r}",
        )
        self.task, self.of = task, of
        self._noted = noted
        self._judged = False  # whether there was a first answer
        self._wrong: list[str] = []  # answers that were wrong, each once

    @property
    def text(self) -> str:
        """What is asked, as Markdown."""
        return f"**{self.name}** (lesson {self.of}). {self.task.text}"

    def check(self, answer: Any = None) -> None:
        """Print whether the answer is right; after the second wrong one, what is right, and why."""
        kind, words = self.verdict(answer)
        start = {Kind.RIGHT: "Right. ", Kind.WRONG: "Not yet: ", Kind.OPEN: ""}[kind]
        print(wrapped(f"{self.name}: {start}{words}"))
        if kind is Kind.OPEN or (kind is Kind.WRONG and not self.task.is_answer(answer)):
            return
        if not self._judged:
            self._judged = True
            self._noted(kind is Kind.RIGHT)
        if kind is Kind.WRONG:
            if repr(answer) not in self._wrong:
                self._wrong.append(repr(answer))
            if len(self._wrong) >= WRONG_TRIES:
                print(wrapped(self._right_answer()))

    def _right_answer(self) -> str:
        right, because = self.task.right, self.task.because
        if self.task.wanted == LINE:
            return f"The right line: {because}"
        return (
            f"The right answer: {minus(right) if self.task.wanted == NUMBER else right}. {because}"
        )


class Block:
    """What a lesson asks at its start: `asked`, what comes back, and `again`, which shows it.

    Args:
        lesson: its number, "04".
        families: of its tasks, each with the lesson of which it asks.
        known: the families of all lessons by idea, "04.r1", for what comes back.
    """

    def __init__(
        self,
        lesson: str,
        families: Mapping[str, tuple[Family, str]],
        known: Mapping[str, tuple[Family, str]],
    ) -> None:
        self.lesson, self.known = lesson, known
        self.asked = [
            Recall(
                f"Recall {int(lesson)}.{number}",
                f"recall_{number}",
                draw(family, idea, 0),
                of=of,
                noted=lambda right, idea=idea: self._note(right, idea),  # type: ignore[misc]
            )
            for number, (idea, (family, of)) in enumerate(families.items(), start=1)
        ]
        self.due = [Due(self, place) for place in range(progress.MOST_DUE)]
        self._recalled: dict[tuple[str, int], Recall] = {}  # keeps the tries of what came back

    def again(self) -> None:
        """Print the tasks that come back in this lesson, or that nothing does."""
        tasks = self.come_back()
        if not tasks:
            print(wrapped(NOTHING))
        for number, (asked, recall) in enumerate(tasks, start=1):
            print(_printed(recall.text))
            how = (
                f"Answer with questions.due{number}.check(…): {recall.task.wanted}. Do it in a "
                "cell of your own."
            )
            said = "You have answered this one." if asked.done else _printed(how)
            print(wrapped(f"{said}\n"))

    def come_back(self) -> list[tuple[Asked, Recall]]:
        """What comes back in this lesson, with its task."""
        found: list[tuple[Asked, Recall]] = []

        def look(kept: Progress) -> None:
            there = [each for each in kept.ask([*self.known]) if each.idea in self.known]
            for number, asked in enumerate(there, start=1):
                found.append((asked, self._recall(asked, number)))

        self._with_progress(look)
        return found

    def _recall(self, asked: Asked, number: int) -> Recall:
        key = (asked.idea, asked.draw)
        if key not in self._recalled:
            family, of = self.known[asked.idea]
            self._recalled[key] = Recall(
                f"Recall {int(self.lesson)}, again {number}",
                "answer",
                draw(family, asked.idea, asked.draw),
                of=of,
                noted=lambda right: self._note(right, asked.idea, asked.draw),
            )
        return self._recalled[key]

    def _note(self, right: bool, idea: str, draw: int = 0) -> None:
        """Keep whether a first answer was right: of the lesson's task (draw 0), or a later one."""

        missed = []

        def note(kept: Progress) -> None:
            if draw == 0 and not right and idea not in kept.ideas:
                kept.miss(idea)  # once: the cell may be run again
                missed.append(idea)
            for asked in kept.asked if draw else ():
                if (asked.idea, asked.draw, asked.done) == (idea, draw, False):
                    asked.done = True
                    (kept.hit if right else kept.miss)(idea)
                    missed.extend([] if right else [idea])

        self._with_progress(note)
        if missed:
            print(wrapped(COMES_BACK))

    def _with_progress(self, work: Callable[[Progress], None]) -> None:
        """Read the reader's file, let something be done with it, and write it if it changed."""
        place = progress.folder()
        if place is None:
            return
        kept, said = progress.read(place)
        if kept is not None:
            before = repr(kept)
            kept.open(self.lesson)
            work(kept)
            if repr(kept) != before or said:
                said = " ".join(filter(None, [said, progress.write(kept, place)]))
        if said:
            print(wrapped(said))


class Due:
    """A task that comes back, by its place; which one it is, the reader's file knows."""

    def __init__(self, block: Block, place: int) -> None:
        self._block, self._place = block, place

    def check(self, answer: Any = None) -> None:
        """Judge the answer to the task in this place."""
        tasks = self._block.come_back()
        if self._place >= len(tasks):
            print(
                wrapped(
                    "There is no such task now. Run the cell with questions.again() to see which "
                    "are."
                )
            )
            return
        tasks[self._place][1].check(answer)


def _printed(markdown: str) -> str:
    """A text as it is printed: wrapped, without marks."""
    lines = markdown.replace("**", "").replace("`", "").splitlines()
    return "\n".join(
        fill(line, WIDTH, subsequent_indent="  " * line.startswith("* ")) for line in lines
    )
