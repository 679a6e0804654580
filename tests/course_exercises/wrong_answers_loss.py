"""Wrong answers to the questions of lesson 02, and how each slip is named."""

from course_exercises import loss

SLOPE = """
def slope(f, w, eps=1e-5):
    return {}
"""
NOT_IT = "that is not it."


def paper(question, *answers):
    """Answers to a squared error on paper: a line each, the numbers as they would be typed."""
    return [(question, f"squared_error_on_paper = {typed}", name) for typed, name in answers]


def expected(question, *answers):
    """Answers to the loss after a change, likewise."""
    return [(question, f"expected_loss = {typed}", name) for typed, name in answers]


WRONG = [
    *paper(
        loss.q1,
        ("38", "half is missing"),
        ("-4", "without squaring them."),
        ("-2", "and halved"),
        ("10", "absolute differences"),
        ("5", "half the sum of the absolute"),
        ("8", "the sum was squared"),
        ("16", "the sum was squared, and the half is missing"),
        ("7", "mind the sign"),
        ("21", "outputs and the answers were added"),
        ("-10", "never negative"),
        ("38 ** 0.5", "root of the sum"),
        ("19 ** 0.5", "the root is too much"),
        ("1", "take the difference first"),
        ("9.5", "divided by 4"),
        ("38 / 3", "the mean over the outputs"),
        ("38 / 6", "half of the mean"),
        ("4.5", "first output alone"),
        ("12.5", "second output alone"),
        ("2", "last output alone"),
        ("17", "the last output is missing"),
        ("[3, -5, -2]", "those are the differences. Square each"),
        ("[-3, 5, 2]", "those are the differences. Square each"),
        ("np.array([[3, -5, -2]])", "those are the differences. Square each"),
        ("[9, 25, 4]", "one for each output"),
        ("[4.5, 12.5, 2]", "half of the square of each"),
        ("[1.5, -2.5, -1]", "halved and not squared"),
        ("-19", NOT_IT),
        ("76", NOT_IT),
        ("'19'", "not a str"),
    ),
    *paper(
        loss.earlier_q1,
        ("34", "half is missing"),
        ("-2", "without squaring them."),
        ("-1", "and halved"),
        ("8", "absolute differences"),
        ("4", "half the sum of the absolute"),
        ("2", "the sum was squared"),
        ("5", "mind the sign"),
        ("34 ** 0.5", "root"),
        ("8.5", "divided by 4"),
        ("7", NOT_IT),
        ("[9, 25]", "one for each output"),
        ("[3, -5]", "Square each"),
    ),
    *expected(
        loss.q2,
        ("4.15", "the sign"),
        ("-0.15", "change alone; add"),
        ("0.15", "size of the change alone"),
        ("1", "derivative was added"),
        ("7", "derivative was subtracted"),
        ("-56", "not divided."),
        ("64", "its minus was lost"),
        ("4.05", "added to the loss"),
        ("3.95", "subtracted from the loss"),
        ("3.925", "half of the change"),
        ("3.7", "taken twice"),
        ("3.55", "the square of the derivative"),
        ("3.4", "a share of itself"),
        ("-0.6", "not multiplied"),
        ("4", "not changed"),
        ("-3", "that is the derivative"),
        ("7.7", NOT_IT),
        ("1.925", NOT_IT),
        ("'3.85'", "not a str"),
    ),
    *expected(
        loss.earlier_q2,
        ("3.1", "the sign"),
        ("-0.1", "change alone"),
        ("1", "derivative was added"),
        ("3.05", "added to the loss"),
        ("2.8", "taken twice"),
    ),
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
    (loss.earlier_q5, "shape_of_dW2 = (3, 4)", "exchanged"),
    (loss.earlier_q5, "shape_of_dW2 = (5, 4)", "of W1"),
    (loss.earlier_q5, "shape_of_dW2 = (3, 2)", "of W3"),
    (loss.earlier_q5, "shape_of_dW2 = (1, 3)", "of z2"),
    (loss.earlier_q5, "shape_of_dW2 = 12", "number of the entries"),
    (loss.earlier_q5, "shape_of_dW2 = (4, 5)", "W1 transposed"),
    (loss.earlier_q5, "shape_of_dW2 = (2, 3)", "W3 transposed"),
    (loss.earlier_q5, "shape_of_dW2 = (1, 4)", "of z1"),
    (loss.earlier_q5, "shape_of_dW2 = (5, 2)", "inputs and outputs"),
    (loss.earlier_q5, "shape_of_dW2 = (5, 4, 3, 2)", "row of widths"),
    (loss.earlier_q5, "shape_of_dW2 = 38", "of all weights"),
    (loss.earlier_q5, "shape_of_dW2 = '(4, 3)'", "not a str"),
    (loss.q3, "what_to_do = ['lower', 'lower', 'leave']", "signs"),
    (loss.q3, "what_to_do = ['raise', 'lower', 'raise']", "a derivative of 0"),
    (loss.q3, "what_to_do = ['raise', 'leave', 'leave']", "calls for a change"),
    (loss.q3, "what_to_do = ['raise', 'lower']", "three words"),
    (loss.q3, "what_to_do = [0.2, -0.05, 0]", "three words"),
    (loss.q3, "what_to_do = 'raise lower leave'", "list of three"),
    (loss.q3, "what_to_do = {'raise', 'lower', 'leave'}", "list of three"),
    (
        loss.q4,
        SLOPE.format("f(w + eps) - f(w - eps) / 2 * eps"),
        "only f(w − ε) is divided by 2, a",
    ),
    (loss.q4, SLOPE.format("f(w + eps) - f(w - eps) / eps"), "divided, by ε; and the distance"),
    (loss.q4, SLOPE.format("f(w + eps) - f(w) / eps"), "only f(w) is divided"),
    (loss.q4, SLOPE.format("f(w + eps) - f(w - eps) / 2"), "divided, by 2, not by 2ε"),
    (loss.q4, SLOPE.format("(f(w + eps) + f(w - eps)) / (2 * eps)"), "values were added"),
    (loss.q4, SLOPE.format("(f(w + eps) + f(w - eps)) / 2"), "mean of the two values"),
    (loss.q4, SLOPE.format("(f(w + 2 * eps) - f(w)) / (2 * eps)"), "with 2ε"),
    (loss.q4, SLOPE.format("(f(w + eps / 2) - f(w - eps / 2)) / eps"), "not half of it"),
    (loss.q4, SLOPE.format("(f(w + eps / 2) - f(w - eps / 2)) / (2 * eps)"), "2 * eps apart"),
    (loss.q4, SLOPE.format("(f(w + w * eps) - f(w - w * eps)) / (2 * eps)"), "w was multiplied"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / (2 * w)"), "divided by 2w"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / (2 * eps**2)"), "2ε²"),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) * 2 * eps"), "multiplied by 2ε"),
    (loss.q4, SLOPE.format("(f(w) - f(w + eps)) / eps"), "the sign, and only one side"),
    (loss.q4, SLOPE.format("(f(w + eps) - 2 * f(w) + f(w - eps)) / eps**2"), "curvature"),
    (loss.q4, SLOPE.format("f(w)"), "f(w) itself"),
    (loss.q4, SLOPE.format("f(w + eps)"), "f(w + ε), a value"),
    (loss.q4, SLOPE.format("f(w - eps)"), "f(w − ε), a value"),
    (loss.q4, SLOPE.format("3 * w**2 - 1"), "the derivative itself"),
    (loss.q4, SLOPE.format("12.0"), "the same for other arguments"),
    (loss.q4, SLOPE.format("((2 + 1e-5) ** 3 - (2 - 1e-5) ** 3) / 2e-5"), "the same for other"),
    (loss.q4, SLOPE.format("str(f(w))"), "not a str"),
    (loss.q4, SLOPE.format("2 * (f(w + eps) - f(w - eps)) / (2 * eps)"), "is 2ε, not ε"),
    (loss.q4, "slope = 12", "a function is needed"),
]
SLOPE_IN_STEPS = """
def slope(f, w, eps=1e-5):
    up, down = f(w + eps), f(w - eps)
    right, left = (up - f(w)) / eps, (f(w) - down) / eps
    return (right + left) / 2
"""
OTHER_STYLES = [
    (loss.q1, "squared_error_on_paper = 19"),
    (loss.q1, "squared_error_on_paper = np.float32(19)"),
    (
        loss.q1,
        "squared_error_on_paper = sum((a - b) ** 2 for a, b in ((4, 1), (-2, 3), (1, 3))) / 2",
    ),
    (loss.earlier_q1, "squared_error_on_paper = 17"),
    (loss.q2, "expected_loss = 3.85"),
    (loss.q2, "expected_loss = np.float32(3.85)"),
    (loss.earlier_q2, "expected_loss = 2.9"),
    (loss.q3, "what_to_do = ('raise', 'lower', 'leave')"),
    (loss.q3, "what_to_do = ['Raise ', 'LOWER', 'leave']"),
    (loss.q4, SLOPE_IN_STEPS),
    (loss.q4, "slope = lambda f, w, eps=1e-5: f(w + eps) / (2 * eps) - f(w - eps) / (2 * eps)"),
    (loss.q4, SLOPE.format("(f(w - eps) - f(w + eps)) / (-2 * eps)")),
    (loss.q4, SLOPE.format("(f(w + eps) - f(w - eps)) / 2 / eps")),
    (loss.earlier_q5, "shape_of_dW2 = [4, 3]"),
]
