"""Repairs of moto's CloudFront: the policies of behaviors, which it does not have. Kept as the requests told them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

Members = dict[str, Any]

_NONE: Members = {"HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}}
_NOTHING: Members = {**_NONE, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
_KEY = "ParametersInCacheKeyAndForwardedToOrigin"


@dataclass(frozen=True, slots=True)
class _Sort:
    """`many` is what its list is called, `filled` what AWS answers where a request left it out."""

    many: str
    filled: Members


_SORTS: dict[str, _Sort] = {
    "CachePolicy": _Sort(
        "CachePolicies",
        {"Comment": "", "DefaultTTL": 86400, "MaxTTL": 31536000, _KEY: {"EnableAcceptEncodingGzip": False, **_NOTHING}},
    ),
    "OriginRequestPolicy": _Sort("OriginRequestPolicies", {"Comment": ""}),
    "ResponseHeadersPolicy": _Sort("ResponseHeadersPolicies", {"Comment": ""}),
}
_VERB = re.compile(r"(Create|Get|List|Update|Delete)(.+?)(Config)?")


@repair(
    "cloudfront:*CachePolic*",
    "cloudfront:*OriginRequestPolic*",
    "cloudfront:*ResponseHeadersPolic*",
    because="moto has no cache, origin request or response headers policies",
)
def cdn_policies(request: Request, below: Handler) -> Answer:
    parts = _VERB.fullmatch(request.operation)
    if parts is None:
        return below(request)
    verb, noun, only_config = str(parts[1]), str(parts[2]), parts[3]
    sort = next((name for name, each in _SORTS.items() if noun in (name, each.many)), "")
    if not sort:
        return below(request)
    answered = _config if only_config else _VERBS[verb]
    return answered(request, sort, documents(request, sort))


def _create(request: Request, sort: str, shelf: Members) -> Answer:
    from moto.cloudfront.models import random_id

    policy: Members = {"Id": random_id(), "ETag": random_id(), "Config": _config_of(request, sort)}
    _refuse_taken(sort, policy, shelf)
    shelf[policy["Id"]] = policy
    return written(request, _shown(sort, policy) | {"Location": f"https://cloudfront.amazonaws.com/{policy['Id']}"})


def _get(request: Request, sort: str, shelf: Members) -> Answer:
    return written(request, _shown(sort, _found(request, sort, shelf)))


def _config(request: Request, sort: str, shelf: Members) -> Answer:
    policy = _found(request, sort, shelf)
    return written(request, {f"{sort}Config": policy["Config"], "ETag": policy["ETag"]})


def _list(request: Request, sort: str, shelf: Members) -> Answer:
    custom = [] if request.params.get("Type") == "managed" else list(shelf.values())
    items = [{"Type": "custom", sort: _shown(sort, policy)[sort]} for policy in custom]
    return written(request, {f"{sort}List": {"MaxItems": 100, "Quantity": len(items), "Items": items}})


def _update(request: Request, sort: str, shelf: Members) -> Answer:
    from moto.cloudfront.models import random_id

    policy = _matching(request, sort, shelf)
    changed = {**policy, "ETag": random_id(), "Config": _config_of(request, sort)}
    _refuse_taken(sort, changed, shelf)
    shelf[policy["Id"]] = changed
    return written(request, _shown(sort, changed))


def _delete(request: Request, sort: str, shelf: Members) -> Answer:
    policy = _matching(request, sort, shelf)
    if policy["Id"] in _used(request, f"{sort}Id"):
        raise Refusal(f"{sort}InUse", "Cannot delete the policy because it is attached to cache behaviors.", 409)
    del shelf[policy["Id"]]
    return written(request, {})


_VERBS: Mapping[str, Callable[[Request, str, Members], Answer]] = {
    "Create": _create,
    "Get": _get,
    "List": _list,
    "Update": _update,
    "Delete": _delete,
}


def _config_of(request: Request, sort: str) -> Members:
    return {**_SORTS[sort].filled, **request.params[f"{sort}Config"]}


def _shown(sort: str, policy: Members) -> Members:
    config = {"Id": policy["Id"], "LastModifiedTime": "2026-01-01T00:00:00Z", f"{sort}Config": policy["Config"]}
    return {sort: config, "ETag": policy["ETag"]}


def _refuse_taken(sort: str, policy: Members, shelf: Members) -> None:
    name = policy["Config"]["Name"]
    if any(other["Config"]["Name"] == name and other["Id"] != policy["Id"] for other in shelf.values()):
        raise Refusal(f"{sort}AlreadyExists", f"A policy named {name} already exists.", 409)


def _found(request: Request, sort: str, shelf: Members) -> Members:
    if request.params["Id"] not in shelf:
        raise Refusal(f"NoSuch{sort}", "The policy does not exist.", 404)
    found: Members = shelf[request.params["Id"]]
    return found


def _matching(request: Request, sort: str, shelf: Members) -> Members:
    policy = _found(request, sort, shelf)
    if request.params.get("IfMatch") is None:
        raise Refusal("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if request.params["IfMatch"] != policy["ETag"]:
        raise Refusal("PreconditionFailed", "The precondition given in one or more request headers was false.", 412)
    return policy


def _used(request: Request, member: str) -> set[str]:
    configs = [distribution.distribution_config for distribution in request.backend().distributions.values()]
    behaviors = [vars(config)["DefaultCacheBehavior"] for config in configs]
    behaviors += [each for config in configs for each in vars(config)["CacheBehaviors"].get("Items", ())]
    return {behavior.get(member, "") for behavior in behaviors}


REPAIRS = declared_in(globals())
