"""What Python and NumPy say of a student's code comes in the words of the course.

They have no types for most of it, so their texts are read; here they raise each of them.
"""

import dis
import math
import re

import numpy as np
import pytest
from test_exercises import ASKED, answer_of

import course_nn as nn
from course_exercises import errors
from course_exercises.cases import Case, try_cases
from course_exercises.errors import explain_text
from course_exercises.question import Kind, Question, Wrong

# Of NumPy's words these are not the course's.
JARGON = re.compile(
    r"gufunc|ufunc '|core dimension|signature|broadcast|inhomogeneous|ellipsis|scalar index"
    r"|scalar variable|casting rule|dtype\(|ambiguous|concatenation axis|callable \w+ method"
)


def kept_arrays() -> dict:
    """A matrix of a graph, which cannot be written to, and what else the lines below use."""
    kept = np.zeros((2, 2))
    kept.flags.writeable = False
    return {"np": np, "math": math, "a": kept, "row": np.zeros(3), "two": lambda x, y: x + y}


def said_after(line: str) -> str:
    """What is said when this line stops."""

    def judge(line: str) -> str:
        exec(line, kept_arrays())
        return "it did not stop"

    kind, text = Question("Exercise 9.9", "line", judge, hints=[""], solution="").verdict(line)
    assert kind == Kind.WRONG, text
    return text


ENTRY_BY_ENTRY = [  # at *, and only there, a matrix product may be meant
    ("a * np.ones((3, 2))", "(2,2) and (3,2). * goes entry by entry; a matrix product is @."),
    ("row *= a", "(3,) and (2,2). *= goes entry by entry; a matrix product is @."),
    ("a + row", "two shapes do not fit: (2,2) and (3,). + goes entry by entry."),
    ("a - row", "(2,2) and (3,). - goes entry by entry."),
    ("a / row", "(2,2) and (3,). / goes entry by entry."),
    ("a ** row", "(2,2) and (3,). ** goes entry by entry."),
    ("row -= a", "(3,) and (2,2). -= goes entry by entry."),
    ("np.multiply(a, row)", "two shapes do not fit: (2,2) and (3,)."),
    ("np.dot(a, row)", "two shapes do not fit: (2,2) and (3,)."),
    ("np.ones((2, 3, 3)) @ np.ones((3, 3, 2))", "two shapes do not fit: (2,3,3) and (3,3,2)."),
]
STOPPED = [
    ("a.fill(1)", "changed in place"),
    ("np.add(a, 1, out=a)", "changed in place"),
    ("a.sort()", "changed in place"),
    ("a[0] = 1", "changed in place"),
    ("a -= 1", "changed in place"),
    ("a @ np.ones((1, 3))", "left factor has 2 columns, the right one 1 row."),
    ("2 @ a", "one factor of a product @ is a single number"),
    ("np.matmul(a, 2.0)", "one factor of a product @ is a single number"),
    ("2 @ 3", "@ takes two arrays."),
    ("row[:1] -= row", "comes out has the shape (3,), and does not fit into (1,)"),
    ("row[:] = np.ones(2)", "an array of shape (2,) does not fit into a place of shape (3,)."),
    ("row[0] = np.ones(2)", "one entry of an array takes one number"),
    ("np.array([[1, 2], [3]])", "the rows of an array need the same length"),
    ("np.stack([a, row])", "need the same shape"),
    ("np.vstack([a, row])", "need the same shape"),
    ("np.concatenate([a, row])", "need the same shape"),
    ("a.reshape(3, 1)", "into shape (3,1). Take the sizes from the arrays"),
    ("a[5]", "Take the sizes from the arrays, as in len(x)"),
    ("[0][5]", "index out of range. Take the sizes from the arrays"),
    ("a[0, 0, 0]", "A row x[b] has one axis"),
    ("row[0][1]", "a single number has no length, no entries"),
    ("a[1.0]", "an index is a whole number"),
    ("np.eye(2)[np.array([0.0, 1.0])]", "an index is a whole number"),
    ("a[np.array([True, False, True])]", "a mask of True and False"),
    ("a[[0, 1, 1], [0, 1]]", "go in pairs, and there are (3,) and (2,) of them."),
    ("row.sum(axis=1)", "Axes are counted from 0"),
    ("if a: pass", "want one True or False"),
    ("max(a, 0)", "want one True or False"),
    ("a > 0 and a < 1", "want one True or False"),
    ("{a: 1}", "the key of a dictionary"),
    ("x, y = a, a, a", "To the left of = stand more names, or fewer"),
    ("x, y, z = a.shape", "To the left of = stand more names, or fewer"),
    ("two(1)", "Compare what stands in its brackets"),
    ("two(1, 2, 3)", "Compare what stands in its brackets"),
    ("None - a", "There is a None: what a function without `return` gives"),
    ("a * None", "There is a None"),
    ("None[0]", "There is a None"),
    ("None.shape", "There is a None"),
    ("np.exp(None)", "there is a None"),
    ("np.exp('2')", "Leave out the quotes."),
    ("a + '2'", "Leave out the quotes."),
    ("i = np.array([1, 2]); i -= 0.5", "Make it with dtype=float."),
    ("h1 + 1", "name 'h1' is not defined. A function knows its arguments"),
    ("exec('np.ones(2)', {})", "name 'np' is not defined. Write import numpy as np"),
    ("def late(): n = n + 1\nlate()", "its own everywhere in it"),
    ("def again(): again()\nagain()", "calls itself without end"),
    ("a.sum / 2", "round brackets behind its name"),
    ("a.sum[0]", "round brackets behind its name"),
    ("two / 2", "round brackets behind its name"),
    ("n = 2; n(3 + 1)", "Is a * or an @ missing"),
    ("a(2)", "Is a * or an @ missing"),
    ("[1.0, 2.0] - [1.0, 1.0]", "Make an array"),
    ("0.5 * [1.0, 2.0]", "Make an array"),
    ("[[1.0]].T", "Make an array"),
    ("-[1.0]", "Make an array"),
    ("[[1]][0, 0]", "A list takes one whole number"),
    ("range(4 / 2)", "write 4 // 2"),
    ("np.zeros(4 / 2)", "write 4 // 2"),
    ("np.max(np.ones(3), 1e-8)", "np.maximum takes two"),
    ("range(a)", "one whole number is needed"),
    ("len(2.0)", "A single number has no length"),
    ("for x in np.float64(2): pass", "A single number has no length"),
    ("n = 2.0; n[0]", "A single number has no length"),
    ("a ^ 2", "TypeError: ^ is no power in Python; write **."),
    ("0.5 ^ 2", "TypeError: ^ is no power in Python; write **."),
    ("math.exp(a)", "the functions of math take one number; np.exp"),
    ("1 / 0", "your code stopped with ZeroDivisionError: division by zero"),
]


