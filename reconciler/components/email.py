"""`email`: a verified SES domain with its DNS records, senders, templates, and word of what becomes of mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

IDENTITY = "sesv2.email_identity"
SET = "sesv2.configuration_set"
DESTINATION = "sesv2.configuration_set_event_destination"
RECORD = "route53.record_set"
TOPIC = "sns.topic"

TTL = 1800
DKIM_KEYS = 3
"""How many tokens, and so records, AWS gives a domain."""


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    set_name = own.ref(SET, "events", "configuration_set_name")
    mail_from = _mail_from(properties)
    identities = [("domain", properties["domain"]), *_senders(properties["senders"])]
    parts = (
        Part("events", SET, _configuration(properties)),
        *(
            Part(part, IDENTITY, {"email_identity": identity, "configuration_set_name": set_name} | more)
            for part, identity in identities
            for more in [{"mail_from_domain": mail_from} if part == "domain" else {}]
        ),
        *(
            Part(f"template-{key}", "ses.template", template)
            for key, template in sorted(properties["templates"].items())
        ),
        *_account(properties),
        *_events(own, properties, context),
        *_records(own, properties, context),
    )
    return Expansion(parts, _outputs(own, properties, context))


def _configuration(properties: Properties) -> dict[str, Any]:
    tracking = properties.get("tracking_domain")
    return {
        "reputation_options": {"reputation_metrics_enabled": True},
        "suppression_options": {"suppressed_reasons": properties["suppression"]},
        **({"tracking_options": {"custom_redirect_domain": tracking}} if tracking else {}),
    }


def _senders(addresses: Sequence[str]) -> list[tuple[str, str]]:
    """(part, address): named after what stands before the `@`, and after the whole address where that is taken."""
    parts: list[tuple[str, str]] = []
    for address in addresses:
        short = _slug(address.split("@")[0])
        taken = any(name == short for name, _ in parts)
        parts.append((_slug(address) if taken else short, address))
    return parts


def _slug(text: str) -> str:
    return "sender-" + re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _account(properties: Properties) -> Iterator[Part]:
    if properties.get("account") is not None:
        yield Part("account", "sesv2.account", properties["account"])


# --- what becomes of mail -------------------------------------------------------------------------------------------


def _events(own: Naming, properties: Properties, context: Context) -> Iterator[Part]:
    """A topic that is mailed on, or the one that is given, hears of `types`; CloudWatch counts `metrics`."""
    events = properties.get("events")
    if events is None:
        return
    topic: Value = events.get("topic_arn")
    if not topic:
        yield _topic(own, events["notify"], context)
        topic = own.ref(TOPIC, "topic", "topic_arn")
    same = {"configuration_set_name": own.ref(SET, "events", "configuration_set_name")}
    yield Part(
        "reports",
        DESTINATION,
        {**same, "matching_event_types": events["types"], "sns_destination": {"topic_arn": topic}},
    )
    if events["metrics"]:
        dimension = {
            "dimension_name": "ses:configuration-set",
            "dimension_value_source": "MESSAGE_TAG",
            "default_dimension_value": "none",
        }
        counted = {"cloud_watch_destination": {"dimension_configurations": [dimension]}}
        yield Part("metrics", DESTINATION, {**same, "matching_event_types": events["metrics"], **counted})


def _topic(own: Naming, addresses: Sequence[str], context: Context) -> Part:
    """AWS: SES publishes to a topic only if the topic's policy, which names the topic itself, says that it may."""
    name = f"{context.stack}-{own.full('topic')}"
    statement = {
        "Sid": "MailEvents",
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": f"arn:{context.partition}:sns:{context.region}:{context.account}:{name}",
        "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
    }
    subscriptions = [{"protocol": "email", "endpoint": address} for address in addresses]
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return Part("topic", TOPIC, {"name": name, "policy": policy, "subscriptions": subscriptions})


# --- DNS ------------------------------------------------------------------------------------------------------------


def _records(own: Naming, properties: Properties, context: Context) -> Iterator[Part]:
    """All that mail servers look up of the domain, where its zone is here."""
    zone = properties.get("hosted_zone_id")
    if not zone:
        return
    for number in range(DKIM_KEYS):
        name, value = (own.ref(IDENTITY, "domain", f"dkim_record_{part}.{number}") for part in ("names", "values"))
        yield _record(f"dkim-{number + 1}", zone, (name, "CNAME", value))
    for part, record in _texts(properties, context).items():
        yield _record(part, zone, record)


def _record(part: str, zone: Value, record: tuple[Value, str, Value]) -> Part:
    name, type, value = record
    content = {"hosted_zone_id": zone, "name": name, "type": type, "ttl": TTL, "resource_records": [value]}
    return Part(part, RECORD, content)


def _texts(properties: Properties, context: Context) -> dict[str, tuple[Value, str, Value]]:
    """Part -> name, type and value of the records that are known without asking AWS."""
    mail_from, tracking = _mail_from(properties), properties.get("tracking_domain")
    records: dict[str, tuple[Value, str, Value]] = {
        "mail-from": (mail_from, "MX", f"10 feedback-smtp.{context.region}.amazonses.com"),
        "spf": (mail_from, "TXT", "v=spf1 include:amazonses.com ~all"),
        "dmarc": (f"_dmarc.{properties['domain']}", "TXT", _dmarc(properties["dmarc"])),
    }
    if tracking:
        records["tracking"] = (tracking, "CNAME", f"r.{context.region}.awstrack.me")
    return records


def _mail_from(properties: Properties) -> str:
    return str(properties.get("mail_from_domain") or f"mail.{properties['domain']}")


def _dmarc(dmarc: Properties) -> str:
    reports = f"; rua=mailto:{dmarc['reports_to']}" if dmarc.get("reports_to") else ""
    return f"v=DMARC1; p={dmarc['policy']}{reports}"


def _outputs(own: Naming, properties: Properties, context: Context) -> dict[str, Value]:
    """What others refer to, and the records to make by hand where the zone is not here."""
    ours = ("identity_arn", "dkim_tokens", "dkim_record_names", "dkim_record_values")
    outputs: dict[str, Value] = {output: own.ref(IDENTITY, "domain", output) for output in ours}
    senders = [own.ref(IDENTITY, part, "identity_arn") for part, _ in _senders(properties["senders"])]
    outputs["identity_arns"] = [own.ref(IDENTITY, "domain", "identity_arn"), *senders]
    outputs["configuration_set_name"] = own.ref(SET, "events", "configuration_set_name")
    outputs["configuration_set_arn"] = own.ref(SET, "events", "arn")
    for part, (name, _, value) in _texts(properties, context).items():
        prefix = part.replace("-", "_")
        outputs |= {f"{prefix}_record_name": name, f"{prefix}_record_value": value}
    if properties.get("events") is not None:
        outputs["topic_arn"] = properties["events"].get("topic_arn") or own.ref(TOPIC, "topic", "topic_arn")
    return outputs


COMPONENT = Component(
    name="email",
    title="E-mail",
    outputs=(
        "identity_arn",
        "identity_arns",
        "dkim_tokens",
        "dkim_record_names",
        "dkim_record_values",
        "configuration_set_name",
        "configuration_set_arn",
        "mail_from_record_name",
        "mail_from_record_value",
        "spf_record_name",
        "spf_record_value",
        "dmarc_record_name",
        "dmarc_record_value",
        "tracking_record_name",
        "tracking_record_value",
        "topic_arn",
    ),
    expand=expand,
    computed=("domain", "senders", "dmarc", "mail_from_domain"),
)
