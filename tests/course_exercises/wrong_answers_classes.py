"""Wrong answers to the questions of lesson 06, and how each slip is named."""

from course_exercises import classes

CLASSES = """
def delta3_of_classes(z3, y):
    e = np.exp(z3)
    onehot = np.eye(z3.shape[1])[y]
    return {}
"""
WRONG = [
    (
        classes.q1,
        "delta3_on_paper = np.array([[0.25, 0.5, 0.25]])",
        "still to be subtracted",
    ),
    (classes.q1, "delta3_on_paper = np.array([[-0.25, 0.5, -0.25]])", "the sign"),
    (classes.q1, "delta3_on_paper = np.array([[-0.75, 0.5, 0.25]])", "second class"),
    (classes.q1, "delta3_on_paper = np.array([[0, np.log(2) - 1, 0]])", "softmax first"),
    (classes.q1, "delta3_on_paper = np.array([0.25, -0.5, 0.25])", "brackets"),
    (
        classes.q2,
        CLASSES.format("e / e.sum(axis=1, keepdims=True)"),
        "still to be subtracted",
    ),
    (classes.q2, CLASSES.format("onehot - e / e.sum(axis=1, keepdims=True)"), "the sign"),
    (classes.q2, CLASSES.format("z3 - onehot"), "not passed through softmax"),
    (classes.q2, CLASSES.format("e / e.sum() - onehot"), "one sum of all rows"),
    (classes.q2, CLASSES.format("e / e.sum(axis=0) - onehot"), "down the columns"),
    (
        classes.q2,
        CLASSES.format("(e / e.sum(axis=1, keepdims=True) - onehot) / len(y)"),
        "row b of δ3",
    ),
    (
        classes.q2,
        CLASSES.format("np.subtract(e / e.sum(axis=1, keepdims=True), onehot, out=z3)"),
        "changed in place",
    ),
    (
        classes.q2,
        CLASSES.format("e / e.sum(axis=1, keepdims=True) - y[:, None]"),
        "the number of the class",
    ),
    (
        classes.q2,
        CLASSES.format("e / e.sum(axis=1, keepdims=True) - onehot.max(axis=0)"),
        "columns of all labels",
    ),
    (classes.q2, CLASSES.format("z3 - y[:, None]"), "and y is the number"),
    (classes.q2, CLASSES.format("e / e.sum(axis=1) - onehot"), "keepdims=True is missing"),
    (
        classes.q2,
        CLASSES.format("e / e.sum(axis=1, keepdims=True)").replace("return", "p =")
        + "    p[y] -= 1\n    return p",
        "in whole rows",
    ),
    (classes.q3, "loss_without_an_idea = 0.25", "the probability of each class"),
    (classes.q3, "loss_without_an_idea = np.log(0.25)", "the sign"),
    (classes.q3, "loss_without_an_idea = np.log10(4)", "base 10"),
    (classes.q3, "loss_without_an_idea = 2", "base 2"),
    (classes.q3, "loss_without_an_idea = 4", "still to be taken"),
    (classes.q3, "loss_without_an_idea = 0", "only if the right class"),
    (classes.q3, "loss_without_an_idea = np.log(2)", "two classes"),
    (classes.q3, "loss_without_an_idea = -np.log(0.75)", "another probability"),
    (classes.q3, "loss_without_an_idea = 1.5", "that is not it"),
]
