"""What the EC2 kinds share: finding objects by the stack's tag, and tagging them.

EC2 objects have no name of their own, so the ownership tag is their identity. It never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import address_of, identifier, missing_tags, read_all, tag_list, tag_map, unique
from reconciler.model import RESOURCE_TAG, STACK_TAG, Address, Call, Change, Observed, Reads, Resource, Response, Scope

GONE, LEAVING = "deleted", "deleting"
"""AWS: gateways and endpoints stay listed, with their tags, for up to an hour after they were deleted."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How EC2 lists one type: `DescribeVpcs` answers `vpcs`, each with a `vpc_id`, looked up by `vpc_ids`."""

    operation: str
    items: str
    id: str
    ids: str
    filters: str = "filters"
    """The member for filters; some operations call it `filter`."""

    def of_stack(self, stack: str) -> Call:
        """One call for all objects of the stack: identical for observe and owned, so made once."""
        return Call("ec2", self.operation, {self.filters: [{"name": f"tag:{STACK_TAG}", "values": [stack]}]})

    def of_ids(self, ids: Sequence[str]) -> Call:
        return Call("ec2", self.operation, {self.ids: list(ids)})


def find(listing: Listing, kind: str, resources: Sequence[Resource]) -> Reads[dict[Address, Mapping[str, Any]]]:
    """Live items by address: those carrying our tag, and those a resource adopts by id."""
    calls = [listing.of_stack(stack) for stack in sorted({resource.stack for resource in resources})]
    adopted = {resource.adopt: resource.address for resource in resources if isinstance(resource.adopt, str)}
    calls += [listing.of_ids([live_id]) for live_id in sorted(adopted)]
    wanted = {r.renamed_from: (r.address, r.stack) for r in resources if r.renamed_from}
    wanted |= {r.address: (r.address, r.stack) for r in resources}
    found: dict[Address, Mapping[str, Any]] = {}
    for response in (yield from read_all(calls)):
        for item in _existing(listing, response):
            tags = tag_map(item.get("tags"))
            address, stack = wanted.get(tags.get(RESOURCE_TAG, ""), (None, ""))
            if address is None or address_of(tags, stack, kind) is None:
                address = adopted.get(item[listing.id])
            if address is not None:
                _keep(found, address, item, listing.id)
    return found


def _existing(listing: Listing, response: Response) -> list[Mapping[str, Any]]:
    return [item for item in (response or {}).get(listing.items, ()) if state(item) != GONE]


def state(item: Mapping[str, Any]) -> str:
    # AWS: endpoints answer in lower case what their own enumeration has in upper case.
    return str(item.get("state", "")).lower()


def _keep(found: dict[Address, Mapping[str, Any]], address: Address, item: Mapping[str, Any], id: str) -> None:
    other = found.get(address)
    if other is not None and other[id] != item[id]:
        if state(item) == LEAVING:
            return
        if state(other) != LEAVING:
            unique([Observed(address, str(other[id]), {}), Observed(address, str(item[id]), {})])
    found[address] = item


def owned(
    listing: Listing, kind: str, observed: Callable[[Address, Mapping[str, Any]], Observed]
) -> Callable[[Scope], Reads[Sequence[Observed]]]:
    """The `owned` of a kind: everything of this type that carries the stack's tag."""

    def read_owned(scope: Scope) -> Reads[Sequence[Observed]]:
        (response,) = yield [listing.of_stack(scope.stack)]
        found = []
        for item in _existing(listing, response):
            address = address_of(tag_map(item.get("tags")), scope.stack, kind)
            if address is not None:
                found.append(observed(address, item))
        return found

    return read_owned


def tag_specifications(resource_type: str, change: Change) -> list[dict[str, Any]]:
    """Tags set in the create call itself, so that no crash leaves an object nobody owns."""
    return [{"resource_type": resource_type, "tags": tag_list(change.tags)}]


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("ec2", "CreateTags", {"resources": [identifier(change)], "tags": tag_list(tags)})
