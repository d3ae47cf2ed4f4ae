"""What AWS refuses of keys and of EC2 capacity, the strict emulator refuses too, with AWS's own codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.account import TRUST, Account, refused


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
