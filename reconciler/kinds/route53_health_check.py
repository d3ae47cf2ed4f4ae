"""`route53.health_check`: whether an endpoint, an alarm or a set of other checks is healthy, as record sets ask it.

What cannot be changed makes a new check beside the old one, which is deleted once nothing refers to it: AWS deletes one
in use without a word, and its record sets then count as healthy. It makes no alarm: that is one in us-east-1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _route53
from reconciler.kinds._route53 import Tags, call
from reconciler.kinds.base import changed, details, identifier, pick, read, unique
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
)

REFERENCE_LIMIT = 64
CREATE_ONLY = ("type", "request_interval", "measure_latency", "routing_control_arn")
SETTINGS = (
    *CREATE_ONLY,
    "ip_address",
    "port",
    "resource_path",
    "fully_qualified_domain_name",
    "search_string",
    "failure_threshold",
    "inverted",
    "disabled",
    "health_threshold",
    "child_health_checks",
    "enable_sni",
    "regions",
    "alarm_identifier",
    "insufficient_data_health_status",
)
# AWS: an update leaves alone what it does not mention, so these have a word of their own for "nothing".
RESET = {
    "fully_qualified_domain_name": "FullyQualifiedDomainName",
    "regions": "Regions",
    "resource_path": "ResourcePath",
    "child_health_checks": "ChildHealthChecks",
}

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    checks = yield from _all()
    return unique(
        _observed(resource.address, resource.stack, item, tags)
        for resource in resources
        for item, tags in checks
        if _is_meant(resource, item, tags)
    )


def _all() -> Reads[list[tuple[Item, Tags]]]:
    """Every health check of the account with its tags."""
    response = yield from read(call("ListHealthChecks"))
    items = (response or {}).get("health_checks", ())
    tags = yield from _route53.tags_of("healthcheck", [item["id"] for item in items])
    return [(item, tags.get(item["id"], {})) for item in items]


def _is_meant(resource: Resource, item: Item, tags: Tags) -> bool:
    """Ours, as the spec wants it made: one that was made otherwise is a leftover, and a new one goes beside it."""
    if isinstance(resource.adopt, str):
        return bool(item["id"] == resource.adopt)
    ours = _route53.is_ours(resource, item["caller_reference"], tags, REFERENCE_LIMIT)
    return ours and _made_alike(resource.properties, item["health_check_config"])


def _made_alike(desired: Properties, live: Item) -> bool:
    stated = {name: desired[name] for name in CREATE_ONLY if desired.get(name) is not None}
    return all(value == (live.get(name) or type(value)()) for name, value in stated.items())


def _observed(address: Address, stack: str, item: Item, tags: Tags) -> Observed:
    return Observed(
        address,
        item["id"],
        pick(item["health_check_config"], *SETTINGS),
        outputs={"health_check_id": item["id"]},
        tags=_route53.known_tags(stack, item["caller_reference"], tags, REFERENCE_LIMIT, address),
        details={"untagged": not tags, "version": item["health_check_version"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    checks = yield from _all()
    marked = [
        (_route53.address_in(KIND.name, scope.stack, item["caller_reference"], tags), item, tags)
        for item, tags in checks
    ]
    return [_observed(address, scope.stack, item, tags) for address, item, tags in marked if address is not None]


def create(change: Change) -> Iterator[Call]:
    """AWS: takes no tags here; they follow once the check has an id."""
    params = {
        "caller_reference": _route53.new_reference(change, REFERENCE_LIMIT),
        "health_check_config": {name: value for name, value in pick(change.desired, *SETTINGS).items() if value != []},
    }
    yield call("CreateHealthCheck", params, once=True)


def update(change: Change) -> Iterator[Call]:
    """AWS: refuses a change made from another version than the live one."""
    new = {name: value for name, value in changed(change).items() if name in SETTINGS}
    emptied = [name for name in RESET if name in new and not new[name]]
    params: dict[str, Any] = {
        "health_check_id": identifier(change),
        "health_check_version": details(change)["version"],
        **{name: value for name, value in new.items() if name not in emptied},
    }
    if emptied:
        params["reset_elements"] = [RESET[name] for name in emptied]
    yield call("UpdateHealthCheck", params)


def retag(change: Change) -> Iterator[Call]:
    yield from _route53.write_tags("healthcheck", change)


def delete(change: Change) -> Iterator[Call]:
    yield call("DeleteHealthCheck", {"health_check_id": identifier(change)})


KIND = Kind(
    name="route53.health_check",
    title="Health check",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: it is tagged after it is made, and until then its caller reference says whose it is"),
    retag=retag,
    outputs=("health_check_id",),
    rules=Rules(
        create_only=CREATE_ONLY,
        unordered=("regions", "child_health_checks"),
        case_insensitive=("fully_qualified_domain_name", "ip_address"),
    ),
    identity=CREATE_ONLY,
    uses=("cloudwatch.metric_alarm", "elbv2.load_balancer", "cloudfront.distribution"),
    patience=Patience("seconds", minutes=10),
)
