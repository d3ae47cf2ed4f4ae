"""Live objects made up from an expanded spec: what AWS would show if everything were as declared, or nearly so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.expand import Expanded
from reconciler.graph import order
from reconciler.kinds.registry import kind
from reconciler.model import RESOURCE_TAG, STACK_TAG, Address, Change, Observed, Plan, Removal
from reconciler.observe import View, outputs_lookup, resolved
from reconciler.plan import Desired, plan
from tests.engine.specs import ACCOUNT, REGION
from tests.kinds.accounts import example_of

Live = dict[Address, Observed | None]


def as_declared(expanded: Expanded) -> Live:
    """Every resource, live exactly as the spec says; an output is `<address>.<output>`."""
    live: Live = {}
    for address in order(expanded.dependencies):
        resource = resolved(expanded.resources[address], outputs_lookup(live))
        outputs = {name: f"{address}.{name}" for name in kind(resource.kind).outputs}
        live[address] = Observed(
            address,
            f"id of {resource.name}",
            resource.properties,
            outputs,
            resource.tags,
            details=example_of(resource.kind).details,
        )
    return live


def nothing(expanded: Expanded) -> Live:
    return dict.fromkeys(expanded.resources)


def but(observed: Observed | None, **changes: Any) -> Observed:
    """The same object with other properties, or with other `tags`, `status`, `details` or `notices`."""
    assert observed is not None
    facts = {name: changes.pop(name) for name in ("tags", "status", "details", "notices") if name in changes}
    return replace(observed, properties={**observed.properties, **changes}, **facts)


def owned(address: Address, identifier: str = "", **tags: str) -> Observed:
    """A live object that carries our tags and is not in the spec."""
    ours = {STACK_TAG: "shop", RESOURCE_TAG: address, **tags}
    kind_name, name = address.split("/", 1)
    return replace(example_of(kind_name), address=address, identifier=identifier or f"id of {name}", tags=ours)


def planned(
    expanded: Expanded, live: Live, leftovers: Iterable[Observed] = (), removed: tuple[Removal, ...] = ()
) -> Plan:
    desired = Desired("shop", ACCOUNT, REGION, expanded, removed)
    everything = [item for item in live.values() if item is not None and item.tags.get(STACK_TAG) == "shop"]
    return plan(desired, View(live, (*everything, *leftovers)))


def destroyed(expanded: Expanded, live: Live, removed: tuple[Removal, ...] = ()) -> Plan:
    """The plan of `destroy`: nothing is desired, and what depends on what is still known."""
    desired = Desired("shop", ACCOUNT, REGION, Expanded({}, {}), removed, expanded)
    return plan(desired, View({}, tuple(item for item in live.values() if item is not None)))


def by_address(found: Plan) -> Mapping[Address, Change]:
    return {change.address: change for change in found.changes}
