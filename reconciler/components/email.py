"""`email`: a verified SES domain, its sender addresses, a configuration set and templates. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

IDENTITY = "sesv2.email_identity"
SET = "sesv2.configuration_set"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    configuration = {
        "reputation_options": {"reputation_metrics_enabled": True},
        "suppression_options": {"suppressed_reasons": ["BOUNCE", "COMPLAINT"]},
    }
    set_name = own.ref(SET, "events", "configuration_set_name")
    identities = [("domain", properties["domain"]), *_senders(properties["senders"])]
    parts = (
        Part("events", SET, configuration),
        *(
            Part(part, IDENTITY, {"email_identity": identity, "configuration_set_name": set_name})
            for part, identity in identities
        ),
        *(
            Part(f"template-{key}", "ses.template", template)
            for key, template in sorted(properties["templates"].items())
        ),
    )
    outputs = {
        "identity_arn": own.ref(IDENTITY, "domain", "identity_arn"),
        "dkim_tokens": own.ref(IDENTITY, "domain", "dkim_tokens"),
        "configuration_set_name": set_name,
    }
    return Expansion(parts, outputs)


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


COMPONENT = Component(
    name="email",
    title="E-mail",
    outputs=("identity_arn", "dkim_tokens", "configuration_set_name"),
    expand=expand,
    computed=("senders",),
)
