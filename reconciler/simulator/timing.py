"""What AWS shows late: objects not visible yet, and answers from before the last write.

Counted in reads, never in seconds, and remembered in moto's backends (see `documents`), so a reset forgets it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from reconciler.simulator.repair import documents
from reconciler.simulator.wire import Answer, Handler, Request

# --- invisible ------------------------------------------------------------------------------------------------------


class _Kind(NamedTuple):
    store: str
    """The attribute of moto's backend that holds the objects, by id or by id under something else."""
    noun: str
    """What the operations that read them contain."""


_FRESH = {
    ("ec2", "CreateVpc"): _Kind("vpcs", "DescribeVpcs"),
    ("ec2", "CreateSubnet"): _Kind("subnets", "DescribeSubnets"),
    ("ec2", "CreateInternetGateway"): _Kind("internet_gateways", "DescribeInternetGateways"),
    ("ec2", "CreateRouteTable"): _Kind("route_tables", "DescribeRouteTables"),
    ("ec2", "CreateSecurityGroup"): _Kind("groups", "DescribeSecurityGroup"),
    ("ec2", "CreateNetworkAcl"): _Kind("network_acls", "DescribeNetworkAcls"),
    ("ec2", "CreateNatGateway"): _Kind("nat_gateways", "DescribeNatGateways"),
    ("ec2", "CreateVpcEndpoint"): _Kind("vpc_end_points", "DescribeVpcEndpoints"),
    ("ec2", "CreateFlowLogs"): _Kind("flow_logs", "DescribeFlowLogs"),
    ("elbv2", "CreateLoadBalancer"): _Kind("load_balancers", "DescribeLoadBalancers"),
    ("elbv2", "CreateTargetGroup"): _Kind("target_groups", "DescribeTargetGroups"),
    ("iam", "CreateRole"): _Kind("roles", "ListRoles"),
    ("iam", "CreatePolicy"): _Kind("managed_policies", "ListPolicies"),
    ("kms", "CreateKey"): _Kind("keys", "ListKeys"),
    ("logs", "CreateLogGroup"): _Kind("groups", "DescribeLogGroups"),
}
_FRESH_SERVICES = frozenset(service for service, _ in _FRESH)


@dataclass(slots=True)
class _Hidden:
    noun: str
    key: str
    name: str
    shelf: MutableMapping[str, Any]
    left: int

    def concerns(self, request: Request) -> bool:
        body = unquote_plus(request.body.decode(errors="replace"))
        named = self.key in body or self.name in body
        return self.left > 0 and self.key in self.shelf and (named or request.operation.startswith(self.noun))


@dataclass(frozen=True, slots=True)
class Invisible:
    """Hides a new object from the first `calls` calls that would see or name it, as eventual consistency does."""

    calls: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.service not in _FRESH_SERVICES:
            return below(request)
        kind = _FRESH.get(request.key)
        if kind is None:
            return _unseen(request, below)
        before = {key for shelf in _shelves(request, kind) for key in shelf}
        answer = _unseen(request, below)
        for shelf in _shelves(request, kind):
            for key in shelf.keys() - before:
                name = str(getattr(shelf[key], "name", key))
                documents(request, "hidden")[key] = _Hidden(kind.noun, key, name, shelf, self.calls)
        return answer


def _shelves(request: Request, kind: _Kind) -> list[MutableMapping[str, Any]]:
    store: MutableMapping[str, Any] = getattr(request.backend(), kind.store)
    nested: list[MutableMapping[str, Any]] = [value for value in store.values() if isinstance(value, dict)]
    return nested or [store]


def _unseen(request: Request, below: Handler) -> Answer:
    hidden = [entry for entry in documents(request, "hidden").values() if entry.concerns(request)]
    with _taken_away(hidden):
        return below(request)


@contextmanager
def _taken_away(hidden: list[_Hidden]) -> Iterator[None]:
    taken = [(entry, entry.shelf.pop(entry.key)) for entry in hidden]
    try:
        yield
    finally:
        for entry, value in taken:
            entry.shelf[entry.key] = value
            entry.left -= 1


# --- stale ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    answer: Answer
    left: int = 0


@dataclass(frozen=True, slots=True)
class Stale:
    """After a write, answers the next `reads` repeats of a read with what it said before the write."""

    reads: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if not request.known:
            return below(request)
        seen: dict[str, _Seen] = documents(request, "seen")
        if not request.reads:
            for remembered in seen.values():
                remembered.left = self.reads
            return below(request)
        key = repr((request.operation, request.environ.get("RAW_URI"), request.body))
        earlier = seen.get(key)
        if earlier is None or earlier.left == 0:
            seen[key] = earlier = _Seen(below(request))
        else:
            earlier.left -= 1
        return earlier.answer


# --- late -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LateTags:
    """The tagging API follows what happens `looks` looks behind; `repair_tagging` remembers what it said."""

    looks: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.service == "resourcegroupstaggingapi":
            documents(request, "late_tags")["looks"] = self.looks
        return below(request)
