"""Lines of text become formulas: each line by itself, so that one cannot spoil another.

Text is read by a grammar and never run. What cannot be read is a `Problem`: its place, and the
nearest thing that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.expression import Expression, Name, TooDeep
from course_nn.derivation_check.formulas import SMALLEST, sides_of
from course_nn.derivation_check.parsing import (
    LONGEST_LINE,
    alone,
    bare_name,
    parsed,
    tree_of,
    without_chain,
)
from course_nn.derivation_check.scope import is_entrywise
from course_nn.derivation_check.statement import CannotRead, Problem, Reason, Statement
from course_nn.derivation_check.typed_lines import lines_of
from course_nn.derivation_check.vocabulary import Vocabulary, about, of_a_derivative, of_which
from course_nn.graph import Input, Labels, Parameter

MOST_NAMES = 20  # that are unknown, for which a known one is searched
MOST_CHARACTERS = 8_000  # of lines that are tried instead of some that cannot be read


@dataclass
class Explaining:
    """What may still be tried to explain lines that cannot be read."""

    names: int = MOST_NAMES
    characters: int = MOST_CHARACTERS


def read(text: str, vocabulary: Vocabulary) -> list[Statement]:
    """The lines of a text. Own names are those on the left of =, in whichever order."""
    lines = lines_of(text, vocabulary)
    read: list[tuple[Statement, Any]] = [parsed(line, vocabulary) for line in lines]
    for statement, tree in read:
        if tree is None:
            left = re.match(
                rf"\s*({grammar.NAME}(?:\.grad)?)\s*=", notation.normalised(statement.text)
            )
            vocabulary.spoilt.update([notation.own_name(left[1])] if left else [])
        for side in tree.children[:-1] if tree is not None else ():
            raw = bare_name(side)
            names = [] if raw is None else [raw, notation.of_a_row(raw)]
            if names and not any(vocabulary.in_graph(notation.spellings(n)) for n in names):
                vocabulary.own.add(notation.own_name(names[0]))
    for tree in (tree for _, tree in read if tree is not None):
        for side in tree.children[:-1]:
            vocabulary.own |= _derivative_of_ones_own(side, vocabulary)
    understood = [
        statement if tree is None else _understood(statement, tree, vocabulary)
        for statement, tree in read
    ]
    understood = _with_entries(understood, [tree for _, tree in read], vocabulary)
    work = Explaining()
    return [_explained(each, vocabulary, work) for each in understood]


def _derivative_of_ones_own(side: Any, vocabulary: Vocabulary) -> set[str]:
    """The name of a derivative that a line defines: ∂u/∂n of two nodes, and s.grad, or ∂L/∂s,
    where s is a name of the reader's own.
    """
    side = alone(side)
    kind = getattr(side, "data", None)
    if kind == "gradient":
        raw = str(side.children[0])
        local = vocabulary.local(raw)
        if local is not None:
            return {local.value.name} if local.kind == "name" else set()  # type: ignore[attr-defined]
        below = of_a_derivative(raw)
    elif kind == "grad" and bare_name(side.children[0]) is not None:
        below = bare_name(side.children[0]) or ""
    else:
        return set()
    name = vocabulary.resolved(below)
    own = vocabulary.as_defined(name.name) if name.kind in ("own", "unknown") else ""
    return {f"{own}.grad"} if own else set()


def _with_entries(
    statements: list[Statement], trees: list[Any], vocabulary: Vocabulary
) -> list[Statement]:
    """The lines that cannot be read as matrices, read entry by entry where they have indices.

    What these lines define is then known to the others.
    """

    def is_name(name: str) -> bool:
        known = vocabulary.in_graph(notation.spellings(name)) is not None
        own = vocabulary.as_defined(of_which(notation.own_name(name)))  # s, of δ_s
        return known or own != ""

    indexed = dict[int, Any]()
    whole = set[str]()  # names that an index was taken for a part of: p_k
    count = -1
    while count < len(indexed):
        count = len(indexed)
        for i, (statement, tree) in enumerate(zip(statements, trees, strict=True)):
            unread = statement.problem or not whole.isdisjoint(_own_names(statement))
            if i in indexed or not unread:
                continue
            text = notation.normalised(statement.text)
            whole_line = without_chain(text, vocabulary)
            with_indices = notation.with_indices(whole_line, is_name)
            if with_indices == text or len(text) > LONGEST_LINE:
                continue
            new = tree_of(with_indices, vocabulary)[1]
            if new is not None:
                indexed[i] = new
                names = map(bare_name, tree.children[:-1] if tree is not None else ())
                whole |= {notation.own_name(name) for name in names if name}
    by_entry = replace(vocabulary, by_entry=True)
    for tree in indexed.values():
        for side in map(alone, tree.children[:-1]):
            of = side.children[0] if getattr(side, "data", None) == "entry" else side
            raw = bare_name(of)
            if raw is not None and not vocabulary.in_graph(notation.spellings(raw)):
                vocabulary.own.add(notation.own_name(raw))
                vocabulary.spoilt.discard(notation.own_name(raw))
    for tree in indexed.values():
        for side in map(alone, tree.children[:-1]):
            of = side.children[0] if getattr(side, "data", None) == "entry" else side
            vocabulary.own |= _derivative_of_ones_own(of, vocabulary)
    if not indexed:
        return statements
    found = []
    for i, statement in enumerate(statements):
        if i in indexed:
            anew = _understood(replace(statement, problem=None), indexed[i], by_entry)
            known = anew.problem is None or anew.problem.reason in OF_ENTRIES
            found.append(anew if known else statement)
        elif trees[i] is not None:
            found.append(_understood(replace(statement, problem=None), trees[i], vocabulary))
        else:
            found.append(statement)
    return found


def _own_names(statement: Statement) -> set[str]:
    """The names of the reader's own in a line."""
    parts = [part.value for formula in statement.formulas for part in formula.walk()]
    names = [each for each in (*statement.targets, *parts) if isinstance(each, Name)]
    return {name.name for name in names if name.kind == "own"}


