"""A pytest plugin: which tests run always, and which are left to --all and --long.

    pytest          what guards the code, and every notebook
    pytest --all    besides, what tests the tests, or takes half a second or more: marked
                    @pytest.mark.all
    pytest --long   besides, what takes more than a second or two, up to minutes, a browser or an
                    empty environment: marked @pytest.mark.long. Of long lists of cases most, by
                    `thinned` and `one_of_each`, and of random ones three quarters, by `examples`

What has both marks needs both options: the rest of a list of which the first case is in --all, and
what tests a test in a browser.

The closing lines say how many tests were left to which option, and which were left out because
something is missing on this machine (`left_out`). A run of everything goes on two processes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

TIERS = {
    "all": "also what tests the tests, and what takes half a second or more",
    "long": "also what takes seconds to minutes: wheels, browsers, empty environments",
}
PROCESSES = 2
LEFT_OUT = "left out"

_asked: list[set[str]] = []  # the options of this run; of a run within it, last
left_to = pytest.StashKey[Counter]()  # how many tests are left to which option


def left_out(report: pytest.TestReport, because: str) -> None:
    """Note that a test was skipped for want of something. `because` ends "N tests …"."""
    report.user_properties.append((LEFT_OUT, because))


# --- for tests that would take long --------------------------------------------------------------


def thinned(cases: Iterable[Any], every: int = 4) -> list[Any]:
    """The cases for parametrize: of `every` so many the first in every run, the rest with --long.

    A case is a tuple, or what pytest.param makes, or else the one argument of the test.
    """
    return [case if i % every == 0 else _left_to_long(case) for i, case in enumerate(cases)]


def one_of_each(cases: Iterable[Any], kind: Callable[[Any], Any]) -> list[Any]:
    """The cases for parametrize: the first one of each kind in every run, the rest with --long."""
    seen: set[Any] = set()
    made = []
    for case in cases:
        made.append(_left_to_long(case) if kind(case) in seen else case)
        seen.add(kind(case))
    return made


def _left_to_long(case: Any) -> Any:
    mark = pytest.mark.long
    if hasattr(case, "marks"):  # of pytest.param
        return pytest.param(*case.values, id=case.id, marks=(*case.marks, mark))
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=mark)


def examples(most: int) -> int:
    """How many random examples a test takes: `most` of them with --long, else a quarter."""
    return most if _asked and "long" in _asked[-1] else max(1, most // 4)


# --- the options ----------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --all and --long."""
    group = parser.getgroup("the course")
    for tier, adds in TIERS.items():
        group.addoption(f"--{tier}", action="store_true", help=f"run {adds}")


def pytest_configure(config: pytest.Config) -> None:
    """Make the two markers known, and the options to `examples`, before any test is imported."""
    config.stash[left_to] = Counter()
    _asked.append({tier for tier in TIERS if config.getoption(f"--{tier}")})
    for tier in TIERS:
        config.addinivalue_line("markers", f"{tier}: run only with --{tier}")


def pytest_unconfigure() -> None:
    """The run is over; it may have been within another one."""
    _asked.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run everything on two processes; what was asked for more exactly stays in one."""
    if hasattr(config, "workerinput"):
        return  # this is one of the two, and must not start two more
    option = config.option
    is_everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        option.keyword or option.markexpr or option.collectonly or option.usepdb
    )
    is_asked = getattr(option, "numprocesses", 0) is not None or option.dist != "no"
    is_traced = bool(getattr(option, "cov_source", None))  # pytest-cov has decided by now
    if is_everything and not is_asked and not is_traced and option.capture != "no":
        option.numprocesses = PROCESSES
        option.tx = ["popen"] * PROCESSES
        option.dist = "loadscope"  # each file and each notebook whole
        option.loadscopereorder = False  # `pytest_collection_modifyitems` has a better order
        for library in ("OPENBLAS", "OMP", "MKL"):  # threads of two processes wait for one another:
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")  # four times as long for lesson 11


# --- what is run, and in which order --------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no option asks for; long files first, so that no process waits at the end."""
    slow = {item.path for item in items if any(map(item.get_closest_marker, TIERS))}
    left = [(tier, item) for item in items if (tier := _left_to(config, item))]
    config.stash[left_to].update(tier for tier, _ in left)
    config.hook.pytest_deselected(items=[item for _, item in left])
    gone = {id(item) for _, item in left}
    items[:] = [item for item in items if id(item) not in gone]
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        slow |= {path for path in tests if path.suffix == ".ipynb"}
        items.sort(key=lambda item: (item.path not in slow, -tests[item.path]))


def _left_to(config: pytest.Config, item: pytest.Item) -> str | None:
    """The first option that this test waits for."""
    for tier in TIERS:
        if item.get_closest_marker(tier) and not config.getoption(f"--{tier}"):
            return tier
    return None


# --- the closing lines ----------------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes tells the first one."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_to"] = dict(session.config.stash[left_to])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    """Each process has collected all tests: what one has left, all have."""
    told = getattr(node, "workeroutput", {}).get("left_to", {})
    node.config.stash[left_to] |= Counter(told)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what was not run, and what runs it."""
    left = terminalreporter.config.stash[left_to]
    parts = [f"{left[tier]} to --{tier}" for tier in TIERS if left[tier]]
    if parts:
        tests = "1 test is" if left.total() == 1 else f"{left.total()} tests are"
        terminalreporter.write_line(f"{tests} left to another run: {', '.join(parts)}.")
    missing = Counter(
        because
        for report in terminalreporter.stats.get("skipped", [])
        for name, because in report.user_properties
        if name == LEFT_OUT
    )
    for because, number in missing.items():
        terminalreporter.write_line(f"{number} test{'s' * (number != 1)} {because}")
