"""Questions about earlier lessons: drawn fairly, asked where they belong, and brought back."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiers import examples
from wrong_answers_recall import TOPICS

import course_nn as nn
from course_exercises.question import Kind
from course_exercises.recall import progress, recall
from course_exercises.recall.blocks import ASKED, KNOWN, block
from course_exercises.recall.progress import FILE, MARKER, VERSION, Asked, Idea, Progress
from course_exercises.recall.recall import Recall, draw
from course_exercises.recall.task import LETTER, LINE, NUMBER
from course_nn.derivation_check.judgement import Verdict
from course_nn.show import wrapped

ROOT = Path(__file__).parents[2]
FAMILIES = sorted(KNOWN)
DRAWS = range(25)


def tasks(idea):
    return [draw(KNOWN[idea][0], idea, number) for number in DRAWS]


# --- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("idea", FAMILIES)
def test_the_right_answer_is_right_and_every_wrong_story_ends_elsewhere(idea):
    family = KNOWN[idea][0]
    for number in DRAWS[: examples(5 if idea.endswith("r1") else 25)]:
        task = draw(family, idea, number)
        question = Recall("Recall 9.9", "a", task, of="00")
        assert question.verdict(task.right)[0] is Kind.RIGHT, (task.text, task.right)
        for words, wrong in task.stories.items():
            kind, text = question.verdict(wrong)
            assert kind is Kind.WRONG, (task.text, words, wrong, text)


@pytest.mark.parametrize("idea", FAMILIES)
def test_each_draw_is_another_task_and_the_same_everywhere(idea):
    texts = [task.text for task in tasks(idea)]
    assert len(set(texts)) > len(texts) / 3
    assert texts == [task.text for task in tasks(idea)]


@pytest.mark.parametrize("idea", [idea for idea in FAMILIES if idea.endswith("r2")])
def test_traces_have_whole_numbers_and_no_zero(idea):
    for task in tasks(idea):
        assert task.wanted == NUMBER and isinstance(task.right, int) and task.right != 0
        numbers = re.findall(
            r"[−-]?\b\d+(?:\.\d+)?", re.sub(r"\[[^]]*\]|_?\w*\d\b(?=\()", "", task.text)
        )
        assert numbers, task.text


@pytest.mark.parametrize("idea", [idea for idea in FAMILIES if idea.endswith("r3")])
def test_the_slip_is_not_always_in_the_same_place(idea):
    assert len({task.right for task in tasks(idea)}) >= 3
    for task in tasks(idea):
        assert task.wanted == LETTER
        assert f"* {task.right}: " in task.text
        instead = re.sub(r"^\w+ \w should (be|say:) ", "", task.because).replace("`.", "`")
        shown = re.findall(r"^\* \w: (.*)$", task.text, re.MULTILINE)
        assert instead not in shown, task.text  # what is planted differs from what is right


def lines_of(text):
    """The lines of code of a task with a slip: [letter, name, formula]."""
    return re.findall(r"^\* (\w): `([\w.]+) = (.*)`$", text, re.MULTILINE)


class WayBack:
    """A task with one wrong line on the way back, judged by `check_derivation` on its network."""

    def __init__(self, task):
        self.text, self.lines = task.text, lines_of(task.text)
        ((self.name, self.right),) = re.findall(r"`([\w.]+) = (.*)`", task.because)
        forward = dict(re.findall(r"`(\w) = ([^`]*)`", task.text)) | {self.name: self.right}
        products = {name: f.split(" @ ") for name, f in forward.items() if re.match(r"\w @ \w$", f)}
        (self.first,) = (name for name, (came_in, _) in products.items() if came_in not in forward)
        (self.last,) = (name for name in products if name != self.first)
        (self.u, self.A), (self.s, self.M) = products[self.first], products[self.last]
        (self.answer,) = re.findall(r"(?:against|label) `(\w)`", task.text)

    def loss(self):
        classes = "softmax" in self.text
        with nn.Graph():
            x = nn.Input(self.u, width=4)
            y = nn.Labels(self.answer, classes=2) if classes else nn.Input(self.answer, width=2)
            z = nn.matmul(x, nn.Parameter(self.A, np.ones((4, 3))), name=self.first)
            h = (nn.tanh if "tanh" in self.text else nn.sigmoid)(z, name=self.s)
            o = nn.matmul(h, nn.Parameter(self.M, np.ones((3, 2))), name=self.last)
            return (nn.cross_entropy if classes else nn.squared_error)(o, y, name="loss")

    def holds(self, name, formula):
        """Whether a line holds by itself; of one example, the mean of B is the same, by B."""
        formula = re.sub(r"\bp\b", f"softmax({self.last})", formula)
        if name[0].isupper() and "B examples" not in self.text:
            formula += " / B"
        report = nn.check_derivation(self.loss(), f"{name} = {formula}")
        (verdict,) = (line.verdict for line in report.lines if line.about == name)
        return verdict is Verdict.HOLDS


@pytest.mark.parametrize("idea", ["05.r3", "06.r3", "07.r3", "08.r3"])
def test_of_the_lines_back_one_alone_is_wrong_and_the_checker_agrees(idea):
    for task in tasks(idea)[: examples(8)]:
        way = WayBack(task)
        for letter, name, formula in way.lines:
            if ".grad" in name:
                assert way.holds(name, formula) is (letter != task.right), (task.text, letter)
        if ".grad" in way.name:
            assert way.holds(way.name, way.right)


# --- where it is asked ----------------------------------------------------------------------------


def test_each_lesson_asks_of_one_to_three_lessons_before_it():
    assert sorted(ASKED) == [f"{number:02}" for number in range(1, 12)]
    for idea, (_, of) in KNOWN.items():
        assert 1 <= int(idea[:2]) - int(of) <= 3, idea


def test_a_kind_for_each_place():
    """A line in other letters, a step with numbers, a slip; lesson 01 knows no lines yet."""
    for idea, (family, _) in KNOWN.items():
        wanted = {"r1": LINE, "r2": NUMBER, "r3": LETTER}[idea[3:]]
        assert draw(family, idea, 0).wanted == (NUMBER if idea == "01.r1" else wanted)


BLOCKS = {f"{number:02}": topic for number, topic in enumerate(TOPICS, start=1)}


def notebook_of(lesson):
    (path,) = (ROOT / "notebooks").glob(f"{lesson}_*.ipynb")
    return path


def has_block(lesson):
    return f'"{lesson}-recall-r1"' in notebook_of(lesson).read_text("utf-8")


WITH_BLOCK = [lesson for lesson in BLOCKS if has_block(lesson)]


def complaints(lesson, cells):
    """How the block in these cells differs from what the questions of the lesson ask."""
    topic, found = BLOCKS[lesson], {cell.id: cell for cell in cells}
    name = topic.__name__.rpartition(".")[2]
    for r in ("r1", "r2", "r3"):
        question = getattr(topic, r)
        text, cell = found[f"{lesson}-recall-{r}-text"].source, found[f"{lesson}-recall-{r}"].source
        if not text.endswith(question.text):
            yield f"{r}: the text is not that of the task"
        if cell != (
            f"from course_exercises import {name} as questions\n\n"
            f"{question.answer} = ...  # {question.task.wanted}\n\n"
            f"questions.{r}.check({question.answer})"
        ):
            yield f"{r}: the cell is another one"
    again = found[f"{lesson}-recall-again"].source
    if again != f"from course_exercises import {name} as questions\n\nquestions.again()":
        yield "again: the cell is another one"
    block_ids = [cell.id for cell in cells if cell.id.startswith(f"{lesson}-recall-")]
    to_be_read = [cell.id for cell in cells if cell.id != "first-cell"]  # that one is folded
    if to_be_read[1 : 1 + len(block_ids)] != block_ids:
        yield "the block does not stand behind the title"


@pytest.mark.parametrize("lesson", WITH_BLOCK)
def test_the_text_in_the_notebook_is_that_of_the_task(lesson):
    cells = nbformat.read(notebook_of(lesson), as_version=4).cells
    assert list(complaints(lesson, cells)) == []
    (first,) = (cell for cell in cells if cell.id == f"{lesson}-recall-r1-text")
    assert first.source.startswith("## Five minutes: what you still know\n")
    first.source = first.source[:-1]
    assert list(complaints(lesson, cells)) == ["r1: the text is not that of the task"]


@pytest.mark.parametrize("lesson", WITH_BLOCK)
def test_each_cell_runs_alone(lesson, capsys):
    for cell in nbformat.read(notebook_of(lesson), as_version=4).cells:
        if cell.cell_type == "code" and cell.id.startswith(f"{lesson}-recall-"):
            exec(cell.source, {})
            said = capsys.readouterr().out
            assert "not attempted yet" in said or "Nothing comes back now" in said
            assert said == cell.outputs[0].text
            if check := re.search(r"^questions\.(r\d)\.check.*", cell.source, re.MULTILINE):
                space: dict = {}
                exec(cell.source, space)
                exec(getattr(BLOCKS[lesson], check[1]).code, space)
                exec(check[0], space)
                assert ": Right. " in capsys.readouterr().out


# --- check ----------------------------------------------------------------------------------------


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """A folder of a reader's copies, in which a notebook runs."""
    (tmp_path / MARKER).write_text("{}", encoding="utf-8")
    (tmp_path / "further").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Lesson:
    """The questions of a lesson in a fresh kernel."""

    def __init__(self, number):
        *asked, self.again = block(number)
        self.r, self.due = asked[:3], asked[3:]


