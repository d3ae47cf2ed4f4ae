"""`ec2_capacity`: EC2 instances on which ECS runs tasks, as many as the tasks need. Pure.

A service runs here by naming the cluster and the capacity provider. Tasks have addresses of their own in the VPC and
none on the internet; the instances have, because they fetch images.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.components._arn import aws_policy
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Band, Properties, Reference, Value

TEMPLATE = "ec2.launch_template"
GROUP = "autoscaling.auto_scaling_group"
PROVIDER = "ecs.capacity_provider"
CLUSTER = "ecs.cluster"
IMAGES = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{}recommended/image_id"
MACHINES_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    # The instances are told the name of the cluster before it is there, so it is written out.
    joined = properties.get("cluster") or f"{context.stack}-{name}"
    managed = ("service-role/AmazonEC2ContainerServiceforEC2Role", "AmazonSSMManagedInstanceCore")
    role = {
        "assume_role_policy_document": MACHINES_MAY_ASSUME,
        "managed_policy_arns": [aws_policy(context, policy) for policy in managed],
    }
    parts = (
        Part("role", "iam.role", role),
        Part("profile", "iam.instance_profile", {"role_name": own.ref("iam.role", "role", "role_name")}),
        Part("machines", "ec2.security_group", _access(properties)),
        Part("template", TEMPLATE, {"launch_template_data": _machine(own, properties, joined)}),
        Part("", GROUP, _group(own, properties)),
        Part("provider", PROVIDER, _provider(own, properties)),
        *(() if properties.get("cluster") else (Part("cluster", CLUSTER, _cluster(own, joined)),)),
    )
    outputs = {
        "capacity_provider_name": own.ref(PROVIDER, "provider", "name"),
        "cluster_name": properties.get("cluster") or own.ref(CLUSTER, "cluster", "cluster_name"),
        "auto_scaling_group_name": own.ref(GROUP, "", "auto_scaling_group_name"),
        "security_group_id": own.ref("ec2.security_group", "machines", "group_id"),
        "role_name": own.ref("iam.role", "role", "role_name"),
    }
    return Expansion(parts, outputs)


def _access(properties: Properties) -> Properties:
    return {"vpc_id": properties["network"]["vpc_id"], "description": "Instances that run tasks", "ingress": []}


def _machine(own: Naming, properties: Properties, cluster: Value) -> dict[str, Any]:
    groups = [own.ref("ec2.security_group", "machines", "group_id"), *properties["security_group_ids"]]
    disk = {"volume_size": properties["volume_size"], "volume_type": "gp3", "encrypted": True}
    return {
        "image_id": properties.get("image_id") or _image(properties["instance_types"][0]),
        "instance_type": properties["instance_types"][0],
        "iam_instance_profile": {"name": own.ref("iam.instance_profile", "profile", "instance_profile_name")},
        "security_group_ids": groups,
        "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": disk}],
        "metadata_options": {"http_tokens": "required", "http_endpoint": "enabled"},
        "monitoring": {"enabled": properties["detailed_monitoring"]},
        "user_data": _user_data(cluster),
    }


def _image(instance_type: str) -> str:
    """The ECS-optimised image, looked up at every start, for the processor of an instance type."""
    is_graviton = re.match(r"^[a-z]+\d+g", instance_type) is not None
    return IMAGES.format("arm64/" if is_graviton else "")


def _user_data(cluster: Value) -> Value:
    """Tasks are kept from the role of their instance; spot instances hand their tasks over before they go."""
    before, after = (
        "#!/bin/bash\ncat <<'END' >> /etc/ecs/ecs.config\nECS_CLUSTER=",
        ("\nECS_AWSVPC_BLOCK_IMDS=true\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\nEND\n"),
    )
    if isinstance(cluster, Reference):
        return join(before, cluster, after)
    return f"{before}{cluster}{after}"


def _group(own: Naming, properties: Properties) -> dict[str, Any]:
    bounds = properties["scaling"]
    template = {
        "launch_template_id": own.ref(TEMPLATE, "template", "launch_template_id"),
        "version": own.ref(TEMPLATE, "template", "default_version_number"),
    }
    return {
        **_what_is_started(properties, template),
        "min_size": bounds["min"],
        "max_size": bounds["max"],
        "desired_capacity": Band("ecs", bounds["min"], bounds["max"]),
        "vpc_zone_identifier": properties["network"]["public_subnet_ids"],
        # AWS: managed termination protection wants it.
        "new_instances_protected_from_scale_in": True,
        "capacity_rebalance": properties["spot_percent"] > 0,
        "instance_refresh": {"scale_in_protected_instances": "Refresh", "skip_matching": True},
    }


def _what_is_started(properties: Properties, template: dict[str, Any]) -> dict[str, Any]:
    types, spot = properties["instance_types"], properties["spot_percent"]
    if len(types) == 1 and spot == 0:
        return {"launch_template": template}
    distribution = {"on_demand_percentage_above_base_capacity": 100 - spot}
    if spot:
        distribution["spot_allocation_strategy"] = "price-capacity-optimized"
    overrides = [{"instance_type": each} for each in types]
    policy = {"launch_template_specification": template, "overrides": overrides}
    return {"mixed_instances_policy": {"launch_template": policy, "instances_distribution": distribution}}


def _provider(own: Naming, properties: Properties) -> dict[str, Any]:
    return {
        "auto_scaling_group_arn": own.ref(GROUP, "", "auto_scaling_group_arn"),
        "managed_scaling": {"status": "ENABLED", "target_capacity": properties["target_capacity"]},
        "managed_termination_protection": "ENABLED",
        "managed_draining": "ENABLED",
    }


def _cluster(own: Naming, name: str) -> dict[str, Any]:
    provider = own.ref(PROVIDER, "provider", "name")
    return {
        "cluster_name": name,
        "settings": {"containerInsights": "enabled"},
        "capacity_providers": ["FARGATE", "FARGATE_SPOT", provider],
        "default_capacity_provider_strategy": [{"capacity_provider": provider, "weight": 1}],
    }


COMPONENT = Component(
    name="ec2_capacity",
    title="EC2 capacity",
    outputs=("capacity_provider_name", "cluster_name", "auto_scaling_group_name", "security_group_id", "role_name"),
    expand=expand,
    computed=("instance_types", "scaling", "spot_percent"),
)
