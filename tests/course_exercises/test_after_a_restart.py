"""A cell that needs one above it says so, and not only that a name is not defined."""

import subprocess
import sys

import pytest

pytest.importorskip("IPython")

from course_exercises.errors import after_a_restart, tell_after_a_restart

ADVICE = "If a cell above defines Z3, run that one first"


def raised(code):
    with pytest.raises(Exception) as caught:
        exec(compile(code, "cell", "exec"), {})
    return caught.value


def test_a_missing_name_has_after_a_restart():
    assert after_a_restart(raised("questions.see(Z3[3])")).startswith(
        "If a cell above defines questions, "
    )
    assert ADVICE in after_a_restart(raised("def f():\n    return Z3\nf()"))


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    print(a)\n    a = 1\nf()",  # a slip in the function itself
        "1 / 0",
        "import no_such_module_of_anybody",
        "().Z3",
        "raise NameError('of somebody's own')",
    ],
)
def test_another_error_has_none(code):
    assert after_a_restart(raised(code)) == ""


def test_a_slip_in_an_installed_package_is_no_matter_of_the_notebook():
    code = compile("Z3", "/lib/python3/site-packages/package.py", "exec")
    with pytest.raises(NameError) as caught:
        exec(code, {})
    assert after_a_restart(caught.value) == ""


def test_without_a_notebook_nothing_happens():
    before = sys.excepthook
    tell_after_a_restart()
    assert sys.excepthook is before


@pytest.mark.all
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("from course_exercises import loss as questions; questions.p1.see(Z3[3])", True),
        pytest.param(
            "from course_exercises import loss as questions; 1 / 0", False, marks=pytest.mark.all
        ),
        # who has not imported the questions reads what IPython says
        pytest.param("Z3", False, marks=pytest.mark.all),
    ],
)
def test_ipython_says_it_below_its_message(code, told, tmp_path):
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", f"--ipython-dir={tmp_path}"]
    ended = subprocess.run([*command, "-c", code], capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    assert "Error" in said
    assert (f"NameError: name 'Z3' is not defined\n{ADVICE}" in said) == told
