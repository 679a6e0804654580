"""Text to formulas: the notations that are read, and what is said of those that are not."""

import subprocess
import sys

import pytest
from tiers import thinned

import course_nn as nn
from course_nn.derivation_check.judgement import BLAMED, Verdict
from course_nn.derivation_check.parsing import LONGEST_LINE, parser
from course_nn.derivation_check.statement import Reason
from course_nn.derivation_check.typed_lines import LONGEST_TEXT, MOST_LINES


@pytest.fixture(scope="module")
def net():
    return nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error")


@pytest.fixture(scope="module")
def classes():
    return nn.two_hidden_layer_network(5, 4, 3, 2, activation="tanh", bias=True)


def only_line(net, text, **options):
    lines = nn.check_derivation(net.loss, text, **options).lines
    return next(line for line in lines if line.number is not None)


START = [
    "z3.grad = z3 - y",
    "δ3 = z3 − y",
    "δ₃ = z₃ - y",
    "δ_3 = z_3 – y",
    "δ_{3} = z_{3} - y",
    "delta3 = z3 - y",
    "delta_3 = z3-y",
    "∂L/∂z3 = z3 - y",
    "∂L / ∂z₃ = z3 − y",
    "dL/dz3 = z3 - y",
    "dz3 = z3 - y",
    "∇z3 = z3 - y",
    "∂L/∂z3 = δ3 = z3 − y",
    "δ_z3 = z3 - y",
    "𝛿3 = z3 - y",
    "δ3 := z3 - y",
    "δ3 = -(y - z3)",
    "δ3 = (z3 - y)",
    "δ3 = -y + z3",
    "δ3 = z3 + -y",
    "δ3 = z3 − − z3 + − y − z3",
    "1. δ3 = z3 - y",
    "  δ3   =   z3 - y.",
    "δ3 = z3 - y  # the start",
    "δ3 = 1 (z3 - y)",
    "δ3 = loss.grad[:, None] * (z3 - y)",
    "loss.grad = 1 for each example; z3.grad = loss.grad * (z3 - y)",
    "z3.grad = 2 * 0.5 * (z3 - y)",
    "δ3 = ½ · 2 · (z3 − y)",
    "δ3 = (z3² − y²) / (z3 + y)",
    "δ3\n   = z3\n   - y",
    "δ₃ = z₃ − у",  # a Cyrillic у
]


@pytest.mark.parametrize("text", thinned(START))
def test_the_start_in_many_notations(net, text):
    lines = nn.check_derivation(net.loss, text).lines
    assert {line.verdict for line in lines if line.number} == {Verdict.HOLDS}


BACK = [
    "h2.grad = δ3 @ W3.T",
    "h2.grad = δ3 W3ᵀ",
    "h2.grad = δ3·W3ᵀ",
    "h2.grad = δ3 · W3^T",
    "h2.grad = δ3 W_3^⊤",
    "h2.grad = δ3 W_{3}^{T}",
    "h₂.grad = δ₃ W₃ᵀ",
    "h2.grad = (W3 δ3ᵀ)ᵀ",
    "h2.grad = (W3 @ δ3.T).T",
    "h2.grad = np.dot(δ3, W3.T)",
    "h2.grad = np.matmul(δ3, np.transpose(W3))",
    "h2.grad = δ3.dot(W3.T)",
    "h2.grad = δ3 @ W3.transpose()",
    "∂L/∂h2 = δ3 W3ᵀ",
    "δ_h2 = δ3 W3ᵀ",
    "δ_{h2} = δ3 W3ᵀ",
    "h2.grad = δ3 × W3ᵀ",
    "dh2 = δ3 @ W3.T",
]


@pytest.mark.parametrize("text", thinned(BACK))
def test_the_way_back_in_many_notations(net, text):
    assert only_line(net, text).verdict is Verdict.HOLDS


SLOPE = [
    "δ2 = (δ3 W3ᵀ) ⊙ f′(z2)",
    "δ2 = (δ3 W3ᵀ) * f'(z2)",
    "δ2 = f’(z₂) ⊙ δ3 W3ᵀ",
    "δ2 = (δ3 W3ᵀ) σ′(z2)",
    "δ2 = (δ3 W3ᵀ) ∘ sigmoid'(z2)",
    "δ2 = (δ3 @ W3.T) * sigmoid_prime(z2)",
    "δ2 = (δ3 @ W3.T) * slope_of_sigmoid(z2)",
    "δ2 = (δ3 W3ᵀ) ⊙ h2 (1 − h2)",
    "δ2 = (δ3 W3ᵀ) ⊙ h2 ⊙ (1 − h2)",
    "δ2 = (δ3 W3ᵀ) · h2 · (1 − h2)",
    "δ2 = (δ3 @ W3.T) * h2 * (1 - h2)",
    "δ2 = (δ3 @ W3.T) * (h2 - h2**2)",
    "δ2 = (δ3 @ W3.T) * (h2 - h2²)",
    "δ2 = (δ3 @ W3.T) * (h2 − h2^2)",
    "δ2 = (δ3 @ W3.T) * σ(z2) (1 − σ(z2))",
    "δ2 = (δ3 @ W3.T) * f(z2) (1 − f(z2))",
    "δ2 = (δ3 @ W3.T) * np.exp(-z2) / (1 + np.exp(-z2))**2",
    "δ2 = h2 (1 − h2) ⊙ δ3 W3ᵀ",
    "δ2 = h2 ⊙ (1 − h2) ⊙ (δ3 W3ᵀ)",
    "δ2 = [(δ3 W3ᵀ), x][:, :H2] ⊙ f'(z2)",
    "δ2 = (1[z2 > 0] + (z2 <= 0)) (δ3 W3ᵀ) f'(z2)",
    "s = h2 (1 − h2)\nδ2 = (δ3 W3ᵀ) ⊙ s",
    "δ2 = back ⊙ s\nback = δ3 W3ᵀ\ns = f'(z2)",
    "δ2 = ∂L/∂h2 ⊙ f′(z2) = (δ3 W3ᵀ) ⊙ h2 ⊙ (1 − h2)",
]