OF_ENTRIES = (Reason.ENTRIES, Reason.FREE_INDEX, Reason.NO_INDEX, Reason.LABELS, Reason.WHICH_SUM)
ENTRY = re.compile(  # W_{3,jk}, h_j, dW3[j, k], but not row b
    rf"(?<![A-Za-z0-9α-ω_]){grammar.LETTER}[A-Za-z0-9α-ω]*(\.grad)?"
    r"(_\d+)?(_\{?(\d+,)?[b,]*[ijklmn]{1,2}\}?(?![A-Za-z0-9])"
    r"|(?<!shape)\[\s*(?!b\s*\])(:|\w+)\s*(,\s*(:|\w+(\[\w+\])?)\s*)?\])"
)


def _explained(statement: Statement, vocabulary: Vocabulary, work: Explaining) -> Statement:
    """A line that cannot be read, with what could be meant: entries, or a line close to it."""
    problem = statement.problem
    if problem is None or problem.reason not in (Reason.SIGN, Reason.UNKNOWN_NAME, Reason.LEFT):
        return statement
    if entry := ENTRY.search(notation.normalised(statement.text)):
        word = statement.text[entry.start() : entry.end()]
        names = map(vocabulary.resolved, re.findall(grammar.NAME, entry[0].partition("[")[2]))
        labels = [name.name for name in names if vocabulary.is_labels(name)]
        nearest = f"onehot({labels[0]})" if labels else ""
        return replace(statement, problem=Problem(Reason.ENTRIES, entry.start(), word, nearest))
    if problem.nearest or problem.reason is Reason.LEFT:
        return statement
    if problem.reason is Reason.SIGN:
        nearest = _nearest(statement, problem.place, vocabulary, work)
        searched = bool(nearest) or work.characters > 0
    else:
        work.names -= 1
        nearest = vocabulary.near(problem.word) if work.names >= 0 else ""
        searched = work.names >= 0
    return replace(statement, problem=replace(problem, nearest=nearest, searched=searched))


