"""Wrong answers to the questions on generated code, and how each slip is named."""

from course_exercises import generated_code

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
    (generated_code.q1, "harmless = 'a'", "but not the loss"),
    (generated_code.q1, "harmless = 'b'", "at the same time"),
    (generated_code.q1, "harmless = 'd'", "is read once more"),
    (generated_code.q1, "harmless = 't8'", "is wanted"),
    (generated_code.q2, "calls_in_an_epoch = 150", "the last batch"),
    (generated_code.q2, "calls_in_an_epoch = 200 / 30 * 25", "no part of an update"),
    (generated_code.q2, "calls_in_an_epoch = 5000", "one example at a time"),
    (generated_code.q2, "calls_in_an_epoch = 750", "do not grow with the batch"),
    (generated_code.q2, "calls_in_an_epoch = 25", "that is one update"),
    (generated_code.q2, "calls_in_an_epoch = 7", "the number of updates"),
    (generated_code.q2, "calls_in_an_epoch = 5250", "works on a whole batch"),
    (generated_code.q2, "calls_in_an_epoch = 177", "that is not it"),
    (generated_code.q2, "calls_in_an_epoch = [175, 25]", "one number is wanted"),
    (generated_code.q3, TANH.format("add", "h_grad", "z_grad"), "1 minus h"),
    (generated_code.q3, TANH.format("subtract", "h_grad", "h_grad"), "h_grad was overwritten"),
    (generated_code.q3, TANH.format("subtract", "h_grad", "h"), "h was overwritten"),
    (generated_code.q3, TANH.format("subtract", "h_grad", "t"), "not in z_grad"),
    (generated_code.q3, LINES.format("pass", "h_grad * (1 - h ** 2)"), "new arrays were made"),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * (1 - h * h)", "z_grad"),
        "by multiply, sub",
    ),
    (
        generated_code.q3,
        LINES.format("np.multiply(h, h, out=t)", "h_grad * (1 - t)"),
        "by subtract, mul",
    ),
    (generated_code.q3, LINES.format(THREE, "None"), "return z_grad, too"),
    (generated_code.q3, LINES.format(THREE, "t"), "return z_grad, not t"),
    (generated_code.q3, LINES.format(THREE, "z_grad.sum()"), "the shape is ()"),
    (generated_code.q3, LINES.format("z_grad[:] = h_grad", "z_grad"), "1 - h ** 2 is missing"),
    (
        generated_code.q3,
        LINES.format("np.subtract(1, h * h, out=z_grad)", "z_grad"),
        "h_grad is miss",
    ),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * (1 - h)", "z_grad"),
        "the square is missing",
    ),
    (generated_code.q3, LINES.format("z_grad[:] = -h_grad * h * h", "z_grad"), "the 1 is missing"),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * (h * h - 1)", "z_grad"),
        "not h ** 2 - 1",
    ),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * h * (1 - h)", "z_grad"),
        "of the sigmoid",
    ),
    (generated_code.q3, LINES.format("z_grad[:] = h_grad * h * h", "z_grad"), "h ** 2 alone"),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * (1 - h) ** 2", "z_grad"),
        "the bracket was",
    ),
    (
        generated_code.q3,
        LINES.format("z_grad[:] = h_grad * h_grad * (1 - h * h)", "z_grad"),
        "multiplied twice",
    ),
    (generated_code.q3, LINES.format("z_grad[:] = h_grad + h", "z_grad"), "the numbers are not"),
    (generated_code.q3, LINES.format("pass", "'z_grad'"), "not a str"),
    (generated_code.q3, LINES.format("pass", "h_grad @ h"), "inner numbers differ"),
    (generated_code.q4, "wrong_gradients = ['W1', 'W2', 'W3']", "so W3 is right"),
    (generated_code.q4, "wrong_gradients = ['W3']", "so W3 is right"),
    (generated_code.q4, "wrong_gradients = ['W1']", "W2 too"),
    (generated_code.q4, "wrong_gradients = ['w2']", "W1 too"),
    (generated_code.q4, "wrong_gradients = []", "after it was overwritten"),
    (generated_code.q4, "wrong_gradients = ['z2', 'W2']", "Z2: only"),
    (generated_code.q4, "wrong_gradients = 'W1 and W2'", "give a list"),
    (generated_code.q2, "calls_in_an_epoch = 167", "counted whole"),
    (generated_code.q2, "calls_in_an_epoch = 200", "not 8"),
    (generated_code.q2, "calls_in_an_epoch = 210", "whatever the number of examples"),
    (generated_code.q2, "calls_in_an_epoch = '175'", "not a str"),
    (generated_code.q2, "calls_in_an_epoch = [175]", "one number"),
    (generated_code.q2, "calls_in_an_epoch = 174", "that is not it"),
    (generated_code.q2, "calls_in_an_epoch = 700", "that is not it"),
    (generated_code.q4, "wrong_gradients = 'W1, W2'", "a list of names"),
    (generated_code.q4, "wrong_gradients = ['z2']", "only W1, W2 and W3"),
    (generated_code.q4, "wrong_gradients = [1, 2]", "only W1, W2 and W3"),
    (generated_code.q4, "wrong_gradients = ['W1', 'W2', 'W3']", "so W3 is right"),
]
