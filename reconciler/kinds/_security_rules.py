"""Security group rules: one source each, as the spec writes them, and grouped, as EC2 reads and answers them.

Pure. Member names are those of AWS's SecurityGroupRule; `self: true` stands for the group itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import pick

Rule = Mapping[str, Any]

DIRECTIONS = {"ingress": "ip_permissions", "egress": "ip_permissions_egress"}

KEY = (
    "ip_protocol",
    "from_port",
    "to_port",
    "cidr_ipv4",
    "cidr_ipv6",
    "prefix_list_id",
    "referenced_group_id",
    "self",
)
"""What makes a rule the same rule; only its description can change."""

# AWS: names for these, numbers for all others; and only these have ports.
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
WITH_PORTS = frozenset(PROTOCOLS.values())


def read(group: Mapping[str, Any], direction: str) -> list[dict[str, Any]]:
    """The rules of a live group. AWS gathers rules of the same protocol and ports into one permission."""
    return [
        _ports(permission) | source
        for permission in group.get(DIRECTIONS[direction], ())
        for source in _sources(permission, group)
    ]


def _ports(permission: Mapping[str, Any]) -> dict[str, Any]:
    protocol = PROTOCOLS.get(permission["ip_protocol"], permission["ip_protocol"])
    ports = pick(permission, "from_port", "to_port") if protocol in WITH_PORTS else {}
    return {"ip_protocol": protocol, **ports}


def _sources(permission: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in permission.get("ip_ranges", ()):
        yield {"cidr_ipv4": each["cidr_ip"]} | pick(each, "description")
    for each in permission.get("ipv6_ranges", ()):
        yield {"cidr_ipv6": each["cidr_ipv6"]} | pick(each, "description")
    for each in permission.get("prefix_list_ids", ()):
        yield {"prefix_list_id": each["prefix_list_id"]} | pick(each, "description")
    for each in permission.get("user_id_group_pairs", ()):
        yield _group_source(each, group) | pick(each, "description")


def _group_source(pair: Mapping[str, Any], group: Mapping[str, Any]) -> dict[str, Any]:
    """The group itself, another of this account, or `account/group` over a VPC peering."""
    if pair["group_id"] == group["group_id"]:
        return {"self": True}
    owner = pair.get("user_id", group.get("owner_id"))
    foreign = owner != group.get("owner_id")
    return {"referenced_group_id": f"{owner}/{pair['group_id']}" if foreign else pair["group_id"]}


def permission(rule: Rule, group_id: str) -> dict[str, Any]:
    """A rule as authorise, revoke and update-descriptions calls take it."""
    words = pick(rule, "description")
    source: dict[str, list[dict[str, Any]]]
    if "cidr_ipv4" in rule:
        source = {"ip_ranges": [{"cidr_ip": rule["cidr_ipv4"], **words}]}
    elif "cidr_ipv6" in rule:
        source = {"ipv6_ranges": [{"cidr_ipv6": rule["cidr_ipv6"], **words}]}
    elif "prefix_list_id" in rule:
        source = {"prefix_list_ids": [{"prefix_list_id": rule["prefix_list_id"], **words}]}
    else:
        source = {"user_id_group_pairs": [{**_pair(rule, group_id), **words}]}
    return {**pick(rule, "ip_protocol", "from_port", "to_port"), **source}


def _pair(rule: Rule, group_id: str) -> dict[str, Any]:
    group = group_id if rule.get("self") else rule["referenced_group_id"]
    if isinstance(group, str) and "/" in group:
        account, group = group.split("/", 1)
        return {"user_id": account, "group_id": group}
    return {"group_id": group}


@dataclass(frozen=True, slots=True)
class Delta:
    """What an update has to do to the rules of one direction."""

    added: tuple[Rule, ...]
    reworded: tuple[Rule, ...]
    removed: tuple[Rule, ...]


def compare(desired: Sequence[Rule], observed: Sequence[Rule]) -> Delta:
    """Rules are the same where all but the description is; an undeclared description stays as it is."""
    wanted = {key(rule): rule for rule in desired}
    live = {key(rule): rule for rule in observed}
    return Delta(
        added=tuple(rule for name, rule in wanted.items() if name not in live),
        reworded=tuple(rule for name, rule in wanted.items() if name in live and _reworded(rule, live[name])),
        removed=tuple(rule for name, rule in live.items() if name not in wanted),
    )


def key(rule: Rule) -> tuple[Any, ...]:
    return tuple(rule.get(name) for name in KEY)


def _reworded(desired: Rule, observed: Rule) -> bool:
    return "description" in desired and desired["description"] != observed.get("description", "")
