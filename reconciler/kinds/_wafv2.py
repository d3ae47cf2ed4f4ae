"""How WAF's web ACLs and IP sets are found: listed by scope, matched by name, and ours by their tags.

Knows where each scope is asked; it writes nothing but tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import address_of, details, missing_tags, pick, read_all, tag_list, tag_map
from reconciler.model import Address, Call, Change, Observed, Properties, Reads, Resource, Scope, Value

SCOPES = ("REGIONAL", "CLOUDFRONT")

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a kind's objects are listed, and where each is read."""

    kind: str
    listed: tuple[str, str]
    """Operation and the member of its answer."""
    got: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One live object: `item` as its Get answers, with the token that its next change must name."""

    scope: str
    item: Item
    lock_token: str
    tags: Mapping[str, str]

    @property
    def details(self) -> dict[str, Value]:
        return {**pick(self.item, "name", "id", "arn"), "scope": self.scope, "lock_token": self.lock_token}


Build = Callable[[Address, Found, Resource | None], Observed]


def call(operation: str, scope: str, params: Properties) -> Call:
    """AWS: what guards CloudFront is kept in us-east-1, whatever the stack's region."""
    return Call("wafv2", operation, params, region="us-east-1" if scope == "CLOUDFRONT" else None)


def scope_of(arn: str) -> str:
    """`arn:aws:wafv2:us-east-1:123456789012:global/webacl/...` -> `CLOUDFRONT`."""
    return "CLOUDFRONT" if ":global/" in arn else "REGIONAL"


def acl_call(arn: str) -> Call:
    """The read of one web ACL, as `wafv2.web_acl` asks it."""
    scope, parts = scope_of(arn), arn.split("/")
    named = {"scope": scope, "name": parts[-2], "id": parts[-1]} if len(parts) == 4 else {"arn": arn}
    return call("GetWebACL", scope, named)


def tags_call(arn: str) -> Call:
    return call("ListTagsForResource", scope_of(arn), {"resource_arn": arn})


def tags_in(response: Item | None) -> dict[str, str]:
    return tag_map(((response or {}).get("tag_info_for_resource") or {}).get("tag_list"))


def observe(listing: Listing, resources: Sequence[Resource], build: Build) -> Reads[dict[Address, Observed]]:
    scopes = sorted({resource.properties["scope"] for resource in resources})
    summaries = yield from _summaries(listing, scopes)
    meant = [(r, scope, item) for r in resources for scope, item in summaries if _is_meant(r, scope, item)]
    found = yield from _read(listing, [(scope, item) for _, scope, item in meant])
    return {
        resource.address: build(resource.address, each, resource)
        for (resource, _, _), each in zip(meant, found, strict=True)
        if each is not None
    }


def _is_meant(resource: Resource, scope: str, item: Item) -> bool:
    if scope != resource.properties["scope"]:
        return False
    if isinstance(resource.adopt, str):
        return resource.adopt in (item["id"], item["arn"])
    return bool(item["name"] == resource.properties["name"])


def owned(listing: Listing, scope: Scope, build: Build) -> Reads[list[Observed]]:
    """Of both scopes: what guards CloudFront belongs to the stack wherever it lives."""
    summaries = yield from _summaries(listing, SCOPES)
    answers = yield from read_all([tags_call(item["arn"]) for _, item in summaries])
    marked = [
        (address, summary)
        for summary, answer in zip(summaries, answers, strict=True)
        if (address := address_of(tags_in(answer), scope.stack, listing.kind)) is not None
    ]
    found = yield from _read(listing, [summary for _, summary in marked])
    return [build(a, each, None) for (a, _), each in zip(marked, found, strict=True) if each is not None]


def _summaries(listing: Listing, scopes: Sequence[str]) -> Reads[list[tuple[str, Item]]]:
    operation, member = listing.listed
    answers = yield from read_all([call(operation, scope, {"scope": scope}) for scope in scopes])
    return [
        (scope, item)
        for scope, answer in zip(scopes, answers, strict=True)
        for item in (answer or {}).get(member) or ()
    ]


def _read(listing: Listing, summaries: Sequence[tuple[str, Item]]) -> Reads[list[Found | None]]:
    operation, member = listing.got
    calls = [
        each
        for scope, item in summaries
        for each in (call(operation, scope, {"scope": scope, **pick(item, "name", "id")}), tags_call(item["arn"]))
    ]
    answers = yield from read_all(calls)
    return [
        Found(scope, got[member], got["lock_token"], tags_in(tags)) if got is not None else None
        for (scope, _), got, tags in zip(summaries, answers[::2], answers[1::2], strict=True)
    ]


def retag(change: Change) -> Iterator[Call]:
    tags, arn = missing_tags(change), details(change)["arn"]
    if tags:
        yield call("TagResource", scope_of(arn), {"resource_arn": arn, "tags": tag_list(tags)})


def version(change: Change) -> dict[str, Value]:
    """AWS: a change names the version it was made from, and loses against any other one since."""
    return pick(details(change), "name", "scope", "id", "lock_token")
