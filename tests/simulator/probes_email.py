"""What AWS does and moto without our repairs does not: e-mail beside identities and sets. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import TAGS, Account, refused


def _sender(account: Account) -> Any:
    account("sesv2").create_email_identity(EmailIdentity="example.com", Tags=TAGS)
    return account("sesv2")


def identity_policies(account: Account) -> None:
    ses, name = _sender(account), {"EmailIdentity": "example.com", "PolicyName": "partner"}
    with refused("NotFoundException"):
        ses.update_email_identity_policy(**name, Policy="{}")
    ses.create_email_identity_policy(**name, Policy="{}")
    with refused("AlreadyExistsException"):
        ses.create_email_identity_policy(**name, Policy="{}")
    changed = '{"Version":"2012-10-17"}'
    ses.update_email_identity_policy(**name, Policy=changed)
    assert ses.get_email_identity(EmailIdentity="example.com")["Policies"] == {"partner": changed}
    assert ses.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == {"partner": changed}
    ses.delete_email_identity_policy(**name)
    assert ses.get_email_identity(EmailIdentity="example.com")["Policies"] == {}


def template(account: Account) -> None:
    ses, content = account("sesv2"), {"Subject": "Здравей {{name}}", "Text": "t\r\n", "Html": "<p>h</p>"}
    ses.create_email_template(TemplateName="hello", TemplateContent=content, Tags=TAGS)
    with refused("AlreadyExistsException"):
        ses.create_email_template(TemplateName="hello", TemplateContent=content)
    changed = {**content, "Subject": "Hello"}
    ses.update_email_template(TemplateName="hello", TemplateContent=changed)
    found = ses.get_email_template(TemplateName="hello")
    assert (found["TemplateContent"], found["Tags"]) == (changed, TAGS)
    assert account("ses").get_template(TemplateName="hello")["Template"]["SubjectPart"] == "Hello"
    ses.delete_email_template(TemplateName="hello")
    with refused("NotFoundException"):
        ses.get_email_template(TemplateName="hello")


def list_templates(account: Account) -> None:
    account("ses").create_template(Template={"TemplateName": "a", "SubjectPart": "s"})
    account("sesv2").create_email_template(TemplateName="b", TemplateContent={"Subject": "s"})
    found = account("sesv2").list_email_templates()["TemplatesMetadata"]
    assert [entry["TemplateName"] for entry in found] == ["a", "b"]


def send_email(account: Account) -> None:
    ses = _sender(account)
    content = {"Subject": "Hi {{name}}", "Text": "Dear {{ name }}"}
    ses.create_email_template(TemplateName="hello", TemplateContent=content)
    sent = ses.send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["a@example.com"]},
        Content={"Template": {"TemplateName": "hello", "TemplateData": '{"name": "Ann"}'}},
    )
    assert sent["MessageId"]


def account(account: Account) -> None:
    found = account("sesv2").get_account()
    assert (found["SendingEnabled"], found["ProductionAccessEnabled"]) == (True, True)
    assert found["SendQuota"]["Max24HourSend"] == 50000.0


def put_account(account: Account) -> None:
    ses = account("sesv2")
    ses.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
    ses.put_account_sending_attributes(SendingEnabled=False)
    ses.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=False)
    ses.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
    ses.put_account_details(**details, ProductionAccessEnabled=False)
    found = ses.get_account()
    assert found["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE"]}
    assert (found["SendingEnabled"], found["DedicatedIpAutoWarmupEnabled"]) == (False, False)
    assert found["VdmAttributes"] == {"VdmEnabled": "ENABLED"}
    assert (found["Details"], found["ProductionAccessEnabled"]) == (details, False)
    assert found["SendQuota"]["Max24HourSend"] == 200.0
    ses.put_account_details(**details, ProductionAccessEnabled=True)
    found = ses.get_account()
    assert (found["ProductionAccessEnabled"], found["Details"]["ReviewDetails"]["Status"]) == (True, "GRANTED")
