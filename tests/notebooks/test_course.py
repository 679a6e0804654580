"""The notebooks are one course: each rule finds what is planted, and nothing in the real one."""

from pathlib import Path

import pytest
from course_rules import APPENDIX, RETRIEVAL, RULES, Course
from notebook_guards.rules import StoredNotebook
from notebook_samples import code, markdown, notebook_text
from tiers import thinned

ROOT = Path(__file__).resolve().parents[2]
LESSONS = 12

# --- a small course, in which nothing is wrong ----------------------------------------------------

BEGINNING = """
**What you will do:** a little.

**What you will learn:** more.

**What you need:** nothing.

**Time:** 15 minutes.
"""
SECOND = "[01 Multiply](01_multiply.ipynb)"
THIRD = "[02 Add](02_add.ipynb)"
FURTHER = "[Divide](further/divide.ipynb)"
PART_1, PART_2 = "[Work 1](workbook/1_work.ipynb)", "[Work 2](workbook/2_work.ipynb)"
PRODUCT = "* **Product** (lesson [01](01_multiply.ipynb)): what one multiplies to."
TABLE = """| symbol | code | shape | meaning |
|---|---|---|---|
| $x$ | `x` | (B, D) | inputs |
| $z$ | `z` | (B, K) | outputs |"""


def exercises(lesson):
    """Three exercises with their cells."""
    for number in (1, 2, 3):
        yield f"**Exercise {lesson}.{number}.** Compute it."
        yield f"CODE questions.q{number}.check(...)"


def problem(number):
    """A problem of the workbook with its cell."""
    yield f"## {number}. Multiply twice\n\n**Problem {number}.** Derive the product."
    yield f"CODE my_lines = ...\n\nquestions.q{number}.check(my_lines)"


# The cells of each file; those that begin with CODE hold code.
RIGHT = {
    "README.md": [
        f"| lesson | time |\n|---|---|\n| [00 Start here](notebooks/00_start.ipynb) | 5 min |\n"
        f"| {SECOND.replace('(', '(notebooks/')} | 15 min |\n"
        f"| {THIRD.replace('(', '(notebooks/')} | 15 min |\n"
        f"\n| further | time |\n|---|---|\n| {FURTHER.replace('(', '(notebooks/')} | 15 min |\n"
        f"\n| workbook | time |\n|---|---|\n| {PART_1.replace('(', '(notebooks/')} | 10 min |\n"
        f"| {PART_2.replace('(', '(notebooks/')} | 15 min |\n"
    ],
    "00_start.ipynb": [
        "# Start here: learn something"
        + BEGINNING.replace("do:", "do here:").replace("15 min", "5 min"),
        "## 1. Know the notation\n\n" + TABLE,
        f"## 2. Find your way\n\n| lesson | time |\n|---|---|\n| **00 Start here** | 5 min |\n"
        f"| {SECOND} | 15 min |\n| {THIRD} | 15 min |\n\n| further | time |\n|---|---|\n"
        f"| {FURTHER} | [01](01_multiply.ipynb) | 15 min |\n\n| workbook | time |\n|---|---|\n"
        f"| {PART_1} | [01](01_multiply.ipynb) | 10 min |\n"
        f"| {PART_2} | {PART_1}, [02](02_add.ipynb) | 15 min |",
        f"Section 2 of the [appendix]({APPENDIX}) is a glossary.",
        f"## Summary\n\n* All.\n\n**Next:** {SECOND}.",
    ],
    "01_multiply.ipynb": [
        "# Multiply" + BEGINNING,
        "## 1. Take a product\n\nA **product** is\n\n$$z = x W \\tag{1.1}$$",
        "CODE z = x @ W  # (1.1)",
        "By (1.1) it is a row, as said in lesson [00](00_start.ipynb), section 1.",
        "## Exercises",
        *exercises(1),
        f"## Summary\n\n* All.\n\n**Next:** {THIRD}, which is short.",
    ],
    "02_add.ipynb": [
        "# Add" + BEGINNING,
        "## 1. Take a sum\n\nIn lessons 00 and [01](01_multiply.ipynb) there was no sum; (1.1) has "
        "none.",
        "$$s = \\sum_i x_i \\tag{2.1}$$\n\n$$t = s\n+ 1 \\tag{2.2}$$",
        "CODE s = x.sum()  # (2.1)\nprint('by (2.1)', s)\nt = s + 1  # (2.2)",
        "## 2. Compare\n\nSections 1 and 2 are all. Others write `section 7` (section 7.5).",
        "## Exercises",
        *exercises(2),
        f"## Summary\n\n* All.\n\n**Next:** [Appendix: words]({APPENDIX}), or {PART_1}.",
    ],
    "workbook/1_work.ipynb": [
        "# Work 1: the beginning"
        + BEGINNING.replace("nothing.", "lesson [01](../01_multiply.ipynb).").replace("15", "10"),
        *problem(1),
        "## Summary\n\n* All.\n\n**Next:** [Work 2](2_work.ipynb), which is more.",
    ],
    "workbook/2_work.ipynb": [
        "# Work 2: the end"
        + BEGINNING.replace(
            "nothing.", "[Work 1](1_work.ipynb) and lesson [02](../02_add.ipynb), section 1."
        ),
        *problem(2),
        "## Find the wrong sum",
        *problem(3),
        "## Summary\n\n* All.\n\n**Next:** [00 Start here](../00_start.ipynb).",
    ],
    "further/divide.ipynb": [
        "# Divide: the other way round"
        + BEGINNING.replace("nothing.", "lesson [01](../01_multiply.ipynb)."),
        "## 1. Take a part\n\nA **quotient** undoes a product, (1.1):\n\n$$x = z / W \\tag{D.1}$$",
        "CODE x = z / W  # (D.1)",
        "## Exercises",
        *exercises("D"),
        "## Summary\n\n* All.\n\n**Next:** back to the map in [00 Start here](../00_start.ipynb).",
    ],
    APPENDIX: [
        "# Appendix: words",
        "## 1. Know the notation\n\n" + TABLE,
        f"## 2. Look up a word\n\n{PRODUCT}\n"
        f"* **Quotient** (further lesson {FURTHER}): what one divides to.\n"
        "* **Sum** (lesson [02](02_add.ipynb)): what one adds to.",
        "## 3. Look up an equation",
        f"### Lesson {SECOND}\n\n$$z = x W \\tag{{1.1}}$$",
        f"### Lesson {THIRD}\n\n$$s = \\sum_i x_i \\tag{{2.1}}$$\n\n$$t = s + 1 \\tag{{2.2}}$$",
        f"### {FURTHER}\n\n$$x = z / W \\tag{{D.1}}$$",
    ],
}


