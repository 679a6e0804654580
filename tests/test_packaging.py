"""The files that say which packages are installed agree with each other and with what is here.

Each check takes texts and returns what is wrong, so that it can be tried on a wrong text too.
"""

import os
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import run

ROOT = Path(__file__).resolve().parent.parent
PYPROJECTS = [(ROOT / each / "pyproject.toml").read_text(encoding="utf-8") for each in run.PROJECTS]
ENVIRONMENT, PINS, OLDEST = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("environment.yml", "constraints.txt", "constraints-oldest.txt")
)


NOT_INSTALLED = {"dev", "peers", "long", "site", "fast"}  # extras that run.py leaves out
# instructors: begin
NOT_INSTALLED = {"dev", "peers", "long", "site"}  # their tests also run engine="numba"
# instructors: end


def direct_dependencies(pyprojects, extras_left_out=NOT_INSTALLED):
    """{name: range} of what the projects need, but for each other, and of their extras.

    That the extras are those of `run.EXTRAS` is tested below.
    """
    projects = [tomllib.loads(text)["project"] for text in pyprojects]
    lines = []
    for project in projects:
        lines += project["dependencies"]
        extras = project.get("optional-dependencies", {})
        for extra in extras.keys() - extras_left_out:
            lines += extras[extra]
    requirements = [Requirement(line) for line in lines]
    ours = {project["name"] for project in projects}
    return {
        canonicalize_name(each.name): each.specifier
        for each in requirements
        if each.name not in ours
    }


def dependencies_with_long(pyprojects):
    """Those of `long` and `site` too: their versions are given, but nobody else gets them."""
    return direct_dependencies(pyprojects, NOT_INSTALLED - {"long", "site"})


def conda_dependencies(environment):
    """{name: range} of the list in environment.yml and of pip's in it, without the course's own."""
    lines = environment.split("dependencies:\n")[1].splitlines()
    entries = [
        match[1] for line in lines if (match := re.match(r" +- ([a-z][^:#]*)(?: #.*)?$", line))
    ]
    requirements = [Requirement(entry) for entry in entries]
    return {canonicalize_name(each.name): each.specifier for each in requirements}


def pins(constraints):
    """{name: version}; a line that is not `name==version` is an error."""
    found = {}
    for line in constraints.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.!+]*)( ?;.*)?", line.strip())
        if not match:
            raise ValueError(f"a constraint must be name==version, but this is {line!r}")
        found[canonicalize_name(match[1])] = match[2]
    return found


def differences_to_conda(pyprojects, environment):
    ours, conda = direct_dependencies(pyprojects), conda_dependencies(environment)
    conda.pop("pip", None)
    problems = []
    python = conda.pop("python", SpecifierSet())
    required = {tomllib.loads(text)["project"]["requires-python"] for text in pyprojects}
    if any(lower_bound(python) != lower_bound(SpecifierSet(each)) for each in required):
        said = " and ".join(sorted(required))
        problems.append(f"python: pyproject.toml says {said}, environment.yml {python or '–'}")
    for name in sorted(ours.keys() | conda.keys()):
        if ours.get(name) != conda.get(name):
            problems.append(
                f"{name}: pyproject.toml says {ours.get(name)}, environment.yml {conda.get(name)}"
            )
    return problems


def pins_outside_their_range(pyprojects, constraints):
    pinned = pins(constraints)
    problems = []
    for name, allowed in dependencies_with_long(pyprojects).items():
        if name not in pinned:
            problems.append(f"{name} is not pinned")
        elif pinned[name] not in allowed:
            problems.append(f"{name} is pinned to {pinned[name]}, but the range is {allowed}")
    return problems


def lower_bound(specifiers):
    return {each.version for each in specifiers if each.operator == ">="}


HELD_BACK = {"pyparsing"}  # only in the oldest set, where the newest one warns


def differences_to_lower_bounds(pyprojects, oldest):
    pinned = pins(oldest)
    bounds = {name: lower_bound(each) for name, each in dependencies_with_long(pyprojects).items()}
    extra = pinned.keys() - bounds.keys() - HELD_BACK
    problems = [f"{name} is not a direct dependency" for name in extra]
    for name, bound in bounds.items():
        if {Version(each) for each in bound} != {Version(pinned.get(name, "0"))}:
            problems.append(f"{name}: the range begins at {bound}, oldest is {pinned.get(name)}")
    return problems


def differences_to_installed(pyprojects, constraints, installed):
    """`installed` is {name: version}; only direct dependencies have to be there.

    Before the set-up for --long a package of its own, such as setuptools, is the one that Python's
    own `venv` brings.
    """
    problems = []
    only_long = dependencies_with_long(pyprojects).keys() - direct_dependencies(pyprojects).keys()
    not_ours = set() if only_long <= installed.keys() else only_long
    for name, version in pins(constraints).items():
        if name in installed.keys() - not_ours and installed[name] != version:
            problems.append(f"{name} {installed[name]} is installed, but {version} is pinned")
    for name in direct_dependencies(pyprojects).keys() - installed.keys():
        problems.append(f"{name} is not installed")
    return problems


