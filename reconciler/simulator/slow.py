"""What is not ready at once in AWS: databases, gateways, load balancers, rollouts, certificates, zones under change.

Time must be counted in reads, never in seconds, so that a test of waiting is as fast and as repeatable as any other.
What is not finished yet is remembered in moto's backends (see `documents`), so a reset forgets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.simulator.repair import documents
from reconciler.simulator.wire import Answer, Handler, Refusal, Request


class _Lifecycle(NamedTuple):
    """How objects of RDS come, change and go."""

    store: str
    """The attribute of moto's backend that holds them by name."""
    member: str
    """The member of a call that names one."""
    read: str
    states: Mapping[str, str]
    """What each call makes of one until it is settled."""
    refused: tuple[str, ...]
    """Calls that want a settled one beside those."""
    busy: str
    """The code of their refusal."""


_DATABASES = _Lifecycle(
    "databases",
    "DBInstanceIdentifier",
    "DescribeDBInstances",
    {
        "CreateDBInstance": "creating",
        "CreateDBInstanceReadReplica": "creating",
        "RestoreDBInstanceFromDBSnapshot": "creating",
        "ModifyDBInstance": "modifying",
        "RebootDBInstance": "rebooting",
        "DeleteDBInstance": "deleting",
    },
    (),
    "InvalidDBInstanceState",
)
_PROXIES = _Lifecycle(
    "db_proxies",
    "DBProxyName",
    "DescribeDBProxies",
    {"CreateDBProxy": "creating", "ModifyDBProxy": "modifying", "DeleteDBProxy": "deleting"},
    (
        "DescribeDBProxyTargetGroups",
        "DescribeDBProxyTargets",
        "ModifyDBProxyTargetGroup",
        "RegisterDBProxyTargets",
        "DeregisterDBProxyTargets",
    ),
    "InvalidDBProxyStateFault",
)
_HELD_BY = {
    ("acm", "RequestCertificate"): ("certificate", "DomainName"),
    ("elbv2", "CreateLoadBalancer"): ("balancer", "Name"),
    ("ecs", "CreateService"): ("service", "serviceName"),
    ("ecs", "UpdateService"): ("service", "service"),
    ("ecs", "PutClusterCapacityProviders"): ("attachment", "cluster"),
    ("autoscaling", "StartInstanceRefresh"): ("refresh", "AutoScalingGroupName"),
    ("ecs", "RunTask"): ("task", "clientToken"),
    ("scheduler", "DeleteScheduleGroup"): ("group", "Name"),
    ("sesv2", "CreateEmailIdentity"): ("identity", "EmailIdentity"),
    ("sesv2", "PutAccountDetails"): ("review", "MailType"),
}
_RELEASED_BY = {
    ("acm", "DescribeCertificate"): "certificate",
    ("elbv2", "DescribeLoadBalancers"): "balancer",
    ("ecs", "DescribeServices"): "service",
    ("ecs", "DescribeClusters"): "attachment",
    ("autoscaling", "DescribeInstanceRefreshes"): "refresh",
    ("ecs", "DescribeTasks"): "task",
    ("scheduler", "GetScheduleGroup"): "group",
    ("scheduler", "ListScheduleGroups"): "group",
    ("sesv2", "GetEmailIdentity"): "identity",
    ("sesv2", "GetAccount"): "review",
}
_HOLDING = frozenset(service for service, _ in _HELD_BY)
_STATES = {
    "CreateNatGateway": "nat_gateways",
    "DeleteNatGateway": "nat_gateways",
    "CreateVpcEndpoint": "vpc_end_points",
    "DeleteVpcEndpoints": "vpc_end_points",
}
"""EC2 calls after which objects of a store of moto's change their state, and"""
_SHOWN_BY = {"DescribeNatGateways": "nat_gateways", "DescribeVpcEndpoints": "vpc_end_points"}
"""the reads that show it."""
_ON_THE_WAY = {"available": "pending", "deleted": "deleting"}
_ARRIVED = {"pending": "available", "deleting": "deleted"}


