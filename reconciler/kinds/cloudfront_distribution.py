"""`cloudfront.distribution`: CloudFront in front of buckets and servers.

It never waits for a deployment: a new distribution has its domain name and ARN at once, and what refers to it needs no
more; whether the edge has caught up is the output `status`. Only a deletion waits, because AWS wants it disabled
everywhere first. What the spec does not mention is sent back as it was found. It invalidates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _cloudfront
from reconciler.kinds._cloudfront import call
from reconciler.kinds.base import (
    address_of,
    details,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    short_hash,
    tag_list,
    tag_map,
    unique,
)
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Unknown,
    Value,
)

# AWS: one hosted zone for the aliases of all distributions of the world.
HOSTED_ZONE = "Z2FDTNDATAQYW2"
UNTOLD = Unknown("not told")

Item = Mapping[str, Any]
Tags = Mapping[str, str]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _all()
    matches = [(r.address, item, tags) for r in resources for item, tags in live if _is_meant(r, item, tags)]
    return unique((yield from _read(matches)))


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    marked = [(address_of(tags, scope.stack, KIND.name), item, tags) for item, tags in (yield from _all())]
    return (yield from _read([(address, item, tags) for address, item, tags in marked if address is not None]))


def _all() -> Reads[list[tuple[Item, Tags]]]:
    """Every distribution of the account with its tags.

    AWS: the list has neither tags nor caller references, and comments are for people to change. So each distribution is
    asked for its tags, side by side; observe and owned ask the same, so it is done once.
    """
    response = yield from read(call("ListDistributions"))
    items = (response or {}).get("distribution_list", {}).get("items") or []
    answers = yield from read_all([call("ListTagsForResource", {"resource": item["arn"]}) for item in items])
    return [
        (item, tag_map(answer["tags"].get("items")))
        for item, answer in zip(items, answers, strict=True)
        if answer is not None
    ]


def _is_meant(resource: Resource, item: Item, tags: Tags) -> bool:
    address = address_of(tags, resource.stack, KIND.name)
    carries_ours = address is not None and address in (resource.address, resource.renamed_from)
    return carries_ours or item["id"] == resource.adopt


def _read(matches: Sequence[tuple[Address, Item, Tags]]) -> Reads[list[Observed]]:
    answers = yield from read_all([call("GetDistributionConfig", {"id": item["id"]}) for _, item, _ in matches])
    return [
        _observed(address, item, tags, answer)
        for (address, item, tags), answer in zip(matches, answers, strict=True)
        if answer is not None
    ]


def _observed(address: Address, item: Item, tags: Tags, answer: Properties) -> Observed:
    properties = _cloudfront.plain(answer["distribution_config"])
    properties.pop("caller_reference", None)
    properties["origins"] = [_told(origin) for origin in properties["origins"]]
    return Observed(
        address,
        item["id"],
        properties,
        outputs=pick(item, "id", "arn", "domain_name", "status") | {"hosted_zone_id": HOSTED_ZONE},
        tags=tags,
        details=pick(item, "arn", "status") | {"config": answer["distribution_config"], "e_tag": answer["e_tag"]},
    )


def _told(origin: dict[str, Value]) -> dict[str, Value]:
    untold: dict[str, Value] = {"origin_access_control_id": UNTOLD}  # AWS: always answers this member.
    if not any(name in origin for name in _cloudfront.ORIGIN_TYPES):
        untold["s3_origin_config"] = UNTOLD  # AWS: always answers one of the three.
    return untold | origin


def create(change: Change) -> Iterator[Call]:
    config = _laid_over({"comment": ""}, change.desired)
    # AWS: the same reference never makes a second distribution, so the call may be sent again. It may stay taken after
    # a deletion; that of another configuration (a new access control, another comment) is another one.
    stack = change.resource.stack if change.resource else ""
    config["caller_reference"] = f"reconciler:{stack}:{change.address}:{short_hash(config)}"
    tagged = {"distribution_config": config, "tags": {"items": tag_list(change.tags)}}
    yield call("CreateDistributionWithTags", {"distribution_config_with_tags": tagged})


def _laid_over(live: Item, declared: Properties) -> dict[str, Any]:
    """A configuration as AWS takes it: the live one with the declared members over it."""
    written = {
        name: _cloudfront.counted(_cloudfront.laid_over(_cloudfront.plain(live.get(name)), value, name), name)
        for name, value in declared.items()
        if value is not None
    }
    return {**live, **written}


def update(change: Change) -> Iterator[Call]:
    yield _replace(change, _laid_over(details(change)["config"], change.desired))


def _replace(change: Change, config: Item) -> Call:
    """AWS: an update replaces everything, and only the version it was made from."""
    version = {"id": identifier(change), "if_match": details(change)["e_tag"]}
    return call("UpdateDistribution", {**version, "distribution_config": config})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield call("TagResource", {"resource": details(change)["arn"], "tags": {"items": tag_list(tags)}})


def delete(change: Change) -> Iterator[Call]:
    """Off, and gone once that is so everywhere: nothing can be done in between."""
    config = details(change)["config"]
    if config["enabled"]:
        # AWS: a distribution with a staging partner cannot be deleted; without the policy it has none.
        unpaired = {"continuous_deployment_policy_id": ""} if config.get("continuous_deployment_policy_id") else {}
        yield _replace(change, {**config, **unpaired, "enabled": False})
    elif details(change)["status"] == "Deployed":
        yield call("DeleteDistribution", {"id": identifier(change), "if_match": details(change)["e_tag"]})


BEHAVIORS = ("default_cache_behavior", "cache_behaviors[]")

KIND = Kind(
    name="cloudfront.distribution",
    title="CloudFront distribution",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("cloudfront:distribution/*"),
    retag=retag,
    outputs=("id", "arn", "domain_name", "hosted_zone_id", "status"),
    rules=Rules(
        unordered=(
            "aliases",
            "origins[].custom_origin_config.origin_ssl_protocols",
            "origin_groups[].failover_criteria.status_codes",
            "restrictions.geo_restriction.items",
            *(
                f"{behavior}.{name}"
                for behavior in BEHAVIORS
                for name in (
                    "allowed_methods",
                    "cached_methods",
                    "trusted_signers",
                    "trusted_key_groups",
                    "forwarded_values.headers",
                    "forwarded_values.cookies.whitelisted_names",
                    "forwarded_values.query_string_cache_keys",
                )
            ),
        ),
        keyed={
            "origins": "id",
            "origins[].custom_headers": "header_name",
            "origin_groups": "id",
            "custom_error_responses": "error_code",
            **{f"{behavior}.lambda_function_associations": "event_type" for behavior in BEHAVIORS},
            **{f"{behavior}.function_associations": "event_type" for behavior in BEHAVIORS},
        },
        case_insensitive=("http_version", "aliases[]"),
    ),
    uses=(
        "cloudfront.origin_access_control",
        "cloudfront.cache_policy",
        "cloudfront.origin_request_policy",
        "cloudfront.response_headers_policy",
        "s3.bucket",
        "elbv2.load_balancer",
        "acm.certificate",
        "wafv2.web_acl",
    ),
    patience=Patience("3-10 minutes", minutes=60),
)
