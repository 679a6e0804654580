"""A picture of the graph that walks: Forward and Backward node by node, one step at a time; with
data also through SGD, and on to the next examples.

`walk_through(loss)` makes a piece of HTML that needs nothing else: an ordered list with a line of
text and a picture (SVG) for each step. This list is what one sees where scripts do not run. Where
they do, a short one shows a single step at a time, with buttons and keys.

The lines are those of `derive`, and so is what is computed in them with which numbers; the places
and the short numbers in the picture are those of `plots.graph`.

Source: lessons 07 to 09.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sized
from html import escape
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np

from course_nn import checks
from course_nn.derivation.in_numbers import InNumbers
from course_nn.derivation.lines import Derivation, derive
from course_nn.graph import Data, Input, Node, Parameter
from course_nn.not_arrays import no_array
from course_nn.own_state import left_as_it_was
from course_nn.plots.layout import (
    Measures,
    arrow_path,
    leaps,
    number_rows,
    place_nodes,
    shortened,
)
from course_nn.plots.network import graph_sentence
from course_nn.plots.picture import GRADIENT, VALUE, least_width


def walk_through(
    loss: Node,
    data: Data | None = None,
    *,
    learning_rate: float | None = None,
    batch_size: int = 1,
    title: str = "",
) -> WalkThrough:
    """Step through the last `Forward` and `Backward(loss)`, with the numbers that they computed.

    With data it steps through training: for each batch of `batch_size` rows, in the given order,
    Forward, Backward and SGD, each batch from the weights that the one before it left. That is one
    epoch of `train_minibatch` without shuffling. Values, gradients and weights of the graph are
    left as they were.

    What the loss does not depend on is left out, as in `derive`. Of a deep network each picture
    shows the part around the node of its step.

    Args:
        loss: the loss node.
        data: an array for each input of its graph, for training; None: the last Forward.
        learning_rate: η of the updates; only with data.
        batch_size: B, the examples in a batch; the last batch may be smaller.
        title: drawn above it.

    Raises:
        TypeError, ValueError: not a loss, an operation that cannot be recorded, data that do not
            fit, data without a learning rate or the other way round, or a network or data so large
            that nobody would step through it.
        RuntimeError: without data: no Forward and Backward from this loss since something changed.
        FloatingPointError: a loss or a weight would become NaN or infinite.
    """
    checks.loss_node(loss)
    graph: Any = loss.graph
    if not isinstance(title, str):
        raise TypeError(f"The title is a text; got {checks.shown(title)}.")
    batch_size = checks.whole_number("The batch size", batch_size)
    if data is None:
        if learning_rate is not None or batch_size != 1:
            raise ValueError(
                "A learning rate and a batch size are for training: give the data, too, as in "
                "walk_through(loss, {'x': X, 'y': Y}, learning_rate=0.2). Without data the last "
                "Forward and Backward are shown."
            )
        with graph.turn():  # not in the middle of what another thread computes
            if not (graph.up_to_date and graph._backward_done and graph.last_loss is loss):
                name = checks.name_to_type(loss, "loss")
                raise RuntimeError(
                    f"walk_through shows the numbers of the last Forward and Backward({name}): run "
                    "both first (also after SGD, and after setting an input or a parameter)."
                )
            written = derive(loss)
            _refuse_too_many(written, _steps_of_one_batch(written))
            gone = "Forward and Backward: " + graph_sentence(_used(written)).replace(
                "The", "the", 1
            )
            return WalkThrough(written, _steps(written), gone, title)
    checked = graph.checked_inputs(data, whole="The data")
    if learning_rate is None:
        raise ValueError("Training needs a learning rate: walk_through(…, learning_rate=0.2).")
    rate = checks.number("The learning rate", learning_rate)
    written = derive(loss)
    if not written.parameters:
        raise ValueError(
            f"{written.names[loss]} depends on no parameter: there is nothing to train."
        )
    rows = len(next(iter(checked.values())))
    batches = [slice(start, min(start + batch_size, rows)) for start in range(0, rows, batch_size)]
    _refuse_too_many(written, len(batches) * (_steps_of_one_batch(written) + 1), batches)
    steps, losses = _steps_of_updates(written, checked, batches, rate)
    return WalkThrough(written, steps, _sentence_of_updates(batches, rate, losses), title)


@no_array("A walk has .steps and .sentence.")
class WalkThrough:
    """Shows itself and its `sentence` when it is the last line of a notebook cell.

    `steps` are the steps, `html` is the piece of a page. Its id is a checksum of its content: the
    same in every run, and another one for another walk.
    """

    def __init__(self, written: Derivation, steps: list[Step], gone: str, title: str) -> None:
        self.steps = steps
        drawing = _Drawing(written, steps)
        items = "\n".join(_item(step, drawing) for step in self.steps)
        heading = f"<p><b>{escape(title)}</b></p>\n" if title else ""
        content = f'{heading}<ol tabindex="0">\n{items}\n</ol>\n<script>{SCRIPT}</script>'
        key = f"walk-{zlib.crc32((STYLE + content).encode()):08x}"
        self.html = (
            f'<div id="{key}" role="group" aria-label="{escape(title or "Walk through the graph")}"'
            f' data-lm-suppress-shortcuts="true">\n<style>{STYLE.replace("#walk", f"#{key}")}'
            f"</style>\n{content}\n</div>\n"
        )
        self.sentence = f"{len(self.steps)} steps go through {gone}"

    def __repr__(self) -> str:
        return self.sentence

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # The sentence in HTML, where it wraps between words; printed text breaks inside of them.
        shown = f"{self.html}<p>{escape(self.sentence)}</p>\n"
        display({"text/html": shown, "text/plain": self.sentence}, raw=True)


class Step(NamedTuple):
    """What happens: the lines of `derive`, each with its shape; the first entry of what they
    compute, in numbers; and words.

    What the picture shows: the active nodes, arrows from node to node as the numbers flow, and
    the values and gradients that exist after the step.
    """

    phase: str  # "Start", "Forward", "Backward" or "SGD"
    lines: list[list[str]]
    words: str
    active: list[Any]
    arrows: list[tuple[Any, Any]]
    values: dict[Any, np.ndarray]
    gradients: dict[Any, np.ndarray]
    numbers: list[str]


def _steps(written: Derivation, start: str = "") -> list[Step]:
    """The steps of the last Forward and Backward.

    Args:
        start: the words at the start; by default that inputs and weights are there.
    """
    loss: Any = written.loss
    names, parameters = written.names, written.parameters
    B = len(loss.value)
    forward, backward = written.forward_lines, written.backward_lines
    in_numbers = InNumbers(written)
    values = {node: node.value for node in [*_used(written).inputs, *parameters]}
    gradients: dict[Any, Any] = {}
    steps: list[Step] = []

    def step(
        phase: str, lines: Any, words: str, active: Any = (), arrows: Any = (), numbers: Any = ()
    ) -> None:
        now = values.copy(), gradients.copy()
        shown = [list(line) for line in lines]
        steps.append(Step(phase, shown, words, list(active), list(arrows), *now, list(numbers)))

    start = start or f"inputs (B = {B}) and weights are there; nothing has been computed."
    step("Start", [], start)
    for (node, _), line in zip(written.forward, forward, strict=True):
        values[node] = node.value
        arrows = [(operand, node) for operand in dict.fromkeys(node.operands)]
        numbers = [in_numbers.value(node)]
        step("Forward", [line], f"Value: {_in_words(node.value)}.", [node], arrows, numbers)
    step("Backward", [], "reset. The gradients of an earlier Backward are dropped.")
    gradients[loss] = loss.grad
    step("Backward", backward[:1], "Here Backward begins.", [loss])
    for (node, _), line in zip(written.backward, backward[1:], strict=False):
        users = [user for user in written.nodes if node in user.operands]
        is_sum = isinstance(node, Parameter) and B > 1  # before the last line of Backward
        gradients[node] = node.grad * B if is_sum else node.grad
        parts = sum(user.operands.count(node) for user in users)
        words = f"{parts} contributions are added up. " if parts > 1 else ""
        words += f"Sum over the {B} examples" if is_sum else "Gradient"
        words += f": {_in_words(gradients[node])}."
        numbers = [in_numbers.gradient(node)]
        step("Backward", [line], words, [node], [(user, node) for user in users], numbers)
    if parameters:
        gradients.update((p, p.grad) for p in parameters)
        averages = "; ".join(f"{names[p]}.grad = {_in_words(gradients[p])}" for p in parameters)
        words = f"The average: {averages}." if B > 1 else "B is 1, so nothing changes."
        numbers = [in_numbers.mean(p, B) for p in parameters]
        lines = backward[1 + len(written.backward) :]
        step("Backward", lines, words, parameters, numbers=numbers)
    return steps


def _steps_of_one_batch(written: Derivation) -> int:
    """How many steps there will be, without SGD: the start, the nodes, the reset, `loss.grad = 1`,
    the gradients, and the averages if there are parameters.
    """
    return 3 + len(written.forward) + len(written.backward) + bool(written.parameters)


def _refuse_too_many(written: Derivation, steps: int, batches: Sized = ()) -> None:
    if steps <= MOST_STEPS:
        return
    nodes = checks.counted(len(written.nodes), "node")
    of_updates = f" and {checks.counted(len(batches), 'update')}" if batches else ""
    advice = "Step through a smaller network: what happens in its layers is the same."
    if len(batches) > 1:
        advice = (
            "Give fewer rows, as in {'x': X[:4], 'y': Y[:4]}: what happens in each is the same."
        )
    raise ValueError(
        f"walk_through would have {steps:,} steps, from {nodes}{of_updates}; it makes at most "
        f"{MOST_STEPS:,}. {advice}"
    )


def _steps_of_updates(
    written: Derivation, checked: Mapping[Input, Any], batches: list[slice], rate: float
) -> tuple[list[Step], list[float]]:
    """The steps of Forward, Backward and SGD for each batch, and the mean loss of each.

    The graph is left as it was.
    """
    loss: Any = written.loss
    graph: Any = loss.graph
    steps, losses = list[Step](), list[float]()
    with left_as_it_was(graph), np.errstate(all="ignore"):
        for update, rows in enumerate(batches, start=1):
            graph.put(checked, rows)
            graph.Forward()
            losses.append(float(loss.value.mean()))
            if not np.isfinite(losses[-1]):
                raise FloatingPointError(
                    f"In update {update} the loss is not finite (NaN or infinite), so there is "
                    "nothing to step through. A smaller learning rate helps."
                )
            graph.Backward(loss)
            steps += _steps(written, _batch_in_words(rows, update, len(batches)))
            steps.append(_step_of_SGD(written, steps[-1], rate))
    return steps, losses


def _batch_in_words(rows: slice, update: int, updates: int) -> str:
    """What begins: which examples, and whose weights."""
    B = rows.stop - rows.start
    several = f"examples {rows.start} to {rows.stop - 1} come together (B = {B})"
    which = f"example {rows.start} comes (B = 1)" if B == 1 else several
    weights = "the first ones" if update == 1 else f"those that update {update - 1} left"
    return f"update {update} of {updates}: {which}. The weights are {weights}."


def _step_of_SGD(written: Derivation, before: Step, rate: float) -> Step:
    """One update of the parameters, which is made here, after Backward."""
    graph, parameters = written.graph, written.parameters
    in_numbers = InNumbers(written)
    old = {p: p.value for p in parameters}
    graph.SGD(rate)
    names = [written.names[p] for p in parameters]
    lines = [
        [f"{name} = {name} - {rate:g} * {name}.grad", p.shape]
        for name, p in zip(names, parameters, strict=True)
    ]
    new = "; ".join(
        f"{name} = {_in_words(p.value)}" for name, p in zip(names, parameters, strict=True)
    )
    words = f"The new weights: {new}. The nodes still hold what the old weights made."
    numbers = [in_numbers.update(p, old[p], rate) for p in parameters]
    values = before.values | {p: p.value for p in parameters}
    return Step("SGD", lines, words, list(parameters), [], values, before.gradients, numbers)


def _sentence_of_updates(batches: list[slice], rate: float, losses: list[float]) -> str:
    """How many updates of how many examples, and the loss of each."""
    sizes = [rows.stop - rows.start for rows in batches]
    each = (
        "of 1 example each"
        if max(sizes) == 1
        else f"of {', '.join(map(str, sizes[:-1]))} and {sizes[-1]} examples"
    )
    if len(sizes) == 1:
        each = f"of {checks.counted(sizes[0], 'example')}"
    elif len(sizes) > 8 and max(sizes) > 1:
        each = f"of {sizes[0]} examples each" + f", the last of {sizes[-1]}" * (
            sizes[-1] != sizes[0]
        )
    shown = list(map(checks.short, losses))
    if len(shown) > 8:
        shown = [*shown[:3], "…", *shown[-2:]]
    what = "the loss before it is" if len(losses) == 1 else "the losses before them are"
    return (
        f"Forward, Backward and SGD with η = {rate:g}: {checks.counted(len(batches), 'update')} "
        f"{each}; {what} {', '.join(shown)}."
    )


def _in_words(array: np.ndarray) -> str:
    """A small array row by row; of a larger one the smallest and the largest entry."""

    def written(v: Any) -> str:
        return f"{v:z.4f}" if abs(v) < 1e6 else f"{v:.3e}"

    if max(array.shape) > 3:
        return f"from {written(array.min())} to {written(array.max())}"
    return "; ".join(", ".join(map(written, row)) for row in array.reshape(len(array), -1))


def _used(written: Derivation) -> Any:
    """The part of the graph on which the loss depends."""
    inputs = [node for node in written.graph.inputs if node in written.used]
    return SimpleNamespace(nodes=written.nodes, inputs=inputs, parameters=written.parameters)


# --- how it looks -----------------------------------------------------------------------------

MOST_STEPS = 1000  # they take some megabytes
COLUMNS, AROUND = 16, 4  # more columns of boxes: only so many on each side of the active one
PITCH, WIDE, LINE = 154, 132, 16  # from column to column, width of a box, height of a line
ARROWS = Measures(half=WIDE // 2, off=25, aside=9, apart=-12)
TEXT = 13  # size of the letters, in pixels
GREY, FACES = "#595959", {Input: "#F2F2F2", Parameter: "#FFF4E0", Node: "#E8F1F8"}


def _item(step: Step, drawing: _Drawing) -> str:
    lines = [
        f"<code>{escape(line)}</code> {shape.replace(' ', '&nbsp;')}" for line, shape in step.lines
    ]
    said = "; ".join(lines) + ". " * bool(lines)
    for i, numbers in enumerate(step.numbers, start=1):
        end = ";" if i < len(step.numbers) else "."
        said += f'<span class="numbers">{escape(numbers)}{end}</span> '
    said += escape(step.words)
    active = ", ".join(drawing.words[node][0] for node in step.active) or "nothing"
    first, last = drawing.window(step)
    left, wide = PITCH * first, PITCH * (last - first + 1)
    across = [(drawing.centre[node][0] - left) / wide for node in step.active] or [0]
    picture = quote(drawing.svg(step), safe=" '()*+,-./:;<=>@&").replace("&", "&amp;")
    return (  # an address, because sanitisers keep images and take <svg> away
        f'<li data-across="{sum(across) / len(across):.2f}"><p><b>{step.phase}</b>: {said}</p>\n'
        f'<img alt="{"A part of the" if wide < drawing.width else "The"} graph with '
        f'{active} highlighted" style="min-width: {least_width(wide, TEXT)}" '
        f'src="data:image/svg+xml;charset=utf-8,{picture}"></li>'
    )


class _Drawing:
    """Where everything is. `svg(step)` shows the numbers that exist after a step."""

    def __init__(self, written: Derivation, steps: list[Step]) -> None:
        places, lines = place_nodes(_used(written)), dict(written.forward)
        self.words = {n: [written.names[n], lines.get(n, ""), n.shape] for n in places}
        self.high = {}
        values, gradients = dict[Any, int](), dict[Any, int]()  # rows that a box must hold
        for step in steps:
            for rows, arrays in ((values, step.values), (gradients, step.gradients)):
                for node, array in arrays.items():
                    rows[node] = max(rows.get(node, 0), len(number_rows(array)))
        for node, words in self.words.items():
            numbers = values[node] + (1 + gradients[node] if node in gradients else 0)
            self.high[node] = LINE * (len([*filter(None, words)]) + numbers) + 12
        middle, low = {}, 6
        for row in sorted({row for _, row in places.values()}, reverse=True):
            tallest = max(self.high[node] for node in places if places[node][1] == row)
            middle[row], low = low + tallest // 2, low + tallest + 34
        self.columns = columns = {node: int(column) for node, (column, _) in places.items()}
        self.centre = {n: (PITCH * columns[n] + PITCH // 2, middle[places[n][1]]) for n in places}
        self.width = PITCH * (1 + max(columns.values()))
        self.paths = {}
        edges = [(operand, node) for node in written.nodes for operand in node.operands]
        lanes: list[list[tuple[int, int]]] = []  # of arrows below: where each begins and ends
        boxes = {n: (x, y, -(self.high[n] // 2)) for n, (x, y) in self.centre.items()}  # y is down
        for a, node in sorted(dict.fromkeys(edges), key=lambda e: columns[e[1]] - columns[e[0]]):
            (x0, _), (x1, _), y = self.centre[a], self.centre[node], None
            if leaps(places, a, node):  # below the boxes in between, the longest lowest
                x0, x1 = x0 + ARROWS.off, x1 - ARROWS.off
                free = [all(x1 < s or e < x0 for s, e in lane) for lane in [*lanes, []]]
                lane = free.index(True)  # the highest one in which there is room
                lanes += [[]] if lane == len(lanes) else []
                lanes[lane].append((x0, x1))
                y = low + 12 * lane - 22
            self.paths[a, node] = arrow_path((a, node), places, boxes, y, ARROWS)
        self.height = low + 12 * len(lanes)

    def window(self, step: Step) -> tuple[int, int]:
        """The first and the last column that the picture of a step shows: all, or a part."""
        most = self.width // PITCH - 1
        if most < COLUMNS:
            return 0, most
        active = self.columns[step.active[0]] if step.active else 0
        first = min(max(0, active - AROUND), most - 2 * AROUND)
        return first, first + 2 * AROUND

    def svg(self, step: Step) -> str:
        """The picture as the text of an SVG file."""
        colour = GRADIENT if step.phase == "Backward" else VALUE
        first, last = self.window(step)
        inside = {node for node, column in self.columns.items() if first <= column <= last}
        left, wide = PITCH * first, PITCH * (last - first + 1)
        y = self.height - 8
        boxes, names, notes = [], [], []
        values = [f"<text x='{left + 8}' y='{y}' text-anchor='start'>■ value</text>"]
        gradients = [f"<text x='{left + 76}' y='{y}' text-anchor='start'>■ gradient</text>"]
        if wide < self.width:
            part = f"columns {first + 1} to {last + 1} of {self.width // PITCH}"
            notes.append(f"<text x='{left + 168}' y='{y}' text-anchor='start'>{part}</text>")
        for node, (x, y) in self.centre.items():
            if node not in inside:
                continue
            high, [name, *others] = self.high[node], self.words[node]
            face = next(FACES[kind] for kind in FACES if isinstance(node, kind))
            look = f"fill='{face}'" if node in step.values else "fill='#fff' stroke-dasharray='4 3'"
            if node in step.active:
                look += f" stroke='{colour}' stroke-width='4'"
            corner = f"x='{x - WIDE // 2}' y='{y - high // 2}'"
            boxes.append(f"<rect {corner} width='{WIDE}' height='{high}' rx='5' {look}/>")
            y += LINE + 2 - high // 2
            names += _texts(x, y, [shortened(name, 16)])
            notes += _texts(x, y + LINE, [shortened(line, 21) for line in others if line])
            y += LINE * (1 + len([*filter(None, others)]))
            if node in step.values:
                values += _texts(x, y, number_rows(step.values[node]))
            if node in step.gradients:
                y += LINE * len(number_rows(step.values[node]))
                gradients += _texts(x, y, ["gradient", *number_rows(step.gradients[node])])
        flows = [self.paths.get(e) or self.paths[e[::-1]][::-1] for e in step.arrows]
        paths = {e: path for e, path in self.paths.items() if inside & {*e}}
        at = f" x='{left}'" if left else ""
        still = [paths[e] for e in paths if not {e, e[::-1]} & set(step.arrows)]
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{self.height}' "
            f"viewBox='{left} 0 {wide} {self.height}' text-anchor='middle' font-size='{TEXT}' "
            "font-family='Verdana,DejaVu Sans,sans-serif'>"
            f"<rect{at} width='100%' height='100%' fill='#fff'/>"
            f"{_arrows(still, 'a', GREY, 1)}{_arrows(flows, 'b', colour, 3)}"
            f"<g stroke='{GREY}'>{''.join(boxes)}</g>"
            f"<g font-weight='bold'>{''.join(names)}</g><g fill='{GREY}'>{''.join(notes)}</g>"
            f"<g fill='{VALUE}'>{''.join(values)}</g>"
            f"<g fill='{GRADIENT}'>{''.join(gradients)}</g></svg>"
        )


def _arrows(paths: Iterable[list[tuple[int, int]]], name: str, colour: str, width: int) -> str:
    size = 8 + 2 * width
    lines = [f"<path d='M{'L'.join(f'{x} {y}' for x, y in path)}'/>" for path in paths]
    return (
        f"<marker id='{name}' viewBox='0 0 8 8' refX='8' refY='4' markerWidth='{size}' "
        f"markerHeight='{size}' markerUnits='userSpaceOnUse' orient='auto'>"
        f"<path d='M0 0L8 4L0 8z' fill='{colour}'/></marker>"
        f"<g fill='none' stroke='{colour}' stroke-width='{width}' marker-end='url(#{name})'>"
        f"{''.join(lines)}</g>"
    )


def _texts(x: int, y: int, lines: list[str]) -> list[str]:
    """Lines of text below each other, squeezed where a wide font would not fit into the box."""
    texts = []
    for i, line in enumerate(lines):
        wide = 13 * sum(0.36 if c in " .,-()" else 0.66 for c in line) > WIDE - 8
        fit = f" textLength='{WIDE - 8}' lengthAdjust='spacingAndGlyphs'" if wide else ""
        texts.append(
            f"<text x='{x}' y='{y + LINE * i}'{fit}>{escape(line)}</text>".replace("  ", "\xa0 ")
        )
    return texts


STYLE = """
#walk { background: #fff; color: #222; color-scheme: light; border: 1px solid #aaa;
  border-radius: 6px; padding: 10px 14px; max-width: 1078px; font: 15px/1.5 sans-serif }
