"""What the Route 53 kinds share: one endpoint for the world, tags read ten objects at a time, caller references.

AWS takes no tags when it makes a zone or a health check, but a caller reference that it shows to everybody. So that
reference says whose the object is until it has its tags. It makes no call by itself and knows no property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import chunks, details, identifier, missing_tags, read_all, tag_list, tag_map, token
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Generated,
    Properties,
    Reads,
    Resource,
)

# AWS: one endpoint for the world; its requests are signed for us-east-1, whatever the stack's region.
REGION = "us-east-1"
NONCE = 8
TAGS_A_READ = 10
TAGS_A_WRITE = 10

Tags = Mapping[str, str]


def call(operation: str, params: Properties | None = None, *, once: bool = False) -> Call:
    return Call("route53", operation, params or {}, region=REGION, once=once)


def bare(id: str) -> str:
    """`/hostedzone/Z1` -> `Z1`: what every call takes, and what the ids of tags are."""
    return id.rsplit("/", 1)[-1]


# --- tags -------------------------------------------------------------------------------------------------------------


def tags_of(resource_type: str, ids: Sequence[str]) -> Reads[dict[str, Tags]]:
    """The tags of zones or health checks by id. One that vanished meanwhile has none."""
    calls = [
        call("ListTagsForResources", {"resource_type": resource_type, "resource_ids": list(some)})
        for some in chunks(ids, TAGS_A_READ)
    ]
    answers = yield from read_all(calls)
    sets = [each for answer in answers for each in (answer or {}).get("resource_tag_sets", ())]
    return {each["resource_id"]: tag_map(each.get("tags")) for each in sets}


def write_tags(resource_type: str, change: Change) -> Iterator[Call]:
    """All tags where there are none yet: what `known_tags` inferred is not on the object."""
    tags = change.tags if details(change).get("untagged") else missing_tags(change)
    named = {"resource_type": resource_type, "resource_id": identifier(change)}
    for some in chunks(tag_list(tags), TAGS_A_WRITE):
        yield call("ChangeTagsForResource", {**named, "add_tags": list(some)})


# --- caller references ------------------------------------------------------------------------------------------------


def new_reference(change: Change, limit: int) -> Generated:
    """A caller reference for one creation, of at most `limit` characters.

    AWS: that of a deleted object stays taken for days, so each creation has its own, made at the moment of the write;
    such a create is never sent twice blindly, and the next look knows the object by what the reference begins with.
    """
    stack = change.resource.stack if change.resource else ""
    return Generated(NONCE, _prefix(stack, change.address, limit) + "{}")


def _prefix(stack: str, address: Address, limit: int) -> str:
    text = f"reconciler:{stack}:{_name(address)}:"
    return text if len(text) + NONCE <= limit else f"reconciler:{token(stack, _name(address))}:"


def _name(address: Address) -> str:
    return address.split("/", 1)[1]


def is_ours(resource: Resource, reference: str, tags: Tags, limit: int) -> bool:
    """Does it carry the resource's address, or was it made for it and not tagged yet?"""
    addresses = {resource.address, resource.renamed_from} - {None}
    if tags:
        return tags.get(STACK_TAG) == resource.stack and tags.get(RESOURCE_TAG) in addresses
    return any(address and reference.startswith(_prefix(resource.stack, address, limit)) for address in addresses)


def known_tags(stack: str, reference: str, tags: Tags, limit: int, address: Address = "") -> Tags:
    """The tags; the stack's own where there are none and the caller reference says so.

    The address is left out on purpose, so that it is seen to be missing and written.
    """
    begins = f"reconciler:{stack}:"
    hashed = address and reference.startswith(_prefix(stack, address, limit))
    return {STACK_TAG: stack} if not tags and (hashed or reference.startswith(begins)) else tags


def address_in(kind: str, stack: str, reference: str, tags: Tags) -> Address | None:
    """Whose a leftover is: by its tags, or, not tagged yet, by its caller reference."""
    if tags:
        address = tags.get(RESOURCE_TAG, "")
        return address if tags.get(STACK_TAG) == stack and address.startswith(f"{kind}/") else None
    parts = reference.split(":")
    return f"{kind}/{parts[2]}" if len(parts) == 4 and parts[:2] == ["reconciler", stack] else None


# --- names ------------------------------------------------------------------------------------------------------------


def plain_name(name: str) -> str:
    r"""A domain name as people write it: `\052.Example.com.` -> `*.example.com`.

    AWS: answers other characters than letters, digits, `-` and `_` as three octal digits.
    """
    parts = name.split("\\")
    text = parts[0] + "".join(_unescaped(part) for part in parts[1:])
    return text.lower().rstrip(".")


def _unescaped(part: str) -> str:
    digits = part[:3]
    if len(digits) == 3 and all(digit in "01234567" for digit in digits):
        return chr(int(digits, 8)) + part[3:]
    return part


def as_written(desired: Any, live: Any, canonical: Any) -> Any:
    """The spec's own spelling of a live value where both mean the same, else the live one in its canonical form."""
    if isinstance(desired, str) and isinstance(live, str) and canonical(desired) == canonical(live):
        return desired
    return canonical(live) if isinstance(live, str) else live
