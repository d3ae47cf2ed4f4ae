"""What the IAM kinds share: the one call that reads all roles with their policies and tags. It never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model import Call, Response

# AWS: ListRoles leaves the tags out, and the policies of one role take three more calls; this is one call for all
# roles of the account. It leaves out a role's description and session length.
ALL_ROLES = Call("iam", "GetAccountAuthorizationDetails", {"filter": ["Role"]})

Item = Mapping[str, Any]


def roles(response: Response) -> Sequence[Item]:
    """The roles in the answer to ALL_ROLES."""
    found: Sequence[Item] = (response or {}).get("role_detail_list", ())
    return found


def attached(role: Item) -> list[str]:
    """The ARNs of the managed policies attached to a role of that answer."""
    return [policy["policy_arn"] for policy in role.get("attached_managed_policies", ())]


def inline(role: Item) -> dict[str, Any]:
    """The inline policies of a role of that answer: documents by name."""
    return {policy["policy_name"]: policy["policy_document"] for policy in role.get("role_policy_list", ())}
