"""What needs a little glue to be handed in as homework 2: what `nn.derive` prints of the student's
own network, and the lines, gradients and examples of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from pieces_to_copy import forms_of, pasted
from right_lines import right_lines
from ways_to_copy import Homework, Way

import course_nn as nn
from course_exercises.homework import hw2_examples, hw2_network, hw2_other
from course_exercises.homework.keys import new_key
from course_nn.derivation_check.judgement import Verdict

PRINCIPLES = ("multiply along a path", "add over paths", "what came in", "f′ at arrival", "mean")
ALL = "  # " + ", ".join(PRINCIPLES)
OTHER_KEYS = [new_key(np.random.default_rng(seed)) for seed in range(20)]

FORWARD = """
def forward(x, W1, W2, W3):
    def f(z): return z / (1 + abs(z))
    return f(f(x @ W1) @ W2) @ W3
def log_cosh(e): return np.log(np.cosh(e))
def J(x, y, W1, W2, W3):
    return log_cosh(forward(x, W1, W2, W3) - y).sum(axis=1).mean()
"""
GRADIENTS = {
    "finite differences, central": """
def gradients(x, y, W1, W2, W3):
    given = {"W1": W1, "W2": W2, "W3": W3}
    found = {}
    for name, W in given.items():
        found["d" + name] = np.zeros(W.shape)
        for entry in np.ndindex(W.shape):
            up, down = W.copy(), W.copy()
            up[entry] += 1e-5
            down[entry] -= 1e-5
            up, down = (J(x, y, **{**given, name: each}) for each in (up, down))
            found["d" + name][entry] = (up - down) / 2e-5
    return found
""",
    "finite differences, one way, step by what comes in": """
def gradients(x, y, W1, W2, W3):
    def f(z): return z / (1 + abs(z))
    given = {"W1": W1.copy(), "W2": W2.copy(), "W3": W3.copy()}
    def losses(): return log_cosh(forward(x, **given) - y).sum(axis=1)
    found, at, h1 = {}, losses(), f(x @ W1)
    for (name, W), came in zip(given.items(), (x, h1, f(h1 @ W2))):
        found["d" + name] = np.zeros(W.shape)
        for entry in np.ndindex(W.shape):
            step, before = 1e-6 / np.sqrt((came[:, entry[0]] ** 2).mean()), W[entry]
            W[entry] += step
            found["d" + name][entry] = (losses() - at).mean() / step
            W[entry] = before
    return found
""",
    "complex steps": """
def gradients(x, y, W1, W2, W3):
    def f(z): return z / (1 + np.sign(z.real) * z)
    given, x = [W.astype(complex) for W in (W1, W2, W3)], x.astype(complex)
    found = [np.zeros(W.shape) for W in given]
    for W, dW in zip(given, found):
        for entry in np.ndindex(W.shape):
            W[entry] += 1e-30j
            z3 = f(f(x @ given[0]) @ given[1]) @ given[2]
            dW[entry] = np.log(np.cosh(z3 - y)).imag.sum() / 1e-30 / len(x)
            W[entry] = W[entry].real
    return dict(zip(("dW1", "dW2", "dW3"), found))
""",
    "lines of lesson 05 without any slope": """
