"""Problems 7 to 12 of the workbook: a row that is added, classes, columns, and skips."""

import numpy as np

import course_nn as nn
from course_exercises.question import Question, name_slip
from course_exercises.workbook.problem import Choice, FellowStudent, Problem


def _weights(name: str, *shape: int) -> nn.Parameter:
    """Their numbers do not matter: a derivation holds for all."""
    return nn.Parameter(name, np.ones(shape))


# ------------------------------------------------------------------ a row, and classes


def _with_a_row() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        k = nn.matmul(x, _weights("A", 3, 4), name="k")
        h = nn.tanh(nn.add(k, _weights("c", 1, 4), name="o"), name="h")
        return nn.squared_error(nn.matmul(h, _weights("V", 4, 2), name="z"), t, name="loss")


q7 = Problem(
    7,
    _with_a_row,
    lines="""
z.grad = z − t
V.grad = h.T @ z.grad / B
h.grad = z.grad @ V.T
o.grad = h.grad ⊙ (1 − h²)
k.grad = o.grad
A.grad = x.T @ k.grad / B
c.grad = o.grad.sum(axis=0, keepdims=True) / B
""",
    praise="All lines hold. c is one row, and all examples have used it.",
    reasons="o_bj = k_bj + c_j. The entry c_j stands in row b for every b, each time with the "
    "factor 1, so its gradient is the sum of o.grad_bj over b; and J is the mean of B losses, so "
    "it is divided by B. It is the line of a matrix in which a 1 came in, for every example.",
    hints=[
        "Write one entry: o_bj = k_bj + c_j. In which places does c_j occur?",
        "In every row. The way back adds over the places.",
        "Adding up the rows is .sum(axis=0, keepdims=True), or Σ_b. Which mean is still missing?",
    ],
)


def _logits() -> nn.Node:
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=4)
        a = nn.matmul(x, _weights("W", 3, 4), name="a")
        return nn.cross_entropy(nn.add(a, _weights("c", 1, 4), name="z"), y, name="loss")


q8 = Problem(
    8,
    _logits,
    lines="""
z.grad = softmax(z) − onehot(y)
W.grad = x.T @ z.grad / B
c.grad = z.grad.sum(axis=0, keepdims=True) / B
""",
    praise="All lines hold. Only the start is another one than with numbers.",
    reasons="The loss compares probabilities with the right class, so the way back starts with "
    "softmax(z) − onehot(y), equation (6.3). Whoever forgets the softmax compares logits. From "
    "there on W and c get what they got in problem 7.",
    hints=[
        "Where does the way back begin with classes? Lesson 06, section 3.",
        "What the network says, minus what is right: both are rows of probabilities.",
        "For W: what came in. For c: the same row was used by every example.",
    ],
)


def _squares_of_probabilities() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        z = nn.matmul(x, _weights("W", 3, 4), name="z")
        return nn.squared_error(nn.softmax(z, name="p"), t, name="loss")


q9 = Problem(
    9,
    _squares_of_probabilities,
    lines="""
p.grad = p − t
z.grad = p ⊙ (p.grad − Σ_k p.grad ⊙ p)
W.grad = x.T @ z.grad / B
""",
    praise="All lines hold. Each logit feeds every probability, and all these paths are added.",
    reasons="By lesson 06, section 3, log p_k is z_k minus the logarithm of a sum, so its "
    "derivative by z_l is 1 − p_l for k = l, and −p_l otherwise. Now p_k moves p_k times as fast "
    "as its logarithm. So z_l gets Σ_k p.grad_k p_k (1 if k = l, minus p_l): "
    "p_l p.grad_l − p_l Σ_k p.grad_k p_k. Take p_l out, and it is the line. With p (1 − p) alone "
    "only the path from z_l to its own p_l would count.",
    hints=[
        "Raise one logit. Which of the probabilities move?",
        "By lesson 06, section 3, the derivative of log p_k by z_l is 1 − p_l for k = l, and −p_l "
        "otherwise. And p_k moves p_k times as fast as log p_k.",
        "So z_l.grad = Σ_k p.grad_k p_k ((1 if k = l) − p_l). What is left of the first part?",
    ],
)


def _columns() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        h = nn.tanh(nn.matmul(x, _weights("A", 3, 4), name="a"), name="h")
        s = nn.sigmoid(nn.matmul(h, _weights("C", 4, 5), name="c"), name="s")
        return nn.squared_error(nn.matmul(s, _weights("E", 5, 2), name="z"), t, name="loss")


q10 = Problem(
    10,
    _columns,
    columns=True,
    lines="""
z.grad = z − t
E.grad = z.grad @ s.T / B
s.grad = E.T @ z.grad
c.grad = s.grad ⊙ s ⊙ (1 − s)
C.grad = c.grad @ h.T / B
h.grad = C.T @ c.grad
a.grad = h.grad ⊙ (1 − h²)
A.grad = a.grad @ x.T / B
""",
    praise="All lines hold. Every product stands the other way round, and nothing else has "
    "changed.",
    reasons="z = E s means z_kb = Σ_j E_kj s_jb. So E_kj meets z.grad_kb and s_jb, summed over b: "
    "that is z.grad @ s.T. And s_jb meets E_kj for every k: E.T @ z.grad. Both are the lines with "
    "rows, transposed, in which the order of a product turns round.",
    hints=[
        "Write one entry: z_kb = Σ_j E_kj s_jb. Where does E_kj occur, and where s_jb?",
        "Lesson 05, section 6 has both notations side by side. Check the shapes: E is (K, M).",
        "In z.grad @ s.T the inner number is B. In E.T @ z.grad it is K.",
    ],
)