@pytest.mark.parametrize("text", thinned(SLOPE))
def test_the_slope_in_many_notations(net, text):
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert {line.verdict for line in lines} <= {Verdict.HOLDS, Verdict.STEP}
    assert any(line.verdict is Verdict.HOLDS for line in lines)


WEIGHTS = [
    "W3.grad = h2.T @ δ3 / B",
    "W3.grad = h2ᵀ δ3 / B",
    "W3.grad = 1/B h2ᵀ δ3",
    "W3.grad = (1/B) h2ᵀ δ3",
    "W3.grad = 1/B * h2.T @ δ3",
    "W3.grad = B⁻¹ h2ᵀ δ3",
    "W3.grad = h2ᵀ (δ3 / B)",
    "∂J/∂W3 = 1/B Σ_b h2ᵀ δ3",
    "∂J/∂W₃ = 1/B ∑_b h2_bᵀ δ3_b",
    "∂J/∂W3 = 1/B Σ_{b} h_{2,b}ᵀ δ_{3,b}",
    "∂J/∂W3 = 1/B Σ_b h2[b].T @ δ3[b]",
    "∂J/∂W3 = 1/B Σ h2ᵀ δ3",
    "W3.grad = mean_b(h2ᵀ δ3)",
    "W3.grad = h2ᵀ δ3 / len(x)",
    "W3.grad = h2ᵀ δ3 / x.shape[0]",
    "∇W3 = h2ᵀ δ3 / B",
    "W3.grad = (δ3ᵀ h2)ᵀ / B",
    "W3.grad = h2.T @ δ3\nW3.grad = W3.grad / B",
    "W3.grad = h2.T @ δ3\nW3.grad /= B",
    "W3.grad = h2.T @ δ3\nW3.grad *= 1/B",
    "∂L/∂W3 = h2ᵀ δ3",
    "dW3 = h2.T @ delta3",
    "∂J/∂z3 = (z3 − y) / B\nW3.grad = h2ᵀ ∂J/∂z3",
]


@pytest.mark.parametrize("text", thinned(WEIGHTS))
def test_the_weights_in_many_notations(net, text):
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert lines[-1].verdict is Verdict.HOLDS


CLASSES = [
    "δ3 = softmax(z3) − onehot(y)",
    "z3.grad = softmax(z3) - onehot(y, z3)",
    "δ3 = exp(z3) / Σ_k exp(z3) − onehot(y)",
    "δ3 = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True) - one_hot(y)",
    "p = softmax(z3)\nδ3 = p − onehot(y)",
    "b3.grad = Σ_b δ3 / B",
    "b3.grad = mean_b(δ3)",
    "b3.grad = z3.grad.sum(axis=0, keepdims=True) / B",
    "b3.grad = z3.grad.mean(axis=0)",
    "b3.grad = np.sum(z3.grad, axis=0) / B",
    "b3.grad = sum(δ3) / B",
    "δ2 = h2.grad ⊙ (1 − h2²)",
    "δ2 = h2.grad ⊙ (1 − tanh²(z2))",
    "δ2 = h2.grad ⊙ (1 − tanh(z2)²)",
    "δ2 = h2.grad ⊙ tanh'(z2)",
    "δ2 = h2.grad (1 − h2)(1 + h2)",
]


@pytest.mark.parametrize("text", thinned(CLASSES))
def test_classes_biases_and_tanh(classes, text):
    lines = [line for line in nn.check_derivation(classes.loss, text).lines if line.number]
    assert lines[-1].verdict is Verdict.HOLDS


