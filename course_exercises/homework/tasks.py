"""The questions of the homework: a task is played with the names of a notebook, and judged.

The check in the notebook takes a fixed set of numbers, grading takes others; steps, right values
and slips are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from types import CodeType
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.errors import explain_text
from course_exercises.homework.actions import Failure, FailureKind, Step, Stop, play
from course_exercises.homework.keys import CANNOT_BE_READ, read_key
from course_exercises.question import (
    LARGEST_ROUNDED,
    RETURN_MISSING,
    Kind,
    NotAttempted,
    Question,
    Slip,
    Wrong,
    article,
    find_slip,
    same,
)

__all__ = [
    "RIGHT",
    "ROUNDED",
    "VISIBLE_SEED",
    "ByKey",
    "Explained",
    "ExplainedLine",
    "Later",
    "Reaches",
    "Satisfies",
    "Task",
    "TaskQuestion",
    "Verdict",
    "Wanted",
    "building",
    "judge",
    "labelled",
    "made",
    "not_right",
    "told",
]

ROUNDED = Slip(
    "it is right but rounded, which is too coarse for whatever is computed from it: round where "
    "you print, not what you return."
)
FEWEST_DIGITS = 2  # after the point, in which something can be told to be rounded
MOST_DIGITS = 5
COARSEST = 0.02  # of the largest entry
ROUNDED_ON_THE_WAY = 5.0  # units of the last digit, where rounded numbers were computed with
VISIBLE_SEED = 20  # of the numbers that the checks in the notebooks use


# Only one graph of course_nn can be built at a time, and the grader asks for tasks from several
# threads, and for what slips make of them.
building = RLock()


class Later(Mapping[Slip, Any]):
    """What slips make of a value, computed when it is first looked at: never, for right answers.

    Args:
        make: gives what comes out for each slip; called once, by one thread.
    """

    def __init__(self, make: Callable[[], Mapping[Slip, Any]]) -> None:
        self._make = make
        self._made: Mapping[Slip, Any] | None = None

    def _values(self) -> Mapping[Slip, Any]:
        with building:
            if self._made is None:
                self._made = self._make()
            return self._made

    def __getitem__(self, slip: Slip) -> Any:
        return self._values()[slip]

    def __iter__(self) -> Iterator[Slip]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


@dataclass(frozen=True)
class Wanted:
    """The right value under a label, and what comes out if one of the usual slips is made.

    The words of a slip hold no numbers of the case: grading shows them with hidden numbers. `nan`
    is the slip that NaN or infinity shows, which are like no slip's value. `otherwise` may know
    more about numbers that are wrong and no slip's.
    """

    right: Any
    slips: Mapping[Slip, Any] = field(default_factory=dict)
    tolerance: float = 1e-5  # of the largest entry; float32 has 1e-7 and loses some on the way
    nan: Slip | None = None
    otherwise: Callable[[np.ndarray], Verdict | None] | None = None


@dataclass(frozen=True)
class Reaches:
    """Where many values are right: something is measured of the value, and has to be enough.

    Args:
        shape: of the array that is wanted.
        measure: takes this array, finite, and returns a number, such as an accuracy.
        minimum: the least that is right.
        short: the slips that it is less, and the least for each; the best first.
        said: with public numbers, what was measured, such as "it reads {:.0%}: ".
    """

    shape: tuple[int, ...]
    measure: Callable[[np.ndarray], float]
    minimum: float
    short: Mapping[Slip, float]
    said: str = ""


@dataclass(frozen=True, eq=False)
class Satisfies:
    """Where what came has to be looked at as a whole: the lines of a derivation, an example.

    Args:
        judge: takes the value and returns the verdict on it. The value is an array, and all of its
            numbers are finite.
        text: the value is to be a text instead.
        nan: the slip that NaN or infinity shows.
        names: the value is to be a dict of such arrays instead, with these names at least; more are
            the judge's affair. What is something else than is wanted never comes to the judge.
    """

    judge: Callable[[Any], Verdict]
    text: bool = False
    nan: Slip | None = None
    names: Collection[str] | None = None


@dataclass(frozen=True)
class ExplainedLine:
    """A line of a student's answer, and what is said of it; `holds` is None if nothing is known."""

    text: str
    holds: bool | None
    said: str = ""


