"""Lines of text become formulas: each line by itself, so that one cannot spoil another.

Text is read by a grammar and never run. What cannot be read is a `Problem`: its place, and the
nearest thing that can be read.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.expression import Expression, Name, TooDeep
from course_nn.graph import Input, Labels, Parameter
from course_nn.losses import cross_entropy, squared_error

LONGEST_TEXT, LONGEST_LINE, MOST_LINES = 10_000, 500, 150
MOST_EXPLAINED = 20  # lines that cannot be read, for which the nearest one is searched
MOST_BRACKETS = 20  # one in another
LARGEST_POWER = 16
SMALLEST, LARGEST = 1e-4, 1e6  # of a number: beside others, one outside could not be seen


class Reason(Enum):
    """Why a line could not be read or judged."""

    SIGN = "this place cannot be read"
    NO_EQUALS = "a line is written: name = formula"
    ENTRIES = "not every part of this line has its indices; or write the matrices, W3.grad = …"
    ONE_BY_ANOTHER = (
        "a derivative of one quantity by another is not read here; write what it is, such as W3ᵀ"
    )
    FREE_INDEX = "this index stands neither on the left of = nor under a Σ"
    NO_INDEX = "beneath this Σ nothing has its index"
    LEFT = "on the left of = stands one name"
    GIVEN = "this name is given, and a derivation does not change it"
    UNKNOWN_NAME = "this name is used, but neither the graph nor a line of yours says what it is"
    SPOILT = "this name is defined in a line that cannot be read or judged"
    WHICH_SUM = "it is not said over what is added"
    WHICH_F = "it is not clear which function f is here"
    LABELS = "labels are numbers of classes; onehot(y) makes rows of them"
    NO_GRADIENT = "data keep no gradient"
    NOT_USED = "the loss does not depend on this"
    NUMBER = "a number so large or so small cannot be told from a slip"
    TOO_LONG = "this is too long to be read"
    TOO_MUCH = "the lines before this one took all the time there is; check fewer lines at once"
    TOO_MANY_NUMBERS = (
        "with the widths of your network this takes too many numbers at once; write matrices"
    )
    TOO_DEEP = "there are too many brackets inside brackets"
    NESTED_SUM = "a sum over the examples stands inside another one"
    NO_SLOPE = "this function does not work entry by entry, so it has no f′"
    ONES = "if this is a vector of ones, its length is not said"
    ARGUMENTS = "this function takes something else"


@dataclass(frozen=True)
class Problem:
    """What could not be read.

    Args:
        reason: why.
        place: where in the line, counted from 0.
        word: what stands there.
        nearest: the nearest thing that can be read, or "".
    """

    reason: Reason
    place: int = 0
    word: str = ""
    nearest: str = ""


class CannotRead(ValueError):
    """Ends the reading of a line; `problem` says why."""

    def __init__(self, reason: Reason, place: int = 0, word: str = "", nearest: str = "") -> None:
        super().__init__(reason.value)
        self.problem = Problem(reason, place, word, nearest)


@dataclass(frozen=True)
class Statement:
    """A line as it was read.

    Args:
        number: of the line, from 1. text: as it was written; LaTeX in plain signs.
        comment: what stood after #.
        targets: what the line says something about.
        formulas: what it says that this is; several if there is more than one =.
        update: of a line such as W1.grad /= B, the kind of its step; its formula has it already.
        problem: why it could not be read.
    """

    number: int
    text: str
    comment: str = ""
    targets: tuple[Name, ...] = ()
    formulas: tuple[Expression, ...] = ()
    problem: Problem | None = None


LOSSES = ("L", "L_b", "Lb", "J", "loss")  # what a loss is called, whatever its name


@dataclass
class Vocabulary:
    """The names of a graph, and those that the reader defines.

    Args:
        nodes: by name.
        loss: the name of the loss.
        functions: operations of the graph that can be written as functions, by name.
        own: the names that the reader defines; spoilt: in lines that cannot be read.
        columns: whether examples stand as columns.
        by_entry: whether a line is read that speaks of entries, δ2_j = Σ_k δ3_k W3_jk.
    """

    nodes: dict[str, Any]
    loss: str
    functions: dict[str, Any]
    own: set[str] = field(default_factory=set)
    spoilt: set[str] = field(default_factory=set)
    columns: bool = False
    by_entry: bool = False

    @property
    def words(self) -> dict[str, str]:
        """What can be written in front of a bracket, and which function it is."""
        words = notation.ALIASES | {name: name for name in self.functions}
        return {word: name for word, name in words.items() if word not in self.nodes}

    def resolved(self, raw: str) -> Name:
        """What a name means: the graph comes first, then the reader's own."""
        if found := self.in_graph(notation.spellings(raw)):
            return found
        if notation.own_name(raw) in self.own:
            return Name("own", notation.own_name(raw))
        of_a_row = notation.of_a_row(raw)
        if found := self.in_graph(notation.spellings(of_a_row)):
            return found
        if notation.own_name(of_a_row) in self.own:
            return Name("own", notation.own_name(of_a_row))
        return Name("unknown", notation.own_name(raw))

    def in_graph(self, names: Iterable[str]) -> Name | None:
        """What one of these names means in the graph."""
        return next((found for name in names if name and (found := self._known(name))), None)

    def _known(self, name: str) -> Name | None:
        if name in self.nodes:
            return Name("value", name)
        for before in ("δ_", "δ", "delta_", "delta", "Δ"):
            rest = name.removeprefix(before)
            if rest != name or name == before:
                for node in (f"z{rest}" if rest != name else "z", rest):
                    if node in self.nodes and rest:
                        return Name("gradient", node)
        if name in ("δ", "delta") and "z" in self.nodes:
            return Name("gradient", "z")
        for before, after in (("∇", ""), ("d", ""), ("grad_", ""), ("", "_grad"), ("∇_", "")):
            if name.startswith(before) and name.endswith(after):
                node = name.removeprefix(before).removesuffix(after)
                if node != name and node in self.nodes:
                    one = before == "d" and isinstance(self.nodes[node], Parameter)
                    return Name("gradient", node, one)
        match = re.fullmatch(r"d(J|L_?b?|[Ll]oss)_?d_?(\w+)", name)
        if match and match[2] in self.nodes:
            return self._gradient(match[2], match[1] == "J")
        return self._size(name)

    def _gradient(self, node: str, of_mean: bool) -> Name:
        """∂J/∂node of the mean loss, or ∂L/∂node of one example."""
        is_parameter = isinstance(self.nodes[node], Parameter)
        if of_mean and not is_parameter:
            return Name("mean gradient", node)
        return Name("gradient", node, one=is_parameter and not of_mean)

    def _size(self, name: str) -> Name | None:
        if name == "B":
            return Name("size", "B")
        if name == "D" and "x" in self.nodes:
            return Name("size", "x")
        if name == "K":
            return Name("size", self.nodes[self.loss].operands[0].name)
        if match := re.fullmatch(r"H(\d*)", name):
            for letter in "hz":
                if letter + match[1] in self.nodes:
                    return Name("size", letter + match[1])
        return None

    def gradient(self, raw: str, place: int) -> Name:
        """∂L/∂z3, with its L or J."""
        if raw.startswith("∇"):  # ∇_{W3} J
            of, above = re.fullmatch(rf"∇\s*_?\{{?({grammar.NAME})\}}?\s*(\w+)", raw).groups()  # type: ignore[union-attr]
            below = of.strip("_{}")
        else:
            above, below = (part.strip()[1:].strip() for part in raw.split("/", 1))
        losses = {*LOSSES, self.loss, f"{self.loss}_b"}
        name = self.resolved(below)
        if above not in losses or name.kind != "value":
            word = raw if above not in losses else below
            node = self.nodes.get(above)
            reason = Reason.SIGN if node is None else Reason.ONE_BY_ANOTHER
            reason = Reason.UNKNOWN_NAME if above in losses else reason
            activation = node is not None and len(node.operands) == 1
            nearest = f"f′({below})" if activation else ""
            if above not in self.nodes and above not in losses and name.kind == "value":
                nearest = f"∂L/∂{below}"
            raise CannotRead(reason, place, word, nearest)
        return self._gradient(name.name, above == "J")

    def passes_by(self, node: str, start: str) -> bool:
        """Whether a path leads from one node to the loss and not through another."""
        waiting, seen = [self.nodes[self.loss]], list[Any]()
        while waiting:
            each = waiting.pop()
            if each is not self.nodes[node] and each not in seen:
                seen.append(each)
                waiting += getattr(each, "operands", ())
        return self.nodes[start] in seen

    def near(self, name: str) -> str:
        """The known name that looks most like this one, or ''."""
        if name in self.words:
            return f"{name}(…)"
        if name in ("N", "n", "m", "M", "batchsize"):
            return "B"
        for i in range(1, len(name)):
            if name[i - 1].isdigit() and self.in_graph([name[:i]]) and self.in_graph([name[i:]]):
                return f"{name[:i]} {name[i:]}"
        known = {each: each for each in (*self.nodes, *self.own)}
        for each, node in self.nodes.items():
            if not isinstance(node, Input):  # data keep no gradient
                known[f"{each}.grad"] = f"{each}.grad"
            if each.startswith("z"):
                known[f"δ{each[1:]}"] = f"δ{each[1:]}"
        known |= {word: f"{word}(…)" for word in self.words}
        for each, written in known.items():
            if each.lower() == name.lower():
                return written
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        return known[close[0]] if close else ""

    def is_given(self, name: Name) -> bool:
        """Whether a line may not say what this is: data, weights, sizes."""
        if name.kind == "value":
            return isinstance(self.nodes[name.name], (Input, Parameter))
        return name.kind == "size"

    def is_labels(self, name: Name) -> bool:
        """Whether a name stands for numbers of classes."""
        return name.kind == "value" and isinstance(self.nodes[name.name], Labels)

    def labels_of(self, name: Name) -> str:
        """Of which labels a name without brackets, onehot, is the matrix; "" if it is none."""
        labels = [each for each, node in self.nodes.items() if isinstance(node, Labels)]
        if name.kind != "unknown" or len(labels) != 1:
            return ""
        called = {f"{before}{labels[0]}{after}" for before, after in OF_LABELS}
        is_onehot = self.words.get(name.name) == "onehot" or name.name in called
        return labels[0] if is_onehot else ""

    def predicted_by(self, name: Name) -> Any:
        """The loss of whose prediction a name speaks that no line says, or None.

        ŷ is what the loss compares with y; p are the probabilities of the only cross-entropy.
        """
        loss = self.nodes[self.loss]
        if name.kind == "unknown" and name.name in ("ŷ", "yhat"):
            return loss if isinstance(loss, (cross_entropy, squared_error)) else None
        of_classes = [each for each in self.nodes.values() if isinstance(each, cross_entropy)]
        is_p = name.kind == "unknown" and name.name == "p" and "p" not in self.spoilt
        return of_classes[0] if is_p and len(of_classes) == 1 else None

    def restated(self, target: Name, formula: Expression) -> bool:
        """Whether a line says of a given name what it is: B = len(x), onehot = onehot(y)."""
        if formula.kind == "call" and self.words.get(target.name) == "onehot":
            return formula.value == "onehot"
        of = formula.arguments[0].value if formula.kind == "shape" else None
        if target.kind != "size" or not isinstance(of, Name) or of.kind != "value":
            return False
        if isinstance(self.nodes[of.name], Parameter):
            return False
        along_examples = formula.value == int(self.columns)
        if target.name == "B":
            return along_examples
        return not along_examples and of.name == target.name


