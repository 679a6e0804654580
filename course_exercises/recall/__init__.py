"""Questions about earlier lessons, which begin each lesson: tasks that are drawn, and come back.

A family draws tasks of one kind, with new numbers or letters each time: see `product`, `slope`,
`error`, `path`, `update`, `formula`, `line` and `slip`. `blocks` says which lesson asks which;
`progress` is the small file in the reader's own copies, from which what was missed comes back.
"""
