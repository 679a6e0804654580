"""Wrong answers to the questions on why the way goes backwards, and how each slip is named."""

from course_exercises import why_backwards

JACOBIAN = [
    ("[[1, 2, 3], [4, 5, 6]]", "that is W"),
    ("[[-1, -4], [-2, -5], [-3, -6]]", "the sign"),
    ("[[1, 2], [3, 4], [5, 6]]", "in another order"),
    ("[5, 7, 9]", "the sum over the inputs"),
    ("[6, 15]", "the sum over the outputs"),
    ("[[3, 6], [2, 5], [1, 4]]", "rows stand in reverse"),
    ("[[4, 1], [5, 2], [6, 3]]", "columns stand in reverse"),
    ("(3, 2)", "that is the shape"),
    ("[[2, 8], [4, 10], [6, 12]]", "a factor 2"),
    ("np.array([[1, 4], [2, 5], [3, 6]]) / 2", "a factor ½"),
    ("[[14, 32], [32, 77]]", "W with its transpose"),
    ("[[17, 22, 27], [22, 29, 36], [27, 36, 45]]", "the transpose with W"),
    ("[[1, 16], [4, 25], [9, 36]]", "without a square"),
    ("[1, 4]", "only one output"),
    ("[1, 2, 3]", "only one input"),
    ("[[1, 4], [2, 5], [3, 7]]", "the numbers are not"),
    ("[['1', '4'], ['2', '5'], ['3', '6']]", "a number or an array"),
]

SWEEP = """
def change_of_z2(x, W1, W2, dW1):
    z1 = x @ W1
    h = np.tanh(z1)
    dz1 = x @ dW1
    slope = 1 - h**2
    return {}
"""
CHANGE = [
    ("h @ W2", "that is z2 itself"),
    ("h @ W2 + (dz1 * slope) @ W2", "z2 after the change"),
    ("dz1 @ W2", "the derivative of tanh is missing"),
    ("(dz1 * h * (1 - h)) @ W2", "of the sigmoid"),
    ("(dz1 * (1 - np.tanh(h) ** 2)) @ W2", "taken at h"),
    ("(dz1 * (1 - z1**2)) @ W2", "1 − z1²"),
    ("(dz1 * (1 - dz1**2)) @ W2", "1 − dz1²"),
    ("(dz1 * (1 - h) ** 2) @ W2", "(1 − h)²"),
    ("(dz1 * (1 - h)) @ W2", "1 − h in place"),
    ("slope @ W2", "dz1 = x dW1 is missing"),
    ("(z1 * slope) @ W2", "not its change dW1"),
    ("np.tanh(dz1) @ W2", "passed through tanh"),
    ("(np.tanh(x @ (W1 + dW1)) - h) @ W2", "to first order"),
    ("dz1 * slope", "stops at h"),
    ("-(dz1 * slope) @ W2", "the sign"),
    ("2 * (dz1 * slope) @ W2", "a factor 2"),
    ("(dz1 * slope) @ W2 / 2", "a factor ½"),
    ("((dz1 * slope) @ W2).sum(axis=1)", "were added up"),
    ("(dz1 @ W2) * slope", "applied after W2"),
    ("(dz1 * slope) @ W2.T", "that is the way back"),
    ("((x @ dW1.T) * slope) @ W2", "dW1 was transposed"),
    ("(x.T @ dW1 * slope) @ W2", "x is transposed"),
    ("dz1 * slope * W2", "* is entry by entry"),
    ("(dz1 * slope) @ np.ones((3, 3))", "another W2 changes nothing"),
    ("(dz1[0] * slope[0]) @ W2", "the shape is (3,)"),
    ("np.zeros((1, 3))", "the same for other arguments"),
    ("np.tanh(x @ (W1 + dW1)) @ W2", "z2 at the new weights"),
    ("(dz1 * (1 - np.tanh(x @ (W1 + dW1)) ** 2)) @ W2", "slope is taken at the new weights"),
    ("(dz1 * (1 - np.tanh(dz1) ** 2)) @ W2", "slope is taken at the change alone"),
    ("(dz1 * h**2) @ W2", "that is h² alone"),
    ("(dz1 * -(h**2)) @ W2", "that is −h² alone"),
    ("(dz1 * (z1 > 0)) @ W2", "slope of ReLU"),
    ("(dz1 + slope) @ W2", "not added"),
    ("(dz1 @ W2) * (1 - (h @ W2) ** 2)", "the slope belongs to h, before W2"),
    ("((dz1 * slope) @ W2) * (1 - (h @ W2) ** 2)", "no second slope"),
    ("(dW1 * slope) @ W2", "x is missing"),
    ("x @ (dW1 * slope) @ W2", "not to W1"),
    ("dz1 * (1 - h**2 @ W2)", "brackets around 1 − h²"),
    ("(np.tanh(x @ (W1 + 0.1 * dW1)) - h) @ W2 / 0.1", "a step that is not small"),
    ("(dz1[-1] * slope[-1]) @ W2", "last example alone"),
    ("(dz1[:1] * slope[:1]) @ W2", "first example alone"),
    ("((dz1 * slope) @ W2).sum(axis=0)", "examples were added up"),
    ("((dz1 * slope) @ W2).mean(axis=0)", "examples were averaged"),
    ("(dz1 * (s := 1 / (1 + np.exp(-z1))) * (1 - s)) @ W2", "h is a sigmoid here"),
    ("(dz1 * (1 - 1 / (1 + np.exp(-z1)) ** 2)) @ W2", "with the slope 1 − h²"),
    ("(dz1 * slope) @ V2", "stopped with NameError"),
    ("(np.tanh(z1 + 1e-5 * dz1) - np.tanh(z1 - 1e-5 * dz1)) @ W2 / 2e-5", "has no step ε"),
    ("(np.tanh(z1 + 1e-7 * dz1) - h) @ W2 / 1e-7", "has no step ε"),
]

