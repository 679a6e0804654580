"""Whatever a function returns is judged: nothing in a submission stops the grader."""

import warnings

import numpy as np
import pytest
from ways_to_copy import Homework, Way

NONSENSE = (
    *("{}", "{'a': 1}", "{1: 2}", "{'x': [], 'y': []}", "{'x': 1, 'y': 2}", "{'products': 1}"),
    *("{'x': [[1, 2]], 'y': [[1, 2]]}", "{'w': [1, 2], 'x': [[1, 2], [3, 4]], 'y': [1, 2]}"),
    *("{'w': 1, 'x': [1, 2], 'y': [1, 2]}", "{'w': 1e300, 'x': [1e300, 2], 'y': [1, 2]}"),
    *("{'A': [99, 2, 3], 'B': [-1, 2, 3], 'C': [1.5, 2, 3]}", "{'A': 1, 'B': [1, 2], 'C': {}}"),
    *("{'number': None, 'line': 5}", "{'number': 10**30, 'line': 'x'}", "{'number': 2}"),
    *("{'c0': 1, 'c1': [1, 2], 'c2': {}}", "{'w': 1, 'v': [1], 'c': [[1]]}"),
    *("[]", "[[]]", "[1, 'a']", "[None]", "(1, 2, 3)", "range(3)", "np.zeros((0, 3))"),
    *("np.zeros(3)", "np.zeros((2, 2, 2))", "np.full((2, 2), 1e300)", "np.array(['a'])"),
    *("1", "-1", "True", "1j", "1e308", "10**400", "float('nan')", "np.float32(3)"),
    *("''", "'text'", "'a' * 7999", "'(' * 3000", "'x.grad = ' * 500", "'x = ' + 'x + ' * 900"),
    *("print", "lambda: 1", "..."),
)


@pytest.mark.all
@pytest.mark.parametrize("name", ["hw1", "hw2", "hw3", "hw4"])
def test_nonsense_is_judged_and_is_not_right(name):
    homework = Homework(name)
    for asked in homework.asked.values():
        for value in NONSENSE:
            cell = f"def {asked.name}(*given, **more):\n    return {value}\n"
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                judged = homework.right_labels(Way(asked.name, "nonsense", cell))
            assert judged, f"{asked.name} cannot be played"
            assert not all(each.right for each in judged.values()), f"{asked.name}: {value}"