READ = [  # how it is shown that something was understood
    ("δ2 = f'(z2) ⊙ δ3 W3ᵀ", "δ2 = f′(z2) ⊙ (δ3 @ W3ᵀ)"),
    ("δ2 = f'(z2) * f'(z1)", "δ2 = f′(z2) ⊙ f′(z1)"),  # Python reads a text here
    ("q = h2·h2", "q = h2 ⊙ h2"),  # Python reads one name
    ("q = h2 W3ᵀ", "q = h2 · W3ᵀ"),  # Python reads h2, and a name; it does not fit
    ("q = 1/B h2ᵀ δ3", "q = 1 / B · (h2ᵀ @ δ3)"),
    ("q = h2 (1 − h2)²", "q = h2 ⊙ (1 − h2)^2"),
    ("q = f(z2)²", "q = f(z2)^2"),
    ("q = -h2^2", "q = −h2^2"),
    ("q = h2 * -h2", "q = h2 ⊙ (−h2)"),
    ("q = Σ_b h2ᵀ δ3 / B", "q = Σ_b (h2ᵀ @ δ3 / B)"),
    ("q = Σ_k h2 h2 - 1", "q = Σ_k (h2 ⊙ h2) − 1"),
    ("q = x.shape[0]", "q = rows(x)"),
]


@pytest.mark.parametrize(("text", "read"), thinned(READ))
def test_what_was_read_is_shown(net, text, read):
    assert only_line(net, text).read == read


def test_what_was_read_is_typeset(net):
    line = only_line(net, "W3.grad = 1/B h2ᵀ δ3")
    assert line.latex == (
        r"\frac{\partial J}{\partial W_{3}} = \frac{1}{B} \, "
        r"\left( {h_{2}}^{\top} \, \delta_{3} \right)"
    )


UNREADABLE = [  # text, reason, what the mark is under, what is nearest
    ("δ2 = (δ3 W3ᵀ ⊙ h2", Reason.SIGN, "", "δ2 = (δ3 W3ᵀ ⊙ h2)"),
    ("δ2 = (δ3 W3ᵀ ⊙ s", Reason.SIGN, "", ""),  # nobody says what s is
    ("δ2 = softmx", Reason.UNKNOWN_NAME, "softmx", "softmax(…)"),
    ("δ2 = δ3 W3ᵀ) ⊙ h2", Reason.SIGN, ")", "δ2 = δ3 W3ᵀ ⊙ h2"),
    ("h2.grad = δ3 h2'", Reason.SIGN, "'", "h2.grad = δ3 f′(z2)"),
    ("δ3 = z3 $ y", Reason.SIGN, "$", "δ3 = z3  y"),
    ("δ3 = z3 − ", Reason.SIGN, "", "δ3 = z3"),
    ("δ3 z3 − y", Reason.NO_EQUALS, "", ""),
    ("z3 − y = δ3", Reason.LEFT, "z3 − y", ""),
    ("δ3 = z3 − yy", Reason.UNKNOWN_NAME, "yy", "y"),
    ("h2.grad = delta_3 W33.T", Reason.UNKNOWN_NAME, "W33", "W3"),
    ("W3 = W3 − 0.1 W3.grad", Reason.GIVEN, "W3", ""),
    ("x = 0", Reason.GIVEN, "x", ""),
    ("B = 1", Reason.GIVEN, "B", ""),
    ("h2.grad = δ3 ∂z3/∂h2", Reason.ONE_BY_ANOTHER, "∂z3/∂h2", ""),
    ("δ3 = 0.0000001 z3", Reason.NUMBER, "0.0000001", ""),
    ("δ3 = z3^99", Reason.NUMBER, "99", ""),
    ("δ2 = softmax'(z2)", Reason.NO_SLOPE, "softmax", ""),
    ("q = f(h2, z2)", Reason.ARGUMENTS, "f", ""),
    ("q = Σ_b Σ_b h2", Reason.NESTED_SUM, "", ""),
    ("δ3 = g\ng = $", Reason.SPOILT, "g", ""),
    ("W1.grad = x.grad δ1", Reason.NO_GRADIENT, "x.grad", ""),
    ("softmax = z3", Reason.GIVEN, "softmax", ""),
    ("δ3 = z3 − y + 0.0001 · 0.0001 · 0.0001", Reason.NUMBER, "", ""),
]


@pytest.mark.parametrize(("text", "reason", "word", "nearest"), thinned(UNREADABLE))
def test_what_cannot_be_read_is_marked(net, text, reason, word, nearest):
    line = only_line(net, text)
    assert line.verdict is Verdict.UNREADABLE
    assert (line.problem.reason, line.problem.word, line.problem.nearest) == (
        reason,
        word,
        nearest,
    )
    if word and reason is Reason.SIGN:
        assert line.text[line.problem.place :].startswith(word)


def test_labels_are_no_numbers(classes):
    line = only_line(classes, "δ3 = softmax(z3) − y")
    assert line.verdict is Verdict.UNREADABLE
    assert line.problem.reason is Reason.LABELS


