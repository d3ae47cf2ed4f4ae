"""`sesv2.email_identity`: a domain or an address that mail may be sent from, and who else may send from it.

Verification takes DNS records or a click on a link, and up to three days: it is an output and a notice, never waited
for. A DKIM key of one's own is read from a secret at the moment of the write, and never compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _sesv2
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import identifier, pick, tag_list, tag_map
from reconciler.model import (
    Address,
    Call,
    Change,
    FromSecret,
    Kind,
    Listed,
    Observed,
    Properties,
    Response,
    Rules,
    Value,
)


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
    properties |= _signing(dkim)
    properties["policies"] = {name: from_json(text) for name, text in (identity.get("policies") or {}).items()}
    name = identity["email_identity"]
    return Observed(
        address,
        name,
        properties,
        outputs={
            "identity": name,
            "identity_arn": arn,
            "verified_for_sending": bool(identity.get("verified_for_sending_status")),
            **_records(name, dkim),
        },
        tags=tag_map(identity.get("tags")),
        details={"arn": arn},
        notices=tuple(_notices(identity)),
    )


def _signing(dkim: _sesv2.Item) -> dict[str, Value]:
    """AWS: the one token of a domain with a key of its own is that key's selector."""
    if dkim.get("signing_attributes_origin") == "EXTERNAL":
        return {"dkim_signing_attributes": {"domain_signing_selector": next(iter(dkim.get("tokens") or ()), "")}}
    length = pick(dkim, "next_signing_key_length")
    return {"dkim_signing_attributes": length} if length else {}


def _records(domain: str, dkim: _sesv2.Item) -> dict[str, Value]:
    """The CNAME records AWS looks for; none where the key is one's own, whose record only its owner can write."""
    tokens = [] if dkim.get("signing_attributes_origin") == "EXTERNAL" else list(dkim.get("tokens") or ())
    zone = dkim.get("signing_hosted_zone") or "dkim.amazonses.com"
    return {
        "dkim_tokens": tokens,
        "dkim_record_names": [f"{token}._domainkey.{domain}" for token in tokens],
        "dkim_record_values": [f"{token}.{zone}" for token in tokens],
    }


def _notices(identity: _sesv2.Item) -> Iterator[str]:
    name = identity["email_identity"]
    if not identity.get("verified_for_sending_status"):
        missing = "a link in a mail to it" if "@" in name else "the records of its outputs `dkim_record_*` in its DNS"
        yield f"{name} is not verified yet and cannot send: AWS waits for {missing}"
    mail_from = identity.get("mail_from_attributes") or {}
    if mail_from.get("mail_from_domain") and mail_from.get("mail_from_domain_status") == "FAILED":
        yield f"AWS found no MX record for {mail_from['mail_from_domain']}, so bounces return to amazonses.com"


def create(change: Change) -> Iterator[Call]:
    desired = change.desired
    params = pick(desired, *IN_CREATE)
    if "dkim_signing_attributes" in params:
        params["dkim_signing_attributes"] = _signed_with(params["dkim_signing_attributes"])
    yield Call("sesv2", "CreateEmailIdentity", params | {"tags": tag_list(change.tags)})
    for operation, members in FEATURES.items():
        values = pick(desired, *members)
        if any(name not in IN_CREATE and value != DEFAULTS.get(name) for name, value in values.items()):
            yield Call("sesv2", operation, {"email_identity": desired["email_identity"]} | values)
    for policy, document in (desired.get("policies") or {}).items():
        yield _policy("CreateEmailIdentityPolicy", desired["email_identity"], policy, document)


def _signed_with(attributes: Properties) -> dict[str, Value]:
    """The attributes as the API takes them: the private key itself instead of the secret it is in."""
    secret = attributes.get("domain_signing_private_key")
    key = {"domain_signing_private_key": FromSecret(secret["secret_arn"], secret.get("key"))} if secret else {}
    return {**attributes, **key}


def _policy(operation: str, identity: str, name: str, document: Value) -> Call:
    return Call("sesv2", operation, {"email_identity": identity, "policy_name": name, "policy": to_json(document)})


def update(change: Change) -> Iterator[Call]:
    name, desired = identifier(change), change.desired
    if change.touches("dkim_signing_attributes"):
        attributes = desired["dkim_signing_attributes"]
        origin = "EXTERNAL" if "domain_signing_selector" in attributes else "AWS_SES"
        params = {"signing_attributes_origin": origin, "signing_attributes": _signed_with(attributes)}
        yield Call("sesv2", "PutEmailIdentityDkimSigningAttributes", {"email_identity": name} | params)
    for operation, members in FEATURES.items():
        if change.touches(*members):
            yield Call("sesv2", operation, {"email_identity": name} | pick(desired, *members))
    yield from _policies(change)


def _policies(change: Change) -> Iterator[Call]:
    """One call for each policy that differs; those the spec does not name go."""
    name, desired = identifier(change), change.desired.get("policies") or {}
    live = change.observed.properties["policies"] if change.observed else {}
    for policy in {str(field.path[1]): None for field in change.fields if field.path[0] == "policies"}:
        if policy not in desired:
            yield Call("sesv2", "DeleteEmailIdentityPolicy", {"email_identity": name, "policy_name": policy})
        else:
            operation = "UpdateEmailIdentityPolicy" if policy in live else "CreateEmailIdentityPolicy"
            yield _policy(operation, name, policy, desired[policy])


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
    leftovers=Listed("ses:identity/*"),
    retag=_sesv2.retag,
    outputs=(
        "identity",
        "identity_arn",
        "dkim_tokens",
        "dkim_record_names",
        "dkim_record_values",
        "verified_for_sending",
    ),
    rules=Rules(
        create_only=("email_identity",),
        documents=("policies.*",),
        exclusive=("policies",),
        write_only=("dkim_signing_attributes.domain_signing_private_key",),
    ),
    identity=("email_identity",),
    uses=("sesv2.configuration_set", "secretsmanager.secret", "iam.role"),
)
