"""`ec2.flow_log`: who talked to whom in a VPC, a subnet or at one interface, written to a log group or a bucket.

AWS changes nothing of a flow log but its tags. What was already written is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _ec2
from reconciler.kinds.base import identifier, pick, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Reads,
    Resource,
    Rules,
    Status,
    stalled,
)

LISTING = _ec2.Listing("DescribeFlowLogs", items="flow_logs", id="flow_log_id", ids="flow_log_ids", filters="filter")

# AWS: the type is not answered; the id tells it.
TYPES = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}

FIXED = (
    "traffic_type",
    "log_destination_type",
    "log_destination",
    "log_group_name",
    "deliver_logs_permission_arn",
    "log_format",
    "max_aggregation_interval",
    "destination_options",
)
EVERYTHING = ("resource_id", "resource_type", *FIXED)

PASSING = ("", "Rate limited")
"""Errors of the delivery that end by themselves."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    items = yield from _ec2.find(LISTING, KIND.name, resources)
    return {address: _observed(address, item) for address, item in items.items()}


def _observed(address: Address, item: Mapping[str, Any]) -> Observed:
    resource = item["resource_id"]
    kind_of_resource = TYPES.get(resource.split("-")[0])
    return Observed(
        address,
        item["flow_log_id"],
        {**pick(item, *FIXED), **pick({"resource_id": resource, "resource_type": kind_of_resource}, *EVERYTHING)},
        outputs=pick(item, "flow_log_id"),
        tags=tag_map(item.get("tags")),
        status=_status(item),
    )


def _status(item: Mapping[str, Any]) -> Status:
    error = item.get("deliver_logs_error_message", "")
    if item.get("deliver_logs_status") != "FAILED" or error in PASSING:
        return READY
    return stalled(f"the log is not delivered: {error}")


def create(change: Change) -> Iterator[Call]:
    # AWS: there is a client token, but one of ours would repeat the first answer for a day after the log was deleted.
    params = {"resource_ids": [change.desired["resource_id"]], **pick(change.desired, "resource_type", *FIXED)}
    tags = {"tag_specifications": _ec2.tag_specifications("vpc-flow-log", change)}
    yield Call("ec2", "CreateFlowLogs", params | tags, once=True)


def delete(change: Change) -> Iterator[Call]:
    yield Call("ec2", "DeleteFlowLogs", {"flow_log_ids": [identifier(change)]})


KIND = Kind(
    name="ec2.flow_log",
    title="Flow log",
    observe=observe,
    owned=_ec2.owned(LISTING, "ec2.flow_log", _observed),
    create=create,
    delete=delete,
    leftovers=Listed("ec2:vpc-flow-log/*"),
    retag=_ec2.retag,
    outputs=("flow_log_id",),
    rules=Rules(create_only=EVERYTHING),
    uses=("ec2.vpc", "ec2.subnet", "iam.role", "logs.log_group", "s3.bucket", "s3.bucket_policy"),
)
