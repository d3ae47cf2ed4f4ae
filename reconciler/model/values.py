"""What a spec is made of after load: places, addresses, values that are not known yet, resources. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Address = str
"""`kind/name`, for example `ec2.vpc/network-vpc`; what the ownership tag carries."""

Value = Any
"""A JSON-like value; a desired state may also hold Reference, Template, Unknown, Band, Generated, FromSecret."""

Properties = Mapping[str, Value]
Path = tuple[str | int, ...]

STACK_TAG = "reconciler:stack"
RESOURCE_TAG = "reconciler:resource"
PROTECT_TAG = "reconciler:protect"


def render_path(path: Path) -> str:
    """`("ingress", "[tcp/443]", "description")` -> `ingress[tcp/443].description`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("[") or not text:
            text += part
        else:
            text += f".{part}"
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the spec; line and column count from 1, column in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name.output}`: `target` is a name of the spec (or, after expand, an address); no output means all of them."""

    target: str
    output: str | None = None
    place: Place | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"${{{self.target}.{self.output}}}" if self.output else f"${{{self.target}}}"


@dataclass(frozen=True, slots=True)
class Template:
    """A string with references inside: `arn:aws:s3:::${uploads.bucket}/*`."""

    parts: tuple[str | Reference, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that exists only after apply."""

    reference: str = ""

    def __str__(self) -> str:
        return "(known after apply)"


@dataclass(frozen=True, slots=True)
class Band:
    """A field with another owner: `desired_count: {owner: autoscaling, within: [2, 10]}`."""

    owner: str
    low: float | None = None
    high: float | None = None

    def admits(self, observed: Value) -> bool:
        if not isinstance(observed, int | float) or isinstance(observed, bool):
            return self.low is None and self.high is None
        return (self.low is None or observed >= self.low) and (self.high is None or observed <= self.high)


@dataclass(frozen=True, slots=True)
class Generated:
    """A secret made at the moment of the write by the executor; it is never stored, printed or compared."""

    length: int = 32
    template: str = "{}"
    """Where the generated text goes; `{}` stands for it, everything else is literal."""

    def __str__(self) -> str:
        return "(generated secret)"


@dataclass(frozen=True, slots=True)
class FromSecret:
    """A value the executor reads from Secrets Manager at the moment of the write: `key` of its JSON, or all of it."""

    arn: Value
    key: str | None = None
    template: Value = None
    """A text around keys of its JSON: `{password}` is that key percent-encoded, `{password:raw}` as it is."""
    version: Value = None
    """The version to read; the current one where left out."""

    def __str__(self) -> str:
        return "(from a secret)"


@dataclass(frozen=True, slots=True)
class Resource:
    """One AWS object (or data migration) the spec declares, after expand. `properties` include schema defaults."""

    kind: str
    name: str
    stack: str
    properties: Properties
    place: Place
    places: Mapping[Path, Place] = field(default_factory=dict, compare=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Every tag wanted on the live object, the ownership tags included."""
    region: str = ""
    account: str = ""
    adopt: bool | str = False
    """True: take over an unowned object of the same identity; a string: the live id to take over."""
    protect: bool = False
    depends_on: tuple[Address, ...] = ()
    renamed_from: Address | None = None

    @property
    def address(self) -> Address:
        return f"{self.kind}/{self.name}"

    def place_of(self, path: Path) -> Place:
        """The place of the deepest declared prefix of `path`, or of the entry itself."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return self.place

    def with_properties(self, properties: Properties) -> Resource:
        return replace(self, properties=properties)


@dataclass(frozen=True, slots=True)
class Removal:
    """An entry of `removed:`: the word that lets a protected object go (or lets go of it, with `keep`)."""

    name: str
    reason: str
    keep: bool = False
    place: Place | None = field(default=None, compare=False)

    def covers(self, address: Address) -> bool:
        """An address or a name; what is kept may also be named by the component it was a part of."""
        name = address.split("/", 1)[-1]
        return self.name in (address, name) or (self.keep and name.startswith(f"{self.name}-"))
