"""What the names in a derivation mean: those of the graph, and the reader's own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.scope import is_entrywise
from course_nn.derivation_check.statement import CannotRead, Reason
from course_nn.graph import Input, Labels, Parameter
from course_nn.losses import cross_entropy, squared_error

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
        einstein: whether the text says that what stands twice is added up.
        of_mean: whether dz3 is ∂J/∂z3 of the mean loss, as in code that divides by B at the start.
        matlab: whether the text writes .* and so * is the product of matrices.
        defined: the names that stand alone on the left of some =.
        by_entry: whether a line is read that speaks of entries, δ2_j = Σ_k δ3_k W3_jk.
    """

    nodes: dict[str, Any]
    loss: str
    functions: dict[str, Any]
    own: set[str] = field(default_factory=set)
    spoilt: set[str] = field(default_factory=set)
    columns: bool = False
    by_entry: bool = False
    defined: set[str] = field(default_factory=set)
    einstein: bool = False
    of_mean: bool = False
    matlab: bool = False

    @property
    def words(self) -> dict[str, str]:
        """What can be written in front of a bracket, and which function it is."""
        words = notation.ALIASES | {name: name for name in self.functions}
        taken = {*self.nodes, *(self.defined & {"I"})}
        return {word: name for word, name in words.items() if word not in taken}

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
        if (found := self.own_gradient(of_which(notation.own_name(raw)))) is not None:
            return found
        return Name("unknown", notation.own_name(raw))

    def own_gradient(self, name: str) -> Name | None:
        """The gradient of a name of the reader's own, s.grad, ∂L/∂s or δ_s, if a line says what
        it is, in whichever of these spellings.
        """
        name = self.as_defined(name)
        spellings = (f"{name}.grad", *(f"{before}{name}" for before in OF_ONES_OWN))
        found = [each for each in spellings if name and each in self.own]
        return Name("own", found[0]) if found else None

    def as_defined(self, name: str) -> str:
        """A name of the reader's own as its line has it: s or, with the index b, sb; or ""."""
        spellings = (name, f"{name}b") if name else ()
        return next((each for each in spellings if each in self.own), "")

    def in_graph(self, names: Iterable[str]) -> Name | None:
        """What one of these names means in the graph."""
        return next((found for name in names if name and (found := self._known(name))), None)

    def _known(self, name: str) -> Name | None:
        """What a name means; also Z3 and A2 for z3 and h2, where no line says what these are."""
        if (found := self._exactly(name)) is not None:
            return found
        for before in ("", "δ_", "δ", "delta_", "delta", "d", "∇_", "∇", "grad_"):
            node = self._alias(name.removeprefix(before)) if name.startswith(before) else ""
            if node:
                return self._exactly(f"{before}{node}")
        if name in BATCH and name not in self.defined:
            return Name("size", "B")
        return None

    def _alias(self, name: str) -> str:
        """The node that another letter stands for: Z3 is z3, a2 and A2 are h2; or ""."""
        if name in self.defined or name in self.nodes or not re.fullmatch(r"[A-Za-z]_?\d*", name):
            return ""
        others = [each for each, node in self.nodes.items() if not isinstance(node, Labels)]
        same = [each for each in others if each.lower() == name.lower()]
        if not same and name[0] in "aA":
            same = [f"h{name[1:]}"] if f"h{name[1:]}" in self.nodes else []
        return same[0] if len(same) == 1 else ""

    def _exactly(self, name: str) -> Name | None:
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
        for before, after in GRADIENT_OF:
            if name.startswith(before) and name.endswith(after):
                node = name.removeprefix(before).removesuffix(after)
                is_a_row = before == "g_" and "g" in (*self.nodes, *self.defined)  # row b of g
                if node != name and node in self.nodes and not is_a_row:
                    if self.of_mean and before in ("d", "grad_", "grad"):
                        return self._gradient(node, of_mean=True)
                    is_of_one = before == "d" or after.endswith("bar")
                    one = is_of_one and isinstance(self.nodes[node], Parameter)
                    return Name("gradient", node, one)
        match = re.fullmatch(r"d(J|L_?b?|[Ll]oss)_?d_?(\w+)", name)
        if match and match[2] in self.nodes:
            return self._gradient(match[2], self.of_mean or match[1] == "J")
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
        above, below = _above_and_below(raw)
        losses = {*LOSSES, self.loss, f"{self.loss}_b"}
        name = self.resolved(below)
        if above in losses and name.kind == "own":
            if found := self.own_gradient(name.name):
                return found
            below = raw
        if above not in losses or name.kind != "value":
            word = raw if above not in losses else below
            node = self.nodes.get(above)
            reason = Reason.SIGN if node is None else Reason.ONE_BY_ANOTHER
            reason = Reason.UNKNOWN_NAME if above in losses else reason
            nearest = ""
            if above not in self.nodes and above not in losses and name.kind == "value":
                nearest = f"∂L/∂{below}"
            raise CannotRead(reason, place, word, nearest)
        return self._gradient(name.name, above == "J")

    def local(self, raw: str) -> Expression | None:
        """∂a/∂b of two nodes: f′ of what an activation works on, or else a name of the reader's
        own; None where it is no such derivative, or no line says what it is.
        """
        if raw.startswith("∇"):
            return None
        above, below = map(self.resolved, _above_and_below(raw))
        losses = {*LOSSES, self.loss}
        kinds = {above.kind, below.kind}
        if not kinds <= {"value", "own"} or above.name in losses:
            return None
        if "own" in kinds:
            return Expression("name", (), Name("own", f"∂{above.name}/∂{below.name}"))
        node = self.nodes[above.name]
        if getattr(node, "operands", ()) == (self.nodes[below.name],) and is_entrywise(node):
            return Expression("slope", (Expression("name", (), below),), "f")
        return Expression("name", (), Name("own", f"∂{above.name}/∂{below.name}"))

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
        called |= {labels[0].upper()} - self.defined
        is_onehot = self.words.get(name.name) == "onehot" or name.name in called
        return labels[0] if is_onehot else ""

    def predicted_by(self, name: Name) -> Any:
        """The loss of whose prediction a name speaks that no line says, or None.

        ŷ is what the loss compares with y; p are the probabilities of the only cross-entropy.
        """
        loss = self.nodes[self.loss]
        if name.kind == "unknown" and (name.name in ("ŷ", "yhat") or self.is_output(name.name)):
            return loss if isinstance(loss, (cross_entropy, squared_error)) else None
        of_classes = [each for each in self.nodes.values() if isinstance(each, cross_entropy)]
        is_p = name.kind == "unknown" and name.name == "p" and "p" not in self.spoilt
        return of_classes[0] if is_p and len(of_classes) == 1 else None

    def is_output(self, name: str) -> bool:
        """Whether a name is that of the last layer's activation, A3 or a3, where z3 is compared."""
        match = re.fullmatch(r"[aA](\d+)", name)
        before = [each.name for each in self.nodes[self.loss].operands[:1]]
        is_last = match is not None and before == [f"z{match[1]}"]
        return is_last and name not in self.defined

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