def test_f_is_not_guessed_if_the_graph_has_several():
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=3)
        W = nn.Parameter("W", [[1.0, 2, 3], [0, 1, 1], [2, 0, 1]])
        a = nn.tanh(nn.sigmoid(nn.matmul(x, W, name="z"), name="s"), name="a")
        loss = nn.squared_error(a, y, name="loss")
    both = nn.check_derivation(loss, "z.grad = s.grad f'(z)\ns.grad = a.grad f'(s)")
    assert [line.verdict for line in both.lines[:2]] == [Verdict.HOLDS] * 2
    unclear = nn.check_derivation(loss, "s.grad = a.grad f'(s + 0 s)").lines[0]
    assert unclear.problem.reason is Reason.WHICH_F


def test_one_line_does_not_spoil_the_others(net):
    text = "δ3 = z3 − y\nh2.grad = δ3 ((W3ᵀ\nW3.grad = h2ᵀ δ3 / B\n%%%\nδ2 = h2.grad f'(z2)"
    verdicts = [line.verdict for line in nn.check_derivation(net.loss, text).lines if line.number]
    holds, not_read = Verdict.HOLDS, Verdict.UNREADABLE
    assert verdicts == [holds, not_read, holds, not_read, holds]


@pytest.mark.parametrize(
    "text",
    [
        "δ3 = " + "x" * (LONGEST_LINE + 1),
        "δ3 = z3" + " + z3" * 90,  # one after the other is deep too
        "δ3 = " + "(" * 30 + "z3" + ")" * 30,
        "δ3 = z3" + ".T" * 100,
        "a = 1\n" * (LONGEST_TEXT // 6 + 1),
    ],
)
def test_what_is_too_long_or_too_deep_is_refused(net, text):
    line = only_line(net, text)
    assert line.verdict is Verdict.UNREADABLE
    assert line.problem.reason in (Reason.TOO_LONG, Reason.TOO_DEEP, Reason.SIGN)


def test_lines_beyond_the_last_allowed_are_refused_and_those_before_are_judged(net):
    report = nn.check_derivation(net.loss, "δ3 = z3 − y\n" * (MOST_LINES + 5))
    assert report.lines[0].verdict is Verdict.HOLDS
    assert report.lines[MOST_LINES].problem.reason is Reason.TOO_LONG


def test_a_text_is_never_run(net, tmp_path):
    trace = tmp_path / "trace"
    for text in (
        f"δ3 = open('{trace}', 'w')",
        f"δ3 = __import__('pathlib').Path('{trace}').touch()",
        "δ3 = [].__class__",
        "δ3 = z3.value",
        "δ3 = lambda: 0",
    ):
        assert only_line(net, text).verdict is Verdict.UNREADABLE
    assert not trace.exists()


def test_without_the_parser_it_is_said_what_to_install(net, monkeypatch):
    parser.cache_clear()
    monkeypatch.setitem(sys.modules, "lark", None)
    with pytest.raises(ImportError, match="`pip install lark` brings it"):
        nn.check_derivation(net.loss, "δ3 = z3 − y")


def test_importing_the_course_does_not_import_the_parser():
    program = "import sys, course_nn; print('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


TAGS = ["  (3.5)", " (3.5)", "   (12.3)", "   (4.2a)", "  [3.5]", " (lesson 3)", "  (see lesson 3)"]
TAGS += ["  (eq. 3.5)", "  # (3.5)", "  (7)", " ✓", "  (3.5) ✓", "✔", ",  (3.5)", ".   (3.5)"]
TAGS += ["  (S.1)", "  # (B.12)", "  (from line 2)", "  (B, 2)  (3.5)", "  [lesson 04]"]


@pytest.mark.parametrize("tag", thinned(TAGS))
def test_what_stands_after_an_equation_is_no_part_of_it(net, tag):
    assert only_line(net, f"δ3 = z3 − y{tag}").read == "δ3 = z3 − y"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("q = h2 (0.5)", "q = h2 · 0.5"),
        ("q = h2 * (2.5)", "q = h2 · 2.5"),
        ("q = (2.5)", "q = 2.5"),
        ("q = h2(2.5)", "q = h2 · 2.5"),
        ("q = h2 (7)", "q = h2 · 7"),
    ],
)
def test_a_number_in_brackets_that_is_a_factor_stays_one(net, text, read):
    assert only_line(net, text).read == read


MARKS = ["* ", "- ", "− ", "+ ", "=> ", "-> ", "--> ", "→ ", "⇒ ", "∴ ", "• ", "· ", "a) ", "(i) "]
MARKS += [
    "(b) ",
    "Step 3: ",
    "step 2. ",
    "so ",
    "So, ",
    "then ",
    "Thus ",
    "and ",
    "- so ",
    "* (a) ",
]
MARKS += ["3) ", "2. ", "Last layer: ", "=>", "1. * "]


LEFT = ["W3.grad", "dW3", "∂L/∂W₃", "q"]


@pytest.mark.parametrize(
    ("mark", "left"), thinned([(m, LEFT[i % 4]) for i, m in enumerate(MARKS)], 3)
)
def test_a_mark_before_an_equation_is_no_operator(net, mark, left):
    lines = nn.check_derivation(net.loss, f"{mark}δ3 = z3 − y\n{mark}{left} = h2ᵀ δ3").lines
    first, second = [line for line in lines if line.number is not None]
    assert first.read == "δ3 = z3 − y"
    assert second.read.endswith(" = h2ᵀ @ δ3")
    assert second.number == 2