def _nearest(statement: Statement, place: int, vocabulary: Vocabulary, work: Explaining) -> str:
    """A line like this one, with one change at the place, that can be read; or ''."""
    text = statement.text
    if slope := _with_argument(text, vocabulary):
        return slope
    before, after = text[:place], text[place:]
    opened = text.count("(") - text.count(")")
    changed = [
        text + ")" * opened if opened > 0 else "",
        before + after[1:] if after[:1] == ")" else "",
        re.sub(r"(?<=\w)['′’](?!\s*\()", "ᵀ", text),
        text.replace("{", "(").replace("}", ")").replace("[", "(").replace("]", ")"),
        before + after[1:],
        before[:-1] + after,
        before.rstrip()[:-1] + after,
        before + ")" + after,
        before + "(" + after,
    ]
    for line in changed:
        if not line or line == text:
            continue
        work.characters -= len(line)
        if work.characters < 0:
            break
        tree = tree_of(notation.normalised(line), vocabulary)[1]
        if (
            tree is not None
            and not _understood(
                replace(statement, text=line, problem=None), tree, vocabulary
            ).problem
        ):
            return line.strip()
    return ""


def _with_argument(text: str, vocabulary: Vocabulary) -> str:
    """The line with f′ of what it is about, where f′ stands alone, or of which h it is; or ''."""
    left = about(text.partition("=")[0], vocabulary)
    for match in re.finditer(rf"({grammar.LETTER}\w*)['′’](?!\s*[(\w])", text):
        here = vocabulary.words.get(match[1]) in ("f", "sigmoid", "tanh", "relu")
        node = vocabulary.nodes.get(notation.own_name(notation.normalised(match[1])))
        if here and left is not None and left.kind == "gradient":
            return f"{text[: match.start()]}{match[1]}′({left.name}){text[match.end() :]}".strip()
        of_weights = left is not None and isinstance(vocabulary.nodes.get(left.name), Parameter)
        if node is not None and len(node.operands) == 1 and not of_weights:
            inside = node.operands[0].name
            return f"{text[: match.start()]}f′({inside}){text[match.end() :]}".strip()
    return ""


def _understood(statement: Statement, tree: Any, vocabulary: Vocabulary) -> Statement:
    try:
        formulas = sides_of(tree, vocabulary)
        if vocabulary.by_entry:
            formulas = _of_entries(formulas, statement.text, vocabulary.einstein)
        targets = []
        while len(formulas) > 1 and (target := _as_target(formulas[0], vocabulary)):
            targets.append(target)
            del formulas[0]
        if not targets:
            first = formulas[0]
            raise CannotRead(Reason.LEFT, first.start, statement.text[first.start : first.end])
        local = [each for each in targets if each.value.name.startswith("∂")]
        if local and len(targets) > 1:  # ∂L/∂h2 = ∂z3/∂h2 = …, and the way before is left out
            word = statement.text[local[0].start : local[0].end]
            raise CannotRead(Reason.ONE_BY_ANOTHER, local[0].start, word)
        only = len(targets) == len(formulas) == 1 and tree.data != "update"
        if only and vocabulary.restated(targets[0].value, formulas[0]):
            return _restated(statement, targets[0].value, formulas[0], vocabulary)
        for target in targets:
            if vocabulary.is_given(target.value) or target.value.name in vocabulary.words:
                word = statement.text[target.start : target.end]
                raise CannotRead(Reason.GIVEN, target.start, word)
        for name in (each for formula in formulas for each in formula.walk()):
            if name.kind == "name" and name.value.kind == "unknown":
                if name.value.name in vocabulary.spoilt:
                    raise CannotRead(Reason.SPOILT, name.start, name.value.name)
                raise CannotRead(Reason.UNKNOWN_NAME, name.start, name.value.name)
        for formula in formulas:
            _can_be_told(formula, vocabulary)
    except CannotRead as error:
        return replace(statement, problem=error.problem)
    except TooDeep:
        return replace(statement, problem=Problem(Reason.TOO_DEEP))
    names = tuple(dict.fromkeys(target.value for target in targets))
    return replace(statement, targets=names, formulas=tuple(formulas))


