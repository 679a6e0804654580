"""The guide for instructors: minutes add up, points are the rubrics', links and headings exist."""

import json
import re
from itertools import permutations
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from course_site import contents

import course_nn as nn
from course_grading.exams import paper
from course_grading.marking.assignments import hw1, hw2, hw3, hw4
from course_grading.marking.rubric import WrittenQuestion
from course_grading.publishing import release

ROOT = Path(__file__).parents[3]
PAGES = [*sorted((ROOT / "teaching").glob("*.md")), ROOT / "docs" / "how_to_study.md"]
WEEKS, MARKING, GUIDE = (
    (ROOT / "teaching" / name).read_text(encoding="utf-8")
    for name in ("weeks.md", "marking.md", "README.md")
)


def rows(text, first):
    """Cells of the rows of all tables whose header begins with this cell."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first:
            inside = True
        elif inside and not set(line) <= set("|-: "):
            found.append(cells)
    return found


# ---------------------------------------------------------------- minutes


def wrong_sessions(text):
    """Sessions whose minutes are not 90, or not what stands in the last column."""
    sums = {
        (n, row[0]): (sum(map(int, row[2:-1])), int(row[-1]))
        for n, row in enumerate(rows(text, "session"))
    }
    return [session for (_, session), (added, stated) in sums.items() if not added == stated == 90]


def wrong_weeks(text):
    """Weeks at home whose minutes are not their sum."""
    return [
        row[0]
        for row in rows(text, "week")
        if sum(map(int, re.findall(r"\((\d+)\)", row[1]))) != int(row[-1])
    ]


def test_minutes_add_up():
    assert len(rows(WEEKS, "session")) == 10 + 6
    assert len(rows(WEEKS, "week")) == 7 + 1 + 5
    assert wrong_sessions(WEEKS) == []
    assert wrong_weeks(WEEKS) == []


def test_a_wrong_minute_is_found():
    assert wrong_sessions(WEEKS.replace("| 1a | 01 | 40 |", "| 1a | 01 | 45 |")) == ["1a"]
    assert wrong_sessions(WEEKS.replace("| 90 |\n| 2b | 04", "| 95 |\n| 2b | 04")) == ["2a"]
    assert wrong_weeks(WEEKS.replace("hw4 (120) | 195", "hw4 (110) | 195")) == ["6", "4"]


def times():
    """Minutes that notebooks state, by the words of the plans."""
    found = {}
    for path in (ROOT / "notebooks").glob("**/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        if stated := re.search(r"\*\*Time:\*\* (two hours|\d+)", text):
            found[path.stem] = 120 if stated[1] == "two hours" else int(stated[1])
    return found


def wrong_whole(text):
    """What is done as a whole, in another time than its notebook states."""
    stated, wrong = times(), []
    for _, what, _ in rows(text, "week"):
        for words, minutes in re.findall(r"([^,|]+?) \((\d+)\)", what):
            words = words.strip()
            if found := re.fullmatch(r"lesson (\d\d)|workbook (\d)|(hw\d)|(shared) weights", words):
                begin = next(part for part in found.groups() if part)
                name = next(stem for stem in stated if stem.split("_")[0] == begin)
                if stated[name] != int(minutes):
                    wrong.append(words)
    return wrong


def test_whole_notebooks_take_the_time_that_they_state():
    assert wrong_whole(WEEKS) == []
    assert wrong_whole(WEEKS.replace("shared weights (35)", "shared weights (30)")) == [
        "shared weights",
        "shared weights",
    ]


def test_each_lesson_of_the_main_path_is_in_both_plans():
    five, three = re.split(r"^## Three weeks", WEEKS, flags=re.MULTILINE)
    three = three.partition("## What to prepare")[0]
    lessons = {path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    for plan, left_out in ((five, set()), (three, {"10"})):
        met = {number for row in rows(plan, "session") for number in row[1].split(", ")}
        met |= set(re.findall(r"lesson (\d\d) \(", plan))
        assert met == lessons - left_out


def wrong_work(text):
    """Kinds of work whose minutes are not the product, and whether the last line is their sum."""
    *works, total = rows(text, "work")
    wrong = [row[0] for row in works if int(row[1]) * int(row[2]) != int(row[3])]
    return wrong + ["in all"] * (sum(int(row[3]) for row in works) != int(total[3]))


def test_hours_of_an_instructor_add_up():
    assert len(rows(GUIDE, "work")) == 11
    assert wrong_work(GUIDE) == []
    hours = sum(int(row[3]) for row in rows(GUIDE, "work")[:-1]) / 60
    assert f"That is {hours:g} hours" in GUIDE
    changed = GUIDE.replace("| 60 | 4 | 240 |", "| 60 | 4 | 250 |")
    assert wrong_work(changed) == ["mark a short paper", "in all"]


def wrong_votes(text):
    """Sessions whose votes do not take seven minutes for one question, 15 for two, 22 for three."""
    wrong = []
    for plan in re.split(r"^## ", text, flags=re.MULTILINE)[1:3]:
        line = " ".join(re.search(r"^Vote in .+?\n\n", plan, re.DOTALL | re.MULTILINE)[0].split())
        asked = dict(re.findall(r"(\d[ab]) on (\d.+?)(?= in | before|;|\.$|, in )", line))
        for row in rows(plan, "session"):
            count = len(re.findall(r"\d\.\d", asked.get(row[0], "1.1 1.2")))
            if int(row[4]) != {1: 7, 2: 15, 3: 22}[count]:
                wrong.append(row[0])
    return wrong


def test_votes_have_their_minutes():
    assert wrong_votes(WEEKS) == []
    assert wrong_votes(WEEKS.replace("| 1a | 01 | 40 | 0 | 7 |", "| 1a | 01 | 40 | 0 | 15 |")) == [
        "1a"
    ]
    assert wrong_votes(WEEKS.replace("8.1, 9.1 and 9.2", "8.1 and 9.1")) == ["3b"]


def numbered(number):
    """Numbers of the sections and of the exercises of a lesson."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    sections = {f"§{n}" for n in re.findall(r"^## (\d+)\.", text, re.MULTILINE)}
    return sections | set(re.findall(r"\*\*Exercise (\d+\.\d+)\.\*\*", text))


