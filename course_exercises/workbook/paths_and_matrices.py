"""Problems 1 to 6 of the workbook: single numbers, then matrices, then several examples."""

import numpy as np

import course_nn as nn
from course_exercises.workbook.problem import Choice, FellowStudent, Problem
from course_nn import more_operations as more


def _weights(name: str, *shape: int) -> nn.Parameter:
    """Their numbers do not matter: a derivation holds for all."""
    return nn.Parameter(name, np.ones(shape))


def _number(name: str) -> nn.Parameter:
    return _weights(name, 1, 1)


# ------------------------------------------------------------------ single numbers


def _one_product() -> nn.Node:
    with nn.Graph():
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        return nn.squared_error(nn.matmul(x, _number("w"), name="z"), y, name="loss")


q1 = Problem(
    1,
    _one_product,
    principles=("z", "w"),
    lines="""
z.grad = z − y    # multiply along a path
w.grad = x z.grad  # what came in
""",
    praise="Both lines have their principle. All that follows is made of such lines.",
    reasons="From z one path leads to the loss, and it has one step, the square: its slope is "
    "z − y. At the weight w the number x came in, and w.grad is x times what has arrived at z. "
    "(“Multiply along a path” fits the second line as well, as x is a factor of the path.)",
    hints=[
        "The first line goes from z to the loss. Is there more than one path?",
        "The second line is about a weight. What is its first factor, x, for this weight?",
        "Two of the five fit: multiply along a path; what came in.",
    ],
)


def _six_factors() -> nn.Node:
    with nn.Graph():
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        h = nn.tanh(nn.matmul(x, _number("u"), name="a"), name="h")
        s = nn.sigmoid(nn.matmul(h, _number("v"), name="c"), name="s")
        return nn.squared_error(nn.matmul(s, _number("w"), name="z"), y, name="loss")


q2 = Problem(
    2,
    _six_factors,
    one_example=True,
    lines="""
z.grad = z − y
w.grad = s z.grad
s.grad = z.grad w
c.grad = s.grad s (1 − s)
v.grad = h c.grad
h.grad = c.grad v
a.grad = h.grad (1 − h²)
u.grad = x a.grad
""",
    praise="All lines hold. Put into each other, they make six factors: "
    "(z − y) · w · s (1 − s) · v · (1 − h²) · x.",
    reasons="On the way back from h to a the way passes tanh, and the slope of tanh is 1 − h². "
    "The line of c has s (1 − s), because there the way passes the sigmoid: the slope belongs to "
    "the function, not to the place. At the weight u the number x came in.",
    hints=[
        "Which function leads from a to h? Its slope is in lesson 04, section 5.",
        "h (1 − h) is the slope of the sigmoid. The slope of tanh is another one.",
        "The last line has the form of that of v: what came in, times what has arrived.",
    ],
)


def _two_outputs() -> nn.Node:
    with nn.Graph():
        x = nn.Input("x", width=1)
        s, t = nn.Input("s", width=1), nn.Input("t", width=1)
        h = nn.tanh(nn.matmul(x, _number("u"), name="a"), name="h")
        p = nn.matmul(h, _number("v"), name="p")
        q = nn.matmul(h, _number("w"), name="q")
        first = nn.squared_error(p, s, name="L_p")
        return more.add_losses(first, nn.squared_error(q, t, name="L_q"), name="loss")


q3 = Problem(
    3,
    _two_outputs,
    one_example=True,
    lines="""
p.grad = p − s
q.grad = q − t
v.grad = h p.grad
w.grad = h q.grad
h.grad = p.grad v + q.grad w
a.grad = h.grad (1 − h²)
u.grad = x a.grad
""",
    praise="All lines hold. Two paths leave h, and both count.",
    reasons="Raise h a little. Then p moves by v times as much, and q by w times as much, and the "
    "loss feels both. So what comes back on the two paths is added. Everything behind h, here a "
    "and u, uses the sum, and has only one term.",
    hints=[
        "What does h feed? Follow every arrow that leaves it in the picture.",
        "Along the path over p it is p.grad times v. And along the other one?",
        "Multiply along each path, then add the two.",
    ],
)


def _unequal_paths() -> nn.Node:
    with nn.Graph():
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        h = nn.tanh(nn.matmul(x, _number("u"), name="a"), name="h")
        p = nn.sigmoid(nn.matmul(h, _number("v"), name="c"), name="p")
        q = nn.matmul(h, _number("w"), name="q")
        return nn.squared_error(nn.add(p, q, name="z"), y, name="loss")


q4 = Problem(
    4,
    _unequal_paths,
    one_example=True,
    lines="""
z.grad = z − y
p.grad = z.grad
q.grad = z.grad
w.grad = h q.grad
c.grad = p.grad p (1 − p)
v.grad = h c.grad
h.grad = c.grad v + q.grad w
a.grad = h.grad (1 − h²)
u.grad = x a.grad
""",
    praise="All lines hold. A slope belongs to the path that passes the function, and to no other.",
    reasons="From h one path leads over c and p, and passes the sigmoid: it has the factor "
    "p (1 − p). The other one leads over q, and passes no function. In the line of h both are "
    "added, each with its own weight. Whoever puts p (1 − p) behind the whole sum has given it to "
    "the path over q, too.",
    hints=[
        "c leads into p through a function. Which, and what is its slope?",
        "From h two paths leave, as in problem 3. At the end of one of them stands c, of the other "
        "q.",
        "h.grad = (what arrives at c, times the weight before c) + (the same for q).",
    ],
)