def course_of(files):
    """The course that consists of these cells."""
    notebooks = {}
    for name, sources in files.items():
        cells = [
            code(source.removeprefix("CODE ")) if source.startswith("CODE ") else markdown(source)
            for source in sources
        ]
        notebooks[name] = StoredNotebook.parse(Path(name), notebook_text(*cells))
    del notebooks["README.md"]
    appendix = notebooks.pop(APPENDIX)
    further = [notebooks.pop(name) for name in [*notebooks] if name.startswith("further/")]
    workbook = [notebooks.pop(name) for name in [*notebooks] if name.startswith("workbook/")]
    return Course([*notebooks.values()], workbook, further, appendix, files["README.md"][0])


def problems_of(course):
    return [str(problem) for rule in RULES for problem in rule(course)]


def test_a_right_course_has_no_problem():
    assert problems_of(course_of(RIGHT)) == []


# --- what is planted: the file, its text, what is written instead, and words of the problem -------

EXERCISE = "**Exercise 1.2.** Compute it."
PLANTED = {
    "lessons_are_numbered_without_a_gap": [],  # see below
    "every_lesson_leads_to_the_next": [
        ("00_start.ipynb", f"**Next:** {SECOND}", f"**Next:** {THIRD}", "expected in the last"),
        ("01_multiply.ipynb", f"**Next:** {THIRD}", "**Next:** [02](02_add.ipynb)", "[02 Add]"),
        ("01_multiply.ipynb", f"**Next:** {THIRD}", "The end", "no **Next:**"),
        ("02_add.ipynb", "**Next:** [Appendix: words]", "**Next:** [Words]", "Appendix: words"),
        ("02_add.ipynb", "# Add", "# Add up", "01_multiply.ipynb: expected in the last cell"),
        ("further/divide.ipynb", "[00 Start here]", "[00]", "expected in the last cell '[00 Start"),
        ("02_add.ipynb", f", or {PART_1}", "", "expected in the last cell '[Work 1](workbook/1"),
        ("workbook/1_work.ipynb", "**Next:** [Work 2]", "**Next:** [Work]", "**Next:** [Work 2]"),
        (
            "workbook/2_work.ipynb",
            "[00 Start here]",
            "[00]",
            "expected in the last cell '[00 Start",
        ),
    ],
    "the_workbook_counts_its_problems": [
        (
            "workbook/2_work.ipynb",
            "## 2. Mul",
            "## 3. Mul",
            "expected '## 2. …', but there is '## 3",
        ),
        ("workbook/2_work.ipynb", "## 2. Multiply", "## Multiply", "expected '## 2. …'"),
        (
            "workbook/1_work.ipynb",
            "**Problem 1.**",
            "**Problem 2.**",
            "expected **Problem 1.** once",
        ),
        ("workbook/1_work.ipynb", "q1.check(", "q2.check(", "questions.q1.check(my_lines) in the"),
        ("workbook/1_work.ipynb", "## Summary", "## Sum", "expected 'Summary' as the last"),
    ],
    "lesson_00_maps_the_course": [
        (
            "00_start.ipynb",
            f"| {THIRD} | 15",
            "| Add | 15",
            "'[02 Add](02_add.ipynb)' in the table",
        ),
        ("00_start.ipynb", f"| {THIRD} | 15", "| 02 Add | 15", "there is '02 Add'"),
        ("00_start.ipynb", f"| {THIRD} | 15", "| [02 Sum](02_add.ipynb) | 15", "[02 Sum]"),
        ("00_start.ipynb", f"| {SECOND} | 15 min |\n| {THIRD} |", f"| {THIRD} |", "[01 Multiply]"),
        ("00_start.ipynb", "| **00 Start here** | 5 min |\n", "", "**00 Start here**"),
        (
            "00_start.ipynb",
            f"| {THIRD} | 15",
            f"| {THIRD} | 15 min |\n| 03 More | 1",
            "nothing more",
        ),
        ("00_start.ipynb", f"| {FURTHER} |", "| Divide |", f"'{FURTHER}' is missing in the table"),
        (
            "00_start.ipynb",
            "[01](01_multiply.ipynb) | 15",
            "all | 15",
            "links to 01_multiply.ipynb",
        ),
        (
            "00_start.ipynb",
            f"| {FURTHER} |",
            "| [Part](further/part.ipynb) |",
            "of no further lesson",
        ),
        ("00_start.ipynb", f"| {PART_2} |", "| Work 2 |", "in the table of the workbook"),
        ("00_start.ipynb", f"{PART_1}, [02]", "[02]", "expected links to 1_work.ipynb, 02_add"),
    ],
    "the_readme_maps_the_course": [
        ("README.md", "[00 Start here](notebooks/00_start.ipynb)", "00 Start here", "00_start"),
        (
            "README.md",
            "[02 Add](notebooks/02_add.ipynb)",
            "[02 Sum](notebooks/02_add.ipynb)",
            "Sum",
        ),
        ("README.md", "[Divide](notebooks/further", "[Divide](further", "is missing in the table"),
        ("README.md", "[Work 1](notebooks/", "[Work](notebooks/", "in the table of the workbook"),
    ],
    "links_name_the_lesson_they_lead_to": [
        ("01_multiply.ipynb", "[00](00_start", "[02](00_start", "expected [00] or [00 Start here]"),
        ("02_add.ipynb", "[01](01_multiply", "[01 Divide](01_multiply", "but it is [01 Divide]"),
        (APPENDIX, "[02](02_add.ipynb)):", "[the sum](02_add.ipynb)):", "but it is [the sum]"),
        (APPENDIX, f"### {FURTHER}", "### [Part](further/divide.ipynb)", "but it is [Part]"),
        ("further/divide.ipynb", "[01](../01_mul", "[02](../01_mul", "but it is [02]"),
        ("workbook/2_work.ipynb", "[Work 1](1_work", "[Work](1_work", "but it is [Work]"),
    ],
    "nothing_is_being_written": [
        ("02_add.ipynb", "none.", "none. More is being written.", "being written"),
    ],
    "lessons_that_are_named_exist": [
        ("02_add.ipynb", "lessons 00 and [01]", "lessons 03 and [01]", "no lesson 03"),
        (
            "02_add.ipynb",
            "lessons 00 and [01](01_multiply.ipynb)",
            "lessons 00, 01 and 4",
            "no lesson 4",
        ),
        ("01_multiply.ipynb", "  # (1.1)", "  # see lesson 07", "no lesson 07"),
    ],
    "sections_that_are_named_exist": [
        ("01_multiply.ipynb", "section 1.", "section 3.", "00_start.ipynb has no section 3"),
        ("02_add.ipynb", "Sections 1 and 2", "Sections 1 and 5", "02_add.ipynb has no section 5"),
        ("02_add.ipynb", "  # (2.1)", "  # (2.1), section 6", "02_add.ipynb has no section 6"),
        ("00_start.ipynb", "Section 2 of", "Section 4 of", "appendix.ipynb has no section 4"),
        (
            "02_add.ipynb",
            "none.",
            f"none; see {FURTHER}, section 2.",
            "divide.ipynb has no section 2",
        ),
        ("further/divide.ipynb", "(1.1):", "section 2:", "divide.ipynb has no section 2"),
    ],
    "equations_that_are_named_have_come": [
        ("workbook/1_work.ipynb", "the product.", "(2.1).", "is not among what the lesson needs"),
        ("01_multiply.ipynb", "By (1.1)", "By (1.2)", "there is no equation (1.2)"),
        ("01_multiply.ipynb", "By (1.1)", "By (2.1)", "(2.1) is named here, but comes only later"),
        (
            "01_multiply.ipynb",
            "  # (1.1)",
            "  # (2.1)",
            "(2.1) is named here, but comes only later",
        ),
        ("02_add.ipynb", "; (1.1) has", "; (2.1) has", "(2.1) is named here, but comes only later"),
        ("02_add.ipynb", "'by (2.1)'", "'by (2.9)'", "there is no equation (2.9)"),
        ("02_add.ipynb", "  # (2.2)", "  # (3.1)", "there is no equation (3.1)"),
        (APPENDIX, "what one adds to", "see (4.1)", "there is no equation (4.1)"),
        ("01_multiply.ipynb", "By (1.1)", "By (D.1)", "(D.1) is named here, but comes only later"),
        (
            "further/divide.ipynb",
            ", (1.1):",
            ", (2.1):",
            "02_add.ipynb is not among what the lesson",
        ),
        ("further/divide.ipynb", ", (1.1):", ", (D.2):", "there is no equation (D.2)"),
        ("further/divide.ipynb", "# Divide: the", "# Divide (D.1): the", "comes only later"),
    ],
    "further_lessons_name_what_they_need": [
        ("further/divide.ipynb", "lesson [01](../01_multiply.ipynb).", "all.", "expected links"),
        ("workbook/1_work.ipynb", "lesson [01](../01_multiply.ipynb).", "all.", "expected links"),
    ],
    "further_lessons_have_letters_of_their_own": [],  # see below
    "words_of_other_lessons_are_needed": [
        ("02_add.ipynb", "there was no sum", "there was no quotient", "word of divide.ipynb"),
        (
            "further/divide.ipynb",
            "undoes a product",
            "is no sum",
            "'Sum' is a word of 02_add.ipynb",
        ),
        ("workbook/1_work.ipynb", "the product", "the sum", "'Sum' is a word of 02_add.ipynb"),
        ("workbook/2_work.ipynb", "wrong sum", "wrong quotient", "word of divide.ipynb"),
    ],
    "stated_times_follow_the_formula": [
        ("01_multiply.ipynb", "15 minutes", "20 minutes", "15 min in its first cell, not 20 min"),
        ("README.md", "02_add.ipynb) | 15 min |", "02_add.ipynb) |", "README.md, not [02 Add]"),
        ("00_start.ipynb", f"{SECOND} | 15", f"{SECOND} | 10", "map of lesson 00, not 10 min"),
        ("further/divide.ipynb", "15 minutes", "some minutes", "not no time: it has"),
        ("README.md", "divide.ipynb) | 15", "divide.ipynb) | 60", "README.md, not 60 min"),
        ("workbook/1_work.ipynb", "10 minutes", "5 minutes", "10 min in its first cell, not 5 min"),
    ],
    "lessons_of_the_main_path_take_an_hour": [
        ("02_add.ipynb", "none.", "none. " + "word " * 6000, "takes 65 minutes; a lesson"),
    ],
    "every_lesson_begins_and_ends_alike": [
        ("00_start.ipynb", "**Time:** 5 minutes", "", "**Time:** … minutes"),
        ("01_multiply.ipynb", "**What you need:** nothing.", "", "**What you need:**"),
        ("01_multiply.ipynb", "**What you will do:**", "**You will do:**", "**What you will do:**"),
        ("02_add.ipynb", "## Summary", "## Sum", "'## Summary'"),
        ("further/divide.ipynb", "**Time:** 15 minutes", "", "**Time:** … minutes"),
        ("workbook/1_work.ipynb", "**What you need:**", "Needed:", "**What you need:**"),
    ],
    "sections_are_numbered_in_order": [
        ("02_add.ipynb", "## 2. Compare", "## 3. Compare", "expected '## 2. …'"),
        ("02_add.ipynb", "## 2. Compare", "## Compare", "expected '## 2. …'"),
        ("02_add.ipynb", "## Exercises", "Exercises", "'2. Compare', 'Summary'"),
        ("02_add.ipynb", "## Exercises", "## Tasks", "['Exercises', 'Summary']"),
        (APPENDIX, "## 3. Look", "## 4. Look", "expected '## 3. …'"),
        ("02_add.ipynb", "## 2. Compare", f"## {RETRIEVAL}", "expected '## 2. …'"),
        (APPENDIX, "## 1.", f"## {RETRIEVAL}\n\n## 1.", "expected '## 1. …'"),
    ],
    "what_comes_back_is_said": [
        ("02_add.ipynb", "## 1.", f"## {RETRIEVAL}\n\n## 1.", "expected **Comes back:**"),
    ],
    "every_lesson_has_its_exercises": [
        ("01_multiply.ipynb", EXERCISE, "", "3 to 6 exercises, but it has 2"),
        ("01_multiply.ipynb", EXERCISE, " ".join([EXERCISE] * 5), "3 to 6 exercises, but it has 7"),
        ("01_multiply.ipynb", EXERCISE, "**Exercise 1.3.** Add.", "Exercise 1.2, not 1.3"),
        ("02_add.ipynb", "questions.q2.check(...)", "questions.q2", "questions.q2.check(…)"),
        ("02_add.ipynb", "questions.q2.check(...)", "questions.q1.check(...)", "q2.check(…)"),
        ("further/divide.ipynb", "Exercise D.2", "Exercise 3.2", "expected Exercise D.2, not 3.2"),
        ("further/divide.ipynb", "**Exercise D.2.** Compute it.", "", "exercises, but it has 2"),
    ],
    "the_glossary_leads_to_where_a_word_is_explained": [
        (APPENDIX, "## 2. Look up a word", "## 2. Look it up", "expected entries under"),
        (APPENDIX, PRODUCT, "* **Product**: what one multiplies to.", "'* **Product**: what"),
        (APPENDIX, "**Product**", "**Power**", "lesson 01 does not have the word 'Power'"),
        (APPENDIX, "**Quotient**", "**Quote**", "divide.ipynb does not have the word 'Quote'"),
        (APPENDIX, "**Product**", "**Roduct**", "lesson 01 does not have the word 'Roduct'"),
        (APPENDIX, PRODUCT, f"{PRODUCT}\n{PRODUCT}", "'Product' is there twice"),
        (APPENDIX, "**Product**", "**Take**", "'Quotient' comes after 'Take'"),
        (
            "01_multiply.ipynb",
            "A **product** is",
            "No **sum** is a product",
            "lesson 01 has it in bold",
        ),
        (
            "01_multiply.ipynb",
            "A **product** is",
            "A **quotient** is",
            "'Quotient' leads to divide",
        ),
    ],
    "the_notation_is_that_of_lesson_00": [
        ("00_start.ipynb", "| symbol |", "| letter |", "expected a table"),
        (APPENDIX, "| inputs |", "| input |", "'| $x$ | `x` | (B, D) | inputs |' of lesson 00"),
        (APPENDIX, "\n| $z$ | `z` | (B, K) | outputs |", "", "'no line'"),
    ],
    "the_appendix_has_every_equation": [
        (APPENDIX, "$$z = x W \\tag{1.1}$$", "", "missing: 1.1"),
        (APPENDIX, "$$x = z / W \\tag{D.1}$$", "", "missing: D.1"),
        (APPENDIX, f"### {FURTHER}", "### Part", "of divide.ipynb, but stands under no lesson"),
        (APPENDIX, "\\tag{2.2}", "\\tag{2.3}", "of no lesson: 2.3"),
        (APPENDIX, "z = x W", "z = W x", "(1.1) is 'z = x W' in its lesson, but 'z = W x' here"),
        (
            APPENDIX,
            f"### Lesson {THIRD}",
            f"### Lesson {SECOND}",
            "of 02_add.ipynb, but stands under 01_mult",
        ),
        (
            APPENDIX,
            f"### Lesson {SECOND}",
            "### First",
            "(1.1) is of 01_multiply.ipynb, but stands",
        ),
        (
            APPENDIX,
            "$$s = \\sum_i x_i \\tag{2.1}$$\n\n$$t = s + 1 \\tag{2.2}$$",
            "$$t = s + 1 \\tag{2.2}$$\n\n$$s = \\sum_i x_i \\tag{2.1}$$",
            "order",
        ),
        (APPENDIX, "$$t = s", "$$z = x W \\tag{1.1}$$\n\n$$t = s", "order"),
    ],
}


