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
    (momentum_and_schedules.q2, "weight_after = 3 - 0.2 * 0.5 + 0.1 * 3", "that is not it"),
    (momentum_and_schedules.q2, "weight_after = -2.84", "that is not it"),
    (momentum_and_schedules.q2, "weight_after = '2.84'", "not a str"),
    (momentum_and_schedules.q2, "weight_after = 3 - 0.2 * (0.1 * 0.5 + 3)", "that is not it"),
    (momentum_and_schedules.q2, "weight_after = 3 - 0.2 * 0.5 * 0.1", "that is not it"),
]
