"""Observe and resolve: what is live now, and what the references of the spec stand for.

Read calls only. Resources whose identity does not depend on another's are all observed in one go; the rest follow as
soon as what they need is known. It decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from reconciler.aws.tag_index import TagIndex
from reconciler.errors import ReconcileError
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import (
    Address,
    FromSecret,
    Observed,
    Properties,
    Reads,
    Reference,
    Resource,
    Scope,
    Unknown,
    Value,
)
from reconciler.spec.references import element, references_in, resolve

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Gather(Protocol):
    """What drives readers side by side: `reconciler.aws.executor.Snapshot`."""

    def gather(self, readers: Mapping[K, Reads[T]]) -> dict[K, T]: ...


Lookup = Callable[[Reference], Value]


@dataclass(frozen=True, slots=True)
class View:
    """One look at AWS: what each declared address is, and what else carries the stack's tag.

    An address that was looked for and is absent maps to None; one that cannot be looked for yet is left out.
    """

    observed: Mapping[Address, Observed | None]
    owned: tuple[Observed, ...] = field(default=())


def inside(value: Value, wanted: type[T]) -> Iterator[T]:
    """Every `wanted` inside a resolved value."""
    if isinstance(value, wanted):
        yield value
    elif isinstance(value, FromSecret):
        yield from inside((value.arn, value.template, value.version), wanted)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from inside(item, wanted)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from inside(item, wanted)


def placed(reader: Reads[T], region: str) -> Reads[T]:
    """`reader` with every call that names no region sent to `region`."""
    try:
        calls = next(reader)
        while True:
            try:
                answers = yield [replace(call, region=call.region or region or None) for call in calls]
            except ReconcileError as error:
                calls = reader.throw(error)
            else:
                calls = reader.send(answers)
    except StopIteration as stop:
        found: T = stop.value
        return found


def resolved(resource: Resource, lookup: Lookup) -> Resource:
    return resource.with_properties({name: resolve(value, lookup) for name, value in resource.properties.items()})


def outputs_lookup(observed: Mapping[Address, Observed | None]) -> Lookup:
    """References answered by live outputs; what is absent, or not looked at, is Unknown."""

    def lookup(reference: Reference) -> Value:
        live = observed.get(reference.target)
        value: Value = live.outputs if live else None
        for step in (reference.output or "").split("."):
            value = element(value, step)
        return Unknown(str(reference)) if value is None else value

    return lookup


def observe(
    resources: Mapping[Address, Resource], snapshot: Gather, index: TagIndex | None = None
) -> dict[Address, Observed | None]:
    """What each resource is in AWS now; None where it is provably absent. Tags are the index's where it has them.

    A resource is left out where it cannot be looked for, because an object that identifies it does not exist.
    Raises the typed errors of calls; nothing is guessed when a read fails.
    """
    observed: dict[Address, Observed | None] = {}
    remaining = dict(resources)
    while remaining:
        lookup = outputs_lookup(observed)
        wave = [r for r in remaining.values() if remaining.keys().isdisjoint(identity_targets(r, resources))]
        groups: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for resource in wave:
            candidate = resolved(resource, lookup)
            if is_identified(candidate):
                observed[resource.address] = None
                groups[resource.kind, resource.region].append(candidate)
        readers = {key: placed(kind(key[0]).observe(group), key[1]) for key, group in groups.items()}
        if index is not None:
            readers = {key: index.answering(reader) for key, reader in readers.items()}
        for found in snapshot.gather(readers).values():
            observed.update(found)
        for resource in wave:
            del remaining[resource.address]
    return observed


def is_identified(resource: Resource) -> bool:
    """Is everything known that it takes to look for it?"""
    names = kind(resource.kind).identity
    return not any(any(inside(resource.properties.get(name), Unknown)) for name in names)


def identity_targets(resource: Resource, resources: Mapping[Address, Resource]) -> set[Address]:
    """The declared addresses that must be observed before this one can be looked for."""
    declared = kind(resource.kind)
    values: list[Properties | Any] = [
        resource.properties.get(name) for name in (*declared.identity, *declared.wanted_first)
    ]
    targets = {reference.target for value in values for reference in references_in(value)}
    return {target for target in targets if target in resources}


Asked = tuple[str, Scope]
"""A kind, and where its leftovers are looked for."""
Owned = Reads[Sequence[Observed]]


def observe_owned(
    asked: Sequence[Asked],
    snapshot: Gather,
    answering: Callable[[str, Owned], Owned] = lambda _, reader: reader,
) -> tuple[Observed, ...]:
    """What carries the stack's ownership tag (or name) of the kinds and in the regions asked for.

    An object of a service that is the same in all regions is found once. `answering` may answer a kind's reads.
    """
    readers = {(name, scope): answering(name, placed(kind(name).owned(scope), scope.region)) for name, scope in asked}
    found = snapshot.gather(readers)
    owned: dict[tuple[str, Address, str], Observed] = {}
    for name, scope in asked:
        for item in found[name, scope]:
            owned.setdefault((name, item.address, item.identifier), replace(item, region=scope.region))
    return tuple(owned.values())


def every_kind(scopes: Sequence[Scope]) -> list[Asked]:
    """All kinds everywhere: who asks this finds what there is, whatever any index says."""
    return [(name, scope) for scope in scopes for name in kind_names()]
