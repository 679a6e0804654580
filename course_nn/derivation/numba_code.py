"""The steps of a graph as loops for Numba: the source of the engine "numba".

Matrix products stand by themselves. Between two of them, what needs only the numbers at the same
place runs through all numbers of the batch in one long loop; the rest runs row by row, and within a
row column by column. A value that is not needed later stays in a variable and never reaches the
memory.

What reaches the memory passes through it once. Of a small batch, the products of the gradients come
last and go straight into the weights; the rows of a large one go through block by block, so that
what they need stays in the cache, and the gradients add up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from course_nn.derivation.numpy_code import LINE, comment, free_name, head, safe_names
from course_nn.derivation.straight_line import Step, StraightLine

OWN_NAMES = {"np", "math", "B", "updates", "weights", "gradients", "velocity", "rate", "rows"}
OWN_NAMES |= {"momentum", "decay", "losses", "first", "update", "total", "i", "j", "k", "b", "v"}
OWN_NAMES |= {"memory", "memory_for", "before_the_last", "block", "start", "so_far"}
OURS = ("column_times_row", "columns_times_rows", "exp")
OURS += ("row_times_matrix", "row_times_transpose", "rows_times_matrix", "rows_times_transpose")
OURS += ("tanh",)
OWN_NAMES |= {"njit", "OPTIONS", "max", "min", "abs", "len", "range", *OURS}
COSTLY = ("exp", "tanh", "log", "sqrt")
BLOCK = 256  # rows of a large batch that go through together
INDENT = 12  # of a line in the loop over blocks
SHORT = 30  # characters of an expression within a larger one
SYMBOLS = {  # and how strongly they bind
    **{"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2)},
    **{"greater": (">", 0), "greater_equal": (">=", 0)},
    **{"less": ("<", 0), "less_equal": ("<=", 0)},
}
FUNCTIONS = {"exp": "exp", "log": "math.log", "tanh": "tanh", "sqrt": "math.sqrt"}
FUNCTIONS |= {"abs": "abs", "positive": ""}
FUNCTIONS |= {"maximum": "np.maximum", "minimum": "np.minimum"}  # max(0, NaN) would be 0


@dataclass
class Block:
    """Steps of one row that run through the same columns, or, with columns 1, once a row."""

    columns: int
    steps: list[Step] = field(default_factory=list)


class Flat(Block):
    """Steps from numbers at the same place alone: one long loop through all rows, however many
    columns there are, which a processor can take eight numbers at a time."""


def call(name: str, arguments: list[str]) -> list[str]:
    """A call in one line, or in several."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= LINE - INDENT:
        return [line]
    return [f"{name}(", *(f"    {argument}," for argument in arguments), ")"]


def blocks_of(section: Any) -> list[Block]:
    """The blocks of a section."""
    if isinstance(section, list):
        return section
    return [section] if isinstance(section, Flat) else []


