"""What AWS refuses of e-mail, buckets, secrets and parameters, the strict emulator refuses too, in AWS's own codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.simulator.aws import start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import TAGS, Account, refused

DETAILS: Any = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
PUBLISHES = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}
    ],
}


# --- e-mail ---------------------------------------------------------------------------------------------------------


def test_in_the_sandbox_mail_goes_to_verified_recipients_only(strict_account: Account) -> None:
    ses = strict_account("sesv2")
    ses.create_email_identity(EmailIdentity="example.com")
    ses.create_email_identity(EmailIdentity="friend@example.org")
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}

    def send(to: str) -> None:
        destination = {"ToAddresses": [to]}
        ses.send_email(FromEmailAddress="shop@example.com", Destination=destination, Content=content)

    send("stranger@example.net")
    ses.put_account_details(**DETAILS, ProductionAccessEnabled=False)
    send("friend@example.org")
    send("anyone@example.com")
    with refused("MessageRejected"):
        send("stranger@example.net")
    ses.put_account_details(**DETAILS, ProductionAccessEnabled=True)
    send("stranger@example.net")


def test_a_request_under_review_cannot_be_made_again() -> None:
    server = start_aws(strict=Strictness(refusals=True, slow_reads=2))
    try:
        server.reset()
        ses = Account(server.endpoint)("sesv2")
        ses.put_account_details(**DETAILS, ProductionAccessEnabled=True)
        with refused("ConflictException"):
            ses.put_account_details(**DETAILS, ProductionAccessEnabled=True)
        seen = [ses.get_account() for _ in range(3)]
        assert [each["ProductionAccessEnabled"] for each in seen] == [False, False, True]
        assert [each["Details"]["ReviewDetails"]["Status"] for each in seen] == ["PENDING", "PENDING", "GRANTED"]
    finally:
        server.stop()


def test_events_go_to_one_topic_that_is_there_and_lets_them_in(strict_account: Account) -> None:
    ses, sns = strict_account("sesv2"), strict_account("sns")
    ses.create_configuration_set(ConfigurationSetName="shop")
    topic = "arn:aws:sns:us-east-1:123456789012:bounces"

    def make(**more: Any) -> None:
        destination: Any = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="shop", EventDestinationName="a", EventDestination={**destination, **more}
        )

    with refused("BadRequestException"):
        make()
    sns.create_topic(Name="bounces")
    with refused("BadRequestException"):
        make()
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(PUBLISHES))
    with refused("BadRequestException"):
        make(EventBridgeDestination={"EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/default"})
    make()


# --- buckets --------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(strict_account: Account) -> Any:
    strict_account("s3").create_bucket(Bucket="shop-files")
    return strict_account("s3")


def put_rule(s3: Any, **rule: Any) -> None:
    rules = [{"ID": "a", "Status": "Enabled", **rule}]
    s3.put_bucket_lifecycle_configuration(Bucket="shop-files", LifecycleConfiguration={"Rules": rules})


def test_a_lifecycle_rule_has_a_filter_or_an_old_prefix_and_not_both(bucket: Any) -> None:
    expires = {"Expiration": {"Days": 1}}
    with refused("MalformedXML"):
        put_rule(bucket, **expires)
    with refused("MalformedXML"):
        put_rule(bucket, **expires, Filter={}, Prefix="in/")
    put_rule(bucket, **expires, Filter={"Prefix": ""})


def test_unfinished_uploads_have_no_tags_to_be_found_by(bucket: Any) -> None:
    aborts = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    with refused("InvalidRequest"):
        put_rule(bucket, **aborts, Filter={"Tag": {"Key": "a", "Value": "b"}})
    put_rule(bucket, **aborts, Filter={"Prefix": "in/"})


def test_what_is_replicated_keeps_its_versions(strict_account: Account, bucket: Any) -> None:
    strict_account("s3").create_bucket(Bucket="shop-copies")
    rule = {"ID": "a", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {}}
    destination = {"Destination": {"Bucket": "arn:aws:s3:::shop-copies"}}
    wanted: Any = {"Role": "arn:aws:iam::123456789012:role/copy", "Rules": [{**rule, **destination}]}
    with refused("InvalidRequest"):
        bucket.put_bucket_replication(Bucket="shop-files", ReplicationConfiguration=wanted)
    for name in ("shop-files", "shop-copies"):
        bucket.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    bucket.put_bucket_replication(Bucket="shop-files", ReplicationConfiguration=wanted)
    with refused("InvalidBucketState"):
        bucket.put_bucket_versioning(Bucket="shop-files", VersioningConfiguration={"Status": "Suspended"})
    bucket.delete_bucket_replication(Bucket="shop-files")
    bucket.put_bucket_versioning(Bucket="shop-files", VersioningConfiguration={"Status": "Suspended"})


def test_a_public_policy_needs_the_block_lifted_first(bucket: Any) -> None:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-files/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    with refused("AccessDenied"):
        bucket.put_bucket_policy(Bucket="shop-files", Policy=policy)
    own = json.dumps({"Version": "2012-10-17", "Statement": [{**everybody, "Effect": "Deny"}]})
    bucket.put_bucket_policy(Bucket="shop-files", Policy=own)
    bucket.delete_public_access_block(Bucket="shop-files")
    bucket.put_bucket_policy(Bucket="shop-files", Policy=policy)


def test_the_settings_of_a_new_bucket_are_busy_for_a_while_and_its_objects_are_not() -> None:
    server = start_aws(strict=Strictness(busy_writes=2))
    try:
        server.reset()
        s3 = Account(server.endpoint)("s3")
        s3.create_bucket(Bucket="shop-files")
        s3.put_object(Bucket="shop-files", Key="a", Body=b"a")
        versions = {"Bucket": "shop-files", "VersioningConfiguration": {"Status": "Enabled"}}
        for _ in range(2):
            with refused("OperationAborted"):
                s3.put_bucket_versioning(**versions)
        s3.put_bucket_versioning(**versions)
        s3.delete_public_access_block(Bucket="shop-files")
    finally:
        server.stop()


# --- secrets and parameters -----------------------------------------------------------------------------------------


def test_a_secret_goes_after_its_replicas_and_its_name_stays_taken_for_a_while(strict_account: Account) -> None:
    secrets = strict_account("secretsmanager")
    secrets.create_secret(Name="shop", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}])
    with refused("InvalidRequestException"):
        secrets.delete_secret(SecretId="shop", RecoveryWindowInDays=7)
    secrets.remove_regions_from_replication(SecretId="shop", RemoveReplicaRegions=["eu-west-1"])
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId="shop", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
    secrets.delete_secret(SecretId="shop", RecoveryWindowInDays=7)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name="shop", SecretString="y")
    secrets.restore_secret(SecretId="shop")
    assert secrets.get_secret_value(SecretId="shop")["SecretString"] == "x"


def test_a_parameter_keeps_its_type_and_never_becomes_standard_again(strict_account: Account) -> None:
    ssm = strict_account("ssm")
    ssm.put_parameter(Name="/shop/a", Value="1", Type="String", Tier="Advanced")
    with refused("ValidationException"):
        ssm.put_parameter(Name="/shop/a", Value="1", Type="StringList", Tier="Advanced", Overwrite=True)
    with refused("ValidationException"):
        ssm.put_parameter(Name="/shop/a", Value="1", Type="String", Tier="Standard", Overwrite=True)
    ssm.put_parameter(Name="/shop/a", Value="2", Type="String", Tier="Advanced", Overwrite=True)


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("ValidationException", {"Value": "v" * 5000}),
        ("ValidationException", {"Policies": '[{"Type":"Expiration"}]'}),
        ("ValidationException", {"Overwrite": True, "Tags": TAGS}),
        ("ParameterPatternMismatchException", {"AllowedPattern": "^[0-9]+$"}),
        ("HierarchyLevelLimitExceededException", {"Name": "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"}),
        ("AccessDeniedException", {"Name": "/aws/a"}),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(strict_account: Account, code: str, sent: dict[str, Any]) -> None:
    with refused(code):
        strict_account("ssm").put_parameter(**{"Name": "/shop/a", "Value": "v", "Type": "String", **sent})


def test_the_name_of_a_live_parameter_is_taken(strict_account: Account) -> None:
    strict_account("ssm").put_parameter(Name="/shop/a", Value="v", Type="String")
    with refused("ParameterAlreadyExists"):
        strict_account("ssm").put_parameter(Name="/shop/a", Value="w", Type="String")
