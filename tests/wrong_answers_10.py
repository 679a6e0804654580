"""Wrong answers to the questions of lesson 10, and how each slip is named."""

from course_nn.exercises import lesson_10

WRONG = [
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", "number of right"),
    (lesson_10.q1, "def accuracy(z3, y): return 100 * (z3.argmax(axis=1) == y).mean()", "percent"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", "errors"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()", "each column"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax() == y).mean()", "whole array"),
    (lesson_10.q1, "def accuracy(z3, y): return z3.argmax(axis=1) == y", "take the mean"),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return (b - b.mean(axis=0)) / a.std(axis=0)",
        "the mean is that of the test data",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / b.std(axis=0)",
        "the deviation is that of the test data",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return b - a.mean(axis=0) / a.std(axis=0)",
        "brackets are missing",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - test.mean(axis=0)) / test.std(axis=0)",
        "Only the training data may speak",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test):\n"
        "    both = np.vstack([train, test])\n"
        "    return (test - both.mean(axis=0)) / both.std(axis=0)",
        "put together",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return test - train.mean(axis=0)",
        "division",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return test / train.std(axis=0)",
        "not subtracted",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - train.mean()) / train.std()",
        "each column",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - train.mean(axis=0)) / train.var(axis=0)",
        "variance",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, test): return (a - a.mean(axis=0)) / a.std(axis=0)",
        "that is the training data",
    ),
    (lesson_10.q3, "choose_on = 'test'", "fitted"),
    (lesson_10.q3, "choose_on = 'training'", "seen the answers"),
    (
        lesson_10.q1,
        "def accuracy(z3, y): return (z3.max(axis=1) == y).mean()",
        "max gives the largest logit",
    ),
    (
        lesson_10.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() / z3.shape[1]",
        "Divide by the number of examples",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test):\n"
        "    test -= train.mean(axis=0)\n"
        "    test /= train.std(axis=0)\n"
        "    return test",
        "test was changed in place",
    ),
]