def wrong_contents(text):
    """Sessions that name what their lessons do not have, or nothing for minutes that they have.

    Also those that hold a section which may be left out in the session.
    """
    wrong = []
    left_out = {
        row[0][1:3]: {f"§{n}" for n in re.findall(r'"(\d+)\.', row[2])}
        for row in rows(text, "lesson")
    }
    for plan in re.split(r"^## ", text, flags=re.MULTILINE)[1:3]:
        sessions = {row[0]: row for row in rows(plan, "session")}
        for session, *columns in rows(plan, "in"):
            lessons = sessions[session][1].split(", ")
            minutes = [int(sessions[session][n]) for n in (5, 6, 7)]
            fits = all(
                (cell == "–") == (each == 0) for cell, each in zip(columns, minutes, strict=True)
            )
            for part in "; ".join(columns).replace("–", "").split("; "):
                if part.strip():
                    number = part[:2]
                    named = set(re.findall(r"§\d+|\d+\.\d+", part))
                    fits &= number in lessons and bool(named) and named <= numbered(number)
                    fits &= not named & left_out[number]
            if not fits:
                wrong.append(session)
    return wrong


def test_each_session_says_what_is_new_derived_and_paired():
    five, three = re.split(r"^## ", WEEKS, flags=re.MULTILINE)[1:3]
    assert [row[0] for row in rows(five, "in")] == [row[0] for row in rows(five, "session")]
    assert [row[0] for row in rows(three, "in")] == ["1a", "3b"]
    assert wrong_contents(WEEKS) == []
    for old, new in (
        ("09: 9.3", "09: 9.7"),
        ("09 §1, §2, §3, §6", "09 §1, §2, §3, §4"),
        ("09: 9.3", "10: 10.1"),
        ("09: 9.3", "–"),
    ):
        assert wrong_contents(WEEKS.replace(old, new, 1)) == ["5a"]