OF_LABELS = (("e", ""), ("onehot", ""), ("", "onehot"))  # e_y, onehot_y, y_onehot

# ------------------------------------------------------------------ from text to lines

CONTINUES = re.compile(r"\s*(=|\+|\*|/|@|⊙|·|-)\s*")
NOT_A_FORMULA = re.compile(r"\s*((Forward|Backward)?\s*:?|[(\[]\d+(\.\d+)?[)\]])\s*")
NUMBERED = re.compile(r"^\s*(\(?\d{1,2}[).:]|•) +(?=[^\W\d])")
SHAPE = re.compile(r"\s{2,}\((B|\d+),( ?\d+)?\)\s*$")
IN_WORDS = re.compile(r"\s*\bfor (each|every) example\b\s*$")
TAG = re.compile(  # the number of an equation, a remark, a tick
    r"(?<=[\w)\]ᵀ⊤‖'′,.])"
    r"(\s+[(\[]{1,2}([1-9]\d?|[A-Z])\.\d+[a-z]?[)\]]{1,2}|\s{2,}[(\[]\d{1,2}[a-z]?[)\]]"
    r"|\s{2,}\([a-z]{2,}( [a-z]{2,})+\)"
    r"|\s+[(\[](lesson|eqn?|equation|line|step|see|from|by)\b[^()\[\]]*(\([\d.]*\))?[)\]]"
    r"|\s*[(\[]?[✓✔☑✅∎□■][)\]]?)+\s*$",
    re.IGNORECASE,
)
MARK = re.compile(  # of a list, an arrow, a word; it stands before an equation of its own
    r"\s*(([=–—−-]+>|[*+•‣◦▪·∙⋅∴→⇒⟹⟶⟺⇔–—−-]|\(?\d{1,2}[).:]|\(?([a-z]|[ivx]{1,4})\))\s*"
    r"|([a-z]|[ivx]{1,4})\.\s+"
    r"|(step|line|eq\.?)\s*\d{1,2}[.:)]?\s+|[A-Za-z][\w ]{0,30}:(?!=)\s*"
    r"|(so|then|thus|hence|therefore|and|next|now|finally|we get|it follows( that)?)\b[,:]?\s+)",
    re.IGNORECASE,
)
EQUATION = re.compile(
    rf"\s*((d(L|J|loss)(_?b)?|∂\s*{grammar.LETTER}\w*)\s*/\s*[d∂]\s*{grammar.NAME}"
    rf"|(?P<name>{grammar.NAME})(?P<grad>\.grad)?)"
    r"(\[[^\]=]*\])?\s*[-+*/:]?=(?!=)"
)


