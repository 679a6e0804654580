"""Right answers to homework 2 for any key, and answers with one slip, as code of a notebook."""

from __future__ import annotations

import re

from right_lines import right_lines

from course_exercises.homework.hw2_examples import unit_of
from course_exercises.homework.hw2_network import sheet_of
from course_exercises.homework.hw2_other import WRITTEN, other_of

MENDED = (
    *["{h}.grad[b, i] = Σ_j {m}.grad[b, j] {Q}[j, i]"] * 2,
    *["{g}.grad[b, j] = −{n}.grad[b, j]"] * 2,
    *["{h}.grad[b, j] = {n}.grad[b, j] {g}[b, j]"] * 2,
)
ONE_WAY = """
def both_ways(values, wrong):
    u, t, P, Q, R = (values[name] for name in NAMES)
    h = np.tanh(u @ P.T)
    TO_Z
    z = n @ R.T
    e = np.exp(z - z.max(axis=1, keepdims=True))
    dz = e / e.sum(axis=1, keepdims=True) - np.eye(len(R))[t.astype(int)]
    dn = dz @ R
    dR = dz.T @ n / len(u)
    BACK
    return {NAMES[2]: dP, NAMES[3]: dQ, NAMES[4]: dR}


def spoilt(values):
    lines, right = both_ways(values, True), both_ways(values, False)
    return {name: lines[name] - right[name] for name in right}
"""
TWICE = ["g = 1 / (1 + np.exp(-h @ Q.T))", "n = g @ Q.T"]
TWO = "g = 1 / (1 + np.exp(-u @ Q.T))"
BACK_TWICE = [
    "dm = dn @ Q * g * (1 - g)",
    "dh = dn @ Q @ Q if wrong and {jumped} else dm @ (Q.T if wrong and {turned} else Q)",
    "dP = (dh * (1 - h**2)).T @ u / len(u)",
    "dQ = (dm.T @ h + dn.T @ g) / len(u)",
]
BACK_TWO = [
    "dP = (dh * (1 - h**2)).T @ u / len(u)",
    "dQ = (dg * g * (1 - g)).T @ u / len(u)",
]
DIFFERENCE = ["dh, dg = dn, dn * (1 if wrong and {minus} else -h if wrong and {product} else -1)"]
PRODUCT = ["dh, dg = dn * (h if wrong and {own} else n if wrong and {whole} else g), dn * h"]
PARTS = {  # of each template what makes n, and the way back, with what is wrong there
    0: (TWICE, BACK_TWICE, "jumped"),
    1: (TWICE, BACK_TWICE, "turned"),
    2: ([TWO, "n = h - g"], [*DIFFERENCE, *BACK_TWO], "minus"),
    3: ([TWO, "n = h - g"], [*DIFFERENCE, *BACK_TWO], "product"),
    4: ([TWO, "n = h * g"], [*PRODUCT, *BACK_TWO], "own"),
    5: ([TWO, "n = h * g"], [*PRODUCT, *BACK_TWO], "whole"),
}
OPPOSITE = """
def means(x, y):
    g = lambda x, y: 2 * ({w}) * x**2 * (({w}) ** 2 * x**2 - y)
    a, b = sum(map(g, x, y)) / len(x), g(sum(x) / len(x), sum(y) / len(y))
    return a, b


def opposite():
    for x2 in range(-5, 6):
        for y2 in range(-40, 41):
            a, b = means([{x}, x2], [{y}, y2])
            if x2 != {x} and a * b < 0 and min(abs(a), abs(b)) > 0.2:
                return {{"x": [{x}, x2], "y": [{y}, y2]}}
"""
EQUAL = """
def equal():
    for x2 in (1, 2, 3, 4):
        # both are straight lines in y2
        difference = lambda y2: np.subtract(*means([{x}, x2], [{y}, y2]))
        at, slope = difference(0), difference(1) - difference(0)
        y2 = -at / slope if slope else 0
        a, b = means([{x}, x2], [{y}, y2])
        if x2 != {x} and slope and abs(a) > 0.2:
            return {{"x": [{x}, x2], "y": [{y}, y2]}}
"""
GRADIENTS = """
def gradients(x, y, W1, W2, W3):
    f = lambda z: z / (1 + np.abs(z))
    z1 = x @ W1
    h1 = f(z1)
    z2 = h1 @ W2
    h2 = f(z2)
    d3 = {d3}
    d2 = {d2}
    d1 = {d1}
    B = {B}
    return {{"dW1": x.T @ d1 / B, "dW2": {h1}.T @ d2 / B, "dW3": {h2}.T @ d3 / B}}
"""
CHECK = """
def check_gradient(function, W, grad):
    if grad.shape != W.shape:
        return 1.0
    slopes = finite_differences(function, W, 1e-5)
    far = np.abs(grad - slopes)
    size = np.maximum(np.abs(grad) + np.abs(slopes), 1e-8)
    return {}
"""
CHECK_RIGHT = CHECK.format("np.max(far / size)")


