"""What AWS refuses of keys and of EC2 capacity, the strict emulator refuses too, with AWS's own codes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import STRICT
from tests.simulator.account import TRUST, Account, refused
from tests.simulator.probes_capacity import group, provider, registered


def _key(account: Account) -> str:
    made: str = account("kms").create_key()["KeyMetadata"]["KeyId"]
    return made


CHANGES: dict[str, dict[str, Any]] = {
    "disable_key": {},
    "disable_key_rotation": {},
    "enable_key": {},
    "enable_key_rotation": {},
    "schedule_key_deletion": {},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "untag_resource": {"TagKeys": ["a"]},
    "update_key_description": {"Description": "d"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_key_about_to_be_deleted_takes_no_change(strict_account: Account, change: str) -> None:
    kms, key = strict_account("kms"), _key(strict_account)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with refused("KMSInvalidStateException"):
        getattr(kms, change)(KeyId=key, **CHANGES[change])
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    getattr(kms, change)(KeyId=key, **CHANGES[change])


def test_no_alias_is_made_for_a_key_about_to_be_deleted(strict_account: Account) -> None:
    kms, dying, living = strict_account("kms"), _key(strict_account), _key(strict_account)
    kms.create_alias(AliasName="alias/shop", TargetKeyId=living)
    kms.schedule_key_deletion(KeyId=dying)
    with refused("KMSInvalidStateException"):
        kms.create_alias(AliasName="alias/other", TargetKeyId=dying)
    with refused("KMSInvalidStateException"):
        kms.update_alias(AliasName="alias/shop", TargetKeyId=dying)


def test_only_a_deletion_that_is_scheduled_can_be_cancelled(strict_account: Account) -> None:
    with refused("KMSInvalidStateException"):
        strict_account("kms").cancel_key_deletion(KeyId=_key(strict_account))


def test_the_rotation_of_a_disabled_key_does_not_change(strict_account: Account) -> None:
    kms, key = strict_account("kms"), _key(strict_account)
    kms.disable_key(KeyId=key)
    for change in (kms.enable_key_rotation, kms.disable_key_rotation):
        with refused("DisabledException"):
            change(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.enable_key_rotation(KeyId=key)


def test_an_instance_profile_holds_one_role(strict_account: Account) -> None:
    iam = strict_account("iam")
    iam.create_instance_profile(InstanceProfileName="web")
    for name in ("a", "b"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="a")
    with refused("LimitExceeded"):
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="b")
    with refused("DeleteConflict"):
        iam.delete_instance_profile(InstanceProfileName="web")
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="a")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="a")
    iam.delete_role(RoleName="a")
    iam.delete_instance_profile(InstanceProfileName="web")


# --- capacity -------------------------------------------------------------------------------------------------------


def test_a_group_with_instances_is_not_deleted_unless_forced(strict_account: Account) -> None:
    scaling = strict_account("autoscaling")
    group(strict_account)
    with refused("ResourceInUse"):
        scaling.delete_auto_scaling_group(AutoScalingGroupName="web")
    scaling.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, MaxSize=0, DesiredCapacity=0)
    scaling.delete_auto_scaling_group(AutoScalingGroupName="web")
    group(strict_account, "other", LaunchTemplate={"LaunchTemplateName": "web", "Version": "1"})
    scaling.delete_auto_scaling_group(AutoScalingGroupName="other", ForceDelete=True)


def test_a_guarded_group_is_not_deleted(strict_account: Account) -> None:
    scaling = strict_account("autoscaling")
    group(strict_account, MinSize=0, DeletionProtection="prevent-all-deletion")
    with refused("ResourceInUse"):
        scaling.delete_auto_scaling_group(AutoScalingGroupName="web")
    scaling.update_auto_scaling_group(AutoScalingGroupName="web", DeletionProtection="none")
    scaling.delete_auto_scaling_group(AutoScalingGroupName="web")


def test_a_capacity_provider_is_made_once_and_a_group_serves_one(strict_account: Account) -> None:
    arn = group(strict_account)["AutoScalingGroupARN"]
    provider(strict_account, arn)
    with refused("ClientException"):
        provider(strict_account, arn)
    with refused("ClientException"):
        strict_account("ecs").create_capacity_provider(
            name="other", autoScalingGroupProvider={"autoScalingGroupArn": arn}
        )


def test_a_capacity_provider_stays_while_a_cluster_has_it_and_that_while_a_service_uses_it(
    strict_account: Account,
) -> None:
    ecs = strict_account("ecs")
    made = provider(strict_account, group(strict_account)["AutoScalingGroupARN"])
    strategy = [{"capacityProvider": "web", "weight": 1}]
    with refused("InvalidParameterException"):
        ecs.create_cluster(clusterName="shop", capacityProviders=["nobody"])
    ecs.create_cluster(clusterName="shop", capacityProviders=["web"])
    for name in ("web", made["capacityProviderArn"]):
        with refused("ResourceInUseException"):
            ecs.delete_capacity_provider(capacityProvider=name)
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "w", "memory": 64}])
    ecs.create_service(
        cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0, capacityProviderStrategy=strategy
    )
    nothing: Any = {"cluster": "shop", "capacityProviders": [], "defaultCapacityProviderStrategy": []}
    with refused("ResourceInUseException"):
        ecs.put_cluster_capacity_providers(**nothing)
    ecs.delete_service(cluster="shop", service="web")
    ecs.put_cluster_capacity_providers(**nothing)
    ecs.delete_capacity_provider(capacityProvider="web")


def test_a_cluster_with_instances_is_not_deleted(strict_account: Account) -> None:
    ecs = strict_account("ecs")
    ecs.create_cluster(clusterName="shop")
    machine = registered(strict_account, "shop")
    with refused("ClusterContainsContainerInstancesException"):
        ecs.delete_cluster(cluster="shop")
    ecs.deregister_container_instance(cluster="shop", containerInstance=machine)
    ecs.delete_cluster(cluster="shop")


def test_while_capacity_is_changed_nothing_else_changes_it() -> None:
    server = start_aws(strict=STRICT)
    server.reset()
    account = Account(server.endpoint)
    account("ecs").create_cluster(clusterName="shop")
    sent: Any = {"cluster": "shop", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []}
    account("ecs").put_cluster_capacity_providers(**sent)
    with refused("UpdateInProgressException"):
        account("ecs").put_cluster_capacity_providers(**sent)
    seen = [account("ecs").describe_clusters(clusters=["shop"])["clusters"][0]["attachmentsStatus"] for _ in range(3)]
    assert seen == ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    account("ecs").delete_cluster(cluster="shop")
    group(account)
    account("autoscaling").start_instance_refresh(AutoScalingGroupName="web")
    with refused("InstanceRefreshInProgress"):
        account("autoscaling").start_instance_refresh(AutoScalingGroupName="web")
    server.stop()
