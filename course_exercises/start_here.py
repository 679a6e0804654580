"""The question of lesson 00."""

from course_exercises.question import Question, name_slip


def _entries(answer: int) -> str:
    name_slip(answer, 6, {"2 + 3 = 5 adds the sides; a matrix has rows times columns.": 5})
    return "2 rows with 3 entries each."


q1 = Question(
    "Exercise 0.1",
    "entries",
    _entries,
    hints=["A matrix of shape (2, 3) has 2 rows.", "Each of the 2 rows has 3 entries."],
    solution="entries = 2 * 3",
)