def read(text: str, vocabulary: Vocabulary) -> list[Statement]:
    """The lines of a text. Own names are those on the left of =, in whichever order."""
    lines = _lines(text, vocabulary)
    read: list[tuple[Statement, Any]] = [_parsed(line, vocabulary) for line in lines]
    for statement, tree in read:
        if tree is None:
            left = re.match(rf"\s*({grammar.NAME})\s*=", notation.normalised(statement.text))
            vocabulary.spoilt.update([notation.own_name(left[1])] if left else [])
        for side in tree.children[:-1] if tree is not None else ():
            raw = _bare_name(side)
            names = [] if raw is None else [raw, notation.of_a_row(raw)]
            if names and not any(vocabulary.in_graph(notation.spellings(n)) for n in names):
                vocabulary.own.add(notation.own_name(names[0]))
    understood = [
        statement if tree is None else _understood(statement, tree, vocabulary)
        for statement, tree in read
    ]
    understood = _with_entries(understood, [tree for _, tree in read], vocabulary)
    unread = [each.number for each in understood if each.problem]
    return [
        _explained(each, vocabulary) if each.number in unread[:MOST_EXPLAINED] else each
        for each in understood
    ]


def _with_entries(
    statements: list[Statement], trees: list[Any], vocabulary: Vocabulary
) -> list[Statement]:
    """The lines that cannot be read as matrices, read entry by entry where they have indices.

    What these lines define is then known to the others.
    """
    indexed = dict[int, Any]()
    whole = set[str]()  # names that an index was taken for a part of: p_k
    count = -1
    while count < len(indexed):
        count = len(indexed)
        for i, (statement, tree) in enumerate(zip(statements, trees, strict=True)):
            text = notation.normalised(statement.text)
            with_indices = notation.with_indices(text)
            unread = statement.problem or not whole.isdisjoint(_own_names(statement))
            if i in indexed or not unread or with_indices == text or len(text) > LONGEST_LINE:
                continue
            new = _tried(with_indices, vocabulary)[1]
            if new is not None:
                indexed[i] = new
                names = map(_bare_name, tree.children[:-1] if tree is not None else ())
                whole |= {notation.own_name(name) for name in names if name}
    by_entry = replace(vocabulary, by_entry=True)
    for tree in indexed.values():
        for side in map(_alone, tree.children[:-1]):
            of = side.children[0] if getattr(side, "data", None) == "entry" else side
            raw = _bare_name(of)
            if raw is not None and not vocabulary.in_graph(notation.spellings(raw)):
                vocabulary.own.add(notation.own_name(raw))
                vocabulary.spoilt.discard(notation.own_name(raw))
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


