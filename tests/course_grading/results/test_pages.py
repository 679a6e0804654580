"""No template can forget to escape: what is put into a page is text, visible and cut."""

import re
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from test_feedback import everywhere
from test_feedback import read as read_page

from course_exercises.homework.tasks import Explained, ExplainedLine
from course_grading.results import pages, written
from course_grading.results.feedback import page
from course_grading.results.record import Status

EVIL = "</pre></title></style><script>alert(1)</script>\x1b[31m\u202e\"'"
SOURCES = {path.name: path.read_text("utf-8") for path in pages.TEMPLATES.iterdir()}
PUT_IN = re.compile(r"\{\{-? (.*?) -?\}\}")
# What is put in and holds no text of a record: numbers, words of the template, what macros made.
NO_TEXT = re.compile(
    r"(reason|total|table|caller|example|came|folded|by_hand|names|own_network)\(.*?\)|written\(.*\)|.*\|(points|worth|length)|(\w+\.)*number|shared\[.*\]\s-\s1|kind|sign|word|points|summary"
    r"|each\.picture\|cut\(\d+\)|each\.shown_at"  # base64; a number
    r'|record\.said\|length - most_notes|".*" if .* else ".*"|"to be marked" if .*'
)


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Renders all pages from changed templates, of records in which each text is an attack."""
    as_it_is = pages.environment()
    asked = written.Asked(EVIL, EVIL)
    monkeypatch.setattr(written, "asked", lambda name: dict.fromkeys((EVIL, "2", "3"), asked))

    def render(sources: dict[str, str], **options: object) -> list[str]:
        changed = as_it_is.overlay(loader=jinja2.DictLoader(sources), **options)
        monkeypatch.setattr(pages, "environment", lambda: changed)
        whole = everywhere(EVIL)
        part = replace(whole.questions[0].parts[0], example=f"{EVIL}:\n{EVIL}\ncame {EVIL}")
        part = replace(part, points=1.0, with_right=(EVIL,), rebound=(EVIL, EVIL))
        own = Explained((EVIL, EVIL), EVIL, (ExplainedLine(EVIL, False, EVIL),), EVIL)
        parts = (
            replace(part, explained=own),
            replace(part, explained=replace(own, next_step="")),  # two, so each is said by its part
            replace(part, example=EVIL),
        )
        question = replace(whole.questions[0], parts=parts)
        again = replace(question, number=4)  # refers to the network above
        whole = replace(whole, questions=(question, again))
        written.export([whole], tmp_path)
        texts = [page(replace(whole, status=status), EVIL) for status in Status]
        return [*texts, (tmp_path / "written.html").read_text("utf-8")]

    return render


def is_refused(texts: list[str]) -> bool:
    """Whether the tests of pages see that a text of a record acts in one of these."""
    try:
        for text in texts:
            read_page(text.replace("article", "div"))
    except AssertionError:
        return True
    return any("\x1b" in text or "\u202e" in text for text in texts)


def planted(name: str, place: re.Match[str]) -> dict[str, str]:
    """The templates with one that says of a value that it needs no escaping.

    `typeset` escapes what is beside the formulas, so it is taken away.
    """
    source, (start, end) = SOURCES[name], place.span(1)
    value = place[1].partition("|typeset(")[0]
    return {**SOURCES, name: f"{source[:start]}({value})|safe{source[end:]}"}


# The pages of the inventory show no record; tests/course_grading/inventory has theirs.
OF_RECORDS = [name for name in sorted(SOURCES) if not name.startswith("inventory_")]
PLACES = [(name, place) for name in OF_RECORDS for place in PUT_IN.finditer(SOURCES[name])]


def test_as_they_are_the_pages_are_not_refused(rendered) -> None:
    assert not is_refused(rendered(SOURCES))


@pytest.mark.all
@pytest.mark.parametrize(
    ("name", "place"), [pytest.param(*each, id=f"{each[0]}: {each[1][1]}") for each in PLACES]
)
@pytest.mark.long
def test_a_text_that_is_not_escaped_is_seen_wherever_it_is(rendered, name, place) -> None:
    wrong = rendered(planted(name, place))
    if NO_TEXT.fullmatch(place[1]):
        assert wrong == rendered(SOURCES)
    else:
        assert is_refused(wrong)


@pytest.mark.parametrize("wrong", [{"autoescape": False}, {"finalize": None}])
def test_an_environment_that_does_less_is_seen(rendered, wrong) -> None:
    assert is_refused(rendered(SOURCES, **wrong))


def switches_off(source: str) -> list[str]:
    return re.findall(r"\|\s*safe\b|\bautoescape\b|\bMarkup\b", source)


def test_no_template_switches_escaping_off() -> None:
    assert [name for name, source in SOURCES.items() if switches_off(source)] == []
    for wrong in ("{{ a|safe }}", "{{ a | safe }}", "{% autoescape false %}{{ a }}"):
        assert switches_off(wrong)


def test_a_value_that_is_not_there_is_an_error(rendered) -> None:
    wrong = SOURCES["feedback.html"].replace("{{ heading|", "{{ headline|")
    with pytest.raises(jinja2.UndefinedError, match="headline"):
        rendered({**SOURCES, "feedback.html": wrong})


@pytest.mark.parametrize("value", ["record.seconds_late", "record", "record.notes"])
def test_what_is_no_text_and_no_number_is_an_error(rendered, value: str) -> None:
    wrong = SOURCES["feedback.html"].replace("{{ handed_in }}", f"{{{{ {value} }}}}")
    with pytest.raises(TypeError, match="a page shows texts and numbers, not a "):
        rendered({**SOURCES, "feedback.html": wrong})
