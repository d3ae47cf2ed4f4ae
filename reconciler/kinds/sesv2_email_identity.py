"""`sesv2.email_identity`: a domain or an address that mail may be sent from.

Verification takes DNS records or a click on a link, and up to three days: it is an output, never waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _sesv2
from reconciler.kinds.base import identifier, pick, tag_list, tag_map
from reconciler.model import Address, Call, Change, Kind, Observed, Response, Rules, Value


def _names(response: Response) -> Sequence[str]:
    return [identity["identity_name"] for identity in (response or {}).get("email_identities", ())]


LISTING = _sesv2.Listing(
    "sesv2.email_identity", "GetEmailIdentity", "email_identity", "identity", "ListEmailIdentities", _names
)

DEFAULTS: Mapping[str, Value] = {"email_forwarding_enabled": True, "signing_enabled": True}
"""What AWS makes of a new identity."""

# AWS: each feature has a Put of its own, which sets all its members.
FEATURES = {
    "PutEmailIdentityConfigurationSetAttributes": ("configuration_set_name",),
    "PutEmailIdentityDkimAttributes": ("signing_enabled",),
    "PutEmailIdentityFeedbackAttributes": ("email_forwarding_enabled",),
    "PutEmailIdentityMailFromAttributes": ("mail_from_domain", "behavior_on_mx_failure"),
}
IN_CREATE = ("email_identity", "dkim_signing_attributes", "configuration_set_name")


def _observed(address: Address, arn: str, identity: _sesv2.Item) -> Observed:
    dkim = identity.get("dkim_attributes") or {}
    properties = pick(identity, "email_identity", "configuration_set_name")
    properties |= pick(dkim, "signing_enabled")
    properties |= pick(identity.get("mail_from_attributes") or {}, "mail_from_domain", "behavior_on_mx_failure")
    properties["email_forwarding_enabled"] = identity.get("feedback_forwarding_status", False)
    if dkim.get("next_signing_key_length"):
        properties["dkim_signing_attributes"] = pick(dkim, "next_signing_key_length")
    name = identity["email_identity"]
    return Observed(
        address,
        name,
        properties,
        outputs={
            "identity": name,
            "identity_arn": arn,
            "dkim_tokens": list(dkim.get("tokens") or ()),
            "verified_for_sending": bool(identity.get("verified_for_sending_status")),
        },
        tags=tag_map(identity.get("tags")),
        details={"arn": arn},
    )


def create(change: Change) -> Iterator[Call]:
    desired = change.desired
    yield Call("sesv2", "CreateEmailIdentity", pick(desired, *IN_CREATE) | {"tags": tag_list(change.tags)})
    for operation, members in FEATURES.items():
        values = pick(desired, *members)
        if any(name not in IN_CREATE and value != DEFAULTS.get(name) for name, value in values.items()):
            yield Call("sesv2", operation, {"email_identity": desired["email_identity"]} | values)


def update(change: Change) -> Iterator[Call]:
    name, desired = identifier(change), change.desired
    if change.touches("dkim_signing_attributes"):
        attributes = desired["dkim_signing_attributes"]
        params = {"signing_attributes_origin": "AWS_SES", "signing_attributes": attributes}
        yield Call("sesv2", "PutEmailIdentityDkimSigningAttributes", {"email_identity": name} | params)
    for operation, members in FEATURES.items():
        if change.touches(*members):
            yield Call("sesv2", operation, {"email_identity": name} | pick(desired, *members))


def delete(change: Change) -> Iterator[Call]:
    yield Call("sesv2", "DeleteEmailIdentity", {"email_identity": identifier(change)})


KIND = Kind(
    name=LISTING.kind,
    title="E-mail identity",
    observe=_sesv2.observe(LISTING, _observed),
    owned=_sesv2.owned(LISTING, _observed),
    create=create,
    update=update,
    delete=delete,
    retag=_sesv2.retag,
    outputs=("identity", "identity_arn", "dkim_tokens", "verified_for_sending"),
    rules=Rules(create_only=("email_identity",)),
    identity=("email_identity",),
    uses=("sesv2.configuration_set",),
)
