"""The short questions of a paper in the files for platforms: their keys are those of the paper."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath
from xml.etree import ElementTree

import numpy as np
import pytest
from tiers import thinned

from course_grading.exams import command_line, paper, platforms, written
from course_grading.exams.question import ExamRefused
from course_grading.inventory.markup import html
from course_grading.inventory.question import Choice
from course_grading.publishing import release

IN_XML = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


@pytest.fixture(scope="module")
def final():
    return paper.draw("final", 1, forms=2)


@pytest.fixture(scope="module")
def weekly():
    return paper.draw("weekly", 2, forms=2)  # one with a trace


def question_of(one, kind):
    """The question of a paper, and its number."""
    (found,) = [(q, i) for i, q in enumerate(one.questions, start=1) if q.kind == kind]
    return found


def unpacked(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def in_qti21(one):
    """What the file says is right, by the name of the question: a number or the option's text."""
    files, found = unpacked(platforms.files([one])[f"{one.name}-qti21.zip"]), {}
    for name, text in files.items():
        if name.startswith("items/"):
            root = ElementTree.fromstring(text)
            right = root.findtext(f".//{IN_XML}correctResponse/{IN_XML}value")
            for option in root.iter(f"{IN_XML}simpleChoice"):
                if option.get("identifier") == right:
                    right = "".join(option.itertext()).strip()
            found[root.get("title")] = right
    return found


def in_moodle(one):
    """The same of the Moodle XML."""
    root, found = ElementTree.fromstring(platforms.files([one])[f"{one.name}-moodle.xml"]), {}
    for question in root.iterfind("question[name]"):
        (right,) = [a for a in question.iterfind("answer") if a.get("fraction") == "100"]
        name = question.findtext("name/text").partition(" ")[0]
        found[name] = re.sub(r"<[^>]*>", "", right.findtext("text"))
    return found


def in_qti12(one):
    """The same of the QTI 1.2."""
    name, found = one.name, {}
    files = unpacked(platforms.files([one])[f"{name}-qti12.zip"])
    text = files[f"{name}/{name}.xml"].replace(' xmlns="http', ' about="http')
    for item in ElementTree.fromstring(text).iter("item"):
        right = item.find("resprocessing").find(".//varequal").text
        for label in item.iter("response_label"):
            if label.get("ident") == right:
                right = re.sub(r"<[^>]*>", "", label.findtext(".//mattext"))
        found[item.get("ident")] = right
    return found


@pytest.mark.all
@pytest.mark.parametrize("read", [in_qti21, in_moodle, in_qti12])
def test_the_keys_in_the_files_are_those_of_the_paper(final, read):
    one = final[0]
    found = read(one)
    assert [*found] == [each.name for each in platforms.short_questions(one)]

    def of(place):
        return [right for name, right in found.items() if name.startswith(f"{one.name}-{place}.")]

    question, place = question_of(one, "forward_pass")
    shapes = [line.text.partition(": ")[2] for line in question.parts[0].lines]
    assert of(place)[:5] == shapes
    *_, hidden, out = (step.name for step in question.facts["network"].steps)
    values = {line.about: line.value for line in question.parts[1].lines}
    assert [int(n) for n in of(place)[5:]] == [
        *(values[hidden][b, b % values[hidden].shape[1]] for b in (0, 1)),
        *(values[out][b, (b + 1) % values[out].shape[1]] for b in (0, 1)),
    ]
    question, place = question_of(one, "three_checks")
    shapes = [line.text.partition(": ")[2] for line in question.parts[0].lines]
    sign, paths, passed = (question.line(n).value for n in ("the sign", "paths", "passed"))
    rises = "The loss rises." if sign > 0 else "The loss falls."
    assert of(place) == [*shapes, rises, str(paths), str(passed)]
    question, place = question_of(one, "wrong_line")
    assert of(place) == [question.line(each).text for each in ("the wrong line", "wrong weights")]


