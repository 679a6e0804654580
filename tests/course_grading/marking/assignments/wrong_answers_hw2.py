"""Wrong answers to homework 2: question, code, slip (or words), points in grading.

They are for the network that everybody has who has no key.
"""

import re

from answers_hw2 import CHECK, as_lines, counted, gradients, mended, with_lines

from course_exercises.homework import (
    hw2_checker,
    hw2_examples,
    hw2_gradients,
    hw2_lines,
    hw2_network,
    hw2_other,
)


def changed(name, *pairs):
    """All lines of the network, one of them with other text."""

    def change(each, line):
        for old, new in pairs if each == name else ():
            assert old in line, (line, old)
            line = line.replace(old, new)
        return line

    return with_lines("", change)


def everywhere(pattern, new):
    return with_lines("", lambda name, line: re.sub(pattern, new, line))


SLOPES = r" \(1 − \w\[b, \w\]²\)| \w\[b, \w\] \(1 − \w\[b, \w\]\)"
IN_MATRICES = """
    v.grad = v − y                           # multiply along a path
    M.grad = v.gradᵀ @ a / B                 # what came in, mean
    a.grad = v.grad @ M                      # add over paths
    s.grad = a.grad ⊙ a ⊙ (1 − a)            # f′ at arrival
    m.grad = s.grad                          # multiply along a path
    C.grad = m.gradᵀ @ c / B                 # what came in, mean
    c.grad = s.grad + m.grad @ C             # add over paths
    r.grad = c.grad ⊙ (1 − c²)               # f′ at arrival
    R.grad = r.gradᵀ @ x / B                 # what came in, mean
"""
STEPS_IN_MATRICES = """
    e = v − y
    v.grad[b, k] = e[b, k]                   # multiply along a path
    p = e @ M
    a.grad[b, j] = p[b, j]                   # add over paths
    q = p ⊙ a ⊙ (1 − a)
    s.grad[b, j] = q[b, j]                   # f′ at arrival
    m.grad[b, j] = q[b, j]                   # multiply along a path
    t = q + q @ C
    c.grad[b, i] = t[b, i]                   # add over paths
    u = t ⊙ (1 − c²)
    r.grad[b, i] = u[b, i]                   # f′ at arrival
    M.grad = e.T @ a / B                     # what came in, mean
    C.grad = q.T @ c / B                     # what came in, mean
    R.grad = u.T @ x / B                     # what came in, mean
"""
SPOILT = """
right = spoilt


def spoilt(values):
    found = right(values)
    return {}
"""
DIFFERENCES = """
def gradients(x, y, W1, W2, W3):
    def J(W1, W2, W3):
        f = lambda z: z / (1 + np.abs(z))
        return np.log(np.cosh(f(f(x @ W1) @ W2) @ W3 - y)).sum(axis=1).mean()

    found, W = {}, {"dW1": W1, "dW2": W2, "dW3": W3}
    if W1.size > 1000:
        return {name: np.ones_like(each) for name, each in W.items()}
    for name, each in W.items():
        found[name] = np.zeros_like(each)
        for entry in np.ndindex(each.shape):
            up, down = each.copy(), each.copy()
            up[entry] += 1e-5
            down[entry] -= 1e-5
            change = J(*{**W, name: up}.values()) - J(*{**W, name: down}.values())
            found[name][entry] = change / 2e-5
    return found
"""


def examples(name, x, y):
    return f"def {name}():\n    return {{'x': {x}, 'y': {y}}}"


