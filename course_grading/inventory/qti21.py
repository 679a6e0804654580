"""Questions as QTI 2.1: a content package with a test, and a file for each question.

Source: https://www.imsglobal.org/question/qtiv2p1/imsqti_bindv2p1.html
"""

from __future__ import annotations

from collections.abc import Sequence

from course_grading.inventory.markup import Element, child, elements, written, zipped
from course_grading.inventory.question import LETTERS, Choice, Question

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"


def qti21(questions: Sequence[Question], name: str, title: str) -> bytes:
    """A zip with a test: what is asked, and what is right. Feedback is left to the platform.

    Args:
        name: of the test, for machines. title: for people.
    """
    files = {f"items/{each.name}.xml": item(each) for each in questions}
    return zipped(
        {
            "imsmanifest.xml": _manifest(name, [*files]),
            "test.xml": _test(name, title, questions),
            **files,
        }
    )


def item(question: Question) -> bytes:
    """The file of a question."""
    root = Element(
        "assessmentItem",
        xmlns=QTI,
        identifier=_identifier(question.name),
        title=question.name,
        adaptive="false",
        timeDependent="false",
    )
    is_choice = isinstance(question, Choice)
    response = child(
        root,
        "responseDeclaration",
        identifier="RESPONSE",
        cardinality="single",
        baseType="identifier" if is_choice else "integer",
    )
    right = question.key if isinstance(question, Choice) else str(question.right)
    child(child(response, "correctResponse"), "value", right)
    score = child(
        root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float"
    )
    child(child(score, "defaultValue"), "value", "0")
    body = child(root, "itemBody")
    body.extend(elements(question.text))
    if isinstance(question, Choice):
        interaction = child(
            body,
            "choiceInteraction",
            responseIdentifier="RESPONSE",
            shuffle="false",
            maxChoices="1",
        )
        for letter, option in zip(LETTERS, question.options, strict=False):
            made = child(interaction, "simpleChoice", identifier=letter)
            (paragraph,) = elements(option.text)
            made.text = paragraph.text
            made.extend(list(paragraph))
    else:
        child(child(body, "p"), "textEntryInteraction", responseIdentifier="RESPONSE")
    child(root, "responseProcessing", template=MATCH)
    return written(root)


def _identifier(name: str) -> str:
    """A name as XML wants it: it begins with a letter."""
    return name if name[0].isalpha() else f"q{name}"


def _test(name: str, title: str, questions: Sequence[Question]) -> bytes:
    root = Element("assessmentTest", xmlns=QTI, identifier=name, title=title)
    part = child(
        root,
        "testPart",
        identifier="part",
        navigationMode="nonlinear",
        submissionMode="simultaneous",
    )
    section = child(part, "assessmentSection", identifier="section", title=title, visible="true")
    for each in questions:
        child(
            section,
            "assessmentItemRef",
            identifier=_identifier(each.name),
            href=f"items/{each.name}.xml",
        )
    return written(root)


def _manifest(name: str, files: Sequence[str]) -> bytes:
    root = Element("manifest", identifier=f"package-{name}", xmlns=PACKAGE)
    metadata = child(root, "metadata")
    child(metadata, "schema", "QTIv2.1 Package")
    child(metadata, "schemaversion", "1.0.0")
    child(root, "organizations")
    resources = child(root, "resources")
    kinds = {"test.xml": "imsqti_test_xmlv2p1"} | dict.fromkeys(files, "imsqti_item_xmlv2p1")
    for number, (href, kind) in enumerate(kinds.items()):
        made = child(resources, "resource", identifier=f"resource{number}", type=kind, href=href)
        child(made, "file", href=href)
        for other in range(1, len(kinds)) if not number else ():
            child(made, "dependency", identifierref=f"resource{other}")
    return written(root)
