"""Wrong answers to the questions on momentum and schedules, and how each slip is named."""

from course_exercises import momentum_and_schedules

MOMENTUM = """
def momentum_update(W, v, gradient, learning_rate, momentum):
    old = v
    v = {}
    W = {}
    return {}
"""
VELOCITY, WEIGHTS, BOTH = "momentum * v + gradient", "W - learning_rate * v", "W, v"
IN_PLACE = """
def momentum_update(W, v, gradient, learning_rate, momentum):
    v *= momentum
    v += gradient
    W -= learning_rate * v
    return W, v
"""
SCHEDULE = """
def halving(epoch, first, every):
    return {}
"""
IN_A_LOOP = """
def halving(epoch, first, every):
    for before in range(1, epoch):
        if before % every == 0:
            first = first / 2
    return first
"""
IN_STEPS = """
def halving(epoch, first, every):
    rate, left = first, every
    while epoch > left:
        rate, left = 0.5 * rate, left + every
    return rate
"""
FROM_0 = """
def halving(epoch, first, every):
    for before in range(epoch):
        if before % every == 0:
            first = first / 2
    return first
"""

WRONG = [
    (momentum_and_schedules.q1, MOMENTUM.format(VELOCITY, WEIGHTS, "v, W"), "the order"),
    (momentum_and_schedules.q1, MOMENTUM.format(VELOCITY, WEIGHTS, "W"), "return two things"),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, WEIGHTS, "W, old"),
        "old velocity was returned",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W - learning_rate * old", BOTH),
        "took the old",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W + learning_rate * v", BOTH),
        "the sign",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W - v", BOTH),
        "learning rate is missing",
    ),
    (momentum_and_schedules.q1, MOMENTUM.format("v + gradient", WEIGHTS, BOTH), "μ is missing"),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("v + momentum * gradient", WEIGHTS, BOTH),
        "not to the grad",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + (1 - momentum) * gradient", WEIGHTS, BOTH),
        "1 − μ",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v - learning_rate * gradient", "W + v", BOTH),
        "as in Keras",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + learning_rate * gradient", "W - v", BOTH),
        "velocity holds the learning rate;",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + learning_rate * gradient", WEIGHTS, BOTH),
        "applied twice",
    ),
    (momentum_and_schedules.q1, MOMENTUM.format("gradient", WEIGHTS, BOTH), "without momentum"),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v", WEIGHTS, BOTH),
        "gradient was not added",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W - learning_rate * gradient", BOTH),
        "along the gradient alone",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W - 0.01 * v", BOTH),
        "new weights: the shape is right",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(VELOCITY, "W[0]", BOTH),
        "weights should have the shape",
    ),
    (momentum_and_schedules.q1, IN_PLACE, "in place"),
    (momentum_and_schedules.q2, "weight_after = 2.9", "decay is missing"),
    (momentum_and_schedules.q2, "weight_after = 2.6", "multiplied by η too"),
    (momentum_and_schedules.q2, "weight_after = 2.96", "sign of the decay"),
    (momentum_and_schedules.q2, "weight_after = 3.16", "sign of the step"),
    (momentum_and_schedules.q2, "weight_after = 2.94", "the decay alone"),
    (momentum_and_schedules.q2, "weight_after = 2.88", "λ alone"),
    (momentum_and_schedules.q2, "weight_after = 2.72", "not λ w²"),
    (momentum_and_schedules.q2, "weight_after = 2.81", "is the penalty"),
    (momentum_and_schedules.q2, "weight_after = 2.87", "the half goes away"),
    (momentum_and_schedules.q2, "weight_after = 2.78", "not 2 λ w"),
    (momentum_and_schedules.q2, "weight_after = (1 - 0.02) * 2.9", "after the step"),
    (momentum_and_schedules.q2, "weight_after = 2.2", "η is missing"),
    (momentum_and_schedules.q2, "weight_after = 0.16", "that is the step"),
    (momentum_and_schedules.q2, "weight_after = 1.234", "that is not it"),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v - gradient", "W + learning_rate * v", BOTH),
        "holds the sign",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v - gradient", "W - learning_rate * v", BOTH),
        "the sign of the gradient",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("learning_rate * v + gradient", "W - momentum * v", BOTH),
        "were exchanged",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * (v + gradient)", "W - learning_rate * v", BOTH),
        "without a bracket",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format(
            "momentum * v + gradient", "W - learning_rate * (gradient + momentum * v)", BOTH
        ),
        "Nesterov",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + gradient", "W - learning_rate * (v + gradient)", BOTH),
        "used twice",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + gradient", "W - 0.2 * v", BOTH),
        "the numbers are not",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("0.7 * v + gradient", "W - learning_rate * v", BOTH),
        "the numbers are not",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("0.9 * v + gradient", "W - learning_rate * v", BOTH),
        "the numbers are not",
    ),
    (
        momentum_and_schedules.q1,
        MOMENTUM.format("momentum * v + gradient", "W - learning_rate * v / (1 - momentum)", BOTH),
        "the numbers are not",
    ),
    (momentum_and_schedules.q2, "weight_after = -2.84", "that is not it"),
    (momentum_and_schedules.q2, "weight_after = '2.84'", "not a str"),
    (momentum_and_schedules.q2, "weight_after = 3 - 0.2 * (0.1 * 0.5 + 3)", "that is not it"),
    (momentum_and_schedules.q2, "weight_after = 3 - 0.2 * 0.5 * 0.1", "that is not it"),
    (
        momentum_and_schedules.q2,
        "weight_after = 3 - 0.2 * 0.5 + 0.1 * 3",
        "bracket is missing",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first / 2 ** (epoch // every)"), "counted from 1"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** (max(epoch - 2, 0) // every)"),
        "one epoch too late",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first / 2 ** (epoch - 1)"), "after each epoch"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** ((epoch - 1) / every)"),
        "a little in every epoch",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first if epoch <= every else first / 2"),
        "only once",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** ((epoch - 1) // every + 1)"),
        "begins with half",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first * 2 ** ((epoch - 1) // every)"), "it grows"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first * 0.1 ** ((epoch - 1) // every)"),
        "a tenth",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / max(2 * ((epoch - 1) // every), 1)"),
        "2, 4, 6",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first / ((epoch - 1) // every + 1)"), "1, 2, 3"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first - (epoch - 1) // every * first / 2"),
        "is subtracted",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 if epoch % every == 0 else first"),
        "again after them",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first / 2 ** (epoch % every)"), "left over"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** ((epoch - 1) % every)"),
        "halvings is (epoch - 1)",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** round((epoch - 1) / every)"),
        "round halves",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("(first / 2) ** ((epoch - 1) // every)"),
        "without a bracket",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("first / epoch"), "number of the epoch"),
    (momentum_and_schedules.q3, SCHEDULE.format("first / 2"), "half of `first` in every"),
    (momentum_and_schedules.q3, SCHEDULE.format("first"), "`first` in every epoch"),
    (momentum_and_schedules.q3, SCHEDULE.format("(epoch - 1) // every"), "number of halvings"),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("0.5 ** ((epoch - 1) // every)"),
        "share that is left",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("0.4 / 2 ** ((epoch - 1) // every)"),
        "not for first = 0.7",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** ((epoch - 1) // 4)"),
        "not for first = 0.7",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("[0.4, 0.2, 0.1, 0.05][min((epoch - 1) // 4, 3)]"),
        "not for first = 0.7",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first / 2 ** ((epoch - 1) // 3)"),
        "another every changes nothing",
    ),
    (
        momentum_and_schedules.q3,
        SCHEDULE.format("first ** ((epoch - 1) // every + 1)"),
        "epoch 5 gets 0.16",
    ),
    (momentum_and_schedules.q3, SCHEDULE.format("0.2"), "the same for other arguments"),
    (momentum_and_schedules.q3, SCHEDULE.format("str(first)"), "not a list"),
    (momentum_and_schedules.q3, FROM_0, "begins with half"),
    (momentum_and_schedules.q3, "halving = 0.2", "a function is needed"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (3, 2)", "first rise"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (3, 3)", "one rise does not"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (7, 5)", "4 epochs more"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (7, 7)", "lowest so far"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (8, 5)", "patience of 3"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (10, 5)", "patience of 5"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (8, 4)", "counted from 1"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (11, 11)", "before epoch 11"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 11)", "never comes there"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 9)", "last weights"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 4)", "The second is epoch 5"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 2)", "only until epoch 5"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (5, 5)", "goes on 4 epochs"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (5, 9)", "exchanged"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (11, 5)", "end it"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (6, 2)", "begins the count anew"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 0.5)", "not its loss"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (0.51, 0.5)", "those are the losses"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (4, 5)", "how many epochs it waits"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (10, 10)", "that is not it"),
    (momentum_and_schedules.q4, "last_and_best_epoch = 9", "2 numbers are wanted"),
    (momentum_and_schedules.q4, "last_and_best_epoch = (9, 5, 0.5)", "2 numbers are wanted"),
]

OTHER_STYLES = [
    (momentum_and_schedules.q3, IN_A_LOOP),
    (momentum_and_schedules.q3, IN_STEPS),
    (momentum_and_schedules.q3, SCHEDULE.format("first * 0.5 ** int((epoch - 1) / every)")),
    (momentum_and_schedules.q4, "last_and_best_epoch = [9, 5]"),
]
