"""Wrong answers to the questions of lesson 00, and how each slip is named."""

from course_exercises import start_here

WRONG = [
    (start_here.q1, "entries = 5", "rows times columns"),
]