def unpinned_packages(pyprojects, constraints, requirements_of):
    """Names that the direct dependencies need in turn and that no line pins."""
    to_visit, seen = list(dependencies_with_long(pyprojects)), set()
    while to_visit:
        name = to_visit.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in requirements_of(name):
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                to_visit.append(canonicalize_name(needed.name))
    return sorted(seen - pins(constraints).keys())


def pins_that_refuse_a_python(
    constraints, python_of, pythons=("3.11.0", "3.12.0", "3.13.0", "3.14.0")
):
    """Pins whose `Requires-Python` leaves out a Python of ours, even the first of its line."""
    problems = []
    for name, version in pins(constraints).items():
        allowed = SpecifierSet(python_of(name))
        problems += [
            f"{name} {version} refuses Python {python}: it wants {allowed}"
            for python in pythons
            if python not in allowed
        ]
    return problems


def addresses(text):
    """Lines that name a place rather than a package: an address, a path, another index."""
    lines = [line.split("#")[0] for line in text.splitlines()]
    return [line for line in lines if re.search(r"://|@|\s/|^/|\\|--|file:", line)]


def installed_versions():
    """Without the packages that setuptools brings along and, once imported, adds to sys.path."""
    own = [each for each in metadata.distributions() if "_vendor" not in str(each.locate_file(""))]
    return {canonicalize_name(each.name): each.version for each in own}


def requirements_of(name):
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def python_of(name):
    try:
        return metadata.metadata(name).get("Requires-Python") or ""
    except metadata.PackageNotFoundError:
        return ""


other_versions = pytest.mark.skipif(
    bool(os.environ.get("COURSE_ANY_VERSIONS")),
    reason="other versions than the pinned ones are being tested (COURSE_ANY_VERSIONS)",
)


# ------------------------------------------------------------------ the files as they are


def test_run_py_installs_every_extra_but_these():
    extras = tomllib.loads(PYPROJECTS[0])["project"]["optional-dependencies"]
    assert "course-nn[figures]" in extras["lessons"]
    assert {*run.EXTRAS, "figures"} == extras.keys() - NOT_INSTALLED
    assert set(run.EXTRAS_FOR_LONG) <= extras.keys()


def test_conda_gets_the_same_ranges():
    assert differences_to_conda(PYPROJECTS, ENVIRONMENT) == []


def test_every_direct_dependency_is_pinned_within_its_range():
    assert pins_outside_their_range(PYPROJECTS, PINS) == []


def test_oldest_set_is_the_lower_bounds():
    assert differences_to_lower_bounds(PYPROJECTS, OLDEST) == []


@other_versions
def test_installed_versions_are_the_pinned_ones():
    """In a conda environment set COURSE_ANY_VERSIONS=1: there the pins do not apply."""
    assert differences_to_installed(PYPROJECTS, PINS, installed_versions()) == []


@pytest.mark.all
@other_versions
@pytest.mark.skipif(sys.platform != "linux", reason="what only other systems need is not pinned")
def test_everything_that_is_needed_in_turn_is_pinned():
    assert unpinned_packages(PYPROJECTS, PINS, requirements_of) == []


@other_versions
def test_no_pin_refuses_a_python_of_ours():
    assert pins_that_refuse_a_python(PINS, python_of) == []


@pytest.mark.parametrize("text", [*PYPROJECTS, ENVIRONMENT, PINS, OLDEST])
def test_no_file_names_an_address_or_a_path(text):
    no_paths = ("addopts", "do_not_mutate_patterns")  # options and a regular expression
    lines = [line for line in addresses(text) if not any(word in line for word in no_paths)]
    assert lines == []


@pytest.mark.parametrize("text", PYPROJECTS)
def test_every_range_has_a_reason(text):
    block = text.split("\ndependencies")[1].split("\n[tool.")[0]
    entries = [line for line in block.splitlines() if re.match(r'    "[a-z]', line)]
    assert entries
    assert [line for line in entries if not re.search(r"# \w", line)] == []


# ------------------------------------------------------------------ and what the checks refuse

SMALL_PYPROJECT = """
[project]
name = "course-nn"
requires-python = ">=3.11"
dependencies = ["numpy>=2.0,<3"]
[project.optional-dependencies]
lessons = ["tqdm>=4.66,<5"]
test = ["pytest>=8.0,<10"]
"""
SMALL_GRADER = """
[project]
name = "course-grading"
requires-python = ">=3.11"
dependencies = ["course-nn>=0.1,<0.2", "nbgrader>=0.9"]
"""
SMALL_PROJECTS = [SMALL_PYPROJECT, SMALL_GRADER]
SMALL_ENVIRONMENT = """
name: x
channels:
  - conda-forge
dependencies:
  - python>=3.11,<3.14
  - pip
  # a comment
  - numpy>=2.0,<3
  - tqdm>=4.66,<5
  - nbgrader>=0.9
  - pip:
      - pytest>=8.0,<10 # only there
      - -e .
      - -e ./grader
"""
SMALL_PINS = "# the set\nnumpy==2.4.6\ntqdm==4.70.1\npytest==9.2.0\nnbgrader==0.9.6\n"
SMALL_OLDEST = "numpy==2.0.0\ntqdm==4.66.0\npytest==8.0.0\nnbgrader==0.9\n"


