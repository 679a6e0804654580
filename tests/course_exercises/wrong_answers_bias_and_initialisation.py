"""Wrong answers to the questions on bias and initialisation, and how each slip is named."""

from course_exercises import bias_and_initialisation

WRONG = [
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[6.0, 3.0]])", "that is the sum"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([2.0, 1.0])", "brackets"),
    (bias_and_initialisation.q1, "gradient_of_b1 = [6, 3]", "the sum, and one pair"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[2.0], [1.0]])", "a column"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([2, -2, 4.5])", "over the units"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[2], [-2], [4.5]])", "as a column"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[2, -2, 4.5]])", "as a row"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[3.0, 1.5]])", "2 units"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[2.0, 11 / 3]])", "minus"),
    (bias_and_initialisation.q1, "gradient_of_b1 = 1.5", "its own bias"),
    (bias_and_initialisation.q1, "gradient_of_b1 = [[3, 1], [0, -4], [3, 6]]", "for each example"),
    (bias_and_initialisation.q1, "gradient_of_b1 = np.array([[0.3, 7.1]])", "the numbers are not"),
    (bias_and_initialisation.q2, "cannot_be_learned = 'a'", "x₁"),
    (bias_and_initialisation.q2, "cannot_be_learned = 'c'", "x₁ + x₂"),
    (bias_and_initialisation.q2, "cannot_be_learned = 'D'", "moon"),
    (bias_and_initialisation.q2, "cannot_be_learned = 'e'", "is wanted"),
    (bias_and_initialisation.q3, "standard_deviation = 2 / 50", "variance"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(2 / 20)", "columns"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(1 / 50)", "the 2 is missing"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(2 / 70)", "Glorot's standard"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(6 / 70)", "limit"),
    (bias_and_initialisation.q3, "standard_deviation = 2 / np.sqrt(50)", "under the root too"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(2) / 50", "the 50 stands"),
    (bias_and_initialisation.q3, "standard_deviation = 5.0", "upside down"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(2 / 1000)", "rows times columns"),
]
