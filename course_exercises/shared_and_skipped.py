"""The questions of the further lesson on weights that are shared and layers that are skipped."""

from collections.abc import Callable

import numpy as np

import course_nn as nn
from course_exercises.cases import HUGE, NO_NUDGING, Case, try_cases
from course_exercises.derivations import derivation
from course_exercises.question import Question, Wrong, name_slip

Array = np.ndarray


def _used_twice(answer: float) -> str:
    if np.shape(answer) in ((2,), (1, 2)):
        raise Wrong("those are two numbers, one for each use of w; add them up.")
    x, w, y = 0.6, 5.0, 47.0
    a = x * w
    h = a**2 + 1  # without the 1, "the 2 of 2a is missing" and "only the path through a" would meet
    d = h * w - y  # dL/dz
    late, early = d * h, d * w * 2 * a * x  # w in the last product, and in the first
    slips = {
        "only the use in z = h w was taken; w is in a = x w too.": late,
        "only the use in a = x w was taken; w is in z = h w too.": early,
        "the derivative of a² is 2a: a factor 2 is missing on the path through a.": (
            late + early / 2
        ),
        "a² was not differentiated: on the path through a its slope is 2a.": late + early * a / 2,
        "the derivative of h = a² + 1 is 2a; the 1 drops out.": late
        + early * (2 * a + 1) / (2 * a),
        "the + 1 of h was lost on the path to z: dz/dw there is h, not a².": late - d + early,
        "the + 1 of h was lost from the start: h = a² + 1.": (a**2 * w - y) * 3 * a**2,
        "only y was multiplied by dz/dw: put brackets around z − y.": h * w
        - y * (late + early) / d,
        "2a is the slope of a²; on the path through a comes x as well.": late + early / x,
        "on the path through a the way goes back through z = h w: a factor w is missing.": (
            late + early / w
        ),
        "the two uses are added, not subtracted.": early - late,
        "that is the mean of the two uses; they are added.": (late + early) / 2,
        "the two uses were multiplied; they are added.": late * early,
        "that is dz/dw; the factor dL/dz = z − y is missing.": (late + early) / d,
        "that is dL/dz = z − y, the first factor of both.": d,
        "y is missing: dL/dz is z − y, not z.": (late + early) / d * h * w,
        "the sign: dL/dz is z − y.": -(late + early),
        "a factor 2: the ½ cancels the 2 of the square.": 2 * (late + early),
        "that is the loss, and not its derivative.": d**2 / 2,
        "that is dz/dh times dL/dz; w stands in a and in z.": d * w,
        "the square was not differentiated: dL/dz is z − y.": d**2 / 2 * (late + early) / d,
        "the bracket was squared; dL/dz is z − y.": d * (late + early),
        "h is a² + 1, not a.": d * a + early,
    }
    name_slip(answer, late + early, slips)
    return "(z − y) (h + w · 2a · x) = 3 · (10 + 5 · 6 · 0.6) = 84."


q1 = Question(
    "Exercise S.1",
    "dL_dw",
    _used_twice,
    hints=[
        "a = 3, h = 10, z = 50, dL/dz = 3. In which two places does w stand?",
        "As the second factor of z = h w it gives 3 · h. The other path goes on through h and a.",
    ],
    solution="dL_dw = 3 * 10 + 3 * 5 * (2 * 3) * 0.6",
)


