"""A pytest plugin that runs notebooks under strict nbval, and guards what nbval does not see.

    pytest_plugins = ["notebook_guards.plugin"]        # in the conftest.py of the top folder

Then `pytest --nbval notebooks` runs each notebook in a fresh kernel: every stored text comes out
again, every figure pixel by pixel within a small tolerance, and the file itself keeps the rules.

* `plugin`: what pytest calls; kernels that die are noticed, failures name notebook and cell.
* `rules`: one function for each rule that a stored notebook keeps.
* `figures`: two pictures compared, wherever they stand in an output.
* `reading_time`: how many minutes a lesson takes, by a formula.
* `equations`, `wrong_signs`: an equation's code, and whether a turned sign in it is noticed.
* `trajectories`: whether stored digits would be others on another processor.

It needs pytest, nbval, nbformat, NumPy, Pillow and resvg-py, and of this course nothing but the
list of its versions, if there is one (`rules.CONSTRAINTS`). Its tests are in tests/tools.
"""