@dataclass(frozen=True)
class Explained:
    """What a student reads of their own network and their own lines, once these are graded.

    Args:
        network: its forward lines.
        picture: the same as an SVG file of its own, with its xmlns; or "".
        next_step: something to try.
    """

    network: tuple[str, ...] = ()
    picture: str = ""
    lines: tuple[ExplainedLine, ...] = ()
    next_step: str = ""


@dataclass(frozen=True, eq=False)
class Task:
    """What is done with the names of a notebook, and what should come out under each label.

    `description` says in words what was done, numbers included; it is shown with public numbers.
    `explained` makes of what was found under the labels what the student reads about it, from
    public numbers alone.
    """

    description: str
    steps: Sequence[Step]
    wanted: Mapping[str, Wanted | Reaches | Satisfies]
    explained: Callable[[Mapping[str, Any]], Explained] | None = None


@dataclass(frozen=True)
class ByKey:
    """Makes a task that depends on whose key it is, such as one about the student's own network.

    `make` takes a generator of the numbers and the key. Without a key it is everybody's task.
    """

    make: Callable[[np.random.Generator, str], Task]

    def __call__(self, rng: np.random.Generator, key: str = "") -> Task:
        return self.make(rng, key)


def made(maker: Callable[[np.random.Generator], Task], rng: np.random.Generator, key: str) -> Task:
    """The task for a student with this key."""
    return maker(rng, key) if isinstance(maker, ByKey) else maker(rng)


@dataclass(frozen=True)
class Verdict:
    """What is found of one value: what it is and which slips it shows, and the words for that.

    Args:
        words: for public numbers; may hold text and numbers that came out of the student's code.
        safe: the same without anything that came out of it or that depends on the numbers.
        slips: all that give this value, if it is that of a slip.
        about: which one it is of those things that `safe` tells apart within a kind: a name, a
            common type of error, a `Stop`. None if `safe` does not tell.
    """

    kind: Kind
    words: str
    safe: str
    slips: tuple[Slip, ...] = ()
    about: str | None = ""

    @property
    def told(self) -> Hashable:
        """What is told by `safe`: the same for two verdicts only if their words are."""
        return self.kind, self.about, self.slips


RIGHT = Verdict(Kind.RIGHT, "right", "right")


def told(slip: Slip) -> Verdict:
    """The verdict that a value shows this slip."""
    return Verdict(Kind.SLIP, slip.words, slip.words, (slip,))


def not_right(words: str, safe: str = "") -> Verdict:
    """The verdict that a value is wrong, of which no usual slip is known; `words` as of
    `Verdict`."""
    return Verdict(Kind.WRONG, words, safe or SAFE[Kind.WRONG])


SAFE = {
    Kind.TYPE: "a number or an array of numbers is needed.",
    Kind.SHAPE: "the shape is not the one that is asked for.",
    Kind.NAN: "it holds NaN or infinity.",
    Kind.WRONG: "the numbers are not right.",
}
OF_THE_WHOLE = (Kind.ERROR, Kind.CHANGED, Kind.MISSING, Kind.UNFINISHED)  # not of one label
COMMON_ERRORS = ("AttributeError", "IndexError", "KeyError", "NameError", "TypeError", "ValueError")
A_TEXT = "a text is needed: lines between three quotes."
STOPPED = {
    Stop.CPU: "it ran far longer than it needs to, and was stopped.",
    Stop.WALL: "it waited and waited (for an input, a pause, another program?), and was stopped.",
    Stop.MEMORY: "it took far more memory than it needs, and was stopped.",
    Stop.PROCESSES: "it started too many processes or threads, and was stopped.",
    Stop.OUTPUT: "it returned far more data than is asked for.",
    Stop.ENDED: "it ended the whole interpreter instead of returning something.",
    Stop.SKIPPED: "it was not tried, because the parts before ran out of time.",
}


