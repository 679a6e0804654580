"""Papers: their keys hold, what is planted in them is refused, and forms are parallel."""

import os
import re
import shlex
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from tiers import thinned

import course_nn as nn
from course_grading.exams import command_line, lines, paper, written
from course_grading.exams.question import ExamRefused, Part, WrongLine, shared_out, shown
from course_grading.exams.questions import claims, derivation, forward_pass, updates, wrong_line
from course_grading.exams.usual_slips import Slip
from course_grading.publishing import release


@pytest.fixture(scope="module")
def weekly():
    return paper.draw("weekly", 2, forms=2)


@pytest.fixture(scope="module")
def final():
    return paper.draw("final", 1, forms=2)


def with_question(one, place, question):
    questions = (*one.questions[:place], question, *one.questions[place + 1 :])
    return replace(one, questions=questions)


def with_line(question, about, **changed):
    """The question with a line of its key changed."""
    parts = tuple(
        replace(
            part,
            lines=tuple(replace(k, **changed) if k.about == about else k for k in part.lines),
        )
        for part in question.parts
    )
    assert parts != question.parts
    return replace(question, parts=parts)


def test_a_weekly_paper_holds_and_keeps_its_time(weekly):
    rows = [line for one in weekly for q in one.questions for line in q.key]
    prose = [line for line in rows if line.about in ("why", "the effect")]
    assert paper.prove(weekly) == len(rows) - len(prose)
    assert [line for line in rows if line.prose] == prose
    for one in weekly:
        assert one.minutes == one.points == 15
        assert [q.kind for q in one.questions][::2] == ["forward_pass", "derivation"]


@pytest.mark.all
def test_the_same_seed_gives_the_same_bytes(weekly):
    pages = written.pages(weekly)
    assert list(pages) == ["weekly-2-A", "weekly-2-A-key", "weekly-2-B", "weekly-2-B-key"]
    assert written.pages(paper.draw("weekly", 2, forms=2)) == pages
    other = written.pages(paper.draw("weekly", 3, forms=2))
    assert not set(other.values()) & set(pages.values())
    assert written.pages(paper.draw("weekly", 2, forms=1)).items() <= pages.items()


def test_a_paper_loads_nothing_and_has_no_answer(weekly):
    for name, page in written.pages(weekly).items():
        inside = page.replace("url(#", "").replace('href="#', "")  # of the picture
        assert not re.search(r"(?:src|href)=|url\(|<script", inside)
        one = weekly["AB".index(name.split("-")[2])]
        answers = [line.text.partition(" = ")[2] for line in one.questions[-1].key]
        assert any(f" = {answer}<" in page for answer in answers) == name.endswith("-key")
        assert f"form {one.form}" in page


# ------------------------------------------------------------------ planted


def forward(**_):
    return forward_pass.draw(np.random.default_rng(0), "long", 0, points=15, minutes=15)


def way_back(**_):
    rng = np.random.default_rng(0)
    return derivation.draw(rng, "a skip", 0, "squared_error", points=30, minutes=30)


def trace(**_):
    return updates.draw(np.random.default_rng(0), (1, 2, 3), points=12, minutes=12)


def claim(**_):
    return claims.draw(np.random.default_rng(0), "opposite slopes", 0, points=8, minutes=8)


def wrong(slip=wrong_line.Planted.MEAN):
    rng = np.random.default_rng(0)
    return wrong_line.draw(rng, slip, 0, "cross_entropy", points=13, minutes=13)


def prove(question):
    return paper.KINDS[question.kind].prove(question)


def test_a_wrong_number_in_a_key_is_refused():
    question = forward()
    assert prove(question) == []
    line = question.line("J")
    value = line.value + 1
    assert prove(with_line(question, "J", value=value, text=f"J = {shown(value)}"))
    assert prove(with_line(question, "J", text="J = 3"))  # printed, and not what was tried
    shape = question.parts[0].lines[-1]
    turned = shape.value[::-1]
    assert prove(with_line(question, shape.about, value=turned, text=f"{shape.about}: {turned}"))
    assert prove(replace(question, shown=question.shown[:-1]))


