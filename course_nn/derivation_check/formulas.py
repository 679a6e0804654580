"""From the tree of a line to its formulas: whatever notation, one thing has one form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.parsing import alone
from course_nn.derivation_check.statement import CannotRead, Reason
from course_nn.derivation_check.vocabulary import Vocabulary
from course_nn.losses import cross_entropy

LARGEST_POWER = 16
SMALLEST, LARGEST = 1e-4, 1e6  # of a number: beside others, one outside could not be seen


def _formula(tree: Any, vocabulary: Vocabulary) -> Expression:
    """The formula of a tree of the parser."""
    start, end = tree.meta.start_pos, tree.meta.end_pos
    children = tree.children

    def inner(child: Any) -> Expression:
        return _formula(child, vocabulary)

    def made(kind: str, *arguments: Expression, value: Any = None) -> Expression:
        return Expression(kind, arguments, value, start, end)

    match tree.data:
        case "sum":
            return _sum(children, inner)
        case "product":
            return _product(children, inner, start, end, vocabulary)
        case "compared":
            left, sign, right = children
            return made("compare", inner(left), inner(right), value=str(sign))
        case "brackets":
            (inside,) = children
            e = inner(inside)
            if e.kind == "product" and e.value is None:  # what the reader has grouped stays so
                return Expression(e.kind, e.arguments, "brackets", e.start, e.end)
            return e
        case "indicator":
            return inner(children[1])
        case "number":
            return made("number", value=_number(str(children[0]), start))
        case "name":
            known = vocabulary.resolved(str(children[0]))
            if known == Name("unknown", "I") and "I" not in vocabulary.defined:
                return made("identity")
            if labels := vocabulary.labels_of(known):
                return made("call", made("name", value=Name("value", labels)), value="onehot")
            of_a_row = Name("unknown", notation.of_a_row(str(children[0])))  # p_b
            if known.kind == "unknown" and vocabulary.predicted_by(of_a_row) is not None:
                known = of_a_row
            if (loss := vocabulary.predicted_by(known)) is not None:
                names = {id(node): each for each, node in vocabulary.nodes.items()}
                output = made("name", value=Name("value", names[id(loss.operands[0])]))
                is_class = isinstance(loss, cross_entropy)
                return made("call", output, value="softmax") if is_class else output
            return made("name", value=known)
        case "iverson":
            onehot = _onehot(children[0], vocabulary)
            letter = re.search(r"(?<!\w)([cijk])(?!\w)", str(children[0]))
            if vocabulary.by_entry and letter:
                return made("entry", onehot, value=letter[1])
            return onehot
        case "entry":
            letters = notation.letters_of(str(children[1]))
            if not vocabulary.by_entry or len(set(letters)) != len(letters):
                raise CannotRead(Reason.ENTRIES, start)
            return made("entry", inner(children[0]), value=letters)
        case "at_labels":  # the entry at the label in each row
            chosen = made("multiply", inner(children[0]), _onehot(children[1], vocabulary))
            return made("sum", chosen, value="k")
        case "row_of_ones":
            return made("ones")
        case "zeros":
            return made("number", value=0.0)
        case "einsum":
            letters = re.sub(r".*?\(|['\" ]", "", str(children[0]))
            arguments = [inner(child) for child in children[1:] if hasattr(child, "data")]
            if letters.count(",") + 1 != len(arguments):
                raise CannotRead(Reason.ARGUMENTS, start, "einsum")
            return made("einsum", *arguments, value=letters)
        case "exponential":
            if vocabulary.resolved("e").kind != "unknown":
                raise CannotRead(Reason.SIGN, start, str(children[0]), "exp(…)")
            exponent = inner(children[-1])
            signs = [str(child) for child in children[1:-1]]
            if signs.count("-") % 2:
                exponent = made("negative", exponent)
            return made("call", exponent, value="exp")
        case "gradient":
            local = vocabulary.local(str(children[0]))
            if local is not None and (local.kind == "slope" or local.value.name in vocabulary.own):  # type: ignore[attr-defined]
                return Expression(local.kind, local.arguments, local.value, start, end)
            return made("name", value=vocabulary.gradient(str(children[0]), start))
        case "superscript":
            digits = str(children[1]).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
            return made("power", inner(children[0]), value=_exponent(digits, start))
        case "exponent":
            digits = re.sub(r"^\.|[*^(){}\s]", "", str(children[1]))
            return made("power", inner(children[0]), value=_exponent(digits, start))
        case "transposed":
            of = inner(children[0])
            is_one = of.kind == "number" and of.value == 1
            return made("ones") if is_one else made("transpose", of)
        case "column":
            return inner(children[0])
        case "first":  # the only column of a column, or the first of several
            ends = [Expression("number", (), float(n), start, end) for n in (0, 1)]
            return made("slice", inner(children[0]), *ends, value=(1, True, True))
        case "shape":
            return made("shape", inner(children[0]), value=int(str(children[1]).rstrip("]) ")[-1]))
        case "joined":
            return made("join", *map(inner, children))
        case "grad":
            of = inner(children[0])
            if of.kind == "name" and (own := vocabulary.own_gradient(of.value.name)):
                return made("name", value=own)
            if of.kind != "name":  # (u − t).grad
                raise CannotRead(Reason.SIGN, children[1].start_pos, str(children[1]))
            if of.value.kind != "value":
                name = str(children[0].children[0])
                word, own = f"{name}.grad", notation.own_name(name)
                is_spoilt = not vocabulary.spoilt.isdisjoint((own, f"{own}.grad"))
                raise CannotRead(Reason.SPOILT if is_spoilt else Reason.UNKNOWN_NAME, start, word)
            return made("name", value=Name("gradient", of.value.name))
        case "method":
            function = str(children[1])[1:]
            arguments = [children[0], *children[2].children]
            if function in ("copy", "astype", "detach", "clone", "float", "double", "long", "int"):
                return inner(children[0])
            return _of_numpy(_call(made, notation.ALIASES[function], arguments, inner, start))
        case "whole":
            function = notation.ALIASES[str(children[0]).partition(".")[2]]
            return _of_numpy(_call(made, function, children[1].children, inner, start))
        case "sliced":
            axes = [_index(each, inner) for each in children[1:] if each is not None]
            of = inner(children[0])
            for axis, (low, high) in enumerate(axes):
                parts = [of, *(each for each in (low, high) if each)]
                if len(parts) > 1:
                    of = Expression(
                        "slice", tuple(parts), (axis, bool(low), bool(high)), start, end
                    )
            return of
        case "norm":
            if len(children) > 1:  # of the whole matrix
                squares = made("power", inner(children[0]), value=2.0)
                return made("call", made("sum", squares, value="all"), value="sqrt")
            return made("call", inner(children[0]), value="norm")
        case "size":
            return made("call", inner(children[0]), value="abs")
        case "slope":
            word = str(children[0])
            name = word[:-1] if word.endswith("'") else word
            function = notation.SLOPES.get(word) or vocabulary.words.get(name)
            if name == "g" and vocabulary.resolved(name).kind == "unknown":
                function = "f"  # as Andrew Ng writes it
            arguments = children[1].children
            if function is None or len(arguments) != 1:
                raise CannotRead(Reason.UNKNOWN_NAME, start, name, vocabulary.near(name))
            return made("slope", inner(arguments[0]), value=function)
        case "call":
            power = None
            if len(children) == 3:
                digits = str(children[1]).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
                power = _exponent(digits, start)
            function = vocabulary.words[str(children[0])]
            arguments = children[-1].children
            if str(children[0]) == "I" and len(arguments) == 1:
                inside = inner(arguments[0])  # I (A + Wᵀ) is no question
                is_asked = inside.kind == "compare"
                return inside if is_asked else made("product", made("identity"), inside)
            index = re.fullmatch("(?:∑|sum)_([a-z])", str(children[0]))
            if vocabulary.by_entry and index and len(arguments) == 1:  # Σ_b (…)
                return made("sum over", inner(arguments[0]), value=index[1])
            if function in vocabulary.functions:
                if len(arguments) != len(vocabulary.functions[function].operands):
                    raise CannotRead(Reason.ARGUMENTS, start, function)
                call = made("call", *map(inner, arguments), value=function)
            else:
                call = _call(made, function, arguments, inner, start, int(not vocabulary.columns))
            return call if power is None else made("power", call, value=power)
    raise AssertionError(tree.data)


def _onehot(token: Any, vocabulary: Vocabulary) -> Expression:
    """onehot(y) for [k = y], np.eye(K)[y] and [np.arange(B), y]."""
    names = re.findall(grammar.NAME, str(token))
    for name in map(vocabulary.resolved, names):
        if vocabulary.is_labels(name):
            of = Expression("name", (), name, token.start_pos, token.end_pos)
            return Expression("call", (of,), "onehot", token.start_pos, token.end_pos)
    raise CannotRead(Reason.ENTRIES, token.start_pos, str(token))


def _of_numpy(e: Expression) -> Expression:
    """NumPy's own sum and mean: without an axis they run over everything, and give a number."""
    open_sum = e.kind in ("sum", "mean") and e.value is None
    return Expression(e.kind, e.arguments, "all", e.start, e.end) if open_sum else e


