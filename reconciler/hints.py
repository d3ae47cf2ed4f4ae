"""Hints: which kinds a plan asks for leftovers, by what the tag index lists and what was observed. Pure.

Asking too much costs a call; asking too little leaves something standing until the index knows of it, or somebody looks
at everything (`drift`, `apply`, `destroy`). Nothing is deleted because of a hint: whoever is asked says what is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.aws.tag_index import Entry, TagIndex
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import RESOURCE_TAG, STACK_TAG, Address, Listed, Observed, Resource, Scope, Through
from reconciler.observe import Asked

ByAddress = Mapping[Address, Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plan knows before it looks for leftovers: the declared resources, and what they are in AWS."""

    resources: Mapping[Address, Resource]
    observed: Mapping[Address, Observed | None]


def worth_asking(index: TagIndex, scopes: Sequence[Scope], seen: Seen) -> list[Asked]:
    """The kinds that may have leftovers, and where: of a kind nothing hints at, everywhere the spec names."""
    home, listed, live = scopes[0], _by_kind(index), _ours(index, seen)
    regions: dict[str, set[str]] = {}
    for name in kind_names():
        hint = kind(name).leftovers
        if isinstance(hint, Listed):
            regions[name] = _unaccounted(listed[name], seen)
            if kind(name).retag is not None:  # what has no tags of its own is listed only while it runs
                regions[name] |= _unlisted(listed[name], live[name])
        elif isinstance(hint, Through):
            regions[name] = {each for parent in hint.parents for each in _present(listed[parent], live[parent])}
        else:
            regions[name] = {scope.region for scope in scopes}
    return _asked(regions, home)


def abroad(index: TagIndex, home: Scope) -> list[Asked]:
    """The kinds of which the index lists something: for regions the spec does not name, so all of it is a leftover."""
    listed = _by_kind(index)
    regions: dict[str, set[str]] = {}
    for name in kind_names():
        hint = kind(name).leftovers
        from_kinds = (name,) if isinstance(hint, Listed) else hint.parents if isinstance(hint, Through) else ()
        regions[name] = {region for each in from_kinds for region in _present(listed[each], ())}
    return _asked(regions, home)


def _asked(regions: Mapping[str, set[str]], home: Scope) -> list[Asked]:
    return [(name, Scope(home.stack, home.account, each)) for name, found in regions.items() for each in sorted(found)]


def _by_kind(index: TagIndex) -> Mapping[str, ByAddress]:
    """What the index lists of each kind it is said to list, by the address in the tags."""
    found: dict[str, dict[Address, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    names = set(kind_names())
    for entry in index.entries:
        address = entry.tags.get(RESOURCE_TAG, "")
        name = address.split("/", 1)[0]
        hint = kind(name).leftovers if name in names and entry.tags.get(STACK_TAG) == index.stack else None
        if isinstance(hint, Listed) and entry.matches(hint.arn):
            found[name][address].append(entry)
    return found


Live = Sequence[tuple[Observed, str]]
"""Live objects, and their regions."""


def _ours(index: TagIndex, seen: Seen) -> Mapping[str, Live]:
    """By kind, what declared resources are in AWS and carries the stack's tag."""
    found: dict[str, list[tuple[Observed, str]]] = defaultdict(list)
    for address, resource in seen.resources.items():
        live = seen.observed.get(address)
        if live is not None and live.tags.get(STACK_TAG) == index.stack:
            found[resource.kind].append((live, resource.region or index.home))
    return found


def _unaccounted(listed: ByAddress, seen: Seen) -> set[str]:
    """The regions of what is listed and is not the live object of a declared resource."""
    return {
        entry.region
        for address, found in listed.items()
        for entry in found
        if (live := seen.observed.get(address)) is None or not is_it(entry.arn, live)
    }


def _unlisted(listed: ByAddress, live: Live) -> set[str]:
    """The regions of what lives and is not listed: the index lags, or does not list the kind after all."""
    return {
        region
        for item, region in live
        if not any(is_it(entry.arn, item) for entry in listed.get(item.tags.get(RESOURCE_TAG, ""), ()))
    }


def _present(listed: ByAddress, live: Live) -> Iterator[str]:
    """The regions where something of a kind is, by the index or by what was observed."""
    yield from (entry.region for found in listed.values() for entry in found)
    yield from (region for _, region in live)


def is_it(arn: str, live: Observed) -> bool:
    """Is that the ARN of this object? What cannot be told is not."""
    arn, id = arn.removesuffix(":*"), live.identifier
    if arn in (id, *live.outputs.values(), live.details.get("arn")):
        return True
    return arn.endswith(id) and (id.startswith("/") or arn.removesuffix(id).endswith((":", "/")))
