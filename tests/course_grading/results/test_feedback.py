"""The page of a student: what it says, and that nothing in it can run."""

import base64
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_records import AVERAGE, FIRST, SATURATED, SECOND, SLIP, missing, not_run, sample

from course_exercises.homework.tasks import Explained, ExplainedLine
from course_grading.intake.notebook import Picture
from course_grading.results.display import duration, in_points, visible
from course_grading.results.feedback import MOST_NOTES, page
from course_grading.results.record import (
    HandMark,
    PartMark,
    QuestionMark,
    Record,
    Status,
    WrittenAnswer,
)

TAGS = """html head meta title style body main header section h1 h2 h3 p dl div dt dd bdi strong
table caption thead tbody tfoot tr th td a ul ol li span code pre details summary img
math mrow mi mn mo mtext mspace mfrac msub msup msubsup msqrt munder mover munderover mtable mtr
mtd mstyle"""
ATTRIBUTES = """lang charset http-equiv content name class id href scope dir aria-labelledby
aria-hidden open src alt display alttext stretchy fence form accent mathvariant width"""
VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Collects what a browser would act on, and refuses what a page must not have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.styles = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS.split(), f"<{tag}>"
        for name, value in attributes:
            assert name in ATTRIBUTES.split(), f"{name} in <{tag}>"
            if name == "href":
                assert re.fullmatch(r"#q\d+", value or ""), value
                self.links.append(value or "")
            if name == "src":  # in the page itself, nothing that is loaded
                assert (value or "").startswith("data:"), value
            if name == "id":
                self.ids.append(value or "")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        self.styles += tag == "style"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}>"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")


def with_parts(*parts: PartMark, number: int = 1) -> QuestionMark:
    return QuestionMark(number, "A question", "answer", parts)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open and reader.styles == 1
    return reader


def said_by(text: str) -> str:
    """The text of the page, as it is read."""
    return " ".join(" ".join(read(text).texts).split())


@pytest.mark.parametrize(
    "wrong",
    [
        *("<script>1</script>", '<p onclick="x">', "<p>", '<a href="//x">', "<!-- x -->", "<br/>"),
        *('<img src="//x">', '<img src="data:" onerror="x">'),
    ],
)
def test_the_reader_of_these_tests_refuses_what_a_page_must_not_have(wrong: str) -> None:
    good = page(sample(), "The chain rule")
    read(good)
    with pytest.raises(AssertionError):
        read(good.replace("</main>", wrong + "</main>"))