def _number(digits: str, place: int) -> float:
    number = {"½": 0.5, "⅓": 1 / 3, "¼": 0.25}.get(digits) or float(digits)
    if number and not SMALLEST <= number <= LARGEST:
        raise CannotRead(Reason.NUMBER, place, digits)
    return number


def _exponent(digits: str, place: int) -> float:
    try:
        exponent = float(digits)
    except ValueError:
        raise CannotRead(Reason.NUMBER, place, digits) from None
    if abs(exponent) > LARGEST_POWER:
        raise CannotRead(Reason.NUMBER, place, digits)
    return exponent


Inner = Callable[[Any], Expression]


def _sum(children: list[Any], inner: Inner) -> Expression:
    total, sign = None, "+"
    for child in children:
        if not hasattr(child, "data"):
            sign = "+" if sign == str(child) else "-"
            continue
        part = inner(child)
        if total is None:
            total = part
            if sign == "-":
                total = Expression("negative", (part,), None, part.start, part.end)
        else:
            kind = "add" if sign == "+" else "subtract"
            total = Expression(kind, (total, part), None, total.start, part.end)
        sign = "+"
    assert total is not None
    return total


def _product(
    children: list[Any], inner: Inner, start: int, end: int, vocabulary: Vocabulary
) -> Expression:
    """A flat list of factors and signs, from left to right.

    What has no sign between binds most strongly, but for what follows a division; ⊙ binds least.
    ∑ reaches to the end. In a line about entries it keeps its own index.
    """
    factors: list[Expression] = []
    signs: list[str] = []  # before each factor but the first; "" if there is none
    sign, negative = "", False
    for i, child in enumerate(children):
        token = None if hasattr(child, "data") else child
        if token is None:
            factor = inner(child)
        elif token.type == "BIG":
            if not children[i + 1 :]:
                raise CannotRead(Reason.SIGN, token.start_pos, str(token))
            body = _product(children[i + 1 :], inner, token.end_pos, end, vocabulary)
            by_entry = vocabulary.by_entry
            index = re.match(r"∑_?\{?\s*([a-z]?)", str(token))
            letter = index[1] if index else ""
            if by_entry and not letter:
                raise CannotRead(Reason.WHICH_SUM, token.start_pos)
            over = {"": None, "b": "b"}.get(letter, "k")
            value = "each" if over == "b" else over
            kind, value = ("sum over", letter) if by_entry else ("sum", value)
            factor = Expression(kind, (body,), value, token.start_pos, end)
        else:
            if token.type == "OPERATOR":
                sign = str(token)
            elif str(token) == "-":
                negative = not negative
            continue
        if negative:
            factor = Expression("negative", (factor,), None, factor.start, factor.end)
        if factors:
            signs.append(sign)
        factors.append(factor)
        sign, negative = "", False
        if token is not None:
            break
    for together in (("",), ("*", ".*", "@", "/", "./", "·", "×", "⊗", ""), ("⊙",)):
        left, kept = [factors[0]], list[str]()
        for i, factor in enumerate(factors[1:]):
            sign = signs[i]
            after_division = sign == "" and bool(kept) and kept[-1] == "/" and together == ("",)
            if sign in together and not after_division:
                a = left.pop()
                is_matrix = sign == "*" and vocabulary.matlab
                kind = "product" if is_matrix else notation.BINARY.get(sign, "product")
                value = sign if is_matrix or (sign and sign in "⊙⊗") else None
                left.append(Expression(kind, (a, factor), value, a.start, factor.end))
            else:
                left.append(factor)
                kept.append("" if after_division else sign)
                if after_division:
                    kept[-1] = "·"
        factors, signs = left, kept
    return factors[0]


