"""The numbered equations of a text, and the marks of their executed twins in code.

An equation is `$$ … \\tag{3.5} $$`. Its twin is the statement that computes it, in a code cell
further down. It carries the number in a comment at the end of one of its lines:

    delta3 = z3 - y  # (3.5)

A mark may also stand beside `def` or `for`; then what the body returns or computes last counts.
In a further lesson a letter stands in place of the lesson's number: (B.5).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(?:[1-9]\d?|[A-Z])\.[1-9]\d?"  # number or letter of the lesson, and number in it
MENTION = re.compile(rf"(?<!\w)\(({NUMBER})\)")  # (3.5), and not the call f(3.5)


# --- in the text ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equation:
    """A numbered equation: `number` as in "3.5", `latex` without dollars and tag."""

    number: str
    latex: str


def equations_in(text: str) -> list[Equation]:
    """Every `$$ … \\tag{…} $$` of a Markdown text (without its code), in order."""
    displayed = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    return [
        Equation(tag.strip(), re.sub(r"\\tag\{[^}]*\}", "", latex).strip())
        for latex in displayed
        for tag in re.findall(r"\\tag\{([^}]*)\}", latex)
    ]


# --- in the code ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """The number of an equation in a comment, and what the line beside it computes.

    `values` are the expressions that are assigned, returned, added or shown there, each by its
    place in `ast.walk` of the source. There are none if the mark stands on a line of its own, or on
    one that computes nothing.
    """

    number: str
    line: int
    values: tuple[int, ...]


def marks_in(source: str) -> list[Mark]:
    """Every mark in the source of a code cell; none if the source is not Python."""
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return []
    place = {node: index for index, node in enumerate(ast.walk(tree))}
    marks = []
    for token in tokens:
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            alone = token.line.strip().startswith("#")
            values = [] if alone else _values(_statement_at(tree, line), line)
            places = tuple(place[value] for value in values)
            marks += [Mark(number, line, places) for number in MENTION.findall(token.string)]
    return marks


def _statement_at(tree: ast.AST, line: int) -> ast.stmt | None:
    """The innermost statement that the line is a part of; of a `def` or `for`, only the head is."""
    found = None
    for node in ast.walk(tree):  # what is inside comes after what is around it
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            found = node
    if found is not None and hasattr(found, "body") and line >= found.body[0].lineno:
        return None  # between the statements of a body, or at an `else`
    return found


def _values(statement: ast.stmt | None, line: int) -> list[ast.expr]:
    """The expressions whose value is what the statement computes."""
    match statement:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Return():
            return [statement.value] if statement.value is not None else []
        case ast.Expr(value=ast.Call() as call):
            return _first_computed(call, line)
        case ast.FunctionDef() | ast.For():
            inner = list(_statements_of(statement))
            returned = [each for each in inner if isinstance(each, ast.Return)]
            assigned = [each for each in inner if isinstance(each, ast.Assign | ast.AugAssign)]
            chosen = returned or assigned[-1:]
            return [each.value for each in chosen if each.value is not None]
    return []


def _statements_of(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements in its body and in theirs, in the order of the lines; not those of a `def`."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt) and not isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield child
            yield from _statements_of(child)


def _first_computed(call: ast.Call, line: int) -> list[ast.expr]:
    """Of what is passed to `print`, `append`, …: the first sum, product, difference, …

    It is looked for in the argument on the marked line, then in all of them. Without any, the
    first argument of `append` and the like counts, or the first value shown by `print`.
    """
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    on_the_line = [each for each in arguments if each.lineno <= line <= each.end_lineno]
    inside = [node for each in on_the_line + arguments for node in ast.walk(each)]
    computed = [node for node in inside if _is_arithmetic(node)]
    if not computed and isinstance(call.func, ast.Name) and call.func.id == "print":
        computed = [node.value for node in inside if isinstance(node, ast.FormattedValue)]
        computed += [each for each in arguments if not isinstance(each, ast.Constant)]
    elif not computed:
        computed = call.args
    return computed[:1]


def _is_arithmetic(node: ast.AST) -> bool:
    """A sum, product, … or something negated, but no counting such as `i + 1`."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant)
    if not isinstance(node, ast.BinOp):
        return False
    sides = {type(node.left), type(node.right)}
    counts = isinstance(node.op, ast.Add | ast.Sub) and sides == {ast.Name, ast.Constant}
    return not counts and sides != {ast.Constant}
