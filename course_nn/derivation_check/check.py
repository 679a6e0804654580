"""`check_derivation`: reads a derivation, tries it on fresh networks, and answers line by line."""

from __future__ import annotations

from typing import Any

from course_nn import checks
from course_nn.derivation.lines import names_in
from course_nn.derivation_check.expression import Name
from course_nn.derivation_check.judging import (
    BAD,
    WORST_FIRST,
    Judge,
    Judgement,
    Verdict,
)
from course_nn.derivation_check.meaning import Functions
from course_nn.derivation_check.notation import FUNCTIONS
from course_nn.derivation_check.reading import Statement, Vocabulary, read
from course_nn.derivation_check.report import FEEDBACK, Line, Report
from course_nn.derivation_check.trials import Family
from course_nn.derivation_check.writing import name_written, written
from course_nn.graph import Node, Parameter
from course_nn.operations import Operation


def check_derivation(
    loss: Node,
    text: str,
    columns: bool = False,
    feedback: str = "each",
    principles: bool = False,
) -> Report:
    """Read a derivation."""
    checks.loss_node(loss)
    if not isinstance(text, str):
        raise TypeError(f'The lines of a derivation are a text, "…"; got {checks.shown(text)}.')
    checks.yes_or_no("columns", columns)
    checks.yes_or_no("principles", principles)
    if feedback not in FEEDBACK:
        allowed = ", ".join(map(repr, FEEDBACK))
        raise ValueError(f"feedback must be one of {allowed}; got {checks.shown(feedback)}.")
    names = names_in(loss.graph)
    nodes = {name: node for node, name in names.items()}
    named = {type(n).__name__: n for n in nodes.values() if isinstance(n, Operation)}
    named = {name: node for name, node in named.items() if name not in FUNCTIONS}
    vocabulary = Vocabulary(nodes, names[loss], named)
    statements = read(text, vocabulary)
    judge = Judge(Family(loss, names), Functions(nodes, named), columns)
    judgements = judge.judged(statements)
    lines = [
        _line(i, statement, judgements, judge, vocabulary) for i, statement in enumerate(statements)
    ]
    lines += _missing(statements, judgements, judge, vocabulary)
    return Report(lines, _right(lines), feedback)


def _line(
    i: int,
    statement: Statement,
    judgements: list[Judgement],
    judge: Judge,
    vocabulary: Vocabulary,
) -> Line:
    here = [each for each in judgements if each.claim.statement == i]
    if not here:
        problem = statement.problem
        return Line(statement.number, statement.text, "", "", "", Verdict.UNREADABLE, problem)
    worst = min(here, key=lambda each: WORST_FIRST.index(each.verdict))
    sides = {}
    for tex in (False, True):
        left = [name_written(name, vocabulary.nodes, tex) for name in statement.targets]
        right = [
            written(_shown(each, judge), judge.decided, vocabulary.nodes, tex)
            for each in statement.formulas
        ]
        sides[tex] = " = ".join([*left, *right])
    numbers = {judgements[j].claim.statement for j in worst.rests_on_wrong}
    return Line(
        statement.number,
        statement.text,
        sides[False],
        sides[True],
        name_written(worst.claim.target, vocabulary.nodes, False),
        worst.verdict,
        worst.problem,
        tuple(sorted(numbers)),
        worst.compensates,
    )


def _shown(formula: Any, judge: Judge) -> Any:
    return formula


def _missing(
    statements: list[Statement],
    judgements: list[Judgement],
    judge: Judge,
    vocabulary: Vocabulary,
) -> list[Line]:
    given = {
        j.claim.target.name
        for j in judgements
        if j.claim.target.kind == "gradient" and j.verdict is not Verdict.UNREADABLE
    }
    needed = [judge.family.names[node] for node in judge.family.used if isinstance(node, Parameter)]
    for i, _ in enumerate(statements):
        here = [
            j.claim
            for j in judgements
            if j.claim.statement == i and j.verdict is not Verdict.NOT_NEEDED
        ]
        takes = [claim.takes - {vocabulary.loss} for claim in here]
        needed += sorted(min(takes, key=len)) if takes else []
    lines = []
    for name in dict.fromkeys(needed):
        if name not in given and name in judge.used:
            about = name_written(Name("gradient", name), vocabulary.nodes, False)
            lines.append(Line(None, "", "", "", about, Verdict.MISSING))
    return lines


def _right(lines: list[Line]) -> bool | None:
    verdicts = {line.verdict for line in lines}
    if verdicts & {*BAD, Verdict.USES_ANSWER}:
        return False
    judged = [line for line in lines if line.verdict is Verdict.HOLDS]
    if Verdict.UNREADABLE in verdicts or not judged:
        return None
    return Verdict.MISSING not in verdicts
