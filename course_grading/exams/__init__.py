"""Exams on paper, with a key that is proven before it is written.

`paper` draws one and tries its key, by the `witnesses`; `written` makes the pages. The folder
`questions` has a file for each kind of question.
"""