def _explained(statement: Statement, vocabulary: Vocabulary) -> Statement:
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
    if problem.reason is Reason.SIGN and not problem.nearest:
        nearest = _nearest(statement, problem.place, vocabulary)
        return replace(statement, problem=replace(problem, nearest=nearest))
    return statement


def about(left: str, vocabulary: Vocabulary) -> Name | None:
    """What the left side of a line names, if that can be told although the line is not read."""
    match = re.fullmatch(rf"\s*({grammar.NAME})(\.grad)?\s*", notation.normalised(left))
    if match is None:
        return None
    name = vocabulary.resolved(match[1])
    return Name("gradient", name.name) if match[2] and name.kind == "value" else name


def _begins(formula: str, vocabulary: Vocabulary) -> bool:
    """Whether a line starts with what an equation can be about."""
    match = EQUATION.match(notation.normalised(formula))
    if match is None or match["grad"] or match["name"] is None:
        return match is not None
    return not vocabulary.is_given(vocabulary.resolved(match["name"]))


def _without_mark(formula: str, vocabulary: Vocabulary) -> str:
    """The line without the marks of a list, arrows and words before its own equation."""
    end = 0
    while match := MARK.match(formula, end):
        end = match.end()
        if _begins(formula[end:], vocabulary):
            return " " * end + formula[end:]
    return formula


