"""Repairs of moto's KMS, launch templates, Auto Scaling groups, capacity providers and identity providers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

# --- KMS ------------------------------------------------------------------------------------------------------------

_YEAR = 365


@repair(
    "kms:EnableKeyRotation", "kms:GetKeyRotationStatus", because="moto forgets how often the material of a key changes"
)
def key_rotation(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    periods = documents(request, "rotation_period")
    key = request.params["KeyId"].rpartition("/")[2]
    if request.operation == "EnableKeyRotation":
        periods[key] = request.params.get("RotationPeriodInDays", periods.get(key, _YEAR))
        return answer
    status = json.loads(answer.body)
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = periods.get(key, _YEAR)
    return written(request, status | {"KeyId": key})


# --- IAM ------------------------------------------------------------------------------------------------------------


@repair(
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    because="moto cannot change the audiences of an identity provider",
)
def provider_audiences(request: Request, below: Handler) -> Answer:
    provider = request.backend().get_open_id_connect_provider(request.params["OpenIDConnectProviderArn"])
    client = request.params["ClientID"]
    kept = [each for each in provider.client_id_list if each != client]
    provider.client_id_list = [*kept, client] if request.operation.startswith("Add") else kept
    return written(request, {})


# --- launch templates -----------------------------------------------------------------------------------------------

_EVERYTHING = b"&MaxResults=200"


@repair("ec2:DescribeLaunchTemplates", because="moto shows fifteen launch templates, with the tags they were made with")
def all_launch_templates(request: Request, below: Handler) -> Answer:
    for template in request.backend().launch_templates.values():
        template.tags = template.get_tags()
    return below(request if b"MaxResults=" in request.body else request.with_body(request.body + _EVERYTHING))


@repair("ec2:CreateLaunchTemplate", because="moto puts the tags of a launch template among those of its instances")
def launch_template_tags(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        backend = request.backend()
        template = backend.get_launch_template_by_name(request.params["LaunchTemplateName"])
        data = template.versions[0].data
        inside = [each for each in data.pop("TagSpecifications", ()) if each["ResourceType"] != "launch-template"]
        data.update({"TagSpecifications": inside} if inside else {})
    return answer


@repair("ec2:CreateLaunchTemplateVersion", because="moto cannot start an instance with user data of a later version")
def launch_template_user_data(request: Request, below: Handler) -> Answer:
    from moto.core.types import Base64EncodedString

    answer = below(request)
    if answer.ok and "UserData" in request.params["LaunchTemplateData"]:
        backend, sent = request.backend(), request.params
        named = sent.get("LaunchTemplateName")
        found = (
            backend.get_launch_template_by_name(named)
            if named
            else backend.get_launch_template(sent["LaunchTemplateId"])
        )
        found.versions[-1].data["UserData"] = Base64EncodedString(sent["LaunchTemplateData"]["UserData"])
    return answer


# --- Auto Scaling groups --------------------------------------------------------------------------------------------

_KEPT = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "DeletionProtection": "deletion_protection",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "PlacementGroup": "placement_group",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}
"""What moto forgets of a group, and the attribute it answers it from."""


@repair(
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
    because="moto forgets half of what a group is told, and its mixed instances at every update",
)
def group_settings(request: Request, below: Handler) -> Answer:
    groups, name = request.backend().autoscaling_groups, request.params["AutoScalingGroupName"]
    mixed = groups[name].mixed_instances_policy if name in groups else None
    answer = below(request)
    if not answer.ok:
        return answer
    group = groups[name]
    if mixed and "LaunchTemplate" not in request.params and "MixedInstancesPolicy" not in request.params:
        group.mixed_instances_policy = mixed
    for member, attribute in _KEPT.items():
        if member in request.params:
            setattr(group, attribute, request.params[member])
    return answer


@repair("autoscaling:*", because="moto says that every instance was started from the default version of its template")
def started_from(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not request.reads:
        for group in request.backend().autoscaling_groups.values():
            for machine in group.instance_states:
                if not isinstance(machine, _machine()):
                    machine.__class__ = _machine()
                    machine.launch_template = _template_of(group)
    return answer


@cache
def _machine() -> type:
    """moto's instance, whose template is what it was started from and not what its group has now."""
    from moto.autoscaling.models import InstanceState

    return type("Machine", (InstanceState,), {"launch_template": None})


