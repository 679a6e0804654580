"""Wrong answers to the questions of lesson 02, and how each slip is named."""

from course_exercises import loss

SLOPE = """
def slope(f, w, eps=1e-5):
    return {}
"""
WRONG = [
    (loss.q1, "squared_error_on_paper = 34", "half is missing"),
    (loss.q1, "squared_error_on_paper = -2", "without squaring them."),
    (loss.q1, "squared_error_on_paper = -1", "and halved"),
    (loss.q1, "squared_error_on_paper = 8", "absolute differences"),
    (loss.q1, "squared_error_on_paper = 4", "half the sum of the absolute"),
    (loss.q1, "squared_error_on_paper = 2", "the sum was squared"),
    (loss.q1, "squared_error_on_paper = 5", "mind the sign"),
    (loss.q1, "squared_error_on_paper = 34 ** 0.5", "root"),
    (loss.q1, "squared_error_on_paper = 7", "that is not it"),
    (loss.q1, "squared_error_on_paper = [9, 25]", "one number for each output"),
    (loss.q2, "expected_loss = 3.1", "the sign"),
    (loss.q2, "expected_loss = -0.1", "change alone"),
    (loss.q2, "expected_loss = 1", "multiply it by the change"),
    (loss.q2, "expected_loss = 3.05", "added to the loss"),
    (loss.q3, "what_to_do = ['lower', 'raise', 'leave']", "makes the loss grow"),
    (loss.q3, "what_to_do = ['raise', 'lower', 'lower']", "a derivative of 0"),
    (loss.q3, "what_to_do = ['raise', 'raise', 'leave']", "signs"),
    (loss.q3, "what_to_do = ['leave', 'lower', 'leave']", "calls for a change"),
    (loss.q3, "what_to_do = 'raise'", "list of three"),
    (loss.q3, "what_to_do = ['up', 'down', 'leave']", "three words"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w)) / eps"), "only one side"),
    (loss.q4, SLOPE.format("(f(w) - f(w - eps)) / eps"), "f(w) and f(w − ε)"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / eps"), "is 2ε, not ε"),
    (loss.q4, SLOPE.format("(f(w - eps) - f(w + eps)) / (2 * eps)"), "the sign"),
    (loss.q4, SLOPE.format("f(w + eps) - f(w - eps) / (2 * eps)"), "brackets"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / 2 * eps"), "then multiplies"),
    (loss.q4, SLOPE.format("f(w + eps) - f(w - eps)"), "divide it"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / 2"), "divided by 2, not by 2ε"),
    (loss.q4, SLOPE.format("(f(w + 1e-5) - f(w - 1e-5)) / 2e-5"), "eps that the function"),
    (loss.q5, "shape_of_dW2 = (3, 4)", "exchanged"),
    (loss.q5, "shape_of_dW2 = (5, 4)", "of W1"),
    (loss.q5, "shape_of_dW2 = (3, 2)", "of W3"),
    (loss.q5, "shape_of_dW2 = (1, 3)", "of z2"),
    (loss.q5, "shape_of_dW2 = 12", "number of the entries"),
]
