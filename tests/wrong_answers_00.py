"""Wrong answers to the questions of lesson 00, and how each slip is named."""

from course_nn.exercises import lesson_00

WRONG = [
    (lesson_00.q1, "entries = 5", "rows times columns"),
]
