"""Ways to pass a task about derivatives without having understood it, each as a program.

`strategies_at_work.py` has the tasks. Each program sees the forward lines as the text shows them
(`shown_networks.py`) and what a check or a hint prints. None looks into a solution or into the
graph of a question. All know where the way back starts, z − y.

* `by_shapes` takes, for each gradient, the first product whose shape fits.
* `by_renaming` copies the lines of lessons 03 to 05, with other letters. `glued` puts copies
  together; `by_phrases` goes line by line, and knows products and activations in a chain.
* `never_adding` derives rightly, but where something has to be added keeps the first term.
* `without_mean` and `dividing_everywhere` derive rightly, but for the mean.
* `editing` starts with the lines of `by_shapes`, and alters what the check calls wrong.
* `printed_by_derive` builds the network, and hands in what `nn.derive` prints.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from itertools import chain, product, zip_longest

import numpy as np
from shown_networks import Network

import course_nn as nn
from course_exercises.question import Kind, Question
from course_nn.more_operations import multiply

MOST_TRIES = 30
LINE_HOLDS = "the line holds"
HOLD = re.compile(r"(\d+) of \d+ lines? hold")
SLOPES = {"tanh": "(1 - {0}**2)", "sigmoid": "{0} * (1 - {0})"}
Lines = dict[str, str]  # by the name whose gradient it is, what stands right of the =


def text_of(lines: Lines) -> str:
    return "\n".join(f"{name}.grad = {right}" for name, right in lines.items())


# ------------------------------------------------------------------ what deriving rightly gives


def way_back(network: Network) -> list[str]:
    """The names in the order in which their gradients can be found."""
    order = []
    for step in reversed(network.steps):
        order.append(step.name)
        order += [name for name in step.operands if name in network.weights]
    return list(dict.fromkeys(order))


def starts(network: Network) -> dict[str, str]:
    """By output, where the way back begins."""
    z, y = network.output, network.answers
    squares = f"{z} - {y}" if network.loss == "squares" else f"softmax({z}) - onehot({y})"
    return {**network.heads} or {z: squares}


def _terms(name: str, network: Network, *, first_path: bool = False) -> list[str]:
    """What is to be added up in the gradient of a name, a term for each use.

    Args:
        first_path: whether of a sum inside of a term only the first part is kept.
    """
    terms = []
    added = "[:, :1]" if first_path else ".sum(axis=1, keepdims=True)"
    for step in dict.fromkeys(network.uses(name)):
        places = [i for i, operand in enumerate(step.operands) if operand == name]
        g = f"{step.name}.grad"
        for i in places:
            other = step.operands[1 - i] if len(step.operands) > 1 else ""
            if step.kind == "product" and i == 1:
                terms.append(f"{other}.T @ {g}")
            elif step.kind == "product" and first_path:
                terms.append(f"{g}[:, :1] @ {other}[:, :1].T")
            elif step.kind == "product":
                terms.append(f"{g} @ {other}.T")
            elif step.kind == "entries":
                terms.append(f"{g} * {other}")
            elif step.kind == "sum" and name in network.weights:
                terms.append(f"{g}.sum(axis=0, keepdims=True)")
            elif step.kind == "sum" or (step.kind == "difference" and i == 0):
                terms.append(g)
            elif step.kind == "difference":
                terms.append(f"-{g}{added}" if network.is_column(name) else f"-{g}")
            elif step.kind == "softmax":
                h = step.name
                inside = f"({g} * {h}){added}"
                terms.append(
                    f"{h} * ({g} - {inside})" if not first_path else f"{g} * {h} * (1 - {h})"
                )
            elif step.kind == "transposed" and i == 1:
                terms.append(f"{g}.T @ {other}")
            elif step.kind == "transposed" and first_path:
                terms.append(f"{g}[:, :1] @ {other}[:1]")
            elif step.kind == "transposed":
                terms.append(f"{g} @ {other}")
            elif step.kind == "side by side":
                terms.append(f"{g}[:, {':' * (i == 0)}width({step.operands[0]}){':' * (i == 1)}]")
            elif step.kind == "mean":
                terms.append(f"{g} / width({name})")
            elif step.kind == "length":
                terms.append(f"{g} * {name} / {step.name}")
            elif step.kind == "quotient" and i == 0:
                terms.append(f"{g} / {other}")
            elif step.kind == "quotient":
                terms.append(f"-({g} * {step.name} / {name}){added}")
            else:
                terms.append(f"{g} * {SLOPES[step.kind].format(step.name)}")
    return terms


def derived(
    network: Network,
    *,
    adds: bool = True,
    weights_by: str = " / B",
    others_by: str = "",
) -> Lines:
    """The lines for all names; by default as they should be.

    Args:
        adds: whether all terms are added, or only the first one is kept.
        weights_by, others_by: what stands at the end of the lines of weights, and of the others.
    """
    lines: Lines = {}
    for name in way_back(network):
        terms = [starts(network)[name]] if name in starts(network) else []
        terms = terms or _terms(name, network, first_path=not adds)
        right = " + ".join(terms if adds else terms[:1])
        by = weights_by if name in network.weights else others_by
        by = by if network.many else ""
        lines[name] = f"({right}){by}" if by else right
    return _without_hidden(lines, network)


def _without_hidden(lines: Lines, network: Network) -> Lines:
    """The same, with what has no name in the text put in."""
    hidden = [step.name for step in network.steps if not step.is_shown]
    for name in hidden:
        lines = {n: right.replace(f"{name}.grad", f"({lines[name]})") for n, right in lines.items()}
    return {name: right for name, right in lines.items() if name not in hidden}


# ------------------------------------------------------------------ 1. shapes


def _products(gradients: list[str], arrays: list[str]) -> Iterator[tuple[str, str, str]]:
    """(left, sign, right) of all products of a gradient with something else."""
    for g in gradients:
        for a in arrays:
            for left, right in ((a, g), (g, a)):
                for one, other in product((left, f"{left}.T"), (right, f"{right}.T")):
                    yield one, "@", other
            yield g, "*", a


def _shape(factor: str, shapes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    rows, columns = shapes[factor.removesuffix(".T").removesuffix(".grad")]
    return (columns, rows) if factor.endswith(".T") else (rows, columns)


def _at_hand(name: str, network: Network) -> tuple[list[str], list[str]]:
    """Gradients, and values with weights, that are known before that of `name`; nearest first."""
    order = way_back(network)
    found = [n for n in reversed(order[: order.index(name)]) if not n.startswith("hidden")]
    gradients = [n for n in found if n not in network.weights]
    gradients += [n for n in found if n in network.weights]
    beside = [operand for step in network.uses(name) for operand in step.operands]
    others = [*network.weights, *reversed([*network.inputs, *(s.name for s in network.steps)])]
    arrays = [n for n in dict.fromkeys([*beside, *others]) if not n.startswith("hidden")]
    return [f"{n}.grad" for n in gradients], [*(n for n in arrays if n != name), name]


def that_fit(name: str, network: Network, *, equal: bool = False) -> list[str]:
    """All products of two arrays at hand that have the shape of this gradient, nearest first."""
    shapes, fit = network.shapes(equal=equal), []
    for left, sign, right in _products(*_at_hand(name, network)):
        a, b = _shape(left, shapes), _shape(right, shapes)
        result = a if sign == "*" and a == b else None
        if sign == "@" and a[1] == b[0]:
            result = (a[0], b[1])
        if result == shapes[name]:
            fit.append(f"{left} {sign} {right}")
    return list(dict.fromkeys(fit))


def by_shapes(
    network: Network, *, equal: bool = False, last: bool = False, alone: bool | None = None
) -> Lines:
    """What fits first, for each gradient; the start, and the mean, are known.

    Args:
        last: what fits last. alone: whether a gradient that fits as it is comes before products;
            None if it does where the forward line has one operand, or a sum.
    """
    lines, shapes = starts(network), network.shapes(equal=equal)
    for name in way_back(network):
        if name in lines:
            continue
        gradients, _ = _at_hand(name, network)
        as_it_is = [g for g in gradients if _shape(g, shapes) == shapes[name]]
        fit = that_fit(name, network, equal=equal) or as_it_is or gradients
        is_product = network.uses(name)[0].kind in ("product", "entries")
        takes_it = not is_product if alone is None else alone
        right = as_it_is[0] if takes_it and as_it_is else fit[-1 if last else 0]
        lines[name] = f"{right} / B" if network.many and name in network.weights else right
    return {name: right for name, right in lines.items() if not name.startswith("hidden")}


# ------------------------------------------------------------------ 2. copies

LESSON_03 = (
    "h2 W3 z3 y",
    "z3.grad = z3 - y\nW3.grad = h2.T @ z3.grad",
)
LESSON_04 = (
    "h1 W2 z2 h2 W3 z3 y",
    f"{LESSON_03[1]}\nh2.grad = z3.grad @ W3.T\nz2.grad = h2.grad * h2 * (1 - h2)\n"
    "W2.grad = h1.T @ z2.grad",
)
LESSON_05 = (
    "x W1 z1 h1 W2 z2 h2 W3 z3 y",
    f"{LESSON_04[1]}\nh1.grad = z2.grad @ W2.T\nz1.grad = h1.grad * h1 * (1 - h1)\n"
    "W1.grad = x.T @ z1.grad",
)
PHRASES = ("product", "tanh", "sigmoid")
SIGMOID, TANH = re.compile(r"(\w+) \* \(1 - \1\)"), r"(1 - \1**2)"


def _copied_from(blocks: list[tuple[str, str]], *, many: bool) -> list[tuple[list[str], Lines]]:
    """Names and lines of these lessons: with sigmoid, with tanh, and with the mean."""
    found = []
    for names, text in blocks:
        for lines_of in (text, SIGMOID.sub(TANH, text)):
            lines = dict(line.split(".grad = ", 1) for line in lines_of.splitlines())
            if many:
                lines = {n: f"{r} / B" if n[0] == "W" else r for n, r in lines.items()}
            found.append((names.split(), lines))
    return found


def _renamed(lines: Lines, names: dict[str, str]) -> Lines:
    """The lines all of whose names have another one now."""
    found: Lines = {}
    for name, right in lines.items():
        parts = [p for p in re.findall(r"[A-Za-z]\w*", right) if p not in ("grad", "T", "B")]
        if {name, *parts} <= {*names}:
            found[names[name]] = re.sub(
                r"[A-Za-z]\w*", lambda match: names.get(match[0], match[0]), right
            )
    return found


def _alignments(names: list[str], mine: list[str]) -> Iterator[dict[str, str]]:
    """The names of a lesson beside those of the network, one after another, matrix to matrix; the
    nearest to the loss first.
    """
    for shift in range(len(mine) - len(names), -len(names), -1):
        places = [(name, i + shift) for i, name in enumerate(names)]
        pairs = {name: mine[i] for name, i in places if 0 <= i < len(mine)}
        if all(name[0].isupper() == other[0].isupper() for name, other in pairs.items()):
            yield pairs


def by_renaming(network: Network, blocks: list[tuple[str, str]]) -> Iterator[Lines]:
    """Each block of lines, with the letters of the network in place of its own."""
    for names, lines in _copied_from(blocks, many=network.many):
        yield from (_renamed(lines, pairs) for pairs in _alignments(names, network.names))


def glued(network: Network, blocks: list[tuple[str, str]]) -> Iterator[Lines]:
    """Copies of one block put together, each line from the first copy that has it."""
    for names, lines in _copied_from(blocks, many=network.many):
        whole: Lines = {}
        for pairs in _alignments(names, network.names):
            whole = {**_renamed(lines, pairs), **whole}
        yield {name: whole[name] for name in way_back(network) if name in whole}


def by_phrases(network: Network) -> Lines:
    """For each forward line that looks like one of the lessons its backward line: a product, an
    activation. Of other operations, and of something that is used twice, nothing is known.
    """
    known = {*starts(network)}
    for name in way_back(network):
        uses = network.uses(name)
        if len(uses) == 1 and uses[0].kind in PHRASES and uses[0].name in known:
            known.add(name)
    return {name: right for name, right in derived(network).items() if name in known}


# ------------------------------------------------------------------ 4. and 5.


def never_adding(network: Network) -> Lines:
    return derived(network, adds=False)


def without_mean(network: Network) -> Lines:
    return derived(network, weights_by="")


def dividing_everywhere(network: Network) -> Lines:
    return derived(network, others_by=" / B")


# ------------------------------------------------------------------ 7. editing until it is green


def _said(question: Question, text: str, *, asks_hint: bool) -> str:
    """What a student reads: of the check, and where it says only a number, of the first hint."""
    said = StringIO()
    with redirect_stdout(said):
        question.check(text)
        if asks_hint and HOLD.search(said.getvalue()) and not _number(said.getvalue()):
            question.hint()
    return said.getvalue()


def _number(said: str) -> int | None:
    """The number of the first line that is called wrong."""
    if hinted := re.search(r"does not hold is line (\d+)", said):
        return int(hinted[1])
    bad = "does not hold|holds only|cannot be read|uses its own answer"
    rows = re.findall(rf"^ *(\d+)  .*  (?:{bad})", said, re.MULTILINE)
    return int(rows[0]) if rows else None


def changes(
    name: str, right: str, network: Network, *, shapes_fit: bool, adds: bool = False
) -> Iterator[str]:
    """Ten usual changes of a line, in an order that depends on what was said of it.

    Args:
        adds: an eleventh, before the others: one more term.
    """
    values = [n for n in reversed(network.names) if n != network.answers]
    factors = re.findall(r"[A-Za-z]\w*(?:\.grad)?(?:\.T)?", right)
    used_by = [step.name for step in network.uses(name)]

    def slope() -> Iterator[str]:  # add f′
        for h in dict.fromkeys([*used_by, *values]):
            if h not in network.weights:
                yield from (f"({right}) * {each.format(h)}" for each in SLOPES.values())

    def no_slope() -> Iterator[str]:  # drop f′
        for each in SLOPES.values():
            pattern = r" \* " + re.escape(each.format("NAME")).replace("NAME", r"\w+")
            if re.search(pattern, right):
                yield re.sub(pattern, "", right)

    def transpose() -> Iterator[str]:
        for f in factors:
            yield right.replace(f, f.removesuffix(".T") if f.endswith(".T") else f"{f}.T", 1)

    def order() -> Iterator[str]:
        if match := re.fullmatch(r"(\S+) (@|\*) (\S+)(.*)", right):
            yield f"{match[3]} {match[2]} {match[1]}{match[4]}"

    def other_factor() -> Iterator[str]:
        for f in factors:
            end = "".join(e for e in (".grad", ".T") if e in f)
            for value in values:
                yield right.replace(f, f"{value}{end}", 1)

    def other_sign() -> Iterator[str]:
        yield right.replace(" @ ", " * ") if "@" in right else right.replace(" * ", " @ ")

    def mean() -> Iterator[str]:
        yield right.removesuffix(" / B") if right.endswith(" / B") else f"({right}) / B"

    def minus() -> Iterator[str]:
        yield f"-({right})"

    def half() -> Iterator[str]:
        yield f"½ ({right})"

    def double() -> Iterator[str]:
        yield f"2 * ({right})"

    def one_more() -> Iterator[str]:
        for step in network.uses(name):
            g = f"{step.name}.grad"
            terms = [f"{g} * {other}" for other in step.operands]
            terms += [f"{g} * {each.format(step.name)}" for each in SLOPES.values()]
            yield from (f"{right} + {term}" for term in (g, *terms))
        yield from (f"{right} + {term}" for term in that_fit(name, network))

    if adds:
        yield from one_more()
    fit = [slope, other_factor, minus, half, double, mean, no_slope, other_sign, transpose, order]
    not_fit = [transpose, order, other_sign, other_factor, mean, slope, no_slope, minus, half]
    yield from chain.from_iterable(each() for each in (fit if shapes_fit else not_fit))


def editing(
    question: Question,
    network: Network,
    first: Lines,
    *,
    ends: Sequence[str] = ("",),
    asks_hint: bool = True,
    adds: bool = False,
    most: int = MOST_TRIES,
) -> int | None:
    """After how many tries it is right, or None if not within `most`.

    A change is kept if the first wrong line is a later one then, or, where nothing says which one
    that is, if more lines hold.

    Args:
        first: the lines with which it begins. ends: what may stand at the end of each, in turn.
        adds: whether it also tries one more term.
    """
    lines, end, tries = dict(first), ends[0], 0

    def check(candidate: Lines) -> tuple[bool, int | None, int, str]:
        """Whether all is right, the first wrong line, how many hold, and what was said."""
        nonlocal tries
        tries += 1
        text = "\n".join(f"{line}{end}" for line in text_of(candidate).splitlines())
        said = _said(question, text, asks_hint=asks_hint)
        hold = HOLD.search(said)
        return ": Right." in said, _number(said), int(hold[1]) if hold else 0, said

    is_right_now, place, holding, said = check(lines)
    while not is_right_now:
        if LINE_HOLDS in said:  # only the principle after # is missing, or does not fit
            end = ends[ends.index(end) + 1]
            is_right_now, place, holding, said = check(lines)
            continue
        names = [*lines] if place is None else [[*lines][place - 1]]
        for name, right in _all_changes(lines, names, network, said, adds=adds):
            if tries >= most:
                return None
            new = check({**lines, name: right})
            told = new[1] is not None and place is not None
            better = new[1] > place if told else new[2] > holding  # type: ignore[operator]
            if new[0] or better or LINE_HOLDS in new[3]:
                lines = {**lines, name: right}
                is_right_now, place, holding, said = new
                break
        else:
            return None
    return tries


def _all_changes(
    lines: Lines, names: list[str], network: Network, said: str, *, adds: bool
) -> Iterator[tuple[str, str]]:
    """(name, what stands in its line then); the first changes of all these lines come first."""
    shapes_fit = "do not fit" not in said and "your line gives" not in said
    each = [
        [(n, right) for right in changes(n, lines[n], network, shapes_fit=shapes_fit, adds=adds)]
        for n in names
    ]
    for at_once in zip_longest(*each):
        yield from filter(None, at_once)


# ------------------------------------------------------------------ 8. what nn.derive prints


def built(network: Network) -> nn.Node:
    """The network made with the public operations, as a student can; the loss."""
    make: dict[str, Callable[..., nn.Node]] = {
        "product": nn.matmul,
        "sum": nn.add,
        "entries": multiply,
        "tanh": nn.tanh,
        "sigmoid": nn.sigmoid,
    }
    shapes = network.shapes()
    with nn.Graph():
        nodes = {name: nn.Input(name, width=shapes[name][1]) for name in network.inputs}
        nodes |= {name: nn.Parameter(name, np.ones(shapes[name])) for name in network.weights}
        for step in network.steps:
            named = {"name": step.name} if step.is_shown else {}
            nodes[step.name] = make[step.kind](*(nodes[o] for o in step.operands), **named)
        K = shapes[network.output][1]
        if network.loss == "classes":
            labels = nn.Labels(network.answers, classes=K)
            return nn.cross_entropy(nodes[network.output], labels, name="loss")
        answers = nn.Input(network.answers, width=K)
        return nn.squared_error(nodes[network.output], answers, name="loss")


def printed_by_derive(network: Network) -> str:
    """Its backward lines as they are printed, without the first one."""
    return "\n".join(line.text for line in nn.derive(built(network)).backward_lines[1:])


def tidied(printed: str) -> Lines:
    """The same, with each gradient in one line and without what belongs to the module alone."""
    lines: Lines = {}
    for line in printed.splitlines():
        name, _, right = line.partition(".grad = ")
        right = right.replace("loss.grad[:, None] * ", "")
        right = re.sub(r"onehot\((\w+), \w+\)", r"onehot(\1)", right)
        lines[name] = f"({lines[name]}) / B" if right == f"{name}.grad / B" else right
    return lines


# ------------------------------------------------------------------ a task, and who passes it


def is_right(question: Question, answer: object) -> bool:
    return question.verdict(answer)[0] is Kind.RIGHT


def with_given(lines: Lines, network: Network) -> Lines:
    """The lines, with those that the text gives in place of one's own."""
    given = dict(re.fullmatch(r"(\w+)\.grad = (.*)", line).groups() for line in network.given)
    whole = {n: given.get(n, lines.get(n, "")) for n in way_back(network)}
    return {name: right for name, right in whole.items() if right}


def handed_in(
    network: Network, lessons: int = 3, *, with_derive: bool = True
) -> dict[str, list[Lines]]:
    """By strategy, the lines that it finds for all gradients; for some there are several tries.

    Args:
        lessons: of how many of lessons 03 to 05 it knows the lines.
        with_derive: whether the network is built, for what `nn.derive` prints.
    """
    blocks = [LESSON_03, LESSON_04, LESSON_05][:lessons]
    return {
        "1 shapes": [
            by_shapes(network, equal=equal, last=last, alone=alone)
            for equal, last, alone in product((False, True), (False, True), (False, True, None))
        ],
        "2 copies": [*by_renaming(network, blocks)],
        "2b glued": [*glued(network, blocks)],
        "2c phrases": [by_phrases(network)],
        "4 never adds": [never_adding(network)],
        "5 no mean": [without_mean(network)],
        "5 divides": [dividing_everywhere(network)],
        "8 derive": [tidied(printed_by_derive(network))] if with_derive else [],
        "(right)": [derived(network)],
    }
