"""The page that a student reads: points, what went wrong in words, and an example to try.

Everything of a record is text, whatever it looks like: nothing in a page can run, load or link to
anything outside of it, and characters that would reorder or hide text are shown as what they are.
"""

from __future__ import annotations

import html
from datetime import datetime

from course_grading.results.display import MOST_TEXT, duration, in_points, visible
from course_grading.results.record import PartMark, QuestionMark, Record, Status, WrittenAnswer

MOST_NOTES = 50


def escaped(text: str, most: int = MOST_TEXT) -> str:
    """The visible text as it stands in HTML, also inside an attribute with quotes."""
    return html.escape(visible(text, most), quote=True)


def document(title: str, body: str) -> str:
    """A whole page that loads nothing; `title` is text, `body` is HTML."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escaped(title, 200)}</title>
<style>{STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(record: Record, title: str) -> str:
    """The feedback of one student: a page of its own, to be opened in any browser.

    Args:
        title: of the assignment, such as "The chain rule".

    The guide of a written question is not on it: it may hold the answer.
    """
    heading = f"{record.assignment}: {title}" if title else record.assignment
    parts = [_head(record, heading)]
    if record.said:
        parts.append(_notes(record.said))
    if record.status in (Status.MISSING, Status.COULD_NOT_BE_RUN):
        parts.append(_what_to_do(record))
    elif record.status == Status.PARTLY_GRADED:
        parts.append(
            '<section class="notice" aria-labelledby="partly"><h2 id="partly">A part could not be '
            f"marked</h2>\n<p>Reason: {escaped(record.reason)}</p></section>"
        )
    if record.status != Status.MISSING and (record.questions or record.written):
        parts.append(_table(record))
    if record.status in (Status.GRADED, Status.PARTLY_GRADED):
        parts.append(_how_to_read(record))
        parts += [
            _question(entry) if isinstance(entry, QuestionMark) else _written(entry)
            for entry in _in_order(record)
        ]
    elif record.status == Status.COULD_NOT_BE_RUN:
        parts += map(_written, record.written)  # a person can read them all the same
    body = "\n".join(parts)
    return document(f"Feedback on {heading}", f"<main>\n{body}\n</main>")


def _in_order(record: Record) -> list[QuestionMark | WrittenAnswer]:
    entries: list[QuestionMark | WrittenAnswer] = [*record.questions, *record.written]
    return sorted(entries, key=lambda entry: entry.number)


def _head(record: Record, heading: str) -> str:
    who = f"<bdi>{escaped(record.name, 200)}</bdi>, " if record.name else ""
    rows = [("Student", f"{who}<bdi>{escaped(record.student, 200)}</bdi>")]
    if record.status != Status.MISSING:
        rows.append(("Handed in", _handed_in(record)))
        rows.append(("Points", _points_so_far(record)))
    listed = "\n".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return (
        f'<header><p class="kind">Feedback</p>\n<h1>{escaped(heading, 300)}</h1>\n'
        f"<dl>\n{listed}\n</dl></header>"
    )


def _handed_in(record: Record) -> str:
    try:
        time = datetime.fromisoformat(record.submitted_at)
        when = f"{time:%Y-%m-%d %H:%M %Z}".strip()
    except ValueError:
        when = escaped(record.submitted_at, 60)
    if record.seconds_late is None:
        return when or "time not known"
    late = "in time" if record.seconds_late <= 0 else f"{duration(record.seconds_late)} late"
    return f"{when}, {late}" if when else late


def _points_so_far(record: Record) -> str:
    to_mark = [answer for answer in record.written if answer.open]
    given = record.points_so_far
    open_points = sum(answer.out_of for answer in to_mark)
    if not to_mark:
        return f"<strong>{in_points(given)}</strong> of {in_points(record.max_points)}"
    answers = "1 written answer" if len(to_mark) == 1 else f"{len(to_mark)} written answers"
    worth = _points_word(open_points)
    return (
        f"<strong>{in_points(given)}</strong> of {in_points(record.max_points - open_points)} "
        f"so far. A person still marks {answers}, worth {worth}."
    )


def _points_word(number: float) -> str:
    return f"{in_points(number)} point{'' if number == 1 else 's'}"


def _what_to_do(record: Record) -> str:
    reason = f"<p>Reason: {escaped(record.reason)}</p>" if record.reason else ""
    if record.status == Status.MISSING:
        return f"""<section class="notice" aria-labelledby="why">
<h2 id="why">No submission was found</h2>
{reason}
<p>There is no file for you among the submissions of this assignment, so there is nothing to
mark.</p>
<h3>What you can do</h3>
<ul>
<li>If you handed it in, tell your instructor, with the name of the file and the time.</li>
<li>If you did not, ask whether you still can. All checks of the notebook work without the
grader.</li>
</ul>
</section>"""
    return f"""<section class="notice" aria-labelledby="why">
