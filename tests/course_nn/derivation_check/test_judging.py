"""Which verdict each line gets: alone, resting on others, missing, in another order."""

from itertools import product

import numpy as np
import pytest
from tiers import thinned

import course_nn as nn
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.meaning import evaluate
from course_nn.derivation_check.scope import Functions, Scope
from course_nn.derivation_check.trials import Family, Kind

V = Verdict

RIGHT = {
    "δ3": "δ3 = z3 − y",
    "W3": "W3.grad = h2ᵀ δ3 / B",
    "h2": "h2.grad = δ3 W3ᵀ",
    "δ2": "δ2 = h2.grad ⊙ h2 (1 − h2)",
    "W2": "W2.grad = h1ᵀ δ2 / B",
    "h1": "h1.grad = δ2 W2ᵀ",
    "δ1": "δ1 = h1.grad ⊙ f′(z1)",
    "W1": "W1.grad = xᵀ δ1 / B",
}


@pytest.fixture(scope="module")
def net():
    return nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error")


@pytest.fixture(scope="module")
def square():
    """All widths are equal, so that shapes forgive everything."""
    return nn.two_hidden_layer_network(3, 3, 3, 3, loss="squared_error")


def lines_of(net, text, **options):
    return nn.check_derivation(getattr(net, "loss", net), text, **options).lines


def verdicts(net, text, **options):
    return [line.verdict for line in lines_of(net, text, **options) if line.number is not None]


def missing(net, text):
    return [line.about for line in lines_of(net, text) if line.verdict is V.MISSING]


def with_lines(**changed):
    return "\n".join({**RIGHT, **changed}.values())


# ------------------------------------------------------------------ right derivations


def test_a_right_derivation_is_right(net, square):
    for model in (net, square):
        report = nn.check_derivation(model.loss, with_lines())
        assert report.right is True
        assert {line.verdict for line in report.lines} == {V.HOLDS}


def test_the_order_of_the_lines_does_not_matter(net):
    lines = list(RIGHT.values())
    for seed in range(3):
        shuffled = np.random.default_rng(seed).permutation(lines)
        assert nn.check_derivation(net.loss, "\n".join(shuffled)).right is True


def test_all_steps_may_be_taken_at_once(net):
    text = """
    W3.grad = h2ᵀ (z3 − y) / B
    W2.grad = h1ᵀ (((z3 − y) W3ᵀ) ⊙ f′(z2)) / B
    W1.grad = 1/B xᵀ (((((z3 − y) W3ᵀ) ⊙ f′(z2)) W2ᵀ) ⊙ f′(z1))
    """
    assert nn.check_derivation(net.loss, text).right is True


EACH = [*product(["sigmoid", "tanh", "relu"], ["squared_error", "cross_entropy"], [False, True])]


@pytest.mark.parametrize(("activation", "loss", "bias"), thinned(EACH, 3))
def test_what_derive_prints_is_right(activation, loss, bias):
    model = nn.two_hidden_layer_network(5, 4, 3, 2, activation=activation, loss=loss, bias=bias)
    assert nn.check_derivation(model.loss, str(nn.derive(model.loss))).right is True


def shared_and_skipped():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=4), nn.Input("y", width=4)
        W = nn.Parameter("W", np.random.default_rng(0).normal(size=(4, 4)))
        h = nn.sigmoid(nn.matmul(x, W, name="z1"), name="h")
        u = nn.softmax(nn.matmul(h, W, name="z2"), name="u")
        s = nn.add(nn.add(u, h, name="t"), u, name="s")
        return nn.squared_error(s, y, name="loss")


SHARED = """
s.grad = s − y
t.grad = s.grad
u.grad = s.grad + t.grad
z2.grad = u ⊙ (u.grad − Σ u.grad u)
h.grad = t.grad + z2.grad Wᵀ
z1.grad = h.grad ⊙ h (1 − h)
W.grad = (xᵀ z1.grad + hᵀ z2.grad) / B
"""


