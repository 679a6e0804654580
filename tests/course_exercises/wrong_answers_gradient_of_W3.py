"""Wrong answers to the questions of lesson 03, and how each slip is named."""

from course_exercises import gradient_of_W3

GRADIENT = """
def gradient_of_W3(h2, z3, y):
    return {}
"""
WRONG = [
    (gradient_of_W3.q1, "derivative = 2", "One more factor"),
    (gradient_of_W3.q1, "derivative = 4", "dL/dh"),
    (gradient_of_W3.q1, "derivative = -6", "the sign"),
    (gradient_of_W3.q1, "derivative = 12", "a factor 2"),
    (gradient_of_W3.q1, "derivative = 18", "y is missing"),
    (gradient_of_W3.q1, "derivative = 5", "multiplied"),
    (gradient_of_W3.q2, "dL_dh = 2", "only the first path"),
    (gradient_of_W3.q2, "dL_dh = 3", "only the second path"),
    (gradient_of_W3.q2, "dL_dh = 3", "second factor"),
    (gradient_of_W3.q2, "dL_dh = 20", "only the last path"),
    (gradient_of_W3.q2, "dL_dh = 22", "second path is missing"),
    (gradient_of_W3.q2, "dL_dh = 19", "wrong sign"),
    (gradient_of_W3.q2, "dL_dh = 21", "−1 − 2 = −3"),
    (gradient_of_W3.q2, "dL_dh = 21", "y is missing"),
    (gradient_of_W3.q2, "dL_dh = 120", "they are added"),
    (gradient_of_W3.q2, "dL_dh = 25 / 3", "mean of the paths"),
    (gradient_of_W3.q2, "dL_dh = [2, 3, 20]", "one for each path"),
    (gradient_of_W3.q3, "dW3_on_paper = [[3, 6], [0, 0], [-1, -2]]", "transpose"),
    (gradient_of_W3.q3, "dW3_on_paper = [[3, 0, 1], [6, 0, 2]]", "minus"),
    (gradient_of_W3.q3, "dW3_on_paper = [[4, 1, 0], [5, 2, 1]]", "added instead"),
    (gradient_of_W3.q3, "dW3_on_paper = [[3, 0, -1], [3, 0, -1]]", "second row"),
    (gradient_of_W3.q3, "dW3_on_paper = [3, 0, -2]", "the shape is (3,)"),
    (gradient_of_W3.q4, "what_is_zero = 'b'", "leave unit j"),
    (gradient_of_W3.q4, "what_is_zero = 'c'", "other units"),
    (gradient_of_W3.q4, "what_is_zero = 'd'", "one of 'a', 'b', 'c'"),
    (gradient_of_W3.q5, GRADIENT.format("(z3 - y).T @ h2"), "transpose"),
    (gradient_of_W3.q5, GRADIENT.format("h2.T @ (y - z3)"), "the sign"),
    (gradient_of_W3.q5, GRADIENT.format("2 * h2.T @ (z3 - y)"), "a factor 2"),
    (gradient_of_W3.q5, GRADIENT.format("0.5 * h2.T @ (z3 - y)"), "half"),
    (gradient_of_W3.q5, GRADIENT.format("h2.T @ z3"), "y is missing"),
    (gradient_of_W3.q5, GRADIENT.format("h2 * (z3 - y)"), "entry by entry"),
    (gradient_of_W3.q5, GRADIENT.format("z3 - y"), "δ3 alone"),
    (gradient_of_W3.q5, GRADIENT.format("h2.T @ (0.5 * (z3 - y) ** 2)"), "not differentiated"),
    (
        gradient_of_W3.q5,
        GRADIENT.format("h2 @ (z3 - y)"),
        "the inner numbers differ: the left factor has 3 columns, the right one 1",
    ),
    (gradient_of_W3.q5, GRADIENT.format("h2.T * (z3 - y)"), "two shapes do not fit"),
    (gradient_of_W3.q5, GRADIENT.format("h2.T @ ((z3 - y) * z3 * (1 - z3))"), "no activation"),
    (gradient_of_W3.q5, GRADIENT.format("h2.T @ (z3 - y) / len(h2)"), "mean over the examples"),
]
