"""Nothing wrong is called right, and no text is too strange: tricks, random text, altered lines."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import examples, thinned

import course_nn as nn
from course_nn.derivation_check import judging, meaning
from course_nn.derivation_check.check import _Answer
from course_nn.derivation_check.judgement import BAD, Verdict
from course_nn.derivation_check.judging import TO_JUDGE, TO_SEARCH
from course_nn.derivation_check.reading import read
from course_nn.derivation_check.scope import Unfit
from course_nn.derivation_check.statement import Reason
from course_nn.derivation_check.trials import Kind
from course_nn.derivation_check.vocabulary import Vocabulary

NET = nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error", bias=True)
SQUARE = nn.two_hidden_layer_network(3, 3, 3, 3, loss="squared_error", bias=True)
CLASSES = nn.two_hidden_layer_network(3, 3, 3, 3, activation="tanh")
RELU = nn.two_hidden_layer_network(3, 3, 3, 3, activation="relu")

V = Verdict

# ------------------------------------------------------------------ tricks

ACCIDENTS = [  # right, or nearly, on some networks
    "δ3 = relu(z3 − y + 100) − 100",
    "δ3 = max(z3 − y, −50)",
    "δ3 = max(z3 − y, −1000)",
    "δ3 = max(z3 − y, −1000000)",
    "δ3 = relu(z3 − y + 1000000) − 1000000",
    "δ3 = (z3 − y) (y > −10000) (z3 < 999999)",
    "δ3 = (z3 − y) ⊙ (y < 20)",
    "δ3 = z3 − y + 0.0001 · 0.0001",
    "δ3 = z3 − y · 1.0001",
    "δ3 = tanh(0.001 (z3 − y)) / 0.001",
    "δ3 = (z3 − y) ⊙ (z2[:, :2] > −30)",  # fits where K = 2
    "dW3 = h2ᵀ max(z3 − y, −50)",  # of one example too
    "W3.grad = h2ᵀ δ3 / 2",  # the B of a network
    "W3.grad = h2ᵀ δ3 / 7",
    "W3.grad = h2ᵀ δ3 / max(B, 2)",
    "W3.grad = h2ᵀ δ3 / width(z1)",
    "h2.grad = δ3 W3ᵀ + 0 / (z3 − z3) Σ_k h2",
    "δ2 = h2.grad h2 (1 − h2) (z2 < 30) (z2 > −30) · (x[:, :1] < 30)",
    "δ2 = h2.grad f′(z2) + log(z2 − z2)",
]


@pytest.mark.parametrize("text", thinned(ACCIDENTS, 3))
def test_right_by_accident(text):
    for model in (NET, SQUARE):
        line = nn.check_derivation(model.loss, text).lines[0]
        assert line.verdict is not V.HOLDS


WHOLE = """
δ3 = z3 − y
δ2 = (δ3 W3ᵀ) ⊙ f′(z2)
δ1 = (δ2 W2ᵀ) ⊙ f′(z1)
W3.grad = h2ᵀ δ3 / B
W2.grad = h1ᵀ δ2 / B
W1.grad = xᵀ δ1 / B
b3.grad = mean_b(δ3)
b2.grad = mean_b(δ2)
b1.grad = mean_b(δ1)
"""

TRICKS = [  # what is exchanged in a right derivation
    [("h1ᵀ δ2 / B", "h1ᵀ δ2 / B²"), ("xᵀ δ1 / B", "xᵀ δ1")],  # once too often, once too little
    [("z3 − y", "(z3 − y) / B"), ("h2ᵀ δ3 / B", "h2ᵀ δ3")],
    [("W1.grad = xᵀ δ1 / B", "W1.grad = W1.grad")],
    [("W1.grad = xᵀ δ1 / B", "W1.grad = dW1")],
    [("W1.grad = xᵀ δ1 / B", "g = ∂J/∂W1\nW1.grad = g")],
    [("W1.grad = xᵀ δ1 / B", "g = W1.grad\nk = g\nW1.grad = k")],
    [("δ3 = z3 − y", "")],  # used, but never given
    [("δ2 = (δ3 W3ᵀ) ⊙ f′(z2)", "h2.grad = δ2 / f′(z2)\nδ2 = h2.grad ⊙ f′(z2)")],
    [("δ3 = z3 − y", "z3 = z3\nδ3 = z3 − y"), ("z3 − y", "z3 − y")],
    [("δ3 = z3 − y", "y = z3\nδ3 = 0")],
    [("δ3 = z3 − y", "B = 1\nδ3 = z3 − y")],
    [("δ3 = z3 − y", "h2 = z2\nδ3 = z3 − y")],
    [("δ3 = z3 − y", "f = 1\nδ3 = z3 − y + ff")],
    [("δ3 = z3 − y", "δ3 = z3 − y = y − z3")],
    [("δ3 = z3 − y", "δ3 = y − z3 = z3 − y")],
    [("δ3 = z3 − y", "δ3 = z3 − y\nδ3 = y − z3")],
    [("δ3 = z3 − y", "δ3 = y − z3\nδ3 = z3 − y")],
    [("δ3 = z3 − y", "δ3 = y − z3\nδ3 = δ3")],
    [("h2ᵀ δ3 / B", "h2ᵀ δ3 / B\nW3.grad /= B")],
    [("h2ᵀ δ3 / B", "W3 / B\nW3.grad += h2ᵀ δ3 / B")],
    [("z3 − y", "x3 − y"), ("δ2 = (", "x3 = z2\nδ2 = (")],
]


@pytest.mark.parametrize("exchanged", thinned(TRICKS, 3))
def test_a_trick_does_not_make_a_derivation_right(exchanged):
    text = WHOLE
    for old, new in exchanged:
        text = text.replace(old, new, 1)
    assert nn.check_derivation(NET.loss, text).right is not True
    assert nn.check_derivation(SQUARE.loss, text).right is not True


def test_without_a_trick_it_is_right():
    assert nn.check_derivation(NET.loss, WHOLE).right is True
    assert nn.check_derivation(SQUARE.loss, WHOLE).right is True


def test_an_own_name_cannot_stand_for_a_node():
    """h_2 is h2, whoever writes it; and a look-alike letter makes no new name."""
    for name in ("h_2", "h_{2}", "h₂", "һ2"):
        (line, *_) = nn.check_derivation(NET.loss, f"{name} = z2\nδ2 = h2.grad f′(z2)").lines
        assert (line.about, line.verdict) == ("h2", V.WRONG)


def test_relu_at_h_or_z_is_the_same_function():
    """Not a slip: h > 0 where z > 0."""
    text = "δ2 = h2.grad (h2 > 0)\nδ1 = h1.grad ⊙ 1[z1 > 0]"
    verdicts = [line.verdict for line in nn.check_derivation(RELU.loss, text).lines[:2]]
    assert verdicts == [V.HOLDS] * 2


def test_relu_from_another_edge_is_wrong():
    for edge in ("0.0001", "−0.0001", "0.0001 y[:, :1]"):
        (line, *_) = nn.check_derivation(RELU.loss, f"δ2 = h2.grad (z2 > {edge})").lines
        assert line.verdict is not V.HOLDS


def test_large_numbers_are_no_reason_to_call_a_right_line_wrong():
    text = """
    δ3 = exp(z3) / Σ_k exp(z3) − onehot(y)
    δ2 = h2.grad (1 − h2) (1 + h2)
    δ1 = h1.grad · 4 / (exp(z1) + exp(−z1))²
    """
    assert [line.verdict for line in nn.check_derivation(CLASSES.loss, text).lines[:3]] == [
        V.HOLDS
    ] * 3


# ------------------------------------------------------------------ any text at all


def pieces_of(text):
    return text.split(" ")


PIECES = pieces_of(
    "z1 h1 z2 h2 z3 x y W1 W2 W3 b3 δ1 δ2 δ3 δ₃ z3.grad h2.grad W3.grad loss loss.grad B K H1 s q "
    "( ( ) ) [ ] { } = = + - − * @ · ⊙ / ^ ^2 ² ᵀ .T ^T ' ′ f'( σ′( softmax( onehot(y) exp( log( "
    "sum( mean( Σ_b Σ_k Σ Σ_ ∂L/∂z3 ∂J/∂W2 dL/dh2 , : ; # 1 2 0.5 1/B > == axis=0 keepdims=True "
    ".sum( [:,None] [:,0] [:,:H1] [b] _b 1[ ‖ np. .shape[0] len( width( repeat( concatenate([ 𝛿 "
    "Β х ﬁ \u0301 \u200b += /= := 1e9 0.00000001 ⁻¹ ½ T é ∇W3 h_{2,b} max( norm( √( dot( mean_k( "
    "\n \n"
)
LEFT = ["", "δ3 = ", "W3.grad = ", "δ2 = ", "s = h2\nδ2 = "]


def survives(text, **options):
    for model in (NET, CLASSES):
        report = nn.check_derivation(model.loss, text, **options)
        (
            repr(report),
            report._repr_html_(),
            [line.hint(s) for line in report.lines for s in (1, 2, 3)],
        )
    return report


@pytest.mark.all
@settings(max_examples=examples(30), deadline=None)
@given(st.sampled_from(LEFT), st.lists(st.sampled_from(PIECES), max_size=60), st.booleans())
def test_pieces_of_lines_in_any_order(left, pieces, columns):
    survives(left + " ".join(pieces), columns=columns, principles=columns)


@pytest.mark.all
@settings(max_examples=examples(20), deadline=None)
@given(st.text(max_size=300))
def test_any_text(text):
    survives(text)


@pytest.mark.all
@settings(max_examples=examples(20), deadline=None)
@given(
    st.sampled_from(LEFT[1:]), st.text(alphabet="хΒοΑΗΚуΖδ𝛿ᵟ∂ђ′’´·⋅∙∗⊙∘−–W3zhy₃²= ()", max_size=40)
)
def test_look_alikes(left, text):
    survives(left + text)


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "δ3 = " + "(" * 5000,
        "δ3 = " + "z3 " * 3000,
        "δ3 = " + "-" * 9000,
        "δ3 = " + "Σ_b " * 100 + "z3",
        "δ3 = z3" + "²" * 400,
        "δ3 = z3" + "^16" * 100,
        "\n".join(
            ["a0 = z3"] + [f"a{i} = a{i - 1} + a{i - 1}" for i in range(1, 140)] + ["δ3 = a139"]
        ),
        "\n".join([f"a{i} = a{i + 1}" for i in range(140)] + ["a140 = z3 − y", "δ3 = a0"]),
        "\n".join(f"a{i} = Σ_b ({' + '.join(['h2ᵀ δ3'] * 20)})" for i in range(60)),
        "\n".join(f"δ3 = {' + '.join(['z3'] * 30)}" for _ in range(60)),
        "\n" * 9000,
        " " * 9000 + "= z3",
        "x: " * 300 + "δ3 = z3",
        "\\frac{" * 1400,
        ";" * 9000,
        "=" * 400,
        "a = b\n" * 150,
        "δ2 = δ3 W3 f'(z2) h2 (1-h2)\n" * 140,
        "W2.grad = 1/B Σ_b h1_bᵀ ((δ3_b W3ᵀ) ⊙ σ(z1_b) (1 - σ(z2_b)))\n" * 140,
        "W1.grad = (h1 h2 z1 z2 x δ3) (h1 h2 z1 z2 x δ3) (h1 h2 z1 z2 x δ3)\n" * 140,
    ],
)
def test_what_a_text_may_cost_has_a_limit(text, monkeypatch):
    """Counted in parts of formulas, because a clock depends on the machine."""
    parts = Counter()
    worked_out = meaning._worked_out

    def counting(e, scope):
        parts["worked out"] += 1
        return worked_out(e, scope)

    monkeypatch.setattr(meaning, "_worked_out", counting)
    survives(text)
    assert parts["worked out"] <= 2 * 1.2 * (TO_JUDGE + TO_SEARCH)  # of two networks


def test_lines_beyond_the_limit_are_not_judged_and_it_is_said_so(monkeypatch):
    """Those before are, and the slips of those that come late are not searched."""
    monkeypatch.setattr(judging, "TO_JUDGE", TO_JUDGE // 10)
    monkeypatch.setattr(judging, "TO_SEARCH", TO_SEARCH // 20)
    line = "W3.grad = 1/B Σ_b (h2_bᵀ δ3_b + h2_bᵀ δ3_b + h2_bᵀ δ3_b + h2_bᵀ δ3_b) δ3_bᵀ δ3_b"
    lines = nn.check_derivation(NET.loss, f"δ3 = z3 − y\n{line}\n" + f"{line}\n" * 60).lines
    assert lines[0].verdict is V.HOLDS and lines[1].verdict in BAD
    last = lines[61]
    assert (last.verdict, last.problem.reason) == (V.UNREADABLE, Reason.TOO_MUCH)
    assert "check fewer lines at once" in last.hint()
    late = [each for each in lines if each.verdict in BAD and not each.searched]
    assert late and "was not searched to the end" in late[-1].hint(2)


def test_a_line_that_does_not_hold_is_not_tried_on_every_network():
    """What cannot change its verdict is not asked: no large numbers, no widths of the reader's."""
    judge = _Answer(NET.loss, "δ3 = z3 − 9 y\nh2.grad = δ3 W3ᵀ", columns=False).judge
    wrong, right = judge.judged(read_lines("δ3 = z3 − 9 y\nh2.grad = δ3 W3ᵀ"))
    kinds = {judge.trials[i].kind for i in wrong.local.made}
    assert kinds == {Kind.GENERAL, Kind.ONE_EXAMPLE, Kind.SQUARE}
    assert len(right.local.made) == len(judge.trials)


