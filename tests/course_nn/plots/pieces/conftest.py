"""A browser for the tests of the pieces, and a JupyterLab: for runs with --long."""

import os

import pages_with_pieces
import pytest
import tiers

WITHOUT_BROWSER = "of what moves on a page were left out: Chromium is not here."


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
    path = pages_with_pieces.chromium()
    if path is None:
        if os.environ.get("COURSE_NEED_BROWSER"):
            pytest.fail("COURSE_NEED_BROWSER is set, and there is no Chromium")
        raise NoBrowser(WITHOUT_BROWSER)
    from playwright.sync_api import sync_playwright  # `run.py test --long` installs it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """Makes pages; an error in a script of a page is an error of the test."""
    contexts, errors = [], []

    def make(width=800, height=1000, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.route(lambda url: not url.startswith(HERE), lambda route: route.abort())
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not [error for error in errors if not any(each in error for each in OF_NBCONVERT)]


HERE = ("file:", "data:", "blob:", "http://127.0.0.1:")
OF_NBCONVERT = ("require is not defined", "requirejs", "MathJax", "mermaid")  # of a network


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with pages_with_pieces.jupyterlab(tmp_path_factory.mktemp("lab")) as running:
        yield running
