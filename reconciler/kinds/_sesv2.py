"""What the SES v2 kinds share: finding what carries the stack's tag, and tagging it. It sends no mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import address_of, details, missing_tags, partition, read, read_all, tag_list, tag_map
from reconciler.model import Address, Call, Change, Observed, Reads, Resource, Response, Scope

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """How SES reads one type: `GetEmailIdentity` takes an `email_identity`; the list calls give `names`."""

    kind: str
    operation: str
    name: str
    arn: str
    """What stands before the name in the ARN."""
    list: str
    names: Callable[[Response], Sequence[str]]

    def read_call(self, name: str) -> Call:
        return Call("sesv2", self.operation, {self.name: name})

    def arn_of(self, name: str, where: Resource | Scope) -> str:
        return f"arn:{partition(where.region)}:ses:{where.region}:{where.account}:{self.arn}/{name}"


Reader = Callable[[Address, str, Item], Observed]
"""(address, ARN, answer) -> observed."""


def observe(listing: Listing, observed: Reader) -> Callable[[Sequence[Resource]], Reads[Mapping[Address, Observed]]]:
    def read_declared(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
        names = [resource.properties[listing.name] for resource in resources]
        answers = yield from read_all([listing.read_call(name) for name in names])
        return {
            resource.address: observed(resource.address, listing.arn_of(name, resource), {listing.name: name, **answer})
            for resource, name, answer in zip(resources, names, answers, strict=True)
            if answer is not None
        }

    return read_declared


def owned(listing: Listing, observed: Reader) -> Callable[[Scope], Reads[Sequence[Observed]]]:
    """AWS: lists leave the tags out, so each listed object is asked itself."""

    def read_owned(scope: Scope) -> Reads[Sequence[Observed]]:
        names = listing.names((yield from read(Call("sesv2", listing.list))))
        answers = yield from read_all([listing.read_call(name) for name in names])
        found = []
        for name, answer in zip(names, answers, strict=True):
            address = address_of(tag_map((answer or {}).get("tags")), scope.stack, listing.kind)
            if answer is not None and address is not None:
                found.append(observed(address, listing.arn_of(name, scope), {listing.name: name, **answer}))
        return found

    return read_owned


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("sesv2", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})
