"""Beginnings: objects that wait for what others make of their first outputs, and how both get their turn. Pure.

A certificate is issued when the DNS records it asks for exist, and they are made from its outputs. So it has two nodes
in the order of an apply: it is *begun* when those outputs are there, and done when it is ready.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.graph import closure
from reconciler.kinds.registry import kind
from reconciler.model import Address, Resource
from reconciler.spec.references import references_in

BEGUN = " (begun)"
"""What the name of an address' first node ends with."""

Needs = Mapping[str, tuple[str, ...]]


def with_beginnings(needs: Needs, resources: Mapping[Address, Resource]) -> dict[str, tuple[str, ...]]:
    """`needs` among its own addresses, where each that has early outputs is two nodes.

    Whoever uses nothing but its early outputs waits for the first node; its second one waits for them.
    """
    begun = {address for address in needs if kind(resources[address].kind).early_outputs}
    order: dict[str, tuple[str, ...]] = {}
    for address, needed in needs.items():
        mine = tuple(
            other + BEGUN if other in begun and _uses_beginning(resources[address], resources[other]) else other
            for other in needed
            if other in needs
        )
        order[address + BEGUN if address in begun else address] = mine
    for address in begun:
        users = (user for user in needs if address + BEGUN in order.get(user, ()))
        independent = (user for user in users if address not in closure({user}, order))
        order[address] = (address + BEGUN, *independent)
    return order


def _uses_beginning(user: Resource, used: Resource) -> bool:
    """Does it refer to nothing of the other but what is there early?"""
    early = kind(used.kind).early_outputs
    outputs = [r.output or "" for r in references_in(user.properties) if r.target == used.address]
    return used.address not in user.depends_on and all(output.partition(".")[0] in early for output in outputs)
