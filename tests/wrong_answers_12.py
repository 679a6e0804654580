"""Wrong answers to the questions of lesson 12, and how each slip is named."""

from course_nn.exercises import lesson_12

TANH = """
def tanh_back(h, h_grad, z_grad, t):
    np.multiply(h, h, out=t)
    np.{}(1, t, out=t)
    return np.multiply({}, t, out={})
"""
LINES = """
def tanh_back(h, h_grad, z_grad, t):
    {}
    return {}
"""
THREE = "np.multiply(h, h, out=t); np.subtract(1, t, out=t); np.multiply(h_grad, t, out=z_grad)"

WRONG = [
    (lesson_12.q1, "harmless = 'a'", "but not the loss"),
    (lesson_12.q1, "harmless = 'b'", "at the same time"),
    (lesson_12.q1, "harmless = 'd'", "is read once more"),
    (lesson_12.q1, "harmless = 't8'", "is wanted"),
    (lesson_12.q2, "calls_in_an_epoch = 150", "the last batch"),
    (lesson_12.q2, "calls_in_an_epoch = 200 / 30 * 25", "no part of an update"),
    (lesson_12.q2, "calls_in_an_epoch = 5000", "one example at a time"),
    (lesson_12.q2, "calls_in_an_epoch = 750", "do not grow with the batch"),
    (lesson_12.q2, "calls_in_an_epoch = 25", "that is one update"),
    (lesson_12.q2, "calls_in_an_epoch = 7", "the number of updates"),
    (lesson_12.q2, "calls_in_an_epoch = 5250", "works on a whole batch"),
    (lesson_12.q2, "calls_in_an_epoch = 177", "that is not it"),
    (lesson_12.q2, "calls_in_an_epoch = [175, 25]", "one number is wanted"),
    (lesson_12.q3, TANH.format("add", "h_grad", "z_grad"), "1 minus h"),
    (lesson_12.q3, TANH.format("subtract", "h_grad", "h_grad"), "h_grad was overwritten"),
    (lesson_12.q3, TANH.format("subtract", "h_grad", "h"), "h was overwritten"),
    (lesson_12.q3, TANH.format("subtract", "h_grad", "t"), "not in z_grad"),
    (lesson_12.q3, LINES.format("pass", "h_grad * (1 - h ** 2)"), "new arrays were made"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * (1 - h * h)", "z_grad"), "by multiply, sub"),
    (
        lesson_12.q3,
        LINES.format("np.multiply(h, h, out=t)", "h_grad * (1 - t)"),
        "by subtract, mul",
    ),
    (lesson_12.q3, LINES.format(THREE, "None"), "return z_grad, too"),
    (lesson_12.q3, LINES.format(THREE, "t"), "return z_grad, not t"),
    (lesson_12.q3, LINES.format(THREE, "z_grad.sum()"), "the shape is ()"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad", "z_grad"), "1 - h ** 2 is missing"),
    (lesson_12.q3, LINES.format("np.subtract(1, h * h, out=z_grad)", "z_grad"), "h_grad is miss"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * (1 - h)", "z_grad"), "the square is missing"),
    (lesson_12.q3, LINES.format("z_grad[:] = -h_grad * h * h", "z_grad"), "the 1 is missing"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * (h * h - 1)", "z_grad"), "not h ** 2 - 1"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * h * (1 - h)", "z_grad"), "of the sigmoid"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * h * h", "z_grad"), "h ** 2 alone"),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad * (1 - h) ** 2", "z_grad"), "the bracket was"),
    (
        lesson_12.q3,
        LINES.format("z_grad[:] = h_grad * h_grad * (1 - h * h)", "z_grad"),
        "multiplied twice",
    ),
    (lesson_12.q3, LINES.format("z_grad[:] = h_grad + h", "z_grad"), "the numbers are not"),
    (lesson_12.q3, LINES.format("pass", "'z_grad'"), "not a str"),
    (lesson_12.q3, LINES.format("pass", "h_grad @ h"), "inner numbers differ"),
    (lesson_12.q4, "wrong_gradients = ['W1', 'W2', 'W3']", "so W3 is right"),
    (lesson_12.q4, "wrong_gradients = ['W3']", "so W3 is right"),
    (lesson_12.q4, "wrong_gradients = ['W1']", "W2 too"),
    (lesson_12.q4, "wrong_gradients = ['w2']", "W1 too"),
    (lesson_12.q4, "wrong_gradients = []", "after it was overwritten"),
    (lesson_12.q4, "wrong_gradients = ['z2', 'W2']", "Z2: only"),
    (lesson_12.q4, "wrong_gradients = 'W1 and W2'", "give a list"),
]
