"""Pages for the tests of the pieces, and a JupyterLab: for runs with --long."""

import pages_with_pieces
import pytest


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
