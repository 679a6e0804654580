"""Questions as QTI 1.2 in the dialect of Canvas (*Settings: Import course content: QTI .zip*).

Source: https://www.imsglobal.org/question/qtiv1p2/imsqti_asi_bindv1p2.html, and what Canvas reads,
https://github.com/instructure/canvas-lms/tree/master/gems/plugins/qti_exporter
"""

from __future__ import annotations

from collections.abc import Sequence

from course_grading.inventory.markup import Element, child, html, written, zipped
from course_grading.inventory.question import LETTERS, Choice, Question

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"


def qti12(questions: Sequence[Question], name: str, title: str, *, feedback: bool) -> bytes:
    """A zip with a quiz.

    Args:
        name: of the quiz, for machines. title: for people. feedback: as of `moodle_xml`.
    """
    file = f"{name}/{name}.xml"
    return zipped(
        {"imsmanifest.xml": _manifest(name, file), file: quiz(questions, name, title, feedback)}
    )


def quiz(questions: Sequence[Question], name: str, title: str, feedback: bool) -> bytes:
    """The file of the questions."""
    root = Element("questestinterop", xmlns=QTI)
    assessment = child(root, "assessment", ident=name, title=title)
    section = child(assessment, "section", ident="root_section")
    for each in questions:
        _item(section, each, feedback)
    return written(root)


def _item(section: Element, question: Question, feedback: bool) -> None:
    item = child(section, "item", ident=question.name, title=question.name)
    is_choice = isinstance(question, Choice)
    kind = "multiple_choice_question" if is_choice else "numerical_question"
    fields = child(child(item, "itemmetadata"), "qtimetadata")
    for label, entry in (("question_type", kind), ("points_possible", "1")):
        field = child(fields, "qtimetadatafield")
        child(field, "fieldlabel", label)
        child(field, "fieldentry", entry)
    presentation = child(item, "presentation")
    _text(presentation, html(question.text))
    processing = Element("resprocessing")
    outcomes = child(processing, "outcomes")
    child(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    said: list[tuple[str, str]] = []
    if isinstance(question, Choice):
        response = child(presentation, "response_lid", ident="response1", rcardinality="Single")
        choices = child(response, "render_choice")
        for letter, option in zip(LETTERS, question.options, strict=False):
            _text(child(choices, "response_label", ident=letter), html(option.text))
            if feedback and option.slip:
                said.append((f"{letter}_fb", option.slip))
                condition = child(processing, "respcondition")
                condition.set("continue", "Yes")
                equal = child(condition, "conditionvar")
                child(equal, "varequal", letter, respident="response1")
                child(
                    condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{letter}_fb"
                )
        right = question.key
    else:
        response = child(presentation, "response_str", ident="response1", rcardinality="Single")
        child(child(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")
        right = str(question.right)
    if feedback and question.because:
        said.append(("general_fb", question.because))
        condition = child(processing, "respcondition")
        condition.set("continue", "Yes")
        child(child(condition, "conditionvar"), "other")
        child(condition, "displayfeedback", feedbacktype="Response", linkrefid="general_fb")
    condition = child(processing, "respcondition")
    condition.set("continue", "No")
    variables = child(condition, "conditionvar")
    if is_choice:
        child(variables, "varequal", right, respident="response1")
    else:
        either = child(variables, "or")
        child(either, "varequal", right, respident="response1")
        both = child(either, "and")
        child(both, "vargte", right, respident="response1")
        child(both, "varlte", right, respident="response1")
    child(condition, "setvar", "100", action="Set", varname="SCORE")
    item.append(processing)
    for ident, words in said:
        told = child(child(item, "itemfeedback", ident=ident), "flow_mat")
        _text(told, html(words))


def _text(parent: Element, content: str) -> None:
    child(child(parent, "material"), "mattext", content, texttype="text/html")


def _manifest(name: str, file: str) -> bytes:
    root = Element("manifest", identifier=f"package-{name}", xmlns=PACKAGE)
    metadata = child(root, "metadata")
    child(metadata, "schema", "IMS Content")
    child(metadata, "schemaversion", "1.1.3")
    child(root, "organizations")
    resource = child(
        child(root, "resources"), "resource", identifier=name, type="imsqti_xmlv1p2", href=file
    )
    child(resource, "file", href=file)
    return written(root)
