"""The refusals of KMS and of EC2 capacity: what a dying key does not take, and what capacity that is in use does not.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulator.repair import held
from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend


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


# --- capacity -------------------------------------------------------------------------------------------------------


def _has_instances(request: Request) -> bool:
    group = request.backend().autoscaling_groups.get(request.params["AutoScalingGroupName"])
    return group is not None and bool(group.instance_states) and not request.params.get("ForceDelete")


def _is_guarded(request: Request) -> bool:
    group = request.backend().autoscaling_groups.get(request.params["AutoScalingGroupName"])
    level = getattr(group, "deletion_protection", "none")
    return level == "prevent-all-deletion" or (level != "none" and bool(request.params.get("ForceDelete")))


def _provider_exists(request: Request) -> bool:
    return request.params["name"] in request.backend().capacity_providers


def _serves_already(request: Request) -> bool:
    named = request.params["autoScalingGroupProvider"]["autoScalingGroupArn"].rpartition("/")[2]
    served = (each.auto_scaling_group_provider for each in request.backend().capacity_providers.values())
    return any(each["autoScalingGroupArn"].rpartition("/")[2] == named for each in served)


def _providers_of_clusters(region: str) -> Iterator[str]:
    ecs = backend("ecs", region)
    for cluster in ecs.clusters.values():
        for name in (cluster.capacity_providers or ()) if cluster.status == "ACTIVE" else ():
            yield name
            if name in ecs.capacity_providers:
                yield ecs.capacity_providers[name].capacity_provider_arn


def _cluster(request: Request) -> str:
    return str(request.params["cluster"]).rpartition("/")[2]


def _unknown_provider(request: Request) -> bool:
    known = {"FARGATE", "FARGATE_SPOT", *request.backend().capacity_providers}
    return not set(request.params.get("capacityProviders") or ()) <= known


def _drops_what_serves(request: Request) -> bool:
    """Does a running service use a provider that the cluster would no longer have?"""
    running = (each for each in request.backend().services.values() if each.status == "ACTIVE")
    strategies = (getattr(each, "capacity_provider_strategy", None) or () for each in running if _in(each, request))
    used = {part["capacityProvider"] for strategy in strategies for part in strategy}
    return not used <= set(request.params.get("capacityProviders") or ())


def _in(service: Any, request: Request) -> bool:
    return bool(service.cluster_name == _cluster(request))


def _has_machines(request: Request) -> bool:
    return bool(request.backend().container_instances.get(_cluster(request)))


def _is_attaching(request: Request) -> bool:
    return held(request, f"attachment/{_cluster(request)}")


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

_BUSY = "UpdateInProgressException"

EDGES = (
    Edge(
        "ecs:DeleteCapacityProvider", "capacityProvider", (_providers_of_clusters,), "ResourceInUseException",
        "The specified capacity provider {} is in use and cannot be removed.",
    ),
)  # fmt: skip
RULES = (
    *(Rule(f"kms:{name}", _is_dying, _INVALID, "the key is pending deletion.") for name in _NOT_WHILE_DYING),
    Rule("kms:CancelKeyDeletion", _lives, _INVALID, "the key is not pending deletion."),
    Rule("kms:EnableKeyRotation", _is_disabled, "DisabledException", "the key is disabled."),
    Rule(
        "iam:AddRoleToInstanceProfile", _holds_a_role, "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    ),
    Rule(
        "autoscaling:DeleteAutoScalingGroup", _has_instances, "ResourceInUse",
        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
        "still in the group.",
    ),
    Rule("autoscaling:DeleteAutoScalingGroup", _is_guarded, "ResourceInUse", "Deletion protection is enabled."),
    Rule(
        "ecs:CreateCapacityProvider", _provider_exists, "ClientException",
        "The specified capacity provider already exists.",
    ),
    Rule(
        "ecs:CreateCapacityProvider", _serves_already, "ClientException",
        "The specified Auto Scaling group ARN is already being used by another capacity provider.",
    ),
    *(
        Rule(call, _unknown_provider, "InvalidParameterException", "The specified capacity provider was not found.")
        for call in ("ecs:CreateCluster", "ecs:PutClusterCapacityProviders")
    ),
    *(
        Rule(f"ecs:{name}", _is_attaching, _BUSY, "The cluster is being updated.")
        for name in ("PutClusterCapacityProviders", "DeleteCluster")
    ),
    Rule(
        "ecs:PutClusterCapacityProviders", _drops_what_serves, "ResourceInUseException",
        "The specified capacity provider is in use and cannot be removed.",
    ),
    Rule(
        "ecs:DeleteCluster", _has_machines, "ClusterContainsContainerInstancesException",
        "The Cluster cannot be deleted while Container Instances are active or draining.",
    ),
    Rule("kms:DisableKeyRotation", _is_disabled, "DisabledException", "the key is disabled."),
)  # fmt: skip