def test_homework_comes_back_before_the_paper_that_needs_it():
    dates = {(row[0], row[1]): row[2:] for row in rows(WEEKS, "homework")}
    assert dates["hw2", "five weeks"][-1] == "before 4a"
    assert dates["hw2", "three weeks"][-1] == "before 3a"
    for plan, name in zip(
        re.split(r"^## ", WEEKS, flags=re.MULTILINE)[1:3], ("five", "three"), strict=True
    ):
        named = set(re.findall(r"hw\d", " ".join(row[1] for row in rows(plan, "week"))))
        assert named == {hw for hw, when in dates if when == f"{name} weeks"}


@pytest.mark.all
def test_a_short_paper_has_its_choice_where_the_plan_says():
    place = int(re.search(r"Question (\d) is one or the other", WEEKS)[1])
    papers = [paper.draw("weekly", seed, forms=1)[0] for seed in range(1, 9)]
    titles = [{one.questions[n].title for one in papers} for n in range(3)]
    chosen = {title for title in titles[place - 1] if title in " ".join(WEEKS.split())}
    assert [len(each) for each in titles] == [2 if n == place else 1 for n in (1, 2, 3)]
    assert chosen == titles[place - 1]
    minutes = {one.minutes for one in papers}
    assert minutes == {int(re.search(r"draws: (\d+) minutes", WEEKS)[1])}


def test_every_question_to_vote_on_has_a_place():
    assert "question 0.1" in " ".join(row[1] for row in rows(WEEKS, "lesson"))


def test_weights_add_up():
    shares = [int(row[1].removesuffix(" %")) for row in rows(GUIDE, "what")]
    assert shares[-1] == sum(shares[:-1]) == 100
    paper, final = map(
        int, re.search(r"paper (\d+)\s%, and the final one (\d+)\s%", GUIDE).groups()
    )
    assert shares[0] + paper + final + shares[3] == 100


# ---------------------------------------------------------------- headings and links


def headings(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return set(re.findall(r"^## (.+)$", text, re.MULTILINE))


def unknown_headings(text):
    found = []
    for lesson, *others in rows(text, "lesson"):
        place = re.search(r"\((.+?)\)", lesson)[1]
        known = headings(ROOT / "teaching" / place)
        found += [
            quoted for quoted in re.findall(r'"(.+?)"', " ".join(others)) if quoted not in known
        ]
    return found


def test_headings_are_those_of_the_lessons():
    assert len(rows(WEEKS, "lesson")) == 12
    assert unknown_headings(WEEKS) == []
    changed = WEEKS.replace('"5. Exchange the activation"', '"5. Exchange it"')
    assert unknown_headings(changed) == ["5. Exchange it"]


def dead_links(path, text):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [link for link in links if ":" not in link and not (path.parent / link).exists()]


def not_on_the_site(path, text, *, instructors=True):
    """Links to what is there, and no page of the site."""
    parts = contents.parts_of(ROOT, instructors=instructors)
    pages = {(ROOT / page.path).resolve() for part in parts for page in part.pages}
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [link for link in links if (path.parent / link).resolve() not in pages]


def test_links_lead_to_pages_of_the_site():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert not_on_the_site(path, text, instructors=path.parent.name == "teaching") == []
    assert not_on_the_site(PAGES[0], "[readme](../README.md)") == ["../README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    assert dead_links(path, text) == []
    assert dead_links(path, text + "[x](nothing.md)") == ["nothing.md"]


def test_the_guide_links_each_of_its_pages():
    for path in PAGES[:-1]:
        assert path.name == "README.md" or f"({path.name})" in GUIDE


def test_students_get_the_page_on_studying_and_not_the_guide():
    for path in PAGES[:-1]:
        place = PurePosixPath(path.relative_to(ROOT).as_posix())
        assert release.is_withheld(place)
        assert not release.is_known(place)
    page = PurePosixPath("docs/how_to_study.md")
    assert release.is_known(page)
    assert not release.is_withheld(page)
    assert "teaching/" not in PAGES[-1].read_text(encoding="utf-8")


def test_oral_has_each_lesson():
    text = (ROOT / "teaching" / "oral.md").read_text(encoding="utf-8")
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))[1:]
    titles = [re.search(r'"# (.+?)\\n"', path.read_text(encoding="utf-8"))[1] for path in lessons]
    expected = [f"{path.name[:2]} {title}" for path, title in zip(lessons, titles, strict=True)]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == expected
    for part in text.split("\n## ")[1:]:
        assert [f"({letter})" in part for letter in "abc"] == [True] * 3