@pytest.mark.all
@pytest.mark.parametrize("read", [in_qti21, in_moodle, in_qti12])
def test_traces_are_walked_again(final, weekly, read):
    for one in (*final, *weekly):
        question, place = question_of(one, "updates")
        task, walked = question.facts["task"], []
        for B in question.facts["ways"]:
            w = task["start"]
            for first in range(0, 3, B):
                batch = task["examples"][first : first + B]
                w -= task["eta"] * sum(x * (x * w - y) for x, y in batch) / len(batch)
                walked.append(w)
        found = read(one)
        names = [name for name in found if name.startswith(f"{one.name}-{place}.")]
        assert [float(found[name]) for name in names] == walked


def planted(one, kind, about, **changed):
    """The paper with a line of its key changed."""
    question, place = question_of(one, kind)
    parts = tuple(
        replace(p, lines=tuple(replace(k, **changed) if k.about == about else k for k in p.lines))
        for p in question.parts
    )
    assert parts != question.parts
    questions = [*one.questions]
    questions[place - 1] = replace(question, parts=parts)
    return replace(one, questions=tuple(questions))


WRONG = [
    ("updates", "2.1", {"value": 17.0, "text": "w = 17"}),
    ("three_checks", "L.grad", {"value": ("B", 1), "text": "L.grad: (B, 1)"}),
    ("three_checks", "paths", {"value": 5}),
    ("three_checks", "passed", {"value": (1, 1, 1, 2)}),
]


@pytest.mark.long
@pytest.mark.parametrize(("kind", "about", "changed"), thinned(WRONG, 4))
def test_a_wrong_key_goes_into_no_file(final, kind, about, changed, tmp_path, monkeypatch, capsys):
    wrong = planted(final[0], kind, about, **changed)
    for read in (in_qti21, in_moodle, in_qti12):  # a reader would see it
        assert read(wrong) != read(final[0])
    monkeypatch.setattr(paper, "draw", lambda *_: [wrong])
    assert command_line.main(["--seed", "1", "--out", str(tmp_path / "e"), "--platforms"]) == 1
    assert "Nothing was written" in capsys.readouterr().err and not (tmp_path / "e").exists()


def test_another_number_of_the_wrong_line_is_seen_and_refused(final):
    right = final[0]
    number = question_of(right, "wrong_line")[0].line("the wrong line").value
    wrong = planted(right, "wrong_line", "the wrong line", value=number % 8 + 1)
    assert in_qti21(wrong) != in_qti21(right)
    with pytest.raises(ExamRefused, match="question 4"):
        paper.prove([wrong])


def test_a_weight_that_is_not_whole_is_no_whole_number(weekly):
    wrong = planted(weekly[0], "updates", "1.1", value=1.5)
    with pytest.raises(ValueError, match=r"weekly-2-A-2\.1: 1\.5 is no whole number"):
        platforms.short_questions(wrong)


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_forms_ask_the_same_work_and_options_are_none_too_few(seed):
    for kind in paper.MINUTES:
        forms = [platforms.short_questions(one) for one in paper.draw(kind, seed, forms=3)]
        kinds = [[type(each) for each in asked] for asked in forms]
        assert kinds[0] == kinds[1] == kinds[2] and len(kinds[0]) >= 2
        for asked in forms:
            assert len({each.name for each in asked}) == len(asked)
            for each in asked:
                if isinstance(each, Choice) and each.title != "the sign":
                    assert len({option.text for option in each.options}) >= platforms.OPTIONS


@pytest.mark.long
def test_no_place_is_the_right_one_more_often_than_by_chance():
    places = [
        each.key
        for seed in range(20)
        for each in platforms.short_questions(paper.draw("final", seed, forms=1)[0])
        if isinstance(each, Choice) and len(each.options) == platforms.OPTIONS
    ]
    counts = [places.count(letter) for letter in "ABCD"]
    assert max(counts) < 0.45 * len(places) and min(counts) > 0.1 * len(places), counts


