"""Prune: what carries the stack's tag and is no longer in the spec; what of it goes, what stays, and why. Pure.

Nothing protected is ever deleted without its `removed:` entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from reconciler.expand import Expanded
from reconciler.graph import closure, order
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import (
    STACK_TAG,
    Action,
    Address,
    Change,
    FieldChange,
    Finding,
    Observed,
    Place,
    Removal,
    Resource,
    Severity,
)
from reconciler.observe import View, identity_targets
from reconciler.ownership import RELEASED, is_protected


@dataclass(frozen=True, slots=True)
class Pruning:
    """What decides about leftovers: the desired state, for destroy what the spec `known` declares, and what is live."""

    expanded: Expanded
    known: Expanded | None
    view: View
    removed: Sequence[Removal]

    def word(self, item: Observed) -> Removal | None:
        """The `removed:` entry about an object; one with `keep` also covers the parts of a component."""
        return next((word for word in self.removed if word.covers(item.address)), None)

    def is_protected(self, item: Observed) -> bool:
        """By its tag, which outlives the spec, or by the spec, which outlives a tag taken off by hand."""
        declared = self.known.resources.get(item.address) if self.known else None
        return (is_protected(item) or (declared is not None and declared.protect)) and self.word(item) is None


def deletions(pruning: Pruning) -> tuple[list[Change], list[Finding]]:
    """Deletions (users before what they use) and forgettings of leftovers, and a finding for each one kept."""
    returning = _returning(pruning)
    leftovers = [i for i in pruning.view.owned if i.address not in returning and _is_leftover(i, pruning)]
    protected = {item.address for item in leftovers if pruning.is_protected(item)}
    forgotten = {item.address for item in leftovers if (word := pruning.word(item)) is not None and word.keep}
    needed = _needed(protected | forgotten, leftovers, pruning)
    planned: list[Change] = []
    findings: list[Finding] = []
    for item in sorted(leftovers, key=lambda each: (deletion_rank(each.address), each.address)):
        if item.address in forgotten:
            _forget(item, pruning, planned, findings)
        elif item.address in protected:
            findings.append(_kept(item, "it is protected", _HELP))
        elif item.address in needed:
            findings.append(_kept(item, "something that is kept needs it", ""))
        else:
            planned.append(_deletion(item, pruning))
    return planned, findings


def _needed(kept: set[Address], leftovers: Sequence[Observed], pruning: Pruning) -> set[Address]:
    """What kept objects need: by the spec where it still declares them, else whatever their kinds may use.

    Keeping too much is said and harmless; deleting the subnet of a kept database is neither.
    """
    dependencies = pruning.known.dependencies if pruning.known else {}
    needed = closure(kept & dependencies.keys(), dependencies)
    undeclared = {address.split("/", 1)[0] for address in kept - dependencies.keys()}
    kinds = closure(undeclared, {name: kind(name).uses for name in kind_names()})
    return (needed | {item.address for item in leftovers if item.address.split("/", 1)[0] in kinds}) - kept


_HELP = "to delete it, add `removed: [{name: ..., reason: ...}]`; to let go of it, add `keep: true` there"


def _is_leftover(item: Observed, pruning: Pruning) -> bool:
    resources = pruning.expanded.resources
    if item.address in {resource.renamed_from for resource in resources.values()}:
        return False
    same_kind = f"{item.address.split('/', 1)[0]}/"
    observed = pruning.view.observed.items()
    return item.identifier not in {
        live.identifier for address, live in observed if live and address.startswith(same_kind)
    }


def _returning(pruning: Pruning) -> set[Address]:
    """What cannot be looked for because the object it is named after is gone, and will be made again by the same name.

    Where an old object of that address still lives, the new one stands beside it, and what belongs to the old one is a
    leftover.
    """
    resources, observed = pruning.expanded.resources, pruning.view.observed
    owned = {item.address for item in pruning.view.owned}
    found: set[Address] = set()
    for address in order(pruning.expanded.dependencies):
        if address not in resources or address in observed:
            continue
        gone = [each for each in identity_targets(resources[address], resources) if observed.get(each) is None]
        if all(each in found or each not in owned for each in gone):
            found.add(address)
    return found


def _kept(item: Observed, why: str, help: str) -> Finding:
    return Finding("RC2201", Severity.WARNING, f"{item.identifier} stays: {why}", help, item.address)


def _deletion(item: Observed, pruning: Pruning) -> Change:
    word = pruning.word(item)
    superseded = item.address in pruning.expanded.resources
    gone = "the stack is destroyed" if pruning.known else "it is no longer in the spec"
    reason = "a new object took its place" if superseded else word.reason if word else gone
    return Change(Action.DELETE, item.address, None, item, (), reason)


def _forget(item: Observed, pruning: Pruning, planned: list[Change], findings: list[Finding]) -> None:
    """Letting go is re-tagging: the stack tag becomes `none`. What has no tags stays ours by its name or parent."""
    kind_name, name = item.address.split("/", 1)
    word = pruning.word(item)
    if kind(kind_name).retag is None or word is None:
        findings.append(_kept(item, "AWS cannot tag it, so it is ours by its name or parent as long as it exists", ""))
        return
    tags = {STACK_TAG: RELEASED}
    resource = Resource(kind_name, name, item.tags.get(STACK_TAG, ""), {}, word.place or Place("", 1, 1), tags=tags)
    field = FieldChange(("tags", STACK_TAG), RELEASED, item.tags.get(STACK_TAG))
    planned.append(Change(Action.FORGET, item.address, resource, item, (field,), word.reason))


@cache
def _ranks() -> Mapping[str, int]:
    names = kind_names()
    uses = {name: tuple(used for used in kind(name).uses if used in names) for name in names}
    return {name: -index for index, name in enumerate(order(uses))}


def deletion_rank(address: Address) -> int:
    """Lower goes first: kinds that use others before the kinds they use."""
    return _ranks().get(address.split("/", 1)[0], 0)