def _lines(text: str, vocabulary: Vocabulary) -> list[Statement]:
    found: list[Statement] = []
    if len(text) > LONGEST_TEXT:
        problem = Problem(Reason.TOO_LONG, LONGEST_TEXT)
        return [Statement(1, text[:60] + "…", problem=problem)]
    pieces = []
    text = _with_gradients(_without_layers(text, vocabulary), vocabulary)
    text = notation.from_latex(text)
    for number, line in enumerate(text.splitlines(), start=1):
        formulas, comment = notation.parted(_without_layers(line, vocabulary))
        *first, last = formulas.split(";")
        pieces += [*((number, each, "") for each in first), (number, last, comment)]
    for number, formula, comment in pieces:
        formula = NUMBERED.sub(lambda match: " " * len(match[0]), formula, count=1)
        formula = _without_mark(formula, vocabulary)
        formula = IN_WORDS.sub("", SHAPE.sub("", TAG.sub("", formula)))
        formula = formula.rstrip().rstrip(",.").rstrip()
        if NOT_A_FORMULA.fullmatch(formula):
            continue
        if found and CONTINUES.match(notation.normalised(formula)) and not found[-1].problem:
            before = found[-1]
            joined = f"{before.text} {formula.strip()}"
            comments = " ".join(filter(None, [before.comment, comment.strip()]))
            found[-1] = replace(before, text=joined, comment=comments)
            continue
        if len(found) == MOST_LINES:
            found.append(Statement(number, "…", problem=Problem(Reason.TOO_LONG)))
            break
        found.append(Statement(number, formula.strip(), comment.strip()))
    return found


