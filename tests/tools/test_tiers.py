"""What is run by default, with --all and with --long, and what the closing lines say."""

from pathlib import Path

import pytest
import tiers
from tiers import thinned

pytest_plugins = ["pytester"]

THREE_TESTS = """
    import pytest

    def test_always(): pass

    @pytest.mark.all
    @pytest.mark.parametrize("number", [1, 2])
    def test_of_tests(number): pass

    @pytest.mark.long
    def test_of_wheels(): pass
"""
ONE = ["-p", "no:cacheprovider", "-p", "tiers", "--strict-markers"]
TWO = [*ONE, "-p", "xdist.plugin", "-n", "2", "--dist", "loadscope"]


@pytest.fixture(autouse=True)
def where_the_plugin_is(monkeypatch):
    """For the processes that are started, too; and no other plugin, which would take its time."""
    monkeypatch.setenv("PYTHONPATH", str(Path(tiers.__file__).parent))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


@pytest.mark.all
@pytest.mark.parametrize(
    "processes", thinned(map(pytest.param, (TWO, ONE)), 2), ids=["two processes", "one"]
)
def test_what_is_left_is_counted(pytester, processes):
    pytester.makepyfile(THREE_TESTS)
    run = pytester.runpytest_subprocess(*processes)
    run.assert_outcomes(passed=1, deselected=3 if processes is ONE else 0)
    run.stdout.fnmatch_lines(["3 tests are left to another run: 2 to --all, 1 to --long."])


@pytest.mark.parametrize(
    ("options", "passed", "said"),
    [
        (["--all"], 3, "1 test is left to another run: 1 to --long."),
        (["--long"], 2, "2 tests are left to another run: 2 to --all."),
        (["--all", "-k", "always"], 1, None),
        (["-k", "wheels"], 0, "1 test is left to another run: 1 to --long."),
        (["--all", "--long"], 4, None),
    ],
)
def test_options_bring_what_they_say(pytester, options, passed, said):
    pytester.makepyfile(THREE_TESTS)
    run = pytester.runpytest_inprocess(*ONE, *options)
    assert run.parseoutcomes().get("passed", 0) == passed
    if said:
        run.stdout.fnmatch_lines([said])
    else:
        run.stdout.no_fnmatch_line("*left to another run*")


def test_a_mark_of_both_needs_both(pytester):
    pytester.makepyfile(
        "import pytest\npytestmark = pytest.mark.all\n@pytest.mark.long\ndef test(): pass"
    )
    for options, passed in ([], 0), (["--all"], 0), (["--long"], 0), (["--all", "--long"], 1):
        run = pytester.runpytest_inprocess(*ONE, *options)
        assert run.parseoutcomes().get("passed", 0) == passed


def test_a_mark_that_is_misspelt_is_an_error(pytester):
    pytester.makepyfile("import pytest\n@pytest.mark.longer\ndef test(): pass")
    run = pytester.runpytest_inprocess(*ONE)
    assert run.parseoutcomes() == {"errors": 1}


# --- long tables, random examples -----------------------------------------------------------------

THINNED = """
    import pytest
    from tiers import examples, one_of_each, thinned

    LONG = pytest.param(3, id="n3", marks=pytest.mark.long)
    PARAMS = [LONG if n == 3 else pytest.param(n, id=f"n{n}") for n in range(6)]

    @pytest.mark.parametrize("n", thinned(PARAMS, 3))
    def test_params(n): assert isinstance(n, int)

    @pytest.mark.parametrize(("a", "b"), thinned({1: 2, 3: 4}.items(), 2))
    def test_tuples(a, b): assert b == a + 1

    @pytest.mark.parametrize("word", one_of_each(["an", "at", "be", "by"], kind=lambda w: w[0]))
    def test_kinds(word): assert len(word) == 2

    @pytest.mark.all
    def test_of_tests(): pass

    def test_examples(): assert (examples(40), examples(1)) == (HOW_MANY, 1)
"""


@pytest.mark.parametrize(
    ("options", "how_many", "passed"),
    [
        # n0; 1, 2; an, be; the one of examples. n3 is marked long by itself.
        ([], 10, 1 + 1 + 2 + 1),
        (["--all"], 10, 1 + 1 + 2 + 1 + 1),
        (["--long"], 40, 6 + 2 + 4 + 1),
        (["--all", "--long"], 40, 6 + 2 + 4 + 1 + 1),
    ],
    ids=["default", "all", "long", "both"],
)
def test_what_a_run_takes_of_long_tables(pytester, options, how_many, passed):
    pytester.makepyfile(THINNED.replace("HOW_MANY", str(how_many)))
    pytester.runpytest_inprocess(*ONE, *options).assert_outcomes(passed=passed)