<h2 id="why">Your notebook could not be run</h2>
{reason}
<p>So the grader could mark nothing. This says nothing about your answers.</p>
<h3>What you can do</h3>
<ul>
<li>Open the file that you handed in, choose “Restart Kernel and Run All Cells”, and look at the
first cell that stops or does not end.</li>
<li>If all of it runs on your computer, show your instructor this page.</li>
<li>Ask whether you can hand in a notebook that runs.</li>
</ul>
</section>"""


def _notes(notes: tuple[str, ...]) -> str:
    items = [f"<li>{escaped(note)}</li>" for note in notes[:MOST_NOTES]]
    if len(notes) > MOST_NOTES:
        items.append(f"<li>… and {len(notes) - MOST_NOTES} more.</li>")
    listed = "\n".join(items)
    return (
        '<section class="notice" aria-labelledby="notes">\n'
        '<h2 id="notes">Notes on your notebook</h2>\n'
        f"<ul>\n{listed}\n</ul></section>"
    )


def _table(record: Record) -> str:
    rows = []
    for entry in _in_order(record):
        got = entry.mark if isinstance(entry, WrittenAnswer) else entry.points
        points = "to be marked" if got is None else in_points(got)
        name = f"{entry.number}. {escaped(entry.title, 200)}"
        if isinstance(entry, WrittenAnswer) or record.status != Status.COULD_NOT_BE_RUN:
            name = f'<a href="#q{entry.number}">{name}</a>'
        rows.append(
            f'<tr><th scope="row">{name}</th><td class="number">{points}</td>'
            f'<td class="number">{in_points(entry.out_of)}</td></tr>'
        )
    given = record.points_so_far
    so_far = " so far" if any(answer.open for answer in record.written) else ""
    listed = "\n".join(rows)
    return f"""<section aria-labelledby="points"><h2 id="points">Points</h2>
