"""Wrong answers to the questions of lesson 02, and how each slip is named."""

from course_nn.exercises import lesson_02

SLOPE = """
def slope(f, w, eps=1e-5):
    return {}
"""
WRONG = [
    (lesson_02.q1, "squared_error_on_paper = 34", "half is missing"),
    (lesson_02.q1, "squared_error_on_paper = -2", "without squaring them."),
    (lesson_02.q1, "squared_error_on_paper = -1", "and halved"),
    (lesson_02.q1, "squared_error_on_paper = 8", "absolute differences"),
    (lesson_02.q1, "squared_error_on_paper = 4", "half the sum of the absolute"),
    (lesson_02.q1, "squared_error_on_paper = 2", "the sum was squared"),
    (lesson_02.q1, "squared_error_on_paper = 5", "mind the sign"),
    (lesson_02.q1, "squared_error_on_paper = 34 ** 0.5", "root"),
    (lesson_02.q1, "squared_error_on_paper = 7", "that is not it"),
    (lesson_02.q1, "squared_error_on_paper = [9, 25]", "one number for each output"),
    (lesson_02.q2, "expected_loss = 3.1", "the sign"),
    (lesson_02.q2, "expected_loss = -0.1", "change alone"),
    (lesson_02.q2, "expected_loss = 1", "multiply it by the change"),
    (lesson_02.q2, "expected_loss = 3.05", "added to the loss"),
    (lesson_02.q3, "what_to_do = ['lower', 'raise', 'leave']", "makes the loss grow"),
    (lesson_02.q3, "what_to_do = ['raise', 'lower', 'lower']", "a derivative of 0"),
    (lesson_02.q3, "what_to_do = ['raise', 'raise', 'leave']", "signs"),
    (lesson_02.q3, "what_to_do = ['leave', 'lower', 'leave']", "calls for a change"),
    (lesson_02.q3, "what_to_do = 'raise'", "list of three"),
    (lesson_02.q3, "what_to_do = ['up', 'down', 'leave']", "three words"),
    (lesson_02.q4, SLOPE.format("(f(w + eps) - f(w)) / eps"), "only one side"),
    (lesson_02.q4, SLOPE.format("(f(w) - f(w - eps)) / eps"), "f(w) and f(w − ε)"),
    (lesson_02.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / eps"), "is 2ε, not ε"),
    (lesson_02.q4, SLOPE.format("(f(w - eps) - f(w + eps)) / (2 * eps)"), "the sign"),
    (lesson_02.q4, SLOPE.format("f(w + eps) - f(w - eps) / (2 * eps)"), "brackets"),
    (lesson_02.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / 2 * eps"), "then multiplies"),
    (lesson_02.q4, SLOPE.format("f(w + eps) - f(w - eps)"), "divide it"),
    (lesson_02.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / 2"), "divided by 2, not by 2ε"),
    (lesson_02.q4, SLOPE.format("(f(w + 1e-5) - f(w - 1e-5)) / 2e-5"), "eps that the function"),
    (lesson_02.q5, "shape_of_dW2 = (3, 4)", "exchanged"),
    (lesson_02.q5, "shape_of_dW2 = (5, 4)", "of W1"),
    (lesson_02.q5, "shape_of_dW2 = (3, 2)", "of W3"),
    (lesson_02.q5, "shape_of_dW2 = (1, 3)", "of z2"),
    (lesson_02.q5, "shape_of_dW2 = 12", "number of the entries"),
]
