"""A change as a block of lines: the heading, why, and the fields that differ, worded as a plan or as drift.

Pure and format-free like `values`; takes redacted changes only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from reconciler.model import Action, Change, FieldChange, Readiness
from reconciler.report import wording
from reconciler.report.values import Line, difference_lines, is_block, label_width, literal, value_lines
from reconciler.report.wording import SYMBOLS, change_place, path_text, place_text, visible


class View(Enum):
    """The two ways to tell the same differences."""

    PLAN = "plan"
    DRIFT = "drift"

    @property
    def words(self) -> Mapping[Action, str]:
        return wording.PLANNED if self is View.PLAN else wording.DRIFTED

    @property
    def legend(self) -> Mapping[Action, str]:
        return wording.LEGEND if self is View.PLAN else wording.DRIFT_LEGEND


@dataclass(frozen=True, slots=True)
class Block:
    symbol: str
    address: str
    words: str
    """`will be created`: with the address in front, the heading."""
    place: str
    notes: tuple[str, ...]
    """Each a clause: the reason, the live object, what a wait waits for."""
    lines: tuple[Line, ...]


def block(change: Change, view: View, *, verbose: bool = False) -> Block:
    """The block of a redacted `change`; `verbose` adds the calls and every property of a missing object."""
    return Block(
        symbol=SYMBOLS[change.action],
        address=visible(change.address),
        words=view.words[change.action],
        place=place_text(change_place(change)),
        notes=tuple(_notes(change, verbose)),
        lines=tuple(field_lines(change, view, verbose=verbose)),
    )


def field_lines(change: Change, view: View, *, verbose: bool = False) -> Iterator[Line]:
    if view is View.DRIFT and change.action is Action.CREATE and not verbose:
        return  # All of it is missing; the spec already says what "all" is.
    width = label_width([path_text(each.path) for each in change.fields if not _wants_block(each)])
    for each in change.fields:
        for index, line in enumerate(_lines_of(each, view, width)):
            notes = tuple(field_notes(each, change)) if index == 0 else ()
            yield Line(line.symbol, line.depth, line.text, notes)


def field_notes(each: FieldChange, change: Change) -> Iterator[str]:
    if each.forces_replacement:
        yield "forces replacement"
    # In a create every line of the entry is new: its place stands in the heading.
    where = "" if change.action is Action.CREATE else place_text(each.place)
    if where and where != place_text(change_place(change)):
        yield where


def _notes(change: Change, verbose: bool) -> Iterator[str]:
    if change.reason:
        yield visible(change.reason)
    observed = change.observed
    if observed and observed.identifier and change.action not in (Action.CREATE, Action.UPDATE, Action.NOOP):
        yield f"live object: {visible(observed.identifier)}"
    if observed and observed.status.readiness is not Readiness.READY:
        reason = visible(observed.status.reason)
        yield f"{observed.status.readiness}: {reason}" if reason else str(observed.status.readiness)
    if verbose and change.calls:
        yield "calls: " + ", ".join(visible(str(call)) for call in change.calls)


def _lines_of(each: FieldChange, view: View, width: int) -> Iterator[Line]:
    name = path_text(each.path)
    if view is View.DRIFT:
        yield from _drift_lines(name, each)
    elif each.observed is None:
        yield from value_lines(name, each.desired, "+", 1, width)
    elif each.desired is None:
        opening, *rest = value_lines(name, each.observed, "-", 1, width)
        yield Line(opening.symbol, 1, opening.text if rest else f"{opening.text} -> null")
        yield from rest
    else:
        named = name if _wants_block(each) else f"{name:<{width}}"
        yield from difference_lines(named, each.desired, each.observed, 1)


def _drift_lines(name: str, each: FieldChange) -> Iterator[Line]:
    symbol = "+" if each.observed is None else "-" if each.desired is None else "~"
    if not _wants_block(each):
        live, spec = _or_nothing(each.observed), _or_nothing(each.desired)
        yield Line(symbol, 1, f"{name}: differs {live}" if live == spec else f"{name}: live {live}, spec says {spec}")
    elif symbol == "~":
        opening, *rest = difference_lines(name, each.desired, each.observed, 1)
        yield Line(opening.symbol, 1, opening.text, opening.notes)
        yield from rest
    else:
        yield from value_lines(name, each.observed if each.desired is None else each.desired, symbol, 1)


def _or_nothing(value: object) -> str:
    return "nothing" if value is None else literal(value)


def _wants_block(each: FieldChange) -> bool:
    return is_block(each.desired) or is_block(each.observed)
