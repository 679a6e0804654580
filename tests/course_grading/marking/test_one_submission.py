"""A submission is graded in boxes that it may break, and the hidden numbers stay hidden."""

import json
from types import SimpleNamespace

import first_cell
import numpy as np
import pytest
from grading_samples import ASSIGNMENT, RIGHT, notebook
from tiers import one_of_each, thinned

import course_nn
from course_exercises.homework.tasks import STOPPED
from course_grading.intake.notebook import Cell, Notebook
from course_grading.marking import marks, one_submission
from course_grading.marking.handout import Handout
from course_grading.marking.one_submission import Outcome, grade
from course_grading.sandbox import watch
from course_grading.sandbox.box import Box, Sandbox
from course_grading.sandbox.limits import CannotSandbox, Limits
from course_grading.sandbox.self_attack import MEGABYTE

SEED = 4711
DOUBLE, BOTH = RIGHT


class Counting(Sandbox):
    """Knows how many boxes were opened."""

    opened = 0

    def open(self, worker=0):
        self.opened += 1
        return super().open(worker)


@pytest.fixture(scope="module")
def sandbox(needs_sandbox):
    with Counting(limits=Limits(memory=120 * MEGABYTE)) as sandbox:
        yield sandbox


def graded(sandbox, *sources, handout=None, **options) -> Outcome:
    sandbox.opened = 0
    return grade(ASSIGNMENT, notebook(*sources), handout or Handout(), sandbox, SEED, **options)


def points(outcome):
    return [[part.points for part in question.parts] for question in outcome.questions]


def said(outcome, question=0):
    return [part.said for part in outcome.questions[question].parts]


FULL = [[10, 10, 10], [20]]


@pytest.mark.parametrize("version", thinned([course_nn.__version__, "0.0.1"], 2))
def test_the_first_cell_costs_nothing_whatever_release_it_is_of(sandbox, version):
    first = first_cell.source().replace(course_nn.__version__, version)
    assert f'"{version}"' in first
    outcome = graded(sandbox, first, *RIGHT)
    assert points(outcome) == FULL
    assert (outcome.status, outcome.reason, outcome.notes) == ("graded", "", [])


def test_what_is_right_has_all_points(sandbox):
    outcome = graded(sandbox, *RIGHT)
    assert points(outcome) == FULL
    assert (outcome.status, outcome.reason, outcome.notes) == ("graded", "", [])
    assert not outcome.waited and outcome.cpu_seconds > 0
    assert [question.number for question in outcome.questions] == [1, 3]
    assert sandbox.opened == 1
    assert all(not part.example for question in outcome.questions for part in question.parts)


def test_what_is_partly_right(sandbox):
    outcome = graded(
        sandbox, "def double(x):\n    return x", "def both(a, b):\n    return a + b, 0.0"
    )
    assert points(outcome) == [[2.5, 0, 0], [10]]
    assert said(outcome) == [("nothing was doubled.",)] * 3
    assert "double([" in outcome.questions[0].parts[0].example


def test_a_judge_that_fails_stops_nobody_and_is_noted(sandbox, monkeypatch, caplog):
    judge = marks.judge

    def fails_with_arrays(wanted, found):
        return judge(wanted, found) if np.ndim(found) == 0 else 1 / 0

    monkeypatch.setattr(marks, "judge", fails_with_arrays)
    outcome = graded(sandbox, *RIGHT)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert outcome.status == "graded"
    assert said(outcome) == [(marks.NOT_JUDGED,)] * 3
    parts = ("one array", "another array", "a third array")
    assert outcome.notes == [f"{part}: {marks.NOT_JUDGED_NOTE}" for part in parts]
    assert caplog.records


def test_an_empty_notebook(sandbox):
    outcome = graded(sandbox)
    assert points(outcome) == [[0, 0, 0], [0]]
    assert outcome.status == "graded"
    assert said(outcome)[0] == (
        "there is no double. Is its cell run, and its name as the question has it?",
    )


@pytest.mark.all
def test_the_same_seed_gives_the_same_outcome(sandbox):
    first, second = (graded(sandbox, DOUBLE, "def both(a, b):\n    return b") for _ in range(2))
    assert first.questions == second.questions


