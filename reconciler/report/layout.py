"""Where the boxes of a dependency graph stand: layers by the longest path, order in a layer by barycentre.

Pure geometry in grid units; knows no format and no resource. An edge over several layers runs through a free slot of
each layer between, so it crosses no box. Cycles do not hang it: an edge that closes one is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 6
"""Each sweep reorders every layer once; more changes nothing visible."""

_NARROWEST_GRID = 4
_GRID_GAP = 0.5

Edge = tuple[str, str]
"""(what depends, what it depends on)."""
_Slot = Hashable
"""A node, or (edge, layer) where an edge passes through."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns from left to right, a node to the right of all it needs; rows are fractions of a box."""

    nodes: Mapping[str, tuple[int, float]]
    """Node -> (column, row)."""
    routes: Mapping[Edge, tuple[tuple[int, float], ...]]
    """Edge -> the points it runs through, from the dependency to what depends on it."""

    @property
    def columns(self) -> int:
        return 1 + max((column for column, _ in self.nodes.values()), default=-1)

    @property
    def rows(self) -> float:
        points = [*self.nodes.values(), *(point for route in self.routes.values() for point in route)]
        return 1 + max((row for _, row in points), default=-1)


def layout(nodes: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Places every node; edges between unknown nodes are ignored, implied ones are not drawn."""
    needs = _acyclic(nodes, edges)
    linked = {node for user in nodes for need in needs[user] for node in (user, need)}
    inside = [node for node in nodes if node in linked]
    depths = _depths(inside, needs)
    drawn = _reduced(inside, needs, depths)
    layers, chains = _layers(inside, drawn, depths)
    _untangle(layers, chains)
    rows = _rows(layers, chains)
    drawing = Layout(
        nodes={node: (depths[node], rows[node]) for node in inside},
        routes={
            edge: tuple((depths[edge[1]] + index, rows[slot]) for index, slot in enumerate(chain))
            for edge, chain in chains.items()
        },
    )
    alone = _grid([node for node in nodes if node not in linked], drawing)
    return Layout({**drawing.nodes, **alone}, drawing.routes)


def _grid(nodes: Sequence[str], above: Layout) -> dict[str, tuple[int, float]]:
    """What no edge touches stands in rows below the drawing."""
    width = max(above.columns, _NARROWEST_GRID)
    top = above.rows + _GRID_GAP if above.nodes else 0.0
    return {node: (index % width, top + index // width) for index, node in enumerate(nodes)}


def _acyclic(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, list[str]]:
    """Node -> what it needs, without the edges that close a cycle."""
    wanted: dict[str, list[str]] = {node: [] for node in nodes}
    for node, need in sorted(set(edges)):
        if node in wanted and need in wanted and node != need:
            wanted[node].append(need)
    finished: set[str] = set()
    kept: dict[str, list[str]] = {node: [] for node in nodes}
    for root in nodes:
        # Depth first without recursion: a chain may be longer than Python's stack.
        path: list[tuple[str, list[str]]] = [] if root in finished else [(root, list(wanted[root]))]
        open_nodes = {root}
        while path:
            node, left = path[-1]
            if not left:
                finished.add(node)
                open_nodes.discard(node)
                path.pop()
                continue
            need = left.pop(0)
            if need in open_nodes:
                continue
            kept[node].append(need)
            if need not in finished:
                open_nodes.add(need)
                path.append((need, list(wanted[need])))
    return kept


def _depths(nodes: Sequence[str], needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The longest path down to a node that needs nothing; such a node itself stands just before its first user."""
    depths = dict.fromkeys(nodes, 0)
    for node in _needs_first(nodes, needs):
        depths[node] = max((depths[need] + 1 for need in needs[node]), default=0)
    first_use = {need: min(depths[user] for user in nodes if need in needs[user]) for need in nodes if not needs[need]}
    return {**depths, **{need: depth - 1 for need, depth in first_use.items()}}


def _needs_first(nodes: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    missing = {node: len(needs[node]) for node in nodes}
    users: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes:
        for need in needs[node]:
            users[need].append(node)
    order = [node for node in nodes if not missing[node]]
    for node in order:
        for user in users[node]:
            missing[user] -= 1
            if not missing[user]:
                order.append(user)
    return order


def _reduced(nodes: Sequence[str], needs: Mapping[str, Sequence[str]], depths: Mapping[str, int]) -> list[Edge]:
    """The edges no path of other edges implies."""
    reached: dict[str, frozenset[str]] = {}
    drawn: list[Edge] = []
    for node in sorted(nodes, key=lambda each: depths[each]):
        seen: frozenset[str] = frozenset()
        for need in sorted(needs[node], key=lambda each: (-depths[each], each)):
            if need not in seen:
                drawn.append((node, need))
                seen |= reached[need] | {need}
        reached[node] = seen
    return drawn


def _layers(
    nodes: Sequence[str], drawn: Sequence[Edge], depths: Mapping[str, int]
) -> tuple[list[list[_Slot]], dict[Edge, list[_Slot]]]:
    """The slots of every layer, and for every edge the slots it runs through."""
    layers: list[list[_Slot]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for node in nodes:
        layers[depths[node]].append(node)
    chains: dict[Edge, list[_Slot]] = {}
    for node, need in drawn:
        between: list[_Slot] = [((node, need), depth) for depth in range(depths[need] + 1, depths[node])]
        for offset, slot in enumerate(between):
            layers[depths[need] + 1 + offset].append(slot)
        chains[node, need] = [need, *between, node]
    return layers, chains


def _untangle(layers: list[list[_Slot]], chains: Mapping[Edge, list[_Slot]]) -> None:
    """Order every layer by the mean position of the neighbours in the layer before, then the one after, and again."""
    before: dict[_Slot, list[_Slot]] = {slot: [] for layer in layers for slot in layer}
    after: dict[_Slot, list[_Slot]] = {slot: [] for layer in layers for slot in layer}
    for chain in chains.values():
        for left, right in pairwise(chain):
            before[right].append(left)
            after[left].append(right)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = before if forward else after
        for index in range(1, len(layers)) if forward else range(len(layers) - 2, -1, -1):
            beside = layers[index - 1] if forward else layers[index + 1]
            position = {slot: row for row, slot in enumerate(beside)}
            own = {slot: row for row, slot in enumerate(layers[index])}
            weights = {slot: _mean([position[each] for each in neighbours[slot]], own[slot]) for slot in own}
            layers[index].sort(key=weights.__getitem__)


def _rows(layers: list[list[_Slot]], chains: Mapping[Edge, list[_Slot]]) -> dict[_Slot, float]:
    """A passing edge takes less height than a box; every layer is centred against the tallest."""
    passing = {slot for chain in chains.values() for slot in chain[1:-1]}
    rows: dict[_Slot, float] = {}
    heights = [sum(_height(slot, passing) for slot in layer) for layer in layers]
    for layer, height in zip(layers, heights, strict=True):
        top = (max(heights) - height) / 2
        for slot in layer:
            size = _height(slot, passing)
            rows[slot] = top + (size - 1) / 2
            top += size
    return rows


def _height(slot: _Slot, passing: set[_Slot]) -> float:
    return 0.35 if slot in passing else 1.0


def _mean(positions: Sequence[float], otherwise: float) -> float:
    return sum(positions) / len(positions) if positions else otherwise