# ------------------------------------------------------------------ two skips


def _skip_after() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        h = nn.tanh(nn.matmul(x, _weights("U", 3, 4), name="a"), name="h")
        s = nn.sigmoid(nn.matmul(h, _weights("V", 4, 4), name="c"), name="s")
        return nn.squared_error(nn.add(s, h, name="r"), t, name="loss")


q11 = Problem(
    11,
    _skip_after,
    lines="""
r.grad = r − t
s.grad = r.grad
c.grad = s.grad ⊙ s ⊙ (1 − s)
V.grad = h.T @ c.grad / B
h.grad = c.grad @ V.T + r.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
""",
    praise="All lines hold. The direct path is short, and it counts as much as the long one.",
    reasons="h feeds two nodes: c, through V, and r, directly. Through V comes c.grad @ V.T. In "
    "r = s + h the factor of h is 1, so the direct path brings r.grad as it is. Both are added.",
    hints=[
        "Follow every arrow that leaves h. How many are there?",
        "One of them ends at c, the other one at r. With which factor does h stand in r?",
        "What comes through V, plus what comes directly.",
    ],
)


def _skip_before() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        h = nn.tanh(nn.matmul(x, _weights("U", 3, 4), name="a"), name="h")
        c = nn.matmul(h, _weights("V", 4, 4), name="c")
        r = nn.sigmoid(nn.add(c, h, name="p"), name="r")
        return nn.squared_error(r, t, name="loss")


q12 = Problem(
    12,
    _skip_before,
    lines="""
r.grad = r − t
p.grad = r.grad ⊙ r ⊙ (1 − r)
c.grad = p.grad
V.grad = h.T @ c.grad / B
h.grad = c.grad @ V.T + p.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
""",
    praise="All lines hold. Hold them against those of problem 11 before you go on.",
    reasons="The sum stands before the sigmoid now. So the way back passes the sigmoid first, at "
    "p, and divides after that: both c and h get p.grad. The direct path, too, has the slope "
    "r (1 − r) in it.",
    hints=[
        "Which function does the way back pass first, and where does it arrive?",
        "What do the two parts of p = c + h get?",
        "The line of h has two terms, and both are made from p.grad.",
    ],
)

pair_1 = Choice(
    "Problems 11 and 12",
    "direct_path",
    "b",
    "In problem 12 the sum is inside of the sigmoid.",
    {
        "a": "in problem 11 h is added after the sigmoid, and the way back meets the sum first.",
        "c": "in problem 11 the direct path ends at r, behind the sigmoid.",
        "d": "in problem 12 h goes into the sigmoid, as a part of p.",
    },
    hints=["Draw the direct path from h to the loss in both pictures. What does it pass?"],
    reasons="In problem 11 the direct path brings r.grad to h undiminished; in problem 12 every "
    "path to h has a factor r (1 − r), which is at most ¼. With many such layers, one behind the "
    "other, little would be left.",
)

# ------------------------------------------------------------------ the second fellow student


def _of_the_second() -> nn.Node:
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=4)
        k = nn.matmul(x, _weights("U", 3, 4), name="k")
        h = nn.tanh(nn.add(k, _weights("c", 1, 4), name="a"), name="h")
        s = nn.add(nn.matmul(h, _weights("V", 4, 4), name="e"), h, name="s")
        return nn.cross_entropy(s, y, name="loss")


fellow_2 = FellowStudent(
    "Second fellow student",
    _of_the_second,
    lines="""
s.grad = softmax(s) − onehot(y)
V.grad = h.T @ s.grad / B
h.grad = s.grad @ V.T + s.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
c.grad = a.grad.sum(axis=0, keepdims=True)
""",
    wrong=6,
    right="c.grad = a.grad.sum(axis=0, keepdims=True) / B",
    praise=(
        "That is the line. All others hold, and none is made from it.",
        "Now all six lines hold.",
    ),
    reasons="c is a parameter like U and V, and J is the mean of B losses. The sum over the rows "
    "is right, the division by B is missing.",
    hints=[
        "Go through the lines with the principles: for which of them is there a mean to take?",
        "There are three parameters. Compare their lines.",
    ],
)
line_2, mended_2 = fellow_2.which, fellow_2.mended


BATCH = 32


def _times_too_large(answer: float) -> str:
    slips = {
        "then nothing would be wrong, and one of the lines is.": 1.0,
        "that would make the step too short. What does the line add up?": 1 / BATCH,
        "that is too much. How often does the line leave something out?": float(BATCH**2),
    }
    name_slip(answer, float(BATCH), slips)
    return "It is as if c had a learning rate of its own, 32 times that of U and V."


effect_2 = Question(
    "Second fellow student, what it does",
    "times_too_large",
    _times_too_large,
    hints=[
        "The line gives a sum, and a mean is wanted.",
        "How many times the mean of B numbers is their sum?",
    ],
    solution="times_too_large = 32",
    reasons="The line gives the sum over the batch, which is B times the mean. U and V get their "
    "right gradients, since their lines do not use that of c. So c alone makes steps that are 32 "
    "times too large, and with a learning rate that suits U and V it may jump to and fro.",
)