def test_a_parameter_and_nodes_that_are_used_twice():
    loss = shared_and_skipped()
    assert nn.check_derivation(loss, SHARED).right is True
    assert nn.check_derivation(loss, str(nn.derive(loss))).right is True
    for whole, part in (
        ("t.grad + z2.grad Wᵀ", "z2.grad Wᵀ"),
        ("s.grad + t.grad", "s.grad"),
        ("xᵀ z1.grad + hᵀ z2.grad", "hᵀ z2.grad"),
        ("u.grad − Σ u.grad u", "u.grad (1 − u)"),
    ):
        assert V.WRONG in verdicts(loss, SHARED.replace(whole, part))


class cube(nn.Operation):
    """a³."""

    operands_needed = 1

    def forward(self):
        self.value = self.operands[0].value ** 3

    def backward(self):
        self.operands[0].add_grad(self.grad * 3 * self.operands[0].value ** 2)


class difference(nn.Operation):
    """a − b, of two nodes."""

    operands_needed = 2
    written = "{} - {}"

    def forward(self):
        a, b = self.operands
        self.value = a.value - b.value

    def backward(self):
        a, b = self.operands
        a.add_grad(self.grad.copy())
        b.add_grad(-self.grad)


def test_operations_of_ones_own():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W = nn.Parameter("W", np.ones((3, 2)))
        z = nn.matmul(x, W, name="z")
        d = difference(cube(z, name="c"), z, name="d")
        loss = nn.squared_error(d, y, name="loss")
    text = """
    c = cube(z)
    d.grad = d − y
    c.grad = d.grad
    δ = c.grad ⊙ {} − d.grad
    W.grad = xᵀ δ / B
    """
    for slope in ("f′(z)", "cube'(z)", "3 z²"):
        assert nn.check_derivation(loss, text.format(slope)).right is True
    assert verdicts(loss, text.format("3 z"))[3] is V.WRONG


def test_examples_as_columns(net):
    text = """
    δ3 = z3 − y
    W3.grad = 1/B δ3 h2ᵀ
    δ2 = (W3ᵀ δ3) ⊙ f′(z2)
    W2.grad = 1/B δ2 h1ᵀ
    δ1 = (W2ᵀ δ2) ⊙ h1 ⊙ (1 − h1)
    W1.grad = 1/B Σ_b δ1 xᵀ
    """
    assert nn.check_derivation(net.loss, text, columns=True).right is True
    assert nn.check_derivation(net.loss, text).right is False
    assert nn.check_derivation(net.loss, with_lines(), columns=True).right is False


def test_classes_and_biases_as_columns():
    model = nn.two_hidden_layer_network(5, 4, 3, 2, bias=True)
    text = "δ3 = softmax(z3) − onehot(y)\nb3.grad = 1/B Σ_b δ3\nb2.grad = δ2.mean(axis=1)"
    assert verdicts(model, text, columns=True) == [V.HOLDS] * 3


# ------------------------------------------------------------------ each verdict


def test_a_wrong_line_and_what_follows_from_it(net, square):
    for model in (net, square):
        lines = lines_of(model, with_lines(δ2="δ2 = h2.grad ⊙ z2 (1 − z2)"))
        about = {line.about: line for line in lines}
        assert about["δ2"].verdict is V.WRONG
        for later in ("W2.grad", "h1.grad", "δ1", "W1.grad"):
            assert about[later].verdict is V.FOLLOWS
            assert about[later].follows_from == (4,)
        for other in ("δ3", "W3.grad", "h2.grad"):
            assert about[other].verdict is V.HOLDS


def test_a_second_slip_is_seen_behind_the_first(net):
    text = with_lines(δ2="δ2 = h2.grad", δ1="δ1 = h1.grad")
    assert verdicts(net, text) == [V.HOLDS] * 3 + [
        V.WRONG,
        V.FOLLOWS,
        V.FOLLOWS,
        V.WRONG,
        V.FOLLOWS,
    ]


