"""What AWS does and moto without our repairs does not: SES v2. One function per repair, of the same name."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import TAGS, Account, refused

IDENTITY_ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


def _identity(account: Account) -> Any:
    account("sesv2").create_email_identity(EmailIdentity="example.com", Tags=TAGS)
    return account("sesv2")


def _set(account: Account) -> Any:
    account("sesv2").create_configuration_set(ConfigurationSetName="shop")
    return account("sesv2")


def tagging(account: Account) -> None:
    ses = _identity(account)
    ses.tag_resource(ResourceArn=IDENTITY_ARN, Tags=[{"Key": "a", "Value": "1"}])
    ses.untag_resource(ResourceArn=IDENTITY_ARN, TagKeys=["reconciler:resource"])
    expected = [TAGS[0], {"Key": "a", "Value": "1"}]
    assert ses.list_tags_for_resource(ResourceArn=IDENTITY_ARN)["Tags"] == expected
    assert ses.get_email_identity(EmailIdentity="example.com")["Tags"] == expected


def create_identity(account: Account) -> None:
    made = account("sesv2").create_email_identity(EmailIdentity="example.com")
    assert made["DkimAttributes"]["Status"] == "PENDING"
    assert len(set(made["DkimAttributes"]["Tokens"])) == 3
    with refused("AlreadyExistsException"):
        account("sesv2").create_email_identity(EmailIdentity="example.com")


def get_identity(account: Account) -> None:
    found = _identity(account).get_email_identity(EmailIdentity="example.com")
    assert (found["VerifiedForSendingStatus"], found["DkimAttributes"]["Status"]) == (True, "SUCCESS")
    assert (found["FeedbackForwardingStatus"], found["Tags"]) == (True, TAGS)


def delete_identity(account: Account) -> None:
    with refused("NotFoundException"):
        account("sesv2").delete_email_identity(EmailIdentity="missing.example.com")


def put_identity(account: Account) -> None:
    ses, name = _set(account), {"EmailIdentity": "example.com"}
    _identity(account)
    ses.put_email_identity_mail_from_attributes(**name, MailFromDomain="m.example.com")
    ses.put_email_identity_feedback_attributes(**name, EmailForwardingEnabled=False)
    ses.put_email_identity_configuration_set_attributes(**name, ConfigurationSetName="shop")
    ses.put_email_identity_dkim_attributes(**name, SigningEnabled=False)
    found = ses.get_email_identity(**name)
    assert found["MailFromAttributes"]["MailFromDomain"] == "m.example.com"
    assert found["MailFromAttributes"]["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"
    assert (found["FeedbackForwardingStatus"], found["ConfigurationSetName"]) == (False, "shop")
    assert found["DkimAttributes"]["SigningEnabled"] is False
    ses.put_email_identity_mail_from_attributes(**name)
    assert "MailFromDomain" not in ses.get_email_identity(**name)["MailFromAttributes"]
    signing = {"SigningAttributesOrigin": "AWS_SES", "SigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"}}
    ses.put_email_identity_dkim_signing_attributes(**name, **signing)
    assert ses.get_email_identity(**name)["DkimAttributes"]["NextSigningKeyLength"] == "RSA_1024_BIT"
    own = {"DomainSigningSelector": "s2026", "DomainSigningPrivateKey": "aGVsbG8="}
    ses.put_email_identity_dkim_signing_attributes(**name, SigningAttributesOrigin="EXTERNAL", SigningAttributes=own)
    found = ses.get_email_identity(**name)["DkimAttributes"]
    assert (found["SigningAttributesOrigin"], found["Tokens"]) == ("EXTERNAL", ["s2026"])


def create_set(account: Account) -> None:
    sent: Any = {
        "ConfigurationSetName": "shop",
        "DeliveryOptions": {"TlsPolicy": "REQUIRE"},
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SendingOptions": {"SendingEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "Tags": TAGS,
    }
    account("sesv2").create_configuration_set(**sent)
    found = account("sesv2").get_configuration_set(ConfigurationSetName="shop")
    assert {member: found[member] for member in sent} == sent
    with refused("AlreadyExistsException"):
        account("sesv2").create_configuration_set(**sent)


def get_set(account: Account) -> None:
    found = _set(account).get_configuration_set(ConfigurationSetName="shop")
    assert found["SendingOptions"] == {"SendingEnabled": True}
    with refused("NotFoundException"):
        account("sesv2").get_configuration_set(ConfigurationSetName="missing")


def delete_set(account: Account) -> None:
    with refused("NotFoundException"):
        account("sesv2").delete_configuration_set(ConfigurationSetName="missing")


def put_options(account: Account) -> None:
    ses, name = _set(account), {"ConfigurationSetName": "shop"}
    ses.put_configuration_set_delivery_options(**name, TlsPolicy="REQUIRE")
    ses.put_configuration_set_tracking_options(**name, CustomRedirectDomain="t.example.com")
    ses.put_configuration_set_suppression_options(**name, SuppressedReasons=["BOUNCE"])
    ses.put_configuration_set_reputation_options(**name, ReputationMetricsEnabled=True)
    ses.put_configuration_set_vdm_options(**name, VdmOptions={"DashboardOptions": {"EngagementMetrics": "ENABLED"}})
    found = ses.get_configuration_set(**name)
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["TrackingOptions"] == {"CustomRedirectDomain": "t.example.com"}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    assert found["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert found["VdmOptions"] == {"DashboardOptions": {"EngagementMetrics": "ENABLED"}}
    ses.put_configuration_set_delivery_options(**name)
    assert "DeliveryOptions" not in ses.get_configuration_set(**name)


def event_destinations(account: Account) -> None:
    ses, name = _set(account), {"ConfigurationSetName": "shop", "EventDestinationName": "alerts"}
    topic = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:alerts"}
    destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": topic}
    ses.create_configuration_set_event_destination(**name, EventDestination=destination)
    with refused("AlreadyExistsException"):
        ses.create_configuration_set_event_destination(**name, EventDestination=destination)
    changed = {**destination, "MatchingEventTypes": ["SEND", "OPEN"]}
    ses.update_configuration_set_event_destination(**name, EventDestination=changed)
    found = ses.get_configuration_set_event_destinations(ConfigurationSetName="shop")["EventDestinations"]
    assert found == [{**changed, "Name": "alerts"}]
    ses.delete_configuration_set_event_destination(**name)
    with refused("NotFoundException"):
        ses.delete_configuration_set_event_destination(**name)