def test_without_the_mark_every_case_would_be_run(pytester):
    pytester.makepyfile(THINNED.replace("thinned(PARAMS, 3)", "PARAMS").replace("HOW_MANY", "10"))
    assert pytester.runpytest_inprocess(*ONE).parseoutcomes()["passed"] == 5 + 1 + 2 + 1


# --- two processes --------------------------------------------------------------------------------

WHOLE = """
    [pytest]
    testpaths = tests
"""


@pytest.fixture
def course(pytester, monkeypatch):
    """A folder with settings, and two test files."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # that of the run that this is in
    pytester.makeini(WHOLE)
    pytester.mkdir("tests")
    for name in "ab":
        pytester.path.joinpath("tests", f"test_{name}.py").write_text(
            "import os\ndef test_process(): print(); print('process', os.getpid())\n"
            "def test_xdist(): assert 'PYTEST_XDIST_WORKER' in os.environ\n"
        )
    return pytester


def processes(course, *options):
    """How many pytest would take for these options."""
    config = course.parseconfig(*ONE, "-p", "xdist.plugin", *options)
    tiers.pytest_cmdline_main(config)
    return len(config.option.tx)


@pytest.mark.parametrize("options", [[], ["--all"], ["-x", "-q"]], ids=" ".join)
def test_everything_goes_on_two_processes(course, options):
    assert processes(course, *options) == 2


@pytest.mark.parametrize(
    "options",
    [["tests"], ["tests/test_a.py"], ["-k", "test"], ["-m", "all"], ["-s"], ["--pdb"]],
    ids=" ".join,
)
def test_what_is_asked_for_exactly_stays_in_one_process(course, options):
    assert processes(course, *options) == 0


def test_one_of_two_processes_starts_no_more(course):
    config = course.parseconfig(*ONE, "-p", "xdist.plugin")
    config.workerinput = {}
    tiers.pytest_cmdline_main(config)
    assert not config.option.tx


@pytest.mark.long
def test_everything_really_goes_on_two_processes(course):
    run = course.runpytest_subprocess(*ONE, "-p", "xdist.plugin")
    run.assert_outcomes(passed=4)


@pytest.mark.all
def test_it_may_be_one_process_all_the_same(course):
    run = course.runpytest_subprocess(*ONE, "-p", "xdist.plugin", "-n", "0")
    run.assert_outcomes(passed=2, failed=2)


@pytest.mark.all
def test_without_xdist_there_is_one_process(course):
    run = course.runpytest_subprocess(*ONE)
    run.assert_outcomes(passed=2, failed=2)


def test_coverage_of_everything_stays_in_one_process(course):
    config = course.parseconfig(*ONE, "-p", "xdist.plugin", "-p", "pytest_cov.plugin", "--cov=x")
    tiers.pytest_cmdline_main(config)
    assert not config.option.tx


@pytest.mark.long
def test_long_files_come_first_on_two_processes(pytester):
    """A file with a mark, or a notebook, is begun before many quick tests."""
    pytester.makepyfile(
        test_a="import pytest\n@pytest.mark.parametrize('n', range(9))\ndef test(n): pass",
        test_b="def test(): pass",
        test_c="import pytest\n@pytest.mark.all\ndef test(): pass",
    )
    pytester.makeconftest(
        "def pytest_collection_finish(session):\n"
        "    with open('order', 'w') as file:\n"
        "        file.write(' '.join(dict.fromkeys(item.path.stem for item in session.items)))\n"
    )
    pytester.runpytest_subprocess(*TWO, "--all").assert_outcomes(passed=11)
    assert pytester.path.joinpath("order").read_text() == "test_c test_a test_b"


# --- what is missing on this machine --------------------------------------------------------------


@pytest.mark.parametrize(
    "processes", thinned(map(pytest.param, (TWO, ONE)), 2), ids=["two processes", "one"]
)
def test_tests_left_out_for_want_of_something_are_counted(pytester, processes):
    pytester.makepyfile(
        "import pytest\n@pytest.fixture(scope='session')\ndef box(): pytest.skip('no box')\n"
        "def test_a(box): pass\ndef test_b(box): pass\ndef test_c(): pytest.skip('other')"
    )
    pytester.makeconftest(
        "import pytest, tiers\n"
        "@pytest.hookimpl(wrapper=True)\n"
        "def pytest_runtest_makereport(item, call):\n"
        "    report = yield\n"
        "    if report.skipped and 'box' in item.fixturenames:\n"
        "        tiers.left_out(report, 'need a box: `buy box`.')\n"
        "    return report\n"
    )
    run = pytester.runpytest_subprocess(*processes)
    run.assert_outcomes(skipped=3)
    run.stdout.fnmatch_lines(["2 tests need a box: `buy box`."])
