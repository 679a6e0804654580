"""A class of any size on Canvas and on Moodle, with names and submissions as terms bring them."""

import itertools
from datetime import datetime, timedelta

import canvas_course as canvas
import moodle_assignment as moodle
from hostile_submissions import honest, instead, notebook, solved

from course_grading.marking.handout import STUDENT_VERSIONS

#: Family and given names. Some come twice, some would trip who divides at commas, dashes,
#: underscores and numbers, or believes that letters are those of English.
NAMES = [
    ("Ames", "Alice"),
    ("Müller-Lüdenscheidt", "Jörg"),
    ("Smith", "John"),
    ("Smith", "John"),
    ("O'Neill", "Seán"),
    ("王", "小明"),
    ("Иванова", "Анна Петровна"),
    ("King, Jr.", "Martin"),
    ("García López", "María-José"),
    ("İnci", "Işıl"),
    ("Nguye\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING TILDE}n", "Thi\N{COMBINING DOT BELOW}"),
    ("al-Ḥasan", "ʿAlī"),
    ("Late", "Lara"),
    ("Anon", "Otto"),
    ("Link", "Linus"),
    ("D2_17_x", "R2"),
    ("=Sum", "Eve"),
    ('Doe "JJ"', "Jane"),
    ("7", "Agent"),
    ("Ng", "A"),
    ("한", "지민"),
    ("Müller", "Ann_Lee"),
    ("A/B", "C:D"),
    ("كريم", "ليلى"),
]
DUE = datetime(2026, 12, 1, 23, 59)


def name_of(number: int) -> tuple[str, str]:
    """The odd ones first; those after them are told apart by the given name."""
    family, given = NAMES[number % len(NAMES)]
    again = number // len(NAMES)
    return family, given + (f" {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[again]}." if again else "")


def notebooks(assignment: str) -> dict[str, bytes]:
    """What students hand in: right, wrong in one way or another, untouched, nonsense."""
    of_hw2 = ("check_gradient", "gradients")
    function, other = {"hw1": ("bottom", "answer_for"), "hw2": of_hw2}[assignment]
    written = solved(assignment)
    for cell in written:
        if cell["cell_type"] == "markdown" and "nbgrader" in cell["metadata"]:
            cell["source"] = "Because the sum of many small steps is one large one."
    return {
        "right": honest(assignment),
        "other words": notebook(written),
        "one wrong": instead(assignment, function, f"def {function}(*args):\n    return 0.0"),
        "two wrong": instead(assignment, other, f"def {other}(*args):\n    raise ValueError"),
        "untouched": STUDENT_VERSIONS.joinpath(f"{assignment}.ipynb").read_bytes(),
        "nonsense": b"<html>Please log in</html>",
    }


#: In which order; "nothing" is not handed in at all.
KINDS = [
    *["right", "other words", "one wrong", "two wrong", "right", "one wrong", "other words"],
    *["two wrong", "right", "untouched", "one wrong", "nothing", "right", "nonsense"],
]


def canvas_class(size: int, **options) -> tuple[canvas.Course, canvas.Assignment]:
    """The course, and its homework 1, for which everybody but a few has handed something in."""
    students = [
        canvas.Student(
            20_000 + 7 * number,
            ", ".join(name_of(number)),
            f"u{number:03}@uni.example",
            "Lecture, Group " + "AB"[number % 2],
        )
        for number in range(size)
    ]
    own = canvas.Assignment(4711, "Homework 1: the forward pass", 100.0, manual_posting=True)
    quiz = canvas.Assignment(4700, "Quiz 1", 10.0, grades={s.id: 7.5 for s in students[::2]})
    other = canvas.Assignment(4712, "Homework 12", 100.0)
    ids = itertools.count(900_001)
    made = notebooks("hw1")
    for number, (student, kind) in enumerate(zip(students, itertools.cycle(KINDS), strict=False)):
        if kind != "nothing":
            files = [canvas.Attachment(next(ids), _file_name(number, "hw1"), made[kind])]
            if number % 17 == 3:  # a picture besides
                files.append(canvas.Attachment(next(ids), "plot_1_2.png", b"no notebook"))
            own.submissions[student.id] = canvas.Submission(files, late=number % 9 == 4)
    if size > 8:
        own.grades[students[8].id] = "EX"
        own.submissions[students[7].id] = canvas.Submission([], text="<p>see my e-mail</p>")
    return canvas.Course(students, [quiz, own, other], **options), own


def moodle_class(size: int, **options) -> moodle.Assignment:
    """Homework 2, for which everybody but a few has handed something in."""
    people = [
        moodle.Participant(
            600 + 3 * number,
            " ".join(reversed(name_of(number))),
            f"u{number:03}@uni.example",
        )
        for number in range(size)
    ]
    assignment = moodle.Assignment(people, 100.0, DUE, **options)
    made = notebooks("hw2")
    for number, (person, kind) in enumerate(zip(people, itertools.cycle(KINDS), strict=False)):
        if kind != "nothing":
            late = timedelta(hours=20) if number % 9 == 4 else -timedelta(hours=number % 30)
            files = {_file_name(number, "hw2"): made[kind]}
            assignment.submissions[person.id] = moodle.Submission(files, DUE + late)
    return assignment


def _file_name(number: int, assignment: str) -> str:
    """What browsers and students make of it."""
    forms = ["{}.ipynb", "{}-1.ipynb", "{} (2).ipynb", "My_{}_2026.ipynb", "link to {}.ipynb"]
    return forms[number % len(forms)].format(assignment)