@pytest.mark.parametrize(
    "text", ["δ3 = z3\n- y = −(y − z3)", "δ3 = z3\n  − y", "δ3 = z3 − y\n= −(y − z3)"]
)
def test_a_line_that_goes_on_is_still_one_with_the_line_before(net, text):
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert [line.verdict for line in lines] == [Verdict.HOLDS]


@pytest.mark.parametrize("d", ["dL_d", "dLd", "dL_b_d", "dloss_d", "dLoss_d"])
def test_code_that_names_the_loss_means_a_gradient(net, d):
    text = f"{d}z3 = z3 - y\n{d}h2 = {d}z3 @ W3.T\n{d}W3 = h2.T @ {d}z3\n{d}z_2 = {d}h2 * f'(z2)"
    lines = nn.check_derivation(net.loss, text).lines[:4]
    assert [line.verdict for line in lines] == [Verdict.HOLDS] * 4
    assert [line.about for line in lines] == ["δ3", "h2.grad", "∂L/∂W3", "δ2"]


def test_code_that_names_the_mean_loss_means_its_gradient(net):
    lines = nn.check_derivation(net.loss, "dJ_dz3 = (z3 - y) / B\ndJ_dW3 = h2.T @ dJ_dz3").lines[:2]
    assert [line.verdict for line in lines] == [Verdict.HOLDS] * 2
    assert [line.about for line in lines] == ["∂J/∂z3", "W3.grad"]


def test_onehot_without_brackets_is_the_matrix(classes):
    assert only_line(classes, "δ3 = softmax(z3) - onehot").verdict is Verdict.HOLDS
    text = "onehot = onehot(y)\nδ3 = softmax(z3) - onehot"
    lines = nn.check_derivation(classes.loss, text).lines[:2]
    assert [line.verdict for line in lines] == [Verdict.STEP, Verdict.HOLDS]


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        *((said, False) for said in ["B = len(x)", "B = x.shape[0]", "B = y.shape[0]"]),
        *(
            (said, False)
            for said in ["B = len(h2)", "B = len(y)", "D = x.shape[1]", "D = width(x)"]
        ),
        *((said, True) for said in ["B = x.shape[1]", "D = x.shape[0]"]),
    ],
)
def test_what_is_given_may_be_said_again(classes, said, columns):
    lines = nn.check_derivation(classes.loss, f"{said}\nb3.grad = mean_b(δ3)", columns).lines
    assert [line.verdict for line in lines[:2]] == [Verdict.NOT_NEEDED, Verdict.HOLDS]


def test_what_is_said_again_leaves_the_derivation_right():
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=4)
        W = nn.Parameter("W", [[1.0, 2, 3, 4], [0, 1, 1, 5], [2, 0, 1, 1]])
        loss = nn.cross_entropy(nn.matmul(x, W, name="z"), y, name="loss")
    text = "B = len(x)\nonehot = onehot(y)\nδ = softmax(z) - onehot\nW.grad = x.T @ δ / B"
    assert nn.check_derivation(loss, text).right is True


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        *((said, False) for said in ["B = x.shape[1]", "B = W1.shape[0]", "D = h1.shape[1]"]),
        *((said, False) for said in ["B = width(x)", "B = 4", "B += len(x)", "softmax = f(z3)"]),
        *((said, True) for said in ["B = len(x)", "B = x.shape[0]"]),
    ],
)
def test_what_is_given_may_not_be_changed(classes, said, columns):
    line = nn.check_derivation(classes.loss, said, columns).lines[0]
    assert (line.verdict, line.problem.reason) == (Verdict.UNREADABLE, Reason.GIVEN)


def test_the_nearest_name_is_not_what_was_typed(net, classes):
    assert only_line(net, "δ3 = z3 - onehot").problem.nearest == "onehot(…)"
    assert only_line(classes, "δ3 = softmax - onehot(y)").problem.nearest == "softmax(…)"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("n = ‖z1‖", "n = ‖z1‖"),
        ("n = ‖z3 − y‖²", "n = ‖z3 − y‖^2"),
        ("n = ½ ‖z3 − y‖₂²", "n = 0.5 · ‖z3 − y‖^2"),
        ("v = z1 / ‖z1‖", "v = z1 / ‖z1‖"),
        ("n = ‖z1‖ ‖z2‖", "n = ‖z1‖ ⊙ ‖z2‖"),
        ("n = 2 ‖z1‖_2 + ||z2||", "n = 2 · ‖z1‖ + ‖z2‖"),
        ("n = ‖z1 / ‖z1‖‖", "n = ‖z1 / ‖z1‖‖"),
        ("n = |z1|", "n = abs(z1)"),
        ("n = ‖|z1| − z1‖", "n = ‖abs(z1) − z1‖"),
    ],
)
def test_norms(net, text, read):
    assert only_line(net, text).read == read