#walk:focus-within { border-color: #0072B2; outline: none }
#walk p { margin: 0 0 6px }
#walk ol { margin: 0; padding-left: 2em; overflow-x: auto }
#walk ol::-webkit-scrollbar { height: 10px }
#walk ol::-webkit-scrollbar-thumb { background: #8a8a8a; border-radius: 5px }
#walk li { margin: 0 0 14px; break-inside: avoid }
#walk img { display: block; width: 100%; max-width: none; height: auto }
#walk .numbers { display: block; font-family: monospace; font-size: 13px }
#walk code { background: #f2f2f2; color: #222; padding: 1px 4px; font-size: 14px }
#walk button { font: inherit; color: #222; background: #f2f2f2; border: 1px solid #767676;
  border-radius: 4px; padding: 2px 14px; margin: 0 6px 0 0; cursor: pointer }
#walk button[aria-disabled=true] { color: #767676; background: #fff; cursor: default }
#walk button:focus-visible { outline: 3px solid #0072B2; outline-offset: 1px }
#walk [role=status] { min-height: 3em }
@media screen {
  #walk.player ol { padding: 0; list-style: none }
  #walk.player li { margin: 0 }
  #walk.player li[hidden], #walk.player li p { display: none }
}
@media print {
  #walk li[hidden] { display: list-item }
  #walk .keys, #walk [role=status] { display: none }
  #walk img { min-width: 0 !important }
}
"""

# A button at the end is marked as disabled but not switched off: it would lose the focus.
SCRIPT = """
(() => {
  const root = document.currentScript.parentElement, list = root.querySelector("ol");
  const steps = [...list.children], last = steps.length - 1;
  const moves = {
    Home: ["First", () => 0], ArrowLeft: ["Back", (at) => Math.max(at - 1, 0)],
    ArrowRight: ["Next", (at) => Math.min(at + 1, last)], End: ["Last", () => last],
  };
  const buttons = Object.entries(moves).map(([key, [label]]) =>
    `<button type="button" value="${key}" aria-keyshortcuts="${key}">${label}</button>`);
  list.insertAdjacentHTML("beforebegin",
    `<p class="keys">${buttons.join("")}or the keys ← → Home End</p>`);
  list.insertAdjacentHTML("afterend", '<p role="status" aria-live="polite"></p>');
  let now = 0;
  const move = (key) => {
    if (!(key in moves)) return false;
    now = moves[key][1](now);
    steps.forEach((step, i) => { step.hidden = i !== now; });
    root.querySelector("[role=status]").innerHTML =
      `Step ${now + 1} of ${last + 1}. ${steps[now].querySelector("p").innerHTML}`;
    root.querySelectorAll("button").forEach((button) =>
      button.setAttribute("aria-disabled", moves[button.value][1](now) === now));
    list.scrollLeft = steps[now].dataset.across * list.scrollWidth - list.clientWidth / 2;
    return true;
  };
  root.addEventListener("click", (event) => move(event.target.value));
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopPropagation();  // JupyterLab would take letters and arrows: d d deletes the cell
    if (move(event.key)) event.preventDefault();
  });
  root.tabIndex = -1;  // a click on the picture is enough for the keys to work
  root.classList.add("player");
  move("Home");
})();
"""