def judge(wanted: Wanted | Reaches | Satisfies, found: Any) -> Verdict:
    """The verdict on what `play` found under a label."""
    if isinstance(found, Failure):
        if found.kind == FailureKind.NAN and not isinstance(wanted, Reaches) and wanted.nan:
            return _nan(wanted.nan)
        return _judge_failure(found)
    if isinstance(wanted, Satisfies):
        return _judge_whole(wanted, found)
    if _not_numbers(found):
        words = f"a number or an array of numbers is needed, not {_a(found)}."
        return Verdict(Kind.TYPE, _array_inside(found) or words, SAFE[Kind.TYPE])
    if isinstance(wanted, Reaches):
        return _judge_measure(wanted, np.asarray(found, dtype=float))
    if wanted.nan and not np.isfinite(np.asarray(found, dtype=float)).all():
        return _nan(wanted.nan)
    largest = np.max(np.abs(np.asarray(wanted.right, dtype=float)), initial=1e-3)
    absolute = wanted.tolerance * float(largest)
    found_slip = find_slip(found, wanted.right, wanted.slips, wanted.tolerance, absolute)
    if found_slip is None:
        return RIGHT
    if found_slip.kind == Kind.WRONG:
        digits = _digits(np.asarray(found, dtype=float))
        if digits and _is_rounded(found, wanted.right, digits, on_the_way=True):
            return Verdict(Kind.SLIP, ROUNDED.words, ROUNDED.words, (ROUNDED,))
        alike = [
            s for s, value in wanted.slips.items() if digits and _is_rounded(found, value, digits)
        ]
        if len(alike) == 1:
            words = f"{alike[0].words} And it is rounded."
            return Verdict(Kind.SLIP, words, words, (alike[0],))
        known = wanted.otherwise and wanted.otherwise(np.asarray(found, dtype=float))
        if known:
            return known
    kind, words, slips = found_slip.kind, found_slip.words, found_slip.slips
    return Verdict(kind, words, words if slips else SAFE[kind], slips)


def _digits(found: np.ndarray) -> int:
    """To how many digits after the point all of these numbers are rounded; 0 if they are not."""
    if np.max(np.abs(found), initial=0.0) > LARGEST_ROUNDED:
        return 0
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        if np.allclose(found, found.round(digits), rtol=1e-7, atol=0):
            return digits
    return 0


def _is_rounded(found: Any, value: Any, digits: int, on_the_way: bool = False) -> bool:
    """Whether this value was rounded to so many digits, perhaps also what it was computed from.

    Not if there is nothing left of it then.
    """
    units = ROUNDED_ON_THE_WAY if on_the_way and digits > FEWEST_DIGITS else 0.6
    largest = float(np.max(np.abs(np.asarray(value, dtype=float)), initial=0.0))
    off = min(units * 10.0**-digits, COARSEST * largest)
    return same(found, value, tolerance=0.0, absolute=off)


def _nan(slip: Slip) -> Verdict:
    return Verdict(Kind.NAN, slip.words, slip.words, (slip,))


def labelled(task: Task, label: str, verdict: Verdict) -> str:
    """The words of a verdict for public numbers, with the label where it says something."""
    whole = len(task.wanted) == 1 or verdict.kind in OF_THE_WHOLE
    return verdict.words if whole else f"{label}: {verdict.words}"


def _judge_measure(wanted: Reaches, found: np.ndarray) -> Verdict:
    if found.shape != wanted.shape:
        words = f"the shape is {found.shape}; it should be {wanted.shape}."
        return Verdict(Kind.SHAPE, words, SAFE[Kind.SHAPE])
    if not np.isfinite(found).all():
        return Verdict(Kind.NAN, SAFE[Kind.NAN], SAFE[Kind.NAN])
    measured = wanted.measure(found)
    if measured >= wanted.minimum:
        return RIGHT
    for slip, least in wanted.short.items():
        if measured >= least:
            said = wanted.said.format(measured) if measured >= 0 else ""
            return Verdict(Kind.SLIP, said + slip.words, slip.words, (slip,))
    return Verdict(Kind.WRONG, SAFE[Kind.WRONG], SAFE[Kind.WRONG])


def _judge_whole(wanted: Satisfies, found: Any) -> Verdict:
    if wanted.text:
        if not isinstance(found, str):
            words = f"a text is needed, not {_a(found)}: lines between three quotes."
            return Verdict(Kind.TYPE, words, A_TEXT)
        if not found.strip():
            return Verdict(Kind.OPEN, "not attempted yet.", "not attempted yet.")
        return wanted.judge(found)
    if wanted.names is not None and not (
        isinstance(found, dict) and set(wanted.names) <= set(map(str, found))
    ):
        words = f"a dictionary {_with(wanted.names)}is needed."
        return not_right(words, words)
    if wanted.names is None and isinstance(found, dict):
        words = "a number or an array of numbers is needed, not a dictionary."
        return Verdict(Kind.TYPE, words, SAFE[Kind.TYPE])
    values = found if isinstance(found, dict) else {"": found}
    strange = next((name for name, value in values.items() if _not_numbers(value)), None)
    if strange is not None:
        words = f"a number or an array of numbers is needed, not {_a(values[strange])}."
        if isinstance(found, dict):  # which is right: one of its entries is not
            words = f"{strange}: {_array_inside(values[strange]) or words}"
        return Verdict(Kind.TYPE, words, SAFE[Kind.TYPE])
    arrays = {str(name): np.asarray(value) for name, value in values.items()}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return judge(wanted, Failure(FailureKind.NAN, ""))
    return wanted.judge(arrays if isinstance(found, dict) else arrays[""])