@dataclass(frozen=True, slots=True)
class Slow:
    """Keeps what was just changed unfinished for `reads` of the reads that show it."""

    reads: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.service == "rds":
            return self._rds(request, below)
        if request.service == "ec2":
            return self._gateways(request, below)
        if request.service == "route53":
            return _zones(request, below)
        counts = documents(request, "held") if request.service in _HOLDING else {}
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

    def _gateways(self, request: Request, below: Handler) -> Answer:
        counts, shown = documents(request, "held"), _SHOWN_BY.get(request.operation, "")
        for key, left in [item for item in counts.items() if shown and item[0].startswith(shown)]:
            gateway = getattr(request.backend(), shown).get(key.partition("/")[2])
            if gateway is None:  # nobody sees it yet
                continue
            if left > 0:
                counts[key] = left - 1
            elif counts.pop(key) == 0:
                gateway.state = _ARRIVED[gateway.state]
        store = _STATES.get(request.operation, "")
        before = {id: found.state for id, found in getattr(request.backend(), store).items()} if store else {}
        answer = below(request)
        for id, found in getattr(request.backend(), store).items() if store else ():
            if found.state != before.get(id) and found.state in _ON_THE_WAY:
                found.state = _ON_THE_WAY[found.state]
                counts[f"{store}/{id}"] = self.reads
        return answer

    def _rds(self, request: Request, below: Handler) -> Answer:
        for kind in (_DATABASES, _PROXIES):
            if request.operation == kind.read:
                _settle(kind, request)
                return _without_endpoints(below(request))
            if request.operation in kind.states or request.operation in kind.refused:
                return self._change(kind, request, below)
        return below(request)

    def _change(self, kind: _Lifecycle, request: Request, below: Handler) -> Answer:
        live: MutableMapping[str, Any] = getattr(request.backend(), kind.store)
        name = request.params[kind.member].lower()
        for changed in (name, request.params.get("SourceDBInstanceIdentifier", "")):
            if changed in live and live[changed].status != "available":
                raise Refusal(kind.busy, f"{changed} is not in available state.")
        leaving = live.get(name)
        answer = below(request)
        if answer.ok and request.operation in kind.states:
            found: Any = live.get(name) or leaving
            found.status = kind.states[request.operation]
            live[name], documents(request, "held")[f"{kind.store}/{name}"] = found, self.reads
        return answer


def _settle(kind: _Lifecycle, request: Request) -> None:
    live: MutableMapping[str, Any] = getattr(request.backend(), kind.store)
    counts = documents(request, "held")
    for key in [key for key in counts if key.startswith(f"{kind.store}/")]:
        name = key.partition("/")[2]
        if counts[key] > 0:
            counts[key] -= 1
        elif counts.pop(key) == 0 and name in live:
            if live[name].status == "deleting":
                del live[name]
            else:
                live[name].status = "available"


def _zones(request: Request, below: Handler) -> Answer:
    """A zone takes one change at a time: the next one is refused until somebody has looked at its records."""
    counts, zone = documents(request, "held"), f"zone/{request.params.get('HostedZoneId', '')}"
    if request.operation == "ListResourceRecordSets":
        counts.pop(zone, None)
    if request.operation != "ChangeResourceRecordSets":
        return below(request)
    if counts.pop(zone, 0):
        text = "The request was rejected because Route 53 was still processing a prior request."
        raise Refusal("PriorRequestNotComplete", text)
    answer = below(request)
    if answer.ok:
        counts[zone] = 1
    return answer


def _without_endpoints(answer: Answer) -> Answer:
    """A database being created has no address yet."""
    pattern = rb"(<DBInstanceStatus>creating</DBInstanceStatus>(?:(?!</DBInstance>).)*?)<Endpoint>.*?</Endpoint>"
    return Answer(answer.status, _no_length(answer), re.sub(pattern, rb"\1", answer.body, flags=re.DOTALL))


def _provisioning(answer: Answer, name: str) -> Answer:
    pattern = rb"(<LoadBalancerName>" + re.escape(name).encode() + rb"</LoadBalancerName>.*?<State><Code>)active"
    return Answer(answer.status, _no_length(answer), re.sub(pattern, rb"\1provisioning", answer.body, flags=re.DOTALL))


def _no_length(answer: Answer) -> tuple[tuple[str, str], ...]:
    return tuple(header for header in answer.headers if header[0] != "Content-Length")


# --- busy -----------------------------------------------------------------------------------------------------------


def _of_bucket(operation: str) -> bool:
    """Objects are written to a bucket whatever is done to its settings."""
    return "Bucket" in operation or operation.endswith(("PublicAccessBlock", "ObjectLockConfiguration"))


@dataclass(frozen=True, slots=True)
class Busy:
    """Refuses the first `writes` to the settings of a new bucket, whose creation is still going on."""

    writes: int

    def layer(self, request: Request, below: Handler) -> Answer:
        if request.service != "s3" or request.reads or not _of_bucket(request.operation):
            return below(request)
        name, counts = request.params.get("Bucket", ""), documents(request, "busy")
        if request.operation == "CreateBucket":
            answer = below(request)
            if answer.ok:
                counts[name] = self.writes
            return answer
        if counts.get(name, 0) > 0:
            counts[name] -= 1
            text = (
                "A conflicting conditional operation is currently in progress against this resource. Please try again."
            )
            raise Refusal("OperationAborted", text, 409)
        return below(request)
