"""`expect_error` shows the promised error, and nothing else passes for it."""

import pytest

import course_nn as nn
from course_nn.show import WIDTH


def test_the_message_is_printed_and_the_cell_goes_on(capsys):
    with nn.expect_error(ValueError):
        raise ValueError("h2 has 2 columns.")
    assert capsys.readouterr().out == "h2 has 2 columns.\n"


def test_a_long_message_is_broken_between_words(capsys):
    message = "the shapes do not fit: " + "word " * 30
    with nn.expect_error(ValueError):
        raise ValueError(message)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDTH and said.split() == message.split()


def test_no_error_is_an_error():
    words = "Expected the error ValueError or KeyError here"
    with pytest.raises(AssertionError, match=words), nn.expect_error(ValueError, KeyError):
        pass


@pytest.mark.parametrize("other", [TypeError, KeyboardInterrupt, NameError])
def test_another_error_passes_through(other, capsys):
    with pytest.raises(other, match="something else"), nn.expect_error(ValueError):
        raise other("something else")
    assert capsys.readouterr().out == ""


def test_a_kind_of_the_expected_error_counts():
    with nn.expect_error(LookupError, ValueError):
        {}["no such key"]


def test_the_error_is_kept_without_its_traceback():
    with nn.expect_error(ValueError) as expected:
        assert expected.error is None
        raise ValueError("kept")
    assert str(expected.error) == "kept" and expected.error.__traceback__ is None


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ((), "needs the kind of error"),
        ((3,), "it got 3"),
        (("ValueError",), "it got 'ValueError'"),
        ((int,), "needs the kind"),
        ((Exception,), "Exception is every error"),
        ((ValueError, BaseException), "BaseException is every error"),
    ],
)
def test_what_is_no_kind_of_error_is_refused(kinds, words):
    with pytest.raises(TypeError, match=words):
        nn.expect_error(*kinds)
