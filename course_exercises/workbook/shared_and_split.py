"""Problems 13 to 20 of the workbook: what is used twice, what is split, what a whole row feeds."""

import numpy as np

import course_nn as nn
from course_exercises.question import Question, name_slip
from course_exercises.workbook.problem import Choice, FellowStudent, Problem
from course_nn import more_operations as more


def _weights(name: str, *shape: int) -> nn.Parameter:
    """Their numbers do not matter: a derivation holds for all."""
    return nn.Parameter(name, np.ones(shape))


# ------------------------------------------------------------------ one matrix, used twice


def _in_series() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=3)
        W = _weights("W", 3, 3)
        h = nn.tanh(nn.matmul(x, W, name="p"), name="h")
        return nn.squared_error(nn.matmul(h, W, name="q"), t, name="loss")


q13 = Problem(
    13,
    _in_series,
    lines="""
q.grad = q − t
h.grad = q.grad @ W.T
p.grad = h.grad ⊙ (1 − h²)
W.grad = (x.T @ p.grad + h.T @ q.grad) / B
""",
    praise="All lines hold. W is one matrix, and its gradient is one sum.",
    reasons="Call the two uses A and C for a moment: p = x A, q = h C. Then A.grad is "
    "x.T @ p.grad / B and C.grad is h.T @ q.grad / B, as ever. Whoever raises an entry of W raises "
    "the same entry of both at once, so W.grad is their sum.",
    hints=[
        "In how many products does W stand?",
        "Give the two uses different names for a moment. What are their gradients?",
        "An entry of W that is raised is raised in both places: add.",
    ],
)


def _side_by_side() -> nn.Node:
    with nn.Graph():
        x, v = nn.Input("x", width=3), nn.Input("v", width=3)
        t, W = nn.Input("t", width=2), _weights("W", 3, 4)
        h = nn.sigmoid(nn.matmul(x, W, name="a"), name="h")
        k = nn.sigmoid(nn.matmul(v, W, name="c"), name="k")
        d = more.subtract(h, k, name="d")
        return nn.squared_error(nn.matmul(d, _weights("V", 4, 2), name="z"), t, name="loss")


q14 = Problem(
    14,
    _side_by_side,
    lines="""
z.grad = z − t
V.grad = d.T @ z.grad / B
d.grad = z.grad @ V.T
h.grad = d.grad
k.grad = −d.grad
a.grad = h.grad ⊙ h ⊙ (1 − h)
c.grad = k.grad ⊙ k ⊙ (1 − k)
W.grad = (x.T @ a.grad + v.T @ c.grad) / B
""",
    praise="All lines hold. The minus was made where the two meet, and it is passed on.",
    reasons="In d = h − k the factor of h is 1, that of k is −1. The minus goes with k.grad down "
    "to c.grad; each use has its own slope, taken at its own h or k, and its own input. The two "
    "uses of W are added, as always: the minus is in c.grad already, and stands only once.",
    hints=[
        "What do h and k get from d = h − k?",
        "Each of the two uses has its own slope and its own input.",
        "The two uses of W are added. Where has the minus gone?",
    ],
)

pair_2 = Choice(
    "Problems 13 and 14",
    "through_itself",
    "a",
    "In problem 13 one use stands behind the other; in problem 14 they stand side by side.",
    {
        "b": "in problem 14 neither use lies behind the other: nothing comes back through W.",
        "c": "in problem 14 what arrives at a and c has come through V, not through W.",
        "d": "in problem 13 look at the line of h: through which matrix does it come back?",
    },
    hints=["Look for W on the right of a line, not of a product that is its gradient."],
    reasons="In problem 13 what arrives at p has passed W.T, so the gradient of W depends on W "
    "itself also in this way. In problem 14 the two ways back meet W only where they end. What is "
    "the same in both: two uses, two products, one sum.",
)


def _transposed() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        h = nn.tanh(nn.matmul(x, _weights("U", 3, 4), name="a"), name="h")
        e = more.matmul_transposed(h, _weights("V", 4, 4), name="e")
        return nn.squared_error(nn.add(e, h, name="z"), t, name="loss")


q15 = Problem(
    15,
    _transposed,
    lines="""
z.grad = z − t
e.grad = z.grad
V.grad = e.grad.T @ h / B
h.grad = e.grad @ V + z.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
""",
    praise="All lines hold. You have found them from one entry, and not from the shapes.",
    reasons="e_bk = Σ_j h_bj V_kj. V_kj stands in column k of every row b, beside h_bj: "
    "Σ_b e.grad_bk h_bj, with k first, as V has it, so e.grad.T @ h. And h_bj meets V_kj for every "
    "k: Σ_k e.grad_bk V_kj, which is e.grad @ V, without a transpose. Besides, h stands in z "
    "directly. V is square, so the shapes would have let you write V.T as well.",
    hints=[
        "In which entries of e does V_kj stand, and beside what? And in which h_bj?",
        "Gather Σ_b e.grad_bk h_bj so that k counts the rows, as it does in V.",
        "In Σ_k e.grad_bk V_kj the sum runs over the rows of V. Which product of matrices sums "
        "over the rows of its right factor? And the other path from h?",
    ],
)

