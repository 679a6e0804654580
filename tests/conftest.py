"""What all tests share: the profile of random examples, and a browser for runs with --long."""

import os
import shutil

import pytest
import tiers
from hypothesis import HealthCheck, settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WITHOUT_BROWSER = "of what is seen in a browser were left out: Chromium is not here."


@pytest.hookimpl(trylast=True)  # when `tiers` knows the options
def pytest_configure() -> None:
    """Before any test is imported: `given` and `settings` take the profile when they decorate.

    The same examples in every run, on every machine; a slow machine is no failure.
    """
    settings.register_profile(
        "course",
        derandomize=True,
        deadline=None,
        max_examples=tiers.examples(50),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("course")


class NoBrowser(pytest.skip.Exception):
    """There is no browser on this machine."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Count the tests without a browser, for the closing lines."""
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, NoBrowser):
        tiers.left_out(report, WITHOUT_BROWSER)
    return report


@pytest.fixture(scope="module")  # while Playwright runs, its thread can run no other event loop
def browser():
    """Chromium. Skips where there is none, but with COURSE_NEED_BROWSER set, as in CI, it fails."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("COURSE_NEED_BROWSER"):
            pytest.fail("COURSE_NEED_BROWSER is set, and there is no Chromium")
        raise NoBrowser(WITHOUT_BROWSER)
    from playwright.sync_api import sync_playwright  # `run.py test --long` installs it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