REST = [pytest.param(place, marks=pytest.mark.all) for place in range(1, 9)]


@pytest.mark.parametrize("place", [0, *REST])
def test_each_wrong_line_in_the_place_of_a_right_one_is_refused(place):
    question = way_back()
    line = question.key[place]
    for usual in line.wrong:
        assert f"the line {usual.text} does not hold." in prove(
            with_line(question, line.about, text=usual.text)
        )
    if place == 0:
        assert prove(question) == []
        right = WrongLine(line.text, "nothing", 0)
        assert f"the wrong line {line.text} holds." in prove(
            with_line(question, line.about, wrong=(right,))
        )
        dear = replace(line.wrong[0], points=line.points)
        assert any("is worth" in w for w in prove(with_line(question, line.about, wrong=(dear,))))
        (part,) = question.parts
        short = replace(question, parts=(replace(part, lines=part.lines[1:]),))
        assert any("has no line of" in words for words in prove(short))


def test_a_mean_at_the_start_is_worth_what_the_key_says():
    """1 / B in the first line and in none after it gives each matrix its gradient; twice not."""
    question = way_back()
    network = question.facts["network"]
    printed = re.search(r"Who divides by B at the start, (.*?), and", question.follow)[1]
    for values, right in derivation.trials(network):
        for tail in ("", " / B"):
            found = {}
            for line in question.key:
                name = line.about.removesuffix(".grad")
                text = printed if name == network.output else line.text.replace(" / B", tail)
                found[name] = lines.worth(text, network, values, found)
            for weight in network.weights:
                same = np.allclose(found[weight], right[weight])
                assert same == (tail == ""), weight


def test_a_graph_with_a_wrong_derivative_writes_no_key(monkeypatch):
    def backward(self):
        self.operands[0].add_grad(self.grad * self.value * (1 - self.value))  # of a sigmoid

    monkeypatch.setattr(nn.tanh, "backward", backward)
    question = way_back()
    slopes = [line.text for line in question.key if line.text.count("(1 − ") == 1]
    assert len(slopes) == 2 and not any("²" in line for line in slopes)
    with pytest.raises(ExamRefused, match="autograd and the graph do not agree"):
        prove(question)


def test_a_wrong_weight_in_a_trace_is_refused():
    question = trace()
    assert prove(question) == []
    for line in question.key:
        value = line.value + 1
        assert prove(with_line(question, line.about, value=value, text=f"w = {shown(value)}"))
    end = question.key[-1]
    same = WrongLine(end.text, "nothing", 0)
    assert any("a wrong story ends" in w for w in prove(with_line(question, "3.1", wrong=(same,))))
    assert prove(replace(question, intro=("z = x w",)))


def test_numbers_that_do_not_tell_two_slips_apart_are_refused():
    """With x = 2 and η = ½ at the end, a missing factor x and a second η both lead to y / 2."""
    question = trace()
    for *examples, _ in (question.facts["task"]["examples"], ((1.0, 3.0), (3.0, -5.0), None)):
        task = {**question.facts["task"], "examples": (*examples, (2.0, 7.0))}
        planted = replace(question, facts={**question.facts, "task": task})
        (pair,) = (w for w in updates.not_told_apart(task, [1]) if "η is there twice" in w)
        assert "the factor x is missing" in pair
        assert any("tells these apart" in words for words in prove(planted))
    ends = {w.text: w.said for w in question.parts[0].lines[-1].wrong}
    assert sum("η is missing" in said and "; or: " in said for said in ends.values()) == 1
    assert all(said.startswith("in all three updates: ") for said in ends.values())
    assert {w.of for w in question.parts[0].lines[-1].wrong} == {question.parts[0].points}


def test_an_example_that_refutes_nothing_is_refused():
    question = claim()
    assert prove(question) == []
    numbers = question.line("the example").value
    for name, other in (("y0", numbers["w"]), ("x1", 2), ("y1", numbers["y1"] + 1)):
        assert prove(with_line(question, "the example", value={**numbers, name: other}))
    assert prove(with_line(question, "the example", text="(1, 1) and (2, 2)"))


