"""The value a valid spec becomes: a stack of entries, typed and complete, before components are expanded.

Values only; nothing here reads, checks or decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import Path, Place, Properties, Removal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `resources:`. `properties` are the kind's own: typed, with schema defaults, references parsed."""

    name: str
    kind: str
    properties: Properties
    place: Place
    """Where its name stands."""
    places: Mapping[Path, Place] = field(default_factory=dict, compare=False)
    """The place of each value, by its path inside the entry."""
    adopt: bool | str = False
    protect: bool | None = None
    """None: the kind decides."""
    depends_on: tuple[str, ...] = ()
    region: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    renamed_from: str | None = None
    overrides: Mapping[str, Properties] = field(default_factory=dict)
    """For a component: part name -> properties laid over what the component made of that part."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A valid spec. `name` includes the environment; `account` is None where the spec does not name one."""

    name: str
    account: str | None
    region: str
    env: str | None
    tags: Mapping[str, str]
    entries: Mapping[str, Entry]
    removed: tuple[Removal, ...]
    file: str