def kept(folder):
    found, said = progress.read(folder)
    assert said == ""
    return found


def wrong_for(question):
    """A wrong answer that is one."""
    if question.task.wanted == LETTER:
        return "a" if question.task.right != "a" else "b"
    return "v = 1" if question.task.wanted == LINE else question.task.right + 0.5


def right_for(idea, number):
    return draw(KNOWN[idea][0], idea, number).right


def fresh(idea="04.r2", number=0):
    return Recall("Recall 4.2", "recall_2", draw(KNOWN[idea][0], idea, number), of="03")


def test_the_probabilities_may_be_called_p_as_in_the_lesson_on_classes():
    for number in range(5):
        task = draw(KNOWN["07.r1"][0], "07.r1", number)
        line = re.sub(r"softmax\(\w+\)", "p", task.right)
        assert "= p - onehot(" in line and task.judge(line)


def test_the_right_answer_is_shown_after_the_second_wrong_one(capsys):
    question = fresh()
    right = question.task.right
    shown = f"The right answer: {right}".replace("-", "−")
    question.check(...)
    question.check(right + 1)
    assert "right answer" not in capsys.readouterr().out
    question.check(right + 1)  # the same once more is no second try
    question.check(...)
    assert "right answer" not in capsys.readouterr().out
    question.check(right + 2)
    assert f"{shown}. {question.task.because}" in capsys.readouterr().out
    question.check(right)
    assert "Right." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("idea", "typed"),
    [
        ("04.r2", ["-17", "17", True, [1, 2], None, 1j]),
        ("04.r3", ["z", "", "ab", 1, ["a"]]),
        ("04.r1", [3, ["R.grad = s.T @ u.grad"], object()]),
        ("04.r1", ["R.grad = s.T @", "s.T @ W", "R.grad = s.T @ (u.grad"]),
        ("02.r1", ["v = g(q X)", "v = sigmoid(q @ X)", "h = g(q @ X)", "v = g(q @"]),
        ("03.r1", ["slope = (F(v + k) - F(v - k)) / 2k", "slope = (F(v+h) - F(v-h)) / (2*h)"]),
    ],
)
def test_what_is_no_answer_counts_as_no_try(idea, typed, copies, capsys):
    lesson, number = idea.split(".r")
    question = Lesson(lesson).r[int(number) - 1]
    for each in typed:
        question.check(each)
    assert "The right" not in capsys.readouterr().out
    question.check(question.task.right)
    assert kept(copies).ideas == {}