@pytest.mark.parametrize("name", claims.CLAIMS)
def test_every_claim_is_refuted_and_not_by_anything(name):
    question = claims.draw(np.random.default_rng(4), name, 1, points=8, minutes=8)
    assert prove(question) == []
    numbers = question.line("the example").value
    nothing = {key: 1 if key not in claims.CLAIMS[name].given else v for key, v in numbers.items()}
    nothing |= {"w": 1, "y": 1} if name in ("a unit at 0",) else {}
    harmless = {**nothing, **({"y": numbers["w"]} if name == "a step too far" else {})}
    for slope in (claims.slope_by_autograd, claims.slope_by_differences):
        assert not claims.CLAIMS[name].refutes(harmless, slope)


FIRST, *OTHERS = wrong_line.PLANTED


@pytest.mark.long
@pytest.mark.parametrize("slip", [FIRST, *(pytest.param(s, marks=pytest.mark.all) for s in OTHERS)])
def test_a_derivation_with_one_wrong_line_has_just_this_one(slip):
    question = wrong(slip)
    assert prove(question) == []
    number = question.line("the wrong line").value
    other = with_line(question, "the wrong line", value=number % 8 + 1)
    assert prove(other)
    planted = question.facts["printed"][question.facts["name"]]
    assert prove(with_line(question, "the line mended", text=planted))
    assert prove(with_line(question, "wrong weights", value=[]))
    for said in wrong_line.PLANTED:
        lies = replace(question, facts={**question.facts, "slip": said})
        assert bool([w for w in prove(lies) if "is not so" in w]) == (said is not slip)


def test_a_paper_with_a_wrong_key_is_not_written(weekly, tmp_path, monkeypatch, capsys):
    one, other = weekly
    question = one.questions[2]
    bad = with_line(question, question.key[1].about, text=question.key[1].wrong[0].text)
    planted = [with_question(one, 2, bad), other]
    with pytest.raises(ExamRefused, match=r"Form A, question 3: the line .* does not hold"):
        paper.prove(planted)
    monkeypatch.setattr(paper, "draw", lambda *_: planted)
    out = tmp_path / "exam"
    assert command_line.main(["--seed", "2", "--kind", "weekly", "--out", str(out)]) == 1
    assert "Nothing was written." in capsys.readouterr().err
    assert not out.exists()


def test_what_gives_an_answer_away_is_refused(weekly):
    one = weekly[0]
    assert list(paper.given_away(one)) == []
    first, _, last = one.questions
    line = last.line(last.key[1].about).text
    foreign = re.sub(r"\b([A-Za-z])(?=[ᵀ.\s])", lambda m: {"B": "B"}.get(m[1], m[1] + "9"), line)
    for text in (line, foreign):
        leaky = with_question(one, 0, replace(first, shown=(*first.shown, text)))
        assert any("prints" in words for words in paper.given_away(leaky)), text
    told = replace(last, intro=(*last.intro, f"Note: {line}"))
    assert any("prints the answer" in w for w in paper.given_away(with_question(one, 2, told)))


def test_what_is_too_much_by_hand_is_refused(weekly):
    one = weekly[0]
    assert list(paper.too_much(one)) == []
    first = one.questions[0]
    network, values = first.facts["network"], first.facts["values"]
    name = next(iter(network.inputs))
    for number in (100, 0.25):
        large = {**values, name: values[name] + number}
        question = replace(first, facts={"network": network, "values": large})
        assert any("has the number" in w for w in paper.too_much(with_question(one, 0, question)))
    assert any(
        "products" in w for w in paper.too_much(with_question(one, 0, replace(first, products=25)))
    )
    assert any(
        "minutes" in w for w in paper.too_much(with_question(one, 0, replace(first, minutes=9)))
    )