def test_every_rule_has_something_planted_for_it():
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("rule_name", "file", "text", "instead", "words"),
    thinned([(name, *case) for name, cases in PLANTED.items() for case in cases]),
)
def test_what_is_planted_is_found(rule_name, file, text, instead, words):
    assert sum(text in source for source in RIGHT[file]) == 1
    changed = RIGHT | {file: [source.replace(text, instead) for source in RIGHT[file]]}
    rule = next(rule for rule in RULES if rule.__name__ == rule_name)
    found = [str(problem) for problem in rule(course_of(changed))]
    assert any(words in problem for problem in found), found


def test_a_lesson_that_is_missing_is_named():
    files = {name: sources for name, sources in RIGHT.items() if name != "01_multiply.ipynb"}
    assert "02_add.ipynb: expected a lesson 01 before or instead of it." in problems_of(
        course_of(files)
    )


def test_a_lesson_may_ask_first_what_one_still_knows_and_then_says_what_comes_back():
    asking = [
        source.replace("## 1.", f"## {RETRIEVAL}\n\n## 1.").replace(
            "**Next:**", "**Comes back:** sums.\n\n**Next:**"
        )
        for source in RIGHT["02_add.ipynb"]
    ]
    assert problems_of(course_of(RIGHT | {"02_add.ipynb": asking})) == []