def test_each_question_says_all_that_is_given_and_nothing_of_it_is_markup(final):
    for place, question in enumerate(final[0].questions, start=1):
        for each in platforms.short_questions(final[0]):
            if each.name.startswith(f"{final[0].name}-{place}."):
                read = "".join(ElementTree.fromstring(f"<div>{html(each.text)}</div>").itertext())
                read = " ".join(read.split())
                for line in (*question.intro, *question.shown):
                    wanted = line.replace(platforms.WITHOUT_ROOM, "")
                    assert " ".join(wanted.split()) in read, each.name
    assert platforms.WITHOUT_ROOM in question_of(final[0], "updates")[0].intro[0]


def test_the_files_tell_no_slip_and_no_reason(final):
    texts = []
    for name, content in platforms.files(final[:1]).items():
        texts += [content.decode()] if name.endswith(".xml") else unpacked(content).values()
    for each in platforms.short_questions(final[0]):
        slips = {option.slip for option in each.options} if isinstance(each, Choice) else set()
        assert not any(slip in text for slip in slips - {""} for text in texts)
    for question in (q for q in final[0].questions if q.kind in platforms.KINDS):
        for line in question.key:
            assert not line.because or not any(line.because in text for text in texts)
            assert not any(wrong.said in text for wrong in line.wrong for text in texts)


@pytest.mark.all
def test_the_command_writes_them_when_it_is_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BROWSER", "none")
    arguments = ["--seed", "2", "--kind", "weekly", "--forms", "1", "--out", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert not [*tmp_path.glob("*.zip"), *tmp_path.glob("*.xml")]
    assert command_line.main([*arguments, "--platforms"]) == 0
    names = [f"weekly-2-A-{end}" for end in ("moodle.xml", "qti12.zip", "qti21.zip")]
    said = capsys.readouterr().out
    first = {name: (tmp_path / name).read_bytes() for name in names}
    for name in names:
        assert name in said and (tmp_path / name).stat().st_mode & 0o077 == 0
        assert release.find_problems({PurePosixPath("docs/e", name): first[name]}, {}), name
    assert command_line.main([*arguments, "--platforms"]) == 0
    assert {name: (tmp_path / name).read_bytes() for name in names} == first


@pytest.mark.parametrize("for_platforms", thinned([True, False], 2))
@pytest.mark.parametrize("end", ["moodle.xml", "qti12.zip", "qti21.zip"])
def test_a_file_of_another_paper_is_not_overwritten(
    weekly, tmp_path, monkeypatch, end, for_platforms
):
    monkeypatch.setenv("COURSE_BROWSER", "none")
    (tmp_path / f"weekly-2-B-{end}").write_bytes(b"\xff of somebody")
    with pytest.raises(ExamRefused, match=rf"weekly-2-B-{end} is there, and is another paper"):
        written.write(weekly, tmp_path, for_platforms=for_platforms)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"\xff of somebody"]


def test_shapes_that_are_offered_are_wrong(final):
    """Each option but one is another shape than that of the array, which is made anew."""
    for one in final:
        question, place = question_of(one, "three_checks")
        network = question.facts["network"]
        values = network.draw(np.random.default_rng(3), 7)
        loss = network.graph(values)
        loss.graph.Forward(**network.data(values))
        loss.graph.Backward(loss)
        shapes = {
            f"{n.name}.grad": n.grad.shape for n in loss.graph.everything if n.grad is not None
        }
        for each in platforms.short_questions(one):
            if each.name.startswith(f"{one.name}-{place}.") and each.title.startswith("shape of "):
                right = str(shapes[each.title.removeprefix("shape of ")]).replace("7", "B")
                assert [o.text == f"`{right}`" for o in each.options].count(True) == 1
                assert each.right.text == f"`{right}`"
