"""What AWS does and moto without our repairs does not: KMS, EC2 capacity, identity providers. One for each repair."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator.account import TAGS, Account


def key_rotation(account: Account) -> None:
    kms = account("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)


def provider_audiences(account: Account) -> None:
    iam = account("iam")
    made = iam.create_open_id_connect_provider(Url="https://token.example.com", ClientIDList=["a"])
    arn = made["OpenIDConnectProviderArn"]
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["a", "b"]
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["b"]


def _template(account: Account, name: str = "web", **data: Any) -> str:
    tags = [{"ResourceType": "launch-template", "Tags": TAGS}]
    made = account("ec2").create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData=data, TagSpecifications=tags
    )
    found: str = made["LaunchTemplate"]["LaunchTemplateId"]
    return found


def all_launch_templates(account: Account) -> None:
    for index in range(16):
        _template(account, f"web-{index}", InstanceType="t3.small")
    assert len(account("ec2").describe_launch_templates()["LaunchTemplates"]) == 16
    other = _template(account, "other", InstanceType="t3.small")
    account("ec2").create_tags(Resources=[other], Tags=[{"Key": "team", "Value": "sales"}])
    (found,) = account("ec2").describe_launch_templates(LaunchTemplateIds=[other])["LaunchTemplates"]
    assert {"Key": "team", "Value": "sales"} in found["Tags"]


def launch_template_tags(account: Account) -> None:
    inside = [{"ResourceType": "volume", "Tags": TAGS}]
    template = _template(account, InstanceType="t3.small", TagSpecifications=inside)
    (version,) = account("ec2").describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["TagSpecifications"] == inside
    (found,) = account("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    assert found["Tags"] == TAGS


def launch_template_user_data(account: Account) -> None:
    template = _template(account, InstanceType="t3.small", ImageId="ami-12c6146b")
    account("ec2").create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"UserData": "YQ==", "ImageId": "ami-12c6146b"}
    )
    account("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
        LaunchTemplate={"LaunchTemplateId": template, "Version": "2"},
    )


def group(account: Account, name: str = "web", **more: Any) -> dict[str, Any]:
    """A group of one instance, from version 1 of template `web` where nothing else is said."""
    if not {"LaunchTemplate", "MixedInstancesPolicy"} & set(more):
        more["LaunchTemplate"] = {"LaunchTemplateId": _template(account, **MACHINE), "Version": "1"}
    sent = {"AutoScalingGroupName": name, "MinSize": 1, "MaxSize": 2, "AvailabilityZones": ["us-east-1a"], **more}
    account("autoscaling").create_auto_scaling_group(**sent)
    return _seen_group(account, name)


MACHINE = {"InstanceType": "t3.small", "ImageId": "ami-12c6146b"}


def _seen_group(account: Account, name: str = "web") -> dict[str, Any]:
    groups = account("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    found: dict[str, Any] = groups[0]
    return found


def group_settings(account: Account) -> None:
    healthy = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120}
    first: Any = {"DefaultInstanceWarmup": 60, "MaxInstanceLifetime": 86400, "InstanceMaintenancePolicy": healthy}
    found = group(account, DeletionProtection="prevent-force-deletion", **first)
    assert {name: found.get(name) for name in first} == first
    assert found["DeletionProtection"] == "prevent-force-deletion"
    then = {"DefaultCooldown": 30, "TerminationPolicies": ["OldestInstance"], "CapacityRebalance": True}
    account("autoscaling").update_auto_scaling_group(AutoScalingGroupName="web", **then)
    assert {name: _seen_group(account)[name] for name in then} == then
    template = {"LaunchTemplateName": "web", "Version": "1"}
    group(account, "mixed", MixedInstancesPolicy={"LaunchTemplate": {"LaunchTemplateSpecification": template}})
    account("autoscaling").update_auto_scaling_group(AutoScalingGroupName="mixed", MaxSize=3)
    assert _seen_group(account, "mixed")["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]


def _next_version(account: Account) -> None:
    account("ec2").create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=MACHINE)
    template = {"LaunchTemplateName": "web", "Version": "2"}
    account("autoscaling").update_auto_scaling_group(AutoScalingGroupName="web", LaunchTemplate=template)


def _versions(account: Account) -> list[str]:
    return sorted(each["LaunchTemplate"]["Version"] for each in _seen_group(account)["Instances"])


def started_from(account: Account) -> None:
    group(account)
    _next_version(account)
    assert _versions(account) == ["1"]
    account("autoscaling").set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    assert _versions(account) == ["1", "2"]


def instance_refresh(account: Account) -> None:
    scaling = account("autoscaling")
    group(account)
    _next_version(account)
    scaling.start_instance_refresh(AutoScalingGroupName="web")
    (found,) = scaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"]
    assert found["Status"] == "Successful"
    assert _versions(account) == ["2"]


def policy_switch(account: Account) -> None:
    group(account)
    tracked: Any = {"TargetValue": 50, "PredefinedMetricSpecification": {"PredefinedMetricType": CPU}}
    sent = {"AutoScalingGroupName": "web", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    for enabled in (False, True):
        account("autoscaling").put_scaling_policy(**sent, TargetTrackingConfiguration=tracked, Enabled=enabled)
        (found,) = account("autoscaling").describe_policies(AutoScalingGroupName="web")["ScalingPolicies"]
        assert found["Enabled"] is enabled


CPU = "ASGAverageCPUUtilization"


def provider(account: Account, group: str, **more: Any) -> dict[str, Any]:
    provider = {"autoScalingGroupArn": group, **more}
    made = account("ecs").create_capacity_provider(name="web", autoScalingGroupProvider=provider)
    found: dict[str, Any] = made["capacityProvider"]
    return found


def create_provider(account: Account) -> None:
    arn = group(account)["AutoScalingGroupARN"]
    provider(account, "web")
    (found,) = account("ecs").describe_capacity_providers(capacityProviders=["web"])["capacityProviders"]
    assert found["autoScalingGroupProvider"]["autoScalingGroupArn"] == arn
    assert found["autoScalingGroupProvider"]["managedDraining"] == "ENABLED"
    assert "AmazonECSManaged" in {tag["Key"] for tag in _seen_group(account)["Tags"]}


def update_provider(account: Account) -> None:
    provider(account, group(account)["AutoScalingGroupARN"], managedDraining="ENABLED")
    changed = {"managedDraining": "DISABLED"}
    account("ecs").update_capacity_provider(name="web", autoScalingGroupProvider=changed)
    (found,) = account("ecs").describe_capacity_providers(capacityProviders=["web"])["capacityProviders"]
    assert found["autoScalingGroupProvider"]["managedDraining"] == "DISABLED"


def list_providers(account: Account) -> None:
    provider(account, group(account)["AutoScalingGroupARN"])
    listed = account("ecs").describe_capacity_providers(include=["TAGS"])["capacityProviders"]
    assert [provider["name"] for provider in listed] == ["web"]


def cluster_capacity(account: Account) -> None:
    ecs = account("ecs")
    ecs.create_cluster(clusterName="shop", capacityProviders=["FARGATE"])
    machine = registered(account, "shop")
    (found,) = ecs.describe_clusters(clusters=["shop"])["clusters"]
    assert (found["registeredContainerInstancesCount"], found["attachmentsStatus"]) == (1, "UPDATE_COMPLETE")
    ecs.deregister_container_instance(cluster="shop", containerInstance=machine)
    (found,) = ecs.describe_clusters(clusters=["shop"])["clusters"]
    assert found["registeredContainerInstancesCount"] == 0


def registered(account: Account, cluster: str) -> str:
    """The ARN of a container instance that joined a cluster."""
    (machine,) = account("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    document = {"instanceId": machine["InstanceId"], "region": "us-east-1", "accountId": "123456789012"}
    joined = account("ecs").register_container_instance(cluster=cluster, instanceIdentityDocument=json.dumps(document))
    arn: str = joined["containerInstance"]["containerInstanceArn"]
    return arn


def interfaces_left_behind(account: Account) -> None:
    group(account)
    account("autoscaling").update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, DesiredCapacity=0)
    assert account("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