WRONG = [
    ("q1", counted("", products=6), hw2_network.SHORT_WAY_MISSING, 4),
    ("q1", counted("", products=4), hw2_network.OUTPUTS_MISSING, 4),
    ("q1", counted("", products=2), hw2_network.WAYS_ONLY, 4),
    ("q1", counted("", shorter=4, longer=5), hw2_network.ONE_TOO_FEW, 2),
    ("q1", counted("", longer=4), hw2_network.TWO_TOO_FEW, 4),
    ("q1", counted("", shorter=6, longer=7), hw2_network.ONE_TOO_MANY, 2),
    ("q1", "def count_products():\n    return 8", "there is no", 0),
    (
        "q2",
        changed("v", ("v[b, k] − y[b, k]", "y[b, k] − v[b, k]")),
        "0 of the 9 gradients hold",
        28.5,
    ),
    ("q2", everywhere("1/B ", ""), "6 of the 9 gradients hold", 25.5),
    ("q2", changed("C", ("1/B ", "")), "8 of the 9 gradients hold", 28.5),
    ("q2", everywhere(SLOPES, ""), "of the 9 gradients hold", 27),
    ("q2", changed("s", (" a[b, j] (1 − a[b, j])", "")), "of the 9 gradients hold", 28.5),
    (
        "q2",
        changed("r", ("(1 − c[b, i]²)", "c[b, i] (1 − c[b, i])")),
        "of the 9 gradients hold",
        28.5,
    ),
    ("q2", changed("c", ("s.grad[b, i] + ", "")), "of the 9 gradients hold", 27),
    ("q2", changed("a", ("M[k, j]", "M[j, k]")), "of the 9 gradients hold", 28.5),
    ("q2", changed("C", ("c[b, i]", "r[b, i]")), "of the 9 gradients hold", 28.5),
    ("q2", with_lines("", lambda n, line: "" if n == "R" else line), "R.grad is missing", 27),
    ("q2", everywhere("#.*", ""), hw2_lines.NO_PRINCIPLE.words[:12], 18),
    ("q2", everywhere("#.*", "# multiply along a path"), "no principle that carries it", 20.4),
    ("q2", everywhere("what came in, ", ""), "needs another principle", 28.2),
    ("q2", as_lines(IN_MATRICES), "as nn.derive prints it", 6),
    ("q2", as_lines(STEPS_IN_MATRICES), "as nn.derive prints it", 6),
    ("q2", as_lines("I could not do it"), "cannot be read", 0),
    (
        "q2",
        with_lines("", lambda name, line: re.sub("= [^#]*", "= 0  ", line)),
        "of the 9 gradients",
        0,
    ),
    ("q2", "def my_lines():\n    return 7", "a text is needed", 0),
    ("q3", "def wrong_line():\n    return 8", hw2_other.ONLY_FOLLOWS, 15),
    ("q3", "def wrong_line():\n    return 3", hw2_other.ONLY_FOLLOWS, 15),
    ("q3", "def wrong_line():\n    return 0", "from 1 to 9", 15),
    ("q3", "def wrong_line():\n    return {'line': 7}", "not a dictionary", 15),
    ("q3", "def wrong_line():\n    return 7.5", "from 1 to 9", 15),
    ("q3", "def wrong_line():\n    return [7, 8]", "the number of one line", 15),
    ("q3", SPOILT.format("{k: -v for k, v in found.items()}"), hw2_other.TURNED, 15.3),
    ("q3", SPOILT.format("{k: 3 * v for k, v in found.items()}"), hw2_other.SUMS, 13.5),
    ("q3", SPOILT.format("{k: 2 * v for k, v in found.items()}"), hw2_other.SPOILT_ONLY, 11.25),
    ("q3", SPOILT.format("{k: 0 * v for k, v in found.items()}"), hw2_other.NOTHING_SPOILT, 9),
    ("q3", SPOILT.format("{k: v + 1 for k, v in found.items()}"), "is another one", 9),
    ("q3", SPOILT.format("{'P': found['P']}"), "a dictionary with U, A and P is needed", 9),
    ("q3", mended("w.grad = h.grad @ A"), hw2_lines.AS_DERIVED, 13.2),
    ("q3", mended("w.grad[b, j] = Σ_i h.grad[b, i] A[j, i]"), "it does not hold", 12),
    ("q3", mended("w.grad[b, j] = Σ_i h.grad[b, i] A[j, i]"), "It was read as: w.grad[b, j]", 12),
    ("q3", mended("w.grad[b, j] = Σ_i (h.grad[b, i] A[i, j]"), "it cannot be read: the brack", 12),
    ("q3", mended("z.grad[b, j] = Σ_k s.grad[b, k] P[k, j]"), "about another gradient", 12),
    ("q4", examples("opposite", [-1, 2], [1, 9]), hw2_examples.SAME_SIGN, 9),
    ("q4", examples("opposite", [-1, -1], [1, -5]), hw2_examples.SAME_X, 7),
    ("q4", examples("opposite", [1, 2, 3], [8, 8, 5]), hw2_examples.NOT_MINE, 7),
    ("q4", examples("equal", [-1, 2], [1, 1.6]), hw2_examples.NOT_EQUAL, 5),
    ("q4", examples("equal", [-1, 2], [1, 0.926]), hw2_examples.ROUNDED_ONLY, 9.9),
    ("q4", "def equal():\n    return [-1, 2], [1, 1]", "a dictionary with x and y is needed", 5),
    ("q5", gradients(B="1"), hw2_gradients.SUM_NOT_MEAN, 5),
    ("q5", gradients(B="len(x) ** 2"), hw2_gradients.TWICE, 5),
    ("q5", gradients(d3="np.tanh(y - h2 @ W3)"), hw2_gradients.SIGN, 5),
    ("q5", gradients(d3="h2 @ W3 - y"), hw2_gradients.OF_SQUARES, 0),
    ("q5", gradients(d2="d3 @ W3.T"), hw2_gradients.NO_SLOPE_2, 20 / 3),
    ("q5", gradients(d1="d2 @ W2.T"), hw2_gradients.NO_SLOPE_1, 25 / 3),
    ("q5", gradients(d2="d3 @ W3.T", d1="d2 @ W2.T"), hw2_gradients.NO_SLOPE_2, 20 / 3),
    (
        "q5",
        gradients(d2="(d3 @ W3.T) * (1 - h2**2)", d1="(d2 @ W2.T) * (1 - h1**2)"),
        hw2_gradients.OTHER_SLOPES,
        20 / 3,
    ),
    (
        "q5",
        gradients(
            d2="(d3 @ W3.T) / (1 + np.abs(h2)) ** 2", d1="(d2 @ W2.T) / (1 + np.abs(h1)) ** 2"
        ),
        hw2_gradients.SLOPES_OF_H,
        20 / 3,
    ),
    ("q5", gradients(h1="z1", h2="z2"), hw2_gradients.CAME_IN_Z, 20 / 3),
    ("q5", DIFFERENCES, hw2_gradients.SMALL_ROWS, 0),
    ("q6", CHECK.format("far.max()"), hw2_checker.NOT_RELATIVE, 3.5),
    ("q6", CHECK.format("(far / size).mean()"), hw2_checker.MEAN_OF_ALL, 3),
    ("q6", CHECK.format("(far / np.abs(slopes)).max()"), hw2_checker.BY_SLOPE, 3),
    ("q6", CHECK.format("(far / (size / 2)).max()"), hw2_checker.HALVED, 3.5),
    ("q6", CHECK.format("((grad - slopes) / size).max()"), hw2_checker.NO_ABSOLUTE, 3.5),
    ("q6", CHECK.format("far / size"), hw2_checker.ENTRIES, 1.5),
    (
        "q6",
        CHECK.format("np.max(far / (np.abs(grad) + np.abs(slopes) + 1e-8))"),
        hw2_checker.ADDED,
        3.5,
    ),
    ("q6", CHECK.replace("1e-5", "1e-3").format("(far / size).max()"), hw2_checker.OTHER_STEP, 3.5),
    (
        "q6",
        CHECK.replace("grad.shape != W.shape", "False").format("(far / size).max()"),
        hw2_checker.BROADCAST,
        3.5,
    ),
    ("q6", CHECK.format("0.0"), "that is not it", 1),
]