def gradients(**changed):
    """The function, with other text in some places."""
    right = {
        "d3": "np.tanh(h2 @ W3 - y)",
        "d2": "(d3 @ W3.T) / (1 + np.abs(z2)) ** 2",
        "d1": "(d2 @ W2.T) / (1 + np.abs(z1)) ** 2",
        "B": "len(x)",
        "h1": "h1",
        "h2": "h2",
    }
    return GRADIENTS.format(**right | changed)


def counted(key, **changed):
    """The products of the first question, counted by going through them; some `changed`."""
    sheet = sheet_of(key)
    lengths = []

    def go(node, factors, outputs):
        if node == sheet.network.output:
            lengths.extend([factors + 1] * outputs)
        for step in sheet.network.steps:
            if node in step.operands:
                product = step.kind.startswith("matmul")
                many = sheet.network.widths[step.name] if product else 1
                go(step.name, factors + (step.kind != "add"), outputs * many)

    go(sheet.network.steps[0].name, 1, 1)
    found = {"products": len(lengths), "shorter": min(lengths), "longer": max(lengths)}
    return f"def count_products():\n    return {found | changed}"


def as_lines(text):
    """The function that returns these lines."""
    return f'def my_lines():\n    return """\n{text}\n"""'


def all_lines(key):
    """The lines of a key, by name."""
    return right_lines(sheet_of(key).network)


def with_lines(key, change):
    """The lines of a key after `change(name, line)`, which returns a line, or "" for none."""
    lines = [change(name, line) for name, line in all_lines(key).items()]
    return as_lines("\n".join(filter(None, lines)))


def template(key):
    return WRITTEN.index(other_of(key).written)


def spoilt(key):
    """What the wrong line does, by a way back in NumPy."""
    other = other_of(key)
    to_z, back, wrong = PARTS[template(key)]
    where = {name: str(name == wrong) for name in re.findall(r"{(\w+)}", "".join(back))}
    text = ONE_WAY.replace("TO_Z", "\n    ".join(to_z))
    text = text.replace("BACK", "\n    ".join(line.format(**where) for line in back))
    return f"NAMES = {[other.letters[each] for each in 'utPQR']!r}\n{text}"


def mended_text(key):
    other = other_of(key)
    return MENDED[template(key)].format(**other.letters)


def mended(text):
    return f"def mended_line():\n    return {text!r}"


def examples(key):
    unit = vars(unit_of(key))
    return OPPOSITE.format(**unit) + EQUAL.format(**unit)


def right_answers(key):
    """Everything that a notebook of this key defines, question by question."""
    return {
        "q1": counted(key),
        "q2": as_lines("\n".join(all_lines(key).values())),
        "q3": f"def wrong_line():\n    return {other_of(key).written.wrong}\n"
        + spoilt(key)
        + mended(mended_text(key)),
        "q4": examples(key),
        "q5": gradients(),
        "q6": CHECK_RIGHT,
    }