# --- hidden numbers stay hidden -------------------------------------------------------------------

TELLS = {
    "the text of an error": "raise ValueError(secret)",
    "the name of an error": "raise type(secret, (Exception,), {})",
    "the name of a built-in that is no error": "raise type('print', (Exception,), {})(secret)",
    "a class": "return type(secret, (), {})()",
    "a text": "return secret",
    "a dict": "return {secret: 1}",
    "a faked failure": "import actions\n    return actions.Failure('missing', secret, secret)",
    "a faked attribute": "import actions\n    return actions.Failure('attribute', secret, secret)",
    "a faked end": "import actions\n    return actions.Failure('stopped', secret, secret)",
    "the end of the interpreter": "os._exit(3)",
    "the end of the harness": "os.kill(os.getppid(), 9)",
}
PUBLIC = marks.public(ASSIGNMENT.questions[0])[0].steps[0].arguments[0].tolist()
SPY = f"""
import os
def double(x):
    if x.tolist() == {PUBLIC}:
        return 2 * x
    secret = "SECRET " + " ".join(map(repr, x.tolist()))
    ACTION
"""


@pytest.mark.parametrize("how", thinned(TELLS, 4))
def test_hidden_numbers_are_not_told(sandbox, how):
    outcome = graded(sandbox, SPY.replace("ACTION", TELLS[how]), BOTH)
    assert points(outcome) == [[0, 0, 0], [20]]
    text = json.dumps([repr(outcome.questions), outcome.notes, outcome.reason])
    assert "SECRET" not in text
    hidden = np.concatenate(
        [t.steps[0].arguments[0] for p in range(3) for t in marks.cases(ASSIGNMENT, 0, p, SEED)]
    )
    assert not any(f"{abs(number):.3f}" in text for number in hidden)
    example = outcome.questions[0].parts[0].example
    assert example == "With the public numbers this part is right; with others it is not."


def test_which_error_comes_does_not_tell_a_number(sandbox):
    tells = "raise [ValueError, KeyError, TypeError, IndexError][int(abs(x[0]) * 100) % 4]"
    outcome = graded(sandbox, SPY.replace("ACTION", tells), BOTH)
    sentences = {sentence for part in said(outcome) for sentence in part}
    assert marks.OTHERWISE in sentences
    assert not any("Error" in sentence for sentence in sentences)


# --- boxes that break -----------------------------------------------------------------------------

KILLS = "import os, signal\n{}\n    os.kill(os.getppid(), signal.SIGKILL)"


@pytest.mark.all
def test_a_question_that_ends_its_boxes_costs_only_itself(sandbox):
    outcome = graded(sandbox, KILLS.format("def double(x):"), BOTH)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert (outcome.status, outcome.reason) == ("partly graded", "an answer stopped the sandbox")
    assert said(outcome) == [(STOPPED["ended"],)] + [(STOPPED["skipped"],)] * 2
    # the first, which ends with the examples of all questions; one for those of the second
    # question, which the first one ends too; one for its first part alone; one for the hidden
    # numbers of the second question, which those of the first end; one for its first part alone
    assert sandbox.opened == 5


def test_the_public_numbers_of_a_part_do_not_spoil_those_of_others(sandbox):
    """The visible check gives three parts the same numbers, so this one counts its calls."""
    first = (
        "import os\ndef double(x):\n    with open('/tmp/calls', 'a') as file:\n        "
        "file.write('x')\n    if os.path.getsize('/tmp/calls') == 1:\n        os._exit(1)\n"
        "    return 2 * x"
    )
    outcome = graded(sandbox, first, BOTH)
    assert points(outcome) == FULL
    assert outcome.status == "graded" and sandbox.opened == 1


@pytest.mark.all
def test_a_list_without_end_ends_only_its_part(sandbox):
    hoard = "import os\ndef double(x):\n    return [bytearray(1 << 22) for _ in range(100)]"
    outcome = graded(sandbox, hoard, BOTH)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert said(outcome)[0] == ("your code stopped with an error.",)
    assert "MemoryError" in outcome.questions[0].parts[0].example
    assert outcome.status == "graded" and sandbox.opened == 1