def _as_target(e: Expression, vocabulary: Vocabulary) -> Expression | None:
    """What a line can be about: a name, or the slope f′(z2) of an activation of the graph."""
    if e.kind == "name":
        return e
    of = e.arguments[0].value if e.kind == "slope" else None
    if not isinstance(of, Name) or of.kind != "value":
        return None
    only = (vocabulary.nodes[of.name],)
    users = [n for n in vocabulary.nodes.values() if getattr(n, "operands", ()) == only]
    kinds = {type(n).__name__ for n in users if is_entrywise(n)}
    is_here = len(kinds) == 1 and (e.value == "f" or e.value in kinds)
    return Expression("name", (), Name("slope", of.name), e.start, e.end) if is_here else None


def _restated(
    statement: Statement, name: Name, formula: Expression, vocabulary: Vocabulary
) -> Statement:
    """B = len(x) and the like: a name of the reader's own for what B is anyway."""
    of = formula.arguments[0].value
    if name.kind == "size" and isinstance(vocabulary.nodes[of.name], Labels):  # type: ignore[attr-defined]
        formula = Expression("name", (), name, formula.start, formula.end)  # labels have one axis
    return replace(statement, targets=(Name("own", name.name),), formulas=(formula,))


def _can_be_told(formula: Expression, vocabulary: Vocabulary) -> None:
    """Refuse what cannot be told from other formulas, or has no numbers."""
    size = 1.0
    for part in formula.walk():
        number = abs(part.value) if part.kind == "number" else 0.0  # type: ignore[arg-type]
        size *= min(number, 1 / number) if number else 1.0
        if size < SMALLEST**2:
            raise CannotRead(Reason.NUMBER, part.start)
        name = part.value
        of_a_node = isinstance(name, Name) and name.kind in ("gradient", "mean gradient")
        if of_a_node and isinstance(vocabulary.nodes[name.name], Input):  # type: ignore[attr-defined]
            word = f"{name.name}.grad"  # type: ignore[attr-defined]
            raise CannotRead(Reason.NO_GRADIENT, part.start, word)


def _of_entries(sides: list[Expression], text: str, einstein: bool) -> list[Expression]:
    """The sides of a line with indices: names on the left, whole arrays on the right.

    All names on the left have the same indices, those of the array that comes out; if they have
    none, it is a line of matrices, in which indices stand beneath a Σ only.
    """
    left = list[Expression]()
    while len(sides) > 1 and sides[0].kind in ("entry", "name"):
        left.append(sides.pop(0))
    letters = {str(each.value) if each.kind == "entry" else "" for each in left}
    names = [each.arguments[0] if each.kind == "entry" else each for each in left]
    if len(letters) != 1 or any(each.kind != "name" for each in names):
        raise CannotRead(Reason.ENTRIES, (left or sides)[0].start)
    (indices,) = letters
    if len(set(indices)) != len(indices):
        raise CannotRead(Reason.ENTRIES, left[0].start)
    if not indices:
        bare = next((each for side in sides for each in _not_beneath_a_sum(side)), None)
        if bare is not None:
            entry = ENTRY.match(notation.normalised(text), bare.start)
            word = text[bare.start : entry.end() if entry else bare.end]
            raise CannotRead(Reason.ENTRIES, bare.start, word)
        return [*names, *sides]
    if einstein:
        sides = [_with_sums(side, indices) for side in sides]
    target: Name = names[0].value  # type: ignore[assignment]
    of_weights = target.kind == "gradient" and target.one
    return [
        *names,
        *(Expression("entries", (e,), (indices, of_weights), e.start, e.end) for e in sides),
    ]


def _with_sums(e: Expression, indices: str) -> Expression:
    """With a Σ in front of each term for each index that stands twice in it, and not on the left:
    Einstein's convention.
    """
    if e.kind in ("add", "subtract", "negative"):
        return e.made_of(tuple(_with_sums(each, indices) for each in e.arguments))
    letters = "".join(str(each.value) for each in e.walk() if each.kind == "entry")
    under = {str(each.value) for each in e.walk() if each.kind == "sum over"}
    for letter in sorted(set(letters) - set(indices) - under):
        if letters.count(letter) > 1:
            e = Expression("sum over", (e,), letter, e.start, e.end)
    return e


def _not_beneath_a_sum(e: Expression) -> Iterable[Expression]:
    """The entries in a formula that no Σ adds up."""
    if e.kind == "entry":
        yield e
    elif e.kind != "sum over":
        for each in e.arguments:
            yield from _not_beneath_a_sum(each)
