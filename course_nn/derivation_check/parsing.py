"""From a line to the tree of a parser, which never runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.expression import Name
from course_nn.derivation_check.statement import Problem, Reason, Statement
from course_nn.derivation_check.vocabulary import LOSSES, Vocabulary, about

LONGEST_LINE = 500
MOST_BRACKETS = 20  # one in another


@lru_cache(maxsize=8)
def parser(functions: frozenset[str], loss: str) -> Any:
    try:
        from lark import Lark  # here: only who has a derivation read needs it
    except ImportError:
        raise ImportError(
            "check_derivation reads lines with the package Lark, which is not installed. "
            "`pip install lark` brings it, as does `python3 run.py lab`."
        ) from None

    def either(words: Iterable[str]) -> str:
        return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))

    rules = grammar.GRAMMAR
    for mark, pattern in (
        ("%EQUAL%", grammar.EQUAL),
        ("%ARANGE%", grammar.ARANGE),
        ("%UP_TO%", grammar.UP_TO),
        ("%AXES%", grammar.AXES),
        ("%FUNCTIONS%", either(functions)),
        ("%LOSS%", either({"L", "J", "loss", loss})),
        ("%SLOPES%", either(notation.SLOPES)),
        ("%NAME%", grammar.NAME),
        ("%LETTER%", grammar.LETTER),
        ("%COUNT%", grammar.COUNT),
    ):
        rules = rules.replace(mark, pattern)
    return Lark(rules, start="line", parser="lalr", lexer="basic", propagate_positions=True)


def parsed(statement: Statement, vocabulary: Vocabulary) -> tuple[Statement, Any]:
    """The tree of a line, or why there is none."""
    text = without_chain(notation.normalised(statement.text), vocabulary)
    if statement.problem:
        return statement, None
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if len(text) > LONGEST_LINE:
        problem = Problem(Reason.TOO_LONG, LONGEST_LINE)
    elif deepest > MOST_BRACKETS:
        problem = Problem(Reason.TOO_DEEP)
    elif "=" not in text:
        problem = Problem(Reason.NO_EQUALS, len(statement.text))
    else:
        place, tree = tree_of(text, vocabulary)
        if tree is None:  # 0,5 is a number where it cannot be two
            with_points = re.sub(r"(?<![\w.,])(\d+),(?=\d+(?![\w.,]))", r"\1.", text)
            tree = tree_of(with_points, vocabulary)[1] if with_points != text else None
        if tree is None:  # h2ᵀ δ3 : B, as division is written in some schools
            divided = re.sub(r"(?<=\S) : (?=[\w(])", " / ", text)
            tree = tree_of(divided, vocabulary)[1] if divided != text else None
        if tree is None:  # h2ᵀ [(z3 − y) W3ᵀ] has no index
            rounded = re.sub(r"\[((?![^\[\]]*[,:=])[^\[\]]*[-+@⊙·( ][^\[\]]*)\]", r"(\1)", text)
            tree = tree_of(rounded, vocabulary)[1] if rounded != text else None
        if tree is not None:
            return statement, tree
        problem = Problem(Reason.SIGN, place, statement.text[place : place + 1])
    return replace(statement, problem=problem), None


FRACTION = re.compile(rf"[∂d]\s*({grammar.NAME})\s*/\s*[∂d]\s*({grammar.NAME})")

ADDED = re.compile(r"∑\s*_\s*\{?\s*([a-z])\s*\}?")
INDICES = re.compile(rf"(?<!∑)_\{{?({notation.INDEX}{{1,2}})\}}?(?![A-Za-z0-9])")


def _whole(name: str) -> str:
    """The name of an array, for that of its entries: z3_k, W3_{jk}."""
    return re.sub(rf"_\{{?{notation.INDEX},?{notation.INDEX}?\}}?$", "", name)


def without_chain(text: str, vocabulary: Vocabulary) -> str:
    """The line without the chain rule in its middle, where that is true: = ∂L/∂z3 · ∂z3/∂h2 =."""
    sides = re.split(r"(?<![:<>=])=(?!=)", text)
    if len(sides) < 3:
        return text
    left, *middle, right = sides
    fraction = FRACTION.fullmatch(left.strip())
    target = vocabulary.resolved(_whole(fraction[2])) if fraction else about(left, vocabulary)
    if target is None:
        return text
    kept = [left]
    for part in middle:
        links = [(_whole(above), _whole(below)) for above, below in FRACTION.findall(part)]
        is_chain = not ADDED.sub("", FRACTION.sub("", part)).strip("·⊙@×* ()")
        is_chain = is_chain and _adds_up(part, left, vocabulary)
        if len(links) > 1 and is_chain and _leads_back(links, target, vocabulary):
            kept.append(" " * (len(part) + 1))
        else:
            kept.append(f"={part}")
    return "".join(kept) + f"={right}"


def _adds_up(chain: str, left: str, vocabulary: Vocabulary) -> bool:
    """Whether Σ runs over the indices between, and no others, where a chain has indices."""
    between = "".join(INDICES.findall(chain))
    letters = set(between) - set("".join(INDICES.findall(left))) - {"b"}
    added = {match[1] for match in ADDED.finditer(chain)} - {"b"}
    return added == letters or (vocabulary.einstein and not added)


def _leads_back(links: list[tuple[str, str]], target: Name, vocabulary: Vocabulary) -> bool:
    """Whether such derivatives, each once, lead from the loss to a node, and no path passes by."""
    losses = {*LOSSES, vocabulary.loss, f"{vocabulary.loss}_b"}
    here = [below for above, below in links if above in losses]
    steps = [
        (vocabulary.resolved(above), vocabulary.resolved(below))
        for above, below in links
        if above not in losses
    ]
    names = [name for step in steps for name in step]
    if len(here) != 1 or any(name.kind != "value" for name in names):
        return False
    place = vocabulary.resolved(here[0]).name
    while steps:
        step = next((each for each in steps if each[0].name == place), None)
        if step is None or vocabulary.passes_by(step[0].name, step[1].name):
            return False
        steps.remove(step)
        place = step[1].name
    return place == target.name


def tree_of(text: str, vocabulary: Vocabulary) -> tuple[int, Any]:
    """Where the reading stopped, and the tree if it did not."""
    from lark.exceptions import UnexpectedInput

    if inner := re.search("[⟦⟧⟨⟩]", text):  # which stand for ‖ and | inside
        return inner.start(), None
    # A graph's own operations only where the line may have them: so most graphs share a parser,
    # which takes as long to make as a hundred lines to read.
    words = {word for word in vocabulary.words if word in notation.ALIASES or word in text}
    try:
        return len(text), parser(frozenset(words), vocabulary.loss).parse(notation.paired(text))
    except UnexpectedInput as error:
        place = error.pos_in_stream
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            place = len(text)
        return (len(text) if place is None or place < 0 else place), None


def alone(tree: Any) -> Any:
    """What stands alone in a sum of one product of one factor."""
    while getattr(tree, "data", None) in ("sum", "product") and len(tree.children) == 1:
        (tree,) = tree.children
    return tree


def bare_name(tree: Any) -> str | None:
    tree = alone(tree)
    return str(tree.children[0]) if getattr(tree, "data", None) == "name" else None
