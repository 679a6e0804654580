"""The questions of lesson 10: when the weights change, scatter, a fair comparison."""

from course_exercises.question import Question, choice, name_slip
from course_exercises.recall.blocks import block


def _updates_before(answer: tuple[int, int, int]) -> str:
    slips = {
        "the seventh example itself does not count yet: its gradient is taken before its update.": (
            7,
            2,
            1,
        ),
        "the last two are right. The seventh example makes its update after its gradient.": (
            7,
            1,
            0,
        ),
        "the number for SGD is right. With B = 4 the first four examples made one update; the "
        "seventh is in the next batch, which has made none yet.": (6, 2, 0),
        "the first and the last are right. With B = 4 the first four examples have made an "
        "update.": (6, 0, 0),
        "an update is made or not: of six examples four have made one, two have not yet.": (
            6,
            6 / 4,
            0,
        ),
        "those are shares of an update. An update is made or not.": (6, 6 / 4, 6 / 10),
        "in batch learning the first update comes after the tenth example.": (6, 1, 1),
        "the number for SGD is right. In the other two the batch of the seventh example has not "
        "made its update yet.": (6, 2, 1),
        "that is one update for each method; how many have been made?": (1, 1, 1),
        "the last two are right. In SGD each of the six examples before made an update.": (
            1,
            1,
            0,
        ),
        "the last two are exchanged: in batch learning no update has been made yet.": (6, 0, 1),
        "with B = 4 there is one update for four examples, not one for each.": (6, 6, 0),
        "that is SGD three times; in the others an update comes only after a batch.": (6, 6, 6),
        "the other way round: first SGD, then mini-batches, then batch learning.": (0, 1, 6),
        "that is how many examples were processed before in the same batch.": (0, 2, 6),
        "those are the updates of the whole epoch.": (10, 3, 1),
        "the last one is right. The seventh example makes its update after its gradient, and so "
        "does its batch.": (7, 2, 0),
        "the first two are right. 10 is the number of examples; how many updates come before the "
        "end?": (6, 1, 10),
        "those are shares of an update, and the seventh example counts only after its gradient.": (
            7,
            7 / 4,
            7 / 10,
        ),
        "an update is made or not, and the seventh example counts only after its gradient.": (
            7,
            7 / 4,
            0,
        ),
        "the first two are right. A share of an update there is not.": (6, 1, 0.7),
        "the first and the last are right. B = 4 is the number of examples in a batch, and not "
        "that of the updates.": (6, 4, 0),
        "the first and the last are right. 3 is the number of updates in the whole epoch.": (
            6,
            3,
            0,
        ),
        "the last two are right. Before the seventh example come six others.": (5, 1, 0),
        "the first two are right. In batch learning an example makes no update of its own.": (
            6,
            1,
            6,
        ),
        "nothing has been updated only in batch learning.": (0, 0, 0),
    }
    name_slip(answer, (6, 1, 0), slips)
    return "Each gradient belongs to the weights that the last update left, not the last example."


q1 = Question(
    "Exercise 10.1",
    "updates_before",
    _updates_before,
    hints=[
        "Which examples come before the seventh, and after which of them do the weights change?",
        "With B = 4 the first batch has four examples, the second four, and the last two.",
    ],
    solution="updates_before = (6, 1, 0)",
)


def _scatter(answer: tuple[float, float]) -> str:
    slips = {
        "divided by 16; it is divided by the root of 16. The number of examples is right.": (
            0.05,
            64,
        ),
        "divided by B instead of its root, twice.": (0.05, 8),
        "the first is right. For an eighth of the scatter, 8 examples are not enough.": (0.2, 8),
        "the first is right. 16 was for a quarter of the scatter; an eighth needs more than twice "
        "as many.": (0.2, 32),
        "multiplied by the root; an average is steadier, not rougher.": (3.2, 64),
        "the average has less scatter than one example.": (0.8, 64),
        "first the scatter, then the number of examples.": (64, 0.2),
        "that is the scatter for four examples. The number of examples is right.": (0.4, 64),
        "the first is right. 0.8 / √B = 0.1 gives √B = 8, and B is its square.": (0.2, 2 * 2**0.5),
        "the first is right. 0.8² / 0.1: the 0.1 has to be squared, too.": (0.2, 6.4),
        "the first is right. From 0.2 to 0.1 it takes 4 times as many, and 16 are there already.": (
            0.2,
            4,
        ),
        "the first is right. 16 examples have 0.2; half of that takes more.": (0.2, 16),
        "the first is right. 0.1 is half of 0.2, and half the scatter takes 4 times as many "
        "examples, not 8 times.": (0.2, 128),
        "multiplied by 16; an average is steadier. The number of examples is right.": (12.8, 64),
        "that is the mean squared distance; the scatter is its root.": (0.04, 64),
        "the root was taken of 0.8 too: it is 0.8 / √16.": ((0.8 / 16) ** 0.5, 64),
        "divided by the root of 15; here it is the root of B itself.": (0.8 / 15**0.5, 64),
        "the first is right. 64 examples have 0.1; how many more than 16 is not asked.": (0.2, 48),
        "the first is right. 0.8 / 0.01 is one step too few: the 0.8 has to be squared, too.": (
            0.2,
            80,
        ),
    }
    name_slip(answer, (0.2, 64), slips)
    return "Four times the examples, half the scatter: 0.8, 0.4, 0.2, 0.1 for 1, 4, 16, 64."


q2 = Question(
    "Exercise 10.2",
    "scatter_and_examples",
    _scatter,
    hints=[
        "With replacement: the scatter of one example, divided by the root of B.",
        "For the second number solve 0.8 / √B = 0.1.",
    ],
    solution="scatter_and_examples = (0.8 / 4, 8**2)",
)

q3 = Question(
    "Exercise 10.3",
    "fair",
    choice(
        "c",
        "Its own η for each, fixed weights, several seeds, and it says what was counted.",
        {
            "a": "one η for both suits one of them better. Each needs its own.",
            "b": "these losses are measured at moving weights: online the mean over many networks, "
            "in batch learning one epoch late.",
            "d": "what is chosen by the test data looks too good on them; and the best of ten "
            "seeds shows luck, above all that of the method that scatters most.",
        },
    ),
    hints=[
        "Go through them and ask: who chose η, and by which data? At which weights was the loss "
        "measured? How many runs?",
        "The sections on fixed weights and on learning rates each rule one out at once.",
    ],
    solution='fair = "c"',
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("10")
