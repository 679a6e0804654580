"""The questions of the inventory: right, different, parallel, and not to be guessed by their form.

What is right is computed here a second time, from nothing but the text that a student reads.
"""

import re
from collections import Counter

import numpy as np
import pytest

from course_grading.inventory.forms import FORMS, form, tells_nothing
from course_grading.inventory.items import ITEMS, Draft
from course_grading.inventory.question import LETTERS, Choice, Option, WholeNumber

BOTH = [*form("A"), *form("B")]


def numbers(text):
    """All numbers of a text in their order; ½ is one, and what belongs to a name is none."""
    plain = text.replace("−", "-").replace("½", "0.5")
    return [float(n) for n in re.findall(r"(?<![A-Za-z\d.])-?\d+(?:\.\d+)?", plain)]


def softmax_question(text):
    p0, p1, p2, label, _, k = numbers(text)
    return (p0, p1, p2)[int(k)] - (k == label)


def sgd(text, together):
    w, eta, x1, y1, x2, y2 = numbers(text)
    first, second = (lambda w, x=x, y=y: (w * x - y) * x for x, y in ((x1, y1), (x2, y2)))
    if together:
        return w - eta * (first(w) + second(w)) / 2
    w -= eta * first(w)
    return w - eta * second(w)


def activation(text):
    a, b, w00, w01, w10, w11, v0, v1, *_ = numbers(text)
    return max(a * w00 + b * w10, 0) * v0 + max(a * w01 + b * w11, 0) * v1


def loss(text):
    o0, o1, y0, y1, _ = numbers(text)
    return ((o0 - y0) ** 2 + (o1 - y1) ** 2) / 2


def way_of_the_loss(text):
    _, _, o0, o1, y0, y1, *_ = numbers(text)
    first, second = ("rises" if o > y else "falls" for o, y in ((o0, y0), (o1, y1)))
    return f"with the first it {first}, with the second it {second}"


def strongest(text):
    return f"W[{np.abs(numbers(text)[:4]).argmax()}, 0]"


def came_in(text):
    h0, h1, _, _, _, _, d0, d1, _, j, k = numbers(text)
    return (h0, h1)[int(j)] * (d0, d1)[int(k)]


def added_paths(text):
    w00, w01, w10, w11, d0, d1, _, j = numbers(text)
    return [w00 * d0 + w01 * d1, w10 * d0 + w11 * d1][int(j)]


def along(text):
    x, _, w2, w3, d = numbers(text)
    return x * w2 * w3 * d


def paths(text):
    _, _, H2, K, *_ = numbers(text)
    return H2 * K


def twice(text):
    x, w, d = numbers(text)
    return 2 * x * w * d


def tanh(text):
    h, g = numbers(text)
    return g * (1 - h**2)


def closed(text):
    _, w0, w1, z0, z1, g0, g1 = numbers(text)
    return (z0 > 0) * w0 * g0 + (z1 > 0) * w1 * g1


def not_reset(text):
    _, times = numbers(text)
    return times * (times + 1) / 2


def order(text):
    h, a, b, c = re.match(
        r"A node (\w) is used twice: by (\w) and by (\w)\. Then (\w) is", text
    ).groups()
    return {f"{c}, {a}, {b}, {h}", f"{c}, {b}, {a}, {h}"}


def update(text):
    w, g, eta = numbers(text)
    return w - eta * g


def doubled(text):
    return np.mean(numbers(text)[:3])


def updates(text):
    N, B, epochs = numbers(text)
    return np.ceil(N / B) * epochs


SOLVED = [
    *(activation, loss, way_of_the_loss, strongest),
    *(came_in, added_paths, along, paths, twice),
    *(tanh, closed, softmax_question, softmax_question, not_reset, order, update),
    *(lambda text: sgd(text, False), lambda text: sgd(text, True), doubled, updates),
]


def holds(text, option, solve):
    """Whether an option is what the text leads to."""
    wanted = solve(text)
    if isinstance(wanted, set):
        return option in wanted
    if isinstance(wanted, str):
        return option == wanted
    digits = len(option.partition(".")[2])
    return abs(float(option.replace("−", "-")) - wanted) <= 0.51 * 10**-digits * (digits > 0)


def wrong_keys(questions):
    """Numbers of the questions in which the right option, and no other, is not what comes out."""
    return [
        number
        for number, (question, solve) in enumerate(zip(questions, SOLVED, strict=True), start=1)
        if [holds(question.text, each.text, solve) for each in question.options]
        != [each.right for each in question.options]
    ]


@pytest.mark.parametrize("name", FORMS)
def test_every_key_comes_out_of_the_text_again(name):
    assert wrong_keys(form(name)) == []


def test_a_wrong_key_is_seen():
    questions = list(form("A"))
    for number in (3, 10, 15):
        question = questions[number - 1]
        slips = [each.slip for each in question.options]
        turned = [*slips[1:], slips[0]]
        options = [
            Option(each.text, slip) for each, slip in zip(question.options, turned, strict=True)
        ]
        planted = list(questions)
        planted[number - 1] = Choice(
            question.name, question.title, question.idea, question.text, tuple(options)
        )
        assert wrong_keys(planted) == [number]


