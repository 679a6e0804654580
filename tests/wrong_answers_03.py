"""Wrong answers to the questions of lesson 03, and how each slip is named."""

from course_nn.exercises import lesson_03

GRADIENT = """
def gradient_of_W3(h2, z3, y):
    return {}
"""
WRONG = [
    (lesson_03.q1, "derivative = 2", "One more factor"),
    (lesson_03.q1, "derivative = 4", "dL/dh"),
    (lesson_03.q1, "derivative = -6", "the sign"),
    (lesson_03.q1, "derivative = 12", "a factor 2"),
    (lesson_03.q1, "derivative = 18", "y is missing"),
    (lesson_03.q1, "derivative = 5", "multiplied"),
    (lesson_03.q2, "dL_dh = 2", "only the first path"),
    (lesson_03.q2, "dL_dh = 3", "only the second path"),
    (lesson_03.q2, "dL_dh = 3", "second factor"),
    (lesson_03.q2, "dL_dh = 20", "only the last path"),
    (lesson_03.q2, "dL_dh = 22", "second path is missing"),
    (lesson_03.q2, "dL_dh = 19", "wrong sign"),
    (lesson_03.q2, "dL_dh = 21", "−1 − 2 = −3"),
    (lesson_03.q2, "dL_dh = 21", "y is missing"),
    (lesson_03.q2, "dL_dh = 120", "they are added"),
    (lesson_03.q2, "dL_dh = 25 / 3", "mean of the paths"),
    (lesson_03.q2, "dL_dh = [2, 3, 20]", "one for each path"),
    (lesson_03.q3, "dW3_on_paper = [[3, 6], [0, 0], [-1, -2]]", "transpose"),
    (lesson_03.q3, "dW3_on_paper = [[3, 0, 1], [6, 0, 2]]", "minus"),
    (lesson_03.q3, "dW3_on_paper = [[4, 1, 0], [5, 2, 1]]", "added instead"),
    (lesson_03.q3, "dW3_on_paper = [[3, 0, -1], [3, 0, -1]]", "second row"),
    (lesson_03.q3, "dW3_on_paper = [3, 0, -2]", "the shape is (3,)"),
    (lesson_03.q4, "what_is_zero = 'b'", "leave unit j"),
    (lesson_03.q4, "what_is_zero = 'c'", "other units"),
    (lesson_03.q4, "what_is_zero = 'd'", "one of 'a', 'b', 'c'"),
    (lesson_03.q5, GRADIENT.format("(z3 - y).T @ h2"), "transpose"),
    (lesson_03.q5, GRADIENT.format("h2.T @ (y - z3)"), "the sign"),
    (lesson_03.q5, GRADIENT.format("2 * h2.T @ (z3 - y)"), "a factor 2"),
    (lesson_03.q5, GRADIENT.format("0.5 * h2.T @ (z3 - y)"), "half"),
    (lesson_03.q5, GRADIENT.format("h2.T @ z3"), "y is missing"),
    (lesson_03.q5, GRADIENT.format("h2 * (z3 - y)"), "entry by entry"),
    (lesson_03.q5, GRADIENT.format("z3 - y"), "δ3 alone"),
    (lesson_03.q5, GRADIENT.format("h2.T @ (0.5 * (z3 - y) ** 2)"), "not differentiated"),
    (
        lesson_03.q5,
        GRADIENT.format("h2 @ (z3 - y)"),
        "the inner numbers differ: the left factor has 3 columns, the right one 1",
    ),
    (lesson_03.q5, GRADIENT.format("h2.T * (z3 - y)"), "two shapes do not fit"),
    (lesson_03.q5, GRADIENT.format("h2.T @ ((z3 - y) * z3 * (1 - z3))"), "no activation"),
    (lesson_03.q5, GRADIENT.format("h2.T @ (z3 - y) / len(h2)"), "mean over the examples"),
]
