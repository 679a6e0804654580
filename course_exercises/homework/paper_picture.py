"""A picture of a network on paper, as a small SVG: nodes from left to right, each matrix below the
product that it stands in, and an arc where something skips a layer.

The letters are text, so a screen reader reads them; `described` says the same in a sentence.
"""

from __future__ import annotations

from html import escape

from course_exercises.homework.paper_networks import Network

__all__ = ["described", "drawn"]

PITCH, WIDE, HIGH = 96, 66, 44  # pixels from column to column, and the size of a box
ARC, UPPER, MIDDLE, BOTTOM = 94, 62, 134, 206  # heights of arcs and of the boxes' middles
VALUES, WEIGHTS, LINE = "#e8f1f8", "#fff4e0", "#444"
OPERATION = {"add": "+", "multiply": "·", "subtract": "−"}


def drawn(network: Network) -> str:
    """The picture: an element `svg` with a title."""
    column = _columns(network)
    row = _rows(network, column)
    last = column[network.output] + 1
    width, top = PITCH * (last + 1), min(ARC, min(row.values()) - HIGH // 2) - 8
    height = BOTTOM + HIGH // 2 + 8 - top
    at = {name: (PITCH // 2 + PITCH * column[name], row[name]) for name in column}
    at["L"], at[network.answers] = (
        (PITCH // 2 + PITCH * last, MIDDLE),
        (
            PITCH // 2 + PITCH * last,
            BOTTOM,
        ),
    )
    parts = [_arrow(at[network.output], at["L"]), _up(at[network.answers], at["L"])]
    parts += [_box(at["L"], "L", "½ Σ (…)²", VALUES), _box(at[network.answers], network.answers)]
    parts += [_box(at[name], name) for name in network.inputs]
    for step in network.steps:
        first, *rest = step.operands
        words = OPERATION.get(step.kind, step.kind)
        if step.kind.startswith("matmul"):
            words, place = f"Σ {rest[0]}", (at[step.name][0], BOTTOM)
            parts += [_up(place, at[step.name]), _box(place, rest[0], "", WEIGHTS)]
            rest = []
        parts += [_arrow(at[each], at[step.name]) for each in (first, *rest)]
        parts.append(_box(at[step.name], step.name, words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top} {width} {height}" '
        f'width="{width}" '
        'role="img" style="max-width: 100%; background: #fff" font-family="sans-serif" '
        f'text-anchor="middle"><title>{escape(described(network))}</title>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def described(network: Network) -> str:
    """What leads to what, in a sentence."""
    said = []
    for step in network.steps:
        first, *rest = step.operands
        if step.kind.startswith("matmul"):
            said.append(f"{first} leads through {rest[0]} to {step.name}")
        elif rest:
            words = {"add": "are added to", "multiply": "are multiplied to"}
            kind = words.get(step.kind, "give")
            said.append(f"{first} and {rest[0]} {kind} {step.name}")
        else:
            said.append(f"{first} leads through {step.kind} to {step.name}")
    return f"{'; '.join(said)}; {network.output} and {network.answers} give the loss L."


def _columns(network: Network) -> dict[str, int]:
    """How many steps lead to each node, at most."""
    found = dict.fromkeys(network.inputs, 0)
    for step in network.steps:
        found[step.name] = 1 + max(found[name] for name in step.operands if name in found)
    return found


def _rows(network: Network, column: dict[str, int]) -> dict[str, int]:
    """The height of each node: above, if another one stands in its column on a longer way."""
    found = dict.fromkeys(column, MIDDLE)
    products = {step.name for step in network.steps if step.kind.startswith("matmul")}
    for name in column:
        others = [each for each in column if each != name and column[each] == column[name]]
        if others and name not in products:
            found[name] = UPPER
    return found


def _box(at: tuple[int, int], name: str, words: str = "", colour: str = "#f2f2f2") -> str:
    x, y = at
    colour = VALUES if words and colour != WEIGHTS else colour
    lines = [
        (name, 15, "bold", -3 if words else 5),
        (words, 16 if len(words) == 1 else 11, "normal", 14),
    ]
    texts = "".join(
        f'<text x="{x}" y="{y + down}" font-size="{size}" font-weight="{weight}" '
        f'fill="#111">{escape(text)}</text>'
        for text, size, weight, down in lines
        if text
    )
    return (
        f'<rect x="{x - WIDE // 2}" y="{y - HIGH // 2}" width="{WIDE}" height="{HIGH}" rx="6" '
        f'fill="{colour}" stroke="{LINE}"/>{texts}'
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From box to box; an arc above those between, if there are some."""
    (x, y), (to, lower) = start, end
    if to - x <= PITCH or y != lower:
        slanted = to - x > PITCH  # down to a box further on: it comes from above
        if slanted:
            path = f"M{x + WIDE // 2} {y}H{to}V{lower - HIGH // 2}"
        else:
            path = f"M{x + WIDE // 2} {y}L{to - WIDE // 2} {lower}"
    else:
        path = f"M{x} {y - HIGH // 2}V{ARC}H{to}V{lower - HIGH // 2}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" marker-end="url(#tip)"/>'


def _up(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (_, above) = start, end
    path = f"M{x} {y - HIGH // 2}V{above + HIGH // 2}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" marker-end="url(#tip)"/>'
