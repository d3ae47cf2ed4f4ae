"""What `email` promises: records, where they are made or told, and who hears what becomes of mail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.components.base import Context, Expansion, Part
from reconciler.components.registry import component
from reconciler.model import Reference, Resource
from reconciler.spec import shipped
from reconciler.spec.properties import complete
from tests.engine.specs import ACCOUNT, REGION, dangling, expanded, problems

ZONE = "Z0123456789ABCDEFGHIJ"


def expansion(**properties: Any) -> Expansion:
    """The parts of `mail`, as the component itself makes them of an entry with its defaults."""
    values = complete({"domain": "example.com", **properties}, shipped().fragment("email"))
    return component("email").expand("mail", values, Context("shop", ACCOUNT, REGION))


def records(found: Expansion) -> Mapping[str, tuple[Any, ...]]:
    """Part -> name, type and values of the DNS records."""
    made = {part.name: part.properties for part in found.parts if part.kind == "route53.record_set"}
    return {name: (each["name"], each["type"], each["resource_records"]) for name, each in made.items()}


def part(found: Expansion, name: str) -> Part:
    (one,) = [each for each in found.parts if each.name == name]
    return one


def resources(folder: Path, text: str) -> dict[str, Resource]:
    found = expanded(folder, text).resources
    assert list(dangling(found)) == []
    return dict(found)


# --- DNS ------------------------------------------------------------------------------------------------------------


def test_the_zone_gets_every_record_mail_servers_look_up() -> None:
    found = expansion(hosted_zone_id=ZONE, dmarc={"policy": "reject", "reports_to": "dmarc@example.com"})
    made = records(found)
    assert made["mail-from"] == ("mail.example.com", "MX", ["10 feedback-smtp.eu-central-1.amazonses.com"])
    assert made["spf"] == ("mail.example.com", "TXT", ["v=spf1 include:amazonses.com ~all"])
    assert made["dmarc"] == (
        "_dmarc.example.com",
        "TXT",
        ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"],
    )
    assert sorted(made) == ["dkim-1", "dkim-2", "dkim-3", "dmarc", "mail-from", "spf"]
    assert {each.properties["hosted_zone_id"] for each in found.parts if each.kind == "route53.record_set"} == {ZONE}


def test_a_dkim_record_is_what_aws_answers_for_the_domain() -> None:
    domain = "sesv2.email_identity/mail-domain"
    assert records(expansion(hosted_zone_id=ZONE))["dkim-2"] == (
        Reference(domain, "dkim_record_names.1"),
        "CNAME",
        [Reference(domain, "dkim_record_values.1")],
    )


def test_the_domain_returns_bounces_to_the_subdomain_the_records_are_for() -> None:
    for given, name in (({}, "mail.example.com"), ({"mail_from_domain": "b.example.com"}, "b.example.com")):
        found = expansion(hosted_zone_id=ZONE, senders=["a@example.com"], **given)
        assert part(found, "domain").properties["mail_from_domain"] == name
        assert "mail_from_domain" not in part(found, "sender-a").properties
        assert records(found)["spf"][0] == name


def test_links_that_are_counted_lead_over_the_own_domain() -> None:
    found = expansion(hosted_zone_id=ZONE, tracking_domain="click.example.com")
    assert records(found)["tracking"] == ("click.example.com", "CNAME", ["r.eu-central-1.awstrack.me"])
    assert part(found, "events").properties["tracking_options"] == {"custom_redirect_domain": "click.example.com"}
    assert "tracking_options" not in part(expansion(), "events").properties


def test_without_a_zone_the_records_are_told_and_not_made() -> None:
    found = expansion()
    assert records(found) == {}
    assert found.outputs["mail_from_record_value"] == "10 feedback-smtp.eu-central-1.amazonses.com"
    assert found.outputs["dmarc_record_name"] == "_dmarc.example.com"
    assert found.outputs["dmarc_record_value"] == "v=DMARC1; p=none"
    assert found.outputs["dkim_record_names"] == Reference("sesv2.email_identity/mail-domain", "dkim_record_names")


# --- what becomes of mail -------------------------------------------------------------------------------------------


def test_bounces_are_mailed_to_whom_it_concerns(tmp_path: Path) -> None:
    found = resources(tmp_path, "  mail: {kind: email, domain: example.com, events: {notify: [ops@example.com]}}\n")
    topic = found["sns.topic/mail-topic"].properties
    (statement,) = topic["policy"]["Statement"]
    assert topic["subscriptions"] == [{"protocol": "email", "endpoint": "ops@example.com"}]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Resource"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic['name']}"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    reports = found["sesv2.configuration_set_event_destination/mail-reports"].properties
    assert reports["sns_destination"] == {"topic_arn": Reference("sns.topic/mail-topic", "topic_arn")}
    assert reports["matching_event_types"] == ["BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"]
    assert reports["enabled"] is True


def test_a_topic_of_ones_own_is_used_as_it_is() -> None:
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:mine"
    found = expansion(events={"topic_arn": arn, "types": ["BOUNCE"], "notify": [], "metrics": []})
    assert [each.kind for each in found.parts if each.kind == "sns.topic"] == []
    assert part(found, "reports").properties["sns_destination"] == {"topic_arn": arn}
    assert found.outputs["topic_arn"] == arn


def test_events_are_counted_where_that_is_asked_for() -> None:
    counted = expansion(events={"notify": [], "types": ["BOUNCE"], "metrics": ["SEND"]})
    assert part(counted, "metrics").properties["matching_event_types"] == ["SEND"]
    quiet = expansion(events={"notify": [], "types": ["BOUNCE"], "metrics": []})
    assert [each.name for each in quiet.parts if each.kind.endswith("event_destination")] == ["reports"]
    assert [each for each in expansion().parts if each.kind.endswith("event_destination")] == []


def test_suppression_and_the_account_are_as_the_entry_says(tmp_path: Path) -> None:
    found = expansion(suppression=["BOUNCE"])
    assert part(found, "events").properties["suppression_options"] == {"suppressed_reasons": ["BOUNCE"]}
    assert [each for each in found.parts if each.kind == "sesv2.account"] == []
    with_account = resources(tmp_path, "  mail: {kind: email, domain: example.com, account: {sending_enabled: true}}\n")
    assert with_account["sesv2.account/mail-account"].properties == {"sending_enabled": True}


def test_a_setting_the_account_does_not_have_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "  mail: {kind: email, domain: example.com, account: {sending: true}}\n")
    assert "sending" in problem.message


def test_the_topic_is_named_so_that_its_policy_can_name_it(tmp_path: Path) -> None:
    """AWS cuts no name; the longest stack and entry still fit."""
    entry = "m" + "-m" * 20
    text = json.dumps(
        {
            "stack": "s" + "-s" * 15,
            "region": REGION,
            "resources": {entry: {"kind": "email", "domain": "example.com", "events": {"notify": ["a@example.com"]}}},
        }
    )
    topic = resources(tmp_path, text)[f"sns.topic/{entry}-topic"].properties
    assert topic["policy"]["Statement"][0]["Resource"].endswith(f":{topic['name']}")
    assert len(topic["name"]) <= 256