def test_two_further_lessons_with_one_letter():
    files = RIGHT | {"further/derive.ipynb": RIGHT["further/divide.ipynb"]}
    words = "derive.ipynb: begins with the same letter as divide.ipynb."
    assert words in problems_of(course_of(files))


def test_a_further_lesson_needs_what_those_that_it_needs_need():
    further = [source.replace("01_multiply", "02_add") for source in RIGHT["further/divide.ipynb"]]
    course = course_of(RIGHT | {"further/divide.ipynb": further})
    needed = [lesson.path.name for lesson in course.needed_by(course.further[0])]
    assert needed == ["02_add.ipynb", "00_start.ipynb", "01_multiply.ipynb"]


def test_a_lesson_of_the_main_path_that_takes_more_than_an_hour_is_named():
    long = [source.replace("none.", "none. " + "word " * 6600) for source in RIGHT["02_add.ipynb"]]
    found = problems_of(course_of(RIGHT | {"02_add.ipynb": long}))
    assert any("takes 70 minutes; a lesson of the main path takes 60" in each for each in found)


# --- the real one ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course():
    return Course.read(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_course(rule, course):
    problems = [str(problem) for problem in rule(course)]
    assert not problems, "\n".join(problems)


def test_the_lessons_are_there(course):
    assert len(course.lessons) == LESSONS
    assert course.further and course.workbook
