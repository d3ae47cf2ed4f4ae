"""The dependency graph of a stack as Mermaid, Graphviz DOT or an inline SVG.

Pure. Labels are escaped for their format, whatever an address holds. An arrow points from a resource to what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from reconciler.model import Action, Address, Plan
from reconciler.report.layout import Layout, layout
from reconciler.report.wording import LEGEND, SYMBOLS, plural, shortened, visible

_LARGEST_DRAWING = 400
"""Boxes; a larger drawing helps nobody, and the list beside it has everything."""
_BOX = (196, 40)
_GAP = (56, 12)
_MARGIN = 12
_LONGEST_LABEL = 27


@dataclass(frozen=True, slots=True)
class Graph:
    """Addresses in order, what each depends on, and (for a plan) what happens to each."""

    addresses: tuple[Address, ...]
    dependencies: Mapping[Address, tuple[Address, ...]]
    actions: Mapping[Address, Action] = field(default_factory=dict)

    @property
    def edges(self) -> Iterator[tuple[Address, Address]]:
        """(what depends, what it depends on), only between addresses of the graph."""
        known = set(self.addresses)
        for address in self.addresses:
            yield from ((address, need) for need in self.dependencies.get(address, ()) if need in known)


def graph(addresses: Iterable[Address], dependencies: Mapping[Address, tuple[Address, ...]]) -> Graph:
    """A graph of a spec alone."""
    return Graph(tuple(addresses), dependencies)


def plan_graph(plan: Plan) -> Graph:
    """Every resource of a plan, and whatever its dependencies name besides."""
    actions = {change.address: change.action for change in plan.changes}
    named = [*actions, *plan.dependencies, *(need for needs in plan.dependencies.values() for need in needs)]
    return Graph(tuple(dict.fromkeys(named)), plan.dependencies, actions)


def mermaid(shown: Graph) -> str:
    """A Mermaid flowchart; GitHub draws it in a fence of the language `mermaid`."""
    keys = {address: f"n{index}" for index, address in enumerate(shown.addresses)}
    lines = ["flowchart LR"]
    lines += [f'    {keys[address]}["{_mermaid_label(_label(address, shown))}"]' for address in shown.addresses]
    lines += [f"    {keys[user]} --> {keys[need]}" for user, need in shown.edges]
    return "\n".join(lines) + "\n"


def dot(shown: Graph) -> str:
    """Graphviz DOT."""
    lines = ["digraph stack {", "    rankdir=LR;", '    node [shape=box, fontname="sans-serif"];']
    lines += [f"    {_dot_text(address)} [label={_dot_text(_label(address, shown))}];" for address in shown.addresses]
    lines += [f"    {_dot_text(user)} -> {_dot_text(need)};" for user, need in shown.edges]
    return "\n".join([*lines, "}"]) + "\n"


def svg(shown: Graph) -> str:
    """An inline SVG without style, script or reference: its classes (`node`, `create` ...) are coloured by the page.

    Empty for a graph of nothing or of more than 400 resources. Dependencies that others imply are not drawn.
    """
    if not 0 < len(shown.addresses) <= _LARGEST_DRAWING:
        return ""
    placed = layout(shown.addresses, shown.edges)
    width = _MARGIN * 2 + placed.columns * _BOX[0] + (placed.columns - 1) * _GAP[0]
    height = _MARGIN * 2 + placed.rows * (_BOX[1] + _GAP[1]) - _GAP[1]
    title = f"Dependency graph of {plural(len(shown.addresses), 'resource')}; the list below says the same in words."
    size = f'width="{width}" height="{height:.0f}" viewBox="0 0 {width} {height:.0f}"'
    opening = f'<svg class="graph" role="img" aria-label="{title}" {size} xmlns="http://www.w3.org/2000/svg">'
    nodes = [_svg_node(address, placed, shown) for address in shown.addresses]
    return "\n".join([opening, *_svg_edges(placed), *nodes, "</svg>"])


def _svg_edges(placed: Layout) -> Iterator[str]:
    for route in placed.routes.values():
        points = [_corner(column, row) for column, row in route]
        half = _BOX[1] / 2
        x, y = points[0][0] + _BOX[0], points[0][1] + half
        path = f"M{x:.0f} {y:.0f}"
        for index, (left, top) in enumerate(points[1:], start=1):
            middle = (x + left) / 2
            path += f"C{middle:.0f} {y:.0f} {middle:.0f} {top + half:.0f} {left:.0f} {top + half:.0f}"
            passing = index < len(points) - 1
            x, y = left + (_BOX[0] if passing else 0), top + half
            path += f"H{x:.0f}" if passing else ""
        yield f'<path class="edge" d="{path}"/>'


def _svg_node(address: Address, placed: Layout, shown: Graph) -> str:
    left, top = _corner(*placed.nodes[address])
    action = shown.actions.get(address, Action.NOOP)
    kind, _, name = address.partition("/")
    words = escape(f"{visible(address)}: {LEGEND[action]}" if address in shown.actions else visible(address))
    symbol = "" if action is Action.NOOP else f'<text class="symbol" x="{left + _BOX[0] - 10:.0f}" y="{top + 25:.0f}">'
    symbol += f"{escape(SYMBOLS[action])}</text>" if symbol else ""
    return (
        f'<g class="node {action}"><title>{words}</title>'
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{_BOX[0]}" height="{_BOX[1]}" rx="7"/>'
        f'<text class="kind" x="{left + 11:.0f}" y="{top + 16:.0f}">{escape(_short(kind))}</text>'
        f'<text class="name" x="{left + 11:.0f}" y="{top + 31:.0f}">{escape(_short(name))}</text>{symbol}</g>'
    )


def _corner(column: int, row: float) -> tuple[float, float]:
    return _MARGIN + column * (_BOX[0] + _GAP[0]), _MARGIN + row * (_BOX[1] + _GAP[1])


def _short(text: str) -> str:
    text = visible(text)
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _label(address: Address, shown: Graph) -> str:
    action = shown.actions.get(address, Action.NOOP)
    text = visible(shortened(address, 200))
    return text if action is Action.NOOP else f"{SYMBOLS[action]} {text}"


def _mermaid_label(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ./_-]", lambda match: f"#{ord(match.group())};", text)


def _dot_text(text: str) -> str:
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
