"""What kinds are written with: small pure functions for tags, params and reading calls.

It knows no AWS service and never performs I/O.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.errors import ReconcileError
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Value,
)

FEW = 4
"""So many objects are asked one by one where AWS has both ways; of more, one list of them all costs less."""


class AmbiguousIdentity(ReconcileError):
    """Two live objects carry the same address: nobody can tell which one is meant."""


def read(call: Call) -> Reads[Response]:
    """One call, one response."""
    (response,) = yield [call]
    return response


def read_all(calls: Sequence[Call]) -> Reads[Sequence[Response]]:
    """A batch made side by side; no calls, no batch."""
    if not calls:
        return []
    return (yield calls)


def pick(properties: Properties, *names: str) -> dict[str, Value]:
    """The named properties that are present and not None: what a call's params are made of."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def tag_list(tags: Mapping[str, str], key: str = "key", value: str = "value") -> list[dict[str, str]]:
    """`[{"key": k, "value": v}]`, sorted: the form most services take."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def tag_map(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """The inverse of `tag_list`; None where a service leaves an empty list out."""
    return {tag["key"]: tag.get("value", "") for tag in tags or ()}


def missing_tags(change: Change) -> dict[str, str]:
    """The tags of the change that the live object lacks or has with another value."""
    live = change.observed.tags if change.observed else {}
    return {name: value for name, value in change.tags.items() if live.get(name) != value}


def changed(change: Change) -> dict[str, Value]:
    """The desired values of the top-level properties that differ: for update calls that take changed fields only."""
    names = {field.path[0] for field in change.fields}
    return {name: value for name, value in change.desired.items() if name in names}


def details(change: Change) -> Properties:
    return change.observed.details if change.observed else {}


def identifier(change: Change) -> str:
    """The live id of the object a change is about."""
    if change.observed is None:
        raise ReconcileError(f"{change.address}: this change needs the live object, and there is none")
    return change.observed.identifier


def token(*parts: object) -> str:
    """A deterministic idempotency token of 32 characters: the same parts always give the same token."""
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()[:32]


def short_hash(*parts: object) -> str:
    """Six characters that tell apart physical names of one address."""
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()[:6]


def physical_name(rule: PhysicalName, names: Mapping[str, str], properties: Properties) -> str:
    """The deterministic AWS name of a resource: the template, a suffix for what it hashes, cut to the limit.

    `names` has `stack`, `name` and `account`.
    """
    text = rule.template.format(**names)
    if rule.suffix_from:
        text = f"{text}-{short_hash(*(properties.get(path) for path in rule.suffix_from))}"
    if rule.lower:
        text = text.lower()
    if len(text) > rule.limit:
        keep = rule.limit - 7
        text = f"{text[:keep].rstrip('-_./')}-{short_hash(text)}"
    return text


def address_of(tags: Mapping[str, str], stack: str, kind: str) -> Address | None:
    """The address an object's tags give it, if it is this stack's and of this kind."""
    address = tags.get(RESOURCE_TAG, "")
    if tags.get(STACK_TAG) == stack and address.startswith(f"{kind}/"):
        return address
    return None


def unique(found: Iterable[Observed]) -> dict[Address, Observed]:
    """Observed objects by address; two with one address stop the run.

    Raises AmbiguousIdentity naming both live ids.
    """
    by_address: dict[Address, Observed] = {}
    for observed in found:
        other = by_address.setdefault(observed.address, observed)
        if other is not observed:
            raise AmbiguousIdentity(
                f"{observed.identifier} and {other.identifier} both carry the tag {RESOURCE_TAG}={observed.address}",
                help="find out which one is in use and delete the other, or remove its tag",
            )
    return by_address


def by_address(resources: Sequence[Resource]) -> dict[Address, Resource]:
    return {resource.address: resource for resource in resources}


def arn(service: str, resource: Resource, rest: str) -> str:
    """An ARN in the resource's own account and region."""
    return f"arn:{partition(resource.region)}:{service}:{resource.region}:{resource.account}:{rest}"


def partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def utc_text(moment: Value) -> Value:
    """A moment AWS gives back, as the spec writes it: `2026-01-31T06:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else moment


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """`items` in slices of at most `size`: for calls that take a limited number at once."""
    return (items[start : start + size] for start in range(0, len(items), size))
