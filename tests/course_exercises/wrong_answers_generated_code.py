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
TWO = "np.multiply(h, h, out=t); np.subtract(1, t, out=t); "
BY_PYTHON = """for i in range(len(h)):
        for j in range(h.shape[1]):
            z_grad[i, j] = h_grad[i, j] * (1 - h[i, j] ** 2)"""
BACK = [  # what is done, what comes back
    # The numbers are right, and yet it is not what was asked.
    (THREE, "z_grad.copy()", "return z_grad itself"),
    (THREE, "z_grad.tolist()", "return z_grad itself"),
    (THREE, "np.array(z_grad)", "return z_grad itself"),
    ("t = np.zeros_like(h); " + THREE, "z_grad", "a new array was made on the way"),
    ("t = np.empty(h.shape); " + THREE, "z_grad", "a new array was made on the way"),
    ("t = h.copy(); " + THREE, "z_grad", "a new array was made on the way"),
    (THREE + "; z_grad[:] = z_grad[::-1].copy()[::-1]", "z_grad", "a new array was made"),
    (BY_PYTHON, "z_grad", "one by one"),
    (THREE.replace("out=t", "out=h", 1).replace("(1, t", "(1, h"), "z_grad", "h was overwritten"),
    # They hold anything at first.
    (
        "np.subtract(1, t, out=t); np.multiply(h_grad, t, out=z_grad)",
        "z_grad",
        "before you read them",
    ),
    (TWO + "z_grad += h_grad * t", "z_grad", "before you read them"),
    (TWO + "np.multiply(h_grad[:1], t[:1], out=z_grad[:1])", "z_grad", "in all their rows"),
    # Other numbers.
    (THREE.replace("(h, h", "(h_grad, h_grad"), "z_grad", "it is h that is squared"),
    (THREE.replace("(h_grad, t", "(h, t"), "z_grad", "h stands where h_grad belongs"),
    (TWO + "np.add(h_grad, t, out=z_grad)", "z_grad", "it is multiplied"),
    ("np.tanh(h, out=t); " + THREE.replace("(h, h", "(t, t"), "z_grad", "tanh once more"),
    (THREE.replace("multiply(h, h", "power(h, 3"), "z_grad", "that is h ** 3"),
    (THREE.replace("multiply(h, h", "power(2, h"), "z_grad", "2 to the power h"),
    ("z_grad[:] = h - h_grad * h * h", "z_grad", "h minus the product"),
]

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
    (generated_code.q2, "calls_in_an_epoch = 7 + 25", "multiply"),
    (generated_code.q2, "calls_in_an_epoch = 6 * 25 + 20", "for each example"),
    (generated_code.q2, "calls_in_an_epoch = 6 * 25 + 1", "not one."),
    (generated_code.q2, "calls_in_an_epoch = 166", "do not shrink"),
    (generated_code.q2, "calls_in_an_epoch = (6 + 20) * 25", "which is one update"),
    (generated_code.q2, "calls_in_an_epoch = 200 / 25", "no meaning"),
    (generated_code.q2, "calls_in_an_epoch = 25 * 20", "whatever its size"),
    *((generated_code.q3, LINES.format(code, back), name) for code, back, name in BACK),
    (generated_code.q4, "wrong_gradients = 'W1, W2'", "a list of names"),
    (generated_code.q4, "wrong_gradients = ['z2']", "only W1, W2 and W3"),
    (generated_code.q4, "wrong_gradients = [1, 2]", "only W1, W2 and W3"),
    (generated_code.q4, "wrong_gradients = ['W1', 'W2', 'W3']", "so W3 is right"),
]
OTHER_STYLES = [
    (generated_code.q1, "harmless = 'C'"),
    (generated_code.q2, "calls_in_an_epoch = -(-200 // 30) * 25"),
    (generated_code.q3, LINES.format(THREE, "z_grad")),
    (generated_code.q3, LINES.format(THREE.replace("out=", ""), "z_grad")),
    (generated_code.q3, LINES.format(THREE.replace("multiply(h, h", "power(h, 2"), "z_grad")),
    (
        generated_code.q3,
        LINES.format(
            "np.square(h, out=t); t *= h_grad; np.subtract(h_grad, t, out=z_grad)", "z_grad"
        ),
    ),
    (
        generated_code.q3,
        LINES.format(
            "np.square(h, out=t); np.negative(t, out=t); t += 1; t *= h_grad; z_grad[:] = t",
            "z_grad[:]",
        ),
    ),
    (
        generated_code.q3,
        LINES.format(
            "for b in range(len(h)):\n"
            "        np.multiply(h[b], h[b], out=t[b])\n"
            "        np.subtract(1, t[b], out=t[b])\n"
            "        np.multiply(h_grad[b], t[b], out=z_grad[b])",
            "z_grad",
        ),
    ),
    (generated_code.q4, "wrong_gradients = {'W2', 'W1'}"),
]
