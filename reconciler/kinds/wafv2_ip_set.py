"""`wafv2.ip_set`: addresses a web ACL lets in or keeps out. It says nothing about what happens to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network

from reconciler.kinds import _wafv2
from reconciler.kinds.base import details, pick, tag_list
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, PhysicalName, Reads, Resource, Rules, Scope

SETTINGS = ("description", "addresses")
LISTING = _wafv2.Listing("wafv2.ip_set", ("ListIPSets", "ip_sets"), ("GetIPSet", "ip_set"))


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    return (yield from _wafv2.observe(LISTING, resources, _observed))


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    return (yield from _wafv2.owned(LISTING, scope, _observed))


def _observed(address: Address, found: _wafv2.Found, resource: Resource | None) -> Observed:
    declared = resource.properties.get("addresses") if resource else None
    written = {_canonical(text): text for text in declared or () if isinstance(text, str)}
    live = [_canonical(text) for text in found.item["addresses"]]
    properties = pick(found.item, "name", "description", "ip_address_version")
    return Observed(
        address,
        found.item["arn"],
        {**properties, "scope": found.scope, "addresses": [written.get(text, text) for text in live]},
        outputs=pick(found.item, "arn", "id", "name"),
        tags=found.tags,
        details=found.details,
    )


def _canonical(text: str) -> str:
    """AWS: answers IPv6 ranges with all their zeros."""
    return str(ip_network(text, strict=False))


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "name", "scope", "ip_address_version", *SETTINGS)
    yield _wafv2.call("CreateIPSet", change.desired["scope"], params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    # AWS: an update replaces all of it.
    settings = pick({**live, **change.desired}, *SETTINGS)
    yield _wafv2.call("UpdateIPSet", details(change)["scope"], _wafv2.version(change) | settings)


def delete(change: Change) -> Iterator[Call]:
    yield _wafv2.call("DeleteIPSet", details(change)["scope"], _wafv2.version(change))


KIND = Kind(
    name=LISTING.kind,
    title="IP set",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("wafv2:*/ipset/*"),
    retag=_wafv2.retag,
    outputs=("arn", "id", "name"),
    rules=Rules(create_only=("name", "scope", "ip_address_version"), unordered=("addresses",)),
    identity=("name", "scope"),
    # AWS: a set is not deleted while a web ACL names it, so one of the other version is made beside it.
    physical_name=PhysicalName("name", limit=128, suffix_from=("ip_address_version",)),
)
