"""What the tagging API lists in AWS and moto without our repair does not."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import ALLOW, TAGS, TRUST, Account
from tests.simulator.probes_app import listener, rule

OURS: Any = [{"Key": "reconciler:stack", "Values": ["shop"]}]


def tagged_objects(account: Account) -> None:
    on, group = listener(account)
    made = {
        account("iam").create_policy(PolicyName="p", PolicyDocument=ALLOW, Tags=TAGS)["Policy"]["Arn"],
        _identity(account),
        rule(account, on, group, 1, Tags=TAGS),
    }
    rule(account, on, group, 2)
    account("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    bucket = {"LocationConstraint": "eu-west-1"}
    account("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration=bucket)
    account("s3").put_bucket_tagging(Bucket="elsewhere", Tagging={"TagSet": TAGS})
    tagging = account("resourcegroupstaggingapi")
    first = tagging.get_resources(TagFilters=OURS, ResourcesPerPage=2)
    second = tagging.get_resources(TagFilters=OURS, ResourcesPerPage=2, PaginationToken=first["PaginationToken"])
    listed = [*first["ResourceTagMappingList"], *second["ResourceTagMappingList"]]
    assert {each["ResourceARN"] for each in listed} == made
    assert second["PaginationToken"] == ""
    rules = tagging.get_resources(ResourceTypeFilters=["elasticloadbalancing:listener-rule"])
    assert len(rules["ResourceTagMappingList"]) == 1


def _identity(account: Account) -> str:
    account("sesv2").create_email_identity(EmailIdentity="example.com", Tags=TAGS)
    return "arn:aws:ses:us-east-1:123456789012:identity/example.com"
