"""Random examples are the same in every run, and no slow machine fails one."""

from hypothesis import given, is_hypothesis_test, settings
from hypothesis import strategies as st


def settings_of(test):
    return test._hypothesis_internal_use_settings


@given(st.integers())
def test_one(_):
    """Has the settings with which every `given` of this run was decorated, if nothing is wrong."""


def test_every_test_with_random_examples_was_decorated_when_the_profile_was_there(request):
    """Of all packages, in a run of all: each freezes the profile when it is imported."""
    tests = [getattr(item, "obj", None) for item in request.session.items]
    for test in [test_one, *filter(is_hypothesis_test, tests)]:
        used = settings_of(test)
        assert used.deadline is None and used.derandomize and used.database is None, test
    assert settings_of(test_one) == settings.get_profile("course")