@pytest.mark.long
def test_too_much_memory_of_several_processes_stops_only_its_question(sandbox):
    bomb = (
        "import os, time\ndef double(x):\n    for _ in range(3):\n        os.fork()\n"
        "    kept = os.urandom(40 << 20)\n    time.sleep(60)"
    )
    outcome = graded(sandbox, bomb, BOTH)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert said(outcome)[0] == (STOPPED["memory"],)
    assert outcome.status == "partly graded"


def test_cells_that_cannot_be_run_again_end_it_and_what_was_earned_is_kept(sandbox, monkeypatch):
    opened = one_submission._Run.open

    def once(run):
        if sandbox.opened:
            raise one_submission._NotReady("code cell 1 ran too long.")
        opened(run)

    monkeypatch.setattr(one_submission._Run, "open", once)
    kills = SPY.replace("ACTION", "os.kill(os.getppid(), 9)")
    outcome = graded(sandbox, kills, BOTH)
    assert points(outcome) == [[0, 0, 0], [0]]
    assert said(outcome, 1) == [(STOPPED["skipped"],)]
    assert outcome.status == "partly graded"
    # Without the reason: it would be said after the hidden numbers were known.
    assert outcome.reason == "its cells could not be run again"


def test_when_its_time_is_up_the_rest_is_not_tried(sandbox, monkeypatch):
    parts = one_submission._Run.parts

    def late_for_the_second(run, index, *arguments):
        if index == 2:
            run.seconds_before = one_submission.SUBMISSION_WALL
        return parts(run, index, *arguments)

    monkeypatch.setattr(one_submission._Run, "parts", late_for_the_second)
    outcome = graded(sandbox, *RIGHT)
    assert points(outcome) == [[10, 10, 10], [0]]
    assert said(outcome, 1) == [(STOPPED["skipped"],)]


@pytest.mark.long
def test_a_question_that_does_not_end_uses_up_no_time_of_others(sandbox, monkeypatch):
    """Its hidden numbers come last, though it is the first question."""
    parts = one_submission._Run.parts

    def use_up(run, index, *arguments):
        found = parts(run, index, *arguments)
        if index == 0:
            run.seconds_before = one_submission.SUBMISSION_WALL
        return found

    monkeypatch.setattr(one_submission._Run, "parts", use_up)
    waits = "import time\ndef double(x):\n    time.sleep(60)"
    first = graded(sandbox, waits, BOTH, patience=0.08)
    assert points(first) == [[0, 0, 0], [20]]
    assert first.endless == {0}
    again = graded(sandbox, waits, BOTH, patience=0.08, before=first)
    assert points(again) == [[0, 0, 0], [20]]


@pytest.mark.long
def test_public_numbers_leave_time_for_the_hidden_ones(sandbox, monkeypatch):
    examples = one_submission._Run.examples

    def use_up(run, *arguments):
        run.seconds_before = one_submission.EXAMPLES_SHARE * one_submission.SUBMISSION_WALL
        return examples(run, *arguments)

    monkeypatch.setattr(one_submission._Run, "examples", use_up)
    outcome = graded(sandbox, "def double(x):\n    while True: pass", BOTH)
    assert STOPPED["skipped"] in outcome.questions[0].parts[0].example
    assert said(outcome)[0] == (STOPPED["cpu"],)  # its hidden numbers were tried
    assert points(outcome) == [[0, 0, 0], [20]]


@pytest.mark.long
def test_an_answer_gets_no_more_than_what_is_left_of_the_time(sandbox, monkeypatch):
    examples = one_submission._Run.examples

    def little_time(run, *arguments):
        run.seconds_before = max(0.0, one_submission.SUBMISSION_WALL - run.box.watch.seconds - 1.0)
        return examples(run, *arguments)

    monkeypatch.setattr(one_submission, "EXAMPLES_SHARE", 1.0)
    monkeypatch.setattr(one_submission._Run, "examples", little_time)
    outcome = graded(sandbox, "import time\ndef double(x):\n    time.sleep(60)", BOTH)
    assert (outcome.status, outcome.reason) == ("partly graded", "its time was used up")
    assert not outcome.waited
    assert said(outcome) == [(STOPPED["skipped"],)] * 3
    assert points(outcome) == [[0, 0, 0], [20]]  # the other one has its part of what was left