BARRED = re.compile(  # z̄3, \bar{z}_3, \bar{z_3}
    r"(?:([A-Za-z])[\u0304\u0305]|\\(?:bar|overline)\s*"
    r"(?:\{\s*([A-Za-z](?:_?\{?\d+\}?|[₀-₉]+)?)\s*\}|([A-Za-z])(?![A-Za-z])))"
    r"(_?\d+|_\{\d+\}|[₀-₉]+)?"
)
PRIMED = re.compile(
    rf"({grammar.LETTER}(?:[A-Za-z0-9₀-₉]|_\{{?\d\}}?)*)(?:['′’]|\^\{{?\\prime\}}?)(?!\s*[('′’])"
)


def _with_gradients(text: str, vocabulary: Vocabulary) -> str:
    """The text with dz3 for z̄3; and for z3', where a line says what W' is, or z' of no function.

    Elsewhere h2' may be f′(z2).
    """

    def known(name: str) -> Any:
        found = vocabulary.in_graph(notation.spellings(notation.normalised(name)))
        node = vocabulary.nodes.get(found.name) if found and found.kind == "value" else None
        return None if isinstance(node, Input) else node

    def of_a_bar(match: re.Match[str]) -> str:
        name = (match[1] or match[2] or match[3]) + (match[4] or "")
        return match[0] if known(name) is None else f"d{name}"

    def of_a_prime(match: re.Match[str]) -> str:
        return match[0] if known(match[1]) is None else f"d{match[1]}"

    text = BARRED.sub(of_a_bar, unicodedata.normalize("NFC", text))
    for line in text.splitlines():
        left = PRIMED.fullmatch(line.partition("=")[0].strip(" $&"))
        node = known(left[1]) if left else None
        if node is not None and (isinstance(node, Parameter) or len(node.operands) > 1):
            return PRIMED.sub(of_a_prime, text)
    return text


LAYER = re.compile(  # of δ^{(3)}, W^{[3]ᵀ}, z^(3)
    rf"({grammar.LETTER}+) *"
    r"(?:\^ *\{\s*[(\[]\s*(\d)\s*[)\]]\s*(T|⊤|ᵀ)?\s*\}|⁽([¹²³⁴⁵⁶⁷⁸⁹])⁾|\^\s*[(\[]\s*(\d)\s*[)\]])"
)


def _without_layers(text: str, vocabulary: Vocabulary) -> str:
    """The text with the number of a layer in the name, where it stands raised and in brackets.

    z^(3) is a power, but where there is a z3 and no z.
    """

    def name(match: re.Match[str]) -> str:
        letter, braces, turned, raised, bare = match.groups()
        number = braces or bare or str(int(unicodedata.normalize("NFKC", raised)))
        is_known = vocabulary.in_graph([letter]) or not vocabulary.in_graph([letter + number])
        if bare and "[" not in match[0] and is_known:
            return match[0]
        return letter + number + ("ᵀ" if turned else "")

    return LAYER.sub(name, text)


# ------------------------------------------------------------------ from a line to a tree


@lru_cache(maxsize=8)
def _parser(functions: frozenset[str], loss: str) -> Any:
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


def _parsed(statement: Statement, vocabulary: Vocabulary) -> tuple[Statement, Any]:
    """The tree of a line, or why there is none."""
    text = _without_chain(notation.normalised(statement.text), vocabulary)
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
        place, tree = _tried(text, vocabulary)
        if tree is None:  # 0,5 is a number where it cannot be two
            with_points = re.sub(r"(?<![\w.,])(\d+),(?=\d+(?![\w.,]))", r"\1.", text)
            tree = _tried(with_points, vocabulary)[1] if with_points != text else None
        if tree is None:  # h2ᵀ [(z3 − y) W3ᵀ] has no index
            rounded = re.sub(r"\[((?![^\[\]]*[,:=])[^\[\]]*[-+@⊙·( ][^\[\]]*)\]", r"(\1)", text)
            tree = _tried(rounded, vocabulary)[1] if rounded != text else None
        if tree is not None:
            return statement, tree
        problem = Problem(Reason.SIGN, place, statement.text[place : place + 1])
    return replace(statement, problem=problem), None


