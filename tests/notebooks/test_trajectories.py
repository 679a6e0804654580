"""No notebook stores a chaotic trajectory: its digits are the same on every processor."""

import re
from pathlib import Path

import pytest
from notebook_guards.trajectories import describe_chaos, run_twice

pytestmark = pytest.mark.all  # they hold for what is stored, so only a new output breaks them

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def lessons_that_use_the_module() -> list[Path]:
    """The lessons with `import course_nn` in them."""
    lessons = sorted([*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("further/*.ipynb")])  # the
    # workbook trains nothing
    uses = re.compile(r"\b(?:import|from) course_nn\b")
    return [path for path in lessons if uses.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("lesson", lessons_that_use_the_module(), ids=lambda path: path.name)
def test_a_perturbation_of_1e_15_does_not_grow(lesson):
    chaos = describe_chaos(*run_twice(lesson))
    assert not chaos, (
        f"{lesson.name} stores a chaotic trajectory: its digits are true on one processor only. "
        "Take a smaller learning rate, larger batches or fewer updates, then run "
        "`python3 run.py notebooks` and look at the diff.\n" + "\n".join(chaos)
    )


def test_lessons_are_found():
    if not NOTEBOOKS.exists():
        pytest.skip("there is no folder of notebooks yet")
    folders = {path.parent.name for path in lessons_that_use_the_module()}
    assert folders == {NOTEBOOKS.name, "further"}, f"lessons that import course_nn: {folders}"