SWEEPS = [
    ("3", "2 numbers are wanted, and the shape is (), a single number."),
    ("(3, 1000)", "exchanged"),
    ("(1000, 1)", "there are three"),
    ("(1, 3)", "there are 1,000"),
    ("(1, 1)", "one sweep is not enough"),
    ("(2000, 3)", "nudging"),
    ("(3000, 3000)", "a row or a column"),
    ("(1003, 1003)", "not added up"),
    ("(3000, 3)", "all outputs at once"),
    ("(1000, 3000)", "all inputs at once"),
    ("(3, 3)", "it takes 1,000"),
    ("(1000, 1000)", "it takes 3"),
    ("3", "2 numbers are wanted"),
    ("('1000', '3')", "a number or an array"),
    ("(1000, 4)", "a reverse sweep gives a row"),
    ("(1001, 3)", "a forward sweep gives a column"),
    ("(1001, 4)", "for the value itself"),
    ("(1, 1000)", "exchanged, and one sweep"),
    ("(3, 1)", "And one sweep is not enough"),
    ("(333, 3)", "that is not it"),
]

BYTES = [
    ("70 * 8", "one example"),
    ("40 * 70", "each takes 8 bytes"),
    ("70", "numbers of one example"),
    ("40 * 170 * 8", "that is with x;"),
    ("40 * 80 * 8", "with the output"),
    ("40 * 180 * 8", "with x and the output"),
    ("40 * 50 * 8", "h1 alone"),
    ("40 * 20 * 8", "h2 alone"),
    ("40 * 50 * 20 * 8", "not multiplied"),
    ("50 * 20 * 8", "that is W2"),
    ("(100 * 50 + 50 * 20 + 20 * 10) * 8", "those are the weights"),
    ("2 * 40 * 70 * 8", "with z1 and z2"),
    ("40 * 70 * 4", "not 4"),
    ("40 * 70 * 64", "those are bits"),
    ("40 * 50 + 20 * 8", "brackets: the 40 examples belong to both"),
    ("(40 * 50 + 20) * 8", "belong to h2"),
    ("22.4", "kilobytes"),
    ("'22400'", "not a str"),
    ("22401", "that is not it"),
    ("22400 / 1024", "1,024"),
    ("(100 * 50 + 50 * 20) * 8", "those are W1 and W2"),
    ("40 * 100 * 8", "x alone"),
    ("22400 + 6200 * 8", "with the weights"),
    ("(40 + 50 + 20) * 8", "multiplied, not added"),
]

WRONG = [
    *((why_backwards.q1, f"jacobian = np.array({code})", name) for code, name in JACOBIAN),
    *((why_backwards.q2, SWEEP.format(code), name) for code, name in CHANGE),
    *((why_backwards.q3, f"sweeps = {code}", name) for code, name in SWEEPS),
    *((why_backwards.q4, f"bytes_kept = {code}", name) for code, name in BYTES),
    (
        why_backwards.q2,
        SWEEP.format("None")
        .replace("dz1 =", "x *= 1; dW1 *= 2; dz1 =")
        .replace("None", "dz1 @ W2"),
        "changed in place",
    ),
]

OTHER_STYLES = [
    (why_backwards.q1, "jacobian = [[1, 4], [2, 5], [3, 6]]"),
    (why_backwards.q1, "jacobian = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32).T"),
    (why_backwards.q2, SWEEP.format("np.einsum('bh,bh,hk->bk', dz1, slope, W2)")),
    (why_backwards.q2, SWEEP.format("((dz1 / np.cosh(z1) ** 2) @ W2).astype(np.float32)")),
    (
        why_backwards.q2,
        "def change_of_z2(x, W1, W2, dW1):\n"
        "    B, K = len(x), W2.shape[1]\n"
        "    change = [[0.0] * K for b in range(B)]\n"
        "    for b in range(B):\n"
        "        for k in range(K):\n"
        "            for i in range(W1.shape[1]):\n"
        "                h = np.tanh(sum(x[b] * W1[:, i]))\n"
        "                dz = sum(x[b] * dW1[:, i])\n"
        "                change[b][k] += dz * (1 - h * h) * W2[i, k]\n"
        "    return change",
    ),
    (why_backwards.q3, "sweeps = [1000, 3]"),
    (why_backwards.q4, "bytes_kept = np.float32(22400)"),
]
