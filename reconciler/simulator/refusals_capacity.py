"""The refusals of KMS: what a key that is disabled or about to be deleted does not take.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

from typing import Any

from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request


def _key(request: Request) -> Any:
    name = request.params.get("TargetKeyId") or request.params.get("KeyId", "")
    return request.backend().keys.get(name.rpartition("/")[2])


def _is_dying(request: Request) -> bool:
    key = _key(request)
    return key is not None and key.key_state == "PendingDeletion"


def _is_disabled(request: Request) -> bool:
    key = _key(request)
    return key is not None and key.key_state == "Disabled"


def _lives(request: Request) -> bool:
    key = _key(request)
    return key is not None and key.key_state != "PendingDeletion"


def _holds_a_role(request: Request) -> bool:
    profile = request.backend().instance_profiles.get(request.params["InstanceProfileName"])
    return profile is not None and bool(profile.roles)


_NOT_WHILE_DYING = (
    "CreateAlias",
    "UpdateAlias",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
)
_INVALID = "KMSInvalidStateException"

EDGES: tuple[Edge, ...] = ()
RULES = (
    *(Rule(f"kms:{name}", _is_dying, _INVALID, "the key is pending deletion.") for name in _NOT_WHILE_DYING),
    Rule("kms:CancelKeyDeletion", _lives, _INVALID, "the key is not pending deletion."),
    Rule("kms:EnableKeyRotation", _is_disabled, "DisabledException", "the key is disabled."),
    Rule(
        "iam:AddRoleToInstanceProfile", _holds_a_role, "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    ),
    Rule("kms:DisableKeyRotation", _is_disabled, "DisabledException", "the key is disabled."),
)  # fmt: skip