class TestWhatItSays:
    def test_points_slips_and_examples(self) -> None:
        text = said_by(page(sample(), "The chain rule"))
        assert "hw2: The chain rule" in text
        assert "Ayşe Yılmaz , ayse" in text
        assert "50 of 80 so far, 20 still to be marked . A person marks 2 written answers." in text
        assert SLIP in text and "f′(z2) is missing." in text
        assert "An example to try: one example f(x) with x = (1, 4)" in text
        assert "Looked for: gradient_W2" in text

    @pytest.mark.parametrize(
        ("record", "words"),
        [
            (sample(), "50 of 80 so far, 20 still to be marked"),
            (sample(written=(AVERAGE, replace(SATURATED, points=6.0))), "56 of 87.5 so far, 12.5"),
            (sample(written=(replace(AVERAGE, points=0.0),)), "50 of 100"),
            (sample(questions=(), max_points=20.0), "none so far, 20 still to be marked"),
            (sample(by_hand=(HandMark(3, 12.0, "read"),)), "62 of 92.5 so far, 7.5 still"),
            (
                replace(sample(), status="could not be run", reason="it stops."),
                "50 of 80 so far, 20",
            ),
            (replace(sample(), late_penalty=5.0), "50 of 80 so far, 20 still to be marked"),
        ],
    )
    def test_header_and_total_say_the_same(self, record: Record, words: str) -> None:
        text = page(record, "")
        header = re.search(r"<dt>Points</dt><dd><strong>(.*?)</strong>", text, re.DOTALL)
        row = re.search(
            r"<tfoot><tr><th[^>]*>(.*?)</th>\s*<td.*?>(.*?)</td>\s*<td.*?>(.*?)</td>", text
        )
        assert header and row and header[1].startswith(words)
        together, points, out_of = row.groups()
        if record.to_mark:
            assert together == f"Together: {header[1]}"
        if not header[1].startswith("none"):
            assert header[1].startswith(f"{points} of {out_of}")

    def test_where_nothing_was_handed_in_there_are_no_points(self) -> None:
        text = page(missing("ayse"), "")
        assert "<dt>Points</dt>" not in text and "<tfoot>" not in text

    def test_right_and_wrong_are_said_in_words(self) -> None:
        text = said_by(page(sample(), ""))
        assert "✓ Right: one example 20 of 20" in text
        assert "◐ Partly right: a batch, tanh 10 of 20" in text
        assert "✗ Not yet: one example 0 of 20" in text

    def test_a_slip_that_another_part_counts_is_no_contradiction_to_full_points(self) -> None:
        question = with_parts(PartMark("p", 2, 2, (SLIP,)))
        text = said_by(page(sample(questions=(question,)), ""))
        assert f"✓ Full points: p 2 of 2 This slip is counted in another part: {SLIP}" in text
        assert "Right" not in text

    @pytest.mark.parametrize(
        ("said", "came"),
        [
            (SLIP, SLIP),
            (SLIP, f"dW1: {SLIP}"),  # the same of all labels
            (f"dW1: {SLIP}", f"dW1: {SLIP}"),
            (f"dW1: {SLIP}", SLIP),  # of the whole
        ],
    )
    def test_the_sentence_of_a_slip_stands_there_once(self, said: str, came: str) -> None:
        part = PartMark("p", 0, 2, (said,), f"x = 1\nf(x)\n{came}")
        text = page(sample(questions=(with_parts(part),)), "")
        assert said_by(text).count(SLIP) == 1
        assert "<pre>x = 1\nf(x)</pre>" in text

    def test_what_else_came_of_the_example_is_said_below_it(self) -> None:
        part = PartMark("p", 0, 2, ("the shape is wrong.",), "f(1)\nthe shape is (2, 3).")
        text = page(sample(questions=(with_parts(part),)), "")
        assert "<pre>f(1)</pre>" in text
        assert "f(1) With these numbers: the shape is (2, 3)." in said_by(text)

    def test_the_box_of_an_example_holds_only_what_is_to_be_pasted(self) -> None:
        part = PartMark("p", 0, 2, (SLIP,), f"Paste this into a cell:\nx = 1\nf(x)\n{SLIP}")
        text = page(sample(questions=(with_parts(part),)), "")
        assert '<p class="example">Paste this into a cell:</p><pre>x = 1\nf(x)</pre>' in text

    def test_the_same_example_of_two_parts_is_shown_once(self) -> None:
        first = PartMark("one", 0, 2, (SLIP,), f"f(1)\n{SLIP}")
        second = PartMark("two", 0, 2, (SLIP,), "f(1)\nsomething else.")
        third = PartMark("three", 0, 2, (SLIP,), f"f(3)\n{SLIP}")
        text = page(sample(questions=(with_parts(first, second, third),)), "")
        assert text.count("<pre>f(1)</pre>") == 1 and text.count("<details>") == 2 + 2
        assert (
            "An example to try: the one under “one”. With these numbers: something else."
            in said_by(text)
        )
        assert "An example to try: three f(3)" in said_by(text)

    def test_an_example_of_another_question_is_shown_again(self) -> None:
        part = PartMark("one", 0, 2, (SLIP,), f"f(1)\n{SLIP}")
        text = page(sample(questions=(with_parts(part), with_parts(part, number=2))), "")
        assert text.count("<pre>f(1)</pre>") == 2

    def test_a_sentence_is_no_example_to_try(self) -> None:
        part = PartMark("one", 0, 2, (SLIP,), "On other numbers it is not right.")
        text = page(sample(questions=(with_parts(part),), written=()), "")
        assert '<p class="example">On other numbers it is not right.</p>' in text
        assert "<details" not in text

    def test_examples_are_folded_but_printed(self) -> None:
        text = page(sample(), "")
        assert "<details>" in text and "<details open" not in text
        printed = text[text.index("@media print") :]
        assert "details::details-content { content-visibility: visible" in printed

    def test_points_with_hundredths_are_explained(self) -> None:
        assert "rounded" not in said_by(page(sample(), ""))
        thirds = with_parts(PartMark("one", 2.67, 4), PartMark("two", 0.56, 1))
        text = said_by(page(sample(questions=(thirds,), written=()), ""))
        assert "rounded to hundredths" in text
        assert "2.67 of 4" in text and "0.56 of 1" in text and "3.23 of 5 points" in text

    def test_without_a_slip_nothing_is_said_about_slips(self) -> None:
        text = said_by(page(sample(questions=(FIRST,)), ""))
        assert "Not yet" not in text and "other numbers" not in text

    def test_the_guide_of_the_person_who_marks_is_not_on_it(self) -> None:
        for written in ((AVERAGE, SATURATED), (replace(AVERAGE, points=1.0),)):
            assert "GUIDE" not in page(sample(written=written), "")
            assert "GUIDE" not in page(replace(not_run("ayse"), written=written), "")

    def test_a_marked_answer_shows_points_comment_and_the_answer(self) -> None:
        marked = replace(AVERAGE, points=7.5, comment="And if B = 1?")
        text = said_by(page(sample(written=(marked, replace(SATURATED, text=None))), ""))
        assert "7.5 of 12.5 points" in text
        assert "Comment: And if B = 1? Your answer Because of B." in text
        assert "There was no answer in your notebook." in text
        assert "57.5 of 100" in text and "so far" not in text

    def test_an_answer_to_be_marked_says_so(self) -> None:
        text = said_by(page(sample(written=(AVERAGE,)), ""))
        assert "A person marks 1 written answer." in text
        assert "to be marked, 12.5 points A person reads this answer and marks it." in text

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0.0, "2026-11-20 23:59 UTC+03:00, in time"),
            (10.0, "1 minute late"),
            (7_500.0, "2 h 05 min late"),
            (100_000.0, "1 day 3 h late"),
            (None, "Handed in 2026-11-20 23:59 UTC+03:00 Points"),
        ],
    )
    def test_lateness(self, seconds: float | None, words: str) -> None:
        record = sample(submitted_at="2026-11-20T23:59:10+03:00", seconds_late=seconds)
        assert words in said_by(page(record, ""))

    def test_a_time_that_is_none_is_shown_as_it_is(self) -> None:
        assert "<script>" in said_by(page(sample(submitted_at="<script>"), ""))
        assert "time not known" in said_by(page(sample(), ""))

    def test_a_missing_submission_says_what_can_be_done(self) -> None:
        text = said_by(page(missing("bora"), "The chain rule"))
        assert "No submission was found" in text and "What you can do" in text

    def test_one_that_could_not_be_run_says_why_and_its_answers_are_still_read(self) -> None:
        text = said_by(page(not_run("can"), "The chain rule"))
        assert "Reason: the file is empty." in text and "What you can do" in text
        record = replace(not_run("can"), questions=sample().questions, written=(AVERAGE,))
        text = said_by(page(record, ""))
        assert "A person reads this answer" in text and "Not yet" not in text

    def test_one_that_was_partly_graded_says_why(self) -> None:
        record = sample(status="partly graded", reason="question 2 ran too long.")
        assert "Reason: question 2 ran too long." in said_by(page(record, ""))

    def test_notes_are_there_and_not_without_end(self) -> None:
        note = "code cell 5 has a syntax error in line 3; nothing of it was run"
        for record in (sample(), not_run("ayse"), missing("ayse")):
            text = page(replace(record, notes=(note,)), "")
            section = '<section class="notice" aria-labelledby="notes">'
            assert text.index("</header>") < text.index(section) < text.index(note)
            assert text.index(note) < min(
                text.find(other) for other in ('id="points"', 'id="why"') if other in text
            )
        many = page(sample(notes=tuple(f"note {i}." for i in range(MOST_NOTES + 7))), "")
        assert "… and 7 more." in many and f"note {MOST_NOTES}." not in many