<table>
<caption>What each question got</caption>
<thead><tr><th scope="col">Question</th><th scope="col" class="number">Points</th>
<th scope="col" class="number">Out of</th></tr></thead>
<tbody>
{listed}
</tbody>
<tfoot><tr><th scope="row">Together{so_far}</th><td class="number">{in_points(given)}</td>
<td class="number">{in_points(record.max_points)}</td></tr></tfoot>
</table>{_about_decimals(record)}</section>"""


def _about_decimals(record: Record) -> str:
    """Why there are points such as 2.67. They are rounded once, in each part, so sums are exact."""
    parts = [part for entry in record.questions for part in entry.parts]
    if all(round(part.points, 1) == round(part.points, 2) for part in parts):
        return ""
    return (
        '\n<p class="aside">The points of a part are shared equally by what is looked at in it, '
        "such as three matrices, and rounded to hundredths. All sums are of these.</p>"
    )


def _how_to_read(record: Record) -> str:
    if not any(part.points < part.out_of for entry in record.questions for part in entry.parts):
        return ""
    return (
        '<p class="aside">Your functions were called with other numbers than in the visible '
        "checks, several times for each part. Where something was not right, the sentence below "
        "the part says what was seen. An example to try has the numbers of the visible check, so "
        "you can run it yourself; click on it to see it.</p>"
    )


def _question(entry: QuestionMark) -> str:
    answer = f'<p class="aside">Looked for: <code>{escaped(entry.answer, 200)}</code></p>'
    first: dict[str, str] = {}  # where an example was shown already
    parts = "\n".join(_part(part, first) for part in entry.parts)
    return _section(
        entry, f"{in_points(entry.points)} of {_points_word(entry.out_of)}", answer + "\n" + parts
    )


def _section(entry: QuestionMark | WrittenAnswer, points: str, content: str) -> str:
    return (
        f'<section class="question" aria-labelledby="q{entry.number}">'
        f'<h2 id="q{entry.number}">Question {entry.number}. {escaped(entry.title, 200)} '
        f'<span class="points">{points}</span></h2>\n{content}\n</section>'
    )


def _part(part: PartMark, shown: dict[str, str]) -> str:
    kind, sign, word = "wrong", "✗", "Not yet"
    if part.points >= part.out_of:
        kind, sign, word = "right", "✓", "Full points" if part.said else "Right"
    elif part.points > 0:
        kind, sign, word = "partly", "◐", "Partly right"
    # Full points and yet a slip: the rubric takes off for it in one part only.
    elsewhere = "This slip is counted in another part: " if kind == "right" else ""
    said = "".join(f"<li>{elsewhere}{escaped(sentence)}</li>" for sentence in part.said)
    said = f'<ul class="said">{said}</ul>\n' if said else ""
    return (
        f'<div class="part {kind}">'
        f'<h3><span class="verdict"><span aria-hidden="true">{sign}</span> {word}:</span> '
        f"{escaped(part.words)} "
        f'<span class="points">{in_points(part.points)} of {in_points(part.out_of)}</span></h3>\n'
        f"{said}{_example(part, shown)}</div>"
    )


def _example(part: PartMark, shown: dict[str, str]) -> str:
    """What was tried, folded, and what came of it where that is not said above already.

    Args:
        shown: under which part each example of the question is; this one is added.
    """
    tried, _, came = part.example.rpartition("\n")
    if not tried:  # a sentence, nothing to try
        return f'<p class="example">{escaped(came)}</p>' if came else ""
    if any(f": {came}".endswith(f": {s}") or s.endswith(f": {came}") for s in part.said):
        came = ""  # with the label or without it
    came = f'<p class="example">With these numbers: {escaped(came)}</p>' if came else ""
    if tried in shown:
        under = escaped(shown[tried], 200)
        return f'<p class="example">An example to try: the one under “{under}”.</p>{came}'
    shown[tried] = part.words
    lead, _, code = tried.partition("\n")
    words = ""
    if code and lead.endswith(":"):  # so that the box can be copied as a whole
        words, tried = f'<p class="example">{escaped(lead)}</p>', code
    return (
        f"<details><summary>An example to try: {escaped(part.words, 200)}</summary>\n"
        f"{words}<pre>{escaped(tried)}</pre>{came}</details>"
    )


def _written(answer: WrittenAnswer) -> str:
    got = answer.mark
    content = []
    if got is None:
        points = f"to be marked, {_points_word(answer.out_of)}"
        content.append("<p>A person reads this answer and marks it.</p>")
    else:
        points = f"{in_points(got)} of {_points_word(answer.out_of)}"
    if not answer.answered:
        content.append("<p>There was no answer in your notebook.</p>")
    if answer.comment:
        content.append(
            f'<p class="example">Comment:</p>\n<p class="comment">{escaped(answer.comment)}</p>'
        )
    if answer.answered and answer.text:
        content.append(
            "<details><summary>Your answer</summary>"
            f'<div class="answer" dir="auto">{escaped(answer.text)}</div></details>'
        )
    return _section(answer, points, "\n".join(content))


# Colours have a contrast of at least 4.5 in both schemes; signs and words say the same.
STYLE = """
:root { color-scheme: light dark; --text: #1d2430; --soft: #566072; --line: #d5dae2;
  --back: #ffffff; --box: #f5f7fa; --link: #1a5fa8; --right: #17693b; --partly: #8a5300;
  --wrong: #a52a20; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #a4aebd; --line: #3b4453;
  --back: #161b22; --box: #1f2630; --link: #84b9f5; --right: #6fcf97; --partly: #f0b45c;
  --wrong: #f58a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1.25rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .75rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 0; }
p, ul, dl { margin: 0 0 .75rem; } ul { padding-left: 1.25rem; }
a { color: var(--link); }
section { margin-top: 2.25rem; }
.kind { color: var(--soft); margin: 0 0 .25rem; }
dl div { display: flex; gap: 1rem; padding: .15rem 0; }
dt { flex: 0 0 6rem; color: var(--soft); } dd { margin: 0; flex: 1; min-width: 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
th, td { text-align: left; font-weight: normal; padding: .45rem .5rem;
  border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { font-weight: 600; } tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.notice { border: 1px solid var(--line); border-left: .3rem solid var(--partly);
  background: var(--box); padding: 1rem 1.25rem .5rem; border-radius: .3rem; }
.notice h3 { margin-bottom: .35rem; }
article { margin-top: 1.25rem; } article h3 { margin-bottom: .35rem; }
.aside { color: var(--soft); } p.aside { margin-top: 1.25rem; }
.question { border-top: 1px solid var(--line); padding-top: 1.5rem; }
.question .aside { margin-top: 0; }
.points { color: var(--soft); font-weight: normal; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
h2 .points, h3 .points { float: right; margin-left: 1rem; }
h2 .points { font-size: 1rem; line-height: 1.6; }
.part { border-left: .2rem solid var(--line); padding: .1rem 0 .1rem .9rem; margin: 0 0 1.1rem; }
.part.right { border-color: var(--right); } .right .verdict { color: var(--right); }
.part.partly { border-color: var(--partly); } .partly .verdict { color: var(--partly); }
.part.wrong { border-color: var(--wrong); } .wrong .verdict { color: var(--wrong); }
.said { margin: .35rem 0 .5rem; }
.example { color: var(--soft); margin: .5rem 0 .25rem; }
code, pre { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono",
  monospace; font-size: .9em; }
pre, .answer, .comment { background: var(--box); border: 1px solid var(--line);
  border-radius: .3rem; padding: .7rem .9rem; margin: 0 0 .5rem; white-space: pre-wrap;
  overflow: hidden; line-height: 1.45; }
.answer { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono",
  monospace; font-size: .9em; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft);
  margin-bottom: .4rem; }
@media (max-width: 30rem) { h2 .points, h3 .points { float: none; display: block; margin: 0; } }
@media print { :root { color-scheme: light; --text: #000; --soft: #444; --line: #bbb;
  --back: #fff; --box: #fff; --link: #000; --right: #000; --partly: #000; --wrong: #000; }
  main { max-width: none; padding: 0; } a { text-decoration: none; }
  .part, tr, .notice { break-inside: avoid; } h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""
