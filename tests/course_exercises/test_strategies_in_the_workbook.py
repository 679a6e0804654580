"""What of the workbook can be passed without deriving: of the bare problems nothing."""

import pytest
from strategies_in_the_workbook import COLUMNS, ONE, PASSED, table

pytestmark = pytest.mark.long

IMITATION = [c for c in COLUMNS if c[0] in "1245"]


def passed(number: int) -> list[str]:
    return [column for column in IMITATION if table()[number].get(column) in (PASSED, ONE)]


def test_the_text_of_each_problem_says_what_its_question_asks():
    for number, row in table().items():
        assert number in (1, 10) or row["(right)"] == PASSED, number


def test_imitation_passes_no_problem_in_which_nothing_is_given():
    for number in range(14, 21):
        nothing_is_added = ["4 never adds"] if number == 16 else []
        assert passed(number) == nothing_is_added, number
    assert [*map(passed, (8, 10, 12))] == [["4 never adds"], [], []]


def test_what_passes_where_lines_are_given():
    """A mean cannot be forgotten where there is one example, or where its line is given."""
    one_example, chain = ["5 no mean", "5 divides"], ["2c phrases"]
    assert {number: passed(number) for number in (2, 3, 4, 5, 6, 7, 9, 11, 13)} == {
        2: [*chain, "4 never adds", *one_example],
        3: one_example,
        4: one_example,
        5: [*chain, *one_example],
        6: ["1 shapes", "2 copies", "2b glued", "2c phrases", "4 never adds", "5 divides"],
        7: ["4 never adds", "5 divides"],
        9: ["5 no mean"],
        11: ["5 no mean"],
        13: ["5 divides"],
    }
    assert table()[1]["6 guesses"] == "2/25"
