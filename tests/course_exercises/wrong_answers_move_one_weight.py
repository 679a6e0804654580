"""Wrong answers to the tasks of the piece "Move one weight", and how each slip is named."""

from course_exercises import move_one_weight

NOT_IT = "that is not it."


def numbers(question, *answers):
    """A line each, the numbers as they would be typed after reading them off the piece."""
    return [(question, f"{question.answer} = {typed}", name) for typed, name in answers]


WRONG = [
    *numbers(
        move_one_weight.m1,
        ("0", "does not move"),
        ("3.19", "on the other side, as high"),
        ("0.8", "halfway to the bottom"),
        ("2.67", "how far the weight has to move"),
        ("1.18", "the weight at the bottom"),
        ("1.19", "the weight at the bottom"),  # as the sentence under the picture has it
        ("-1.59", "the minus stands in"),
        ("-1.6776", "that is the slope."),
        ("1.6776", "the size of the slope"),
        ("0.7924 ** 2", "1 divided by it"),
        ("1 / 0.7924", "the square of h2[1]"),
        ("4.0302 / 1.6776**2", "the tangent reaches the loss 0"),
        ("2 * 4.0302 / 1.6776**2", "if the loss were 0 there"),
        ("1.5", f"{NOT_IT} After that step the slope is -0.0975"),  # as the piece says
        ("1.7", f"{NOT_IT} After that step the slope is 0.1132"),
        ("0.1", NOT_IT),  # what the piece begins with
        ("4.0302", NOT_IT),
        ("1.7892", NOT_IT),  # the lowest loss
        ("'1.59'", "not a str"),
        ("[1.59]", "one number is wanted"),
    ),
    *numbers(
        move_one_weight.m2,
        ("0", "Another η does it too"),
        ("1.59", "so the loss falls"),
        ("5.34", "how far the weight has to move"),
        ("3.85", "the weight on the other side"),
        ("-3.19", "the minus stands in"),
        ("6.37", "four times as long"),
        ("4 * 4.0302 / 1.6776**2", "if the loss were 0 at the bottom"),
        ("3", f"{NOT_IT} After that step the loss is 3.5395; it was 4.0302."),
        ("3.3", NOT_IT),
        ("1", NOT_IT),
        ("'3.19'", "not a str"),
    ),
    *numbers(
        move_one_weight.m3,
        ("6", "the loss is highest"),
        ("-6", "the loss is lowest"),
        ("0.24", "at the start"),
        ("-0.6", "in the middle between highest and lowest"),
        ("0", "the middle of the picture"),
        ("0.71", "the sign"),
        ("1.2001", "the slope at the place"),
        ("1.91", "the length of the step"),
        ("-1", f"{NOT_IT} The slope is 1.1792 there, and larger elsewhere."),
        ("9", "Look between −6 and 6."),
        ("-0.5", NOT_IT),
        ("'-0.71'", "not a str"),
    ),
]

OTHER_STYLES = [
    (move_one_weight.m1, "to_the_bottom = 1.59"),
    (move_one_weight.m1, "to_the_bottom = 1.6"),
    (move_one_weight.m1, "to_the_bottom = (1.19 + 1.4931) / 1.6776"),  # off the sentence
    (move_one_weight.m1, "to_the_bottom = np.array(1 / 0.7924**2)"),
    (move_one_weight.m2, "as_it_was = 3.19"),
    (move_one_weight.m2, "as_it_was = 2 * 1.59"),
    (move_one_weight.m3, "longest_from = -0.7"),
    (move_one_weight.m3, "longest_from = -0.72"),
]
