"""What the tests of the grader share: whether this machine has a sandbox."""

import functools
import os

import pytest
import tiers

from course_grading.sandbox import self_attack
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.limits import CannotSandbox

WITHOUT_SANDBOX = (
    "of the grader were left out: nothing can be shut in here. "
    "`sudo apt install bubblewrap` brings what they need on Debian and Ubuntu; "
    "`course-grading check-sandbox` says what is missing if that is not enough."
)


class NoSandbox(pytest.skip.Exception):
    """A test is skipped because nothing can be shut in."""


@functools.cache
def no_sandbox() -> str:
    """Why a submission cannot be shut in here; "" if it can."""
    try:
        with Sandbox() as sandbox, sandbox.open() as box:
            self_attack.begin(box, "")
    except CannotSandbox as why:
        return str(why)
    return ""


@pytest.fixture(scope="session")
def needs_sandbox() -> None:
    """Skips where there is no sandbox, but with COURSE_NEED_SANDBOX set, as in CI, it fails."""
    if why := no_sandbox():
        if os.environ.get("COURSE_NEED_SANDBOX"):
            pytest.fail(f"COURSE_NEED_SANDBOX is set, and {why}")
        raise NoSandbox(why)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Count the tests without a sandbox, for the closing lines."""
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, NoSandbox):
        tiers.left_out(report, WITHOUT_SANDBOX)
    return report
