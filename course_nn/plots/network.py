"""Figures of a network: its graph with values and gradients, its units with their weights, and the
way back to one weight.

Source: lesson 07 for the graph, lesson 01 for the units, lesson 05 for the way back.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.gradients.replay import contributions
from course_nn.graph import Graph, Input, Node, Parameter
from course_nn.operations import matmul
from course_nn.own_state import left_as_it_was
from course_nn.plots.layout import Measures, arrow_path, leaps, number_rows, place_nodes, shortened
from course_nn.plots.picture import GRADIENT, VALUE, Picture, new_figure

MOST_COLUMNS = 100  # of boxes side by side


def graph(network: Graph | Node, *, title: str = "", numbers: bool = True) -> Picture:
    """The graph of a network, with the value and the gradient of each node that has them. What is
    not of the present weights and inputs, as after SGD, is left out, and the sentence says so.

    Small values are written out, of larger ones the smallest and the largest entry. Computational
    nodes run from left to right in the order of `Forward`; `Backward` goes the other way.

    Args:
        network: a graph, or a node of it, such as the loss.
        title: drawn above it.
        numbers: False draws names, operations and shapes alone, for paper.

    Raises TypeError or ValueError: neither of them, a graph without nodes, or one so deep that no
    picture could hold it.
    """
    if not isinstance(network, (Graph, Node)):
        raise TypeError(f"A graph or a node of it is needed; got a {type(network).__name__}.")
    checks.yes_or_no("numbers", numbers)
    net = network if isinstance(network, Graph) else network.graph
    if not net.everything:
        raise ValueError("This graph has no nodes yet.")
    places = place_nodes(net)
    columns = 1 + int(max(column for column, _ in places.values()))
    if columns > MOST_COLUMNS:
        raise ValueError(
            f"This graph would be {columns:,} boxes wide, too many for a picture (at most "
            f"{MOST_COLUMNS}). Draw a smaller network; print(graph) lists all nodes."
        )
    with net.turn():  # not in the middle of what another thread computes
        return _drawn(net, places, columns, title, numbers)


PITCH, WIDE = 1.6, 1.36  # inches, from column to column, and of a box
ARROWS = Measures(half=WIDE / 2, off=0.25, aside=0.1, apart=0.12)


def _drawn(net: Graph, places: Any, columns: int, title: str, numbers: bool) -> Picture:
    values, gradients = _of_this_moment(net)
    lines = {node: _node_lines(node, values, gradients, numbers) for node in places}
    high = {node: sum(line[1] for line in lines[node]) + 0.16 for node in places}  # inches
    rows = sorted({row for _, row in places.values()})
    edges = [(operand, node) for node in net.nodes for operand in dict.fromkeys(node.operands)]
    low_edges = [edge for edge in edges if leaps(places, *edge)]
    low_edges.sort(key=lambda edge: places[edge[0]][0] - places[edge[1]][0])  # the longest lowest
    colours = {style.get("color") for each in lines.values() for _, _, style in each}
    key = 0.3 if VALUE in colours else 0.1  # a line for the key
    middle, bottom = {}, key + 0.12 * len(low_edges)
    for row in rows:
        tallest = max(high[node] for node in places if places[node][1] == row)
        middle[row] = bottom + tallest / 2
        bottom += tallest + 0.4
    width, height = PITCH * columns, bottom - 0.3
    height += 0.35 if title else 0
    figure = new_figure(width, height, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    centre = {node: (PITCH * (c + 0.5), middle[row]) for node, (c, row) in places.items()}
    boxes = {node: (x, y, high[node] / 2) for node, (x, y) in centre.items()}
    lows = {edge: key + 0.12 * i for i, edge in enumerate(low_edges)}
    arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
    for edge in edges:  # behind the boxes, so that no text is crossed out
        *before, start, end = arrow_path(edge, places, boxes, lows.get(edge), ARROWS)
        if before:
            axes.plot(*zip(*before, start, strict=True), color="0.35", linewidth=1, zorder=0)
        axes.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=0)
    for node, (x, y) in centre.items():
        face = "#F2F2F2" if isinstance(node, Input) else "#E8F1F8"
        face = "#FFF4E0" if isinstance(node, Parameter) else face
        axes.add_patch(_box(x - WIDE / 2, y - high[node] / 2, WIDE, high[node], face))
        top = y + high[node] / 2 - 0.08
        for text, line_height, style in lines[node]:
            axes.text(x, top - line_height / 2, text, ha="center", va="center", **style)
            top -= line_height
    if title:
        figure.suptitle(title, y=1 - 0.18 / height, va="center", fontsize=12)
    for i, (what, colour) in enumerate((("value", VALUE), ("gradient", GRADIENT))):
        if colour in colours:
            axes.text(0.12 + 0.75 * i, 0.13, f"■ {what}", color=colour, fontsize=9, va="center")
    sentence = graph_sentence(net, values, gradients) if numbers else f"{_said_of_nodes(net)}."
    return Picture(figure, sentence)


def _of_this_moment(net: Graph) -> tuple[bool, bool]:
    """Whether the values of the nodes, and whether the gradients, are of the present weights and
    inputs: after SGD neither of them, after Forward not yet those that an earlier Backward left.
    """
    return net.up_to_date, net.up_to_date and net._backward_done


def _node_lines(
    node: Any, values: bool, gradients: bool, numbers: bool
) -> list[tuple[str, float, dict[str, Any]]]:
    """What stands in the box of a node: text, height in inches, style.

    Without numbers the letters are larger, as a wide picture is made small on a sheet.
    """
    if not numbers:
        return _lines_for_paper(node)
    size = 10.5 if len(node.name) <= 13 else 8
    lines = [(shortened(node.name, 18), 0.2, {"fontsize": size, "weight": "bold"})]
    if getattr(node, "label", None) is not None:
        lines.append((shortened(str(node).split(" = ", 1)[1], 21), 0.17, {"fontsize": 8}))
    lines.append((node.shape, 0.17, {"fontsize": 8, "color": "0.3"}))
    value = node.value if values or not node.operands else None
    gradient = node.grad if gradients else None
    for what, array, colour in (("", value, VALUE), ("gradient", gradient, GRADIENT)):
        if array is not None and numbers:
            rows = [what, *number_rows(array)] if what else number_rows(array)
            lines += [(row, 0.15, {"fontsize": 8, "color": colour}) for row in rows]
    return lines


def _lines_for_paper(node: Any) -> list[tuple[str, float, dict[str, Any]]]:
    lines = [(shortened(node.name, 18), 0.3, {"fontsize": 16, "weight": "bold"})]
    if getattr(node, "label", None) is not None:
        written = shortened(str(node).split(" = ", 1)[1], 21)
        name, bracket, operands = written.partition("(")
        parts = [name, bracket + operands] if bracket and len(written) > 13 else [written]
        lines += [(part, 0.24, {"fontsize": 12}) for part in parts]
    lines.append((node.shape, 0.24, {"fontsize": 12}))
    return [
        (text, height, style if len(text) <= 13 else {**style, "fontsize": 8})
        for text, height, style in lines
    ]


def _box(x: float, y: float, width: float, height: float, face: str) -> Any:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.05"
    return FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=face, edgecolor="0.35")


def graph_sentence(net: Graph, values: bool = True, gradients: bool = True) -> str:
    """The nodes by name, the loss as far as there is one, and the steepest slope of a weight.

    Args:
        net: a graph, or a part of it: what has `nodes` and `parameters`.
        values, gradients: whether those that are there are of this moment; else it says that they
            are left out.
    """
    text = _said_of_nodes(net)
    losses = [n for n in net.nodes if n.width is None and n.value is not None]
    if losses and values:
        what = "the loss" if len(losses[-1].value) == 1 else "the mean loss"
        with np.errstate(all="ignore"):
            text += f"; {what} is {checks.short(losses[-1].value.mean())}"
    steepest = [
        (abs(slope), slope, p.name)
        for p in net.parameters
        if p.grad is not None and gradients
        for slope in [p.grad.flat[np.abs(p.grad).argmax()]]
    ]
    if steepest:
        _, slope, name = max(steepest)
        text += f", and the steepest slope of a weight is {checks.short(slope)}, in {name}"
    if not values and any(node.value is not None for node in net.nodes):
        text += "; what was computed is of other weights or inputs and is left out: run Forward"
    elif not gradients and any(p.grad is not None for p in net.parameters):
        text += "; the gradients are of an earlier Forward and are left out: run Backward"
    return text + "."


def _said_of_nodes(net: Graph) -> str:
    nodes, parameters = _listed([*net.nodes]), _listed([*net.parameters])
    return f"The graph has the computational nodes {nodes} and the parameters {parameters}"


def _listed(nodes: list[Any]) -> str:
    """The names of nodes; of very many the first and the last ones, and how many they are."""
    names = [shortened(node.name, 40) for node in nodes]
    if len(names) > 24:
        return f"{', '.join(names[:3])}, … {', '.join(names[-3:])} ({len(names)} of them)"
    return ", ".join(names) or "none"


def units(
    network: Graph | Node,
    parameter: Parameter | None = None,
    entry: tuple[int, int] = (0, 0),
    *,
    title: str = "",
) -> Picture:
    """The units of a network as circles and its weights as lines, from x to the output.

    Args:
        network: a graph, or a node of it, in which one matrix product follows the other.
        parameter, entry: this weight, and every path from it to the outputs, are drawn in orange.
        title: drawn above it.

    Raises TypeError or ValueError: neither a graph nor a node; products that do not follow each
    other; more than 12 units in a layer; a parameter or an entry that is not there.
    """
    matrices = [product.operands[1] for product in _products_in_a_row(network)]
    sizes, entry = _sizes_and_entry(matrices, parameter, entry)
    names = ["x", *(f"h{i}" for i in range(1, len(matrices))), f"z{len(matrices)}"]
    place = {
        (layer, unit): (2.2 * layer, (size - 1) / 2 - unit)
        for layer, size in enumerate(sizes)
        for unit in range(size)
    }
    figure = new_figure(7.5, 0.75 * max(sizes) + (0.9 if title else 0.6))
    axes = figure.add_subplot()
    axes.axis("off")
    axes.set(xlim=(-0.6, 2.2 * len(matrices) + 0.6), title=title)
    axes.set_ylim(-max(sizes) / 2 + 0.1, max(sizes) / 2 + 0.4)
    for layer, W in enumerate(matrices):
        for i, j in np.ndindex(W.value.shape):
            on_a_path = parameter is not None and _on_a_path(
                layer - matrices.index(parameter), entry, (i, j)
            )
            ends = zip(place[layer, i], place[layer + 1, j], strict=True)
            style = {"color": GRADIENT, "linewidth": 2.5, "zorder": 1} if on_a_path else {}
            axes.plot(*ends, **{"color": "0.7", "linewidth": 1, "zorder": 0, **style})
        middle = (2.2 * layer + 1.1, max(sizes) / 2 + 0.15)
        axes.text(*middle, f"{W.name} {W.shape}", ha="center", va="center", fontsize=10)
    for (layer, unit), (x, y) in place.items():
        axes.plot(x, y, "o", markersize=24, color="#E8F1F8", markeredgecolor="0.35", zorder=2)
        axes.text(x, y, f"{names[layer]}[{unit}]", ha="center", va="center", fontsize=8, zorder=3)
    text = f"A network of {', '.join(map(str, sizes))} units and {_weights(matrices)} weights"
    if parameter is not None:
        behind = matrices[matrices.index(parameter) + 1 :]
        paths = int(np.prod([W.value.shape[1] for W in behind]))
        s = "s lead" if paths > 1 else " leads"
        text += f"; from {parameter.name}[{entry[0]}, {entry[1]}] {paths} path{s} to the outputs"
    return Picture(figure, text + ".")


def way_back(
    loss: Node, parameter: Parameter, entry: tuple[int, int] = (0, 0), *, title: str = ""
) -> Picture:
    """The way back from the outputs to one weight: what each arrow contributes to its derivative.

    An arrow stands for all paths through it, and its number is the sum of their products. So the
    numbers that arrive at a unit merge into the one that goes on, and at the weight all of them
    are its derivative. Beside each unit on the way stands δ, the derivative by its z.

    Args:
        loss: of one example, after `Forward` and `Backward`; one matrix product follows the other.
        parameter, entry: the weight.
        title: drawn above it.

    Raises TypeError or ValueError as `units`, and if there are several examples, or no gradients.
    """
    products = _products_in_a_row(loss)
    matrices: list[Parameter] = [product.operands[1] for product in products]
    sizes, entry = _sizes_and_entry(matrices, parameter, entry)
    net = loss.graph
    with net.turn():
        if not all(_of_this_moment(net)):
            raise ValueError("way_back needs gradients of this moment: run Forward and Backward.")
        if len(products[-1].value) != 1:
            raise ValueError(
                f"way_back draws one example; there are {len(products[-1].value)}. Run Forward "
                "with one row."
            )
        deltas = [product.grad[0] for product in products]
        shares = _shares(products, matrices.index(parameter), entry)
    return _arrows_drawn(matrices, sizes, matrices.index(parameter), entry, deltas, shares, title)


def _shares(products: list[Any], first: int, entry: tuple[int, int]) -> list[np.ndarray]:
    """For the weight's layer and each one behind it, in the shape of its matrix: how much of the
    derivative by the weight comes through this connection.

    From the left: how far a nudge of the weight moves each unit; from the right: δ.
    """
    moved = np.zeros_like(products[first].operands[1].value)  # what each connection passes on
    came_in = products[first].operands[0].value[0]
    moved[entry] = came_in[entry[0]]
    shares = [moved * products[first].grad[0]]
    for before, product in pairwise(products[first:]):
        with left_as_it_was(product.graph):
            at_units = _jacobian(before, product.operands[0]) @ moved.sum(axis=0)
        moved = at_units[:, None] * product.operands[1].value
        shares.append(moved * product.grad[0])
    return shares


def _jacobian(start: Any, end: Any) -> np.ndarray:
    """∂end/∂start of one example, (width of end, width of start), past activations and biases."""
    slopes = np.eye(end.width)
    while end is not start:
        before = next(each for each in end.operands if not isinstance(each, Parameter))
        rows = [
            next(part for operand, part in contributions(end, row[None]) if operand is before)
            for row in slopes
        ]
        slopes, end = np.concatenate(rows), before
    return slopes


def _arrows_drawn(
    matrices: list[Parameter],
    sizes: list[int],
    first: int,
    entry: tuple[int, int],
    deltas: list[np.ndarray],
    shares: list[np.ndarray],
    title: str,
) -> Picture:
    names = ["x", *(f"h{i}" for i in range(1, len(matrices))), f"z{len(matrices)}"]
    wide, high = 2.3, 1.05  # inches from layer to layer, and from unit to unit
    place = {
        (layer, unit): (wide * layer, high * ((size - 1) / 2 - unit))
        for layer, size in enumerate(sizes)
        for unit in range(size)
    }
    width = wide * len(matrices) + 1.3
    height = high * max(sizes) + (0.75 if title else 0.5)
    figure = new_figure(width, height, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    bottom = -high * max(sizes) / 2 - 0.25
    axes.set(xlim=(-0.65, width - 0.65), ylim=(bottom, bottom + height))
    for layer, W in enumerate(matrices):
        for i, j in np.ndindex(W.value.shape):
            ends = zip(place[layer, i], place[layer + 1, j], strict=True)
            axes.plot(*ends, color="0.85", linewidth=1, zorder=0)
    told = []
    for layer, share in reversed([*enumerate(shares, start=first)]):
        here = []
        for i, j in np.ndindex(share.shape):
            if not _on_a_path(layer - first, entry, (i, j)):
                continue
            left, right = np.array(place[layer, i]), np.array(place[layer + 1, j])
            arrow = {"arrowstyle": "-|>", "color": GRADIENT, "linewidth": 1.8}
            arrow |= {"shrinkA": 17, "shrinkB": 17}
            axes.annotate("", xy=left, xytext=right, arrowprops=arrow, zorder=1)
            x, y = left + (0.34 if len(share) > 1 else 0.5) * (right - left)
            style = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            written = _with_minus(share[i, j])
            axes.text(x, y, written, ha="center", va="center", fontsize=10, bbox=style, zorder=2)
            here.append(f"{written} from {names[layer + 1]}[{j}] to {names[layer]}[{i}]")
        told.append(", ".join(here))
    for (layer, unit), (x, y) in place.items():
        axes.plot(x, y, "o", markersize=27, color="#E8F1F8", markeredgecolor="0.35", zorder=3)
        label = f"{names[layer]}[{unit}]"
        axes.text(x, y, label, ha="center", va="center", fontsize=8, zorder=4)
        on_the_way = layer > first + 1 or (layer == first + 1 and unit == entry[1])
        if on_the_way:
            delta = f"δ{layer}[{unit}] = {_with_minus(deltas[layer - 1][unit])}"
            aside = 0.32 if y > 0 else -0.32  # where no arrow of the units further in passes
            axes.text(x, y + aside, delta, ha="center", va="center", fontsize=9, color=VALUE)
    weight = f"{matrices[first].name}[{entry[0]}, {entry[1]}]"
    key = f"on each arrow: what comes through it of the derivative by {weight}"
    axes.text(-0.55, bottom + 0.12, key, va="center", fontsize=9)
    if title:
        figure.suptitle(title, y=1 - 0.2 / height, va="center", fontsize=12)
    total = _with_minus(shares[0][entry])
    text = f"The way back to {weight}, whose derivative is {total}; of it come "
    return Picture(figure, text + "; then ".join(told) + ".")


def _with_minus(number: float) -> str:
    """With four decimals, or the first digits of a very small number, and a true minus."""
    digits = "z.4f" if abs(number) >= 0.001 or number == 0 else ".1e"
    return f"{number:{digits}}".replace("-", "−")


def _products_in_a_row(network: Graph | Node) -> list[Any]:
    """The matrix products of a network in which one follows the other, each with its own matrix."""
    net = network.graph if isinstance(network, Node) else network
    if not isinstance(net, Graph):
        raise TypeError(f"A graph or a node of it is needed; got a {type(network).__name__}.")
    products = [node for node in net.nodes if isinstance(node, matmul)]
    before = [_fed_by(node) for node in products]
    in_a_row = products and isinstance(before[0], Input) and before[1:] == products[:-1]
    if not in_a_row or len({node.operands[1] for node in products}) < len(products):
        raise ValueError(
            "A network is needed in which one matrix product follows the other, each with a "
            "matrix of its own."
        )
    return products


def _sizes_and_entry(
    matrices: list[Any], parameter: Parameter | None, entry: tuple[int, int]
) -> tuple[list[int], tuple[int, int]]:
    """How many units each layer has; and the entry, if it is one of the parameter's."""
    sizes = [matrices[0].value.shape[0], *(W.value.shape[1] for W in matrices)]
    if parameter is not None:
        if parameter not in matrices:
            what = getattr(parameter, "name", checks.shown(parameter))
            raise ValueError(f"{what} is not one of the weight matrices of this network.")
        entry = checks.entry(parameter.name, parameter.value.shape, entry)
    if max(sizes) > 12:
        raise ValueError(
            f"A figure has room for at most 12 units in a layer; this network has {max(sizes)}."
        )
    return sizes, entry


def _fed_by(product: Node) -> Node | None:
    """The product or the input from which a product gets its rows, past activations and biases."""
    node = product.operands[0]
    while not isinstance(node, (matmul, Input)):
        computed = [operand for operand in node.operands if not isinstance(operand, Parameter)]
        matrices = [p for p in node.operands if isinstance(p, Parameter) and len(p.value) > 1]
        if len(computed) != 1 or matrices or node.width != computed[0].width:
            return None
        node = computed[0]
    return node


def _weights(matrices: list[Parameter]) -> int:
    return sum(W.value.size for W in matrices)


def _on_a_path(layers_on: int, entry: tuple[int, int], line: tuple[int, int]) -> bool:
    """Is the line the weight itself, or on a path that starts with it, so many layers on?"""
    if layers_on == 0:
        return line == entry
    return layers_on > 1 or (layers_on == 1 and line[0] == entry[1])