def test_the_wrong_quantity_is_carried_also_where_it_is_written_out(net):
    """W2.grad repeats the wrong δ2 in full, without its name: no second blame."""
    text = with_lines(δ2="δ2 = δ3 W3ᵀ", W2="W2.grad = h1ᵀ (δ3 W3ᵀ) / B")
    assert verdicts(net, text)[3:5] == [V.WRONG, V.FOLLOWS]
    # The same with a new slip does not follow.
    text = with_lines(δ2="δ2 = δ3 W3ᵀ", W2="W2.grad = h1ᵀ (δ3 W3ᵀ) / B²")
    assert verdicts(net, text)[3:5] == [V.WRONG, V.WRONG]


def test_everything_after_is_worked_out_anew(net):
    """W1.grad is written in full with the wrong δ2, three lines later."""
    wrong = "((δ3 W3ᵀ) W2ᵀ ⊙ f′(z1))"
    text = with_lines(δ2="δ2 = δ3 W3ᵀ", W1=f"W1.grad = xᵀ {wrong} / B")
    assert verdicts(net, text)[-1] is V.FOLLOWS
    assert verdicts(net, with_lines(W1=f"W1.grad = xᵀ {wrong} / B"))[-1] is V.WRONG


def test_a_wrong_shape_is_not_carried_in_silence(net):
    lines = lines_of(net, with_lines(h2="h2.grad = δ3ᵀ"))
    about = {line.about: line.verdict for line in lines}
    assert about["h2.grad"] is V.WRONG
    assert about["δ2"] is about["W1.grad"] is V.FOLLOWS


def test_a_line_that_makes_up_for_another(net):
    text = with_lines(δ3="δ3 = y − z3", W3="W3.grad = −h2ᵀ δ3 / B")
    lines = lines_of(net, text)
    assert [line.verdict for line in lines[:2]] == [V.WRONG, V.FOLLOWS]
    assert lines[1].compensates
    assert nn.check_derivation(net.loss, text).right is False


ONE_EXAMPLE = [
    ("W3.grad = h2ᵀ δ3", V.ONE_EXAMPLE),
    ("W3.grad = h2.T * δ3", V.ONE_EXAMPLE),
    ("W3.grad = h2ᵀ δ3 / B²", V.ONE_EXAMPLE),
    ("δ3 = (z3 − y) / B", V.ONE_EXAMPLE),
    ("∂L/∂W3 = h2ᵀ δ3", V.HOLDS),
    ("∂L/∂W3 = h2ᵀ δ3 / B", V.HOLDS),
    ("∂L/∂W3 = B² h2ᵀ δ3", V.WRONG),
    ("∂L/∂W3 = δ3ᵀ h2", V.WRONG),
    ("∂J/∂W3 = h2ᵀ δ3", V.ONE_EXAMPLE),
    ("∂J/∂z3 = z3 − y", V.ONE_EXAMPLE),
    ("∂J/∂z3 = (z3 − y) / B", V.HOLDS),
]


@pytest.mark.parametrize(("line", "verdict"), ONE_EXAMPLE)
def test_what_holds_only_for_one_example(net, square, line, verdict):
    assert verdicts(net, line) == verdicts(square, line) == [verdict]


SQUARE = [
    ("δ3 = (z3 − y) D / K", V.SQUARE),
    ("h2.grad = δ3 W3ᵀ H1 / width(z2)", V.SQUARE),
    ("h2.grad = δ3 W3ᵀ width(h2) / width(z2)", V.HOLDS),
    ("h2.grad = δ3 W3", V.WRONG),
]


@pytest.mark.parametrize(("line", "verdict"), SQUARE)
def test_what_holds_only_for_square_matrices(net, square, line, verdict):
    assert verdicts(net, line) == verdicts(square, line) == [verdict]


