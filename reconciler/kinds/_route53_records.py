"""Record sets as Route 53 has them: who owns them, what their values mean, how values are quoted.

AWS cannot tag a record set. A TXT record beside it says whose it is, written and deleted in the same atomic batch; the
idea is that of external-dns. What has no such record is somebody else's, in a zone of ours too. No call is made here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from reconciler.kinds._route53 import call, plain_name
from reconciler.kinds.base import short_hash
from reconciler.model import Address, Call, Properties, Response

Record = Mapping[str, Any]
"""A ResourceRecordSet in snake_case, as AWS answers it."""
Key = tuple[Any, str, str]
"""(name, type, set identifier): what AWS tells record sets apart by."""
Owner = tuple[str, Address]
"""(stack, address)."""

MARKER_TTL = 300
CHUNK = 255
POLICIES = ("weight", "region", "failover", "geo_location", "multi_value_answer", "cidr_routing_config")


def listing(zone_id: str) -> Call:
    return call("ListResourceRecordSets", {"hosted_zone_id": zone_id})


def read_records(response: Response) -> list[Record]:
    return list((response or {}).get("resource_record_sets", ()))


def key(record: Record) -> Key:
    """While a name is not known yet, it stands for itself."""
    name = record["name"]
    plain = plain_name(name) if isinstance(name, str) else name
    return plain, record["type"], record.get("set_identifier") or ""


def policy(record: Record) -> str:
    """How AWS chooses among the record sets of one name: none of the words is `simple`."""
    return next((name for name in POLICIES if record.get(name) not in (None, False)), "simple")


# --- whose it is ------------------------------------------------------------------------------------------------------

_MARK = re.compile(r"heritage=reconcile,reconcile/stack=([^,]+),reconcile/resource=([^,]+)")


def marker_name(of: Key) -> Any:
    """Below the record's own name, so that a CNAME may have one; a wildcard would not be one in the middle."""
    name, type, set_identifier = of
    if not isinstance(name, str):
        return name
    label = f"{type.lower()}-{short_hash(set_identifier)}" if set_identifier else type.lower()
    return f"_reconcile.{label}.{name.replace('*', '_any')}"


def marker(of: Key, owner: Owner) -> dict[str, Any]:
    stack, address = owner
    text = f"heritage=reconcile,reconcile/stack={stack},reconcile/resource={address}"
    value = {"value": quoted(text)}
    return {"name": marker_name(of), "type": "TXT", "ttl": MARKER_TTL, "resource_records": [value]}


def owner_in(record: Record) -> Owner | None:
    """Whom a marker names; None for every other record set."""
    if record["type"] != "TXT" or not record["name"].startswith("_reconcile."):
        return None
    values: Sequence[Mapping[str, str]] = record.get("resource_records") or []
    found = _MARK.fullmatch(unquoted(values[0]["value"])) if len(values) == 1 else None
    return (found.group(1), found.group(2)) if found else None


def markers(records: Sequence[Record]) -> dict[str, tuple[Record, Owner]]:
    """Markers by their name."""
    return {
        plain_name(record["name"]): (record, owner) for record in records if (owner := owner_in(record)) is not None
    }


def marked(records: Sequence[Record]) -> Iterator[tuple[Record, Record, Owner]]:
    """Every record set that has a marker: (itself, its marker, its owner)."""
    known = markers(records)
    for record in records:
        if (found := known.get(marker_name(key(record)))) is not None:
            yield record, *found


def is_fixed(record: Record, apex: str) -> bool:
    """AWS: the NS and SOA record sets of the zone itself come and go with it."""
    return record["type"] in ("NS", "SOA") and plain_name(record["name"]) == apex


def apex_of(records: Sequence[Record]) -> str:
    """The zone's own name: every zone has one SOA, at its top."""
    return next((plain_name(record["name"]) for record in records if record["type"] == "SOA"), "")


def lone_markers(records: Sequence[Record], stack: str) -> list[Record]:
    """This stack's markers of record sets that somebody deleted."""
    used = {marker_name(key(record)) for record in records}
    known = markers(records)
    return [record for name, (record, owner) in known.items() if owner[0] == stack and name not in used]


def strangers(records: Sequence[Record], stack: str) -> list[str]:
    """`name TYPE` of what is neither this stack's nor part of the zone itself."""
    apex = apex_of(records)
    ours = {key(record) for record, _, owner in marked(records) if owner[0] == stack}
    return [
        f"{plain_name(record['name'])} {record['type']}"
        for record in records
        if key(record) not in ours and not is_fixed(record, apex) and (owner_in(record) or ("", ""))[0] != stack
    ]


# --- values -----------------------------------------------------------------------------------------------------------


def canonical_value(type: str, value: str) -> str:
    """A text that two values share exactly when they answer the same."""
    if type in ("TXT", "SPF"):
        return unquoted(value)
    if type in ("CNAME", "NS", "PTR"):
        return plain_name(value.strip())
    words = value.split()
    if type in ("MX", "SRV") and words:
        return " ".join([*words[:-1], plain_name(words[-1])])
    if type == "AAAA":
        with suppress(ValueError):
            return str(ipaddress.IPv6Address(value.strip()))
    return " ".join(words) if type != "CAA" else value.strip()


def canonical_target(name: str) -> str:
    """AWS: the console writes `dualstack.` before the name of a load balancer; it is the same one."""
    return plain_name(name).removeprefix("dualstack.")


def written_value(type: str, value: str) -> str:
    """A value as AWS takes it: texts in quotes, in pieces of at most 255 bytes."""
    return quoted(value) if type in ("TXT", "SPF") and not value.startswith('"') else value


def quoted(text: str) -> str:
    """AWS: whatever is not printable ASCII is written as three octal digits."""
    data = text.encode()
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)] or [b""]
    return " ".join('"' + "".join(_escaped(byte) for byte in piece) + '"' for piece in pieces)


def _escaped(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


_PIECE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)


def unquoted(value: str) -> str:
    """The inverse of `quoted`; a value without quotes stands for itself."""
    pieces = _PIECE.findall(value)
    if not value.lstrip().startswith('"') or not pieces:
        return value
    data = "".join(pieces).encode()
    return _ESCAPE.sub(_byte, data).decode(errors="replace")


def _byte(match: re.Match[bytes]) -> bytes:
    digits = match[1]
    return bytes([int(digits, 8)]) if len(digits) == 3 else digits


def members(properties: Properties, live: Record | None) -> dict[str, Any]:
    """The ResourceRecordSet a spec asks for; `live` is what is there under the same key, for what the spec leaves out.

    AWS: a write replaces the whole record set.
    """
    kept = live or {}
    record = {name: properties[name] for name in ("name", "type")}
    routing = ("set_identifier", "weight", "failover", "geo_location")
    record |= {name: properties[name] for name in routing if properties.get(name) is not None}
    if properties.get("latency_region"):
        record["region"] = properties["latency_region"]
    if properties.get("multi_value_answer"):
        record["multi_value_answer"] = True
    check = properties.get("health_check_id", kept.get("health_check_id"))
    if check:
        record["health_check_id"] = check
    if properties.get("alias_target"):
        target = properties["alias_target"]
        return {**record, "alias_target": {"evaluate_target_health": False, **target}}
    ttl = properties.get("ttl", kept.get("ttl", MARKER_TTL))
    values = [
        {"value": written_value(properties["type"], value) if isinstance(value, str) else value}
        for value in properties["resource_records"]
    ]
    return {**record, "ttl": ttl, "resource_records": values}
