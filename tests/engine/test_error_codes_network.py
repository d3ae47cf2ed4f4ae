"""What EC2's words mean to us: gone, taken, still used, not seen yet, or wrong for good."""

from __future__ import annotations

import pytest

from reconciler.aws.error_codes import classify
from reconciler.errors import AlreadyExists, CallFailed, Conflict, Denied, Invalid, NotFound, NotYet, Throttled

NAMED_BY_ID = (
    "InvalidVpcID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidSubnetId.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidRouteTableId.NotFound",
    "InvalidRoute.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidGroupId.NotFound",
    "InvalidPermission.NotFound",
    "InvalidNetworkAclID.NotFound",
    "InvalidNetworkAclEntry.NotFound",
    "InvalidAllocationID.NotFound",
    "InvalidAddress.NotFound",
    "InvalidAssociationID.NotFound",
    "InvalidVpcEndpoint.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidFlowLogId.NotFound",
    "NatGatewayNotFound",
    "Gateway.NotAttached",
)
"""EC2 spells some twice."""


@pytest.mark.parametrize("code", NAMED_BY_ID)
def test_what_is_not_there_is_not_found(code: str) -> None:
    assert classify("ec2", code, f"the thing of {code} does not exist", 400) is NotFound


@pytest.mark.parametrize(
    "code",
    [
        "RouteAlreadyExists",
        "NetworkAclEntryAlreadyExists",
        "InvalidPermission.Duplicate",
        "InvalidGroup.Duplicate",
        "Resource.AlreadyAssociated",
        "FlowLogAlreadyExists",
    ],
)
def test_what_is_there_already_is_looked_at_again(code: str) -> None:
    assert classify("ec2", code, "it is already there", 400) is AlreadyExists


@pytest.mark.parametrize(
    ("code", "message", "meaning"),
    [
        ("DependencyViolation", "has dependencies and cannot be deleted", Conflict),
        ("DependencyViolation", "Network vpc-1 has some mapped public address(es).", Conflict),
        ("InvalidGroup.InUse", "there are dependent objects", Conflict),
        ("InvalidIPAddress.InUse", "Address is in use.", Conflict),
        ("AuthFailure", "You do not have permission to access the specified resource.", Conflict),
        ("InvalidSubnet.Conflict", "The CIDR conflicts with another subnet", Conflict),
        ("AuthFailure", "AWS was not able to validate the provided access credentials", Denied),
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", Denied),
        ("InvalidParameter", "Unable to assume given IAM role: arn:aws:iam::1:role/flows", NotYet),
        ("InvalidParameter", "private-dns-enabled cannot be set: there is already a conflicting DNS domain", Invalid),
        ("InvalidServiceName", "The Vpc Endpoint Service does not exist", Invalid),
        ("AddressLimitExceeded", "The maximum number of addresses has been reached.", Invalid),
        ("RequestLimitExceeded", "Request limit exceeded.", Throttled),
    ],
)
def test_what_may_pass_is_told_from_what_never_does(code: str, message: str, meaning: type[CallFailed]) -> None:
    assert classify("ec2", code, message, 400) is meaning