def test_a_width_as_a_number_holds_for_this_graph():
    """As `derive` writes a mean or a part of the columns."""
    model = nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error")
    (line, *_) = lines_of(model, "h2.grad = (δ3 W3ᵀ) · width(h2) / 3")
    assert (line.verdict, line.own_widths) == (V.HOLDS, True)
    assert verdicts(model, "h2.grad = (δ3 W3ᵀ) · width(h2) / 2") == [V.WRONG]
    assert verdicts(model, "W3.grad = h2ᵀ δ3 / 2") == [V.WRONG]


def test_what_uses_its_own_answer(net):
    for text in (
        "W1.grad = W1.grad",
        "W1.grad = 1 · W1.grad",
        "δ3 = ∂L/∂z3",
        "g = W1.grad\nW1.grad = g",
        "δ2 = h2.grad ⊙ f′(z2)\nh2.grad = δ2 / f′(z2)",
        "W1.grad = ∂J/∂W1",
        "W1.grad = W1.grad / B\nx2 = x",
    ):
        assert V.USES_ANSWER in verdicts(net, text)
        assert nn.check_derivation(net.loss, text).right is False


def test_own_names(net):
    lines = lines_of(net, "s = h2 (1 − h2)\nr = z2\nδ2 = (δ3 W3ᵀ) s\nδ3 = z3 − y")
    assert [line.verdict for line in lines[:3]] == [V.STEP, V.NOT_NEEDED, V.HOLDS]
    wrong = lines_of(net, "s = h2 (1 + h2)\nδ2 = (δ3 W3ᵀ) s")
    assert [line.verdict for line in wrong[:2]] == [V.WRONG, V.FOLLOWS]


def test_an_own_name_may_be_used_again(net):
    """The latest line before counts."""
    text = "s = h2 (1 − h2)\nδ2 = h2.grad s\ns = h1 (1 − h1)\nδ1 = h1.grad s"
    assert verdicts(net, text) == [V.STEP, V.HOLDS, V.STEP, V.HOLDS]


def test_what_is_missing(net):
    assert missing(net, "") == ["W1.grad", "W2.grad", "W3.grad"]
    assert missing(net, "W3.grad = h2ᵀ δ3 / B") == ["W1.grad", "W2.grad", "δ3"]
    text = "\n".join(line for name, line in RIGHT.items() if name != "h1")
    assert missing(net, text) == ["h1.grad"]
    assert nn.check_derivation(net.loss, text).right is False


def test_a_line_that_cannot_be_read_is_not_missing_too(net):
    assert missing(net, with_lines(W1="W1.grad = xᵀ $", δ2="δ2 = foo")) == []


def test_lines_made_from_an_unreadable_one_are_not_judged(net):
    text = "s = W3 @ foo\nh2.grad = s\na1 = a0 a0\na2 = a1 a1\nδ1 = a2\nδ3 = z3 − y"
    assert verdicts(net, text) == [V.UNREADABLE] * 5 + [V.HOLDS]


def test_names_that_end_in_b_are_names(net):
    assert verdicts(net, "q = δ3 W3ᵀ\nqb = 2 q\nh2.grad = q") == [V.STEP, V.NOT_NEEDED, V.HOLDS]
    text = "e = δ3 W3ᵀ\ne_b = 2 e\nh2.grad = e_b / 2"
    assert verdicts(net, text) == [V.STEP, V.STEP, V.HOLDS]


def test_a_line_with_several_formulas_needs_one_of_them(net):
    text = with_lines(h2="", δ2="δ2 = ∂L/∂h2 ⊙ f′(z2) = (δ3 W3ᵀ) ⊙ f′(z2)")
    assert nn.check_derivation(net.loss, text).right is True
    text = with_lines(h2="", δ2="δ2 = ∂L/∂h2 ⊙ f′(z2) = (δ3 W3) ⊙ f′(z2)")
    assert V.WRONG in verdicts(net, text)


def test_nothing_can_be_told(net):
    assert nn.check_derivation(net.loss, "").right is None
    assert nn.check_derivation(net.loss, "hello").right is None
    assert nn.check_derivation(net.loss, with_lines(δ1="δ1 = h1.grad ⊙ $")).right is None
    assert nn.check_derivation(net.loss, with_lines(δ1="δ1 = $", δ3="δ3 = y")).right is False