# What the number of examples is called, where the reader does not say what that is.
BATCH = ("m", "N", "n", "M", "batchsize", "batch_size", "numexamples", "num_examples")
# How the gradient of a node is called: before its name, and after it.
GRADIENT_OF = (
    *(("∇", ""), ("∇_", ""), ("nabla_", ""), ("nabla", ""), ("d", ""), ("g_", "")),
    *(("grad_", ""), ("grad", ""), ("gradient_", ""), ("", "_grad")),
    *(("", "_gradient"), ("", "_bar"), ("", "bar")),
)
OF_ONES_OWN = ("δ", "d", "∇", "grad", "delta")  # before a name whose gradient is meant
OF_LABELS = (("e", ""), ("onehot", ""), ("", "onehot"))  # e_y, onehot_y, y_onehot


def _above_and_below(raw: str) -> tuple[str, str]:
    """L and z3, of ∂L/∂z3 and of ∇_{z3} L."""
    if raw.startswith("∇"):
        of, above = re.fullmatch(rf"∇\s*_?\{{?({grammar.NAME})\}}?\s*(\w+)", raw).groups()  # type: ignore[union-attr]
        return above, of.strip("_{}")
    above, below = (part.strip()[1:].strip() for part in raw.split("/", 1))
    return above, below


def of_which(name: str) -> str:
    """s for δs, ds and the like, which may be the gradient of an own s; "" for others."""
    return next((name[len(b) :] for b in OF_ONES_OWN if name.startswith(b)), "")


def of_a_derivative(raw: str) -> str:
    """s, of ∂L/∂s and the like."""
    return _above_and_below(raw)[1]


def about(left: str, vocabulary: Vocabulary) -> Name | None:
    """What the left side of a line names, if that can be told although the line is not read."""
    match = re.fullmatch(rf"\s*({grammar.NAME})(\.grad)?\s*", notation.normalised(left))
    if match is None:
        return None
    name = vocabulary.resolved(match[1])
    return Name("gradient", name.name) if match[2] and name.kind == "value" else name