def test_right_files_are_accepted():
    assert differences_to_conda(SMALL_PROJECTS, SMALL_ENVIRONMENT) == []
    assert pins_outside_their_range(SMALL_PROJECTS, SMALL_PINS) == []
    assert differences_to_lower_bounds(SMALL_PROJECTS, SMALL_OLDEST) == []
    assert differences_to_installed(SMALL_PROJECTS, SMALL_PINS, pins(SMALL_PINS)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("numpy>=2.0,<3", "numpy>=2.1,<3", "numpy"),
        ("numpy>=2.0,<3", "numpy", "numpy"),
        ("  - tqdm>=4.66,<5\n", "", "tqdm"),
        ("  - pip\n", "  - pip\n  - scipy>=1\n", "scipy"),
        ("      - -e .\n", "      - scipy>=1\n      - -e .\n", "scipy"),
        ("      - pytest>=8.0,<10 # only there\n", "", "pytest"),
        ("python>=3.11,<3.14", "python>=3.10,<3.14", "python"),
        ("  - python>=3.11,<3.14\n", "", "python"),
    ],
)
def test_conda_with_other_ranges_is_refused(right, wrong, named):
    assert right in SMALL_ENVIRONMENT
    problems = differences_to_conda(SMALL_PROJECTS, SMALL_ENVIRONMENT.replace(right, wrong))
    assert [problem.split(":")[0] for problem in problems] == [named]


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("pytest==9.2.0\n", "", "pytest is not pinned"),
        ("nbgrader==0.9.6\n", "", "nbgrader is not pinned"),
        ("numpy==2.4.6", "numpy==3.0", "numpy is pinned to 3.0"),
        ("numpy==2.4.6", "numpy==1.26.4", "numpy is pinned to 1.26.4"),
    ],
)
def test_missing_or_wrong_pin_is_refused(right, wrong, problem):
    problems = pins_outside_their_range(SMALL_PROJECTS, SMALL_PINS.replace(right, wrong))
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    "line", ["numpy", "numpy>=2", "numpy @ file:///x", "-e .", "x==1 y==2", "--index-url z"]
)
def test_line_that_is_not_a_pin_is_refused(line):
    with pytest.raises(ValueError, match="name==version"):
        pins(f"{line}\n")


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("numpy==2.0.0", "numpy==2.0.1", "numpy"),
        ("tqdm==4.66.0\n", "", "tqdm"),
        ("tqdm", "scipy==1.0\ntqdm", "scipy"),
    ],
)
def test_oldest_set_that_is_not_the_lower_bounds_is_refused(right, wrong, named):
    problems = differences_to_lower_bounds(SMALL_PROJECTS, SMALL_OLDEST.replace(right, wrong))
    assert len(problems) == 1
    assert problems[0].startswith(named)


def test_other_installed_version_is_refused():
    installed = pins(SMALL_PINS) | {"numpy": "2.4.5"}
    assert differences_to_installed(SMALL_PROJECTS, SMALL_PINS, installed) == [
        "numpy 2.4.5 is installed, but 2.4.6 is pinned"
    ]
    del installed["numpy"]
    assert differences_to_installed(SMALL_PROJECTS, SMALL_PINS, installed) == [
        "numpy is not installed"
    ]


def test_what_only_long_needs_counts_once_all_of_it_is_there():
    long = SMALL_PYPROJECT + 'long = ["setuptools>=77", "twine>=6"]\n'
    wanted = SMALL_PINS + "setuptools==80.1\ntwine==6.1\n"
    installed = pins(SMALL_PINS) | {"setuptools": "65.5"}
    assert differences_to_installed([long], wanted, installed) == []
    assert differences_to_installed([long], wanted, installed | {"twine": "6.1"}) == [
        "setuptools 65.5 is installed, but 80.1 is pinned"
    ]


def test_package_needed_in_turn_and_not_pinned_is_refused():
    needs = {"pytest": ["Pluggy>1", 'colorama; sys_platform == "no-such"'], "pluggy": ["deep_one"]}
    found = unpinned_packages(SMALL_PROJECTS, SMALL_PINS, lambda name: needs.get(name, []))
    assert found == ["deep-one", "pluggy"]


def test_pin_that_refuses_a_python_is_refused():
    needs = {"numpy": ">=3.11.5", "tqdm": ">=3.8", "pytest": "", "nbgrader": ""}
    assert pins_that_refuse_a_python(SMALL_PINS, needs.get) == [
        "numpy 2.4.6 refuses Python 3.11.0: it wants >=3.11.5"
    ]


@pytest.mark.parametrize(
    "line", ["numpy @ https://x/y.whl", "--find-links wheels", "/home/x/numpy.whl", "C:\\x\\y.whl"]
)
def test_address_is_refused(line):
    assert addresses(f"# about\n{line}\n")
    assert not addresses("numpy==2.4.6  # see https://numpy.org\n")