@pytest.mark.long
def test_endless_loops_are_tried_twice_and_get_less_time(sandbox, monkeypatch):
    orders = []
    send = Box.send

    def noted(box, message, wall):
        orders.append((len(message.get("plays", [])), message["seconds"]))
        send(box, message, wall)

    monkeypatch.setattr(Box, "send", noted)
    monkeypatch.setattr(one_submission, "MOST_STOPS", 1)
    outcome = graded(sandbox, "def double(x):\n    while True: pass", BOTH, patience=5)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert said(outcome) == [(STOPPED["cpu"],)] + [(STOPPED["skipped"],)] * 2
    little = 1 / one_submission.HURRY
    assert orders == [
        (0, one_submission.CELLS_SECONDS),
        (4, one_submission.QUICK),  # all public numbers
        (1, one_submission.QUICK),  # those behind the first question
        (3, 1.0),  # those of the first question
        (1, 1.0),  # and two of its parts, which might have time enough by themselves
        (1, little),
        (2, 1.0),  # hidden numbers: the second question first, which nothing has stopped,
        (9, little),  # then all parts of the first question together,
        (3, little),  # and one of them by itself
    ]
    assert not outcome.waited and sandbox.opened == 1


@pytest.mark.long
def test_who_sleeps_is_not_tried_again(sandbox, monkeypatch):
    monkeypatch.setattr(watch, "queued_seconds", lambda pid: 0.0)  # whatever else is run here
    outcome = graded(sandbox, "import time\ndef double(x):\n    time.sleep(60)", BOTH, patience=0.3)
    assert not outcome.waited
    assert said(outcome)[0] == (STOPPED["wall"],)


def test_who_was_kept_from_the_processors_for_a_good_part_of_the_time_has_waited():
    seen = SimpleNamespace(queued=3.0, seconds=10.0, counts_queue=True)
    assert one_submission.kept_waiting(seen)
    assert one_submission.kept_waiting(seen, 2.0, 8.0)
    assert not one_submission.kept_waiting(seen, 2.9, 8.0)
    seen.counts_queue = False
    assert one_submission.kept_waiting(seen, 2.9, 8.0)


class Spending(one_submission._Run):
    """The first question takes all the time that there is, and more."""

    def parts(self, index, *arguments):
        if index == 0:
            self.spent[index] += one_submission.SUBMISSION_WALL + 50
            self.seconds_before += one_submission.SUBMISSION_WALL + 50
        return super().parts(index, *arguments)


def test_what_one_answer_burns_is_charged_to_that_answer(sandbox, monkeypatch):
    monkeypatch.setattr(one_submission, "_Run", Spending)
    outcome = graded(sandbox, *RIGHT)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert said(outcome) == [(STOPPED["skipped"],)] * 3


@pytest.mark.all
def test_a_box_that_an_answer_has_lost_is_opened_again_at_its_cost(sandbox, monkeypatch):
    made = []

    class Slow(one_submission._Run):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

        def open(self):
            super().open()
            self.seconds_before += 20.0

    monkeypatch.setattr(one_submission, "_Run", Slow)
    ends = "import os\ndef double(x):\n    os.kill(os.getppid(), 9)"
    outcome = graded(sandbox, ends, BOTH)
    assert points(outcome) == [[0, 0, 0], [20]]
    (run,) = made
    assert run.spent[0] > 20 > run.spent[2]  # the second opening, of two


def test_too_much_data(sandbox, monkeypatch):
    monkeypatch.setattr(one_submission, "RESULT_BYTES", 10_000)
    outcome = graded(sandbox, "def double(x):\n    return ['x' * 400] * 1000", BOTH)
    assert said(outcome)[0] == (STOPPED["output"],)
    assert points(outcome) == [[0, 0, 0], [20]]


# --- cells that break -----------------------------------------------------------------------------

FLOOD = """
import os, stat
for descriptor in range(3, 20):
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.write(descriptor, MESSAGE)
    except OSError:
        pass
"""