def test_forward_lines_are_judged_too(net):
    text = "z1 = x W1\nh1 = f(z1)\nz2 = W2 h1\nh2 = z2"
    assert verdicts(net, text) == [V.HOLDS, V.HOLDS, V.WRONG, V.WRONG]


def test_what_the_loss_does_not_need():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W, V2 = (nn.Parameter(name, np.ones((3, 2))) for name in ("W", "V"))
        z, q = nn.matmul(x, W, name="z"), nn.matmul(x, V2, name="q")
        nn.sigmoid(q, name="r")
        loss = nn.squared_error(z, y, name="loss")
    lines = lines_of(loss, "z.grad = z − y\nW.grad = xᵀ z.grad / B\nq.grad = 0\nx.grad = z.grad Wᵀ")
    assert [line.verdict for line in lines] == [V.HOLDS] * 2 + [V.NOT_NEEDED] * 2


# ------------------------------------------------------------------ the networks it is tried on


def family(loss):
    from course_nn.derivation.lines import names_in

    return Family(loss, names_in(loss.graph))


def test_widths_all_differ_and_batches_too(square):
    trials = [family(square.loss).trial(Kind.GENERAL, seed) for seed in range(4)]
    for trial in trials:
        widths = [trial.values[name].shape[1] for name in ("x", "h1", "h2", "z3")]
        assert len({*widths, trial.B}) == 5
    assert len({trial.B for trial in trials}) == 2
    assert family(square.loss).trial(Kind.ONE_EXAMPLE, 0).B == 1


def test_what_must_be_equal_stays_equal():
    loss = shared_and_skipped()
    assert {family(loss).trial(Kind.GENERAL, seed).values["W"].size for seed in range(4)} != {16}
    for seed in range(3):
        trial = family(loss).trial(Kind.GENERAL, seed)
        n, m = trial.values["W"].shape
        assert n == m == trial.values["x"].shape[1] == trial.values["y"].shape[1]


class scaled(nn.Operation):
    """a s: each row of a times its own number, s (B, 1)."""

    operands_needed = 2

    def check_operands(self):
        a, s = self.operands
        assert s.width in (1, a.width)
        return a.width

    def forward(self):
        a, s = self.operands
        self.value = a.value * s.value

    def backward(self):
        a, s = self.operands
        a.add_grad(self.grad * s.value)
        back = self.grad * a.value
        s.add_grad(back.sum(axis=1, keepdims=True) if s.value.shape[1] == 1 else back)


