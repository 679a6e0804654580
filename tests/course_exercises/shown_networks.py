"""What a student sees of a network: its forward lines, read from the text of a lesson or a task.

Nothing here looks into a solution, or into the graph that a question makes.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAME = r"[A-Za-z]\w*"
GIVEN = re.compile(r'"""\n(.*?)"""', re.DOTALL)
OPEN = "____"


@dataclass(frozen=True)
class Step:
    """One operation: "product", "sum", "entries" (⊙), "tanh" or "sigmoid"; in the workbook also
    "softmax", "transposed", "difference", "quotient", "side by side", "mean" and "length".
    """

    name: str
    kind: str
    operands: tuple[str, ...]
    is_shown: bool = True  # whether the text gives it a name


@dataclass
class Network:
    """The forward lines of a network.

    Args:
        steps: in the order of the forward pass. output, answers: what the loss compares.
        loss: "squares" or "classes". many: whether the mean loss of B examples is meant.
        given: backward lines that the text gives.
        heads: of a loss with several parts, by output, where its way back begins.
    """

    steps: list[Step]
    output: str
    answers: str
    loss: str = "squares"
    many: bool = False
    given: list[str] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> list[str]:
        """Capital letters, and rows that are added: all that nothing makes but x and the like."""
        rights = [s.operands[1] for s in self.steps if s.kind in ("product", "transposed")]
        added = [o for s in self.steps if s.kind == "sum" for o in s.operands]
        made = {step.name for step in self.steps}
        return list(dict.fromkeys([*rights, *(o for o in added if o not in made)]))

    @property
    def inputs(self) -> list[str]:
        made = {step.name for step in self.steps}
        operands = [o for step in self.steps for o in step.operands]
        return list(dict.fromkeys(o for o in operands if o not in {*made, *self.weights}))

    @property
    def names(self) -> list[str]:
        """All that have a name in the text, in the order in which they come up."""
        found = [name for step in self.steps for name in (*step.operands, step.name)]
        hidden = {step.name for step in self.steps if not step.is_shown}
        return [*(name for name in dict.fromkeys(found) if name not in hidden), self.answers]

    def is_column(self, name: str) -> bool:
        """Whether it is one number for each example, made from a row."""
        return any(s.name == name and s.kind in ("mean", "length") for s in self.steps)

    def uses(self, name: str) -> list[Step]:
        """Where it is used, as often as it stands there."""
        return [s for s in self.steps for operand in s.operands if operand == name]

    def shapes(self, *, equal: bool = False) -> dict[str, tuple[int, int]]:
        """A shape for each name: different widths wherever the forward lines leave them free.

        Args:
            equal: all widths the same.
        """
        rows = {*self.inputs, *(step.name for step in self.steps)}
        width: dict[str, str] = {name: name for name in {*rows, *self.weights}}
        height = {name: f"rows of {name}" for name in self.weights}

        def join(one: str, other: str) -> None:
            for table in (width, height):
                table.update({k: one for k, v in table.items() if v == other})

        for step in self.steps:
            if step.kind == "product":
                left, right = step.operands
                join(width[left], height[right])
                join(width[step.name], width[right])
            else:
                for operand in step.operands:
                    join(width[step.name], width[operand])
        added = {o for s in self.steps if s.kind == "sum" for o in s.operands} & {*self.weights}
        names = dict.fromkeys([*width.values(), *(height[w] for w in self.weights)])
        number = {name: 5 if equal else 11 + 2 * i for i, name in enumerate(names)}
        B = 7 if self.many else 1
        shapes = {name: (B, number[width[name]]) for name in rows}
        shapes |= {w: (1 if w in added else number[height[w]], number[width[w]]) for w in height}
        return shapes


# ------------------------------------------------------------------ reading


def _tokens(text: str) -> list[str]:
    return re.findall(rf"{NAME}|[@*⊙+()]", text)


class _Reader:
    """The right-hand side of one forward line; sums of products of names and functions."""

    def __init__(self, text: str, taken: int) -> None:
        self.tokens, self.steps, self.taken = _tokens(text), list[Step](), taken

    def line(self, name: str) -> list[Step]:
        kind, operands = self._sum()
        self.steps.append(Step(name, kind, operands))
        return self.steps

    def _named(self, found: tuple[str, tuple[str, ...]]) -> str:
        kind, operands = found
        if kind == "name":
            return operands[0]
        name = f"hidden{self.taken + len(self.steps)}"
        self.steps.append(Step(name, kind, operands, is_shown=False))
        return name

    def _sum(self) -> tuple[str, tuple[str, ...]]:
        terms = [self._product()]
        while self.tokens[:1] == ["+"]:
            self.tokens.pop(0)
            terms.append(self._product())
        return terms[0] if len(terms) == 1 else ("sum", tuple(map(self._named, terms)))

    def _product(self) -> tuple[str, tuple[str, ...]]:
        found = self._factor()
        while self.tokens and self.tokens[0] not in ("+", ")"):
            sign = self.tokens.pop(0) if self.tokens[0] in "@*⊙" else "@"
            kind = "product" if sign == "@" else "entries"
            left = self._named(found)
            found = (kind, (left, self._named(self._factor())))
        return found

    def _factor(self) -> tuple[str, tuple[str, ...]]:
        token = self.tokens.pop(0)
        if token == "(":
            found = self._sum()
            assert self.tokens.pop(0) == ")"
            return found
        if token in ("tanh", "sigmoid"):
            return token, (self._named(self._factor()),)
        return "name", (token,)


def network_of(lines: list[str]) -> list[Step]:
    """The steps of forward lines such as "h = tanh(a)" and "z = h + x S"."""
    steps: list[Step] = []
    for line in lines:
        name, _, right = line.partition("=")
        steps += _Reader(right, len(steps)).line(name.strip())
    return steps


def _plain(latex: str) -> list[str]:
    """The equations of a displayed formula, in letters."""
    latex = re.sub(r"\\(begin|end)\{\w+\}|&", " ", latex)
    latex = re.sub(r"\\underset\{[^{}]*\}\{(\w+)\}", r"\1", latex)
    latex = re.sub(r"_\{?(\d)\}?", r"\1", latex).replace(r"\odot", "⊙")
    latex = re.sub(r"\\mathrm\{(\w+)\}", r"\1", latex)
    latex = re.sub(r"\\tanh\b", "tanh ", latex)
    latex = latex.replace(r"\\", r"\quad").replace(r"\qquad", r"\quad")
    latex = re.sub(r"\\[,;]", " ", latex)
    return [part.strip().strip(",").strip() for part in latex.split(r"\quad") if "=" in part]


def _loss_of(equation: str) -> tuple[str, str, str]:
    """The loss, what it takes, and the right answers."""
    if "softmax" in equation:
        output, answers = re.search(r"softmax\((\w+)\)_(\w+)", equation).groups()
        return "classes", output, answers
    output, answers = re.search(r"\(([a-z]\d?)[^-]* - ([a-z])_", equation).groups()
    return "squares", output, answers


def _shown_in(markdown: str, given: list[str]) -> Network:
    equations = [
        e for part in re.findall(r"\$\$(.*?)\$\$", markdown, re.DOTALL) for e in _plain(part)
    ]
    forward = [e for e in equations if not e.startswith("L ")]
    if "is the sigmoid" in markdown:
        forward = [re.sub(r"\bf\(", "sigmoid(", line) for line in forward]
    loss, output, answers = _loss_of(next(e for e in equations if e.startswith("L ")))
    many = "mean loss" in markdown
    return Network(network_of(forward), output, answers, loss, many, given)


def _cells(lesson: str) -> list[tuple[str, str]]:
    (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def _closing_cells(lesson: str) -> tuple[str, str]:
    """The text of the network that ends the exercises of a lesson, and the cell to type into."""
    cells = _cells(lesson)
    (shown,) = [s for kind, s in cells if kind == "markdown" and re.search("hat no lesson", s)]
    (typed,) = [s for kind, s in cells if kind == "code" and re.search("^my_lines =", s, re.M)]
    return shown, typed


def closing_question(lesson: str) -> str:
    """Which question checks that network, as in "gradient_of_W2.q4"."""
    _, typed = _closing_cells(lesson)
    topic = re.search(r"from course_exercises import (\w+) as questions", typed)[1]
    name = re.search(r"^questions\.(\w+)\.check", typed, re.M)[1]
    return f"{topic}.{name}"


def closing_network(lesson: str) -> Network:
    """The network that ends the exercises of a lesson, "04"."""
    shown, typed = _closing_cells(lesson)
    found = GIVEN.search(typed)
    lines = found[1].splitlines() if found else []
    return _shown_in(shown, [line for line in lines if OPEN not in line])


def network_of_the_lessons() -> Network:
    """That of lessons 04 and 05, as section 1 of lesson 05 shows it."""
    (shown,) = [s for _, s in _cells("05") if s.startswith("## 1. Derive it yourself")]
    return _shown_in(shown, [])


def network_in_task(text: str) -> tuple[Network, str]:
    """The network of a task about an earlier lesson, and of what the line is wanted."""
    forward = [line for line in re.findall("`([^`]*)`", text) if "=" in line]
    wanted = re.search(r"Write the line of `(\w+)\.grad`", text)[1]
    steps = network_of(forward)
    if "squared error" in text:
        output, answers = re.search("squared error of `(.)` against `(.)`", text).groups()
        return Network(steps, output, answers, "squares", "B examples" in text), wanted
    answers = re.search("label[^`]*`(.)`", text)[1]
    return Network(steps, steps[-1].name, answers, "classes", "B examples" in text), wanted


def texts_of(lesson: str) -> list[str]:
    """The text cells of a lesson, "05"."""
    return [source for kind, source in _cells(lesson) if kind == "markdown"]