def _index(tree: Any, inner: Inner) -> tuple[Expression | None, Expression | None]:
    low = high = None
    seen_colon = False
    for child in tree.children:
        if child is None:
            continue
        if not hasattr(child, "data"):
            seen_colon = True
        elif seen_colon:
            high = inner(child)
        else:
            low = inner(child)
    return low, high


def _axis(e: Expression) -> str | None:
    """The axis that a number names: the -1 in x.sum(-1)."""
    of = e.arguments[0] if e.kind == "negative" else e
    return None if of.kind != "number" else f"{'-' * (of is not e)}{of.value:g}"


def _call(
    made: Callable[..., Expression],
    function: str,
    arguments: list[Any],
    inner: Inner,
    start: int,
    classes: int = 1,  # the axis along which they lie
) -> Expression:
    keywords = {}
    values = []
    for each in arguments:
        if hasattr(each, "data"):
            values.append(inner(each))
        else:
            name, _, value = str(each).replace(" ", "").partition("=")
            keywords[name] = value
    if function in ("sum", "mean", "sum_b", "mean_b", "sum_k", "mean_k"):
        kind, _, over = function.partition("_")
        axis = keywords.get("axis", keywords.get("dim"))
        if len(values) == 2 and (number := _axis(values[1])) is not None:
            axis = number
            values.pop()
        if len(values) != 1:
            raise CannotRead(Reason.ARGUMENTS, start, function)
        over = (
            "each"
            if over == "b"
            else over
            or {
                None: None,
                "0": "axis 0",
                "-2": "axis 0",
                "1": "axis 1",
                "-1": "axis 1",
            }.get(axis)
        )
        return made(kind, values[0], value=over)
    if function in ("width", "len") and len(values) == 1 and not keywords:
        return made("shape", values[0], value="width" if function == "width" else 0)
    if function == "concatenate" and len(values) == 1 and values[0].kind == "join":
        return values[0]  # np.concatenate([a, b], axis=1)
    if function == "repeat" and len(values) == 2 and keywords == {"axis": "1"}:
        return made("repeat", *values)
    if function == "norm" and len(values) == 1 and keywords.get("axis") in ("0", "1", "-1"):
        over = "axis 0" if keywords["axis"] == "0" else "axis 1"
        squares = made("power", values[0], value=2.0)
        return made("call", made("sum", squares, value=over), value="sqrt")
    if function == "matmul" and len(values) == 2 and keywords:
        turned = [keywords.pop(f"transpose_{side}", "False") == "True" for side in "ab"]
        pairs = zip(values, turned, strict=True)
        values = [made("transpose", each) if turn else each for each, turn in pairs]
    if function == "softmax" and len(values) == 2 and (number := _axis(values[1])) is not None:
        keywords["dim"] = number
        values.pop()
    if function == "softmax" and len(values) == 1:
        axis = keywords.pop("axis", keywords.pop("dim", str(classes)))
        if axis not in (str(classes), str(classes - 2)):
            raise CannotRead(Reason.ARGUMENTS, start, function)
    if function == "onehot":
        keywords = {k: v for k, v in keywords.items() if k not in ("depth", "num_classes")}
    if function == "power" and len(values) == 2 and values[1].kind == "number":
        exponent = _exponent(f"{values[1].value:g}", start)
        return made("power", values[0], value=exponent)
    if function == "heaviside" and len(values) == 2 and values[1].kind == "number":
        zero = made("number", value=0.0)  # the slope at 0 itself may be said to be 0 or 1
        if values[1].value in (0.0, 1.0):
            sign = ">=" if values[1].value else ">"
            return made("compare", values[0], zero, value=sign)
        raise CannotRead(Reason.ARGUMENTS, start, function)
    if function in ("transpose", "multiply", "matmul", "add", "subtract", "divide", "outer"):
        if len(values) != (1 if function == "transpose" else 2):
            raise CannotRead(Reason.ARGUMENTS, start, function)
        return made(function, *values)
    if function == "number" and len(values) == 1:
        return values[0]
    if function == "1" and len(values) == 1:
        is_asked = values[0].kind == "compare" or keywords
        zero = made("number", value=0.0)
        return values[0] if is_asked else made("compare", values[0], zero, value=">")
    two = ("maximum", "minimum")
    allowed = {"onehot": (1, 2), "where": (3,)}.get(function, (2,) if function in two else (1,))
    if len(values) not in allowed or keywords:
        raise CannotRead(Reason.ARGUMENTS, start, function)
    return made("call", *values, value=function)


