"""The questions of homework 2: the chain rule on a network of one's own.

    from course_exercises.homework import hw2 as questions

    questions.show_my_network(KEY)
    questions.q2.check(globals())

Each question has a file of its own. None of them writes a right line.
"""

from __future__ import annotations

from course_exercises.homework.hw2_checker import q6
from course_exercises.homework.hw2_examples import q4, show_my_unit
from course_exercises.homework.hw2_gradients import large_network, q5, small_network
from course_exercises.homework.hw2_lines import q2
from course_exercises.homework.hw2_network import q1, show_my_network
from course_exercises.homework.hw2_other import q3, show_other_lines
from course_exercises.homework.shown import unfinished

__all__ = [
    "large_network",
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "show_my_network",
    "show_my_unit",
    "show_other_lines",
    "small_network",
    "unfinished",
]
