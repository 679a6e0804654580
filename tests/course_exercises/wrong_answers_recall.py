"""Wrong answers to the questions about earlier lessons, and right ones in other styles.

What each usual wrong story gives is refused and named; and some answers were typed by hand.
"""

from course_exercises import (
    batches,
    classes,
    computational_graph,
    digits,
    forward_pass,
    gradient_of_W1,
    gradient_of_W2,
    gradient_of_W3,
    loss,
    sgd,
    sgd_against_batch,
)
from course_exercises.recall.task import LETTER, LINE, NUMBER

TOPICS = (
    forward_pass,
    loss,
    gradient_of_W3,
    gradient_of_W2,
    gradient_of_W1,
    classes,
    computational_graph,
    sgd,
    batches,
    sgd_against_batch,
    digits,
)  # of the lessons 01 to 11
RECALLS = [getattr(topic, name) for topic in TOPICS for name in ("r1", "r2", "r3")]
READ = "this is how your line was read"
OTHER_KINDS = {  # what is no answer of this kind, whatever the task
    NUMBER: [("'12'", "not a str"), ("True", "not True or False"), ("[1, 2, 3]", "one number")],
    LINE: [("12", "a text is needed, not an int"), ("'?'", "")],
    LETTER: [("'z'", "is wanted"), ("1", "is wanted"), ("'ab'", "is wanted")],
}


def _told(recall):
    """[code of a wrong answer, words] for each story of a task."""
    for words, wrong in recall.task.stories.items():
        if recall.task.wanted == NUMBER:
            yield repr(float(wrong)), words
        elif recall.task.wanted == LETTER:
            yield repr(wrong), words.partition(": ")[2]
        elif recall.task.right.partition(" = ")[0].endswith(".grad"):
            yield repr(wrong), READ
        else:
            yield repr(wrong), words


WRONG = [
    (recall, f"{recall.answer} = {code}", words)
    for recall in RECALLS
    for code, words in [*_told(recall), *OTHER_KINDS[recall.task.wanted]]
]
WRONG += [
    (loss.r1, "recall_1 = 'v = g(X @ q)'", "inner numbers differ"),
    (loss.r1, "recall_1 = 'v = q @'", "cannot be read"),
    (loss.r1, "recall_1 = 'h = g(q @ X)'", "begin with v ="),
    (loss.r1, "recall_1 = 'v = g(q X)'", "with * or @ at each product"),
    (loss.r1, "recall_1 = 'v = g(q @ W)'", "'W' is not known in this task"),
    (loss.r1, "recall_1 = 'v = g'", "numbers should come out"),
    (loss.r1, "recall_1 = 'v = np.tanh(q @ X)'", "that is not v"),
    (loss.r1, "recall_1 = 'v = (g(q @ X))[0]'", "that is not v"),
    (batches.r1, "recall_1 = 'new = P - a * S.sum()'", "that is not new"),
    (gradient_of_W3.r1, "recall_1 = 'slope = (F(v + k) - F(v - k)) / 2 * k'", "brackets"),
    (gradient_of_W3.r1, "recall_1 = 'slope = F(v)'", "that is not slope"),
    (gradient_of_W2.r1, "recall_1 = 'R.grad = R.grad'", "uses its own answer"),
    (gradient_of_W2.r1, "recall_1 = 'u.grad = u - v'", "but R.grad is wanted"),
    (gradient_of_W2.r1, "recall_1 = 'R.grad = s.T @'", READ),
    (gradient_of_W2.r1, "recall_1 = 'R.grad = s.T @ u.grad; u.grad = v - u'", READ),
    (sgd_against_batch.r1, "recall_1 = 'dX = k.T @ du'", "speaks of one example"),
    (digits.r1, "recall_1 = 'R.grad = u.T @ v.grad / 2'", READ),
]
STYLES = [
    (loss.r1, "'g(q @ X)'"),
    (loss.r1, "'v = g( q@X )'"),
    (gradient_of_W3.r1, "'slope = 0.5 * (F(v + k) − F(v − k)) / k'"),
    (gradient_of_W2.r1, "'s.T @ u.grad'"),
    (gradient_of_W2.r1, "'R.grad = s.T @ (u - v)'"),
    (gradient_of_W2.r1, "'dR = sᵀ @ du'"),
    (gradient_of_W2.r1, "'∂L/∂R = s.T @ u.grad'"),
    (gradient_of_W2.r1, "'u.grad = u - v\\nR.grad = s.T @ u.grad'"),
    (gradient_of_W2.r1, "'R.grad = s.T @ u.grad / B'"),
    (computational_graph.r1, "'v.grad = softmax(v) − onehot(a)'"),
    (classes.r1, "'k.grad = q.grad * (1 - q²)'"),
    (sgd.r1, "'u.grad = c.grad @ R.T + k.grad @ X.T'"),
    (batches.r1, "'P − a · S'"),
    (digits.r1, "'R.grad = uᵀ @ v.grad / B'"),
]
OTHER_STYLES = [(recall, f"{recall.answer} = {code}") for recall, code in STYLES]
for recall in RECALLS:
    if recall.task.wanted == NUMBER:
        OTHER_STYLES += [
            (recall, f"{recall.answer} = {recall.task.right}.0"),
            (recall, f"{recall.answer} = np.array({recall.task.right})"),
        ]
    elif recall.task.wanted == LETTER:
        OTHER_STYLES += [(recall, f"{recall.answer} = ' ({recall.task.right.upper()}) '")]
