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
    (sgd_against_batch.q2, LINES.replace("r.grad ⊙ s + ", ""), "a.grad"),
    (sgd_against_batch.q2, LINES.replace(" + s.grad ⊙ s ⊙ (1 − s)", ""), "a.grad"),
    (sgd_against_batch.q2, LINES.replace("s ⊙ (1 − s)", "(1 − s²)"), "a.grad"),
    (sgd_against_batch.q2, LINES.replace("r.grad ⊙ a\n", "r.grad ⊙ s\n"), "s.grad"),
    (sgd_against_batch.q2, LINES.replace(" / B", ""), "3 of 4 lines hold"),
    (sgd_against_batch.q2, LINES.replace("r − t", "t − r"), "r.grad"),
    (sgd_against_batch.q2, "my_lines = []", "a text is needed"),
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
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.05, 64)", "divided by 16"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.05, 8)", "twice"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 8)", "not enough"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 32)", "more than twice"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (3.2, 64)", "not rougher"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.8, 64)", "less scatter"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (64, 0.2)", "first the scatter"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.4, 64)", "for four examples"),
    *(
        (sgd_against_batch.earlier_q1, f"updates_before = {code}", name)
        for code, name in BEFORE_TOO
    ),
    *(
        (sgd_against_batch.earlier_q2, f"scatter_and_examples = {code}", name)
        for code, name in SCATTER_TOO
    ),
    (sgd_against_batch.q1, "fair = 'a'", "Each needs its own"),
    (sgd_against_batch.q1, "fair = 'b'", "moving weights"),
    (sgd_against_batch.q1, "fair = 'd'", "looks too good"),
    (sgd_against_batch.earlier_q1, "updates_before = (7, 1, 0)", "after its gradient"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 0, 0)", "have made an update"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 1.5, 0)", "made or not"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 6 / 4, 6 / 10)", "shares"),
    (sgd_against_batch.earlier_q1, "updates_before = (1, 1, 1)", "how many"),
    (sgd_against_batch.earlier_q1, "updates_before = (1, 1, 0)", "each of the six"),
    (sgd_against_batch.earlier_q1, "updates_before = (6, 0, 1)", "exchanged"),
    (sgd_against_batch.earlier_q1, "updates_before = (-6, -1, 0)", "that is not it"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, np.sqrt(8))", "its square"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 0.8**2 / 0.1)", "squared, too"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 4)", "there already"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 16)", "takes more"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.2, 128)", "not 8 times"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.8 * 16, 64)", "multiplied by 16"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = (0.8**2 / 16, 64)", "mean squared"),
    (sgd_against_batch.earlier_q2, "scatter_and_examples = 0.2", "2 numbers are wanted"),
    (sgd_against_batch.q1, "fair = 'e'", "is wanted"),
]

# The piece that moves. For each letter: answered too much, and too little.
WRONG += [
    *(
        (sgd_against_batch.m1, f"at_rest = {answer!r}", said)
        for answer, said in (
            ("cd", "How large is the gradient of each"),
            ("acdb", "back at the same place"),
            ("ad", "its only update of the last epoch"),
            ("ac", "the average gradient can"),
            ("", "look at a again, which is not in your answer"),
            (["a", "c"], "look at d again"),
            (("d", "c", "b", "a"), "look at b again, which is in your answer"),
            ("x", "none of the letters a, b, c, d"),
            (("a", 1), "letters in quotes"),
            (True, "letters in quotes"),
        )
    ),
    *(
        (sgd_against_batch.m2, f"largest = {answer}", said)
        for answer, said in (
            ("(1.2, 0.7)", "the other way round"),
            ("(0.8, 1.3)", "for both"),
            ("(0.8, 1.2)", "the second is right. With the first the mean loss rises"),
            ("(0.7, 1.3)", "the first is right. With the second the mean loss rises"),
            ("(0.7, 0.7)", "go on with η of batch learning"),
            ("(1.2, 1.2)", "look when its loss rises"),
            ("(0.7, 7)", "goes far too far"),
            ("(0.12, 1.2)", "more careful"),
            ("(0.7, 1.27)", "the border of batch learning"),
            ("(0.1, 0.5)", "at which the piece begins"),
            ("(0.6, 1.2)", "The second is right."),
            ("0.7", "2 numbers are wanted"),
        )
    ),
    *(
        (sgd_against_batch.m3, f"half_as_wide = {answer!r}", said)
        for answer, said in (
            ("be", "how long is each step"),
            ("ae", "each gradient counts half"),
            ("abce", "How far does one example pull"),
            ("abde", "Does the loop wait"),
            ("ab", "with half of the noise"),
            ("f", "none of the letters a, b, c, d, e"),
        )
    ),
]

OTHER_STYLES = [
    *(
        (sgd_against_batch.m1, f"at_rest = {answer!r}")
        for answer in (
            "a, c, d",
            "DCA",
            ["a", "c", "d"],
            {"a", "d", "c"},
            "a, c and d",
            "(a, c, d)",
        )
    ),
    (sgd_against_batch.m2, "largest = np.array([0.7, 1.2])"),
    (sgd_against_batch.m2, "largest = [7 / 10, 12 / 10]"),
    (sgd_against_batch.m3, "half_as_wide = ('a', 'b', 'e')"),
]