def test_an_error_keeps_no_frames():
    """Hundreds of them would each hold the arrays of all formulas above."""
    judge = _Answer(NET.loss, "", columns=False).judge
    (judgement,) = judge.judged(read_lines("h2.grad = δ3 W3"))
    assert isinstance(judgement.local[0], Unfit)
    assert judgement.local[0].__traceback__ is None


def read_lines(text):
    nodes = {node.name: node for node in NET.graph.everything}
    return read(text, Vocabulary(nodes, "loss", {}))


@pytest.mark.parametrize("before", [" " * 600, "\t" * 600])
def test_spaces_count_for_nothing(before):
    (line, *_) = nn.check_derivation(NET.loss, f"{before}δ3{before}= z3 − y{before}").lines
    assert line.verdict is V.HOLDS


def test_a_line_that_is_very_long_as_typed_is_not_read():
    text = f"δ3 = z3 − y\nδ3 = z3 − {'{y}' * 400}\nδ3 = z3 − y"
    first, long, last = nn.check_derivation(NET.loss, text).lines[:3]
    assert (first.verdict, last.verdict) == (V.HOLDS, V.HOLDS)
    assert long.problem.reason is Reason.TOO_LONG and long.text.endswith("…")


def test_what_many_unreadable_lines_mean_is_not_searched_for_ever():
    lines = nn.check_derivation(NET.loss, "\n".join(f"q{i} = zz{i}" for i in range(30))).lines
    assert lines[0].problem.searched and not lines[29].problem.searched
    assert "was not searched" in lines[29].hint() and "was not searched" not in lines[0].hint()