@pytest.mark.parametrize(("text", "place"), [("n = ‖z1", 4), ("n = z1‖", 6), ("n = |z1‖", 4)])
def test_a_norm_that_is_not_closed_is_marked(net, text, place):
    problem = only_line(net, text).problem
    assert (problem.reason, problem.place) == (Reason.SIGN, place)


LATEX = [
    r"\frac{\partial L}{\partial z_3} = z_3 - y",
    r"\frac{\partial L}{\partial z_{3}} &= z_{3} - y \\",
    r"$\delta_3 = z_3 - y$",
    r"$$\delta_{3} = \left( z_{3} - y \right)$$",
    r"\[ \delta_3 = z_3 - y. \]",
    r"\(\boldsymbol\delta_3\,=\;z_3\!-\!y\)",
    r"\begin{aligned} \delta_3 &= z_3 - y \tag{3.5} \\ \end{aligned}",
    r"\delta_{z_3} = \frac{2}{2} \cdot (z_3 - y)  # \delta",
    r"\delta_3 = \frac{z_3^{2} - y^2}{z_3 + y}",
    r"\delta_3 &= z_3 \\ &- y",
    r"\delta_3 = z_3 - y \quad \text{(3.5)}",
]


@pytest.mark.parametrize("text", thinned(LATEX))
def test_latex_is_read(net, text):
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert [(line.verdict, line.about) for line in lines] == [(Verdict.HOLDS, "δ3")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"q = \delta_3 W_3^\top \odot \sigma'(z_2)", "q = (δ3 @ W3ᵀ) ⊙ sigmoid′(z2)"),
        (r"q = {h_{2}}^{\top}\delta_{3}", "q = h2ᵀ @ δ3"),
        (r"q = h_{2}^T\delta_{3}", "q = h2ᵀ @ δ3"),
        (r"q = \frac1B \sum_{b=1}^{B} \delta_{3}", "q = 1 / B · (Σ_b δ3)"),
        (r"q = \sigma^{\prime}\left(z_2\right)", "q = sigmoid′(z2)"),
        (r"q = \left\| z_1 \right\|^2", "q = ‖z1‖^2"),
        (r"q = \sqrt{\exp(z_1)}", "q = sqrt(exp(z1))"),
        ("q = \frac{1}{B} h_2^\top \times z_3", "q = 1 / B · h2ᵀ @ z3"),  # without r
    ],
)
def test_latex_is_read_as_other_lines_are(net, text, read):
    assert only_line(net, text).read == read


@pytest.mark.parametrize("options", [{"loss": "squared_error"}, {"bias": True}])
def test_what_the_course_prints_as_latex_can_be_read(options):
    net = nn.two_hidden_layer_network(5, 4, 3, 2, **options)
    W1 = next(node for node in net.graph.everything if node.name == "W1")
    text = str(nn.derive(net.loss).latex(W1))
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert len(lines) >= 6
    assert {line.verdict for line in lines} == {Verdict.HOLDS}


@pytest.mark.parametrize(
    "text", [r"\frac{\partial L", r"\frac", "$", r"\delta_{3 = {{", "}{ \\ = &"]
)
def test_latex_that_is_broken_is_unreadable(net, text):
    assert only_line(net, text).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("W3.grad[0, 1] = 2", "W3.grad[0, 1]"),
        ("δ3 = z3_k − y_k", "z3_k"),
        ("q = h2[b, j]", "h2[b, j]"),
    ],
)
def test_entries_where_whole_arrays_are_meant_are_marked(net, text, entry):
    problem = only_line(net, text).problem
    assert (problem.reason, problem.word) == (Reason.ENTRIES, entry)


@pytest.mark.parametrize(
    "text", ["q = h_{2,b}", "q = h2[b]", "q = h2[:, :H2]", "n_k = 2", "q_jk = z3"]
)
def test_what_is_no_entry_is_read(net, text):
    assert only_line(net, text).problem is None


def test_the_nearest_line_may_use_names_of_other_lines(net):
    text = "δ2 = (δ3 W3ᵀ ⊙ s\ns = f′(z2)"
    assert only_line(net, text).problem.nearest == "δ2 = (δ3 W3ᵀ ⊙ s)"


def test_the_nearest_name_is_not_one_that_cannot_be_used(net):
    assert only_line(net, "δ3 = z3 − xgrad").problem.nearest != "x.grad"  # data keep no gradient


@pytest.mark.parametrize("text", ["δ3 = z3 − y\n   (3.5)", "δ3 = z3 − y\n[7]"])
def test_the_number_of_an_equation_may_stand_alone(net, text):
    assert [line.read for line in nn.check_derivation(net.loss, text).lines if line.number] == [
        "δ3 = z3 − y"
    ]


@pytest.mark.parametrize("entry", ["dW3[j,k]", "∂L/∂W_{3,jk}", "W3.grad[j, k]"])
def test_entries_after_a_mark_do_not_spoil_the_line_before(net, entry):
    lines = nn.check_derivation(net.loss, f"δ3 = z3 − y\n=> {entry} = h2[j] δ3[k]").lines[:2]
    assert [line.text for line in lines][1].startswith(entry)
    assert lines[0].verdict is Verdict.HOLDS


