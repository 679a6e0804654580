"""Wrong answers to the questions of lesson 04, and how each slip is named."""

from course_exercises import gradient_of_W2

DELTA2 = """
def back_to_delta2(delta3, W3, h2):
    return {}
"""
TANH = """
def gradient_of_W2_with_tanh(delta3, W3, h2, h1):
    return {}
"""
WRONG = [
    (
        gradient_of_W2.q1,
        "slope_at_08 = np.exp(-0.8) / (1 + np.exp(-0.8)) ** 2",
        "derivative at z = 0.8",
    ),
    (gradient_of_W2.q1, "slope_at_08 = 1 / (1 + np.exp(-0.8))", "a value"),
    (gradient_of_W2.q1, "slope_at_08 = 0.36", "derivative of tanh"),
    (gradient_of_W2.q1, "slope_at_08 = 0.2", "factor h is missing"),
    (gradient_of_W2.q1, "slope_at_08 = 0.25", "largest slope"),
    (gradient_of_W2.q1, "slope_at_08 = -0.16", "sign"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[5.0, 4.0, 1.0]])", "signs of δ3"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3.0, 0.0, -1.0]])", "second path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-2.0, -4.0, -2.0]])", "first path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([1.0, -4.0, -3.0])", "brackets"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[1.0], [-4.0], [-3.0]])", "column"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3, -2], [0, -4], [-1, -2]])", "entry by entry"),
    (gradient_of_W2.q3, "which_W3 = 'a'", "old W3"),
    (gradient_of_W2.q3, "which_W3 = 'c'", "numbers differ"),
    (gradient_of_W2.q4, DELTA2.format("delta3 @ W3.T"), "activation is missing"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3) * h2 * (1 - h2)"), "not transposed"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2**2)"), "of tanh"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2"), "(1 − h2) is missing"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * (h2 - 1)"), "turned round"),
    (gradient_of_W2.q4, DELTA2.format("h2 * (1 - h2)"), "alone"),
    (gradient_of_W2.q4, DELTA2.format("delta3 * h2 * (1 - h2)"), "not taken back through W3"),
    (
        gradient_of_W2.q4,
        DELTA2.format("(s := 1 / (1 + np.exp(-h2))) * (1 - s) * (delta3 @ W3.T)"),
        "without another sigmoid",
    ),
    (gradient_of_W2.q5, TANH.format("(delta3 @ W3.T) * (1 - h2**2)"), "that is δ2"),
    (gradient_of_W2.q5, TANH.format("((delta3 @ W3.T) * (1 - h2**2)).T @ h1"), "transpose"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * h2 * (1 - h2))"), "of the sigmoid"),
    (gradient_of_W2.q5, TANH.format("h1.T @ (delta3 @ W3.T)"), "activation is missing"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2))"), "square is missing"),
    (gradient_of_W2.q5, TANH.format("h2.T @ ((delta3 @ W3.T) * (1 - h2**2))"), "h2 was used"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3) * (1 - h2**2))"), "not transposed"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-1.0, 4.0, 3.0]])", "all signs"),
    (gradient_of_W2.q4, DELTA2.format("(W3 @ delta3.T) * (h2 * (1 - h2)).T"), "a column"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h1**2))"), "1 − h1²"),
    (
        gradient_of_W2.q5,
        TANH.format("h1 @ delta3"),
        "the left factor has 3 columns, the right one 1",
    ),
    (
        gradient_of_W2.q4,
        "def back_to_delta2(delta3, W3, h2):\n    h2 *= 1 - h2\n    return (delta3 @ W3.T) * h2",
        "h2 was changed in place",
    ),
]
