"""What `check_derivation` answers: facts as data, and the sentences and the table made from them.

No decision is taken from a sentence. A wrong line is answered in three stages: numbers and a
question, the kind of slip, a similar line in other letters; never the line itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import fill

from course_nn import checks
from course_nn.derivation_check.judgement import BAD, BLAMED, Verdict
from course_nn.derivation_check.notation import normalised
from course_nn.derivation_check.principles import TEACHING, Principle
from course_nn.derivation_check.slips import PRINCIPLE_OF, RULES_OF, Found
from course_nn.derivation_check.statement import Problem, Reason
from course_nn.derivation_check.worked_lines import WORKED, Rule, letters
from course_nn.not_arrays import no_array

FEEDBACK = ("each", "first", "count", "none")
WRONG = (*BLAMED, Verdict.USES_ANSWER)
COUNTED = (Verdict.HOLDS, *BAD, Verdict.USES_ANSWER, Verdict.UNREADABLE)
MOST_SLIPS = 3  # that are named
WIDTH = 76  # of what is printed, as in course_nn.show
COLUMNS = {
    "Line": "3em",
    "As typed, and as read": "50%",
    "Verdict, and what to think about": "auto",
}
LEFT = "text-align: left; vertical-align: top"
BREAKS = f"{LEFT}; overflow-wrap: anywhere"  # a long name does, and a head does not


@dataclass(frozen=True)
class Numbers:
    """Where a line differs from a nudge, on one of the networks that were tried.

    Args:
        widths: of that network, by what has them. B: its examples.
        entry: the one that differs most, such as "h2[1, 0]"; example: whose loss moves, None if it
            is the mean of the batch.
        step: by which that entry was raised. change: by how much the loss then moved.
        mine: by how much the line says that it moves.
    """

    widths: Mapping[str, int]
    B: int
    entry: str
    example: int | None
    step: float
    change: float
    mine: float

    @property
    def shown(self) -> tuple[str, str]:
        """How the change and the reader's number are printed."""
        return f"{self.change:.3g}", f"{self.mine:.3g}"

    @property
    def differ(self) -> bool:
        """Whether that they differ is seen in what is printed."""
        change, mine = self.shown
        return change != mine


@dataclass(frozen=True)
class Shapes:
    """Shapes that do not fit, on one of the networks that were tried.

    Args:
        widths, B: of that network. about: what the line is about, and needed: its shape.
        mine: the shape that the line gives, or None if something inside does not fit.
        inside: the shapes that meet there. by_entry: whether entry by entry.
    """

    widths: Mapping[str, int]
    B: int
    about: str
    needed: tuple[int, ...]
    mine: tuple[int, ...] | None = None
    inside: tuple[tuple[int, ...], ...] = ()
    by_entry: bool = False


OF_THE_FORWARD_PASS = (
    "Which quantities go into it, which operation makes it from them, and in which order do the "
    "factors stand?"
)