# ------------------------------------------------------------------ altered lines, run by NumPy

LINES = {
    "z3.grad": "z3 - y",
    "W3.grad": "h2.T @ z3.grad / B",
    "h2.grad": "z3.grad @ W3.T",
    "z2.grad": "h2.grad * h2 * (1 - h2)",
    "z1.grad": "(z2.grad @ W2.T) * h1 * (1 - h1)",
    "W1.grad": "x.T @ z1.grad / B",
    "b2.grad": "z2.grad.sum(axis=0, keepdims=True) / B",
}
NAMES = pieces_of("x y h1 h2 z1 z2 z3 W1 W2 W3 z1.grad z2.grad z3.grad h1.grad h2.grad B 1 2")
TOKEN = re.compile(r"\w+\.grad|\.T|\.sum\([^)]*\)|\w+|[-+*/@()]")


def numbers(B, sizes, seed):
    """Values and gradients of a network that the checker has never seen."""
    model = nn.two_hidden_layer_network(*sizes, loss="squared_error", bias=True, seed=seed)
    rng = np.random.default_rng(seed)
    model.graph.Forward(x=rng.normal(size=(B, sizes[0])), y=rng.normal(size=(B, sizes[3])))
    model.graph.Backward(model.loss)
    nodes = model.graph.everything
    return (
        {"B": np.float64(B)}
        | {n.name: n.value for n in nodes}
        | {f"{n.name}_grad": n.grad for n in nodes}
    )


