"""`route53.record_set`: what a zone answers for one name and type.

Whose it is stands in a TXT record beside it (see `_route53_records`). A record set of somebody else's is never written
over: ours are made with CREATE, which AWS refuses where there is one, and only then changed with UPSERT. What becomes
another record set (another name, type or routing) is deleted and made in one atomic batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import _route53_records as records
from reconciler.kinds._route53 import as_written, bare, call, plain_name
from reconciler.kinds._route53_records import Owner, Record
from reconciler.kinds.base import details, pick, read, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
)

IDENTITY = ("name", "type", "set_identifier")
OURS = "TXT"


@dataclass(frozen=True, slots=True)
class Found:
    """A live record set, and the TXT record that says whose it is."""

    zone_id: str
    record: Record
    marker: Record | None
    owner: Owner | None
    apex: str

    @property
    def identifier(self) -> str:
        """`Z1/www.example.com/A`, and the set identifier where there is one."""
        return "/".join(part for part in (self.zone_id, *records.key(self.record)) if part)

    @property
    def details(self) -> dict[str, Any]:
        return {"record": self.record, "marker": self.marker, "zone_id": self.zone_id, "apex": self.apex}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    zones = yield from _read({resource.properties["hosted_zone_id"] for resource in resources})
    meant = [(resource, _meant(resource, zones[resource.properties["hosted_zone_id"]])) for resource in resources]
    return {resource.address: _observed(resource, found) for resource, found in meant if found is not None}


def _read(zone_ids: Any) -> Reads[dict[str, list[Found]]]:
    """The record sets of zones: one call a zone, however many of its record sets are asked for."""
    ids = sorted(zone_ids)
    answers = yield from read_all([records.listing(id) for id in ids])
    return {id: _found(id, records.read_records(answer)) for id, answer in zip(ids, answers, strict=True)}


def _found(zone_id: str, listed: Sequence[Record]) -> list[Found]:
    apex, markers = records.apex_of(listed), records.markers(listed)
    marked = ((record, markers.get(records.marker_name(records.key(record)), (None, None))) for record in listed)
    return [Found(zone_id, record, marker, owner, apex) for record, (marker, owner) in marked]


def _meant(resource: Resource, live: Sequence[Found]) -> Found | None:
    """The record set of that name; else the one this resource made under another one, which it moves."""
    wanted = tuple(resource.properties.get(name) or "" for name in IDENTITY)
    if isinstance(wanted[0], str):
        wanted = (plain_name(wanted[0]), *wanted[1:])
    named = next((found for found in live if records.key(found.record) == wanted), None)
    if named is None:
        return next((found for found in live if _is_ours(resource, found)), None)
    misnamed = isinstance(resource.adopt, str) and named.owner is None and resource.adopt != named.identifier
    return None if misnamed else named


def _is_ours(resource: Resource, found: Found) -> bool:
    return found.owner in ((resource.stack, resource.address), (resource.stack, resource.renamed_from))


def _observed(resource: Resource, found: Found) -> Observed:
    owner = found.owner
    if owner is None and resource.adopt:
        owner = (resource.stack, resource.address)  # AWS: nothing to tag; the update writes the marker
    properties = _properties(found.record, resource.properties)
    properties["hosted_zone_id"] = found.zone_id
    properties["ownership"] = OURS if found.owner == (resource.stack, resource.address) else None
    return Observed(
        resource.address,
        found.identifier,
        properties,
        outputs={"name": plain_name(found.record["name"])},
        tags={STACK_TAG: owner[0], RESOURCE_TAG: owner[1]} if owner else {},
        details=found.details,
    )


def _properties(record: Record, desired: Properties) -> dict[str, Any]:
    """A live record set in the words of the spec, spelt as there wherever that means the same."""
    routing = ("set_identifier", "weight", "failover", "geo_location", "multi_value_answer", "health_check_id")
    properties = pick(record, "type", "ttl", *routing)
    properties["name"] = as_written(desired.get("name"), record["name"], plain_name)
    if record.get("region"):
        properties["latency_region"] = record["region"]
    if record.get("resource_records"):
        values = [each["value"] for each in record["resource_records"]]
        properties["resource_records"] = _spelt(record["type"], values, desired.get("resource_records") or ())
    if record.get("alias_target"):
        target = record["alias_target"]
        written = (desired.get("alias_target") or {}).get("dns_name")
        name = as_written(written, target["dns_name"], records.canonical_target)
        properties["alias_target"] = {**target, "dns_name": name}
    return properties


def _spelt(type: str, live: Sequence[str], desired: Sequence[Any]) -> list[str]:
    spelling = {records.canonical_value(type, value): value for value in desired if isinstance(value, str)}
    meant = (records.canonical_value(type, value) for value in live)
    return [spelling.get(value, value) for value in meant]


FILLED = 3
"""AWS: a zone has its NS and SOA from the start, and cannot lose them."""


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """In every zone of the account that has more than its own two record sets: ours may be in zones that are not."""
    response = yield from read(call("ListHostedZones"))
    zones_listed = (response or {}).get("hosted_zones", ())
    ids = {bare(each["id"]) for each in zones_listed if each.get("resource_record_set_count", FILLED) >= FILLED}
    zones = yield from _read(ids)
    return [
        Observed(
            found.owner[1],
            found.identifier,
            {"name": plain_name(found.record["name"]), "type": found.record["type"]},
            outputs={"name": plain_name(found.record["name"])},
            tags={STACK_TAG: found.owner[0], RESOURCE_TAG: found.owner[1]},
            details=found.details,
        )
        for live in zones.values()
        for found in live
        if found.owner is not None and found.owner[0] == scope.stack
    ]


# --- writes -----------------------------------------------------------------------------------------------------------


def create(change: Change) -> Iterator[Call]:
    record = records.members(change.desired, None)
    changes = [_step("CREATE", record), _step("UPSERT", records.marker(records.key(record), _owner(change)))]
    yield _batch(change.desired["hosted_zone_id"], changes)


def _owner(change: Change) -> Owner:
    return (change.resource.stack if change.resource else "", change.address)


def _step(action: str, record: Record) -> dict[str, Any]:
    return {"action": action, "resource_record_set": dict(record)}


def _batch(zone_id: str, changes: Sequence[Mapping[str, Any]]) -> Call:
    return call("ChangeResourceRecordSets", {"hosted_zone_id": zone_id, "change_batch": {"changes": list(changes)}})


def update(change: Change) -> Iterator[Call]:
    live, marker = details(change)["record"], details(change)["marker"]
    fresh = records.members(change.desired, None)
    mark = records.marker(records.key(fresh), _owner(change))
    if _becomes_another(fresh, live):
        moved = marker is not None and plain_name(marker["name"]) != mark["name"]
        gone = [_step("DELETE", live), *([_step("DELETE", marker)] if moved else [])]
        steps = [*gone, _step("CREATE", fresh), _step("UPSERT", mark)]
    else:
        beyond = [field for field in change.fields if field.path[0] != "ownership"]
        steps = [_step("UPSERT", records.members(change.desired, live))] if beyond else []
        steps += [_step("UPSERT", mark)] if change.touches("ownership") else []
    yield _batch(details(change)["zone_id"], steps)


def _becomes_another(fresh: Record, live: Record) -> bool:
    """Under another name, type or identifier, or of another routing. A name that is not known yet is no other name."""
    named = fresh if isinstance(fresh["name"], str) else {**fresh, "name": live["name"]}
    return records.key(named) != records.key(live) or records.policy(fresh) != records.policy(live)


def delete(change: Change) -> Iterator[Call]:
    """AWS: a deletion must repeat the live values exactly. The zone's own NS and SOA can only be let go."""
    found = details(change)
    fixed = records.is_fixed(found["record"], found["apex"])
    gone = [each for each in (None if fixed else found["record"], found["marker"]) if each is not None]
    if gone:
        yield _batch(found["zone_id"], [_step("DELETE", each) for each in gone])


KIND = Kind(
    name="route53.record_set",
    title="Record set",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS cannot tag it: markers say whose it is, and may be in a zone that is not ours"),
    outputs=("name",),
    rules=Rules(
        create_only=("hosted_zone_id",),
        unordered=("resource_records",),
        case_insensitive=("name", "alias_target.dns_name"),
    ),
    identity=("hosted_zone_id",),
    wanted_first=("name",),
    uses=(
        "route53.hosted_zone",
        "route53.health_check",
        "acm.certificate",
        "elbv2.load_balancer",
        "cloudfront.distribution",
        "s3.bucket",
        "sesv2.email_identity",
        "ec2.elastic_ip",
        "ec2.vpc_endpoint",
    ),
    patience=Patience("a minute", minutes=10),
)
