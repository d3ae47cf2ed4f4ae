"""What AWS does and moto without our repairs does not: KMS, EC2 capacity, identity providers. One for each repair."""

from __future__ import annotations

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