@pytest.mark.parametrize(
    ("idea", "typed"),
    [
        ("04.r1", ["R.grad = s @ u.grad", "R.grad = s.T + u.grad", "R.grad = 1"]),
        ("02.r1", ["v = g(X @ q)", "v = g(q * X)", "v = q @ X"]),
    ],
)
def test_a_line_that_can_be_read_counts(idea, typed, copies, capsys):
    for each in typed:
        lesson, number = idea.split(".r")
        (copies / FILE).unlink(missing_ok=True)
        Lesson(lesson).r[int(number) - 1].check(each)
        assert [*kept(copies).ideas] == [idea]


def test_a_half_may_be_typed_as_one_sign(capsys):
    question = fresh("03.r1")
    question.check("slope = ½ (F(v + k) - F(v - k)) / k")
    question.check("slope = ½ * (F(v + k) − F(v - k)) / k")
    assert capsys.readouterr().out.count("Right.") == 2


def test_a_line_is_shown_as_a_line(capsys):
    question = fresh("04.r1")
    question.check("R.grad = s @ u.grad")
    question.check("R.grad = u.grad.T @ s")
    assert f"The right line: {question.task.right}." in capsys.readouterr().out


# --- what comes back ------------------------------------------------------------------------------


def test_without_a_marker_nothing_is_read_or_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text("damaged", encoding="utf-8")
    lesson = Lesson("04")
    lesson.r[1].check(0.5)
    lesson.again()
    lesson.due[0].check(3)
    assert "Nothing comes back now." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).read_text() == "damaged"