FRACTION = re.compile(rf"[∂d]\s*({grammar.NAME})\s*/\s*[∂d]\s*({grammar.NAME})")


def _without_chain(text: str, vocabulary: Vocabulary) -> str:
    """The line without the chain rule in its middle, where that is true: = ∂L/∂z3 · ∂z3/∂h2 =."""
    sides = re.split(r"(?<![:<>=])=(?!=)", text)
    if len(sides) < 3:
        return text
    left, *middle, right = sides
    fraction = FRACTION.fullmatch(left.strip())
    target = vocabulary.resolved(fraction[2]) if fraction else about(left, vocabulary)
    if target is None:
        return text
    kept = [left]
    for part in middle:
        links = FRACTION.findall(part)
        is_chain = not FRACTION.sub("", part).strip("·⊙@×* ")
        if len(links) > 1 and is_chain and _leads_back(links, target, vocabulary):
            kept.append(" " * (len(part) + 1))
        else:
            kept.append(f"={part}")
    return "".join(kept) + f"={right}"


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


def _tried(text: str, vocabulary: Vocabulary) -> tuple[int, Any]:
    """Where the reading stopped, and the tree if it did not."""
    from lark.exceptions import UnexpectedInput

    if inner := re.search("[⟦⟧⟨⟩]", text):  # which stand for ‖ and | inside
        return inner.start(), None
    try:
        return len(text), _parser(frozenset(vocabulary.words), vocabulary.loss).parse(
            notation.paired(text)
        )
    except UnexpectedInput as error:
        place = error.pos_in_stream
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            place = len(text)
        return (len(text) if place is None or place < 0 else place), None


def _nearest(statement: Statement, place: int, vocabulary: Vocabulary) -> str:
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
        tree = _tried(notation.normalised(line), vocabulary)[1]
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
        if node is not None and len(node.operands) == 1:
            inside = node.operands[0].name
            return f"{text[: match.start()]}f′({inside}){text[match.end() :]}".strip()
    return ""


def _alone(tree: Any) -> Any:
    """What stands alone in a sum of one product of one factor."""
    while getattr(tree, "data", None) in ("sum", "product") and len(tree.children) == 1:
        (tree,) = tree.children
    return tree


def _bare_name(tree: Any) -> str | None:
    tree = _alone(tree)
    return str(tree.children[0]) if getattr(tree, "data", None) == "name" else None


# ------------------------------------------------------------------ from a tree to a formula


def _understood(statement: Statement, tree: Any, vocabulary: Vocabulary) -> Statement:
    try:
        formulas = _sides(tree, vocabulary)
        if vocabulary.by_entry:
            formulas = _of_entries(formulas, statement.text)
        targets = []
        while len(formulas) > 1 and formulas[0].kind == "name":
            targets.append(formulas.pop(0))
        if not targets:
            first = formulas[0]
            raise CannotRead(Reason.LEFT, first.start, statement.text[first.start : first.end])
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
                near = vocabulary.near(name.value.name)
                raise CannotRead(Reason.UNKNOWN_NAME, name.start, name.value.name, near)
        for formula in formulas:
            _can_be_told(formula, vocabulary)
    except CannotRead as error:
        return replace(statement, problem=error.problem)
    except TooDeep:
        return replace(statement, problem=Problem(Reason.TOO_DEEP))
    names = tuple(dict.fromkeys(target.value for target in targets))
    return replace(statement, targets=names, formulas=tuple(formulas))


def _of_entries(sides: list[Expression], text: str) -> list[Expression]:
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
    target: Name = names[0].value  # type: ignore[assignment]
    of_weights = target.kind == "gradient" and target.one
    return [
        *names,
        *(Expression("entries", (e,), (indices, of_weights), e.start, e.end) for e in sides),
    ]