class NumbaCode:
    """The source of a function `updates`, which makes one update after the other.

    Args:
        batch_size: of 1, products are written as loops; above `BLOCK`, rows go through in blocks,
            and the sums of the gradients are kept. Batches of any other size are right, too, but
            of 1 only with the code for 1.
        momentum: whether there is a velocity. decay: whether weights are pulled towards 0.
    """

    def __init__(self, line: StraightLine, *, batch_size: int, momentum: bool, decay: bool) -> None:
        self.line, self.momentum, self.decay = line, momentum, decay
        self.one = batch_size == 1
        self.names = safe_names(line, OWN_NAMES)
        self.users: dict[Step, list[Step]] = {step: [] for step in line.steps}
        for step in line.steps:
            for argument in step.arguments:
                if isinstance(argument, Step) and argument.operation == "transpose":
                    argument = argument.arguments[0]
                if argument in self.users:
                    self.users[argument].append(step)
        self.of_sums = self._of_sums()
        mixed = any(step.shape[0] == "B" for step in self.of_sums)  # rows need sums over all rows
        self.in_blocks = batch_size > BLOCK and not mixed
        if not self.in_blocks:
            self.of_sums = []
        self.rows = "block" if self.in_blocks else "rows"
        keeps_gradients = batch_size > BLOCK or momentum or decay
        self.into_weights = {} if keeps_gradients else self._into_weights()
        self.sections = self._sections()
        self.block_of: dict[Step, int] = {}
        self.section_of: dict[Step, int] = {}
        for section in self.sections:
            for block in blocks_of(section):
                for step in block.steps:
                    self.block_of[step], self.section_of[step] = id(block), id(section)
        for i, step in enumerate(step for step in line.steps if step not in self.names):
            self.names[step] = f"t{i + 1}"
        self.in_flat = False  # whether the lines that are being written are of a flat block
        self.views = self._views()  # of arrays as one long row
        self.written_out: set[Step] = set()
        for step in line.steps:
            if self._is_used_once_nearby(step) and len(self._operation(step)[0]) <= SHORT:
                self.written_out.add(step)

    # ------------------------------------------------------------------ sums over the rows

    @staticmethod
    def _is_sum_over_rows(step: Step) -> bool:
        return step.operation == "sum0" or (
            step.operation == "dot" and step.arguments[1].shape[0] == "B"
        )

    def _of_sums(self) -> list[Step]:
        """What is computed from sums over the rows."""
        found: dict[Step, None] = {}
        for step in self.line.steps:
            if self._is_sum_over_rows(step):
                found.update(dict.fromkeys(self.users[step]))
            if step in found:
                found.update(dict.fromkeys(self.users[step]))
        return [step for step in self.line.steps if step in found]

    def _into_weights(self) -> dict[Step, Step]:
        """Products that are the gradient of a parameter and nothing else, and that parameter."""
        owners = {step: self.line.parameters[p] for p, step in self.line.gradients.items()}
        return {
            step: owners[step]
            for step in self.line.steps
            if step.operation == "dot" and self._is_sum_over_rows(step)
            if step in owners and not self.users[step]
        }

    # ------------------------------------------------------------------ what runs together

    def _sections(self) -> list[Any]:
        """Single steps (products, steps on weights, columns side by side), flat blocks, and lists
        of blocks that run row by row."""
        sections: list[Any] = []
        apart = {*self.of_sums, *self.into_weights}  # at the end
        for step in (step for step in self.line.steps if step not in apart):
            of_weights = step.shape[0] != "B" and step.operation != "sum0"
            if step.operation in ("dot", "join", "columns") or of_weights:
                sections.append(step)
                continue
            last = sections[-1] if sections else None
            near = [s for block in last for s in block.steps] if isinstance(last, list) else []
            if self._is_flat(step) and (
                step.operation in COSTLY or not any(a in near for a in step.arguments)
            ):
                if not isinstance(last, Flat) or last.columns != step.shape[1]:
                    sections.append(Flat(step.shape[1]))
                sections[-1].steps.append(step)
                continue
            ready = all(a.operation != "sum0" for a in step.arguments if isinstance(a, Step))
            if not sections or not isinstance(sections[-1], list) or not ready:
                sections.append([])
            blocks: list[Block] = sections[-1]
            columns = self._columns(step)
            if not blocks or not self._fits(step, blocks[-1], columns):
                blocks.append(Block(columns))
            blocks[-1].steps.append(step)
        return sections

    @staticmethod
    def _is_flat(step: Step) -> bool:
        return (
            step.by_element
            and step.operation != "onehot"
            and step.shape[1] > 1
            and all(a.shape == step.shape or a.operation == "constant" for a in step.arguments)
        )

    @staticmethod
    def _columns(step: Step) -> int:
        reduced = step.operation in ("sum0", "sum1", "max1")
        return step.arguments[0].shape[1] if reduced else step.shape[1]

    @staticmethod
    def _fits(step: Step, block: Block, columns: int) -> bool:
        """Whether its arguments are ready within one run through the columns of this block."""
        reductions = ("sum1", "max1")
        waits = any(a in block.steps and a.operation in reductions for a in step.arguments)
        return block.columns == columns and (columns == 1 or not waits)

    def _is_stored(self, step: Step) -> bool:
        """Whether it needs memory: somebody uses it outside its run through the columns."""
        if step not in self.block_of or step.operation == "sum0":
            return True
        if any(user.operation == "pick" and user.arguments[0] is step for user in self.users[step]):
            return True
        if step.shape[1] == 1:  # one number a row
            return any(self.section_of.get(u) != self.section_of[step] for u in self.users[step])
        return any(self.block_of.get(user) != self.block_of[step] for user in self.users[step])

    def _views(self) -> dict[Step, str]:
        """The names of the arrays that flat blocks run through."""
        taken, views = {*OWN_NAMES, *self.names.values()}, {}
        for section in self.sections:
            for step in section.steps if isinstance(section, Flat) else []:
                for each in (*step.arguments, step):
                    is_array = isinstance(each, Step) and each.operation != "constant"
                    if is_array and each not in views and self._is_stored(each):
                        views[each] = free_name(f"flat_{self.names[each]}", taken)
        return views

    def _is_used_once_nearby(self, step: Step) -> bool:
        """Whether it can be written in the place where it is used, without a line of its own."""
        return (
            step in self.block_of
            and step.by_element
            and step is not self.line.loss
            and len(self.users[step]) == 1
            and not self._is_stored(step)
            and self.block_of.get(self.users[step][0]) == self.block_of[step]
        )

    # ------------------------------------------------------------------ the source

    def source(self) -> str:
        """The module, formatted as one would write it."""
        inputs = [self.names[step] for step in self.line.inputs.values()]
        weights = [self.names[step] for step in self.line.parameters.values()]
        taken = {*OWN_NAMES, *self.names.values()}
        arguments = [free_name(f"all_{name}", taken) for name in inputs]
        arguments += ["losses", "B", "rate", "memory", "weights", "before_the_last", "gradients"]
        arguments += [*weights, *(self.names[step] for step in self.line.gradients.values())]
        arguments += ["velocity", "momentum"] * self.momentum + ["decay"] * self.decay
        given = {self.line.loss, *self.line.gradients.values()}
        stored = [step for step in self.line.steps if step not in given and self._is_stored(step)]
        code = ["def memory_for(B):", "    return ("]
        for step in stored:
            rows = step.shape[0]
            rows = f"min(B, {BLOCK})" if rows == "B" and self.in_blocks else rows
            code.append(f"        np.empty(({rows}, {step.shape[1]})),  # {self.names[step]}")
        code += ["    )", "", "", "@njit(cache=True, **OPTIONS)", *head("updates", arguments)]
        code += ["    (", *(f"        {self.names[step]}," for step in stored), "    ) = memory"]
        code += [
            f"    {view} = {self.names[s]}.reshape(-1)"
            for s, view in self.views.items()
            if s in stored
        ]
        code += ["    for update in range(len(losses)):"]
        code += [
            "        if update == len(losses) - 1:",
            "            for k in range(len(weights)):",  # [:] = would compile twice as long
            "                before_the_last[k] = weights[k]",
        ]
        code += ["        first = update * B"]
        if not self.one:
            code.append(f"        rows = min(B, len({arguments[0]}) - first)")
        code += ["        total = 0.0"]
        begin, stop = ("start", "block") if self.in_blocks else ("first", self.one or "rows")
        body = [
            f"{name} = {whole}[{begin} : {begin} + {int(stop) if stop is True else stop}]"
            for name, whole in zip(inputs, arguments, strict=False)
        ]
        body += [
            f"{view} = {self.names[step]}.reshape(-1)"
            for step, view in self.views.items()
            if step not in stored
        ]
        body += self._rows_lines()
        if self.in_blocks:
            zeros = [s for s in self.line.steps if s.operation == "sum0"]
            code += [f"        {self.names[step]}[:] = 0.0" for step in zeros]
            code += [f"        for start in range(first, first + rows, {BLOCK}):"]
            code += [f"            block = min({BLOCK}, first + rows - start)"]
            if any("so_far" in line for line in body):
                code += ["            so_far = 0.0 if start == first else 1.0"]
            body = [f"    {line}" for line in body]
        body += [*self._lines_of(self.of_sums), *self._weight_lines()]
        code += [f"        {line}" for line in body]
        return "\n".join([*self._imports("\n".join(code)), "", "", *code, ""])

    @staticmethod
    def _imports(code: str) -> list[str]:
        """The lines above the function: only what it uses."""
        ours = [name for name in ("OPTIONS", *OURS) if re.search(rf"\b{name}[()]", code)]
        lines = ["import math", ""] * ("math." in code) + ["import numpy as np"]
        lines += ["from numba import njit", ""]
        line = f"from course_nn.engines.numba_functions import {', '.join(ours)}"
        if len(line) > LINE:
            names = [f"    {name}," for name in ours]
            return [*lines, "from course_nn.engines.numba_functions import (", *names, ")"]
        return [*lines, line]

    def _rows_lines(self) -> list[str]:
        """The lines for the rows of a batch, or of a block."""
        return self._lines_of([*self.sections, *self.into_weights])

    def _lines_of(self, sections: Iterable[Any]) -> list[str]:
        """The lines of some sections, with those of the derivation above them."""
        comments: dict[Step, list[str]] = {}
        for i, text in self.line.lines:
            for step in self.line.steps[i : i + 1]:  # none after the last step
                comments.setdefault(step, []).extend(comment(text))
        lines = []
        for section in sections:
            blocks = blocks_of(section) or [Block(0, [section])]
            for step in (step for block in blocks for step in block.steps):
                lines += comments.get(step, [])
            if isinstance(section, Step):
                lines += self._whole(section)
            else:
                lines += self._flat(section) if isinstance(section, Flat) else self._rows(section)
        return lines

    def _flat(self, block: Flat) -> list[str]:
        """One run through all numbers of a batch."""
        self.in_flat = True
        inner = [
            f"    {self._value(step)} = {self._operation(step)[0]}"
            for step in block.steps
            if step not in self.written_out
        ]
        self.in_flat = False
        count = f"{self.rows} * {block.columns}"
        if self.one:  # known only when it runs: a short loop would be written out, number by number
            arrays = [each for step in block.steps for each in (*step.arguments, step)]
            count = f"len({next(self.views[a] for a in arrays if a in self.views)})"
        return [f"for k in range({count}):", *inner]

    def _rows(self, blocks: list[Block]) -> list[str]:
        lines = [
            f"{self.names[step]}[:] = 0.0"
            for block in blocks
            for step in block.steps
            if step.operation == "sum0" and not self.in_blocks
        ]
        lines.append(f"for b in range({1 if self.one else self.rows}):")
        for block in blocks:
            lines += [f"    {line}" for line in self._block(block)]
        if any(self.line.loss in block.steps for block in blocks):
            lines.append(f"    total += {self._value(self.line.loss)}")
        return lines

    def _block(self, block: Block) -> list[str]:
        """One run through the columns of a row."""
        before, inner = [], []
        for step in block.steps:
            value = self._operation(step)[0]
            match step.operation:
                case "sum0":
                    inner.append(f"{self._value(step)} += {value}")
                case "sum1" if block.columns > 1:
                    before.append(f"{self._value(step)} = 0.0")
                    inner.append(f"{self._value(step)} += {value}")
                case "max1" if block.columns > 1:
                    before.append(f"{self._value(step)} = -np.inf")
                    inner.append(f"{self._value(step)} = max({self._value(step)}, {value})")
                case _ if step not in self.written_out:
                    inner.append(f"{self._value(step)} = {value}")
        if block.columns > 1:
            inner = [f"for j in range({block.columns}):", *(f"    {line}" for line in inner)]
        return before + inner

    def _value(self, step: Step) -> str:
        """How a step is called where it is used: a variable, an entry of an array, a number."""
        if step.operation == "constant":
            return repr(step.arguments[0])
        name = self.names[step]
        if step in self.block_of and not self._is_stored(step):
            return name
        if self.in_flat:
            return f"{self.views[step]}[k]"
        row = "b" if step.shape[0] == "B" else "0" if step.shape[0] == 1 else "i"
        return f"{name}[{row}, {'0' if step.shape[1] == 1 else 'j'}]"

    def _expression(self, step: Step, level: int = 0) -> str:
        """The value in a larger expression, in brackets if it binds less strongly than `level`."""
        if step not in self.written_out:
            return self._value(step)
        text, own = self._operation(step)
        return f"({text})" if own < level else text

    def _operation(self, step: Step) -> tuple[str, int]:
        """How it is computed, and how strongly that binds."""
        arguments, operation = step.arguments, step.operation
        if operation in SYMBOLS:
            symbol, level = SYMBOLS[operation]
            left = self._expression(arguments[0], level or 1)  # a > b > c is something else
            text = f"{left} {symbol} {self._expression(arguments[1], level + 1)}"
            return (text, level) if level else (f"1.0 if {text} else 0.0", 0)
        if operation == "onehot":
            column = "j" if step.shape[1] > 1 else "0"
            return f"1.0 if {self._expression(arguments[0], 1)} == {column} else 0.0", 0
        if operation == "where":
            condition, first, second = (self._expression(each, 1) for each in arguments)
            return f"{first} if {condition} > 0.0 else {second}", 0
        if operation == "negative":
            return f"-{self._expression(arguments[0], 3)}", 3
        if operation == "pick":
            return f"{self.names[arguments[0]]}[b, {self._expression(arguments[1])}]", 4
        if operation in ("sum0", "sum1", "max1"):
            return self._expression(arguments[0]), 0
        values = ", ".join(map(self._expression, arguments))
        return f"{FUNCTIONS[operation]}({values})", 4

    # ------------------------------------------------------------------ products

    def _whole(self, step: Step) -> list[str]:
        if step.operation == "dot":
            return self._dot(step)
        if step.operation == "columns":
            of, start, stop = step.arguments
            return [f"{self._rows_of(step)} = {self._rows_of(of)}[:, {start}:{stop}]"]
        if step.operation == "join":
            lines, end = [], 0
            for part in step.arguments:
                start, end = end, end + part.shape[1]
                lines.append(f"{self._rows_of(step)}[:, {start}:{end}] = {self._rows_of(part)}")
            return lines
        rows, columns = step.shape
        lines = [f"for i in range({rows}):"] if rows != 1 else []
        indent = "    " * len(lines)
        return [
            *lines,
            f"{indent}for j in range({columns}):",
            f"{indent}    {self._value(step)} = {self._operation(step)[0]}",
        ]

    def _dot(self, step: Step) -> list[str]:
        a, b = step.arguments
        if "B" not in a.shape:  # of weights alone
            return [f"np.dot({self._factor(a)}, {self._factor(b)}, {self.names[step]})"]
        if a.operation == "transpose":
            weights = self.into_weights.get(step)
            factors = [self._factor(a.arguments[0]), self._factor(b)]
            if self.one and weights:
                return self._row_into_weights(*factors, self.names[weights])
            if self.one:
                return call("column_times_row", [*factors, self.names[step]])
            numbers = ["1.0", "so_far" if self.in_blocks else "0.0"]
            if weights:
                numbers = ["-rate / rows", "1.0"]
            return call("columns_times_rows", [*factors, *numbers, self.names[weights or step]])
        s = "" if self.one else "s"
        name, matrix = f"row{s}_times_matrix", b
        if b.operation == "transpose":
            name, matrix = f"row{s}_times_transpose", b.arguments[0]
        return call(name, [self._factor(a), self._factor(matrix), self._factor(step)])

    @staticmethod
    def _row_into_weights(a: str, g: str, W: str) -> list[str]:
        return [
            f"for i in range({W}.shape[0]):",
            f"    v = rate * {a}[0, i]",
            f"    for j in range({W}.shape[1]):",
            f"        {W}[i, j] -= v * {g}[0, j]",
        ]

    def _factor(self, step: Step) -> str:
        if step.operation == "transpose":
            return f"{self._factor(step.arguments[0])}.T"
        stored = step in self.users and step.shape[0] == "B" and not self.one
        return f"{self.names[step]}[:{self.rows}]" if stored else self.names[step]

    def _rows_of(self, step: Step) -> str:
        """The rows of this batch, which in a last one may be fewer than there is memory for."""
        return f"{self.names[step]}[:]" if self.one else self._factor(step)

    def _weight_lines(self) -> list[str]:
        """W ← W − η v with v ← μ v + ∂J/∂W + λ W, for all weights at once, but for those into
        which the products of their gradients have gone.
        """
        rows = "" if self.one else " / rows"
        total = "losses[update] = total" + rows
        if self.into_weights:
            return [*self._lines_of_other_weights(rows), total]
        value = f"gradients[k]{rows}"
        if self.decay:
            value += " + decay * weights[k]"
        lines = ["for k in range(len(weights)):"]
        if self.momentum:
            lines.append(f"    velocity[k] = momentum * velocity[k] + {value}")
            value = "velocity[k]"
        elif self.decay:
            value = f"({value})"
        lines.append(f"    weights[k] -= rate * {value}")
        return [*lines, total]

    def _lines_of_other_weights(self, rows: str) -> list[str]:
        lines = []
        for p, gradient in self.line.gradients.items():
            if gradient not in self.into_weights:
                W, grad, shape = (
                    self.names[self.line.parameters[p]],
                    self.names[gradient],
                    p.value.shape,
                )
                lines += [
                    f"for i in range({shape[0]}):",
                    f"    for j in range({shape[1]}):",
                    f"        {W}[i, j] -= rate * {grad}[i, j]{rows}",
                ]
        return lines