@pytest.mark.all
@pytest.mark.parametrize(
    ("cell", "what"),
    one_of_each(
        [
            ("import os\nos._exit(0)", "ended the interpreter"),
            ("import os\nkept = [os.urandom(1 << 22) for _ in range(100)]", "took too much memory"),
            (FLOOD.replace("MESSAGE", r"b'\xff' * 9"), "wrote into the grader's channel"),
            (FLOOD.replace("MESSAGE", r"b'\0\0\0\2[]'"), "wrote into the grader's channel"),
            (FLOOD.replace("MESSAGE", r"b'\0\0\0\2{}'"), "wrote into the grader's channel"),
        ],
        lambda case: case[1],
    ),
)
def test_a_cell_that_breaks_its_box_is_left_out(sandbox, cell, what):
    outcome = graded(sandbox, DOUBLE, cell, BOTH)
    assert points(outcome) == FULL
    assert outcome.notes == [f"code cell 2 {what}, so it was left out."]
    assert (outcome.status, outcome.reason) == ("partly graded", "a cell was left out")
    assert sandbox.opened == 2


TO_HARNESS = FLOOD.replace("MESSAGE", "frame")


@pytest.mark.parametrize("forged", thinned([1, 2, 9, True, "3"], 5))
def test_a_cell_that_speaks_for_others_is_left_out_itself(sandbox, forged):
    frame = (
        "import json, struct\nframe = json.dumps({'begins': FORGED}).encode()\n"
        "frame = struct.pack('>I', len(frame)) + frame\n"
    ).replace("FORGED", repr(forged))
    outcome = graded(sandbox, DOUBLE, f"{frame}{TO_HARNESS}\nos._exit(0)", BOTH)
    assert outcome.notes == ["code cell 2 wrote into the grader's channel, so it was left out."]
    assert points(outcome) == FULL


@pytest.mark.all
def test_who_forges_the_beginning_of_the_next_cell_loses_it_and_is_found(sandbox):
    frame = (
        "import json, struct\nframe = json.dumps({'begins': 3}).encode()\n"
        "frame = struct.pack('>I', len(frame)) + frame\n"
    )
    outcome = graded(sandbox, DOUBLE, f"{frame}{TO_HARNESS}\nos._exit(0)", BOTH)
    assert outcome.notes == [
        "code cell 3 ended the interpreter, so it was left out.",
        "code cell 2 wrote into the grader's channel, so it was left out.",
    ]
    assert points(outcome) == [[10, 10, 10], [0]]


def test_what_was_seen_in_the_cells_is_noted(sandbox):
    outcome = graded(sandbox, *RIGHT, "import no_such_package", "def odd(:\n    pass")
    assert points(outcome) == FULL and outcome.status == "graded"
    assert outcome.notes == [
        "code cell 4 has a syntax error in line 1.",
        "the package no_such_package is not there while grading.",
    ]


@pytest.mark.all
def test_after_a_cell_that_was_left_out_the_others_get_less_time(sandbox, monkeypatch):
    orders = []
    send = Box.send

    def noted(box, message, wall):
        orders.append(message["seconds"])
        send(box, message, wall)

    monkeypatch.setattr(Box, "send", noted)
    graded(sandbox, *RIGHT, "import os\nos._exit(0)")
    assert orders[:2] == [one_submission.CELLS_SECONDS, one_submission.CELLS_SECONDS / 2]


@pytest.mark.long
def test_a_cell_that_swallows_every_exception_is_left_out(sandbox, monkeypatch):
    receive = Box.receive
    monkeypatch.setattr(one_submission, "CELL_SECONDS", 0.1)
    monkeypatch.setattr(Box, "receive", lambda box, cpu, wall: receive(box, min(cpu, 2.0), wall))
    cell = (
        "def spin():\n    while True: pass\n"
        "while True:\n    try: spin()\n    except BaseException: pass"
    )
    outcome = graded(sandbox, DOUBLE, cell, BOTH)
    assert outcome.notes == ["code cell 2 ran too long, so it was left out."]
    assert points(outcome) == FULL