@given(st.lists(st.lists(st.floats(0, 30), min_size=1, max_size=4), min_size=1, max_size=4))
def test_the_points_on_a_page_add_up(points: list[list[float]]) -> None:
    """The parts are rounded to hundredths, as `part_mark` does."""
    questions = tuple(
        with_parts(*(PartMark("p", round(p, 2), 30.0) for p in parts), number=i)
        for i, parts in enumerate(points, 1)
    )
    text = page(sample(questions=questions, written=()), "")
    parts = re.findall(r'<span class="points">([\d.]+) of 30</span></h3>', text)
    rows = re.findall(r'</th><td class="number">([\d.]+)</td>', text)
    assert len(parts) == sum(map(len, points)) and len(rows) == len(points) + 1
    assert sum(map(Decimal, parts)) == sum(map(Decimal, rows[:-1])) == Decimal(rows[-1])


SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 1h7"/></svg>'
OWN = Explained(
    ("s[b, j] = Σ_i V[j, i] u[b, i]", "q = tanh(s)"),
    SVG,
    (
        ExplainedLine("q.grad = z.grad @ M.T", True),
        ExplainedLine("s.grad = q.grad", False, "What does tanh do on the way back?"),
        ExplainedLine("so it is", None),
    ),
    "Nudge s by a thousandth.",
)