def test_a_folder_that_is_gone_has_no_marker(tmp_path, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    Lesson("04").again()
    assert "Nothing comes back now." in capsys.readouterr().out


def test_the_marker_is_the_one_that_the_copies_get():
    run = (ROOT / "run.py").read_text(encoding="utf-8")
    assert re.findall(r'^MARKER = "(.*?)"', run, re.MULTILINE) == [MARKER]


def test_the_marker_is_found_from_a_folder_below(copies, monkeypatch):
    monkeypatch.chdir(copies / "further")
    assert progress.folder() == copies


def test_a_miss_comes_back_with_new_numbers_and_two_hits_retire_it(copies, capsys):
    Lesson("04").r[1].check(0.5)
    assert wrapped(recall.COMES_BACK) in capsys.readouterr().out
    Lesson("04").again()
    assert "Nothing comes back now." in capsys.readouterr().out  # not in the same lesson

    lesson = Lesson("05")
    lesson.again()
    first = capsys.readouterr().out
    assert "Recall 5, again 1 (lesson 03)" in first and "questions.due1.check(…): a whole" in first
    lesson = Lesson("05")  # the kernel was restarted: the same task
    lesson.again()
    assert capsys.readouterr().out == first
    lesson.due[0].check(right_for("04.r2", 1))
    assert "Recall 5, again 1: Right." in capsys.readouterr().out
    lesson.due[1].check(3)
    assert "There is no such task now." in capsys.readouterr().out
    lesson.again()
    assert "You have answered this one." in capsys.readouterr().out

    Lesson("06").again()
    assert "Nothing comes back now." in capsys.readouterr().out
    lesson = Lesson("07")
    lesson.again()
    second = capsys.readouterr().out
    assert second.splitlines()[1:] != first.splitlines()[1:]
    lesson.due[0].check(right_for("04.r2", 2))
    assert kept(copies).ideas["04.r2"].retired
    capsys.readouterr()
    for number in ("08", "09", "10", "11"):
        Lesson(number).again()
        assert "Nothing comes back now." in capsys.readouterr().out


def test_only_the_first_try_counts(copies, capsys):
    Lesson("04").r[1].check(0.5)
    lesson = Lesson("05")
    lesson.again()
    lesson.due[0].check(0.5)
    lesson.due[0].check(right_for("04.r2", 1))
    assert kept(copies).ideas["04.r2"].hits == 0
    capsys.readouterr()
    Lesson("06").again()  # so it is due at once
    assert "Recall 6, again 1" in capsys.readouterr().out


def test_a_right_first_answer_does_not_come_back(copies, capsys):
    lesson = Lesson("04")
    lesson.r[1].check(right_for("04.r2", 0))
    lesson.r[1].check(0.5)
    assert kept(copies).ideas == {}


def test_an_old_wrong_answer_that_is_run_again_changes_nothing(copies, capsys):
    Lesson("04").r[1].check(0.5)
    before = kept(copies).ideas["04.r2"]
    Lesson("05").again()
    Lesson("04").r[1].check(0.5)
    assert kept(copies).ideas["04.r2"].due == before.due


def test_no_more_than_three_come_back_at_once(copies, capsys):
    for number in ("01", "02"):
        for question in Lesson(number).r:
            question.check(wrong_for(question))
    lesson = Lesson("03")
    capsys.readouterr()
    lesson.again()
    said = capsys.readouterr().out
    assert said.count("Answer with questions.due") == 3
    assert "again 1 (lesson 00)" in said  # those that wait longest
    for line in said.splitlines():
        assert len(line) <= 79


@pytest.mark.all
@given(st.lists(st.tuples(st.sampled_from(sorted(ASKED)), st.booleans()), max_size=12))
def test_whatever_is_answered_each_idea_is_due_later_or_retired(answers):
    """The rule of spacing: a miss in the next lesson, a hit one to three lessons on."""
    kept = Progress()
    for lesson, right in answers:
        kept.open(lesson)
        for asked in kept.ask(FAMILIES):
            asked.done = True
            (kept.hit if right else kept.miss)(asked.idea)
            idea = kept.ideas[asked.idea]
            later = idea.due - len(kept.opened)
            assert later == 1 if not right else 1 <= later <= 3
            assert idea.retired is (idea.hits >= 2)
        if f"{lesson}.r1" not in kept.ideas:
            kept.miss(f"{lesson}.r1")


# --- the file -------------------------------------------------------------------------------------

FILLED = Progress(
    opened=["04", "05"],
    ideas={"04.r2": Idea(draws=1, hits=0, due=2), "99.r1": Idea(due=1)},
    asked=[Asked("04.r2", 1), Asked("99.r1", 1)],
)
RIGHT_FILE = {"version": VERSION, **asdict(FILLED)}
DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    json.dumps({"version": 0}).encode(),
    json.dumps({"version": True}).encode(),
    json.dumps({"version": "1"}).encode(),
    *(
        json.dumps(RIGHT_FILE | change).encode()
        for change in (
            {"opened": "04"},
            {"opened": [4]},
            {"ideas": []},
            {"ideas": {"04.r2": {}}},
            {"ideas": {"04.r2": {"draws": -1, "hits": 0, "due": 2, "retired": False}}},
            {"ideas": {"04.r2": {"draws": 1.5, "hits": 0, "due": 2, "retired": False}}},
            {"ideas": {"04.r2": {"draws": 1, "hits": True, "due": 2, "retired": False}}},
            {"asked": [{"idea": "05.r1", "draw": 1, "done": False}]},
            {"asked": {}},
        )
    ),
]


