"""What is on the slides is in the lessons, and no answer stands before its question."""

import dataclasses
import json
import re
from pathlib import Path

import build_slides
import pytest
from course_site.problems import SiteFailed
from course_slides import decks, plans

ROOT = Path(__file__).resolve().parents[3]
LESSONS = plans.lessons_of(ROOT)


def planned(lesson):
    return plans.read(ROOT / plans.PLANS / f"{lesson.number}.toml")


@pytest.fixture(scope="module")
def lesson():
    """Lesson 03, in which planted bugs are looked for."""
    return next(lesson for lesson in LESSONS if lesson.number == "03")


def test_the_main_path_has_twelve_lessons_and_no_plan_is_left_over():
    numbers = [lesson.number for lesson in LESSONS]
    assert numbers == [f"{number:02}" for number in range(12)]
    assert sorted(path.name for path in (ROOT / plans.PLANS).iterdir()) == [
        f"{number}.toml" for number in numbers
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_plan_fits_its_lesson(lesson):
    assert plans.problems_of(lesson, planned(lesson)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"output": "03-nowhere"}, "the lesson has no cell 03-nowhere"),
        ({"output": "03-005"}, "03-005 is no cell with code"),
        ({"output": "03-002"}, "03-002 has no output"),
        ({"equations": ("3.99",)}, r"the lesson has no equation \(3.99\)"),
        ({"question": "03-046"}, "03-046 asks for no prediction"),
        ({"question": "03-p1-seen"}, "03-p1-seen asks for no prediction"),
        ({"notes": " "}, "has no notes"),
        ({"title": "x" * 71}, "the title is longer"),
        ({"output": "03-other"}, "shows 03-other before the question of 03-p1"),
        ({"code": "03-033"}, "shows 03-033 before the question of 03-p2"),
    ],
)
def test_planted_fault_in_a_plan_is_found(change, problem, lesson):
    slides = planned(lesson)
    slides[0] = dataclasses.replace(slides[0], **change)
    found = plans.problems_of(lesson, slides)
    assert [each for each in found if re.search(problem, each)], found


def test_equation_behind_a_prediction_comes_after_its_question():
    lesson = LESSONS[9]
    place, _ = lesson.equations()["9.1"]
    assert plans.readers_copies.is_gated(lesson.cells[place])
    slides = planned(lesson)
    slides[0] = dataclasses.replace(slides[0], equations=("9.1",))
    assert any("before the question of 09-p1" in each for each in plans.problems_of(lesson, slides))


def test_prediction_that_is_left_out_is_missed(lesson):
    slides = [slide for slide in planned(lesson) if slide.question != "03-p2"]
    found = plans.problems_of(lesson, slides)
    assert "03: the question of 03-p2 is not asked." in found
    assert any("shows 03-033 before the question of 03-p2" in each for each in found)


def test_moving_piece_is_shown_once():
    lesson = LESSONS[2]
    slides = planned(lesson)
    slides.append(dataclasses.replace(slides[-1], output="02-move-W3"))
    assert any("02-move-W3 was shown before" in each for each in plans.problems_of(lesson, slides))


def test_too_many_slides_are_too_many(lesson):
    slides = planned(lesson) * 2
    assert any("slides; 8 to 16 are wanted" in each for each in plans.problems_of(lesson, slides))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[slide]]\ntitel = 'x'", "nothing is called titel"),
        ("[[slide]]\ntext = 'x'", "slide 1 has no title"),
        ("[[slide]]\ntitle = 3", "title should be text"),
        ("[[slide]]\ntitle = 'x'\nequations = '3.1'", "equations should be text"),
        ("[[slide", "cannot be read"),
    ],
)
def test_plan_that_is_no_plan_is_refused(text, problem, tmp_path):
    path = tmp_path / "03.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteFailed, match=problem):
        plans.read(path)


def test_lesson_without_a_plan_is_named(tmp_path):
    with pytest.raises(SiteFailed, match=r"no teaching.slides.03\.toml"):
        plans.read(tmp_path / "03.toml")


def test_question_is_that_of_the_lesson_without_words_about_the_page():
    question = LESSONS[9].question("09-p2")
    assert question.startswith("**Prediction 9.2.** SGD makes four steps")
    assert "folded" not in question and question.endswith('"yes" or "no"?')


def test_slides_have_the_words_and_outputs_of_the_lesson(lesson):
    cells = decks.cells_of(lesson, planned(lesson))
    assert cells[0]["source"].startswith("# 03 Derive the gradient of W3")
    assert "](02_measure_the_loss.html)" in cells[0]["source"]
    figure = next(cell for cell in cells if cell["id"] == "slide-9-output")
    assert 'alt="A network of 2, 3, 2, 2 units' in figure["outputs"][0]["data"]["text/html"]
    kinds = [cell["metadata"]["slideshow"]["slide_type"] for cell in cells]
    assert kinds.count("slide") == kinds.count("notes") + 1 == len(planned(lesson)) + 1


def test_links_lead_from_deck_to_deck_or_nowhere():
    text = "[05](05_derive_the_gradient_of_W1.ipynb), [a](further/a.ipynb), [b](https://x.org)"
    wanted = "[05](05_derive_the_gradient_of_W1.html), a, [b](https://x.org)"
    assert decks.with_links(text) == wanted


def test_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SiteFailed, match="has not built"):
        decks.build(ROOT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_fault_in_a_plan_is_told_and_nothing_is_written(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(plans, "problems_of", lambda lesson, slides: [f"{lesson.number} is wrong"])
    assert build_slides.main(["--out", str(tmp_path / "new")]) == 1
    assert "03 is wrong" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_reveal_is_pinned_by_its_sha_512_and_by_no_address():
    lock = json.loads((decks.HERE / "package-lock.json").read_text(encoding="utf-8"))
    entry = lock["packages"]["node_modules/reveal.js"]
    assert entry["integrity"].startswith("sha512-") and "resolved" not in entry
    wanted = json.loads((decks.HERE / "package.json").read_text(encoding="utf-8"))
    assert wanted["dependencies"] == {"reveal.js": entry["version"]}