def test_too_many_cells_that_break_their_boxes(sandbox, monkeypatch):
    monkeypatch.setattr(one_submission, "MOST_RESTARTS", 1)
    outcome = graded(sandbox, *RIGHT, *["import os\nos._exit(0)"] * 3)
    assert outcome.status == "could not be run"
    assert outcome.reason == "code cell 4 ended the interpreter."
    assert points(outcome) == [[0, 0, 0], [0]]
    assert said(outcome)[0] == ("the notebook could not be run.",)


def test_more_code_than_anybody_writes(sandbox):
    outcome = graded(sandbox, *RIGHT, "#" * one_submission.MOST_SOURCE)
    assert outcome.status == "could not be run"
    assert outcome.reason == "it has more than 2,000,000 characters of code."
    assert points(outcome) == [[0, 0, 0], [0]] and sandbox.opened == 0


def test_a_sandbox_that_does_not_start_is_not_the_students_fault(needs_sandbox, monkeypatch):
    with Sandbox() as broken:
        monkeypatch.setattr(broken, "_command", [*broken._command, "--no-such-option"])
        with pytest.raises(CannotSandbox, match=r"did not start.*Unknown option"):
            graded(broken, *RIGHT)


# --- which cells are run --------------------------------------------------------------------------


def test_given_definitions_are_there_and_what_only_shows_is_not_run(sandbox):
    handout = Handout(("def helper(x):\n    return 2 * x",), frozenset({"import os; os._exit(1)"}))
    cells = ("import os; os._exit(1)\n", "def double(x):\n    return helper(x)", BOTH)
    outcome = graded(sandbox, *cells, handout=handout)
    assert points(outcome) == FULL
    assert outcome.notes == []


def test_a_copy_of_what_was_handed_out_replaces_no_answer(sandbox):
    stub = "class double:\n    def __new__(cls, x):\n        raise NotImplementedError"
    outcome = graded(sandbox, *RIGHT, stub, handout=Handout(answers=(stub,)))
    assert points(outcome) == FULL and outcome.notes == []


def test_two_definitions_are_noted_and_the_last_counts(sandbox):
    outcome = graded(sandbox, "def double(x):\n    return 0", DOUBLE, BOTH)
    assert points(outcome) == FULL
    assert outcome.notes == ["double is defined 2 times; the last definition counts."]


@pytest.mark.all
def test_cells_are_numbered_as_in_the_notebook(sandbox):
    handout = Handout(shows=frozenset({"1 + 1"}))
    outcome = graded(sandbox, "1 + 1", *RIGHT, "import os\nos._exit(0)", handout=handout)
    assert outcome.notes == ["code cell 4 ended the interpreter, so it was left out."]


# --- other circumstances --------------------------------------------------------------------------

WRONG = "def double(x):\n    return x"
USES_IT = "def both(a, b):\n    return a + double(b) / 2, double(a) * b / 2"
HANDOUT = Handout(right={"double": DOUBLE, "both": BOTH})


def facts(outcome):
    """What stands in the place of the student's, and which names were others, for each part."""
    return [[(part.with_right, part.rebound) for part in q.parts] for q in outcome.questions]


def test_what_uses_a_wrong_answer_is_tried_with_the_right_one(sandbox):
    outcome = graded(sandbox, WRONG, USES_IT, handout=HANDOUT)
    assert points(outcome) == [[2.5, 0, 0], [20]]
    assert facts(outcome) == [[((), ())] * 3, [(("double",), ())]]
    assert said(outcome, 1) == [()]
    assert points(graded(sandbox, WRONG, USES_IT)) == [[2.5, 0, 0], [0]], "nothing to try it with"


def test_an_answer_that_nobody_wrote_stands_in_nobodys_way(sandbox):
    assert points(graded(sandbox, USES_IT, handout=HANDOUT)) == [[0, 0, 0], [20]]


def test_what_is_wrong_in_itself_stays_wrong(sandbox):
    outcome = graded(sandbox, WRONG, "def both(a, b):\n    return double(a), b", handout=HANDOUT)
    assert points(outcome) == [[2.5, 0, 0], [0]]
    assert facts(outcome)[1] == [((), ())]