def _not_beneath_a_sum(e: Expression) -> Iterable[Expression]:
    """The entries in a formula that no Σ adds up."""
    if e.kind == "entry":
        yield e
    elif e.kind != "sum over":
        for each in e.arguments:
            yield from _not_beneath_a_sum(each)


def _sides(tree: Any, vocabulary: Vocabulary) -> list[Expression]:
    """What stands left and right of =; the step of δ3 /= B, or of δ3[np.arange(B), y] -= 1, is
    written out: δ3 = δ3 / B, δ3 = δ3 − 1 onehot(y).
    """
    sides = [_formula(side, vocabulary) for side in tree.children if hasattr(side, "data")]
    first = _alone(tree.children[0])
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
            return _product(children, inner, start, end, vocabulary.by_entry)
        case "compared":
            left, sign, right = children
            return made("compare", inner(left), inner(right), value=str(sign))
        case "brackets":
            (inside,) = children
            e = inner(inside)
            if e.kind == "product":  # what the reader has grouped stays so
                return Expression(e.kind, e.arguments, "brackets", e.start, e.end)
            return e
        case "indicator":
            return inner(children[1])
        case "number":
            return made("number", value=_number(str(children[0]), start))
        case "name":
            known = vocabulary.resolved(str(children[0]))
            if labels := vocabulary.labels_of(known):
                return made("call", made("name", value=Name("value", labels)), value="onehot")
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
            return made("shape", inner(children[0]), value=int(str(children[1]).rstrip("] ")[-1]))
        case "joined":
            return made("join", *map(inner, children))
        case "grad":
            of = inner(children[0])
            if of.kind != "name" or of.value.kind != "value":
                raise CannotRead(Reason.UNKNOWN_NAME, start, f"{children[0].children[0]}.grad")
            return made("name", value=Name("gradient", of.value.name))
        case "method":
            function = str(children[1])[1:]
            arguments = [children[0], *children[2].children]
            if function in ("copy", "astype"):
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
            index = re.fullmatch("(?:∑|sum)_([a-z])", str(children[0]))
            if vocabulary.by_entry and index and len(arguments) == 1:  # Σ_b (…)
                return made("sum over", inner(arguments[0]), value=index[1])
            if function in vocabulary.functions:
                if len(arguments) != len(vocabulary.functions[function].operands):
                    raise CannotRead(Reason.ARGUMENTS, start, function)
                call = made("call", *map(inner, arguments), value=function)
            else:
                call = _call(made, function, arguments, inner, start)
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


def _product(children: list[Any], inner: Inner, start: int, end: int, by_entry: bool) -> Expression:
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
            body = _product(children[i + 1 :], inner, token.end_pos, end, by_entry)
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
    for together in (("",), ("*", ".*", "@", "/", "·", "×", "⊗", ""), ("⊙",)):
        left, kept = [factors[0]], list[str]()
        for i, factor in enumerate(factors[1:]):
            sign = signs[i]
            after_division = sign == "" and bool(kept) and kept[-1] == "/" and together == ("",)
            if sign in together and not after_division:
                a = left.pop()
                kind = notation.BINARY.get(sign, "product")
                value = sign if sign in "⊙⊗" and sign else None
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


def _call(
    made: Callable[..., Expression], function: str, arguments: list[Any], inner: Inner, start: int
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
        if len(values) == 2 and values[1].kind == "number":
            axis = str(int(values.pop().value))
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
    if function in ("transpose", "multiply", "matmul", "add", "subtract", "divide", "outer"):
        if len(values) != (1 if function == "transpose" else 2):
            raise CannotRead(Reason.ARGUMENTS, start, function)
        return made(function, *values)
    if function == "1" and len(values) == 1:
        return values[0]
    two = ("maximum", "minimum")
    allowed = {"onehot": (1, 2), "where": (3,)}.get(function, (2,) if function in two else (1,))
    if len(values) not in allowed or keywords:
        raise CannotRead(Reason.ARGUMENTS, start, function)
    return made("call", *values, value=function)
