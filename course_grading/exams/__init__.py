"""Exams on paper, with a key that is proven before it is written.

`paper` draws one, `prove` tries its key, `written` makes the pages. The folder `questions` has a
file for each kind of question.
"""
