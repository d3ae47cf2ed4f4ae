"""What the components that make DNS records share: record sets, aliases, and names of parts made of domains. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.components.base import Part
from reconciler.model import Value

RECORD = "route53.record_set"
LONGEST_SLUG = 30


def slugs(names: Iterable[str]) -> list[str]:
    """A short name of a part for each name, no two alike: `_dmarc.mail` -> `dmarc-mail`, `*` -> `any`, `@` -> `top`."""
    made: list[str] = []
    for name in names:
        words = name.lower().replace("*", "any").replace("@", "top")
        slug = re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:LONGEST_SLUG].rstrip("-")
        same = sum(1 for other in made if other == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", other))
        made.append(f"{slug}-{same + 1}" if same else slug)
    return made


def aliases(part: str, record: Mapping[str, Any], target: Mapping[str, Any]) -> list[Part]:
    """Record sets that answer with the addresses of an AWS object: both kinds, or the one type the record names."""
    alias = {
        "dns_name": target.get("dns_name") or target.get("domain_name"),
        "hosted_zone_id": target.get("canonical_hosted_zone_id") or target.get("hosted_zone_id"),
    }
    types = [record["type"]] if record.get("type") else ["A", "AAAA"]
    return [
        Part(part if type != "AAAA" or len(types) == 1 else f"{part}-ipv6", RECORD, _alias(record, type, alias))
        for type in types
    ]


def _alias(record: Mapping[str, Any], type: str, alias: Mapping[str, Value]) -> dict[str, Value]:
    return {"hosted_zone_id": record["hosted_zone_id"], "name": record["name"], "type": type, "alias_target": alias}
