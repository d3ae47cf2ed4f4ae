"""`sesv2.account`: the e-mail settings of the account in a region, and whether it is still in the sandbox.

They exist always: nothing here is created or deleted, an entry taken out of the spec only lets go of them, and prune
never sees them. AWS's review of a request to leave the sandbox is never waited for: it takes a day and a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import pick, read
from reconciler.model import (
    READY,
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Unknown,
    Unlisted,
    stalled,
)

# AWS: each group of settings has a Put of its own, which sets all its members.
PUTS = {
    "PutAccountSuppressionAttributes": ("suppressed_reasons", "validation_attributes"),
    "PutAccountSendingAttributes": ("sending_enabled",),
    "PutAccountDedicatedIpWarmupAttributes": ("auto_warmup_enabled",),
    "PutAccountVdmAttributes": ("vdm_attributes",),
    "PutAccountDetails": (
        "mail_type",
        "website_url",
        "contact_language",
        "use_case_description",
        "additional_contact_email_addresses",
        "production_access_enabled",
    ),
}
REVIEWED = ("PENDING", "DENIED", "FAILED")
"""States of AWS's review in which asking again is refused."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    if not resources:
        return {}
    account = yield from read(Call("sesv2", "GetAccount"))
    return {} if account is None else {each.address: _observed(each, account) for each in resources}


def _observed(resource: Resource, account: Properties) -> Observed:
    quota = account.get("send_quota") or {}
    return Observed(
        resource.address,
        f"the e-mail settings of {resource.account} in {resource.region}",
        _properties(account),
        outputs={
            **pick(account, "production_access_enabled", "sending_enabled", "enforcement_status"),
            **pick(quota, "max24_hour_send", "max_send_rate"),
        },
        tags={STACK_TAG: resource.stack, RESOURCE_TAG: resource.address},
        status=_status(account),
        notices=tuple(_notices(account)),
    )


def _properties(account: Properties) -> dict[str, Any]:
    details = account.get("details") or {}
    suppression = account.get("suppression_attributes") or {}
    reviewed = _review(account) in REVIEWED
    return {
        **pick(details, *PUTS["PutAccountDetails"]),
        # AWS: a request that is under review, or that was turned down, cannot be made again.
        "production_access_enabled": Unknown() if reviewed else account.get("production_access_enabled", False),
        "sending_enabled": account.get("sending_enabled", False),
        "auto_warmup_enabled": account.get("dedicated_ip_auto_warmup_enabled", False),
        "suppressed_reasons": suppression.get("suppressed_reasons") or [],
        **pick(suppression, "validation_attributes"),
        "vdm_attributes": account.get("vdm_attributes") or {"vdm_enabled": "DISABLED"},
    }


def _review(account: Properties) -> str:
    review = (account.get("details") or {}).get("review_details") or {}
    return "" if account.get("production_access_enabled") else review.get("status", "")


def _status(account: Properties) -> Status:
    if _review(account) in ("DENIED", "FAILED"):
        return stalled("AWS turned down the request to leave the sandbox: answer its case in the support centre")
    return READY


def _notices(account: Properties) -> Iterator[str]:
    if not account.get("production_access_enabled"):
        asked = _review(account) == "PENDING"
        what = "AWS is reviewing the request to leave it" if asked else "`production_access_enabled: true` asks AWS out"
        limit = (account.get("send_quota") or {}).get("max24_hour_send", 200)
        yield f"e-mail is in the sandbox: verified recipients only, {limit:.0f} mails a day; {what}"
    if account.get("enforcement_status", "HEALTHY") != "HEALTHY":
        yield f"AWS restricts the sending of e-mail: {account['enforcement_status']}"


def owned(_: Scope) -> Reads[Sequence[Observed]]:
    """Settings are nobody's leftovers."""
    yield from ()
    return []


def put(change: Change) -> Iterator[Call]:
    known = change.observed.properties if change.observed else {}
    for operation, members in PUTS.items():
        if change.touches(*members):
            values = {name: value for name, value in known.items() if not isinstance(value, Unknown)}
            yield Call("sesv2", operation, pick({**values, **change.desired}, *members))


def let_go(_: Change) -> Iterator[Call]:
    return iter(())


KIND = Kind(
    name="sesv2.account",
    title="E-mail account settings",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=let_go,
    leftovers=Unlisted("settings are nobody's leftovers"),
    outputs=("production_access_enabled", "sending_enabled", "enforcement_status", "max24_hour_send", "max_send_rate"),
    rules=Rules(unordered=("suppressed_reasons", "additional_contact_email_addresses")),
)