def test_forms_that_are_not_parallel_are_refused(weekly):
    one, other = weekly
    assert list(paper.not_parallel(weekly)) == []
    assert len(list(paper.not_parallel([one, replace(one, form="B")]))) == 3
    question = other.questions[2]
    for changed in ({"lines": question.lines + 2}, {"products": 2}, {"level": 3}, {"minutes": 7}):
        planted = with_question(other, 2, replace(question, **changed))
        assert len(list(paper.not_parallel([one, planted]))) == 1, changed


# ------------------------------------------------------------------ the command


@pytest.mark.all
def test_the_command_writes_and_overwrites_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BROWSER", "none")
    arguments = ["--seed", "2", "--kind", "weekly", "--forms", "1", "--out", str(tmp_path)]
    assert command_line.main(arguments) == 0
    said = capsys.readouterr().out
    assert "COURSE_BROWSER is none" in said and "No browser was found" not in said
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == ["weekly-2-A-key.html", "weekly-2-A.html"]
    assert command_line.main(arguments) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    (tmp_path / "weekly-2-A.html").write_text("what was handed out", encoding="utf-8")
    (tmp_path / "weekly-2-A-key.html").unlink()
    assert command_line.main(arguments) == 1
    assert "is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "weekly-2-A.html").read_text("utf-8") == "what was handed out"
    assert not (tmp_path / "weekly-2-A-key.html").exists()


@pytest.fixture
def prints(monkeypatch):
    """A browser that prints always the same; monkeypatch takes it away."""

    def run(command, **_):
        (target,) = (w.partition("=")[2] for w in command if w.startswith("--print-to-pdf="))
        Path(target).write_bytes(b"%PDF-1.4\n%%EOF")

    monkeypatch.setenv("COURSE_BROWSER", "a browser")
    monkeypatch.setattr(written.subprocess, "run", run)


def test_files_are_their_owners_alone(weekly, tmp_path, prints):
    for _ in range(2):
        files = written.write(weekly[:1], tmp_path)
        assert len(files) == 6 and all(file.stat().st_mode & 0o077 == 0 for file in files)
        for file in files:
            file.chmod(0o644)  # as an older version has left them


@pytest.mark.all
def test_paper_and_key_are_kept_from_students_trees(weekly, tmp_path, prints):
    for file in written.write(weekly[:1], tmp_path):
        planted = {PurePosixPath("docs/e", file.name): file.read_bytes()}
        assert release.find_problems(planted, {}), file.name


@pytest.mark.parametrize("lost", thinned([True, False], 2))
def test_a_pdf_of_another_paper_is_not_overwritten(weekly, tmp_path, prints, lost):
    page = tmp_path / "weekly-2-A-key.html"
    written.write(weekly[:1], tmp_path)
    for pdf in tmp_path.glob("*.pdf"):
        pdf.write_bytes(b"what was handed out")
    for other in tmp_path.glob("*.html"):
        other.unlink()
    if not lost:
        page.write_bytes(b"\xff of somebody")
    with pytest.raises(
        ExamRefused, match=r"weekly-2-A\S* is there, and is another paper, or one wi"
    ):
        written.write(weekly[:1], tmp_path)
    assert {pdf.read_bytes() for pdf in tmp_path.glob("*.pdf")} == {b"what was handed out"}
    assert page.exists() != lost