MORE_CLASSES = [  # the right answer as a matrix, the softmax written out
    "δ3 = softmax(z3)\nδ3[np.arange(B), y] -= 1",
    "p = softmax(z3)\np[range(len(y)), y] -= 1\ndz3 = p",
    "Y = np.zeros((B, K))\nY[np.arange(B), y] = 1\nδ3 = softmax(z3) - Y",
    "Y = np.zeros_like(z3)\nY[np.arange(x.shape[0]), y] += 1\nδ3 = softmax(z3) - Y",
    "Y = np.eye(K)[y]\nδ3 = softmax(z3) - Y",
    "δ3 = softmax(z3) − [k = y]",
    "δ3 = softmax(z3) − [y_b == k]",
    "δ3 = softmax(z3) − 1[y = k]",
    "δ3 = softmax(z3) − 𝟙{k = y_b}",
    "δ3 = softmax(z3) − 1_{k=y}",
    "δ3 = softmax(z3) − e_y",
    "δ3 = softmax(z3) − e_{y}",
    "δ3 = ŷ − y_onehot",
    "δ3 = y_hat - onehot_y",
    r"\delta^{(3)} = \hat{y} - e_{y}",
    "δ3 = e^{z3} / Σ_k e^{z3} − e_y",
    "δ3 = e^z3 / Σ_{k=1}^K e^z3 − e_y",
    "δ3 = e**z3 / Σₖ e**z3 − e_y",
    "δ2 = h2.grad (1 − h2²) ⊙ e^{0}\ne^{0} = 1\nδ3 = ŷ − e_y",
    r"\delta_3 = \frac{e^{z_3}}{\sum_k e^{z_{3}}} - e_y",
]


@pytest.mark.parametrize("text", thinned(MORE_CLASSES))
def test_the_right_answer_and_the_softmax_in_many_notations(classes, text):
    lines = [line for line in nn.check_derivation(classes.loss, text).lines if line.number]
    assert lines[-1].verdict is Verdict.HOLDS


