"""Reading notebooks: whatever is in the file, cells come out or a reason does."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_grading.intake.notebook import (
    MAX_CELLS,
    MAX_SOURCE,
    MAX_WRITTEN,
    Cell,
    Notebook,
    Unreadable,
    read,
)
from course_grading.marking import assignments, handout


def as_bytes(cells: Any, **more: Any) -> bytes:
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


def code(source: Any, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": []}


def test_kinds_sources_ids_and_tags():
    notebook = read(
        as_bytes(
            [
                code(["a = 1\n", "b = 2"], tags=["given"], nbgrader={"grade_id": "hw1-q1"}),
                {"cell_type": "markdown", "source": "text", "metadata": {}},
                {"cell_type": "raw", "source": "r", "metadata": {}},
            ]
        )
    )
    assert notebook == Notebook(
        (
            Cell("code", "a = 1\nb = 2", "hw1-q1", ("given",)),
            Cell("markdown", "text"),
            Cell("raw", "r"),
        )
    )


def test_the_same_cell_twice_and_the_same_ids_are_fine():
    cell = {**code("x = 1", nbgrader={"grade_id": "q"}), "id": "same"}
    assert len(read(as_bytes([cell, cell])).cells) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t\0", "the file is empty"),
        (b"{\n\n oops", r"not valid JSON \(line 3\)"),
        (as_bytes([code("x")])[:-5], "not valid JSON"),
        (as_bytes([code("x")]) + b"}", "not valid JSON"),
        (b"PK\x03\x04", "not valid JSON"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n]}', r"merge conflict .*line 2"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "git lfs pull"),
        (b"\n<!DOCTYPE html>\n<html><title>Notebook</title>", r"web page \(HTML\)"),
        (b"<html><form><input type='password'></form>", "asks to log in"),
        (b"<!doctype html><title>Sign in to your account</title>", "asks to log in"),
        (b"\x89PNG\r\n\xff", r"not a text in UTF-8 \(line 1\)"),
        ('{"cells": "é"}'.encode("latin-1"), "not a text in UTF-8"),
        (b"\xff\xfe\x00", "neither UTF-8 nor UTF-16"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b"1" * 5000, "not an object"),
        (b"NaN", "not an object"),
        (b"{}", "no list of cells"),
        (b'{"cells": {}}', "no list of cells"),
        (b'{"cells": null, "worksheets": 3}', "no list of cells"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"cells": [' + b"{}," * 1_000_001 + b"{}]}", "lists and objects"),
        (as_bytes([{}] * (MAX_CELLS + 1)), "it has 5,001 cells"),
    ],
)
def test_unreadable(content, reason):
    with pytest.raises(Unreadable, match=reason):
        read(content)


def test_byte_order_marks():
    content = as_bytes([code("x = 'é'")])
    assert read(b"\xef\xbb\xbf" + content) == read(content)
    utf16 = read(content.decode().encode("utf-16"))
    assert utf16.cells == read(content).cells
    assert "UTF-16" in utf16.notes[0]


def test_numbers_that_python_refuses_do_no_harm():
    digits = b"1" * 5000
    content = b'{"cells": [], "nbformat": %s, "a": -%s, "b": NaN, "c": -Infinity, "d": 1e999}'
    assert read(content % (digits, digits)).cells == ()


def test_the_last_of_two_equal_keys_counts_as_in_jupyter():
    assert read(b'{"cells": 3, "cells": [{"cell_type": "code", "source": "x"}]}').cells


def test_older_formats():
    third = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": []},
                    {"cell_type": "heading", "level": 1, "source": "Title"},
                ]
            },
            "nonsense",
            {"cells": 3},
        ],
    }
    notebook = read(json.dumps(third).encode())
    assert [(c.kind, c.source) for c in notebook.cells] == [
        ("code", "x = 1\ny = 2"),
        ("markdown", "Title"),
    ]
    assert "older format" in notebook.notes[0]
    first = read(as_bytes([{"cell_type": "code", "code": "z = 3"}, {"cell_type": "text"}]))
    assert first.cells[0].source == "z = 3"


def test_whatever_is_in_a_cell_the_others_are_read():
    odd: list[Any] = [
        3,
        None,
        [],
        {},
        {"cell_type": 7, "source": {"a": 1}},
        {"cell_type": "code", "source": ["a", 1, None, "b"], "metadata": 3},
        {"cell_type": "code", "source": "c", "metadata": {"nbgrader": [], "tags": 3}},
        {"cell_type": "code", "source": "d", "metadata": {"tags": [1, "t"]}},
        {"cell_type": "code", "source": "e", "metadata": {"nbgrader": {"grade_id": 5}}},
        {"outputs": [], "source": "f"},
        {"cell_type": "code"},
        {"cell_type": "code", "source": "lone \ud800 \udfff, whole \U0001f600"},
        {"cell_type": "code", "source": "a\r\nb\rc"},
    ]
    notebook = read(as_bytes(odd, metadata=[1, 2]))
    assert [c.source for c in notebook.cells if c.kind == "code"] == [
        "ab",
        "c",
        "d",
        "e",
        "f",
        "",
        "lone \ufffd \ufffd, whole \U0001f600",
        "a\nb\nc",
    ]
    assert notebook.cells[4].tags == ("t",)
    assert all(cell.grade_id is None for cell in notebook.cells)
    assert "Cell 1 is not a cell and was left out." in notebook.notes


def test_notes_are_few():
    assert len(read(as_bytes([3] * 1000)).notes) == 21


@pytest.mark.parametrize(
    ("metadata", "note"),
    [
        ({"kernelspec": {"language": "R", "name": "ir"}}, "written in R;"),
        ({"language_info": {"name": "julia"}}, "written in julia;"),
        ({"kernelspec": {"language": "\x1b[31m<b>"}}, r"written in 31mb;"),
    ],
)
def test_another_language_is_noted(metadata, note):
    assert note in read(as_bytes([code("x")], metadata=metadata)).notes[0]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"language": "python", "name": "my-environment"}},
        {"kernelspec": {"name": "no-such-kernel"}, "language_info": {"name": "ipython"}},
        {"kernelspec": 3, "language_info": []},
    ],
)
def test_a_wrong_kernel_name_is_no_matter(metadata):
    assert read(as_bytes([code("x")], metadata=metadata)).notes == ()


def test_no_code_cell_is_noted():
    assert read(as_bytes([])).notes == ("There is no code cell.",)


def test_huge_cells():
    long = "x" * (MAX_SOURCE + 1)
    notebook = read(
        as_bytes([code(long), code("y = 1"), {"cell_type": "markdown", "source": long}])
    )
    assert [len(cell.source) for cell in notebook.cells] == [0, 5, MAX_SOURCE]
    assert len(notebook.notes) == 2


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("cells", "worksheets", "source", "input", "metadata", "cell_type", "tags"),
                    *("nbgrader", "grade_id", "outputs", "kernelspec", "language", "code", "text"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@pytest.mark.all
@given(st.binary(max_size=300) | anything.map(lambda data: json.dumps(data).encode()))
def test_anything_is_read_or_unreadable(content):
    try:
        notebook = read(content)
    except Unreadable as error:
        assert str(error)
    else:
        notebook.written("q", 1)
        notebook.written("q", 1, HANDED_OUT)
        for cell in notebook.cells:
            assert isinstance(cell.source, str)
            cell.source.encode()


@pytest.mark.all
@given(st.lists(anything, max_size=4), anything)
def test_anything_as_cells_is_read(cells, metadata):
    content = json.dumps({"cells": cells, "metadata": metadata}).encode()
    notebook = read(content)
    assert len(notebook.cells) == sum(isinstance(cell, dict) for cell in cells)


# --------------------------------------------------------------------------- written answers


def written(*cells: Cell) -> str | None:
    return Notebook(cells).written("hw1-q5", 5)


def test_the_cell_with_the_id_is_the_answer_whatever_its_kind():
    for kind in ("markdown", "code", "raw"):
        assert written(Cell(kind, "because", "hw1-q5")) == "because"


@pytest.mark.parametrize(
    "heading",
    [
        "**Answer to question 5.**",
        "Answer to question 5",
        "### answer to Question 5:",
        "# Answer to question 5",
        "some words before\n\n> __Answer to question 5__",
    ],
)
def test_a_cell_that_says_which_question_it_answers(heading):
    answer = written(Cell("markdown", f"{heading}\n\nbecause 5 > 4"))
    assert answer is not None
    assert answer.endswith("because 5 > 4")
    assert "nswer to" not in answer


@pytest.mark.parametrize(
    "cell",
    [
        Cell("markdown", "YOUR ANSWER HERE", "hw1-q5"),
        Cell("markdown", "**Answer to question 5.**\n\nYOUR ANSWER HERE", "hw1-q5"),
        Cell("markdown", "**Answer to question 5.**\n\n**Your answer here.**"),
        Cell("code", "# Answer to question 5\n# YOUR ANSWER HERE"),
        Cell("markdown", "", "hw1-q5"),
        Cell("markdown", "**Answer to question 5.**\n\n-"),
        Cell("markdown", "Answer to question 55: because"),
        Cell("markdown", "See my answer to question 5."),
        Cell("markdown", "because", "hw1-q6"),
    ],
)
def test_no_answer(cell):
    assert written(cell) is None


def test_an_answer_beside_the_placeholder():
    assert written(Cell("markdown", "YOUR ANSWER HERE\nbecause", "hw1-q5")) == "because"


def test_all_that_was_written_counts_once_in_the_order_of_the_notebook():
    first, second = Cell("markdown", "one", "hw1-q5"), Cell("markdown", "two", "hw1-q5")
    empty = Cell("markdown", "YOUR ANSWER HERE", "hw1-q5")
    headed = Cell("markdown", "Answer to question 5: three")
    assert written(first, second, empty, headed) == "one\n\ntwo\n\nthree"
    assert written(headed, empty, first, first) == "three\n\none"
    assert written(empty, headed) == "three"


Q4 = Cell("markdown", "## Question 4: Count (5 points)\n\nHow many?")
A4 = Cell("markdown", "**Answer to question 4.**\n\nYOUR ANSWER HERE", "hw1-q4")
Q5 = Cell("markdown", "## Question 5: Explain (5 points)\n\n1. Why?\n2. What for?")
A5 = Cell("markdown", "**Answer to question 5.**\n\nYOUR ANSWER HERE", "hw1-q5")
Q6 = Cell("markdown", "## Question 6: Write (5 points)\n\nWrite `f`.")
END = Cell("markdown", "## Before you hand in\n\nRestart the kernel.")
HANDED_OUT = frozenset(cell.source for cell in (Q4, A4, Q5, A5, Q6, END))


def added(*cells: Cell) -> str | None:
    return Notebook(cells).written("hw1-q5", 5, HANDED_OUT)


def md(source: str, grade_id: str | None = None) -> Cell:
    return Cell("markdown", source, grade_id)


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        ((Q4, A4, Q5, A5, md("because"), Q6), "because"),
        ((Q4, A4, Q5, md("because"), A5, Q6), "because"),
        ((Q4, A4, Q5, md("because"), Q6), "because"),  # the answer cell is deleted
        ((Q4, A4, Q6, Q5, Cell("raw", "because"), END), "because"),  # moved
        ((Q5, md("in it", "hw1-q5"), md("and below"), Q6), "in it\n\nand below"),
        ((Q5, md("above"), md("in it", "hw1-q5"), Q6), "above\n\nin it"),
        ((Q5, md("**Answer to question 5.**\n\nin it", "hw1-q5"), md("in it"), Q6), "in it"),
        ((md(Q5.source + "\n\nbecause"), A5, Q6), "because"),  # written below the question
        (
            (md("## Question 5: Explain\n\n1. Why?\n*because*\n2. What for?\n*for you*"), A5, Q6),
            "*because*\n*for you*",
        ),
        ((Q5, A5, md("## Question 5, my answer\n\nbecause"), Q6), "because"),
        ((Q5, A5, END, md("because")), "because"),
        ((Q5, A5, md("because\n\nYOUR ANSWER HERE"), Q6), "because"),
    ],
)
def test_what_a_student_added_below_the_question_is_the_answer(cells, answer):
    assert added(*cells) == answer


@pytest.mark.parametrize(
    "cells",
    [
        (Q4, A4, Q5, A5, Q6, END),
        (Q5, A5, md("**Answer to question 5.**"), Q6),
        (Q5, A5, md("YOUR ANSWER HERE"), md(" \n"), md("---"), Q6),
        (Q5, A5, END),
        (Q5, A5, md("## Before you hand in")),
        (Q5, A5, Cell("code", "# because\nx = 1"), Q6),
        (Q5, A5, Q6, md("a remark on question 6")),
        (md("a remark on top"), Q4, A4, md("four"), Q5, A5, Q6),
        (Q4, Cell("code", "# ## Question 5"), md("four"), Q5, A5),
        (Q5, A5, md("**Answer to question 4.**\n\nfour", "hw1-q4"), Q6),
        (Q5, A5, md("**Answer to question 4.**\n\nfour"), Q6),
        (Q5, A5, md("## Question 55\n\nno"), Q6),
    ],
)
def test_what_was_handed_out_or_belongs_elsewhere_is_no_answer(cells):
    assert added(*cells) is None


def test_without_the_texts_of_the_student_version_nothing_is_taken_for_added():
    assert written(Q5, A5, md("because"), Q6) is None


def test_in_the_true_homework_no_text_is_taken_for_an_answer():
    for name in ("hw1", "hw2", "hw3", "hw4"):
        notebook = read((handout.STUDENT_VERSIONS / f"{name}.ipynb").read_bytes())
        texts = handout.load(name).texts
        for number in (7, 8):
            assert notebook.written(f"{name}-q{number}", number, texts) is None
        at = [cell.grade_id for cell in notebook.cells].index(f"{name}-q7")
        cells = (*notebook.cells[: at + 1], md("because"), *notebook.cells[at + 1 :])
        assert Notebook(cells).written(f"{name}-q7", 7, texts) == "because"
        assert Notebook(cells).written(f"{name}-q8", 8, texts) is None


def test_each_check_of_the_true_homework_is_known_and_each_answer_has_a_right_one():
    for name in ("hw1", "hw2", "hw3", "hw4"):
        given = handout.load(name)
        answers = assignments.load(name).answers
        assert [answer for each in given.checks.values() for answer in each] == answers
        assert given.checks.keys() <= given.shows
        assert set(given.right) == set(answers)
        assert not any("SOLUTION" in code for code in given.right.values())


MARKS = ["\n \n", " ", "#", "> ", "\n", "# ", "\n#", "*_", "Answer to question 5 "]


def assert_grows_with(size: int, work) -> None:
    """Four times as much takes about four times as long, and not sixteen times.

    No time by itself is asserted: processors differ, and others use them too.
    """

    def seconds(size: int) -> float:
        before = time.process_time()
        work(size)
        return time.process_time() - before

    small, large = (min(seconds(each) for _ in range(2)) for each in (size // 4, size))
    assert large < 9 * small + 0.1


@pytest.mark.long
def test_what_grows_with_the_square_is_noticed():
    with pytest.raises(AssertionError):
        assert_grows_with(6_000, lambda n: sum(1 for _ in range(n) for _ in range(n)))


@pytest.mark.parametrize("mark", MARKS, ids=repr)
@pytest.mark.long
def test_a_huge_text_takes_no_time(mark):
    """The search in long cells holds up all who are graded."""

    def read(size):
        cells = (Q5, *[md(mark * (size // len(mark)))] * 18, Q6, Cell("code", "#" * size))
        for number in (5, 6):
            Notebook(cells).written(f"hw1-q{number}", number, HANDED_OUT)

    assert_grows_with(80_000, read)


def test_very_many_texts_take_no_time():
    def cells(number):
        return (Q5, *(md("x" * 3_700 + str(i)) for i in range(number)), Q6)

    assert_grows_with(4_900, lambda number: added(*cells(number)))
    answer = added(*cells(4_900))
    assert answer is not None and len(answer) == MAX_WRITTEN and "cut here" in answer


def test_an_answer_far_down_in_a_long_notebook_is_found():
    long = [Cell("code", "x = 1\n" * 3_000)] * 50
    assert added(*long, Q5, md("because"), Q6) == "because"
    assert added(*long, md("**Answer to question 5.**\n\nbecause", "hw1-q5")) == "because"


def test_a_long_answer_is_cut_and_control_characters_are_left_out():
    answer = written(Cell("markdown", "x" * 50_000, "hw1-q5"))
    assert answer is not None
    assert len(answer) == MAX_WRITTEN
    assert "cut here" in answer
    assert written(Cell("markdown", "a\x1b[31m\u202eb\n\tc", "hw1-q5")) == "a[31mb\n\tc"


def test_printed_brackets_are_no_lists():
    output = {"output_type": "stream", "name": "stdout", "text": "[{" * 1_000_000 + '"\\"'}
    content = as_bytes([{**code("x = 1"), "outputs": [output]}])
    assert [cell.source for cell in read(content).cells] == ["x = 1"]
    with pytest.raises(Unreadable, match="more than 1,000,000 lists"):
        read(as_bytes([code("x = 1")], more=[[]] * 1_000_001))


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
JPEG = b"\xff\xd8\xff" + b"x"


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_pictures_of_a_written_answer():
    mine = {
        "a.png": {"image/png": in_base64(PNG)},
        "b.jpg": {"image/jpeg": [in_base64(JPEG)[:4] + "\n", in_base64(JPEG)[4:]]},
        "c.svg": {"image/svg+xml": in_base64(b"<svg onload='x'/>")},
        "d.png": {"image/png": in_base64(b"<html>")},
        "e.png": {"image/png": "no base64 !"},
        "f.png": {"image/png": "A" * 2_000_001},
        "g.png": {"image/png": 3},
        "h": 4,
    }
    answer = {
        "cell_type": "markdown",
        "source": "![a](attachment:a.png)",
        "metadata": {"nbgrader": {"grade_id": "hw1-q7"}},
        "attachments": mine,
    }
    other = {**answer, "metadata": {}, "source": "# Title"}
    notebook = read(as_bytes([other, answer, {**code("x = 1"), "attachments": mine}]))
    found = notebook.pictures("hw1-q7", 7)
    assert [(p.name, p.kind, base64.b64decode(p.content)) for p in found] == [
        ("a.png", "image/png", PNG),
        ("b.jpg", "image/jpeg", JPEG),
    ]
    assert notebook.pictures("hw1-q8", 8) == ()
    assert read(as_bytes([{**answer, "attachments": [1]}])).pictures("hw1-q7", 7) == ()