def _array_inside(found: Any) -> str:
    """What to say of a list in which an array stands where a number is wanted; "" of others."""
    for entry in found if type(found) in (list, tuple) else ():
        if type(entry) is np.ndarray and entry.size == 1 and entry.ndim:
            place = ", ".join(["0"] * entry.ndim)
            return (
                f"an array of shape {entry.shape} stands in the list where a number is needed; "
                f"W.value[{place}] is the number in such an array W.value."
            )
    return ""


def _with(names: Collection[str]) -> str:
    *first, last = names or [""]
    return f"with {' and '.join(filter(None, [', '.join(first), last]))} " if last else ""


def _a(found: Any) -> str:
    """The type of what came, with its article."""
    return article(type(found).__name__)


def _not_numbers(found: Any) -> bool:
    """Booleans and complex numbers would be converted, so they are refused before."""
    try:
        return _holds_bool(found) or np.asarray(found).dtype.kind not in "fiu"
    except Exception:  # an object of the student's, which may do anything
        return True


def _holds_bool(found: Any) -> bool:
    """Whether a list has True or False in it, which NumPy would take for 1 and 0."""
    if isinstance(found, (list, tuple)):
        return any(map(_holds_bool, found))
    return isinstance(found, (bool, np.bool_))


def _judge_failure(failure: Failure) -> Verdict:
    kind, about, text = failure.kind, failure.about, failure.text
    if kind in (FailureKind.OPEN, FailureKind.NOTHING):
        words = "not attempted yet."
        if kind == FailureKind.NOTHING:
            words += f" {RETURN_MISSING}"
        return Verdict(Kind.OPEN, words, words, about=kind)
    if kind == FailureKind.MISSING:
        words = f"there is no {about}. Is its cell run, and its name as the question has it?"
        return Verdict(Kind.MISSING, words, words, about=about)
    if kind == FailureKind.UNFINISHED:
        words = f"it uses {about}, which is not written yet."
        return Verdict(Kind.UNFINISHED, words, "it uses something that is not written yet.")
    if kind == FailureKind.ATTRIBUTE:
        words = f"{text}."
        return Verdict(Kind.ATTRIBUTE, words, "an attribute or a part of the result is missing.")
    if kind == FailureKind.CHANGED:
        words = "an argument was changed in place, so it would be another array afterwards. " + (
            "Work on a new one."
        )
        return Verdict(Kind.CHANGED, words, words)
    if kind == FailureKind.TYPE:
        words = f"a number or an array of numbers is needed, not {about}."
        return Verdict(Kind.TYPE, words, SAFE[Kind.TYPE])
    if kind == FailureKind.NAN:
        return Verdict(Kind.NAN, SAFE[Kind.NAN], SAFE[Kind.NAN])
    if kind == FailureKind.STOPPED:
        stop = Stop(about)
        return Verdict(Kind.STOPPED, STOPPED[stop], STOPPED[stop], about=stop)
    # Few names, because a submission could tell hidden numbers by which error it raises.
    named = about if about in COMMON_ERRORS else "an error"
    return Verdict(
        Kind.ERROR, explain_text(about, text), f"your code stopped with {named}.", about=named
    )


def _root(path: str) -> str:
    """The name of the notebook at which a path begins."""
    return path.partition(".")[0]


def _mentions(function: Any, names: Iterable[str]) -> bool:
    """Whether the code of a function has one of these names, so that it may fail for them alone."""
    codes = [getattr(function, "__code__", None)]
    while codes:
        code = codes.pop()
        if isinstance(code, CodeType):
            if not set(names).isdisjoint(code.co_names):
                return True
            codes += code.co_consts  # the functions inside it
    return False


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


NO_KEY = "There is no KEY in the notebook, so this was everybody's task. Run its cell first."


