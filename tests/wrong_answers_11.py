"""Wrong answers to the questions of lesson 11, and how each slip is named."""

from course_nn.exercises import lesson_11

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
    (lesson_11.q1, "gradient_of_b1 = np.array([[6.0, 3.0]])", "that is the sum"),
    (lesson_11.q1, "gradient_of_b1 = np.array([2.0, 1.0])", "brackets"),
    (lesson_11.q1, "gradient_of_b1 = [6, 3]", "the sum, and one pair"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[2.0], [1.0]])", "a column"),
    (lesson_11.q1, "gradient_of_b1 = np.array([2, -2, 4.5])", "over the units"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[2], [-2], [4.5]])", "as a column"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[2, -2, 4.5]])", "as a row"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[3.0, 1.5]])", "2 units"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[2.0, 11 / 3]])", "minus"),
    (lesson_11.q1, "gradient_of_b1 = 1.5", "its own bias"),
    (lesson_11.q1, "gradient_of_b1 = [[3, 1], [0, -4], [3, 6]]", "for each example"),
    (lesson_11.q1, "gradient_of_b1 = np.array([[0.3, 7.1]])", "the numbers are not"),
    (lesson_11.q2, "cannot_be_learned = 'a'", "x₁"),
    (lesson_11.q2, "cannot_be_learned = 'c'", "x₁ + x₂"),
    (lesson_11.q2, "cannot_be_learned = 'D'", "moon"),
    (lesson_11.q2, "cannot_be_learned = 'e'", "is wanted"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "v, W"), "the order"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "W"), "return two things"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "W, old"), "old velocity was returned"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, "W - learning_rate * old", BOTH), "took the old"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, "W + learning_rate * v", BOTH), "the sign"),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, "W - v", BOTH), "learning rate is missing"),
    (lesson_11.q3, MOMENTUM.format("v + gradient", WEIGHTS, BOTH), "μ is missing"),
    (lesson_11.q3, MOMENTUM.format("v + momentum * gradient", WEIGHTS, BOTH), "not to the grad"),
    (
        lesson_11.q3,
        MOMENTUM.format("momentum * v + (1 - momentum) * gradient", WEIGHTS, BOTH),
        "1 − μ",
    ),
    (
        lesson_11.q3,
        MOMENTUM.format("momentum * v - learning_rate * gradient", "W + v", BOTH),
        "as in Keras",
    ),
    (
        lesson_11.q3,
        MOMENTUM.format("momentum * v + learning_rate * gradient", "W - v", BOTH),
        "velocity holds the learning rate;",
    ),
    (
        lesson_11.q3,
        MOMENTUM.format("momentum * v + learning_rate * gradient", WEIGHTS, BOTH),
        "applied twice",
    ),
    (lesson_11.q3, MOMENTUM.format("gradient", WEIGHTS, BOTH), "without momentum"),
    (lesson_11.q3, MOMENTUM.format("momentum * v", WEIGHTS, BOTH), "gradient was not added"),
    (
        lesson_11.q3,
        MOMENTUM.format(VELOCITY, "W - learning_rate * gradient", BOTH),
        "along the gradient alone",
    ),
    (
        lesson_11.q3,
        MOMENTUM.format(VELOCITY, "W - 0.01 * v", BOTH),
        "new weights: the shape is right",
    ),
    (lesson_11.q3, MOMENTUM.format(VELOCITY, "W[0]", BOTH), "weights should have the shape"),
    (lesson_11.q3, IN_PLACE, "in place"),
    (lesson_11.q4, "weight_after = 2.9", "decay is missing"),
    (lesson_11.q4, "weight_after = 2.6", "multiplied by η too"),
    (lesson_11.q4, "weight_after = 2.96", "sign of the decay"),
    (lesson_11.q4, "weight_after = 3.16", "sign of the step"),
    (lesson_11.q4, "weight_after = 2.94", "the decay alone"),
    (lesson_11.q4, "weight_after = 2.88", "λ alone"),
    (lesson_11.q4, "weight_after = 2.72", "not λ w²"),
    (lesson_11.q4, "weight_after = 2.81", "is the penalty"),
    (lesson_11.q4, "weight_after = 2.87", "the half goes away"),
    (lesson_11.q4, "weight_after = 2.78", "not 2 λ w"),
    (lesson_11.q4, "weight_after = (1 - 0.02) * 2.9", "after the step"),
    (lesson_11.q4, "weight_after = 2.2", "η is missing"),
    (lesson_11.q4, "weight_after = 0.16", "that is the step"),
    (lesson_11.q4, "weight_after = 1.234", "that is not it"),
    (lesson_11.q5, "standard_deviation = 2 / 50", "variance"),
    (lesson_11.q5, "standard_deviation = np.sqrt(2 / 20)", "columns"),
    (lesson_11.q5, "standard_deviation = np.sqrt(1 / 50)", "the 2 is missing"),
    (lesson_11.q5, "standard_deviation = np.sqrt(2 / 70)", "Glorot's standard"),
    (lesson_11.q5, "standard_deviation = np.sqrt(6 / 70)", "limit"),
    (lesson_11.q5, "standard_deviation = 2 / np.sqrt(50)", "under the root too"),
    (lesson_11.q5, "standard_deviation = np.sqrt(2) / 50", "the 50 stands"),
    (lesson_11.q5, "standard_deviation = 5.0", "upside down"),
    (lesson_11.q5, "standard_deviation = np.sqrt(2 / 1000)", "rows times columns"),
    (lesson_11.q6, "third_update_uses = 'a'", "adds to what is there"),
    (lesson_11.q6, "third_update_uses = 'c'", "divides by 3"),
    (lesson_11.q6, "third_update_uses = 'd'", "no error message"),
]