class TestTheOwnNetwork:
    def own(self, *explained: Explained | None, number: int = 1) -> QuestionMark:
        parts = (
            PartMark(f"part {i}", 0.0, 5.0, explained=each) for i, each in enumerate(explained, 1)
        )
        return with_parts(*parts, number=number)

    def test_network_lines_and_a_next_step(self) -> None:
        text = page(sample(questions=(self.own(OWN),)), "")
        said = said_by(text)
        order = [
            "Your network s[b, j] = Σ_i V[j, i] u[b, i] q = tanh(s)",
            "Your lines q.grad = z.grad @ M.T ✓ Holds.",
            "s.grad = q.grad ✗ Does not hold. What does tanh do on the way back?",
            "so it is – Not known.",
            "A next step to try Nudge s by a thousandth.",
        ]
        assert [said.index(each) for each in order] == sorted(said.index(each) for each in order)
        (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
        assert base64.b64decode(picture).decode() == SVG
        assert "style-src 'unsafe-inline'; img-src data:\"" in text

    def test_lines_of_several_parts_are_shown_once(self) -> None:
        said = said_by(page(sample(questions=(self.own(OWN, OWN, None),)), ""))
        assert said.count("Your network") == said.count("Your lines") == 1

    def test_of_two_networks_each_is_named_after_its_part(self) -> None:
        other = replace(OWN, network=("q = sigmoid(s)",), picture="")
        said = said_by(page(sample(questions=(self.own(OWN, other),)), ""))
        assert "Your network: part 1 s[b, j]" in said
        assert "Your network: part 2 q = sigmoid(s)" in said

    def test_a_network_of_several_questions_is_shown_at_the_first(self) -> None:
        again = replace(OWN, lines=(ExplainedLine("V.grad = u.T @ s.grad", True),))
        text = page(sample(questions=(self.own(OWN), self.own(again, number=2))), "")
        assert text.count("<img") == 1
        said = said_by(text)
        assert "Your network is shown at question 1" in said and "V.grad = u.T" in said

    def test_what_a_student_typed_is_text_and_cut(self) -> None:
        evil = "</code></ol><script>alert(1)</script>\u202e" + "x" * 5_000
        lines = (ExplainedLine(evil, False, evil), ExplainedLine("", None))
        text = page(sample(questions=(self.own(replace(OWN, lines=lines)),)), evil)
        assert "<script" not in text and "\u202e" not in text and "(cut)" in said_by(text)
        assert "x" * 400 not in re.findall(r"<code dir.*?</code>", text, re.S)[0]

    def test_a_picture_cannot_act(self) -> None:
        """It is a file of its own in the page, which a browser only draws."""
        evil = SVG.replace("<path", '<script>alert(1)</script><path onload="alert(2)"')
        text = page(sample(questions=(self.own(replace(OWN, picture=evil + "\ud800")),)), "")
        assert "alert" not in text
        read(text)

    def test_it_comes_back_from_the_file_as_it_was(self) -> None:
        record = sample(questions=(self.own(OWN, None),), homework_key="K", typed_key="<b>")
        assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record


class TestAPageIsSafe:
    def test_its_policy_allows_nothing_but_its_own_style(self) -> None:
        text = page(sample(), "")
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
        assert text.index("Content-Security-Policy") < text.index("<title>")
        assert "url(" not in text and "@import" not in text and "http:" not in text

    def test_markup_of_a_student_is_text(self) -> None:
        evil = "</pre></title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
        text = page(everywhere(evil), evil)
        assert "<script" not in text and "<img" not in text
        assert "<script>alert(1)</script>" in said_by(text)

    def test_quotes_are_escaped_too(self) -> None:
        text = page(everywhere("""'x" onload='"""), "")
        assert "&#39;x&#34; onload=&#39;" in text and "'x" not in text and 'x"' not in text

    def test_terminal_escapes_are_gone(self) -> None:
        evil = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \x1b]8;;x\x1b\\ \x07 \x1bc \x00"
        text = page(everywhere(evil), evil)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
        assert visible("\x1b[31mred\x1b[0m\x00\x07\x7f\x85") == "red␀␇␡\ufffd"

    def test_what_turns_the_reading_direction_is_shown(self) -> None:
        text = page(everywhere("a\u202eb\u2066c\U000e0041"), "")
        assert not re.search("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", text)
        assert visible("a\u202eb") == "a⟨U+202E⟩b"

    def test_a_lone_surrogate_can_be_written(self) -> None:
        text = page(everywhere("\ud800 \udfff \ufffe \U0010ffff"), "\ud800")
        assert "\ufffd" in text and "\ufffe" not in text
        text.encode("utf-8")

    def test_a_megabyte_is_cut(self) -> None:
        text = page(everywhere("<&>" * 400_000), "x" * 1_000_000)
        assert len(text) < 500_000 and "… (cut)" in text
        read(text)

    @pytest.mark.all
    def test_many_escapes_do_not_take_long(self) -> None:
        assert len(visible("\x1b[" * 500_000 + "\x1b]" * 500_000, 1_000_000)) < 2_000_000

    def test_headings_and_tables_are_for_everybody(self) -> None:
        text = page(sample(notes=("a note",)), "The chain rule")
        reader = read(text)
        assert '<html lang="en">' in text
        assert reader.headings[0] == "h1" and reader.headings.count("h1") == 1
        levels = [int(heading[1]) for heading in reader.headings]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert len(set(reader.ids)) == len(reader.ids)
        assert {link[1:] for link in reader.links} <= set(reader.ids)
        assert text.count('scope="col"') == 3 and text.count('scope="row"') == 5
        assert "<caption>" in text