@pytest.mark.parametrize(("line", "words"), [*ENTRY_BY_ENTRY, *STOPPED])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_what_numpy_says_is_put_into_the_words_of_the_course(line, words):
    said = said_after(line)
    assert words in said
    assert not JARGON.search(said), said


@pytest.mark.parametrize(("line", "words"), ENTRY_BY_ENTRY)
def test_a_matrix_product_is_spoken_of_only_where_one_was_tried(line, words):
    assert ("a matrix product is @" in said_after(line)) == ("*" in line and "**" not in line)


def test_a_product_of_a_function_is_seen_where_it_stands():
    """The operator is that of the line that stopped, not of the one that called it."""
    called = "def f(x, y): return x {} y\nz = 2 {} f(a, row)"
    assert "+ goes entry by entry." in said_after(called.format("+", "*"))
    assert "* goes entry by entry; a matrix" in said_after(called.format("*", "+"))


@pytest.mark.parametrize(
    ("line", "operator"), [("np.ones(3)[7]", ""), ("np.ones(3) * np.ones(2)", "*")]
)
def test_an_index_is_no_operator_from_python_3_14_on_either(monkeypatch, line, operator):
    """There it is compiled to what an operator is compiled to, called "[]"."""
    as_before = dis.get_instructions

    def as_in_3_14(code):
        for step in as_before(code):
            is_index = step.opname == "BINARY_SUBSCR"
            yield step._replace(opname="BINARY_OP", argrepr="[]") if is_index else step

    monkeypatch.setattr(dis, "get_instructions", as_in_3_14)
    try:
        exec(line, {"np": np})
    except (IndexError, ValueError) as error:
        assert errors._operator(error) == operator


def test_it_is_said_too_where_a_function_is_tried_on_several_cases():
    case = Case({"x": np.ones((3, 2)), "W": np.ones((4, 2))}, np.ones((3, 4)), {})
    with pytest.raises(Wrong, match=r"\(3,2\) and \(4,2\)\. \* goes entry by entry; a matrix"):
        try_cases(lambda x, W: x * W, [case])
    with pytest.raises(Wrong, match=r"- goes entry by entry\.$"):
        try_cases(lambda x, W: x - W, [case])


FUNCTIONS = [
    pytest.param(question, id=f"{lesson}-{name}")
    for lesson, name, question in ASKED
    if question.code.startswith("def ")
]


@pytest.mark.parametrize("question", FUNCTIONS)
def test_every_question_on_a_function_says_so_in_these_words(question):
    """The solution of each, with a first line that stops: no question has words of its own."""
    head, body = question.code.split("\n", 1)
    for line, words in (
        ("np.ones((2, 3)) * np.ones((3, 2))", "* goes entry by entry; a matrix product is @."),
        ("2.0 @ np.ones((2, 2))", "one factor of a product @ is a single number"),
        ("1 if np.ones(2) else 2", "want one True or False"),
        ("np.ones(2) - None", "There is a None"),
    ):
        code = f"{head}\n    {line}\n{body}"
        kind, said = question.verdict(answer_of(question, code))
        assert kind == "wrong" and words in said and not JARGON.search(said), said


def test_where_a_homework_stopped_is_said_too():
    place = " (line 3 of the cell with f)"
    shapes = "operands could not be broadcast together with shapes (2,2) (3,) "
    for error, text in (("ValueError", shapes), ("TypeError", "unhashable type: 'list'")):
        assert f"{place}" in explain_text(error, text + place)
    assert "two shapes do not fit: (2,2) and (3,)." in explain_text("ValueError", shapes + place)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("KeyError", "read-only, not aligned, operands could not be broadcast, NoneType"),
        ("ValueError", "x needs rows of examples, shape (B, 2); got one example of shape (2,)."),
        ("ValueError", "my own words"),
        ("ValueError", "operands could not be broadcast, not aligned"),
        ("ValueError", "non-broadcastable output operand with shape (1,)"),
        ("ValueError", "could not broadcast input array"),
        ("IndexError", "indexing arrays"),
        ("ValueError", ""),
    ],
)
def test_other_words_stay_as_they_are(error, text):
    assert explain_text(error, text) == f"your code stopped with {error}: {text}"


def test_what_the_module_says_stays_as_it_is():
    net = nn.two_hidden_layer_network(2, 3, 2, 2, seed=1)
    for wrong in (lambda: net.graph.parameters[0] * 2, lambda: net.graph.Forward(x=[1.0, 2.0])):
        with pytest.raises((TypeError, ValueError)) as raised:
            wrong()
        error, text = type(raised.value).__name__, str(raised.value)
        assert explain_text(error, text) == f"your code stopped with {error}: {text}"