def sides_of(tree: Any, vocabulary: Vocabulary) -> list[Expression]:
    """What stands left and right of =; the step of δ3 /= B, or of δ3[np.arange(B), y] -= 1, is
    written out: δ3 = δ3 / B, δ3 = δ3 − 1 onehot(y).
    """
    sides = [_formula(side, vocabulary) for side in tree.children if hasattr(side, "data")]
    first = alone(tree.children[0])
    start, end = tree.meta.start_pos, tree.meta.end_pos

    def made(kind: str, a: Expression, b: Expression) -> Expression:
        return Expression(kind, (a, b), None, start, end)

    kind = ""
    if tree.data == "update":
        (sign,) = (str(each) for each in tree.children if not hasattr(each, "data"))
        kind = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}[sign[0]]
    if getattr(first, "data", None) != "at_labels":
        return [sides[0], made(kind, *sides)] if kind else sides
    target, onehot = sides[0].arguments[0].arguments
    number = sides[-1].arguments[0] if sides[-1].kind == "negative" else sides[-1]
    if number.kind != "number" or len(sides) != 2 or kind in ("multiply", "divide"):
        nearest = f"onehot({onehot.arguments[0].value.name})"  # type: ignore[attr-defined]
        raise CannotRead(Reason.ENTRIES, sides[0].start, str(first.children[1]), nearest)
    at = made("multiply", sides[1], onehot)
    if kind:
        return [target, made(kind, target, at)]
    others = made("subtract", Expression("number", (), 1.0, start, end), onehot)
    return [target, made("add", made("multiply", target, others), at)]