def test_a_page_that_is_no_text_is_not_overwritten(weekly, tmp_path):
    (tmp_path / "weekly-2-A.html").write_bytes(b"\xff")
    with pytest.raises(ExamRefused, match=r"weekly-2-A\.html is there, and is another paper"):
        written.write(weekly, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("out", ["taken", "taken/x"])
def test_a_file_is_no_folder_and_nothing_is_drawn(tmp_path, monkeypatch, capsys, out):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(paper, "draw", lambda *_: pytest.fail("a paper was drawn"))
    assert command_line.main(["--seed", "2", "--out", str(tmp_path / out)]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'taken'} is a file. Name a new folder.\n"


@pytest.mark.parametrize("browser", ["", "none"])
def test_why_there_is_no_pdf(weekly, tmp_path, monkeypatch, capsys, browser):
    monkeypatch.setattr(paper, "draw", lambda *_: weekly)
    monkeypatch.setattr(paper, "prove", lambda _: 1)
    monkeypatch.setenv("COURSE_BROWSER", browser)
    monkeypatch.setattr(written, "BROWSERS", ("no-such-browser",))
    assert command_line.main(["--seed", "2", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert ("No browser was found" in said) == (not browser)
    assert ("COURSE_BROWSER is none" in said) == bool(browser)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sed", "7"], "error: not known: --sed 7"),
        (["--see", "7"], "error: not known: --see 7"),
        (["--seed=7", "--form", "3"], "error: not known: --form 3"),
        (["7"], "error: not known: 7"),
        (["--seed", "-1"], "a whole number from 0 on; got '-1'"),
        (["--seed", "1.5"], "a whole number from 0 on; got '1.5'"),
        ([], "error: needed besides: --seed, --out"),
        (["--seed", "7"], "error: needed besides: --out"),
    ],
)
def test_a_slip_in_the_command_is_named(arguments, said, capsys):
    with pytest.raises(SystemExit):
        command_line.main(arguments)
    assert said in capsys.readouterr().err


def test_help_says_where_the_files_go_and_how_to_do_without_a_browser(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "usage: run.py exam --seed SEED --out FOLDER [",
        "--out FOLDER for papers",
        "PDF",
        "COURSE_BROWSER=none",
        "exams/README.md",
    ):
        assert words in said


@pytest.mark.parametrize(
    "arguments",
    [[], ["--seed", "-1"], ["--seed", "x"], ["--seed", "7", "--forms", "0"], ["--kind", "oral"]],
)
def test_what_the_command_cannot_do_it_says(arguments, tmp_path, capsys):
    with pytest.raises(SystemExit):
        command_line.main([*arguments, "--out", str(tmp_path / "out")])
    assert "error" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_readme_says_what_the_command_understands():
    text = Path(command_line.__file__).with_name("README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 run\.py exam (.*)$", text, re.MULTILINE)
    assert [command_line.parser().parse_args(shlex.split(c)).seed for c in commands] == [7, 7]
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert options == set(re.findall(r"--[a-z]+", command_line.parser().format_usage()))
    for kind, products in paper.MOST_PRODUCTS.items():
        assert re.search(rf"\b{products}\b", text), kind


def test_points_are_shared_out_whole_and_all_of_them():
    assert shared_out(30, [1, 2, 3, 3, 1, 2, 6, 3, 2]) == [1, 3, 4, 4, 1, 3, 8, 4, 2]
    for points in range(4, 40):
        given = shared_out(points, [1, 2, 6, 3])
        assert sum(given) == points and min(given) >= 1
    with pytest.raises(ValueError, match="too few"):
        shared_out(3, [1, 1, 1, 1])


def test_what_is_put_in_a_page_is_text():
    part = Part("Is <b>1</b> < 2 & z_k?", ())
    set_in = written.prose(part.text)
    assert "&lt;b&gt;1&lt;/b&gt; &lt; 2 &amp; z<sub>k</sub>" in set_in
    assert "<script" not in written.formula("M = (1, 2 | 3, <script>)")
    matrix = written.formula("M = (1, −2 | 3, 4)")
    assert matrix.count("<tr>") == 2 and matrix.count("<td>") == 4


# ------------------------------------------------------------------ many of them


@pytest.mark.long
def test_a_final_paper_holds_and_keeps_its_time(final):
    assert paper.prove(final) > 60
    for one in final:
        assert one.minutes == one.points == 90
        assert [q.kind for q in one.questions] == list(paper.KINDS)


@pytest.mark.all
def test_the_slips_of_the_key_are_those_that_the_course_names():
    question = way_back()
    network = question.facts["network"]
    values = network.draw(np.random.default_rng(3), 5)
    loss = network.graph(values)
    loss.graph.Forward(**network.data(values))
    loss.graph.Backward(loss)
    nodes = {node.name: node for node in loss.graph.everything}
    known = {name: node.value for name, node in nodes.items()}
    gradients = {name: node.grad for name, node in nodes.items()}
    said = {}
    for line in question.key:
        name = line.about.removesuffix(".grad")
        for usual in line.wrong if name in network.weights else ():
            mine = lines.worth(usual.text, network, known, gradients)
            said.setdefault(usual.said, set()).add(nn.compare_gradients(mine, nodes[name]))
    assert said.pop(Slip.MEAN.value) == {
        "5 times the gradient: the sum over the batch, not the mean"
    }
    told = said.pop(Slip.CAME_IN.value)
    assert len(told) == 2 and all(" in the place of " in words for words in told)
    assert not said


@pytest.mark.all
def test_a_derivation_that_answers_another_question_is_found(final):
    """With weights as usual, the derivation with the wrong line would print those of question 2."""
    one = final[0]
    back, line = one.questions[1], one.questions[3]
    printed = tuple(f"{i}.  {k.text}" for i, k in enumerate(back.key, start=1))
    copied = with_question(one, 3, replace(line, shown=printed))
    assert len(list(paper.given_away(copied))) >= len(back.key) - 1


@pytest.mark.long
def test_three_hundred_traces_end_where_no_wrong_story_does():
    ends, last = [], set()
    for seed in range(300):
        question = updates.draw(np.random.default_rng(seed), (1, 2, 3), points=12, minutes=12)
        task = question.facts["task"]
        assert list(updates.coinciding(task)) == []
        eight = updates.eight(task)
        assert len(set(eight.values())) == len(eight)
        ends.append(tuple(eight.values()))
        assert list(updates.not_told_apart(task, (1, 2, 3))) == []
        last.add(task["examples"][-1][0])
        for line in question.key:  # each weight once, with all that leads there
            told = [wrong.text for wrong in line.wrong]
            assert len(set(told)) == len(told) and line.text not in told
    assert last == {1, 3}
    assert len(set(ends)) > 100  # and they are not one and the same
    same = {"examples": ((1.0, 2.0), (1.0, 2.0), (1.0, 2.0)), "start": 2.0, "eta": 0.5}
    assert list(updates.coinciding(same))


@pytest.mark.long
@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(0, 100, 20)])
def test_a_hundred_seeds(seeds):
    for seed in seeds:
        for kind in paper.MINUTES:
            paper.prove(paper.draw(kind, seed, forms=3 if seed % 10 == 0 else 2))


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 4, 9])
def test_some_seeds(seed):
    for kind in paper.MINUTES:
        paper.prove(paper.draw(kind, seed))


