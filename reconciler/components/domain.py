"""`domain`: a hosted zone (a new one, or one that is there) and short forms of the record sets in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.components._dns import RECORD, aliases, slugs
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties, Reference, Template, Value

ZONE = "route53.hosted_zone"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    zone = [] if properties.get("hosted_zone_id") else [_zone(properties)]
    zone_id = properties.get("hosted_zone_id") or own.ref(ZONE, "zone", "hosted_zone_id")
    records = properties["records"]
    made = [
        part
        for (key, record), slug in zip(records.items(), slugs(records), strict=True)
        for part in _record(f"record-{slug}", _whole(key, record, properties["domain_name"]), zone_id)
    ]
    outputs: dict[str, Value] = {
        "hosted_zone_id": zone_id,
        "domain_name": properties["domain_name"],
        "name_servers": own.ref(ZONE, "zone", "name_servers") if zone else [],
    }
    return Expansion((*zone, *made, *_authorities(properties, zone_id)), outputs)


def _zone(properties: Properties) -> Part:
    given = {name: properties[name] for name in ("comment", "vpcs") if properties.get(name)}
    return Part("zone", ZONE, {"name": properties["domain_name"], **given})


def _whole(key: str, record: Mapping[str, Any], domain: str) -> dict[str, Any]:
    """The record with its whole name."""
    return {**record, "name": _below(record.get("name", key), domain.rstrip("."))}


def _below(name: Value, apex: str) -> Value:
    """`www` -> `www.example.com`, `@` -> `example.com`; a name with references inside is never a whole one."""
    if isinstance(name, Reference):
        return join(name, f".{apex}")
    if isinstance(name, Template):
        return join(*name.parts, f".{apex}")
    plain = str(name).rstrip(".")
    is_whole = plain == apex or plain.endswith(f".{apex}")
    return apex if plain == "@" else plain if is_whole else f"{plain}.{apex}"


def _record(part: str, record: Mapping[str, Any], zone_id: Value) -> list[Part]:
    placed = {**record, "hosted_zone_id": zone_id}
    if record.get("alias"):
        return aliases(part, placed, record["alias"])
    properties: dict[str, Value] = {
        name: placed[name] for name in ("hosted_zone_id", "name", "type", "ttl") if name in placed
    }
    return [Part(part, RECORD, {**properties, "resource_records": record["values"]})]


def _authorities(properties: Properties, zone_id: Value) -> list[Part]:
    """CAA: who may issue certificates for the domain."""
    names = properties["certificate_authorities"]
    if not names:
        return []
    values = [f'0 issue "{name}"' for name in names]
    record = {"hosted_zone_id": zone_id, "name": properties["domain_name"], "type": "CAA", "resource_records": values}
    return [Part("authorities", RECORD, record)]


COMPONENT = Component(
    name="domain",
    title="Domain",
    outputs=("hosted_zone_id", "domain_name", "name_servers"),
    expand=expand,
    computed=("domain_name", "certificate_authorities"),
)
