"""What the case files of buckets, secrets and parameters cannot show: what never gets as far as AWS, and regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.aws.error_codes import classify
from reconciler.errors import AlreadyExists, CallFailed, Conflict, Denied, Invalid, NotFound, NotYet
from reconciler.kinds.registry import kind
from reconciler.kinds.s3_bucket import _region
from reconciler.model import Call, Response, Scope
from tests.kinds.accounts import drive
from tests.kinds.fragments import fits

ABORT = {"abort_incomplete_multipart_upload": {"days_after_initiation": 7}}
TAG = {"key": "class", "value": "temporary"}


def rule(**filter: Any) -> Mapping[str, Any]:
    return {"lifecycle_configuration": {"rules": [{"id": "a", "status": "Enabled", "filter": filter, **ABORT}]}}


@pytest.mark.parametrize("filter", [{"tag": TAG}, {"and": {"prefix": "in/", "tags": [TAG]}}])
def test_unfinished_uploads_cannot_be_dropped_by_tag(filter: Mapping[str, Any]) -> None:
    assert not fits(rule(**filter), "s3.bucket")


def test_unfinished_uploads_can_be_dropped_by_prefix_and_size() -> None:
    assert fits(rule(prefix="in/"), "s3.bucket")
    assert fits(rule(**{"and": {"prefix": "in/", "object_size_greater_than": 1}}), "s3.bucket")


@pytest.mark.parametrize(
    "name", ["xn--shop", "shop-s3alias", "shop--ol-s3", "shop--x-s3", "sh..op", "10.0.0.1", "Shop"]
)
def test_names_aws_keeps_to_itself_are_refused_for_buckets(name: str) -> None:
    assert not fits({"bucket": name}, "s3.bucket")


@pytest.mark.parametrize("name", ["/aws/a", "ssm-a", "SSM/a", "a//b", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"])
def test_names_aws_keeps_to_itself_are_refused_for_parameters(name: str) -> None:
    assert not fits({"name": name, "value": "v"}, "ssm.parameter")


@pytest.mark.parametrize(
    "properties",
    [
        {"type": "SecureString", "value": "in the spec"},
        {"type": "SecureString"},
        {"type": "String", "value_from": {"secret_arn": "arn"}},
        {},
    ],
)
def test_a_secure_value_comes_from_a_secret_and_any_other_from_the_spec(properties: Mapping[str, Any]) -> None:
    assert not fits(properties, "ssm.parameter")


@pytest.mark.parametrize(
    ("constraint", "region"), [(None, "us-east-1"), ("", "us-east-1"), ("EU", "eu-west-1"), ("eu-north-1",) * 2]
)
def test_the_oldest_regions_are_told_by_other_names(constraint: str | None, region: str) -> None:
    assert _region({"location_constraint": constraint}) == region


def test_a_replica_of_a_secret_is_not_taken_for_a_secret_of_ours() -> None:
    tags = [
        {"key": "reconciler:stack", "value": "demo"},
        {"key": "reconciler:resource", "value": "secretsmanager.secret/main"},
    ]

    def answer(call: Call) -> Response:
        if call.operation == "ListSecrets":
            return {"secret_list": [{"name": "demo-main"}]}
        return {"arn": "arn", "name": "demo-main", "tags": tags, "primary_region": "eu-central-1"}

    def found(region: str) -> list[str]:
        owned = drive(kind("secretsmanager.secret").owned(Scope("demo", "123456789012", region)), answer)
        return [each.address for each in owned]

    assert found("eu-central-1") == ["secretsmanager.secret/main"]
    assert found("eu-west-1") == []


@pytest.mark.parametrize(
    ("service", "code", "message", "means"),
    [
        ("s3", "OperationAborted", "A conflicting conditional operation is currently in progress", Conflict),
        ("s3", "BucketNotEmpty", "The bucket you tried to delete is not empty", Conflict),
        ("s3", "BucketAlreadyOwnedByYou", "Your previous request succeeded", AlreadyExists),
        ("s3", "BucketAlreadyExists", "The requested bucket name is not available", Invalid),
        ("s3", "NoSuchLifecycleConfiguration", "", NotFound),
        ("s3", "ServerSideEncryptionConfigurationNotFoundError", "", NotFound),
        ("s3", "NoSuchConfiguration", "", NotFound),
        ("s3", "MalformedPolicy", "Invalid principal in policy", NotYet),
        (
            "secretsmanager",
            "InvalidRequestException",
            "a secret with this name is already scheduled for deletion",
            Conflict,
        ),
        ("secretsmanager", "ResourceExistsException", "already exists", AlreadyExists),
        (
            "secretsmanager",
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function.",
            NotYet,
        ),
        ("secretsmanager", "AccessDeniedException", "User is not authorized", Denied),
        ("ssm", "TooManyUpdates", "", Conflict),
        ("ssm", "ParameterAlreadyExists", "", AlreadyExists),
        ("ssm", "ParameterNotFound", "", NotFound),
        ("ssm", "InvalidResourceId", "", NotFound),
        ("sesv2", "ConcurrentModificationException", "", Conflict),
        ("sesv2", "BadRequestException", "Could not publish to SNS topic.", NotYet),
        ("sesv2", "BadRequestException", "Invalid event type", Invalid),
    ],
)
def test_what_aws_says_of_stores_and_mail_is_understood(
    service: str, code: str, message: str, means: type[CallFailed]
) -> None:
    assert classify(service, code, message, 400) is means
