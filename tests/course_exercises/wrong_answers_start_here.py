"""Wrong answers to the questions of lesson 00, and how each slip is named."""

from course_exercises import start_here

NOT_IT = "that is not it."


def answers(question, *wrong):
    """Answers to one question: a line each, as it would be typed, and words of its name."""
    return [(question, f"{question.answer} = {typed}", name) for typed, name in wrong]


WRONG = [
    *answers(
        start_here.q1,
        ("5", "rows times columns"),
        ("2", "rows alone"),
        ("3", "columns alone"),
        ("(2, 3)", "the shape"),
        ("8", "a power"),
        ("9", "a power"),
        ("12", NOT_IT),
        ("-6", NOT_IT),
        ("1", NOT_IT),
        ("[6]", "one number is wanted"),
        ("'6'", "not a str"),
        ("np.array('6')", "a number or an array"),
    ),
    *answers(
        start_here.q2,
        ("[6, -5, -12]", "three products"),
        ("8", "the other column"),
        ("[8, -11]", "for both columns"),
        ("-3", "not the sum over both"),
        ("5", "without the factors"),
        ("-5", "the term i = 1"),
        ("-12", "the last term"),
        ("25", "Multiply first"),
        ("360", "multiplied"),
        ("-11 / 3", "the mean"),
        ("13", "minus of −3"),
        ("-1", "minus of −1"),
        ("23", "both minus"),
        ("11", "the sign"),
        ("-7", "row 1 times a_1"),
        ("-1", "row 1, with the first two"),
        ("-5.5", NOT_IT),
        ("-22", NOT_IT),
        ("'-11'", "not a str"),
    ),
    *answers(
        start_here.q3,
        ("10", "inner derivative is missing"),
        ("3", "inner derivative alone"),
        ("25", "the value"),
        ("5", "that is the inside"),
        ("15", "the 2 of the square"),
        ("36", "the −1 was lost"),
        ("36", "not 9w² − 1"),
        ("12", "derivative of 3w²"),
        ("12", "at w = 1"),
        ("18", "3 · (2 − 1)"),
        ("60", "not 3w"),
        ("45", "here it is squared"),
        ("-30", "the sign"),
        ("90", NOT_IT),
        ("'30'", "not a str"),
        ("lambda w: 30", "not a function"),
    ),
    *answers(
        start_here.q4,
        ("(4, 2)", "exchanged"),
        ("(3, 3)", "the inner numbers vanish"),
        ("(2, 3)", "that is A."),
        ("(4, 3)", "that is B."),
        ("(3, 4)", "that is Bᵀ."),
        ("(2, 3, 4)", "in the middle"),
        ("(2, 3, 3, 4)", "all four"),
        ("(8, 9)", "were multiplied"),
        ("(6, 12)", NOT_IT),
        ("(3, 2)", "Bᵀ A"),
        ("8", "number of entries"),
        ("2", "2 numbers are wanted"),
        ("'(2, 4)'", "not a str"),
    ),
]
OTHER_STYLES = [
    (start_here.q1, "entries = 6.0"),
    (start_here.q1, "entries = np.zeros((2, 3)).size"),
    (start_here.q2, "index_sum = np.array([2, -1, 4]) @ np.array([3, 5, -3])"),
    (start_here.q2, "index_sum = sum(a * m for a, m in ((2, 3), (-1, 5), (4, -3)))"),
    (start_here.q2, "index_sum = np.float32(-11)"),
    (start_here.q3, "derivative = 18 * 2 - 6"),
    (start_here.q4, "shape_of_product = [2, 4]"),
    (start_here.q4, "shape_of_product = np.array([2, 4])"),
    (start_here.q4, "shape_of_product = (np.zeros((2, 3)) @ np.zeros((4, 3)).T).shape"),
]
