"""Wrong answers to the questions of lesson 11, and how each slip is named."""

from course_exercises import digits

WRONG = [
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", "number of right"),
    (digits.q1, "def accuracy(z3, y): return 100 * (z3.argmax(axis=1) == y).mean()", "percent"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", "errors"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()", "each column"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax() == y).mean()", "whole array"),
    (digits.q1, "def accuracy(z3, y): return z3.argmax(axis=1) == y", "take the mean"),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - b.mean(axis=0)) / a.std(axis=0)",
        "the mean is that of the test data",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / b.std(axis=0)",
        "the deviation is that of the test data",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return b - a.mean(axis=0) / a.std(axis=0)",
        "brackets are missing",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - test.mean(axis=0)) / test.std(axis=0)",
        "Only the training data may speak",
    ),
    (
        digits.q2,
        "def standardise_test(train, test):\n"
        "    both = np.vstack([train, test])\n"
        "    return (test - both.mean(axis=0)) / both.std(axis=0)",
        "put together",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return test - train.mean(axis=0)",
        "division",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return test / train.std(axis=0)",
        "not subtracted",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - train.mean()) / train.std()",
        "each column",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - train.mean(axis=0)) / train.var(axis=0)",
        "variance",
    ),
    (
        digits.q2,
        "def standardise_test(a, test): return (a - a.mean(axis=0)) / a.std(axis=0)",
        "that is the training data",
    ),
    (digits.q3, "choose_on = 'test'", "fitted"),
    (digits.q3, "choose_on = 'training'", "seen the answers"),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.max(axis=1) == y).mean()",
        "max gives the largest logit",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() / z3.shape[1]",
        "Divide by the number of examples",
    ),
    (
        digits.q2,
        "def standardise_test(train, test):\n"
        "    test -= train.mean(axis=0)\n"
        "    test /= train.std(axis=0)\n"
        "    return test",
        "test was changed in place",
    ),
]
