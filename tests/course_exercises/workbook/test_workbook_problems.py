"""The workbook: its solutions, its slips, how its feedback fades, and what stands in its pages."""

import json
import re
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from wrong_answers_workbook import NOTATIONS, OTHERS, SLIPS

import course_nn as nn
from course_exercises.question import Kind, Question
from course_exercises.workbook import classes_and_skips as second
from course_exercises.workbook import paths_and_matrices as first
from course_exercises.workbook import shared_and_split as third
from course_exercises.workbook.problem import NO_HINTS, Problem
from course_nn.derivation_check.judgement import BLAMED, Verdict

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
TOPICS = {1: first, 2: second, 3: third}
QUESTIONS = [
    (part, name, question)
    for part, topic in TOPICS.items()
    for name, question in vars(topic).items()
    if isinstance(question, Question)
]
IDS = [f"{part}-{name}" for part, name, _ in QUESTIONS]
PROBLEMS = [question for *_, question in QUESTIONS if isinstance(question, Problem)]
FELLOWS = {1: first.fellow_1, 2: second.fellow_2, 3: third.fellow_3}


def by_number(problem: Problem) -> str:
    return f"{problem.number}"


def cells_of(part: int) -> list[dict]:
    (path,) = NOTEBOOKS.glob(f"workbook/{part}_*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def cell_of(part: int, name: str, question: Question) -> str:
    """The one cell in which the workbook asks it."""
    check = f"questions.{name}.check({question.answer})"
    (source,) = (c["source"] for c in cells_of(part) if check in c["source"])
    return source


def answer_of(question: Question, code: str):
    space: dict = {}
    exec(code, space)
    return space[question.answer]


def said_by(ask, capsys) -> str:
    capsys.readouterr()
    ask()
    return " ".join(capsys.readouterr().out.split())


# ------------------------------------------------------------------ solutions and cells


def test_there_are_twenty_problems_three_fellow_students_and_two_pairs():
    assert [problem.number for problem in PROBLEMS] == [*range(1, 21)]
    names = [name for _, name, _ in QUESTIONS]
    assert [name for name in names if not name.startswith("q")] == [
        *("line_1", "mended_1", "effect_1"),
        *("pair_1", "line_2", "mended_2", "effect_2"),
        *("pair_2", "line_3", "mended_3", "effect_3", "surprise"),
    ]


@pytest.mark.long
@pytest.mark.parametrize(("part", "name", "question"), QUESTIONS, ids=IDS)
def test_the_solution_is_right_and_says_why(part, name, question, capsys):
    kind, text = question.verdict(answer_of(question, question.code))
    assert kind is Kind.RIGHT, text
    said = said_by(question.solution, capsys)
    assert question.answer in said and (question.reasons or "mended" in name)
    assert " ".join(question.reasons.split()) in said


@pytest.mark.all
@pytest.mark.parametrize(("part", "name", "question"), QUESTIONS, ids=IDS)
def test_its_cell_asks_it_and_gives_nothing_away(part, name, question, capsys):
    """And it runs alone, as after a restart."""
    cell = cell_of(part, name, question)
    hints = f"\n# questions.{name}.hint()" in cell
    assert hints is (name != "q20") and f"\n# questions.{name}.solution()" in cell
    assert "not attempted yet" in said_by(lambda: exec(cell, {}), capsys)
    lines = f"{question.code}\nquestions.{name}.check({question.answer})"
    assert "Right. " in said_by(lambda: exec(f"{cell}\n{lines}", {}), capsys)


@pytest.mark.parametrize("problem", PROBLEMS, ids=by_number)
def test_the_given_lines_are_those_of_the_solution(problem):
    """What is open is ____; from problem 14 on nothing is given."""
    part = 1 if problem.number <= 6 else 2 if problem.number <= 12 else 3
    cell = cell_of(part, f"q{problem.number}", problem)
    given = re.search(r'my_lines = """\n(.*?)"""', cell, re.DOTALL)
    assert bool(given) is (problem.number not in (8, 10, 12, *range(14, 21)))
    shown = given[1].strip().splitlines() if given else []
    solution = problem.lines.strip().splitlines()
    assert not given or len(shown) == len(solution)
    for line, right in zip(shown, solution, strict=False):
        before, _, after = line.partition("____")
        assert right.replace(" ", "").startswith(before.replace(" ", "")), line
        assert after or "____" in line or line == right
    assert not given or "____" in given[1]


@pytest.mark.parametrize("part", TOPICS)
def test_the_stored_outputs_give_nothing_away(part):
    for cell in cells_of(part):
        for output in cell.get("outputs", []):
            if "check(" in cell["source"]:
                assert "not attempted yet. Fill in" in "".join(output["text"])
            else:
                assert "text/html" in output.get("data", {}) or cell["id"] == "w1-1-nudge"


def test_what_a_fellow_student_wrote_stands_in_the_page():
    for part, fellow in FELLOWS.items():
        lines = "\n".join(f"{i}  {line}" for i, line in enumerate(fellow.lines, start=1))
        assert any(f"```\n{lines}\n```" in cell["source"] for cell in cells_of(part))


@pytest.mark.parametrize("problem", PROBLEMS, ids=by_number)
def test_the_page_names_everything_that_is_in_the_network(problem):
    part = 1 if problem.number <= 6 else 2 if problem.number <= 12 else 3
    text, inside = "", False
    for cell in cells_of(part):
        if heading := re.match(r"## (\d*)", cell["source"]):
            inside = heading[1] == str(problem.number)
        text += cell["source"] if inside and cell["cell_type"] == "markdown" else ""
    graph = problem.network().graph
    for node in graph.everything:
        if node.width is not None or node in graph.inputs:
            assert re.search(rf"(?<![A-Za-z]){node.name}(?![a-z])", text), node.name


# ------------------------------------------------------------------ answers


@pytest.mark.all
@pytest.mark.parametrize(
    ("problem", "lines"), NOTATIONS, ids=[f"{p.number}-{i}" for i, (p, _) in enumerate(NOTATIONS)]
)
def test_other_notations_are_read(problem, lines):
    kind, text = problem.verdict(lines)
    assert kind is Kind.RIGHT, text


@pytest.mark.all
@pytest.mark.parametrize(("part", "name", "question"), QUESTIONS, ids=IDS)
def test_nothing_is_open_and_nonsense_is_refused(part, name, question):
    for nothing in (None, ...):
        assert question.verdict(nothing)[0] is Kind.OPEN
    for nonsense in (object(), "?", [], {}, 1j, float("nan"), lambda: 1, int, [[1], [2, 3]]):
        assert question.verdict(nonsense)[0] is Kind.WRONG, nonsense


SLIP_IDS = [f"{problem.number}-{wrong or 'without'}" for problem, _, wrong, _ in SLIPS]


def altered(problem: Problem, right: str, wrong: str) -> str:
    assert right in problem.lines
    return problem.lines.replace(right, wrong, 1)


@pytest.mark.long
@pytest.mark.parametrize(("problem", "right", "wrong", "kind"), SLIPS, ids=SLIP_IDS)
def test_a_slip_is_refused_and_named_as_far_as_the_stage_allows(
    problem, right, wrong, kind, capsys
):
    lines = altered(problem, right, wrong)
    said = said_by(lambda: problem.check(lines), capsys)
    assert re.search(r"\d of \d+ lines hold", said) and "Right" not in said
    hint = said_by(problem.hint, capsys)
    if problem.number <= 8:
        assert "does not hold" in said or "holds only for one example" in said
        assert kind.lower() in hint.lower()
    else:
        assert "does not hold" not in said and "only for one" not in said and "nudging" not in said
    if 9 <= problem.number <= 15:
        assert "the first line that does not hold is line" in hint
        assert kind.lower() in said_by(problem.hint, capsys).lower()
    if problem.number > 15:
        assert hint.split(":")[1].strip() in " ".join([*problem.hints, NO_HINTS])
        assert "line" not in hint.split(":")[0] and not re.search(r"line \d", hint)


def test_every_problem_has_its_usual_slips():
    counted = {number: 0 for number in range(1, 21)}
    for problem, *_ in SLIPS:
        counted[problem.number] += 1
    assert min(counted.values()) >= 2


@pytest.mark.all
@pytest.mark.parametrize(("question", "answer", "words"), OTHERS)
def test_other_wrong_answers_are_refused_with_a_reason(question, answer, words):
    kind, text = question.verdict(answer)
    assert kind is Kind.WRONG and words in " ".join(text.split())


def test_a_slope_that_is_only_named_is_not_enough():
    kind, text = first.q2.verdict(first.q2.lines.replace("(1 − h²)", "tanh′(a)"))
    assert kind is Kind.WRONG and "only names a derivative" in text


def test_lines_for_one_example_are_no_lines_for_many():
    lines = first.q5.lines
    assert first.q5.verdict(lines)[0] is Kind.RIGHT
    assert first.q6.verdict(lines)[0] is Kind.WRONG
    assert second.q10.verdict(first.q6.lines)[0] is Kind.WRONG, "rows are no columns"


@pytest.mark.parametrize("problem", PROBLEMS, ids=by_number)
def test_its_own_hints_come_where_no_line_is_wrong(problem, capsys):
    problem.check("z.grad = ____")
    hints = [said_by(problem.hint, capsys) for _ in problem.hints or [""]]
    for words in problem.hints or [NO_HINTS]:
        assert any(words in hint for hint in hints)
    assert (problem.number == 20) is (problem.hints == ())


def test_the_sections_that_hints_and_reasons_name_exist():
    texts = [text for *_, q in QUESTIONS for text in (*q.hints, q.reasons)]
    named = {m for text in texts for m in re.findall(r"[Ll]esson (\d\d), section (\d)", text)}
    assert len(named) >= 3
    for lesson, section in named:
        (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
        assert f"## {section}. " in path.read_text("utf-8"), (lesson, section)


# ------------------------------------------------------------------ fellow students, pairs


def there_and_back(problem, seed, rows):
    """Its network with random weights after Forward and Backward: the loss, and the random data."""
    rng, loss = np.random.default_rng(seed), problem.network()
    net = loss.graph
    for parameter in net.parameters:
        parameter.value = rng.normal(size=parameter.value.shape)
    data = {}
    for node in net.inputs:
        is_label = isinstance(node, nn.Labels)
        data[node.name] = (
            rng.integers(0, 4, rows) if is_label else rng.normal(size=(rows, node.width))
        )
    net.Forward(**data)
    net.Backward(loss)
    return loss, data


def gradients(fellow):
    """The values and gradients of its network by its lines in NumPy, and the right gradients."""
    loss, _ = there_and_back(fellow, seed=5, rows=32)
    net = loss.graph
    space = {node.name: node.value for node in net.everything} | {"B": 32}
    space["onehot"] = lambda y: np.eye(4)[y]
    space["softmax"] = lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    right = {node.name: node.grad for node in net.everything}
    for line in fellow.lines:
        name, _, side = line.partition(".grad = ")
        side = side.replace("⊙", "*").replace("−", "-").replace("²", "**2")
        code = re.sub(r"(\w+)\.grad", r"d_\1", side)
        code = re.sub(r"\b(\w+) \(1 -", r"\1 * (1 -", code).replace("* * (", "* (")
        space[f"d_{name}"] = eval(code, space)
    return space, right


@pytest.mark.all
@pytest.mark.parametrize("part", FELLOWS)
def test_exactly_one_line_of_a_fellow_student_is_wrong(part):
    fellow = FELLOWS[part]
    report = nn.check_derivation(fellow.network(), "\n".join(fellow.lines))
    blamed = [line.number for line in report.lines if line.verdict in BLAMED]
    assert blamed == [fellow.wrong]
    others = {line.verdict for line in report.lines if line.number != fellow.wrong}
    assert others <= {Verdict.HOLDS, Verdict.FOLLOWS, Verdict.MISSING}
    for number in range(1, len(fellow.lines) + 1):
        kind, _ = fellow.which.verdict(number)
        assert (kind is Kind.RIGHT) is (number == fellow.wrong)


def test_what_the_first_wrong_line_does():
    mine, right = gradients(first.fellow_1)
    assert np.allclose(mine["d_M"], right["M"]) and np.allclose(mine["d_R"], right["R"])
    assert not np.allclose(mine["d_A"], right["A"])
    turned = np.sign(mine["d_c"]) != np.sign(right["c"])
    assert np.array_equal(turned, mine["k"] < 0) and turned.any()
    ratio = mine["d_A"] / right["A"]
    assert ratio.max() / ratio.min() > 1.01 or ratio.min() < 0, "and by no single factor"


def test_what_the_second_wrong_line_does():
    mine, right = gradients(second.fellow_2)
    assert np.allclose(mine["d_U"], right["U"]) and np.allclose(mine["d_V"], right["V"])
    assert np.allclose(mine["d_c"] / right["c"], second.BATCH)


def test_what_the_third_wrong_line_does():
    mine, right = gradients(third.fellow_3)
    one, other = mine["x"].T @ mine["d_q"] / 32, mine["h"].T @ mine["d_k"] / 32
    assert np.allclose(other, mine["h"].T @ right["k"] / 32)
    assert not np.allclose(one, mine["x"].T @ right["q"] / 32)
    assert np.allclose(right["W"], (mine["x"].T @ right["q"] + mine["h"].T @ right["k"]) / 32)


# ------------------------------------------------------------------ the networks


def sigmoid(z):
    return 1 / (1 + anp.exp(-z))


def half_squares(z, t):
    return 0.5 * anp.sum((z - t) ** 2, axis=1)


def softmax(z):
    e = anp.exp(z)
    return e / anp.sum(e, axis=1, keepdims=True)


def entropy(z, y):
    return -anp.log(anp.sum(softmax(z) * anp.eye(4)[y], axis=1))


def length(z):
    return anp.sqrt(anp.sum(z**2, axis=1, keepdims=True))


# The loss of each example, by the formulas of the pages; the letters are those of the pages.
FORMULAS = {
    1: lambda x, w, y: half_squares(x @ w, y),
    2: lambda x, u, v, w, y: half_squares(sigmoid(anp.tanh(x @ u) @ v) @ w, y),
    3: lambda x, u, v, w, s, t: (
        half_squares(anp.tanh(x @ u) @ v, s) + half_squares(anp.tanh(x @ u) @ w, t)
    ),
    4: lambda x, u, v, w, y: half_squares(sigmoid(anp.tanh(x @ u) @ v) + anp.tanh(x @ u) @ w, y),
    5: lambda v, P, Q, R, t: half_squares(sigmoid(anp.tanh(v @ P) @ Q) @ R, t),
    6: lambda v, P, Q, R, t: half_squares(sigmoid(anp.tanh(v @ P) @ Q) @ R, t),
    7: lambda x, A, c, V, t: half_squares(anp.tanh(x @ A + c) @ V, t),
    8: lambda x, W, c, y: entropy(x @ W + c, y),
    9: lambda x, W, t: half_squares(softmax(x @ W), t),
    10: lambda x, A, C, E, t: half_squares(  # of columns, in which A.T stands where the book has A
        (E.T @ sigmoid(C.T @ anp.tanh(A.T @ x.T))).T, t
    ),
    11: lambda x, U, V, t: half_squares(sigmoid(anp.tanh(x @ U) @ V) + anp.tanh(x @ U), t),
    12: lambda x, U, V, t: half_squares(sigmoid(anp.tanh(x @ U) @ V + anp.tanh(x @ U)), t),
    13: lambda x, W, t: half_squares(anp.tanh(x @ W) @ W, t),
    14: lambda x, v, W, V, t: half_squares((sigmoid(x @ W) - sigmoid(v @ W)) @ V, t),
    15: lambda x, U, V, t: half_squares(
        anp.tanh(x @ U) + anp.einsum("bj,kj->bk", anp.tanh(x @ U), V), t
    ),
    16: lambda x, G, A, t: half_squares(
        sigmoid(x @ G) * anp.tanh(x @ A) + (1 - sigmoid(x @ G)) * x, t
    ),
    17: lambda x, U, A, C, t, y: (
        half_squares(anp.tanh(x @ U) @ A, t) + 0.25 * entropy(anp.tanh(x @ U) @ C, y)
    ),
    18: lambda x, W, V, t: half_squares(anp.concatenate([anp.tanh(x @ W), x], axis=1) @ V, t),
    19: lambda x, U, V, t: half_squares(
        (anp.tanh(x @ U) - anp.mean(anp.tanh(x @ U), axis=1, keepdims=True)) @ V, t
    ),
    20: lambda x, W, t: half_squares((x @ W) / length(x @ W), t),
}


@pytest.mark.parametrize("problem", PROBLEMS, ids=by_number)
def test_the_network_has_the_gradients_of_its_formula(problem):
    """By autograd, and by nudging."""
    loss, data = there_and_back(problem, seed=problem.number, rows=5)
    net = loss.graph
    weights = {parameter.name: parameter.value for parameter in net.parameters}
    formula = FORMULAS[problem.number]
    np.testing.assert_allclose(loss.value, formula(**data, **weights), rtol=1e-12)
    for parameter in net.parameters:

        def mean(value, name=parameter.name):
            return anp.mean(formula(**data, **{**weights, name: value}))

        by_autograd = grad(mean)(parameter.value)
        np.testing.assert_allclose(parameter.grad, by_autograd, rtol=1e-9, atol=1e-12)
    assert nn.check_gradients(loss, data).ok


def test_the_direct_path_passes_the_slope_in_problem_12_alone():
    for problem, passes in ((second.q11, False), (second.q12, True)):
        loss, _ = there_and_back(problem, seed=1, rows=5)
        node = {each.name: each for each in loss.graph.everything}
        direct = node["h"].grad - node["c"].grad @ node["V"].value.T
        r = node["r"]
        slope = r.value * (1 - r.value) if passes else 1.0
        np.testing.assert_allclose(direct, r.grad * slope)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_of_rows_of_length_one_stands_at_right_angles_to_the_weights(seed):
    rng = np.random.default_rng(seed)
    loss = third.q20.network()
    (W,) = loss.graph.parameters
    W.value = rng.normal(size=W.value.shape)
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    loss.graph.Forward(x=x, t=t)
    loss.graph.Backward(loss)
    assert abs((W.value * W.grad).sum()) < 1e-14 and np.abs(W.grad).max() > 1e-3
    before = loss.value
    W.value = 3 * W.value
    loss.graph.Forward(x=x, t=t)
    np.testing.assert_allclose(loss.value, before)