# ------------------------------------------------------------------ bare: two ways that meet


def _gate() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=3)
        g = nn.sigmoid(nn.matmul(x, _weights("G", 3, 3), name="c"), name="g")
        h = nn.tanh(nn.matmul(x, _weights("A", 3, 3), name="a"), name="h")
        d = more.subtract(h, x, name="d")
        r = nn.add(more.multiply(g, d, name="s"), x, name="r")
        return nn.squared_error(r, t, name="loss")


q16 = Problem(
    16,
    _gate,
    lines="""
r.grad = r − t
s.grad = r.grad
g.grad = s.grad ⊙ d
d.grad = s.grad ⊙ g
h.grad = d.grad
c.grad = g.grad ⊙ g ⊙ (1 − g)
a.grad = h.grad ⊙ (1 − h²)
G.grad = x.T @ c.grad / B
A.grad = x.T @ a.grad / B
""",
    praise="All lines hold. The gate learns from what would change if it opened.",
    reasons="s_bj = g_bj d_bj. The derivative by g_bj is the other factor, d_bj, and by d_bj it is "
    "g_bj. So the gate gets how far h and x differ, and h gets what the gate lets through. x is "
    "used four times, but it is data, and nobody asks for its gradient.",
    hints=[
        "Write one entry of s. Where does g_bj occur in it, and beside what?",
        "Of a product entry by entry, each factor gets the other one.",
    ],
)


def _two_heads() -> nn.Node:
    with nn.Graph():
        x, t, y = nn.Input("x", width=3), nn.Input("t", width=2), nn.Labels("y", classes=4)
        h = nn.tanh(nn.matmul(x, _weights("U", 3, 5), name="a"), name="h")
        numbers = nn.squared_error(nn.matmul(h, _weights("A", 5, 2), name="p"), t, name="L_p")
        classes = nn.cross_entropy(nn.matmul(h, _weights("C", 5, 4), name="z"), y, name="L_z")
        return more.add_losses(numbers, classes, factor=0.25, name="loss")


q17 = Problem(
    17,
    _two_heads,
    lines="""
p.grad = p − t
z.grad = ¼ (softmax(z) − onehot(y))
A.grad = h.T @ p.grad / B
C.grad = h.T @ z.grad / B
h.grad = p.grad @ A.T + z.grad @ C.T
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
""",
    praise="All lines hold. The ¼ is taken once, where its way back begins.",
    reasons="Raise the loss of the classes by a little, and the whole loss rises by a quarter of "
    "it: so this head starts with ¼. Everything made from z.grad has the ¼ in it already, and "
    "whoever writes it in the line of C or of h once more has ¹⁄₁₆. In h the two heads meet, and "
    "are added.",
    hints=[
        "Where does the way back begin, and with which number? There are two beginnings.",
        "In lesson 06, section 3, a loss is multiplied by c. What becomes of the start?",
    ],
)


def _joined() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        h = nn.tanh(nn.matmul(x, _weights("W", 3, 4), name="a"), name="h")
        c = more.join(h, x, name="c")
        return nn.squared_error(nn.matmul(c, _weights("V", 7, 2), name="z"), t, name="loss")


q18 = Problem(
    18,
    _joined,
    lines="""
z.grad = z − t
V.grad = c.T @ z.grad / B
c.grad = z.grad @ V.T
h.grad = c.grad[:, :H]
a.grad = h.grad ⊙ (1 − h²)
W.grad = x.T @ a.grad / B
""",
    praise="All lines hold. Where nothing is computed, nothing is multiplied: columns are handed "
    "back.",
    reasons="c_bj is h_bj for the first H columns, with the factor 1, and an entry of x for the "
    "others. So h gets the first H columns of c.grad as they are. It comes to the same to take the "
    "first H rows of V: z.grad @ V[:H].T.",
    hints=[
        "Write one entry of c, for a column among the first H, and for one of the others.",
        "Which columns of c.grad belong to h? Write them with [:, from:to].",
    ],
)

# ------------------------------------------------------------------ the third fellow student


def _of_the_third() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=3)
        W = _weights("W", 3, 3)
        h = nn.tanh(nn.matmul(x, W, name="q"), name="h")
        k = nn.matmul(h, W, name="k")
        return nn.squared_error(more.subtract(k, h, name="r"), t, name="loss")


