"""What takes time in AWS: databases, load balancers and rollouts that are not ready at once, objects not yet visible.

Time must be counted in reads, never in seconds, so that a test of waiting is as fast and as repeatable as any other.
What is not finished yet is remembered in moto's backends (see `documents`), so a reset forgets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from reconciler.simulator.repair import documents
from reconciler.simulator.wire import Answer, Handler, Refusal, Request

# --- slow -----------------------------------------------------------------------------------------------------------

_DATABASE_STATES = {
    "CreateDBInstance": "creating",
    "CreateDBInstanceReadReplica": "creating",
    "ModifyDBInstance": "modifying",
    "RebootDBInstance": "rebooting",
    "DeleteDBInstance": "deleting",
}
_HELD_BY = {
    ("elbv2", "CreateLoadBalancer"): ("balancer", "Name"),
    ("ecs", "CreateService"): ("service", "serviceName"),
    ("ecs", "UpdateService"): ("service", "service"),
    ("ecs", "PutClusterCapacityProviders"): ("attachment", "cluster"),
    ("autoscaling", "StartInstanceRefresh"): ("refresh", "AutoScalingGroupName"),
    ("sesv2", "CreateEmailIdentity"): ("identity", "EmailIdentity"),
}
_RELEASED_BY = {
    ("elbv2", "DescribeLoadBalancers"): "balancer",
    ("ecs", "DescribeServices"): "service",
    ("ecs", "DescribeClusters"): "attachment",
    ("autoscaling", "DescribeInstanceRefreshes"): "refresh",
    ("sesv2", "GetEmailIdentity"): "identity",
}

_SLOW = frozenset(service for service, _ in _HELD_BY)


@dataclass(frozen=True, slots=True)
class Slow:
    """Keeps what was just changed unfinished for `reads` of the reads that show it."""

    reads: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.service == "rds":
            return self._databases(request, below)
        counts = documents(request, "held") if request.service in _SLOW else {}
        answer = below(request)
        if request.key in _HELD_BY and answer.ok:
            kind, member = _HELD_BY[request.key]
            counts[f"{kind}/{request.params[member].split('/')[-1]}"] = self.reads
        elif request.key in _RELEASED_BY:
            waiting = [key for key, left in counts.items() if left and key.startswith(_RELEASED_BY[request.key])]
            for key in waiting:
                counts[key] -= 1
                answer = _provisioning(answer, key.partition("/")[2]) if request.service == "elbv2" else answer
        return answer

    def _databases(self, request: Request, below: Handler) -> Answer:
        databases, counts = request.backend().databases, documents(request, "held")
        if request.operation == "DescribeDBInstances":
            _finish_databases(databases, counts)
            return _without_endpoints(below(request))
        if request.operation not in _DATABASE_STATES:
            return below(request)
        source = request.params.get("SourceDBInstanceIdentifier", "")
        name = request.params["DBInstanceIdentifier"].lower()
        for changed in (name, source):
            if changed in databases and databases[changed].status != "available":
                text = f"Instance {changed} is not in available state."
                raise Refusal("InvalidDBInstanceState", text)
        leaving = databases.get(name)
        answer = below(request)
        if answer.ok:
            database = databases.get(name) or leaving
            database.status = _DATABASE_STATES[request.operation]
            databases[name], counts[name] = database, self.reads
        return answer


def _finish_databases(databases: MutableMapping[str, Any], counts: dict[str, int]) -> None:
    for name, left in list(counts.items()):
        if left > 0:
            counts[name] = left - 1
        elif counts.pop(name) == 0 and name in databases:
            if databases[name].status == "deleting":
                del databases[name]
            else:
                databases[name].status = "available"


def _without_endpoints(answer: Answer) -> Answer:
    """A database being created has no address yet."""
    pattern = rb"(<DBInstanceStatus>creating</DBInstanceStatus>(?:(?!</DBInstance>).)*?)<Endpoint>.*?</Endpoint>"
    return Answer(answer.status, _no_length(answer), re.sub(pattern, rb"\1", answer.body, flags=re.DOTALL))


def _provisioning(answer: Answer, name: str) -> Answer:
    pattern = rb"(<LoadBalancerName>" + re.escape(name).encode() + rb"</LoadBalancerName>.*?<State><Code>)active"
    return Answer(answer.status, _no_length(answer), re.sub(pattern, rb"\1provisioning", answer.body, flags=re.DOTALL))


def _no_length(answer: Answer) -> tuple[tuple[str, str], ...]:
    return tuple(header for header in answer.headers if header[0] != "Content-Length")


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