def _side_by_side(answer: Callable[..., Array]) -> str:
    rng = np.random.default_rng(6)

    def network(B: int, D: int, K: int) -> dict[str, Array]:
        shapes = {"x": (B, D), "v": (B, D), "y": (B, K), "W": (D, K)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    cases = []
    for *sizes, large in ((3, 3, 3, 1), (1, 3, 3, 1), (4, 2, 3, 1), (5, 3, 1, 1), (2, 3, 2, HUGE)):
        arguments = network(*sizes)
        arguments["y"] *= large
        x, v, y, W = arguments.values()
        h, u = np.tanh(x @ W), np.tanh(v @ W)
        d = h - u - y
        late = (np.tanh((x - v) @ W) - y) * (1 - np.tanh((x - v) @ W) ** 2)
        by_h, by_u = x.T @ (d * (1 - h**2)), v.T @ (d * (1 - u**2))
        right = by_h - by_u
        slips = {
            "only the use with x was taken; W stands in u too.": by_h,
            "only the use with v was taken, and its sign is that of + u; W stands in h too.": by_u,
            "only the use with v was taken; W stands in h too.": -by_u,
            "the sign of the second use: z is h − u, so u receives −∂L/∂z.": by_h + by_u,
            "the sign: ∂L/∂z is z − y.": -right,
            "a factor 2 too much.": 2 * right,
            "a factor ½ too much.": right / 2,
            "the derivative of tanh is missing.": x.T @ d - v.T @ d,
            "the derivative of tanh is missing in the second use.": by_h - v.T @ d,
            "the derivative of tanh is missing in the first use.": x.T @ d - by_u,
            "h (1 − h) is the derivative of the sigmoid; here it is tanh.": (
                x.T @ (d * h * (1 - h)) - v.T @ (d * u * (1 - u))
            ),
            "the slope of both uses is taken at h; on the way to v it is 1 − u².": (
                by_h - v.T @ (d * (1 - h**2))
            ),
            "the slope of both uses is taken at u; on the way to x it is 1 − h².": (
                x.T @ (d * (1 - u**2)) - by_u
            ),
            "each use has its own slope, and not the product of both.": (
                (x - v).T @ (d * (1 - h**2) * (1 - u**2))
            ),
            "1 − h in place of 1 − h².": x.T @ (d * (1 - h)) - v.T @ (d * (1 - u)),
            "(1 − h)² in place of 1 − h².": x.T @ (d * (1 - h) ** 2) - v.T @ (d * (1 - u) ** 2),
            "1 − (x W)² in place of 1 − h²: the slope is taken at h.": (
                x.T @ (d * (1 - (x @ W) ** 2)) - v.T @ (d * (1 - (v @ W) ** 2))
            ),
            "tanh of the difference is another network: h and u have a tanh each.": (
                (x - v).T @ late
            ),
            "x and v are exchanged.": v.T @ (d * (1 - h**2)) - x.T @ (d * (1 - u**2)),
            "the sign of y: z − y is h − u − y. Brackets as in h − (u − y) turn it round, and so "
            "does exchanging x and v.": (
                x.T @ ((d + 2 * y) * (1 - h**2)) - v.T @ ((d + 2 * y) * (1 - u**2))
            ),
            "z is h − u, not u − h.": (
                x.T @ ((u - h - y) * (1 - h**2)) - v.T @ ((u - h - y) * (1 - u**2))
            ),
            "the sign of z − y was lost.": (
                x.T @ (np.abs(d) * (1 - h**2)) - v.T @ (np.abs(d) * (1 - u**2))
            ),
            "the square was not differentiated: ∂L/∂z is z − y, not ½ (z − y)².": (
                x.T @ (0.5 * d**2 * (1 - h**2)) - v.T @ (0.5 * d**2 * (1 - u**2))
            ),
            "what came in stands at the end of the path: x and v came in, not h and u.": (
                h.T @ (d * (1 - h**2)) - u.T @ (d * (1 - u**2))
                if x.shape[1] == y.shape[1]
                else np.nan
            ),
            "nothing goes back through W here: W is where the path ends.": (
                x.T @ ((d @ W.T) * (1 - h**2)) - v.T @ ((d @ W.T) * (1 - u**2))
                if x.shape[1] == y.shape[1]
                else np.nan
            ),
            "x and v are not transposed.": (
                x @ (d * (1 - h**2)) - v @ (d * (1 - u**2)) if len(set(sizes)) == 1 else np.nan
            ),
            "the gradients of the two uses were multiplied; they are added.": by_h * -by_u,
            "all entries were added up; each weight has its own gradient.": right.sum(),
            "the slopes are exchanged: on the way to x it is 1 − h², on the way to v 1 − u².": (
                x.T @ (d * (1 - u**2)) - v.T @ (d * (1 - h**2))
            ),
            "the derivative is taken at h and u; 1 − h² holds it already: h = tanh(x W).": (
                x.T @ (d * (1 - np.tanh(h) ** 2)) - v.T @ (d * (1 - np.tanh(u) ** 2))
            ),
            "one slope for the difference: each use has its own, 1 − h² and 1 − u².": (
                (x - v).T @ (d * (1 - (h - u) ** 2))
            ),
            "x came in at both uses here; at the second it is v.": (by_h - x.T @ (d * (1 - u**2))),
            "y is missing: ∂L/∂z is z − y.": (
                x.T @ ((h - u) * (1 - h**2)) - v.T @ ((h - u) * (1 - u**2))
            ),
            "the output is h − u, and here it is h + u.": (
                x.T @ ((h + u - y) * (1 - h**2)) + v.T @ ((h + u - y) * (1 - u**2))
            ),
            "that is the transpose.": right.T,
        }
        if len(x) > 1:
            last = {name: value[-1:] for name, value in (("x", x), ("v", v))}
            slips |= {
                "that is the mean over the examples; here the sum is wanted.": right / len(x),
                "that is the last example alone. In a loop, = overwrites what was there: write "
                "+=.": last["x"].T @ (d * (1 - h**2))[-1:] - last["v"].T @ (d * (1 - u**2))[-1:],
                "that is the first example alone. Take all rows.": (
                    x[:1].T @ (d * (1 - h**2))[:1] - v[:1].T @ (d * (1 - u**2))[:1]
                ),
                "the last example was left out.": (
                    x[:-1].T @ (d * (1 - h**2))[:-1] - v[:-1].T @ (d * (1 - u**2))[:-1]
                ),
            }
        B, D, K = sizes
        named = NO_NUDGING if large > 1 else f"B = {B}, D = {D} and K = {K}"
        cases.append(Case(arguments, right, slips, named))
    try_cases(answer, cases)
    return "It holds for several widths, for one example and for several."


q2 = Question(
    "Exercise S.2",
    "gradient_of_shared_W",
    _side_by_side,
    hints=[
        "h receives ∂L/∂z = z − y, and u receives minus that.",
        "Treat the two W as different matrices, take rule 2 for each, and add.",
    ],
    solution="""
def gradient_of_shared_W(x, v, y, W):
    h, u = np.tanh(x @ W), np.tanh(v @ W)
    delta = h - u - y
    as_first = x.T @ (delta * (1 - h**2))
    as_second = v.T @ (-delta * (1 - u**2))
    return as_first + as_second
""",
)


def _skip_before_the_activation() -> nn.Node:
    """The loss of the network of exercise S.3; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        U, V = nn.Parameter("U", np.ones((3, 4))), nn.Parameter("V", np.ones((4, 4)))
        W = nn.Parameter("W", np.ones((4, 2)))
        h = nn.tanh(nn.matmul(x, U, name="a"), name="h")
        p = nn.add(nn.matmul(h, V, name="c"), h, name="p")
        z = nn.matmul(nn.tanh(p, name="q"), W, name="z")
        return nn.squared_error(z, y, name="loss")


q3 = Question(
    "Exercise S.3",
    "my_lines",
    derivation(
        _skip_before_the_activation,
        "All lines hold. Here the direct path too passes f′, that of q; in section 2 it did not.",
        feedback="first",
    ),
    hints=[
        "From z back: W, q, p. What do the two operands of p = c + h receive?",
        "h is used twice: in c, through V, and in p, directly.",
        "p.grad = q.grad ⊙ (1 − q²), and h.grad is the sum of two.",
    ],
    solution='''
my_lines = """
z.grad = z − y
W.grad = q.T @ z.grad / B
q.grad = z.grad @ W.T
p.grad = q.grad ⊙ (1 − q²)
V.grad = h.T @ p.grad / B
h.grad = p.grad @ V.T + p.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
"""
''',
)
