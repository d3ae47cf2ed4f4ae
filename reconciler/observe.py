"""Observe and resolve: what is live now, and what the references of the spec stand for.

Read calls only. Resources whose identity does not depend on another's are all observed in one go; the rest follow as
soon as what they need is known. It decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

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
from reconciler.spec.references import references_in, resolve

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Gather(Protocol):
    """What drives readers side by side: `reconciler.aws.executor.Snapshot`."""

    def gather(self, readers: Mapping[K, Reads[T]]) -> dict[K, T]: ...


Lookup = Callable[[Reference], Value]


@dataclass(frozen=True, slots=True)
class View:
    """One look at AWS: what each declared address is, and what else carries the stack's tag.

    An address that was looked for and is absent maps to None.
    """

    observed: Mapping[Address, Observed | None]
    owned: tuple[Observed, ...] = field(default=())


def unknowns(value: Value) -> Iterator[Unknown]:
    """Every unknown inside a resolved value."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, FromSecret):
        yield from unknowns(value.arn)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from unknowns(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknowns(item)


def resolved(resource: Resource, lookup: Lookup) -> Resource:
    return resource.with_properties({name: resolve(value, lookup) for name, value in resource.properties.items()})


def outputs_lookup(observed: Mapping[Address, Observed | None]) -> Lookup:
    """References answered by live outputs; what is absent, or not looked at, is Unknown."""

    def lookup(reference: Reference) -> Value:
        live = observed.get(reference.target)
        value = live.outputs.get(reference.output or "") if live else None
        return Unknown(str(reference)) if value is None else value

    return lookup


def observe(resources: Mapping[Address, Resource], snapshot: Gather) -> dict[Address, Observed | None]:
    """What each resource is in AWS now; None where it is provably absent.

    Raises the typed errors of calls; nothing is guessed when a read fails.
    """
    observed: dict[Address, Observed | None] = {}
    remaining = dict(resources)
    while remaining:
        lookup = outputs_lookup(observed)
        wave = [r for r in remaining.values() if all(a in observed for a in _identity_targets(r, resources))]
        by_kind: dict[str, list[Resource]] = defaultdict(list)
        for resource in wave:
            candidate = resolved(resource, lookup)
            observed[resource.address] = None
            if not any(any(unknowns(candidate.properties.get(name))) for name in kind(resource.kind).identity):
                by_kind[resource.kind].append(candidate)
        readers = {name: kind(name).observe(candidates) for name, candidates in by_kind.items()}
        for found in snapshot.gather(readers).values():
            observed.update(found)
        for resource in wave:
            del remaining[resource.address]
    return observed


def _identity_targets(resource: Resource, resources: Mapping[Address, Resource]) -> set[Address]:
    """The declared addresses that must be observed before this one can be looked for."""
    declared = kind(resource.kind)
    values: list[Properties | Any] = [
        resource.properties.get(name) for name in (*declared.identity, *declared.wanted_first)
    ]
    targets = {reference.target for value in values for reference in references_in(value)}
    return {target for target in targets if target in resources}


def observe_owned(scope: Scope, snapshot: Gather, kinds: Sequence[str] | None = None) -> tuple[Observed, ...]:
    """Everything in AWS that carries the stack's ownership tag (or name), of all kinds."""
    names = kind_names() if kinds is None else kinds
    found = snapshot.gather({name: kind(name).owned(scope) for name in names})
    return tuple(item for name in names for item in found[name])