# ------------------------------------------------------------------ matrices


def _other_letters() -> nn.Node:
    with nn.Graph():
        v, t = nn.Input("v", width=3), nn.Input("t", width=2)
        r = nn.tanh(nn.matmul(v, _weights("P", 3, 4), name="b"), name="r")
        s = nn.sigmoid(nn.matmul(r, _weights("Q", 4, 5), name="m"), name="s")
        return nn.squared_error(nn.matmul(s, _weights("R", 5, 2), name="o"), t, name="loss")


q5 = Problem(
    5,
    _other_letters,
    one_example=True,
    lines="""
o.grad = o − t
R.grad = s.T @ o.grad
s.grad = o.grad @ R.T
m.grad = s.grad ⊙ s ⊙ (1 − s)
Q.grad = r.T @ m.grad
r.grad = m.grad @ Q.T
b.grad = r.grad ⊙ (1 − r²)
P.grad = v.T @ b.grad
""",
    praise="All lines hold. The letters were others, the rules the same.",
    reasons="Three times the same two rules: the gradient of a matrix is what came in, transposed, "
    "times what has arrived; on the way back what has arrived is multiplied by the transposed "
    "matrix, as the sum runs over what it feeds. After that comes, entry by entry, the slope of "
    "the function at which one arrives: of the sigmoid at m, of tanh at b.",
    hints=[
        "Find for each letter what it is in lesson 05: v is x there, P is W1, b is z1.",
        "Back through a matrix: over which index does the sum run? That is why it is transposed.",
        "From s to m the way passes a sigmoid, from r to b a tanh.",
    ],
)

q6 = Problem(
    6,
    _other_letters,
    lines="""
o.grad = o − t
s.grad = o.grad @ R.T
m.grad = s.grad ⊙ s ⊙ (1 − s)
r.grad = m.grad @ Q.T
b.grad = r.grad ⊙ (1 − r²)
R.grad = s.T @ o.grad / B
Q.grad = r.T @ m.grad / B
P.grad = v.T @ b.grad / B
""",
    praise="All lines hold. The mean is taken once for each matrix, and nowhere else.",
    reasons="Row b of o.grad, s.grad, m.grad, r.grad and b.grad belongs to example b alone, and an "
    "example's own loss is divided by nothing. A matrix is used by all B examples: the products "
    "s.T @ o.grad, r.T @ m.grad and v.T @ b.grad add up over them, and the loss J is their mean. "
    "So each of these three is divided by B, once. No division is handed on from one to the next.",
    hints=[
        "Which of the eight lines adds something over the examples?",
        "The inner number of s.T @ o.grad is B. So what does the product add up?",
        "Each of the three is divided by B once, however many layers lie behind it.",
    ],
)

# ------------------------------------------------------------------ the first fellow student


def _of_the_first() -> nn.Node:
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        k = nn.tanh(nn.matmul(x, _weights("A", 3, 4), name="c"), name="k")
        g = nn.sigmoid(nn.matmul(k, _weights("M", 4, 5), name="e"), name="g")
        return nn.squared_error(nn.matmul(g, _weights("R", 5, 2), name="z"), t, name="loss")


fellow_1 = FellowStudent(
    "First fellow student",
    _of_the_first,
    lines="""
z.grad = z − t
R.grad = g.T @ z.grad / B
g.grad = z.grad @ R.T
e.grad = g.grad ⊙ g ⊙ (1 − g)
M.grad = k.T @ e.grad / B
k.grad = e.grad @ M.T
c.grad = k.grad ⊙ k ⊙ (1 − k)
A.grad = x.T @ c.grad / B
""",
    wrong=7,
    right="c.grad = k.grad ⊙ (1 − k²)",
    praise=(
        "That is the line. Line 8 has no slip of its own, it only goes on from there.",
        "Now all eight lines hold.",
    ),
    reasons="k is tanh(c), so its slope is 1 − k². The student has written that of the sigmoid, "
    "which is right three lines above, for g. All shapes fit all the same.",
    hints=[
        "All shapes fit. Go through the lines with the forward pass beside them: which function "
        "stands where?",
        "There are two activations in it, and they are not the same.",
    ],
)
line_1, mended_1 = fellow_1.which, fellow_1.mended

effect_1 = Choice(
    "First fellow student, what it does",
    "effect",
    "b",
    "Where k is negative, k (1 − k) is negative too, and no slope of tanh is.",
    {
        "a": "are they right everywhere? Work out both slopes, at several values of k.",
        "c": "not all three. Follow the lines: which of the three is made from the wrong one?",
        "d": "is it one factor? Divide one slope by the other, at two values of k.",
    },
    hints=[
        "Which of the three matrices get their gradient after this line?",
        "tanh takes values from −1 to 1. Put k = −½ into k (1 − k), and into 1 − k².",
    ],
    reasons="For k = −½ it is −¾, and should be +¾: for this unit and this example the sign of "
    "c.grad is turned, and training moves A the wrong way. M and R are trained rightly, so the "
    "loss may fall all the same, and nobody notices.",
)