def test_a_right_answer_is_of_no_use_to_the_one_that_it_answers(sandbox, monkeypatch):
    """It comes into the box when the student's own has been judged, and only for later ones."""
    orders = []
    send = Box.send

    def recorded(box, order, wall):
        if "plays" in order:
            calls = {step[1] for play in order["plays"] for step in play if step[0] == "call"}
            orders.append((calls, order["right"]))
        send(box, order, wall)

    monkeypatch.setattr(Box, "send", recorded)
    steals = (
        "import os, inspect\n"
        "def double(x):\n"
        "    if os.path.exists('/tmp/right'):\n        return 2 * x\n"
        "    return x\n"
        "def both(a, b):\n"
        "    if double(1) == 2: open('/tmp/right', 'w').close()\n"
        "    return a + double(b) / 2, double(a) * b / 2"
    )
    outcome = graded(sandbox, steals, handout=HANDOUT)
    assert points(outcome) == [[2.5, 0, 0], [20]]
    with_right = [i for i, (_, right) in enumerate(orders) if right]
    assert with_right == [len(orders) - 1]
    assert "double" not in orders[-1][0]


CHECK, CHECK_BOTH = "questions.q1.check(double)", "questions.q3.check(both)"
CHECKED = Handout(
    shows=frozenset({CHECK, CHECK_BOTH}),
    checks={CHECK: ("double",), CHECK_BOTH: ("both",)},
    right={"double": DOUBLE, "both": BOTH},
)
HELPED = "def twice(x):\n    return 2 * x\ndef double(x):\n    return twice(x)"
INNER = "k = 2\ndef double(x):\n    def inner():\n        return k * x\n    return inner()"
METHOD = """
class T:
    def go(self, x):
        return M * x
M = 2
def double(x):
    return T().go(x)
"""
DECORATED = """
def unchanged(f):
    def g(*arguments):
        return f(*arguments)
    return g
k = 2
@unchanged
def double(x):
    return k * x
"""
BEFORE_ITS_HELPER = "def double(x):\n    return twice(x)"
TOTAL = "def both(a, b):\n    return sum([a, b]), a * b"


@pytest.mark.parametrize(
    ("cells", "name"),
    thinned(
        [
            ((HELPED, CHECK, "twice = twice(3)"), "twice"),
            ((HELPED, CHECK, "for twice in range(3):\n    pass"), "twice"),
            ((HELPED, CHECK, "def twice(x):\n    return x"), "twice"),
            ((HELPED, CHECK, "del twice"), "twice"),
            ((INNER, CHECK, "k = 3"), "k"),
            ((METHOD, CHECK, "M = None"), "M"),
            ((DECORATED, CHECK, "k = 3"), "k"),
            ((DOUBLE, CHECK, "double = max"), "double"),
            (("def double(x):\n    return x * sum([1, 1])", CHECK, "sum = 0"), "sum"),
            ((HELPED, "twice = 3"), "twice"),  # without a check, as they were where it was defined
            ((BEFORE_ITS_HELPER, HELPED.split("def d")[0], CHECK, "twice = 0"), "twice"),
        ],
        4,
    ),
)
def test_names_that_are_used_again_below_the_check_cost_nothing(sandbox, cells, name):
    outcome = graded(sandbox, *cells, BOTH, handout=CHECKED)
    assert points(outcome) == FULL
    assert facts(outcome) == [[((), (name,))] * 3, [((), ())]]


@pytest.mark.all
def test_a_built_in_name_that_is_used_below(sandbox):
    outcome = graded(sandbox, DOUBLE, TOTAL, CHECK_BOTH, "sum = 0", handout=CHECKED)
    assert points(outcome) == FULL
    assert facts(outcome) == [[((), ())] * 3, [((), ("sum",))]]


def test_of_an_answer_that_is_defined_again_below_its_check_the_last_counts(sandbox):
    wrong = "def double(x):\n    return x\ntwice = 3"
    outcome = graded(sandbox, HELPED, CHECK, BOTH, wrong, handout=CHECKED)
    assert points(outcome) == [[2.5, 0, 0], [20]]


@pytest.mark.all
def test_of_an_earlier_answer_too_the_last_definition_counts(sandbox):
    """What stood when the check of `both` ran is right for `both`, not for `double`."""
    uses = f"n = 1\n{USES_IT.replace('a + d', 'n * a + d')}"
    cells = (DOUBLE, CHECK, uses, CHECK_BOTH, WRONG, "n = None")
    outcome = graded(sandbox, *cells, handout=CHECKED)
    assert points(outcome) == [[2.5, 0, 0], [20]]
    assert facts(outcome)[1] == [(("double",), ("n",))]


