"""`wafv2.web_acl`: which requests reach a load balancer or a distribution, and which are turned away.

A rule is compared as a whole: a live match, label or exception that the spec does not mention is a difference. The rule
Shield Advanced adds by itself is neither shown nor lost. It attaches itself to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _wafv2, _wafv2_rules
from reconciler.kinds.base import details, pick, tag_list
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Value,
)

SETTINGS = (
    "default_action",
    "description",
    "rules",
    "visibility_config",
    "custom_response_bodies",
    "captcha_config",
    "challenge_config",
    "token_domains",
    "association_config",
    "data_protection_config",
)
# What an update must send back although the spec cannot say it.
KEPT = ("on_source_d_do_s_protection_config", "application_config", "monetization_config", "analytics_config")
LISTING = _wafv2.Listing("wafv2.web_acl", ("ListWebACLs", "web_acls"), ("GetWebACL", "web_acl"))


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    return (yield from _wafv2.observe(LISTING, resources, _observed))


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    return (yield from _wafv2.owned(LISTING, scope, _observed))


def _observed(address: Address, found: _wafv2.Found, _: Resource | None) -> Observed:
    acl = found.item
    live = acl.get("rules") or []
    properties = pick(acl, "name", *SETTINGS) | {"scope": found.scope, "rules": _wafv2_rules.plain_rules(live)}
    properties["default_action"] = _wafv2_rules.plain(acl["default_action"])
    return Observed(
        address,
        acl["arn"],
        properties,
        outputs=pick(acl, "arn", "id", "name", "label_namespace"),
        tags=found.tags,
        details=found.details
        | {
            "kept": pick(acl, *KEPT),
            "shields_rules": [rule for rule in live if _wafv2_rules.is_shields(rule)],
        },
    )


def create(change: Change) -> Iterator[Call]:
    params = {"name": change.desired["name"], "scope": change.desired["scope"], **_sent(change.desired)}
    yield _wafv2.call("CreateWebACL", change.desired["scope"], params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    # AWS: an update replaces all of it; what is left out is dropped.
    sent = _sent({**live, **change.desired}) | details(change)["kept"]
    sent["rules"] = [*sent.get("rules", ()), *details(change)["shields_rules"]]
    yield _wafv2.call("UpdateWebACL", details(change)["scope"], _wafv2.version(change) | sent)


def _sent(properties: Properties) -> dict[str, Value]:
    """AWS: takes no empty map or list but that of rules."""
    stated = pick(properties, *SETTINGS)
    return {name: value for name, value in stated.items() if name == "rules" or value not in ({}, [], "")}


def delete(change: Change) -> Iterator[Call]:
    yield _wafv2.call("DeleteWebACL", details(change)["scope"], _wafv2.version(change))


KIND = Kind(
    name=LISTING.kind,
    title="Web ACL",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("wafv2:*/webacl/*"),
    retag=_wafv2.retag,
    outputs=("arn", "id", "name", "label_namespace"),
    rules=Rules(
        create_only=("name", "scope"),
        unordered=("token_domains",),
        keyed={"rules": "name"},
        documents=(
            "default_action",
            "rules[].statement",
            "rules[].action",
            "rules[].override_action",
        ),
        exclusive=("rules[]", "custom_response_bodies", "association_config.request_body"),
    ),
    identity=("name", "scope"),
    physical_name=PhysicalName("name", limit=128),
    uses=("wafv2.ip_set",),
    # AWS: what CloudFront still carries is not deleted for minutes after it was taken off.
    patience=Patience(minutes=15),
)
