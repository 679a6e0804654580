"""Wrong answers to the questions of lesson 11, and how each slip is named."""

from course_exercises import going_further

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
    (going_further.q1, "gradient_of_b1 = np.array([[6.0, 3.0]])", "that is the sum"),
    (going_further.q1, "gradient_of_b1 = np.array([2.0, 1.0])", "brackets"),
    (going_further.q1, "gradient_of_b1 = [6, 3]", "the sum, and one pair"),
    (going_further.q1, "gradient_of_b1 = np.array([[2.0], [1.0]])", "a column"),
    (going_further.q1, "gradient_of_b1 = np.array([2, -2, 4.5])", "over the units"),
    (going_further.q1, "gradient_of_b1 = np.array([[2], [-2], [4.5]])", "as a column"),
    (going_further.q1, "gradient_of_b1 = np.array([[2, -2, 4.5]])", "as a row"),
    (going_further.q1, "gradient_of_b1 = np.array([[3.0, 1.5]])", "2 units"),
    (going_further.q1, "gradient_of_b1 = np.array([[2.0, 11 / 3]])", "minus"),
    (going_further.q1, "gradient_of_b1 = 1.5", "its own bias"),
    (going_further.q1, "gradient_of_b1 = [[3, 1], [0, -4], [3, 6]]", "for each example"),
    (going_further.q1, "gradient_of_b1 = np.array([[0.3, 7.1]])", "the numbers are not"),
    (going_further.q2, "cannot_be_learned = 'a'", "x₁"),
    (going_further.q2, "cannot_be_learned = 'c'", "x₁ + x₂"),
    (going_further.q2, "cannot_be_learned = 'D'", "moon"),
    (going_further.q2, "cannot_be_learned = 'e'", "is wanted"),
    (going_further.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "v, W"), "the order"),
    (going_further.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "W"), "return two things"),
    (going_further.q3, MOMENTUM.format(VELOCITY, WEIGHTS, "W, old"), "old velocity was returned"),
    (going_further.q3, MOMENTUM.format(VELOCITY, "W - learning_rate * old", BOTH), "took the old"),
    (going_further.q3, MOMENTUM.format(VELOCITY, "W + learning_rate * v", BOTH), "the sign"),
    (going_further.q3, MOMENTUM.format(VELOCITY, "W - v", BOTH), "learning rate is missing"),
    (going_further.q3, MOMENTUM.format("v + gradient", WEIGHTS, BOTH), "μ is missing"),
    (
        going_further.q3,
        MOMENTUM.format("v + momentum * gradient", WEIGHTS, BOTH),
        "not to the grad",
    ),
    (
        going_further.q3,
        MOMENTUM.format("momentum * v + (1 - momentum) * gradient", WEIGHTS, BOTH),
        "1 − μ",
    ),
    (
        going_further.q3,
        MOMENTUM.format("momentum * v - learning_rate * gradient", "W + v", BOTH),
        "as in Keras",
    ),
    (
        going_further.q3,
        MOMENTUM.format("momentum * v + learning_rate * gradient", "W - v", BOTH),
        "velocity holds the learning rate;",
    ),
    (
        going_further.q3,
        MOMENTUM.format("momentum * v + learning_rate * gradient", WEIGHTS, BOTH),
        "applied twice",
    ),
    (going_further.q3, MOMENTUM.format("gradient", WEIGHTS, BOTH), "without momentum"),
    (going_further.q3, MOMENTUM.format("momentum * v", WEIGHTS, BOTH), "gradient was not added"),
    (
        going_further.q3,
        MOMENTUM.format(VELOCITY, "W - learning_rate * gradient", BOTH),
        "along the gradient alone",
    ),
    (
        going_further.q3,
        MOMENTUM.format(VELOCITY, "W - 0.01 * v", BOTH),
        "new weights: the shape is right",
    ),
    (going_further.q3, MOMENTUM.format(VELOCITY, "W[0]", BOTH), "weights should have the shape"),
    (going_further.q3, IN_PLACE, "in place"),
    (going_further.q4, "weight_after = 2.9", "decay is missing"),
    (going_further.q4, "weight_after = 2.6", "multiplied by η too"),
    (going_further.q4, "weight_after = 2.96", "sign of the decay"),
    (going_further.q4, "weight_after = 3.16", "sign of the step"),
    (going_further.q4, "weight_after = 2.94", "the decay alone"),
    (going_further.q4, "weight_after = 2.88", "λ alone"),
    (going_further.q4, "weight_after = 2.72", "not λ w²"),
    (going_further.q4, "weight_after = 2.81", "is the penalty"),
    (going_further.q4, "weight_after = 2.87", "the half goes away"),
    (going_further.q4, "weight_after = 2.78", "not 2 λ w"),
    (going_further.q4, "weight_after = (1 - 0.02) * 2.9", "after the step"),
    (going_further.q4, "weight_after = 2.2", "η is missing"),
    (going_further.q4, "weight_after = 0.16", "that is the step"),
    (going_further.q4, "weight_after = 1.234", "that is not it"),
    (going_further.q5, "standard_deviation = 2 / 50", "variance"),
    (going_further.q5, "standard_deviation = np.sqrt(2 / 20)", "columns"),
    (going_further.q5, "standard_deviation = np.sqrt(1 / 50)", "the 2 is missing"),
    (going_further.q5, "standard_deviation = np.sqrt(2 / 70)", "Glorot's standard"),
    (going_further.q5, "standard_deviation = np.sqrt(6 / 70)", "limit"),
    (going_further.q5, "standard_deviation = 2 / np.sqrt(50)", "under the root too"),
    (going_further.q5, "standard_deviation = np.sqrt(2) / 50", "the 50 stands"),
    (going_further.q5, "standard_deviation = 5.0", "upside down"),
    (going_further.q5, "standard_deviation = np.sqrt(2 / 1000)", "rows times columns"),
    (going_further.q6, "third_update_uses = 'a'", "adds to what is there"),
    (going_further.q6, "third_update_uses = 'c'", "divides by 3"),
    (going_further.q6, "third_update_uses = 'd'", "no error message"),
]
