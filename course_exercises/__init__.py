"""The questions of the lessons: `check` an answer, ask for a `hint`, look at the `solution`.

    from course_exercises import forward_pass as questions

    questions.q1.check((4, 3))
    questions.q1.hint()        # the first hint; once more: the next one
    questions.q1.solution()

    questions.p1.predict("falls")     # before it is seen; then questions.p1.see(change)
    questions.r1.check(-17)    # about an earlier lesson; questions.again() shows what comes back

An unanswered question (None or ...) is "not attempted yet", which is no error, so a notebook with
open questions runs from top to bottom.
"""

from course_exercises.errors import tell_after_a_restart
from course_exercises.question import Question

__all__ = ["Question"]

tell_after_a_restart()