def _template_of(group: Any) -> dict[str, str] | None:
    template = group.ec2_launch_template
    if template is None:
        return None
    number = template.get_version(group.launch_template_version).number
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": str(number)}


@repair("autoscaling:*", "ec2:TerminateInstances", because="moto leaves behind the interface of a terminated instance")
def interfaces_left_behind(request: Request, below: Handler) -> Answer:
    answer = below(request)
    interfaces = request.backend("ec2").enis
    for interface in [] if request.reads else list(interfaces.values()):
        if interface.instance is not None and interface.instance._state.name == "terminated":
            del interfaces[interface.id]
    return answer


@repair(
    "autoscaling:StartInstanceRefresh",
    "autoscaling:DescribeInstanceRefreshes",
    because="moto cannot replace the instances of a group",
)
def instance_refresh(request: Request, below: Handler) -> Answer:
    name = request.params["AutoScalingGroupName"]
    group = request.backend().autoscaling_groups.get(name)
    if group is None:
        raise Refusal("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    known: list[dict[str, Any]] = documents(request, "refreshes").setdefault(name, [])
    if known and known[0]["Status"] == "InProgress" and not held(request, f"refresh/{name}"):
        known[0] |= {"Status": "Successful", "PercentageComplete": 100}
        for machine in group.instance_states:
            machine.launch_template = _template_of(group)
    if request.operation == "DescribeInstanceRefreshes":
        return written(request, {"InstanceRefreshes": known})
    if known and known[0]["Status"] == "InProgress":
        raise Refusal("InstanceRefreshInProgress", "An Instance Refresh is already in progress.")
    started = {"InstanceRefreshId": f"refresh-{len(known)}", "AutoScalingGroupName": name, "Status": "InProgress"}
    known.insert(0, started | {"PercentageComplete": 0})
    return written(request, {"InstanceRefreshId": started["InstanceRefreshId"]})


@repair("autoscaling:PutScalingPolicy", because="moto forgets whether a scaling policy is switched on")
def policy_switch(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        policy = request.backend().policies[request.params["PolicyName"]]
        policy.enabled = request.params.get("Enabled", True)
    return answer


# --- capacity providers ---------------------------------------------------------------------------------------------

_DRAINING = "managedDraining"


@repair(
    "ecs:CreateCapacityProvider", because="moto forgets draining, keeps a group's name as its ARN and tags no group"
)
def create_provider(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        provider = request.backend().capacity_providers[request.params["name"]].auto_scaling_group_provider
        provider.setdefault(_DRAINING, "ENABLED")
        named = provider["autoScalingGroupArn"].rpartition("/")[2]
        group = request.backend("autoscaling").autoscaling_groups.get(named)
        if group is not None:
            provider["autoScalingGroupArn"] = group.arn
            group.tags = [*group.tags, {"Key": "AmazonECSManaged", "Value": "", "PropagateAtLaunch": True}]
    return answer


@repair("ecs:UpdateCapacityProvider", because="moto forgets whether a capacity provider drains its instances")
def update_provider(request: Request, below: Handler) -> Answer:
    answer = below(request)
    sent = request.params["autoScalingGroupProvider"]
    if answer.ok and _DRAINING in sent:
        provider = request.backend().capacity_providers[request.params["name"]]
        provider.auto_scaling_group_provider[_DRAINING] = sent[_DRAINING]
    return answer


@repair("ecs:DescribeCapacityProviders", because="moto cannot list capacity providers, only find them by name")
def list_providers(request: Request, below: Handler) -> Answer:
    if request.params.get("capacityProviders"):
        return below(request)
    everyone = list(request.backend().capacity_providers.values())
    return written(request, {"capacityProviders": everyone, "failures": []})


@repair("ecs:DescribeClusters", because="moto miscounts a cluster's instances and attaches providers without a word")
def cluster_capacity(request: Request, below: Handler) -> Answer:
    backend = request.backend()
    for name, cluster in backend.clusters.items():
        cluster.registered_container_instances_count = len(backend.container_instances.get(name, {}))
        if cluster.capacity_providers:
            busy = held(request, f"attachment/{name}")
            cluster.attachments_status = "UPDATE_IN_PROGRESS" if busy else "UPDATE_COMPLETE"
    return below(request)


REPAIRS = declared_in(globals())
