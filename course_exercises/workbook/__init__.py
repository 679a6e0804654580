"""The problems of the workbook: twenty networks, from one path to rows of length one.

    from course_exercises.workbook import paths_and_matrices as questions

    questions.q3.network()     # the loss of its graph, to be drawn
    questions.q3.check(my_lines)
    questions.q3.hint()
    questions.q3.solution()    # the lines, and why they are so

What `check` says fades: of each line in problems 1 to 8; how many hold in problems 9 to 15, where
`hint` speaks of the first one that does not; only how many hold in problems 16 to 20.
"""
