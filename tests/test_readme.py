"""The README shows what there is: its picture, its example, its links."""

import importlib.util
import re
from pathlib import Path

import pytest
import readme_tables
from notebook_guards.figures import are_comparable, describe_difference

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_picture_is_what_the_module_draws():
    path = ROOT / "tools" / "readme_picture.py"
    spec = importlib.util.spec_from_file_location("readme_picture", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    stored, drawn = tool.PATH.read_bytes(), tool.picture().png()
    if are_comparable(stored, drawn):
        assert describe_difference(stored, drawn) is None


def test_the_table_of_the_cluster_is_that_of_the_results():
    (table,) = readme_tables.OF_CLUSTER.findall(README)
    assert len(table.splitlines()) > 4
    assert readme_tables.with_table_of_cluster(README) == README
    older = README.replace("ms |", "s |")
    assert readme_tables.with_table_of_cluster(older) == README != older
    with pytest.raises(ValueError, match="one table"):
        readme_tables.with_table_of_cluster(README.replace("| batch | workers |", "| B |"))


def test_the_examples_print_what_the_readme_says(capsys, monkeypatch, tmp_path):
    examples = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    assert len(examples) == 2
    monkeypatch.chdir(tmp_path)  # the second one writes a file
    space = {}
    for code in examples:
        exec(code, space)
        assert f"This prints `{capsys.readouterr().out.strip()}`" in README


def test_links_and_lessons_exist():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    local = [target for target in targets if not target.startswith("https://")]
    assert [target for target in local if not (ROOT / target).exists()] == []
    places = ("notebooks", "notebooks/workbook", "notebooks/further")
    lessons = [path for place in places for path in ROOT.glob(f"{place}/*.ipynb")]
    assert {path.relative_to(ROOT).as_posix() for path in lessons} <= set(local)