def numbers_of_a_part(text, title):
    """Numbers with decimals in the part of a page that is about a lesson."""
    part = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)[1]
    return set(re.findall(r"\d+\.\d+", re.sub(r"^### .*", "", part, flags=re.MULTILINE)))


def test_oral_questions_have_other_numbers_than_the_votes():
    oral, votes = (
        (ROOT / "teaching" / name).read_text(encoding="utf-8")
        for name in ("oral.md", "peer_instruction.md")
    )
    titles = re.findall(r"^## (\d\d .+)$", oral, re.MULTILINE)
    assert [t for t in titles if numbers_of_a_part(oral, t) & numbers_of_a_part(votes, t)] == []
    changed = oral.replace("(0.15, 0.6, 0.25)", "(0.5, 0.3, 0.2)")
    title = titles[5]
    assert numbers_of_a_part(changed, title) & numbers_of_a_part(votes, title) == {
        "0.5",
        "0.3",
        "0.2",
    }


# ---------------------------------------------------------------- marking


GUIDES = {
    tuple(question.grade_id.split("-q")): question.guide
    for each in (hw1, hw2, hw3, hw4)
    for question in each.ASSIGNMENT.questions
    if isinstance(question, WrittenQuestion)
}


def shares_of_a_guide(guide):
    """Points of the parts of a rubric, with the shares that it names, if it names some."""
    parts = re.split(r"(?:^|(?<=[.;] ))(?=\d points)", guide)
    named = []
    for part in filter(None, parts):
        shares = []
        points, stated = int(part[0]), re.findall(r"\((\d)( each)?\)", part)
        single = sum(int(number) for number, each in stated if not each)
        for number, each in stated:
            shares += [int(number)] * ((points - single) // int(number) if each else 1)
        named.append((points, shares))
    return named


def anchors(text):
    """By homework, question and part: rows of (points, shares)."""
    found = {}
    for title, body in re.findall(
        r"^## (hw\d, .+?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    ):
        hw, question, part = re.fullmatch(r"(hw\d), question (\d)(?:, part (\d))?", title).groups()
        pieces = (
            {part: body}
            if part
            else dict(re.findall(r"^Part (\d)(.*?)(?=^Part \d|\Z)", body, re.DOTALL | re.MULTILINE))
        )
        for number, piece in pieces.items():
            found[hw, question, int(number)] = [
                (int(points), [int(n) for n in shares.split(" + ")])
                for points, shares, _ in rows(piece, "points")
            ]
    return found


def wrong_anchors(text):
    """Parts whose rows do not add up, or whose full answer is not that of the rubric."""
    wrong = []
    for (hw, question, part), given in anchors(text).items():
        points, shares = shares_of_a_guide(GUIDES[hw, question])[part - 1]
        full = given[-1][1]
        fits = all(
            sum(row) == stated
            and len(row) == len(full)
            and all(a <= b for a, b in zip(row, full, strict=True))
            for stated, row in given
        )
        if not fits or sum(full) != points or (shares and shares != full):
            wrong.append((hw, question, part))
    return wrong


def test_anchors_have_the_points_of_the_rubrics():
    asked = set(GUIDES)
    assert asked == {(f"hw{n}", q) for n in (1, 2, 3, 4) for q in "78"}
    parts = {
        (hw, q, n + 1) for hw, q in asked for n in range(len(shares_of_a_guide(GUIDES[hw, q])))
    }
    assert set(anchors(MARKING)) == parts
    assert all(sum(points for points, _ in shares_of_a_guide(GUIDES[each])) == 10 for each in asked)
    assert wrong_anchors(MARKING) == []


def test_parts_of_five_points_are_anchored_at_two_four_and_five():
    for given in anchors(MARKING).values():
        if given[-1][0] == 5:
            assert {2, 4, 5} <= {points for points, _ in given}


def test_wrong_points_are_found():
    assert wrong_anchors(MARKING.replace("| 4 | 2 + 2 + 0 |", "| 4 | 2 + 1 + 0 |", 1)) == [
        ("hw2", "7", 1)
    ]
    changed = MARKING.replace("| 5 | 3 + 2 |", "| 5 | 2 + 3 |")
    assert wrong_anchors(changed) == [("hw3", "8", 1)]


# ---------------------------------------------------------------- what the answers say


def gradients(order=None):
    """Gradients of the network with a skip in hw3, after steps back in this order of names."""
    rng = np.random.default_rng(0)
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W1, W2, W3 = (
            nn.Parameter(f"W{n}", rng.normal(size=shape))
            for n, shape in enumerate([(3, 4), (4, 4), (4, 2)], 1)
        )
        z1 = nn.matmul(x, W1, name="z1")
        h1 = nn.sigmoid(z1, name="h1")
        z2 = nn.matmul(h1, W2, name="z2")
        s2 = nn.sigmoid(z2, name="s2")
        h2 = nn.add(s2, h1, name="h2")
        z3 = nn.matmul(h2, W3, name="z3")
        nn.squared_error(z3, y, name="loss")
    graph.Forward(x=rng.normal(size=(4, 3)), y=rng.normal(size=(4, 2)))
    by_name = {node.name: node for node in graph.nodes}
    for node in (*graph.nodes, W1, W2, W3):
        node.grad = None
    by_name["loss"].grad = np.ones(4)
    for name in order or reversed(by_name):
        if by_name[name].grad is not None:
            by_name[name].backward()
    return [0.0 if each.grad is None else each.grad for each in (W1, W2, W3)]


def test_the_order_in_the_answers_loses_W1_alone():
    """And in the one for which there is a single point, nothing has arrived at z1."""
    orders = set(re.findall(r"(loss(?:, [zsh]\d){6})", MARKING))
    assert len(orders) == 2
    right, nothing = gradients(), []
    for order in (each.split(", ") for each in orders):
        found = gradients(order)
        assert sorted(order) == sorted(["loss", "z1", "h1", "z2", "s2", "h2", "z3"])
        assert [np.allclose(a, b) for a, b in zip(right, found, strict=True)] == [False, True, True]
        nothing.append(not np.any(found[0]))
    assert sorted(nothing) == [False, True]
    # What the first line of the anchors says: h1 and s2 before z2, and z1 behind h1.
    middle = ("h1", "s2", "z2", "z1")
    for order in permutations(middle):
        W1, W2, W3 = gradients(["loss", "z3", "h2", *order])
        place = order.index
        asked = place("h1") < place("z2") > place("s2") and place("z1") > place("h1")
        late = np.any(W1) and not np.allclose(W1, right[0])
        assert asked == (late and np.allclose(W2, right[1]) and np.allclose(W3, right[2]))


def test_the_numbers_in_the_full_answers():
    B = 4
    anna = [B / B**products for products in (1, 2, 3)]  # where one division is right
    assert anna == [1, 1 / 4, 1 / 16]
    assert "W3: 1. W2: 1/4. W1: 1/16." in MARKING
    assert (B - 1) / (B + 1) == 0.6
    assert "That is 0.6 for B = 4" in MARKING
    N, B = 60, 8
    assert f'"{N}; {-(-N // B)}, and the last has {N % B}; 1."' in MARKING
    assert f'"{11 - 1}, {(11 - 1) // B}, 0: its gradient' in MARKING
