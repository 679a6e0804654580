"""Ways to pass a task about derivatives without having understood it, each as a program.

    python strategies.py            prints which task each of them passes, as a table (Markdown)

Each program sees the forward lines as the text shows them (`shown_networks.py`) and what a check
or a hint prints. None looks into a solution or into the graph of a question.

* `by_shapes` takes, for each gradient, the first product whose shape fits.
* `by_renaming` copies the lines of lessons 03 to 05, with other letters. `glued` puts copies
  together; `by_phrases` goes line by line, and knows products and activations in a chain.
* `never_adding` derives rightly, but where something has to be added keeps the first term.
* `without_mean` and `dividing_everywhere` derive rightly, but for the mean.
* `editing` starts with the lines of `by_shapes`, and alters what the check calls wrong.
* `printed_by_derive` builds the network, and hands in what `nn.derive` prints.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from itertools import chain, islice, product

import numpy as np
from shown_networks import Network, Step

import course_nn as nn
from course_exercises.question import Kind, Question
from course_nn.more_operations import multiply

MOST_TRIES = 30
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


def start(network: Network) -> str:
    z, y = network.output, network.answers
    return f"{z} - {y}" if network.loss == "squares" else f"softmax({z}) - onehot({y})"


def _terms(name: str, network: Network, *, first_path: bool = False) -> list[str]:
    """What is to be added up in the gradient of a name, a term for each use."""
    terms = []
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
            elif step.kind == "sum":
                terms.append(g)
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
        terms = [start(network)]
        if name != network.output:
            terms = _terms(name, network, first_path=not adds)
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
    """(left, sign, right) of all products of a gradient with something else, newest first."""
    for g in gradients:
        for a in arrays:
            for left, right in ((a, g), (g, a)):
                for one, other in product((left, f"{left}.T"), (right, f"{right}.T")):
                    yield one, "@", other
            yield g, "*", a


def _shape(factor: str, shapes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    rows, columns = shapes[factor.removesuffix(".T").removesuffix(".grad")]
    return (columns, rows) if factor.endswith(".T") else (rows, columns)


def that_fit(name: str, network: Network, *, equal: bool = False) -> list[str]:
    """All products of two arrays at hand that have the shape of this gradient, in a fixed order."""
    shapes, order = network.shapes(equal=equal), way_back(network)
    gradients = [f"{n}.grad" for n in reversed(order[: order.index(name)])]
    arrays = [*network.weights, *(n for n in reversed([*network.inputs, *order]) if n in shapes)]
    arrays = [a for a in dict.fromkeys(arrays) if not a.startswith("hidden")]
    gradients = [g for g in gradients if not g.startswith("hidden")]
    fit = []
    for left, sign, right in _products(gradients, arrays):
        a, b = _shape(left, shapes), _shape(right, shapes)
        result = a if sign == "*" and a == b else None
        if sign == "@" and a[1] == b[0]:
            result = (a[0], b[1])
        if result == shapes[name]:
            fit.append(f"{left} {sign} {right}")
    return list(dict.fromkeys(fit))


def by_shapes(network: Network, *, equal: bool = False, last: bool = False) -> Lines:
    """The first product that fits for each gradient; the start, and the mean, are known.

    Args:
        last: the last one instead of the first one.
    """
    lines = {network.output: start(network)}
    for name in way_back(network)[1:]:
        fit = that_fit(name, network, equal=equal) or [f"{network.output}.grad"]
        right = fit[-1 if last else 0]
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


def by_renaming(network: Network, blocks: list[tuple[str, str]]) -> Iterator[Lines]:
    """Each block of lines with its letters replaced by those of the network, one after another."""
    mine = network.names
    for names, lines in _copied_from(blocks, many=network.many):
        for shift in range(1 - len(names), len(mine)):
            pairs = {name: mine[i + shift] for i, name in enumerate(names) if 0 <= i + shift < len(mine)}
            if renamed := _renamed(lines, pairs):
                yield renamed


def glued(network: Network, blocks: list[tuple[str, str]]) -> Iterator[Lines]:
    """Copies of one block put together, each line from the first copy that has it."""
    mine = network.names
    for names, lines in _copied_from(blocks, many=network.many):
        whole: Lines = {}
        for shift in range(len(mine) - len(names), -len(names), -1):
            pairs = {name: mine[i + shift] for i, name in enumerate(names) if 0 <= i + shift < len(mine)}
            whole = {**_renamed(lines, pairs), **whole}
        yield whole


def by_phrases(network: Network) -> Lines:
    """For each forward line that looks like one of the lessons its backward line: a product, an
    activation. Of other operations, and of something that is used twice, nothing is known.
    """
    kinds = {step.kind for step in network.steps}
    twice = [n for n in way_back(network) if len(network.uses(n)) > 1]
    if kinds <= {"product", "tanh", "sigmoid"} and not twice:
        return derived(network)
    known = {
        name: right
        for name, right in derived(network).items()
        if name == network.output
        or [s.kind for s in network.uses(name)] in (["product"], ["tanh"], ["sigmoid"])
    }
    return known


# ------------------------------------------------------------------ 4. and 5.


def never_adding(network: Network) -> Lines:
    return derived(network, adds=False)


def without_mean(network: Network) -> Lines:
    return derived(network, weights_by="")


def dividing_everywhere(network: Network) -> Lines:
    return derived(network, others_by=" / B")


# ------------------------------------------------------------------ 7. editing until it is green


def _said(question: Question, text: str) -> str:
    """What a student reads: of the check, and where it says only a number, of the first hint."""
    said = StringIO()
    with redirect_stdout(said):
        question.check(text)
        if re.search(r"\d of \d+ lines hold", said.getvalue()) and not _number(said.getvalue()):
            question.hint()
    return said.getvalue()


def _number(said: str) -> int | None:
    """The number of the first line that is called wrong."""
    if hinted := re.search(r"does not hold is line (\d+)", said):
        return int(hinted[1])
    bad = "does not hold|holds only|cannot be read|uses its own answer"
    rows = re.findall(rf"^ *(\d+)  .*  (?:{bad})", said, re.MULTILINE)
    return int(rows[0]) if rows else None


def changes(name: str, right: str, network: Network, *, shapes_fit: bool) -> Iterator[str]:
    """Ten usual changes of a line, in an order that depends on what was said of it."""
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

    fit = [slope, other_factor, minus, half, double, mean, no_slope, other_sign, transpose, order]
    not_fit = [transpose, order, other_sign, other_factor, mean, slope, no_slope, minus, half]
    yield from chain.from_iterable(each() for each in (fit if shapes_fit else not_fit))


def editing(
    question: Question,
    network: Network,
    first: Lines,
    *,
    ends: str = "",
    most: int = MOST_TRIES,
) -> int | None:
    """After how many tries it is right, or None if not within `most`.

    Args:
        first: the lines with which it begins. ends: what stands at the end of each, as "# mean".
    """
    lines, tries = dict(first), 0

    def check(candidate: Lines) -> tuple[int | None, str]:
        """The place of the first line that is wrong, None if all hold, and what was said."""
        nonlocal tries
        tries += 1
        text = "\n".join(f"{line}{ends}" for line in text_of(candidate).splitlines())
        said = _said(question, text)
        return (None if ": Right." in said else (_number(said) or 1)), said

    place, said = check(lines)
    while place is not None and tries < most:
        name = [*lines][place - 1]
        shapes_fit = "The shapes fit" in said or "f′" in said
        for right in islice(changes(name, lines[name], network, shapes_fit=shapes_fit), most):
            if tries >= most:
                return None
            new, new_said = check({**lines, name: right})
            if new is None or new > place:
                lines, place, said = {**lines, name: right}, new, new_said
                break
        else:
            return None
    return None if place is not None else tries


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


def printed_by_derive(network: Network) -> dict[str, str]:
    """Its backward lines: as they are printed, and without what belongs to the module alone."""
    printed = [line.text for line in nn.derive(built(network)).backward_lines]
    lines: Lines = {}
    for line in printed[1:]:
        name, _, right = line.partition(".grad = ")
        right = right.replace("loss.grad[:, None] * ", "").replace(f", {network.output})", ")")
        lines[name] = f"({lines[name]}) / B" if right == f"{name}.grad / B" else right
    return {"as printed": "\n".join(printed), "tidied": text_of(lines)}


# ------------------------------------------------------------------ a task, and who passes it


def is_right(question: Question, answer: object) -> bool:
    return question.verdict(answer)[0] is Kind.RIGHT


def with_given(lines: Lines, network: Network) -> Lines:
    """The lines, with those that the text gives in place of one's own."""
    given = dict(re.fullmatch(r"(\w+)\.grad = (.*)", line).groups() for line in network.given)
    whole = {n: given.get(n, lines.get(n, "")) for n in way_back(network)}
    return {name: right for name, right in whole.items() if right}


def whole_of(network: Network) -> dict[str, list[str]]:
    """By strategy, the texts that it hands in for a whole derivation."""
    blocks = [LESSON_03, LESSON_04, LESSON_05]
    either = (False, True)
    found = {
        "1 shapes": [
            by_shapes(network, equal=equal, last=last) for equal, last in product(either, either)
        ],
        "2 copies": [*by_renaming(network, blocks)],
        "2 glued": [*glued(network, blocks)],
        "2 phrases": [by_phrases(network)],
        "4 never adds": [never_adding(network)],
        "5 no mean": [without_mean(network)],
        "5 divides": [dividing_everywhere(network)],
        "right": [derived(network)],
    }
    texts = {
        strategy: list(dict.fromkeys(text_of(with_given(each, network)) for each in lines))
        for strategy, lines in found.items()
    }
    return texts | {"8 derive": [*printed_by_derive(network).values()]}
