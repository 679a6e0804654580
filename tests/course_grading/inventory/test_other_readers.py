"""The files are read by programs that others have written from the specifications.

Moodle XML by moodle-xml-parser (which knows multiple choice), QTI 1.2 and 2.1 by pyslet, and QTI
2.1 once more by citolab-qti-convert, which makes QTI 3 of it.
"""

import io
import zipfile

import pytest

from course_grading.exams import paper, platforms
from course_grading.inventory import moodle, qti12, qti21
from course_grading.inventory.asked_again import asked_again
from course_grading.inventory.forms import form
from course_grading.inventory.markup import html
from course_grading.inventory.question import Choice

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # pyslet is of 2017
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
]
LETTERS = "ABCDEFGHIJ"
SETS = {"A": form("A"), "B": form("B"), "recall": asked_again()}
SETS |= {kind: platforms.short_questions(paper.draw(kind, 1, 1)[0]) for kind in paper.MINUTES}


def unpacked(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize("name", SETS)
def test_moodle_xml(name):
    parser = pytest.importorskip("moodle_xml_parser.parser")
    choices = [each for each in SETS[name] if isinstance(each, Choice)]
    found = parser.parse_bytes(moodle.moodle_xml(choices, "c", feedback=True))
    read = [each for kind in found.values() for each in kind]
    assert len(read) == len(choices)
    for theirs, ours in zip(read, choices, strict=True):
        assert theirs.name == f"{ours.name} {ours.title}"
        assert theirs.text_pre_parse == html(ours.text)
        assert theirs.single and not theirs.shuffle_answers and theirs.default_grade == 1
        for option, own in zip(theirs.options, ours.options, strict=True):
            assert option.answer == html(own.text)
            assert option.score_fraction == (100 if own.right else 0)
            assert (option.feedback or "") == (html(own.slip) if own.slip else "")


def only(elements):
    (element,) = elements
    return element


@pytest.mark.parametrize("name", SETS)
def test_qti_1_2(name):
    qtiv1 = pytest.importorskip("pyslet.qtiv1.xml")
    document = qtiv1.QTIDocument()
    document.read(src=io.BytesIO(qti12.quiz(SETS[name], "quiz", "Quiz", False)))
    items = only(document.root.Assessment.SectionMixin).SectionItemMixin
    assert len(items) == len(SETS[name])
    for item, ours in zip(items, SETS[name], strict=True):
        assert item.ident == ours.name
        material, response = item.Presentation.contentChildren
        assert only(material.contentChildren).get_value() == html(ours.text)
        scored = [each for each in only(item.ResProcessing).ConditionMixin if each.SetVar]
        assert only(only(scored).SetVar).get_value() == "100"
        (expression,) = scored[0].ConditionVar.ExtendableExpressionMixin
        if isinstance(ours, Choice):
            labels = response.render.contentChildren
            assert [each.ident for each in labels] == [*LETTERS[: len(ours.options)]]
            assert expression.get_value() == ours.key
        else:
            assert expression.ExpressionMixin[0].get_value() == str(ours.right)
        assert response.ident == "response1"


@pytest.mark.parametrize("name", SETS)
def test_qti_2_1(name):
    qtiv2 = pytest.importorskip("pyslet.qtiv2.xml")
    files = unpacked(qti21.qti21(SETS[name], "quiz", "Quiz"))
    for ours in SETS[name]:
        document = qtiv2.QTIDocument()
        document.read(src=io.BytesIO(files[f"items/{ours.name}.xml"]))
        item = document.root
        response = item.declarations["RESPONSE"]
        assert response.cardinality == qtiv2.variables.Cardinality.single
        right = ours.key if isinstance(ours, Choice) else ours.right
        assert response.get_correct_value().value == right
        assert "SCORE" in item.declarations


@pytest.mark.parametrize("name", SETS)
def test_qti_2_1_becomes_qti_3(name):
    qti_convert = pytest.importorskip("qti_convert")
    lxml = pytest.importorskip("lxml.etree")
    archive = qti21.qti21(SETS[name], "quiz", "Quiz")
    upgraded = qti_convert.upgrade_package_files(unpacked(archive))
    files = getattr(upgraded, "files", upgraded)
    for ours in SETS[name]:
        content = files[f"items/{ours.name}.xml"]
        root = lxml.fromstring(content if isinstance(content, bytes) else content.encode())
        assert lxml.QName(root).localname == "qti-assessment-item"
        (value,) = root.iterfind("{*}qti-response-declaration/{*}qti-correct-response/{*}qti-value")
        assert value.text == (ours.key if isinstance(ours, Choice) else str(ours.right))
        choices = [*root.iterfind(".//{*}qti-simple-choice")]
        assert len(choices) == (len(ours.options) if isinstance(ours, Choice) else 0)


def test_a_reader_that_is_given_another_key_sees_it():
    qtiv2 = pytest.importorskip("pyslet.qtiv2.xml")
    ours = form("A")[0]
    other = "B" if ours.key != "B" else "C"
    wrong = qti21.item(ours).replace(f"<value>{ours.key}<".encode(), f"<value>{other}<".encode())
    document = qtiv2.QTIDocument()
    document.read(src=io.BytesIO(wrong))
    assert document.root.declarations["RESPONSE"].get_correct_value().value == other
