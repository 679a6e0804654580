"""The steps of a graph as NumPy that allocates nothing: the source of the engine "numpy".

Every result goes into memory that was made once, by `out=`. A result that only one step needs, of
the same shape, shares that step's memory: z1 becomes h1 in place, and its gradient becomes that of
z1.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter

from course_nn.derivation.straight_line import Step, StraightLine

OWN_NAMES = {"np", "B", "prepare", "update", "weights", "gradients", "velocity", "rate"}
OWN_NAMES |= {"momentum", "decay", "step", "pull"}
LINE = 88  # characters
NUMBERS = {0.0: "zero", 0.5: "half", 1.0: "one", 2.0: "two"}
NUMBERED = re.compile(r"(t|number|first|index|classes)\d+")  # also names of its own


def free_name(name: str, taken: set[str]) -> str:
    """The name, with _ behind it if it is taken; from now on it is."""
    while name in taken or NUMBERED.fullmatch(name):
        name += "_"
    taken.add(name)
    return name


def safe_names(line: StraightLine, taken: set[str]) -> dict[Step, str]:
    """The names of the steps, with _ behind those that the code needs for itself."""
    taken = set(taken)
    return {step: free_name(name, taken) for step, name in line.names.items()}


def comment(text: str) -> list[str]:
    """A line of the derivation above the code of it."""
    return textwrap.wrap(
        text,
        LINE,
        initial_indent="# ",
        subsequent_indent="#     ",
        expand_tabs=False,  # there are none: to look for them takes longer than all the rest
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def head(name: str, arguments: list[str]) -> list[str]:
    """The first line of a function, or its first lines."""
    line = f"def {name}({', '.join(arguments)}):"
    if len(line) <= LINE:
        return [line]
    lines, line = [f"def {name}("], "    " + ", ".join(arguments)
    return (
        [*lines, line, "):"]
        if len(line) <= LINE
        else [*lines, *(f"    {argument}," for argument in arguments), "):"]
    )


class NumpyCode:
    """The source of a function `prepare(B, weights, gradients, velocity, …)`.

    What it returns makes one update from B examples: `update(x, y, loss, rate)`.

    Args:
        momentum: whether there is a velocity. decay: whether weights are pulled towards 0.
    """

    def __init__(self, line: StraightLine, *, momentum: bool, decay: bool) -> None:
        self.line, self.momentum, self.decay = line, momentum, decay
        self.names = safe_names(line, OWN_NAMES | set(NUMBERS.values()))
        self.uses = Counter(
            argument.arguments[0] if argument.operation == "transpose" else argument
            for step in line.steps
            for argument in step.arguments
            if isinstance(argument, Step)
        )
        self.numbers: dict[float, str] = {}
        self.extra: list[str] = []  # lines that make what some operations need
        self.memory = self._share_memory()
        self.weights = [self.names[step] for step in line.parameters.values()]
        self.inputs = [self.names[step] for step in line.inputs.values()]

    def _share_memory(self) -> dict[Step, Step]:
        """For each step the last one of those that share its memory."""
        given = {self.line.loss, *self.line.gradients.values()}
        memory = {step: step for step in self.line.steps}
        for step in reversed(self.line.steps):
            if not step.by_element:
                continue
            for a in step.arguments:
                if a in self.names and memory[step] in given:
                    continue  # it has a name of its own: that of another array
                if a in memory and a.shape == step.shape and self.uses[a] == 1 and a not in given:
                    memory[a] = memory[step]
                    break  # another argument must keep its value until here
        counter = 0
        for step in memory.values():
            if step not in self.names:
                counter += 1
                self.names[step] = f"t{counter}"
        return memory

    def source(self) -> str:
        """The module, formatted as one would write it."""
        body = self._lines()  # first, because it finds the numbers that are needed
        given = [*self.inputs, self.names[self.line.loss], "rate"]
        gradients = [self.names[step] for step in self.line.gradients.values()]
        arguments = ["B", "weights", "gradients", *self.weights, *gradients]
        arguments += ["velocity", "momentum"] * self.momentum + ["decay"] * self.decay
        code = ["import numpy as np", "", "", *head("prepare", arguments)]
        code += [f"    {line}" for line in self._memory_lines()]
        code += ["", *(f"    {line}" for line in head("update", given))]
        code += [f"        {line}" for line in body + self._update_lines()]
        return "\n".join([*code, "", "    return update", ""])

    # ------------------------------------------------------------------ the parts of it

    def _memory_lines(self) -> list[str]:
        lines = [f"{name} = np.array({value})" for value, name in self.numbers.items()]
        lines += self.extra
        lines += ["step = np.empty(weights.shape)"] * (self.momentum or self.decay)
        lines += ["pull = np.empty(weights.shape)"] * self.decay
        given = {self.line.loss, *self.line.gradients.values()}
        shared: dict[Step, list[str]] = {}
        for step in self.line.steps:
            owner = self.memory[step]
            names = shared.setdefault(owner, [])
            if step in self.names and owner not in given:
                names.append(self.names[step])
        for owner, names in shared.items():
            if names:
                memory = f"np.empty(({owner.shape[0]}, {owner.shape[1]}))"
                line = " = ".join([*reversed(names), memory])
                apart = [f"{names[0]} = {memory}", *(f"{name} = {names[0]}" for name in names[1:])]
                lines += [line] if len(line) <= LINE else apart
        return lines

    def _lines(self) -> list[str]:
        comments: dict[int, list[str]] = {}
        for i, text in self.line.lines:
            comments.setdefault(i, []).extend(comment(text))
        lines = []
        for i, step in enumerate(self.line.steps):
            lines += [*comments.get(i, []), self._line(step)]
        return lines

    def _line(self, step: Step) -> str:
        out = self._name(step)
        names = [self._name(argument) for argument in step.arguments if isinstance(argument, Step)]
        columns = step.shape[1]
        match step.operation:
            case "sum0" | "sum1":
                axis = step.operation[-1]
                return f"np.add.reduce({names[0]}, axis={axis}, keepdims=True, out={out})"
            case "max1":
                return f"np.maximum.reduce({names[0]}, axis=1, keepdims=True, out={out})"
            case "onehot":
                self._need(f"classes{columns}", f"np.arange({columns})")
                return f"np.equal({names[0]}, classes{columns}, out={out})"
            case "pick":
                width = step.arguments[0].shape[1]
                self._need(f"first{width}", f"np.arange(0, B * {width}, {width})[:, None]")
                index = f"np.add(first{width}, {names[1]}, out=index{width})"
                # intp is what `take` wants on every processor: 32 bits in a browser, here 64
                self._need(f"index{width}", "np.empty((B, 1), dtype=np.intp)")
                return f'{names[0]}.take({index}, out={out}, mode="clip")'
            case "join":
                return f"np.concatenate(({', '.join(names)}), axis=1, out={out})"
            case "columns":
                _, start, stop = step.arguments
                return f"np.copyto({out}, {names[0]}[:, {start}:{stop}])"
            case "where":  # the one that makes an array, because it takes no out
                return f"np.copyto({out}, np.where({', '.join(names)}))"
        return f"np.{step.operation}({', '.join(names)}, out={out})"

    def _need(self, name: str, value: str) -> None:
        if f"{name} = {value}" not in self.extra:
            self.extra.append(f"{name} = {value}")

    def _name(self, step: Step) -> str:
        if step.operation == "transpose":
            return f"{self._name(step.arguments[0])}.T"
        if step.operation == "constant":
            value = step.arguments[0]
            return self.numbers.setdefault(value, NUMBERS.get(value, f"number{len(self.numbers)}"))
        return self.names.get(step) or self.names[self.memory[step]]

    def _update_lines(self) -> list[str]:
        """W ← W − η v with v ← μ v + ∂J/∂W + λ W, for all weights at once."""
        v = " + ".join(["momentum * v"] * self.momentum + ["grad / B"] + ["decay * W"] * self.decay)
        if v == "grad / B":
            return [
                "# W = W - rate * grad / B, for all weights at once",
                "np.multiply(gradients, rate / B, out=gradients)",
                "np.subtract(weights, gradients, out=weights)",
            ]
        lines = [f"# v = {v} and W = W - rate * v, for all weights at once"]
        lines.append("np.divide(gradients, B, out=step)")
        if self.decay:
            lines.append("np.multiply(weights, decay, out=pull)")
            lines.append("np.add(step, pull, out=step)")
        if self.momentum:
            lines.append("np.multiply(velocity, momentum, out=velocity)")
            lines.append("np.add(velocity, step, out=velocity)")
        lines.append(f"np.multiply({'velocity' if self.momentum else 'step'}, rate, out=step)")
        lines.append("np.subtract(weights, step, out=weights)")
        return lines