def everywhere(text: str) -> Record:
    """A record with this text wherever text can be."""
    part = PartMark(text, 1.0, 2.0, (text, text), text)
    question = QuestionMark(1, text, text, (part, part))
    written = (
        WrittenAnswer(2, text, text, 5.0, text, text, pictures=(Picture(text, text, text),)),
        WrittenAnswer(3, text, text, 5.0, text, text, 2.0, text),
    )
    by_hand = (HandMark(1, 1.0, text), HandMark(3, 1.0, text))
    return Record(
        text, text, "key", "partly graded", text, text, text, text, (question,), written,
        (text, text), text, by_hand=by_hand,
    )  # fmt: skip


MARKUP = st.sampled_from(
    ["<script>", "</pre>", "</style>", "<!--", "<![CDATA[", "&lt;", '"', "' onload='x", "<a href="]
)
TEXT = st.one_of(
    st.text(st.characters(), max_size=30),
    st.lists(st.one_of(MARKUP, st.text(st.characters(), max_size=4)), max_size=6).map("".join),
)
POINTS = st.floats(0, 50)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
LINES = st.lists(st.builds(ExplainedLine, TEXT, st.none() | st.booleans(), TEXT), max_size=2)
OWNS = st.none() | st.builds(Explained, TEXTS, TEXT, LINES.map(tuple), TEXT)
PARTS = st.builds(PartMark, TEXT, POINTS, POINTS, TEXTS, TEXT, explained=OWNS)


