"""What the tests of the grader share: whether this machine has a sandbox."""

import functools
import os

import pytest

from course_grading.sandbox import self_attack
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.limits import CannotSandbox


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
        pytest.skip(why)