@pytest.mark.all
def test_names_that_make_no_difference_are_not_told(sandbox):
    uses = USES_IT.replace("a + d", "0 * n + a + d")
    cells = (WRONG, CHECK, "n = 1", uses, CHECK_BOTH, "n = 2")
    outcome = graded(sandbox, *cells, handout=CHECKED)
    assert points(outcome) == [[2.5, 0, 0], [20]]
    assert facts(outcome)[1] == [(("double",), ())]


def test_what_was_wrong_at_the_check_and_right_below_is_right(sandbox):
    outcome = graded(sandbox, WRONG, CHECK, BOTH, DOUBLE, handout=CHECKED)
    assert points(outcome) == FULL
    assert facts(outcome) == [[((), ())] * 3, [((), ())]]


@pytest.mark.all
def test_what_was_wrong_at_both_times_stays_wrong(sandbox):
    wrong = "n = 3\ndef double(x):\n    return n * x"
    outcome = graded(sandbox, wrong, CHECK, BOTH, "n = 4", handout=CHECKED)
    assert points(outcome) == [[0, 0, 0], [20]]
    assert facts(outcome) == [[((), ())] * 3, [((), ())]]


@pytest.mark.all
def test_of_a_check_that_ran_twice_the_last_counts(sandbox):
    cells = (HELPED, CHECK, "twice = None", DOUBLE, CHECK, BOTH, "double = 4")
    assert points(graded(sandbox, *cells, handout=CHECKED)) == FULL


def test_what_was_wrong_when_its_check_ran_stays_wrong(sandbox):
    outcome = graded(sandbox, WRONG, CHECK, "sum = 0", BOTH, handout=CHECKED)
    assert points(outcome) == [[2.5, 0, 0], [20]]
    assert facts(outcome)[0] == [((), ())] * 3


@pytest.mark.all
def test_without_walls_it_grades_the_same():
    with Counting(mode="none") as open_box:
        outcome = graded(open_box, *RIGHT)
        assert points(outcome) == FULL
        outcome = graded(open_box, DOUBLE, "import os\nos._exit(0)", BOTH)
        assert points(outcome) == FULL


# --- an answer in a cell of another kind ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize(
    "text", thinned([DOUBLE, f"```python\n{DOUBLE}\n```", f"k = 1\n{DOUBLE}\n"], 3)
)
def test_an_answer_in_a_cell_of_another_kind_is_run(sandbox, kind, text):
    cells = Notebook((Cell(kind, text), Cell("code", BOTH)))
    outcome = grade(ASSIGNMENT, cells, Handout(), sandbox, SEED)
    assert points(outcome) == FULL
    assert any(note.startswith("double stands in a ") for note in outcome.notes)


@pytest.mark.parametrize(
    "text",
    [
        "# def double(x):\n#     return 2 * x",
        '"""\n    def double(x):\n        return 2 * x\n"""',
        "I first had\n\ndef double(x):\n    return 3 * x\n\nand that was wrong.",
        "Before:\n```python\ndef double(x):\n    return 3 * x\n```",
        "def other(x):\n    return 2 * x",
    ],
)
@pytest.mark.long
def test_what_only_quotes_code_is_not_run(sandbox, text):
    cells = Notebook((Cell("code", DOUBLE), Cell("code", BOTH), Cell("markdown", text)))
    assert points(grade(ASSIGNMENT, cells, Handout(), sandbox, SEED)) == FULL
    alone = Notebook((Cell("markdown", text), Cell("code", BOTH)))
    assert points(grade(ASSIGNMENT, alone, Handout(), sandbox, SEED)) == [[0, 0, 0], [20]]


@pytest.mark.all
def test_code_in_comments_is_not_run(sandbox):
    commented = "\n".join(f"# {line}" for line in DOUBLE.splitlines())
    assert points(graded(sandbox, commented, BOTH)) == [[0, 0, 0], [20]]