fellow_3 = FellowStudent(
    "Third fellow student",
    _of_the_third,
    lines="""
r.grad = r − t
k.grad = r.grad
h.grad = k.grad @ W.T + r.grad
q.grad = h.grad ⊙ (1 − h²)
W.grad = (x.T @ q.grad + h.T @ k.grad) / B
""",
    wrong=3,
    right="h.grad = k.grad @ W.T − r.grad",
    praise=(
        "That is the line. Both paths are there, and one of them has the wrong sign.",
        "Now all five lines hold.",
    ),
    reasons="h feeds k, through W, and r, directly. In r = k − h the factor of h is −1, so the "
    "direct path brings −r.grad.",
    hints=[
        "Go through the arrows that leave each node: are all there, and with which factor?",
        "In which line should a minus of the forward pass be met again?",
    ],
)
line_3, mended_3 = fellow_3.which, fellow_3.mended

effect_3 = Choice(
    "Third fellow student, what it does",
    "effect",
    "c",
    "x.T @ q.grad is made from h.grad, and h.T @ k.grad is not.",
    {
        "a": "not both. From which lines is each of the two made?",
        "b": "h.T @ k.grad is made from h and from k.grad. Is one of these wrong?",
        "d": "h.grad does not stay alone: is a later line made from it?",
    },
    hints=["Which lines are made from the wrong one? Which of the two terms uses one of them?"],
    reasons="W is used twice, and only the way back to its first use passes the wrong line. So the "
    "gradient is a sum of a right and a wrong term: it may even have nearly the right direction, "
    "and the loss may fall, only not as it should. A nudge of W finds it at once.",
)

# ------------------------------------------------------------------ a row that feeds itself


def _centred() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        h = nn.tanh(nn.matmul(x, _weights("U", 3, 4), name="a"), name="h")
        r = more.subtract(h, more.row_mean(h, name="m"), name="r")
        return nn.squared_error(nn.matmul(r, _weights("V", 4, 2), name="z"), t, name="loss")


q19 = Problem(
    19,
    _centred,
    lines="""
z.grad = z − t
V.grad = r.T @ z.grad / B
r.grad = z.grad @ V.T
m.grad = −Σ_j r.grad
h.grad = r.grad + m.grad / H
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
""",
    praise="All lines hold. The way back takes off the mean, as the way forward did.",
    reasons="m stands in every entry of its row of r, with the factor −1: so m.grad is minus the "
    "sum of r.grad along the row. And every h_bj stands in m with the factor 1/H, besides its own "
    "r_bj. Put together, h.grad is r.grad minus the mean of its row. Whoever takes m for a "
    "constant has r.grad alone.",
    hints=[
        "m is made from h. How many paths lead from h_bj to z?",
        "In how many entries of r does m_b stand, and with which factor? And h_bj in m_b?",
    ],
)


def _of_length_one() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        z = nn.matmul(x, _weights("W", 3, 4), name="z")
        u = more.divide(z, more.row_norm(z, name="n"), name="u")
        return nn.squared_error(u, t, name="loss")


q20 = Problem(
    20,
    _of_length_one,
    lines="""
u.grad = u − t
n.grad = −Σ_k u.grad ⊙ u / n
z.grad = u.grad / n + n.grad ⊙ z / n
W.grad = x.T @ z.grad / B
""",
    praise="All lines hold. You derive what nobody has shown you.",
    reasons="u_bk = z_bk / n_b. The number n_b stands in every entry of its row, and the "
    "derivative of z/n by n is −z/n², which is −u/n: so n.grad is minus the sum of u.grad ⊙ u / n "
    "along the row. And n_b = √(Σ_k z_bk²) moves by z_bk / n_b when z_bk is raised. So z has two "
    "paths: u.grad / n directly, and n.grad ⊙ z / n by way of n. In one line: "
    "z.grad = (u.grad − u ⊙ Σ_k u.grad ⊙ u) / n.",
)


def _slope_along_W(answer: float) -> str:
    rng = np.random.default_rng(20)
    loss = _of_length_one()
    (W,) = loss.graph.parameters
    W.value = rng.normal(size=W.value.shape)
    loss.graph.Forward(x=rng.normal(size=(5, 3)), t=rng.normal(size=(5, 4)))
    loss.graph.Backward(loss)
    slips = {"make W ten times as large: that makes z ten times as large. And u?": 1.0}
    name_slip(answer, round((W.value * W.grad).sum(), 12), slips)
    return "For any data and any W: where W grows as a whole, the loss does not move."


surprise = Question(
    "Problem 20, the surprise",
    "sum_of_products",
    _slope_along_W,
    hints=[
        "Make every entry of W 1 percent larger. What becomes of z, of n, and of u?",
        "If W grows by a hundredth of itself, the loss moves by nearly a hundredth of Σ W ⊙ "
        "W.grad. How far does it move here?",
    ],
    solution="sum_of_products = 0",
    reasons="Make W as a whole c times as large. Then z and n are c times as large, and u, their "
    "quotient, is as before: the loss does not move. Its slope along this way is 0, and by "
    "(2.6) of lesson 02 this slope is Σ W ⊙ W.grad: for each entry, by how much it moves times "
    "the derivative, added over all. So the gradient stands at right angles to W, and each update "
    "turns W and makes it a little longer.",
)