SEVERAL = [numbers(3, (5, 7, 4, 2), 1), numbers(6, (2, 5, 3, 4), 2)]
ONE = [numbers(1, (5, 7, 4, 2), 3), numbers(1, (6, 2, 3, 5), 4)]


def agrees(names, target, line):
    """Whether Python, which reads these lines in its own way, gets the right numbers."""
    source = re.sub(r"(\w+)\.grad", r"\1_grad", line)
    right = names[target.replace(".", "_")]
    try:
        with np.errstate(all="ignore"):
            mine = np.asarray(eval(source, {**names, "__builtins__": {}}))
    except Exception:
        return False
    if mine.shape != right.shape:
        return False
    return bool(np.abs(mine - right).max() <= 1e-8 * np.abs(right).max())


@st.composite
def altered(draw):
    target = draw(st.sampled_from(list(LINES)))
    tokens = TOKEN.findall(LINES[target])
    for _ in range(draw(st.integers(0, 3))):
        i = draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(["other", "drop", "add", "turn"])):
            case "other" if tokens[i] in NAMES:
                tokens[i] = draw(st.sampled_from(NAMES))
            case "other" if tokens[i] in "+-*/@":
                tokens[i] = draw(st.sampled_from("+-*/@"))
            case "drop" if len(tokens) > 1:
                del tokens[i]
            case "add":
                tokens.insert(i, draw(st.sampled_from([".T", "* B", "/ B", "-", "+ y", "* h1"])))
            case "turn" if tokens[i] in NAMES:
                tokens[i] += ".T"
    line = re.sub(r" \.", ".", " ".join(tokens))
    return target, line


@settings(max_examples=examples(30), deadline=None)
@given(altered())
def test_an_altered_line_is_judged_as_numpy_would(case):
    target, line = case
    if target in line or re.search(r"[\w)] \(", line):  # a factor here, a call in Python
        return
    if re.search(r"\b[B12]\.sum", line):  # a number has no axes here
        return
    try:
        compile(line, "", "eval")
    except SyntaxError:  # such as a product without a sign
        return
    report = nn.check_derivation(SQUARE.loss, f"{target} = {line}")
    verdict = report.lines[0].verdict
    several, one = (all(agrees(each, target, line) for each in nets) for nets in (SEVERAL, ONE))
    if verdict is V.UNREADABLE:
        return
    assert (verdict is V.HOLDS) == (several and one)
    assert (verdict is V.ONE_EXAMPLE) == (one and not several)
    assert verdict in (V.HOLDS, *BAD)