@pytest.mark.long
@pytest.mark.parametrize("number", range(20), ids=[item.draw.__name__ for item in ITEMS])
def test_every_draw_of_a_family_is_right(number):
    rng, asked = np.random.default_rng(5), 0
    while asked < 25:
        draft = ITEMS[number].draw(rng)
        if draft is not None and tells_nothing(draft):
            asked += 1
            assert holds(draft.text, draft.shown(draft.right), SOLVED[number])
            for value in draft.wrong.values():
                assert not holds(draft.text, draft.shown(value), SOLVED[number])


# ---------------------------------------------------------------- parallel


def test_a_form_has_each_idea_once_and_each_letter_five_times():
    for name in FORMS:
        assert len(form(name)) == 20
        assert Counter(question.key for question in form(name)) == dict.fromkeys("ABCD", 5)
        assert [question.title for question in form(name)] == [item.idea for item in ITEMS]
        assert len({question.name for question in form(name)}) == 20


def template(text):
    """A text without its numbers and without the letters of its nodes."""
    text = re.sub(r"−?\d+(\.\d+)?", "#", text)
    return re.sub(r"\b[acpqrsuv]\b", "?", text)


def test_the_forms_ask_the_same_with_other_numbers():
    for a, b in zip(form("A"), form("B"), strict=True):
        assert a.text != b.text and template(a.text) == template(b.text)
        assert {each.slip for each in a.options} == {each.slip for each in b.options}
        assert (a.title, a.idea) == (b.title, b.idea)


def test_a_form_that_does_not_exist():
    with pytest.raises(ValueError, match="no form C; there are A and B"):
        form("C")


# ---------------------------------------------------------------- not to be guessed


def value(option):
    return float(option.text.replace("−", "-"))


def are_numbers(question):
    return all(re.fullmatch(r"−?\d+(\.\d+)?", each.text) for each in question.options)


STRATEGIES = {
    "the longest": lambda options: max(options, key=lambda each: len(each.text)),
    "the shortest": lambda options: min(options, key=lambda each: len(each.text)),
    "the largest": lambda options: max(options, key=value),
    "the smallest": lambda options: min(options, key=value),
    "the largest in size": lambda options: max(options, key=lambda each: abs(value(each))),
    "the smallest in size": lambda options: min(options, key=lambda each: abs(value(each))),
    "the second": lambda options: sorted(options, key=value)[1],
    "the third": lambda options: sorted(options, key=value)[2],
    "the nearest to all others": lambda options: min(
        options, key=lambda each: sum(abs(value(each) - value(other)) for other in options)
    ),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_form_is_passed_without_reading_it(name, strategy):
    asked = [question for question in form(name) if are_numbers(question)]
    assert len(asked) == 17
    hits = sum(STRATEGIES[strategy](question.options).right for question in asked)
    assert hits <= 7, f"{hits} of {len(asked)}"


def test_options_are_written_alike():
    for question in BOTH:
        lengths = [len(each.text) for each in question.options]
        assert max(lengths) - min(lengths) <= 4
        if are_numbers(question):
            digits = {len(each.text.partition(".")[2]) for each in question.options}
            assert len(digits) == 1


def test_options_that_tell_something_are_refused():
    def draft(right, *wrong, digits=0):
        return Draft("", right, dict(zip("abc", wrong, strict=True)), "", digits)

    assert tells_nothing(draft(3, 5, -2, 8))
    assert not tells_nothing(draft(3, 5, 3, 8))  # a slip that is right
    assert not tells_nothing(draft(3, 5, 5, 8))  # two alike
    assert not tells_nothing(draft(3, -5, -2, -8))  # alone in its sign
    assert not tells_nothing(draft(3, 5, 2.5, 8))  # others are no whole numbers
    assert not tells_nothing(draft(0.123, 0.5, 0.7, 0.9, digits=2))  # is rounded
    assert tells_nothing(draft("a", "b", "c", "d")) and not tells_nothing(draft("a", "b", "b", "d"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            [Option("1"), Option("2", "x"), Option("2", "y")],
            "option 2 twice: from “x” and from “y”",
        ),
        ([Option("1"), Option("1", "x")], "from “what is right” and from “x”"),
        ([Option("1", "x"), Option("2", "y")], "has 0 right options"),
        ([Option("1"), Option("2")], "has 2 right options"),
        ([Option("1")], "has 1 options"),
        ([Option(str(i), "x" * (i > 0)) for i in range(11)], "has 11 options"),
    ],
)
def test_options_that_cannot_be_asked(options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Choice("A01", "", "", "", tuple(options))


def test_a_slip_that_leads_to_the_right_number():
    with pytest.raises(ValueError, match="“the sign” leads to 4, which is right"):
        WholeNumber("r", "", "", "", 4, ((4.0, "the sign"),))


def test_letters_suffice():
    assert all(question.key in LETTERS[:4] for question in BOTH)
