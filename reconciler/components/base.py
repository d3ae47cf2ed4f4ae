"""What components are written with. A component never reads anything: entry in, parts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.model import Properties, Reference, Template, Value


@dataclass(frozen=True, slots=True)
class Context:
    """What every component may know about the stack it expands in."""

    stack: str
    account: str
    region: str

    @property
    def partition(self) -> str:
        """What stands after `arn:` in this region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


@dataclass(frozen=True, slots=True)
class Part:
    """One AWS object a component stands for. Its full name is `entry-name`, or just the entry's where `name` is empty.

    `overrides: {name: {...}}` in the entry is merged over `properties`.
    """

    name: str
    kind: str
    properties: Properties
    protect: bool | None = None
    depends_on: tuple[str, ...] = ()
    """Addresses."""
    region: str = ""
    """Where it has to be, if not in the entry's own region: what CloudFront uses is in us-east-1."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """The parts of an entry, and its outputs: values that mostly refer to outputs of the parts."""

    parts: tuple[Part, ...]
    outputs: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """Addresses and references of the parts of one entry."""

    entry: str

    def full(self, part: str) -> str:
        return f"{self.entry}-{part}" if part else self.entry

    def address(self, kind: str, part: str) -> str:
        return f"{kind}/{self.full(part)}"

    def ref(self, kind: str, part: str, output: str) -> Reference:
        """A reference to an output of a part of this entry."""
        return Reference(self.address(kind, part), output)


@dataclass(frozen=True, slots=True)
class Component:
    """The declaration of a component; `expand(name, properties, context)` is pure."""

    name: str
    title: str
    outputs: tuple[str, ...]
    expand: Callable[[str, Properties, Context], Expansion]
    computed: tuple[str, ...] = ()
    """Properties it counts, cuts up or names parts after: they must be written out, and cannot be references."""


def join(*parts: str | Reference) -> Template:
    """A string with references inside."""
    return Template(tuple(parts))