@dataclass
class Line:
    """One line: how it was read, and what is said of it.

    Args:
        number: as it was typed, from 1; None for a line that is missing.
        text: as it was typed, in the notation of the course. typed: in the reader's, if known.
        read: as it was understood. latex: the same, typeset.
        about: what it is about, such as "h2.grad".
        verdict: a `Verdict`.
        problem: why it could not be read, or None.
        facts: `Numbers` or `Shapes` of a line that does not hold.
        slips: those that explain it, the likeliest first; often none.
        searched: whether all slips were tried: not in a very long line, or after many wrong ones.
        together: whether two of them were made at once, as no single one explains it.
        follows_from: the numbers of the lines that do not hold and that it rests on.
        own_step: whether it is a step of the reader's own that is wrong, as the lines that are made
            from it hold once it is replaced by a quantity of the graph.
        compensates: whether its number is right only because it makes up for the lines that it
            follows from.
        forward: whether it says what a node is, as the forward pass does, and not a gradient.
        one_example: whether it speaks of the loss of one example, as ∂L/∂W does.
        steps: the numbers of the lines with the reader's own names from which it is made, but for
            those that a line which holds is made from too.
        stretched: whether it holds for one example only because entry by entry a row is stretched
            along a column.
        own_widths: whether it has a width of the graph as a number, and so holds only there.
        principles: those that it needs, the one that carries it first.
        rules: those that it needs, also of the steps that it takes at once.
        given: the principles that were named after #.
        gradient_of: the node whose gradient it is about, or "". passes: the nodes whose steps it
            takes, that one first.
        by_entry: whether it was written entry by entry.
        in_itself: whether it holds with the right numbers of all others, if it follows from some
            that do not.
    """

    number: int | None
    text: str
    read: str
    latex: str
    about: str
    verdict: Verdict
    problem: Problem | None = None
    facts: Numbers | Shapes | None = None
    slips: tuple[Found, ...] = ()
    searched: bool = True
    together: bool = False
    follows_from: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    own_step: bool = False
    compensates: bool = False
    forward: bool = False
    one_example: bool = False
    stretched: bool = False
    own_widths: bool = False
    principles: tuple[Principle, ...] = ()
    rules: tuple[Rule, ...] = ()
    given: tuple[Principle, ...] = ()
    gradient_of: str = ""
    passes: tuple[str, ...] = ()
    by_entry: bool = False
    in_itself: bool = False
    typed: str = ""
    taken: frozenset[str] = field(default=frozenset(), repr=False)  # names in the graph

    @property
    def counts(self) -> bool:
        """Whether it is one of those of which is said how many hold: it is about a gradient, or
        does not hold. Given lines, steps of one's own and lines that are not needed do not count.
        """
        return self.verdict in COUNTED and not (self.forward and self.verdict is Verdict.HOLDS)

    @property
    def principle(self) -> Principle | None:
        """The principle that was given after #: of several the first that does not fit, or else
        the first; None if none was given.
        """
        unfit = [each for each in self.given if each not in self.principles]
        return next(iter((*unfit, *self.given)), None)

    @property
    def principle_fits(self) -> bool | None:
        """Whether all principles that were given are this line's; None if none was given."""
        return set(self.given) <= set(self.principles) if self.given else None

    @property
    def teaching(self) -> Principle:
        """The principle that a hint speaks of."""
        of_slip = next((PRINCIPLE_OF[f.slip] for f in self.slips if f.slip in PRINCIPLE_OF), None)
        first = self.principles[0] if self.principles else Principle.MULTIPLY
        return of_slip or first

    @property
    def rule(self) -> Rule:
        """The rule of which a hint shows a line: of those in this line the one of the slip."""
        for found in self.slips:
            of_slip = RULES_OF.get(found.slip, ())
            if Rule.MEAN in of_slip:
                return Rule.MEAN
            for rule in self.rules:
                if rule in of_slip:
                    return rule
        return self.rules[0] if self.rules else Rule.STEPS

    def hint(self, stage: int = 1) -> str:
        """What is said of this line: 1 numbers and a question, 2 the kind of slip, 3 a similar
        line in other letters. It is never this line itself.

        Raises ValueError for another stage.
        """
        if stage not in (1, 2, 3):
            raise ValueError(f"The stages of a hint are 1, 2 and 3; got {checks.shown(stage)}.")
        if self.verdict not in (*WRONG, Verdict.MISSING) or self.verdict is Verdict.USES_ANSWER:
            return _said(self)
        if stage == 1:
            return _said(self)
        if stage == 3:
            worked = WORKED[self.rule]
            words = f"A similar line. {worked.similar} {worked.task}"
            return words.format(**letters(self.taken))
        if not self.slips and not self.searched:
            return (
                "The slip in this line was not searched to the end, because there is too much to "
                "try: divide the line into steps, or check fewer lines at once."
            )
        if not self.slips and self.forward:
            return f"Look at the forward pass. {OF_THE_FORWARD_PASS}"
        if not self.slips:
            return (
                f"Look at this principle: {self.teaching.value}. {TEACHING[self.teaching].question}"
            )
        said = [_named(found) for found in self.slips]
        between = "; and also " if self.together else "; or "
        return "The kind of slip: " + between.join(dict.fromkeys(said[:MOST_SLIPS])) + "."


