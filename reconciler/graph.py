"""Order: dependencies between resources from their references, and the cycles that make an order impossible.

It knows no AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Address, Place, Resource
from reconciler.spec.references import references_in

Dependencies = Mapping[Address, tuple[Address, ...]]


def dependencies(resources: Mapping[Address, Resource]) -> dict[Address, tuple[Address, ...]]:
    """What each resource needs before it: the targets of its references and its `depends_on`."""
    return {
        address: tuple(
            sorted(
                {reference.target for reference in references_in(resource.properties)}
                | set(resource.depends_on) - {address}
            )
        )
        for address, resource in resources.items()
    }


def order(
    needs: Mapping[str, tuple[str, ...]], places: Mapping[tuple[str, str], Place] | None = None
) -> tuple[str, ...]:
    """All names, each after what it needs; equal input gives equal order.

    `places` says where `(name, needed)` is written, for the message.
    Raises InvalidSpec showing the whole cycle.
    """
    try:
        sorter = TopologicalSorter({name: sorted(needs[name]) for name in sorted(needs)})
        return tuple(sorter.static_order())
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise InvalidSpec([_cycle_problem(list(reversed(cycle)), places or {})]) from error


def _cycle_problem(cycle: list[str], places: Mapping[tuple[str, str], Place]) -> Problem:
    steps = list(pairwise(cycle))
    known = [(places[step], f"`{step[0]}` needs `{step[1]}`") for step in steps if step in places]
    place, label = known[0] if known else (Place("", 1, 1), "")
    return Problem(
        "RC1402",
        "references go round in a circle: " + " -> ".join(cycle),
        place,
        help="remove one of these references; a value both sides need can become a `vars:` entry",
        label=label,
        related=tuple(known[1:]),
    )


def dependents(needs: Dependencies) -> dict[Address, tuple[Address, ...]]:
    """The same edges the other way round."""
    users: dict[Address, list[Address]] = {address: [] for address in needs}
    for address, needed in needs.items():
        for other in needed:
            users.setdefault(other, []).append(address)
    return {address: tuple(sorted(names)) for address, names in users.items()}


def closure(start: set[Address], needs: Dependencies) -> set[Address]:
    """`start` and everything it needs, directly or not."""
    seen: set[Address] = set()
    queue = list(start)
    while queue:
        address = queue.pop()
        if address not in seen:
            seen.add(address)
            queue.extend(needs.get(address, ()))
    return seen