class TaskQuestion(Question):
    """A question of the homework, made of tasks.

    Args:
        name: "Question 2 of hw1".
        answers: the names that the answer has in the notebook; usually it is one.
        tasks: what is tried, in this order, and for each a function that makes the task from a
            random generator; a `ByKey` makes it for the key in the notebook, `KEY`.
        praise: what is said when all of it is right.
        hints: from the first nudge on; a homework has no `solution`.
    """

    def __init__(
        self,
        name: str,
        answers: str | tuple[str, ...],
        tasks: Mapping[str, Callable[[np.random.Generator], Task]],
        *,
        praise: str,
        hints: Sequence[str] = ("Read the question once more, with the shapes beside it.",),
    ) -> None:
        self.answers = (answers,) if isinstance(answers, str) else answers
        super().__init__(
            name,
            _listed(self.answers),
            lambda given: self._try(given, VISIBLE_SEED),
            hints=hints,
            solution="",
        )
        self.tasks, self.praise = tasks, praise

    def names(self, answer: Any) -> Mapping[str, Any]:
        """The names of the notebook: `globals()` as it is, or the one answer under its name."""
        return answer if isinstance(answer, dict) else {self.answer: answer, "course_nn": nn}

    def key(self, names: Mapping[str, Any]) -> str:
        """The key that stands in the notebook; "" where everybody is asked the same.

        Raises `Wrong` if it was mistyped.
        """
        if not self.is_by_key:
            return ""
        try:
            return read_key(names.get("KEY"))
        except ValueError as error:
            raise Wrong(f"{CANNOT_BE_READ} {error}") from None

    @property
    def is_by_key(self) -> bool:
        """Whether what is asked depends on the key."""
        return any(isinstance(make, ByKey) for make in self.tasks.values())

    def _try(self, answer: Any, seed: int) -> str:
        """The praise, if all tasks come out right.

        An answer that is wrong or open does not keep the others from being tried. Raises `Wrong`
        with the first that is wrong, unless it uses one that is open; `NotAttempted` if no other
        is wrong.
        """
        names = {**self.names(answer), "course_nn": nn, "numpy": np}
        key = self.key(names)
        right: list[str] = []
        unwritten: dict[str, None] = {}  # in order
        wrong = tried = advice = ""
        judged: set[str] = set()  # answers that are found to be wrong or open: one verdict for each
        for what, make in self.tasks.items():
            task = made(make, np.random.default_rng(seed), key)
            used = self._used(task)
            if judged.intersection(used):
                continue
            found = play(task.steps, names)
            verdicts = (
                (label, judge(wanted, found[label])) for label, wanted in task.wanted.items()
            )
            first = next((pair for pair in verdicts if pair[1].kind != Kind.RIGHT), None)
            if first is None:
                right.append(what)
                continue
            judged.update(used)
            label, verdict = first
            if verdict.kind == Kind.OPEN:
                failure = found[label]
                at = _root(failure.about) if isinstance(failure, Failure) else ""
                unwritten |= dict.fromkeys([at] if at in used else used)
                if verdict.about == FailureKind.NOTHING:
                    advice = RETURN_MISSING
            elif not wrong and not any(_mentions(names.get(each), unwritten) for each in used):
                wrong, tried = labelled(task, label, verdict), f"Tried: {what}. {task.description}"
        done = f"Right so far: {'; '.join(right)}." if right else ""
        if wrong:
            lacking = f"Not written yet: {_listed(unwritten)}. {advice}" if unwritten else ""
            others = [done, lacking.strip()] if len(self.answers) > 1 else []
            is_keyless = self.is_by_key and isinstance(answer, dict) and "KEY" not in answer
            keyless = NO_KEY if is_keyless else ""
            raise Wrong("\n".join(filter(None, [wrong, *others, keyless, tried])))
        if unwritten:
            raise NotAttempted(f"{done} {advice}".strip(), _listed(unwritten))
        return self.praise

    def _used(self, task: Task) -> list[str]:
        """Those of the answers that a task calls or looks at; all, if it names none of them."""
        roots = {_root(step.path) for step in task.steps}
        return [each for each in self.answers if each in roots] or list(self.answers)

    def require(self, answer: Any, seed: int) -> None:
        """Raise an AssertionError unless the answer is right with the numbers of this seed.

        For the hidden tests of nbgrader; the grader does the same from outside.
        """
        try:
            self._try(answer, seed)
        except NotAttempted:
            raise AssertionError(f"{self.name}: not attempted.") from None
        except Wrong as wrong:
            raise AssertionError(f"{self.name}: {wrong}") from None

    def solution(self) -> None:
        """Say that the homework has none to show."""
        print(f"{self.name}: this is homework; its solution is not handed out.")