def gradients(x, y, W1, W2, W3):
    def f(z): return z / (1 + abs(z))
    h1 = f(x @ W1)
    h2 = f(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = delta3 @ W3.T
    delta1 = delta2 @ W2.T
    B = len(x)
    return {"dW1": x.T @ delta1 / B, "dW2": h1.T @ delta2 / B, "dW3": h2.T @ delta3 / B}
""",
    "lines of lesson 05 with the slopes of tanh": """
def gradients(x, y, W1, W2, W3):
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = delta3 @ W3.T * (1 - h2**2)
    delta1 = delta2 @ W2.T * (1 - h1**2)
    B = len(x)
    return {"dW1": x.T @ delta1 / B, "dW2": h1.T @ delta2 / B, "dW3": h2.T @ delta3 / B}
""",
    "zeros": """
def gradients(x, y, W1, W2, W3):
    return {"dW1": 0 * W1, "dW2": 0 * W2, "dW3": 0 * W3}
""",
    "ones": """
def gradients(x, y, W1, W2, W3):
    return {"dW1": 0 * W1 + 1, "dW2": 0 * W2 + 1, "dW3": 0 * W3 + 1}
""",
}

# Each weight is nudged: these would take ten seconds to a minute on the large network, which a test
# of the assignment counts and one of the copies measures; so they have less than the grader's time.
NUDGED = (
    "finite differences, central",
    "finite differences, one way, step by what comes in",
    "complex steps",
)
ENDLESS = dict.fromkeys(NUDGED, 1.0)

# What came in is there, and the mean: δ of each unit is measured, for all examples at once, as they
# go their ways apart. So there are as many passes as units, and no size of a network is too large.
UNITS = """
def gradients(x, y, W1, W2, W3):
    def f(z): return z / (1 + np.where(z.real < 0, -z, z))
    def L(z3): return np.log(np.cosh(z3 - y)).sum(axis=1)
    z1 = x @ W1
    h1 = f(z1)
    z2 = h1 @ W2
    h2 = f(z2)
    ends = lambda z: L(f(f(z) @ W2) @ W3), lambda z: L(f(z) @ W3), L
    found = {}
    for name, came, z, end in zip(("dW1", "dW2", "dW3"), (x, h1, h2), (z1, z2, h2 @ W3), ends):
        units = np.eye(z.shape[1])
        delta = np.stack([MEASURED for unit in units], axis=1)
        found[name] = came.T @ delta / len(x)
    return found
"""
IN_EACH_UNIT = {
    "what came in, and complex steps in each unit": "end(z + 1e-30j * unit).imag / 1e-30",
    "what came in, and differences in each unit": (
        "(end(z + 1e-5 * unit) - end(z - 1e-5 * unit)) / 2e-5"
    ),
}
# The chain rule is there; only the two derivatives were not found.
SLOPES = """
def gradients(x, y, W1, W2, W3):
    def f(z): return z / (1 + abs(z))
    def slope(g, z): return (g(z + 1e-5) - g(z - 1e-5)) / 2e-5
    z1 = x @ W1
    z2 = f(z1) @ W2
    delta3 = slope(log_cosh, f(z2) @ W3 - y)
    delta2 = delta3 @ W3.T * slope(f, z2)
    delta1 = delta2 @ W2.T * slope(f, z1)
    B = len(x)
    return {"dW1": x.T @ delta1 / B, "dW2": f(z1).T @ delta2 / B, "dW3": f(z2).T @ delta3 / B}
"""


def rows(homework: Homework) -> Iterator[tuple[str, str, list[str]]]:
    """How it is come by, what is handed in, and its cells."""
    sheet, other = hw2_network.sheet_of(homework.key), hw2_other.other_of(homework.key)
    best = "", 0.0
    for what, text in _lines(sheet.loss):
        cell = _returns("my_lines", text)
        points = homework.worth(Way("my_lines", what, cell))
        best = max(best, (cell, points), key=lambda each: each[1])
        if what in SHOWN:
            yield "copied", f"own network: {what}", [cell]
    yield "copied", "own network: the best of all that derive prints", [best[0]]
    yield (
        "copied",
        "own network: no line has a slope",
        [_returns("my_lines", _without_slopes(sheet))],
    )
    yield "copied", "check_derivation finds the wrong line", [_returns("wrong_line", _wrong(other))]
    yield (
        "copied",
        "the wrong line handed in once more",
        [_mended(other.lines[other.written.wrong - 1])],
    )
    yield "copied", "the mended line as derive prints it", [_mended(_derived(other))]
    for what, cell in GRADIENTS.items():
        yield "copied", what, [FORWARD, cell]
    for what, measured in IN_EACH_UNIT.items():
        yield "numeric", what, [UNITS.replace("MEASURED", measured)]
    yield "tried", "derive's lines, products turned for columns", [_columns(sheet)]
    yield "a neighbour's", "a friend's lines in one's own letters", [_friend(sheet)]
    yield "tried", "lines of lesson 05, each slope a difference of f alone", [FORWARD, SLOPES]
    yield (
        "tried",
        "other keys' lines in the place of the wrong one",
        [_of_other_keys(homework, other)],
    )
    yield "tried", "a second example by regula falsi", _examples(homework.key)
    yield (
        "read",
        "hw2_other run on the numbers",
        [*map(pasted, ("course_nn", "course_exercises")), _spoilt(homework.key)],
    )


def _returns(name: str, value: Any) -> str:
    return f"def {name}():\n    return {value!r}\n"


# ------------------------------------------------------------------ lines

SHOWN = ("printed, the way back without shapes, all principles",)


def _lines(loss: nn.Node) -> Iterator[tuple[str, str]]:
    """All forms in which `nn.derive` prints the network, with what can be done to them blindly."""
    for form in forms_of(loss, "own"):
        what = form.where.removeprefix("own, ")
        text = eval(form.code)
        yield what, text
        yield f"{what}, all principles", _each(text, lambda line: line + ALL)
        yield f"{what}, a principle by the kind of line", _each(text, _with_principle)
        yield f"{what}, in indices by name", _each(text, _indexed)


def _each(text: str, change: Any) -> str:
    lines = [line for line in text.splitlines() if "=" in line and not line.endswith("\\begin")]
    return "\n".join(change(line) for line in lines)


def _with_principle(line: str) -> str:
    right = line.partition("=")[2]
    if "/ B" in right:
        return line + "  # mean"
    if ".T @" in right or "^{\\top} \\," in right:
        return line + "  # what came in, mean"
    if "@" in right:
        return line + "  # add over paths"
    return line + ("  # f′ at arrival" if "1 - " in right else "  # multiply along a path")


def _indexed(line: str) -> str:
    """Both sides with the same two indices behind them, which translates nothing."""
    left, _, right = _with_principle(line).partition("=")
    right, _, principle = right.partition("  #")
    return f"{left.strip()}[b, j] = ({right.strip()})[b, j]  # {principle}"


def _without_slopes(sheet: Any) -> str:
    lines = str(nn.derive(sheet.loss)).partition("Backward\n")[2].splitlines()
    text = "\n".join(line.rpartition("  (")[0] for line in lines)
    return re.sub(r" \* \S+ \* \(1 - \S+\)| \* \(1 - \S+ ?\*\* ?2\)", "", text)


def _back(loss: nn.Node) -> list[str]:
    """The lines of the way back that derive prints, without shapes and before the mean is taken."""
    lines = str(nn.derive(loss)).partition("Backward\n")[2].splitlines()
    return [line.rpartition("  (")[0].rstrip() for line in lines if "/ B" not in line]


def _columns(sheet: Any) -> str:
    """(P Q)ᵀ = Qᵀ Pᵀ, by a rule for the text: what has a .T loses it, what has none gets one."""

    def turned(factor: str) -> str:
        return factor[:-2] if factor.endswith(".T") else f"{factor}.T"

    found = []
    for line in _back(sheet.loss):
        left, _, right = line.partition(" = ")
        one, at, other = (part.strip() for part in right.partition("@"))
        if at and left.removesuffix(".grad") in sheet.network.weights:
            line = f"{left} = {turned(one)} @ {turned(other)} / B  # what came in, mean"
        elif at:
            line = f"{left} = {turned(other)} @ {one}  # add over paths"
        else:
            line = _with_principle(line)
        found.append(line)
    return _returns("my_lines", "\n".join(found))


def _friend(sheet: Any) -> str:
    """The right lines of everybody's network, each letter exchanged for that at its place."""
    theirs, own = hw2_network.sheet_of("").network, sheet.network
    names = dict(zip(_all_letters(theirs), _all_letters(own), strict=True))
    text = "\n".join(right_lines(theirs).values())
    text = re.sub(r"\b([A-Za-z])(?=\.grad|\[)", partial(_own_letter, names), text)
    return _returns("my_lines", text)


def _all_letters(network: Any) -> list[str]:
    steps = [step.name for step in network.steps]
    return [*steps, *network.weights, *network.inputs, network.answers]


# ------------------------------------------------------------------ somebody's wrong line


def _wrong(other: Any) -> int:
    """The first line that does not hold."""
    report = nn.check_derivation(other.loss, "\n".join(other.lines))
    blamed = (Verdict.WRONG, Verdict.SQUARE, Verdict.ONE_EXAMPLE)
    return next((line.number or 0 for line in report.lines if line.verdict in blamed), 0)


def _mended(line: str) -> str:
    return _returns("mended_line", line)


def _derived(other: Any) -> str:
    name = other.lines[other.written.wrong - 1].partition(".grad")[0]
    lines = str(nn.derive(other.loss)).partition("Backward\n")[2].splitlines()
    found = [line.rpartition("  (")[0] for line in lines if line.startswith(f"{name}.grad =")]
    return found[0] + ALL


def _of_other_keys(homework: Homework, other: Any) -> str:
    """The lines of others, in one's own letters: each is tried in the place of the wrong one."""
    for key in OTHER_KEYS:
        theirs = hw2_other.other_of(key)
        if [kind for _, kind, _ in theirs.written.steps] != [
            kind for _, kind, _ in other.written.steps
        ]:
            continue
        names = dict(zip(_all_letters(theirs.network), _all_letters(other.network), strict=True))
        for line in theirs.lines:
            own_letter = partial(_own_letter, names)
            changed = re.sub(r"\b([a-zA-Z])(?=\.grad|\[|\))", own_letter, line)
            cell = _mended(changed)
            if homework.worth(Way("mended_line", "tried", cell)) > 0:
                return cell
    return ""


def _own_letter(names: dict[str, str], found: re.Match[str]) -> str:
    return names.get(found[1], found[1])


def _spoilt(key: str) -> str:
    return f"""
def spoilt(values):
    from pasted_course_exercises.homework import hw2_other
    return hw2_other.other_of({key!r}).differences(values)
"""


# ------------------------------------------------------------------ examples


def _examples(key: str) -> list[str]:
    """By the numbers that the check prints, which are straight lines in the second y."""
    unit = hw2_examples.unit_of(key)

    def both(x: float, y: float) -> tuple[float, float]:
        xs, ys = np.array([unit.x, x]), np.array([unit.y, y])
        return hw2_examples.gradient(unit.w, xs, ys), hw2_examples.gradient(
            unit.w, xs.mean(), ys.mean()
        )

    found = {}
    for x in (0.5, -0.5, 1.0, 3.0, -1.0, -3.0, 2.5):
        for y in range(-20, 21):
            of_all, of_mean = both(unit.x + x, float(y))
            if of_all * of_mean < 0 and min(abs(of_all), abs(of_mean)) > 0.1:
                found["opposite"] = {"x": [unit.x, unit.x + x], "y": [unit.y, float(y)]}
        off = [np.subtract(*both(unit.x + x, y)) for y in (0.0, 1.0)]
        if off[1] != off[0]:
            y = float(off[0] / (off[0] - off[1]))
            if abs(both(unit.x + x, y)[0]) > 0.1 and abs(y) < 100:
                found["equal"] = {"x": [unit.x, unit.x + x], "y": [unit.y, y]}
    return [_returns(name, value) for name, value in found.items()]