# ------------------------------------------------------------------ in print

SHEETS = {"A4": (595, 842), "letter": (612, 792)}  # points, as a PDF says it
PAGES = {"weekly": 2, "final": 5}  # whatever the seed: no question begins where it does not fit


@pytest.fixture(scope="module")
def browser():
    found = written.find_browser()
    if found is None and os.environ.get("COURSE_NEED_BROWSER"):
        pytest.fail("COURSE_NEED_BROWSER is set, and no browser was found")
    if found is None:
        pytest.skip("no browser was found")
    return found


@pytest.mark.long
@pytest.mark.parametrize("kind", PAGES)
def test_a_paper_is_printed_on_both_sizes(kind, browser, tmp_path):
    files = written.write(paper.draw(kind, 11, forms=1), tmp_path)
    printed = [file for file in files if file.suffix == ".pdf"]
    assert len(printed) == 4
    for file in printed:
        size = file.stem.rpartition("-")[2]
        found = file.read_bytes()
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", found)
        assert {(round(float(w)), round(float(h))) for w, h in boxes} == {SHEETS[size]}
        if "key" not in file.name:
            assert len(re.findall(rb"/Type /Page\b", found)) == PAGES[kind]


@pytest.mark.long
def test_a_browser_that_does_not_print_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BROWSER", "/no/such/browser")
    with pytest.raises(ExamRefused, match=r"has not printed weekly-2-A-A4\.pdf"):
        written.write(paper.draw("weekly", 2, forms=1), tmp_path)
    assert (tmp_path / "weekly-2-A.html").exists()