@no_array("The answer to a derivation has .right (True, False, or None) and .lines.")
@dataclass
class Report:
    """The answer to a derivation; printed it is small, in JupyterLab a table.

    Attributes:
        lines: a `Line` for each line, and one for each gradient that is missing.
        right: True if all lines hold and none is missing, False if one does not, None if that
            cannot be told.
        wrong: the lines to which a hint belongs. holding, counted: "7 of 8 lines hold"; see
            `Line.counts`.
    """

    lines: list[Line]
    right: bool | None
    feedback: str = "each"
    asked: bool = False  # for principles

    def __bool__(self) -> bool:
        return self.right is True

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.verdict in WRONG]

    @property
    def counted(self) -> int:
        return sum(line.counts for line in self.lines)

    @property
    def holding(self) -> int:
        return sum(line.counts and line.verdict is Verdict.HOLDS for line in self.lines)

    def _shown(self) -> Iterator[tuple[Line, str, str]]:
        """Each line that is shown, its verdict and what is said; empty where that stays hidden."""
        for i, line in enumerate(self.lines):
            readable = line.verdict is not Verdict.UNREADABLE
            judged = self.feedback == "each" or (
                self.feedback == "first"
                and not any(each.verdict not in _FINE for each in self.lines[:i])
            )
            if judged or not readable:
                yield line, line.verdict.value, self._said(line)
            elif line.number is not None:
                yield line, "", ""

    def _said(self, line: Line) -> str:
        words = [_said(line)]
        if self.asked and line.principles and line.number is not None:
            question = TEACHING[line.principles[0]].question
            if line.principle is None:
                words.append("Which principle carries this line? Write it after #.")
            elif not line.principle_fits:
                words.append(f"“{line.principle.value}” does not carry this line. {question}")
            else:
                given = ", ".join(each.value for each in line.given)
                fits = "The principle fits" if len(line.given) == 1 else "The principles fit"
                words.append(f"{fits}: {given}.")
        return " ".join(filter(None, words))

    def _summary(self) -> str:
        if self.feedback == "none":
            return "This is how your lines were read."
        verdicts = [line.verdict for line in self.lines]
        unread, missing = map(verdicts.count, (Verdict.UNREADABLE, Verdict.MISSING))
        words = f"{self.holding} of {self.counted} lines hold"
        if unread:
            words += f"; {unread} of these cannot be read"
        if missing:
            words += f"; {missing} {'line is' if missing == 1 else 'lines are'} missing"
        if self.right:
            words += ": the derivation is right"
        if self.right and any(line.one_example for line in self.lines):
            words += ", for one example: ∂L/∂W speaks of one; a batch has ∂J/∂W, or W.grad"
        own, idle = map(verdicts.count, (Verdict.STEP, Verdict.NOT_NEEDED))
        given = sum(line.forward and line.verdict is Verdict.HOLDS for line in self.lines)
        others = [
            f"{checks.counted(own, 'step')} of your own" if own else "",
            f"{checks.counted(given, 'line')} of the forward pass" if given else "",
            f"{idle} not needed" if idle else "",
        ]
        if any(others):
            words += f". Not counted: {', '.join(filter(None, others))}"
        return words + "."

    def __repr__(self) -> str:
        shown = list(self._shown())
        width = max((len(line.read or line.text or line.about) for line, *_ in shown), default=0)
        rows = []
        for line, verdict, said in shown:
            number = "" if line.number is None else str(line.number)
            what = line.read or line.text or line.about
            rows.append(f"{number:>4}  {what:<{width}}  {verdict}".rstrip())
            if line.problem and line.verdict is Verdict.UNREADABLE and not line.read:
                rows.append(" " * (6 + line.problem.place) + "^")
            if said:
                rows.append(fill(said, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6))
        return "\n".join([*rows, self._summary()])

    def _repr_html_(self) -> str:
        rows = []
        for line, verdict, said in self._shown():
            number = "" if line.number is None else str(line.number)
            judged = f"<strong>{escape(verdict)}</strong>" if verdict else ""
            words = "<br>".join(filter(None, [judged, escape(said)]))
            rows.append(
                f'<tr><th scope="row" style="{LEFT}">{number}</th>'
                f'<td style="{BREAKS}">{_both(line)}</td><td style="{BREAKS}">{words}</td></tr>'
            )
        heads = "".join(
            f'<th scope="col" style="{LEFT}; width: {width}">{head}</th>'
            for head, width in COLUMNS.items()
        )
        summary = escape(self._summary())
        return (
            '<table style="width: 100%; table-layout: fixed">'
            f'<caption style="text-align: left">{summary}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )


def _both(line: Line) -> str:
    """A line as typed and, below it, as it was read: in letters too where these differ, for those
    who see no typeset formulas.
    """
    if not line.text:
        return escape(line.about)
    shown = line.text if line.problem else line.typed or line.text
    typed = escape(shown)
    if line.problem and not line.latex:
        place = line.problem.place
        typed = f"{escape(line.text[:place])}<mark>{escape(line.text[place:]) or ' '}</mark>"
    rows = [f'<code style="white-space: pre-wrap">{typed}</code>']
    if normalised(line.read).replace(" ", "") != normalised(shown).replace(" ", ""):
        rows += [escape(line.read)] if line.read else []
    typeset = ""
    if line.latex:  # which never breaks: what is wider than the column can be moved
        latex = escape(line.latex)
        typeset = f'<div tabindex="0" style="overflow-x: auto; padding: 2px 0">${latex}$</div>'
    return "<br>".join(rows) + typeset


STRETCHED = (
    "⊙ and * multiply entry by entry, and with one example a row is stretched along a column: that "
    "looks like the product of matrices. With more examples it is not, as nothing is added up."
)


_FINE = (Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED)


def _said(line: Line) -> str:
    """What is said of a line at once: numbers and a question, or why it was not judged."""
    match line.verdict:
        case Verdict.UNREADABLE:
            return _why_not(line.problem)
        case Verdict.MISSING:
            return f"No line says what {line.about} is."
        case Verdict.USES_ANSWER:
            return (
                f"To compute {line.about}, this line needs {line.about}, itself or by way of other "
                "lines. Start from what is known: the forward pass, and the gradient nearer to the "
                "loss."
            )
        case Verdict.FOLLOWS:
            which = _listed(line.follows_from)
            if line.compensates:
                return (
                    f"Its number is right, but only because it makes up for {which}: once that is "
                    "mended, this must change too."
                )
            return f"No new slip here: it goes on from {which}, which must be mended first."
        case Verdict.HOLDS:
            if line.stretched:
                return STRETCHED
            if line.own_widths:
                return "It has a width of this graph as a number, and holds for that width only."
            return ""
        case verdict if verdict not in BLAMED:
            return ""
    words = []
    if line.verdict is Verdict.ONE_EXAMPLE:
        words.append(
            STRETCHED if line.stretched else "With one example it holds, with more it does not."
        )
    if line.verdict is Verdict.SQUARE:
        words.append("If all widths are equal it holds; they need not be.")
    if line.own_step:
        words.append(
            "The slip is in this step of your own: the lines that are made from it hold as soon as "
            "it is right."
        )
    words.append(_facts(line.facts))
    if line.steps:
        which = _listed(line.steps)
        words.append(
            f"It is made from your own steps in {which}: the slip may be there, or in this line."
        )
    elif line.forward:
        words.append(f"The forward pass makes {line.about} in another way. {OF_THE_FORWARD_PASS}")
    else:
        words.append(TEACHING[_asked_first(line)].question)
    return " ".join(filter(None, words))


def _named(found: Found) -> str:
    """A slip in words, with the name where it was made if there is one."""
    words = found.slip.value if found.it else found.slip.value.removesuffix(": {it}")
    return words.format(it=found.it or "a factor")


def _asked_first(line: Line) -> Principle:
    if line.verdict is Verdict.ONE_EXAMPLE:
        return Principle.MEAN
    if line.teaching is Principle.ADD and Principle.ADD in line.principles:
        return Principle.ADD  # a path is missing: no question about one of them helps
    return line.principles[0] if line.principles else Principle.MULTIPLY


def _facts(facts: Numbers | Shapes | None) -> str:
    if facts is None:
        return ""
    widths = ", ".join(f"{what} {width}" for what, width in facts.widths.items())
    on = f"On a network with {f'widths {widths} and ' if widths else ''}B = {facts.B}:"
    if isinstance(facts, Numbers):
        whose = "the mean loss" if facts.B > 1 else "the loss"
        if facts.example is not None:
            whose = f"the loss of example {facts.example}"
        change, mine = facts.shown
        return (
            f"{on} nudging {facts.entry} by {facts.step:g} moves {whose} by {change}; "
            f"your line says {mine}. The shapes fit."
        )
    if facts.mine is None:
        inside = " and ".join(map(str, facts.inside))
        why = "meet inside, and do not fit"
        if facts.by_entry:
            why = "are taken entry by entry, which needs equal shapes"
        return f"{on} {inside} {why}; {facts.about} is {facts.needed}."
    shape = "a single number" if facts.mine == () else str(facts.mine)
    return f"{on} {facts.about} is {facts.needed}, and your line gives {shape}."


def _why_not(problem: Problem | None) -> str:
    if problem is None:
        return ""
    word = f"“{problem.word}”: " if problem.word else ""
    if problem.reason is Reason.SIGN and not problem.word:
        words = "Something is missing at the mark."
    elif problem.reason in (Reason.WHICH_SUM, Reason.ONES):
        words = f"{word}{problem.reason.value}. Write Σ_b over the examples, Σ_k along a row."
    else:
        words = f"{word}{problem.reason.value}."
    if not problem.searched:
        words += " What is meant was not searched, after so many others: mend those first."
    what = "name that is known" if problem.reason is Reason.UNKNOWN_NAME else "that can be read"
    near = f" The nearest {what}: {problem.nearest}" if problem.nearest else ""
    return words[0].upper() + words[1:] + near


def _listed(numbers: Sequence[int]) -> str:
    if not numbers:
        return "a line that does not hold"
    *most, last = map(str, numbers)
    return f"lines {', '.join(most)} and {last}" if most else f"line {last}"
