"""The nodes of a spec file: text that remembers where it stood.

Values only. A scalar stays text here, with the way it was written (plain or quoted); what type it has is the schema's
word, never YAML's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model import Place

NULLS = frozenset({"", "~", "null"})
"""The plain scalars that mean "no value"."""

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """`marks` are the places of each `${` inside the text, in order, or nothing where escapes hide them."""

    text: str
    quoted: bool
    place: Place
    marks: tuple[Place, ...] = ()

    @property
    def is_null(self) -> bool:
        return not self.quoted and self.text in NULLS


@dataclass(frozen=True, slots=True)
class SequenceNode:
    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys are unique texts, in the order of the file."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    place: Place

    def __iter__(self) -> Iterator[tuple[ScalarNode, Node]]:
        return iter(self.entries)

    def get(self, key: str) -> Node | None:
        return next((node for name, node in self.entries if name.text == key), None)

    def key_place(self, key: str) -> Place | None:
        return next((name.place for name, _ in self.entries if name.text == key), None)

    def as_dict(self) -> dict[str, tuple[ScalarNode, Node]]:
        return {name.text: (name, node) for name, node in self.entries}


Node = ScalarNode | SequenceNode | MappingNode


@dataclass(frozen=True, slots=True)
class Document:
    """One spec file; `env` is set once an environment was laid over it."""

    root: MappingNode
    file: str
    source: str
    env: str | None = None


def split_lines(source: str) -> list[str]:
    """The lines as YAML counts them: broken at LF, CR LF and CR only."""
    return _LINE_BREAK.split(source)