def test_what_was_written_is_read(copies):
    assert progress.write(FILLED, copies) == ""
    assert kept(copies) == FILLED
    assert [path.name for path in copies.glob("*.part")] == []


def test_ideas_that_this_course_does_not_know_are_kept_and_not_asked(copies, capsys):
    progress.write(FILLED, copies)
    Lesson("05").again()
    said = capsys.readouterr().out
    assert "Recall 5, again 1" in said and "again 2" not in said
    assert "99.r1" in kept(copies).ideas


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_set_aside_and_nothing_in_it_is_lost(copies, content, capsys):
    (copies / "progress.damaged-1.json").write_bytes(b"an older one")
    (copies / FILE).write_bytes(content)
    Lesson("04").again()
    said = capsys.readouterr().out
    assert f"{FILE} could not be read. It is kept as progress.damaged-2.json" in said
    assert (copies / "progress.damaged-2.json").read_bytes() == content
    assert (copies / "progress.damaged-1.json").read_bytes() == b"an older one"
    assert kept(copies).opened == ["04"]


def test_a_file_of_a_later_version_stays_as_it_is(copies, capsys):
    content = json.dumps({"version": VERSION + 1, "all": "new"})
    (copies / FILE).write_text(content, encoding="utf-8")
    lesson = Lesson("04")
    lesson.r[1].check(0.5)
    lesson.again()
    assert "of a later version" in capsys.readouterr().out
    assert (copies / FILE).read_text(encoding="utf-8") == content


def test_a_folder_that_cannot_be_written_to_is_said_and_ends_nothing(copies, capsys, monkeypatch):
    def refuse(path):
        raise PermissionError("no")

    monkeypatch.setattr(progress, "written_whole", refuse)
    Lesson("04").r[1].check(0.5)
    assert "could not be written (PermissionError)" in capsys.readouterr().out


# --- the real runs --------------------------------------------------------------------------------

ANOTHER_DAY = """
import time
now = time.time
time.time = lambda: now() + 400 * 24 * 3600
"""
STRICT = ["-p", "nbval.plugin", "--nbval", "--nbval-current-env", "--color=no"]


def run_strictly(folder, lesson, python_path):
    """nbval on a lesson in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *STRICT, str(lesson)],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": python_path, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.mark.long
def test_a_strict_run_never_reads_the_file_and_knows_no_date(tmp_path):
    """The originals beside filled copies, 400 days later; among the copies the file is used."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "sitecustomize.py").write_text(ANOTHER_DAY, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "later"), str(ROOT)])
    lesson = notebook_of("06")
    for folder in ("notebooks", "my_notebooks"):
        (tmp_path / folder).mkdir()
        shutil.copy(lesson, tmp_path / folder)
    copies = tmp_path / "my_notebooks"
    (copies / MARKER).write_text("{}", encoding="utf-8")
    progress.write(FILLED, copies)
    before = (copies / FILE).read_bytes()

    run = run_strictly(tmp_path, tmp_path / "notebooks" / lesson.name, path)
    assert run.returncode == 0, run.stdout
    assert (copies / FILE).read_bytes() == before

    run = run_strictly(tmp_path, copies / lesson.name, path)
    assert run.returncode == 1 and "Recall 6, again 1" in run.stdout, run.stdout
    assert kept(copies).opened == ["04", "05", "06"]
