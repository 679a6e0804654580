"""Wrong answers to the questions on bias and initialisation, and how each slip is named."""

from course_exercises import bias_and_initialisation

DELTA = "np.array([[5, 2], [0, -7], [4, 8.0]])"
BIAS = [
    ("[[9, 3]]", "that is the sum"),
    ("[3, 1]", "brackets"),
    ("[9, 3]", "the sum, and one pair"),
    ("[[3], [1]]", "a column"),
    ("[3.5, -3.5, 6]", "over the units"),
    ("[[3.5], [-3.5], [6]]", "as a column"),
    ("[[3.5, -3.5, 6]]", "as a row"),
    ("[[4.5, 1.5]]", "2 units"),
    ("[[3, 17 / 3]]", "minus of −7"),
    ("2", "its own bias"),
    (DELTA, "for each example"),
    ("[[-3, -1]]", "the sign"),
    (f"{DELTA}[-1:]", "the last example"),
    (f"{DELTA}.max(axis=0, keepdims=True)", "the largest entry"),
    (f"{DELTA}[:1]", "the first example"),
    (f"np.median({DELTA}, axis=0, keepdims=True)", "the median"),
    ("[[4.5, 1]]", "the 0 was left out"),
    (f"{DELTA}[0]", "first example, and one pair of brackets"),
    (f"{DELTA}[-1]", "last example, and one pair of brackets"),
    (f"{DELTA}.mean(axis=0, keepdims=True) / 3", "divided by 3 twice"),
    (f"{DELTA}.mean(axis=0, keepdims=True) / 2", "divided by 6"),
    (f"{DELTA}[-1:] / 3", "overwrites what was there"),
    ("[[1, 3]]", "the two units are exchanged"),
    (f"{DELTA} / 3", "add them up"),
    (f"np.tile({DELTA}.mean(axis=0), (3, 1))", "b1 has one row"),
    (f"{DELTA}.prod(axis=0, keepdims=True)", "were multiplied"),
    (f"{DELTA}.sum(axis=1, keepdims=True)", "sum over the units"),
    ("[[0.3, 7.1]]", "the numbers are not"),
    ("[[2, 1]]", "Right are 1 of 2"),
    ("[[0, -7]]", "the numbers are not"),
    ("'[[3, 1]]'", "not a str"),
    ("[[3, 0, 3]]", "the shape is (1, 3)"),
]
EARLIER_BIAS = [
    ("[[6, 3]]", "that is the sum"),
    ("[[3, 6]]", "the last example; take the mean of all 3. Or: that is the largest"),
    ("[[3, 1]]", "the median of each column; the mean is the sum divided by 3. Or: the 0 was"),
    ("[[1, 2]]", "overwrites what was there. Or: the two"),
    ("[[2, 11 / 3]]", "minus of −4"),
    ("[[3, 1], [0, -4], [3, 6]]", "for each example"),
]
HE_TOO = [
    ("np.sqrt(6 / 50)", "the limit of uniform weights"),
    ("np.sqrt(50)", "upside down, and the 2"),
    ("np.sqrt(2 / 35)", "the mean of rows and columns"),
]
WRONG = [
    *((bias_and_initialisation.q1, f"gradient_of_b1 = {code}", name) for code, name in BIAS),
    *(
        (bias_and_initialisation.earlier_q1, f"gradient_of_b1 = {code}", name)
        for code, name in EARLIER_BIAS
    ),
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
    *((bias_and_initialisation.q3, f"standard_deviation = {code}", name) for code, name in HE_TOO),
    (bias_and_initialisation.q3, "standard_deviation = -0.2", "never below 0"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(1 / 20)", "and the 2 is missing"),
    (bias_and_initialisation.q3, "standard_deviation = 1 / 50", "variance without the 2"),
    (bias_and_initialisation.q3, "standard_deviation = '0.2'", "not a str"),
    (bias_and_initialisation.q3, "standard_deviation = 0.4", "that is not it"),
    (bias_and_initialisation.q3, "standard_deviation = 0.1", "that is a variance"),
    (bias_and_initialisation.q3, "standard_deviation = np.sqrt(1 / 70)", "were added up"),
    (bias_and_initialisation.q3, "standard_deviation = np.array([0.2])", "one number"),
]
