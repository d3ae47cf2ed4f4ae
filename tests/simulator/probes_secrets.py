"""What AWS does and moto without our repairs does not: secrets and parameters. One function per repair."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator.account import Account, refused

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


def _secret(account: Account, **more: Any) -> Any:
    account("secretsmanager").create_secret(Name="shop", SecretString="x", **more)
    return account("secretsmanager")


def rotation(account: Account) -> None:
    secrets = _secret(account)
    rules = {"ScheduleExpression": "rate(30 days)", "Duration": "2h"}
    secrets.rotate_secret(SecretId="shop", RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)
    found = secrets.describe_secret(SecretId="shop")
    assert (found["RotationEnabled"], found["RotationRules"], found["RotationLambdaARN"]) == (True, rules, FUNCTION)
    secrets.cancel_rotate_secret(SecretId="shop")
    found = secrets.describe_secret(SecretId="shop")
    assert (found["RotationEnabled"], found["RotationRules"]) == (False, rules)
    with refused("ResourceNotFoundException"):
        secrets.cancel_rotate_secret(SecretId="missing")


def describe_secret(account: Account) -> None:
    secrets = _secret(account, Type="PartnerKey")
    rules = {"ScheduleExpression": "cron(0 3 ? * SUN *)"}
    secrets.rotate_secret(SecretId="shop", RotationLambdaARN=FUNCTION, RotationRules=rules)
    found = secrets.describe_secret(SecretId="shop")
    assert (found["Type"], found["RotationRules"]) == ("PartnerKey", rules)


def keys_of_replicas(account: Account) -> None:
    secrets = _secret(account, Type="PartnerKey", AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": "alias/a"}])
    replica = {"Region": "eu-north-1", "KmsKeyId": "alias/b"}
    secrets.replicate_secret_to_regions(SecretId="shop", AddReplicaRegions=[replica])
    found = secrets.describe_secret(SecretId="shop")
    keys = {each["Region"]: each["KmsKeyId"] for each in found["ReplicationStatus"]}
    assert (found["Type"], keys) == ("PartnerKey", {"eu-west-1": "alias/a", "eu-north-1": "alias/b"})
    secrets.update_secret(SecretId="shop", Type="OtherKey")
    assert secrets.describe_secret(SecretId="shop")["Type"] == "OtherKey"


def moved_stage(account: Account) -> None:
    secrets = _secret(account)
    first = secrets.describe_secret(SecretId="shop")["VersionIdsToStages"]
    second = secrets.put_secret_value(SecretId="shop", SecretString="y")["VersionId"]
    back = {"MoveToVersionId": next(iter(first)), "RemoveFromVersionId": second}
    secrets.update_secret_version_stage(SecretId="shop", VersionStage="AWSCURRENT", **back)
    assert secrets.get_secret_value(SecretId="shop")["SecretString"] == "x"
    third = secrets.put_secret_value(SecretId="shop", SecretString="z")["VersionId"]
    stages = secrets.describe_secret(SecretId="shop")["VersionIdsToStages"]
    assert [version for version, labels in stages.items() if "AWSCURRENT" in labels] == [third]


def parameter_policies(account: Account) -> None:
    policy = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2040-01-01T00:00:00Z"}}
    account("ssm").put_parameter(
        Name="/shop/a", Value="1", Type="String", Tier="Advanced", Policies=json.dumps([policy])
    )
    (found,) = account("ssm").describe_parameters()["Parameters"]
    assert [json.loads(each["PolicyText"]) for each in found["Policies"]] == [policy]
    assert (found["Policies"][0]["PolicyType"], found["ARN"].split(":", 5)[5]) == ("Expiration", "parameter/shop/a")
