"""Whose is a live object: ours, another resource's, another stack's, or nobody's. Pure."""

from __future__ import annotations

from enum import StrEnum

from reconciler.model import PROTECT_TAG, RESOURCE_TAG, STACK_TAG, Finding, Observed, Resource, Severity

RELEASED = "none"
"""The stack tag of an object that was let go."""


class Owner(StrEnum):
    OURS = "ours"
    NOBODY = "nobody"
    OTHER_RESOURCE = "another resource of this stack"
    OTHER_STACK = "another stack"


def owner(resource: Resource, observed: Observed) -> Owner:
    stack = observed.tags.get(STACK_TAG, RELEASED)
    if stack == RELEASED:
        return Owner.NOBODY
    if stack != resource.stack:
        return Owner.OTHER_STACK
    live_address = observed.tags.get(RESOURCE_TAG, resource.address)
    return Owner.OURS if live_address in (resource.address, resource.renamed_from) else Owner.OTHER_RESOURCE


def is_protected(observed: Observed) -> bool:
    """Protection is a tag on the live object, so it outlives its line of YAML."""
    return observed.tags.get(PROTECT_TAG) == "true"


def refusal(resource: Resource, observed: Observed) -> Finding | None:
    """Why we may not touch this object, if so."""
    whose = owner(resource, observed)
    if whose is Owner.OURS or (whose is Owner.NOBODY and resource.adopt):
        return None
    if whose is Owner.NOBODY:
        return Finding(
            "RC2001",
            Severity.ERROR,
            f"{observed.identifier} exists already and is not ours",
            help="add `adopt: true` to take it over, or choose another name",
            address=resource.address,
            place=resource.place,
        )
    holder = observed.tags.get(RESOURCE_TAG, "") if whose is Owner.OTHER_RESOURCE else observed.tags[STACK_TAG]
    help = (
        f"if it was renamed, add `renamed_from: {holder.split('/', 1)[-1]}`"
        if whose is Owner.OTHER_RESOURCE
        else "choose another name, or remove it from the other stack with `removed: [{name: ..., keep: true}]`"
    )
    return Finding(
        "RC2002",
        Severity.ERROR,
        f"{observed.identifier} belongs to {whose} ({holder})",
        help=help,
        address=resource.address,
        place=resource.place,
    )