MORE_NOTATIONS = [
    ("δ3 = ŷ − y", "δ3 = z3 − y"),
    ("δ3 = y\u0302 − y", "δ3 = z3 − y"),
    ("q = 0,5 (z3 − y)", "q = 0.5 · (z3 − y)"),
    ("q = max(0,5)", "q = maximum(0, 5)"),
    ("q = np.outer(h2, δ3)", "q = outer(h2, δ3)"),
    ("q = h2 ⊗ δ3", "q = outer(h2, δ3)"),
    ("q = h2 ⊗ z2", "q = h2 ⊙ z2"),
    ("q = np.where(z2 > 0, z2, 0)", "q = where(1[z2 > 0], z2, 0)"),
    ("q = np.einsum('bi, bj -> ij', h2, δ3)", "q = einsum('bi,bj->ij', h2, δ3)"),
    ('q = einsum("bk->k", δ3)', "q = einsum('bk->k', δ3)"),
    ("q = e^{−z2}", "q = exp(−z2)"),
    ("q = e^-z2", "q = exp(−z2)"),
    ("e = z3 − y\nq = e^2 + e^{2}", "q = e^2 + e^2"),
    ("e = z3 − y\nq = e^T h2", "q = eᵀ @ h2"),
    ("q = 1/B Σ_{b=1}^B h2_bᵀ δ3_b", "q = 1 / B · (Σ_b (h2ᵀ @ δ3))"),
    ("q = Σ_{b=0}^{B-1} h2_bᵀ δ3_b", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = Σ_{b=1}ᴮ h2ᵀ δ3", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = Σ_b^B h2ᵀ δ3", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = Σᵦ h2ᵦᵀ δ3ᵦ", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = δ3 W3ᵀ diag(f′(z2))", "q = δ3 @ W3ᵀ · diag(f′(z2))"),
    ("δ3 = z3 − y // the start", "δ3 = z3 − y"),
    ("δ3 = z3 − y, because L = ½‖z3 − y‖²", "δ3 = z3 − y"),
    (r"\delta^{(3)} = z^{(3)} - y", "δ3 = z3 − y"),
    (r"q = \delta^{(3)} W^{(3)\top}", "q = δ3 @ W3ᵀ"),
    ("δ^(3) = z^(3) − y", "δ3 = z3 − y"),
    ("δ^[3] = z^[3] − y", "δ3 = z3 − y"),
    ("δ⁽³⁾ = z⁽³⁾ − y", "δ3 = z3 − y"),
    (r"q = {W^{(3)}}^{T} \odot h_1^{\mathsf{T}}", "q = W3ᵀ ⊙ h1ᵀ"),
    ("q = Σ_b h2_bᵀ z3.grad_b", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = Σ_b h2_bᵀ (∂L/∂z3)_b", "q = Σ_b (h2ᵀ @ δ3)"),
    ("q = (δ₃W₃ᵀ) ⊙ f′(z₂)", "q = (δ3 @ W3ᵀ) ⊙ f′(z2)"),
    ("q = [δ3 W3ᵀ] ⊙ {1 − h2}", "q = (δ3 @ W3ᵀ) ⊙ (1 − h2)"),
    ("q = h2ᵀ δ3 / B   (mean over the batch)", "q = h2ᵀ @ δ3 / B"),
    ("q = h2^(2)", "q = h2^2"),
    ("q = ‖W3‖_F", "q = sqrt(Σ_all (W3^2))"),
    ("q = ‖z3 − y‖_F²", "q = sqrt(Σ_all ((z3 − y)^2))^2"),
    ("q = np.linalg.norm(z3, axis=1)", "q = sqrt(Σ_k (z3^2))"),
    ("∇_{W3} J = h2ᵀ δ3 / B", "W3.grad = h2ᵀ @ δ3 / B"),
    ("∇_{W_3} L = h2ᵀ δ3", "∂L/∂W3 = h2ᵀ @ δ3"),
    ("W3.grad ← h2ᵀ δ3 / B", "W3.grad = h2ᵀ @ δ3 / B"),
    ("q = h2 .* (h2 − h2.^2)", "q = h2 ⊙ (h2 − h2^2)"),
    ("q = δ3.sum(dim=0, keepdim=True)", "q = Σ_b δ3"),
    ("q = np.ones((1, B)) @ δ3", "q = 1ᵀ @ δ3"),
    ("q = np.divide(h2.T @ δ3, B)", "q = h2ᵀ @ δ3 / B"),
]


@pytest.mark.parametrize(("text", "read"), thinned(MORE_NOTATIONS))
def test_more_notations(net, text, read):
    lines = [line for line in nn.check_derivation(net.loss, text).lines if line.number]
    assert lines[-1].read == read


REFUSED = [  # what is better refused than read, and the nearest that can be read
    ("δ2 = (δ3 W3ᵀ) ⊙ f′", "′", "δ2 = (δ3 W3ᵀ) ⊙ f′(z2)"),
    ("δ2 = δ3 W3ᵀ diag(f′)", "′", "δ2 = δ3 W3ᵀ diag(f′(z2))"),
    ("δ2 = (δ3 W3ᵀ) ⊙ h2'", "'", "δ2 = (δ3 W3ᵀ) ⊙ f′(z2)"),
    ("W3.grad = h2ᵀ δ3 // B", "/", "W3.grad = h2ᵀ δ3 / B"),
    ("∂G/∂W3 = h2ᵀ δ3", "∂G/∂W3", "∂L/∂W3"),
    ("q = zᵇ", "ᵇ", ""),
    ("q = δ3W3ᵀ", "δ3W3", "δ3 W3"),
    ("q = ⟨h2ᵀ δ3⟩", "⟨", ""),
    ("δ3 = z3 − [k = y]", "[k = y]", ""),  # y has numbers here, not classes
    ("δ3 = z3 − e_y", "ey", "y"),
]


@pytest.mark.parametrize(("text", "word", "nearest"), thinned(REFUSED))
def test_what_is_better_refused_is_marked(net, text, word, nearest):
    line = only_line(net, text)
    assert line.verdict is Verdict.UNREADABLE
    assert (line.problem.word, line.problem.nearest) == (word, nearest)
    if word in line.text:
        assert line.text[line.problem.place :].startswith(word)


@pytest.mark.parametrize("text", ["δ3[:, y] -= 1", "δ3[b, y[b]] -= 1", "δ3[np.arange(B), y] -= y"])
def test_entries_at_the_labels_are_a_onehot(classes, text):
    problem = only_line(classes, text).problem
    assert problem.reason is Reason.ENTRIES and problem.nearest == "onehot(y)"


WRONG_ONES = [
    "δ3 = softmax(z3)\nδ3[np.arange(B), y] += 1",
    "Y = np.zeros((B, K))\nY[np.arange(B), y] = 2\nδ3 = softmax(z3) − Y",
    "δ3 = [k = y] − softmax(z3)",
    "δ3 = z3 − e_y",
    "W3.grad = np.outer(h2, δ3) / B",
    "W3.grad = np.einsum('bi,bj->ji', δ3, δ3) / B",
    "W3.grad = np.einsum('bi,bj->ij', h2, δ3)",
    "δ2 = diag(f′(z2)) δ3 W3ᵀ",
    "h2.grad = δ3 W3ᵀ diag(f′(z2))",
    "δ2 = np.where(z2 > 0, δ3 W3ᵀ, 0)",
    "W3.grad = 1/B Σ_{k=1}^K h2ᵀ δ3",
]


@pytest.mark.parametrize("text", thinned(WRONG_ONES))
def test_wrong_lines_in_these_notations_do_not_hold(classes, text):
    lines = [line for line in nn.check_derivation(classes.loss, text).lines if line.number]
    assert lines[-1].verdict in BLAMED