def test_a_column_stays_a_column():
    """Of width 2 it would be multiplied entry by entry, and be something else."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W, U = nn.Parameter("W", np.ones((3, 2))), nn.Parameter("U", np.ones((3, 1)))
        a, s = nn.matmul(x, W, name="a"), nn.matmul(x, U, name="s")
        loss = nn.squared_error(scaled(a, s, name="p"), y, name="loss")
    for seed in range(4):
        for kind in (Kind.GENERAL, Kind.SQUARE):
            assert family(loss).trial(kind, seed).values["s"].shape[1] == 1
    assert (
        verdicts(loss, "p.grad = p − y\ns.grad = Σ_k p.grad a\nU.grad = xᵀ s.grad / B")
        == [V.HOLDS] * 3
    )


def test_a_graph_whose_widths_are_fixed_is_tried_as_it_is():
    class masked(nn.Operation):
        operands_needed = 1

        def forward(self):
            self.value = self.operands[0].value * np.array([1.0, 0.0, 2.0])

        def backward(self):
            self.operands[0].add_grad(self.grad * np.array([1.0, 0.0, 2.0]))

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=4), nn.Input("y", width=3)
        W = nn.Parameter("W", np.ones((4, 3)))
        loss = nn.squared_error(masked(nn.matmul(x, W, name="z"), name="h"), y, name="loss")
    assert family(loss).trial(Kind.GENERAL, 0).values["z"].shape[1] == 3
    assert verdicts(loss, "h.grad = h − y\nz.grad = h.grad f′(z)") == [V.HOLDS] * 2
    assert verdicts(loss, "h.grad = h − y\nz.grad = h.grad") == [V.HOLDS, V.WRONG]


def test_what_stands_without_a_sign_is_decided_once(net):
    """With as many examples as units, the shapes alone would allow both."""
    names = {node.name: node for node in net.graph.everything}
    trial = family(net.loss).trial(Kind.SQUARE, 0)
    square = np.arange(4.0).reshape(2, 2)
    trial.values["h2"] = square
    h2 = Expression("name", value=Name("value", "h2"))
    product = Expression("product", (h2, h2))
    for kind, result in (("multiply", square * square), ("matmul", square @ square)):
        decided = {product: kind}
        scope = Scope(trial, trial.gradients, {}, Functions(names, {}), decided=decided)
        assert np.array_equal(evaluate(product, scope), result)


def test_nothing_in_the_graph_is_changed(net):
    rng = np.random.default_rng(0)
    net.graph.Forward(x=rng.normal(size=(3, 5)), y=rng.normal(size=(3, 2)))
    net.graph.Backward(net.loss)
    before = [(node, dict(vars(node))) for node in net.graph.everything]
    nn.check_derivation(net.loss, with_lines(δ2="δ2 = h2.grad"))
    for node, state in before:
        assert vars(node).keys() == state.keys()
        assert all(vars(node)[key] is value for key, value in state.items())
    net.graph.SGD(0.1)


def test_what_an_operation_of_ones_own_keeps_is_not_changed():
    class counting(nn.Operation):
        operands_needed = 1

        def forward(self):
            self.seen += 1
            self.value = 2 * self.operands[0].value

        def backward(self):
            self.operands[0].add_grad(2 * self.grad)

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        W = nn.Parameter("W", np.eye(2))
        h = counting(nn.matmul(x, W, name="z"), name="h")
        h.seen = np.zeros(1)
        loss = nn.squared_error(h, y, name="loss")
    assert verdicts(loss, "h.grad = h − y\nz.grad = 2 h.grad = f′(z) h.grad") == [V.HOLDS] * 2
    assert h.seen == 0


def test_the_right_numbers_are_those_of_central_differences(net):
    """What a line is held against, on networks that no line was tried on."""
    trial = family(net.loss).trial(Kind.GENERAL, 17)
    for name, gradient in trial.gradients.items():
        for place in np.ndindex(gradient.shape) if name != "loss" else ():
            up, down = (trial.nudged(name, place, step) for step in (1e-5, -1e-5))
            assert (up - down) / 2e-5 == pytest.approx(gradient[place], rel=1e-5, abs=1e-8)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("z3", "δ3 = z3 − y"), ValueError, "A loss has one number"),
        (("loss", ["δ3 = z3 − y"]), TypeError, "The lines of a derivation are a text"),
        (("loss", "", 1), TypeError, "columns must be True or False"),
        (("loss", "", False, "all"), ValueError, "feedback must be one of 'each', 'first'"),
        (("loss", "", False, "each", "yes"), TypeError, "principles must be True or False"),
    ],
)
def test_what_is_no_derivation_is_refused(net, arguments, error, words):
    node, *rest = arguments
    with pytest.raises(error, match=words):
        nn.check_derivation({"z3": net.output, "loss": net.loss}[node], *rest)


def test_who_asserts_a_report_asserts_that_it_is_right():
    loss = nn.two_hidden_layer_network(2, 3, 4, 2, loss="squared_error").loss
    for text, right in (("z3.grad = z3 - y", None), ("z3.grad = y - z3", False)):
        report = nn.check_derivation(loss, text)
        assert report.right is not True and not report, (text, right)
    everything = nn.check_derivation(loss, nn.derive(loss).code())
    assert bool(everything) is (everything.right is True)