@st.composite
def records(draw: st.DrawFn) -> Record:
    questions = [
        QuestionMark(
            number, draw(TEXT), draw(TEXT), tuple(draw(st.lists(PARTS, min_size=1, max_size=2)))
        )
        for number in range(1, draw(st.integers(0, 2)) + 1)
    ]
    written = [
        WrittenAnswer(
            number,
            draw(TEXT),
            draw(TEXT),
            draw(POINTS),
            draw(st.none() | TEXT),
            draw(TEXT),
            draw(st.none() | POINTS),
            draw(TEXT),
        )
        for number in range(3, draw(st.integers(0, 2)) + 3)
    ]
    status: Status = draw(
        st.sampled_from(("graded", "partly graded", "could not be run", "missing"))
    )
    return Record(
        draw(TEXT),
        draw(TEXT),
        "key",
        status,
        draw(TEXT),
        draw(TEXT),
        draw(TEXT),
        draw(TEXT),
        tuple(questions),
        tuple(written),
        tuple(draw(st.lists(TEXT, max_size=2))),
        draw(TEXT),
        draw(st.none() | st.floats(-1e6, 1e9)),
    )


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(records(), TEXT)
def test_whatever_is_in_a_record_the_page_has_only_its_own_markup(
    record: Record, title: str
) -> None:
    text = page(record, title)
    text.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    read(text)


def test_numbers_of_points_and_times() -> None:
    assert [in_points(x) for x in (7.0, 7.5, 100 / 3, 100.0, 0.0, -0.001, 20.0)] == [
        "7", "7.5", "33.33", "100", "0", "0", "20",
    ]  # fmt: skip
    assert duration(3 * 86_400 + 4 * 3_600) == "3 days 4 h"
    assert duration(SECOND.out_of) == "1 minute"


def test_it_says_that_something_was_tried_in_other_circumstances():
    right = PartMark("J", 2.0, 2.0, with_right=("forward", "activate", "<b>"))
    partly = PartMark("L", 1.0, 2.0, (SLIP,), with_right=("activate",))
    again = PartMark("p", 2.0, 2.0, rebound=("sum",))
    text = read(page(replace(sample(), questions=(with_parts(right, partly, again),)), ""))
    text = " ".join(" ".join(text.texts).split()).replace(" ,", ",")
    assert "Tried with the right forward, activate and <b> in the place of yours" in text
    assert "with them this is right." in text
    assert "Tried with the right activate in the place of yours" in text
    assert "with it this is what comes out." in text
    assert "below it, sum stands for something else." in text
