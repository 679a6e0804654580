"""Wrong answers to the questions of lesson 10, and how each slip is named."""

from course_exercises import sgd_against_batch

BEFORE_TOO = [
    ("(6, 1, 10)", "10 is the number of examples"),
    ("(7, 7 / 4, 7 / 10)", "shares of an update, and the seventh"),
    ("(7, 7 / 4, 0)", "made or not, and the seventh"),
    ("(6, 1, 0.7)", "A share of an update"),
    ("(6, 4, 0)", "not that of the updates"),
    ("(6, 3, 0)", "3 is the number of updates"),
    ("(5, 1, 0)", "come six others"),
    ("(6, 1, 6)", "no update of its own"),
    ("(0, 0, 0)", "only in batch learning"),
    ("(7, 2, 0)", "the last one is right"),
    ("(6, 1, 9)", "The first and the second are right."),
]
SCATTER_TOO = [
    ("((0.8 / 16) ** 0.5, 64)", "the root was taken of 0.8"),
    ("(0.8 / 15**0.5, 64)", "root of 15"),
    ("(0.2, 48)", "is not asked"),
    ("(0.2, 80)", "has to be squared, too"),
    ("(0.2, 63)", "The first is right."),
]
LINES = """my_lines = '''
r.grad = r − t
s.grad = r.grad ⊙ a
a.grad = r.grad ⊙ s + s.grad ⊙ s ⊙ (1 − s)
A.grad = x.T @ a.grad / B
'''"""
WRONG = [
    (sgd_against_batch.q3, LINES.replace("r.grad ⊙ s + ", ""), "a.grad"),
    (sgd_against_batch.q3, LINES.replace(" + s.grad ⊙ s ⊙ (1 − s)", ""), "a.grad"),
    (sgd_against_batch.q3, LINES.replace("s ⊙ (1 − s)", "(1 − s²)"), "a.grad"),
    (sgd_against_batch.q3, LINES.replace("r.grad ⊙ a\n", "r.grad ⊙ s\n"), "s.grad"),
    (sgd_against_batch.q3, LINES.replace(" / B", ""), "holds only for one example"),
    (sgd_against_batch.q3, LINES.replace("r − t", "t − r"), "r.grad"),
    (sgd_against_batch.q3, "my_lines = []", "a text is needed"),
    (sgd_against_batch.earlier_q1, "updates_before = (7, 2, 1)", "itself does not count"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 2, 0)", "in the next batch"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 1, 1)", "after the tenth"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 2, 1)", "the other two"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 6, 0)", "not one for each"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 6, 6)", "SGD three times"),
    (sgd_against_batch.earlier_q1, "updates_before = (0, 1, 6)", "other way round"),
    (sgd_against_batch.earlier_q1, "updates_before = (0, 2, 6)", "in the same batch"),
    (sgd_against_batch.earlier_q1, "updates_before = (10, 3, 1)", "whole epoch"),
    (sgd_against_batch.earlier_q1, "updates_before = 6", "3 numbers are wanted"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.05, 64)", "divided by 16"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.05, 8)", "twice"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 8)", "not enough"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 32)", "more than twice"),
    (sgd_against_batch.q1, "scatter_and_examples = (3.2, 64)", "not rougher"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.8, 64)", "less scatter"),
    (sgd_against_batch.q1, "scatter_and_examples = (64, 0.2)", "first the scatter"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.4, 64)", "for four examples"),
    *(
        (sgd_against_batch.earlier_q1, f"updates_before = {code}", name)
        for code, name in BEFORE_TOO
    ),
    *((sgd_against_batch.q1, f"scatter_and_examples = {code}", name) for code, name in SCATTER_TOO),
    (sgd_against_batch.q2, "fair = 'a'", "Each needs its own"),
    (sgd_against_batch.q2, "fair = 'b'", "moving weights"),
    (sgd_against_batch.q2, "fair = 'd'", "looks too good"),
    (sgd_against_batch.earlier_q1, "updates_before = (7, 1, 0)", "after its gradient"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 0, 0)", "have made an update"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 1.5, 0)", "made or not"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 6 / 4, 6 / 10)", "shares"),
    (sgd_against_batch.earlier_q1, "updates_before = (1, 1, 1)", "how many"),
    (sgd_against_batch.earlier_q1, "updates_before = (1, 1, 0)", "each of the six"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 0, 1)", "exchanged"),
    (sgd_against_batch.earlier_q1, "updates_before = (-6, -1, 0)", "that is not it"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, np.sqrt(8))", "its square"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 0.8**2 / 0.1)", "squared, too"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 4)", "there already"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 16)", "takes more"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.2, 128)", "not 8 times"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.8 * 16, 64)", "multiplied by 16"),
    (sgd_against_batch.q1, "scatter_and_examples = (0.8**2 / 16, 64)", "mean squared"),
    (sgd_against_batch.q1, "scatter_and_examples = 0.2", "2 numbers are wanted"),
    (sgd_against_batch.q2, "fair = 'e'", "is wanted"),
]
