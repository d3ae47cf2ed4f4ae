"""Prune: what carries the stack's tag and is no longer in the spec; what of it goes, what stays, and why. Pure.

Nothing protected is ever deleted without its `removed:` entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from reconciler.observe import View
from reconciler.ownership import RELEASED, is_protected


def deletions(
    expanded: Expanded,
    changes: Mapping[Address, Change],
    view: View,
    removed: Sequence[Removal],
    known: Mapping[Address, tuple[Address, ...]],
) -> tuple[list[Change], list[Finding]]:
    """Deletions (users before what they use) and forgettings of leftovers, and a finding for each one kept."""
    leftovers = [item for item in view.owned if _is_leftover(item, expanded, view)]
    protected = {item.address for item in leftovers if is_protected(item) and not _removal(item, removed)}
    forgotten = {i.address for i in leftovers if (word := _removal(i, removed)) is not None and word.keep}
    needed = closure(protected | forgotten, known) - protected - forgotten
    planned: list[Change] = []
    findings: list[Finding] = []
    for item in sorted(leftovers, key=lambda each: (deletion_rank(each.address), each.address)):
        if item.address in forgotten:
            planned.append(_forgetting(item, _removal(item, removed)))
        elif item.address in protected:
            findings.append(_kept(item, "it is protected", _HELP))
        elif item.address in needed:
            findings.append(_kept(item, "something that is kept needs it", ""))
        else:
            planned.append(_deletion(item, _removal(item, removed), _superseded(item, changes)))
    return planned, findings


_HELP = "to delete it, add `removed: [{name: ..., reason: ...}]`; to let go of it, add `keep: true` there"


def _is_leftover(item: Observed, expanded: Expanded, view: View) -> bool:
    if item.address in {r.renamed_from for r in expanded.resources.values() if r.renamed_from}:
        return False
    kind_name = item.address.split("/", 1)[0]
    declared = (live for address, live in view.observed.items() if live and address.startswith(f"{kind_name}/"))
    return item.identifier not in {live.identifier for live in declared}


def _superseded(item: Observed, changes: Mapping[Address, Change]) -> bool:
    """Is it the old object of an address that has a new one (create before delete)?"""
    return item.address in changes


def _removal(item: Observed, removed: Sequence[Removal]) -> Removal | None:
    return next((word for word in removed if word.covers(item.address)), None)


def _kept(item: Observed, why: str, help: str) -> Finding:
    return Finding(
        "RC2201", Severity.WARNING, f"{item.identifier} stays although it is not in the spec: {why}", help, item.address
    )


def _deletion(item: Observed, word: Removal | None, superseded: bool) -> Change:
    reason = word.reason if word else "it is no longer in the spec"
    return Change(Action.DELETE, item.address, None, item, (), "a new object took its place" if superseded else reason)


def _forgetting(item: Observed, word: Removal | None) -> Change:
    """Letting go is re-tagging: the stack tag becomes `none`, everything else stays."""
    kind_name, name = item.address.split("/", 1)
    place = word.place if word and word.place else Place("", 1, 1)
    tags = {STACK_TAG: RELEASED}
    resource = Resource(kind_name, name, item.tags.get(STACK_TAG, ""), {}, place, tags=tags)
    fields = (FieldChange(("tags", STACK_TAG), RELEASED, item.tags.get(STACK_TAG)),)
    return Change(Action.FORGET, item.address, resource, item, fields, word.reason if word else "")


@cache
def _ranks() -> Mapping[str, int]:
    names = kind_names()
    uses = {name: tuple(used for used in kind(name).uses if used in names) for name in names}
    return {name: -index for index, name in enumerate(order(uses))}


def deletion_rank(address: Address) -> int:
    """Lower goes first: kinds that use others before the kinds they use."""
    return _ranks().get(address.split("/", 1)[0], 0)
