"""Guardrails: what a plan must never do without the explicit word, whatever the spec says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.kinds.registry import kind
from reconciler.model import Action, Change, Finding, Severity
from reconciler.ownership import is_protected

if TYPE_CHECKING:
    from reconciler.plan import Desired


def guard(changes: Sequence[Change], desired: Desired) -> tuple[Finding, ...]:
    """The findings that block these changes."""
    return (*_replaced_data(changes), *_unadoptable(changes), *_emptied(changes, desired))


def _replaced_data(changes: Sequence[Change]) -> Iterator[Finding]:
    """An object that holds data, or is protected, is never replaced: its data would go with it."""
    for change in changes:
        if change.action is not Action.REPLACE or change.resource is None or change.observed is None:
            continue
        if change.resource.protect or is_protected(change.observed) or kind(change.kind).holds_data:
            forcing = next(field for field in change.fields if field.forces_replacement)
            yield Finding(
                "RC2301",
                Severity.ERROR,
                f"{change.observed.identifier} would have to be replaced because `{forcing.path[0]}` changes,"
                " and its data would be lost",
                help="put the old value back; or add a new resource beside it, move the data, then remove this one",
                address=change.address,
                place=forcing.place or change.resource.place,
            )


def _unadoptable(changes: Sequence[Change]) -> Iterator[Finding]:
    """Adopting what would have to be replaced right after would be deleting it."""
    for change in changes:
        forcing = next((field for field in change.fields if field.forces_replacement), None)
        if change.action is Action.ADOPT and change.observed is not None and forcing is not None:
            yield Finding(
                "RC2303",
                Severity.ERROR,
                f"{change.observed.identifier} cannot be adopted: its `{forcing.path[0]}` differs, and never changes",
                help="write the value it has, or adopt another object",
                address=change.address,
                place=forcing.place,
            )


def _emptied(changes: Sequence[Change], desired: Desired) -> Iterator[Finding]:
    """A spec that lost all its resources is a mistake far more often than a wish."""
    deleted = [change for change in changes if change.action is Action.DELETE]
    if deleted and not desired.expanded.resources and desired.known is None:
        yield Finding(
            "RC2302",
            Severity.ERROR,
            f"the spec has no resources, and {len(deleted)} live objects of this stack would be deleted",
            help="to take the stack down on purpose, run `reconcile destroy`",
        )
