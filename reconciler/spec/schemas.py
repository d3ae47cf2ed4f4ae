"""Where the schemas of a spec come from: one envelope, one fragment per kind and per component, read when asked for.

Reads files of the `schemas/` folder only; which kinds exist is which files are there. It never validates anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from reconciler.errors import ReconcileError
from reconciler.spec.shape import Schema

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ENVELOPE = "stack.schema.json"
BUNDLE = "reconcile.schema.json"

_OWN_WORDS = ("$schema", "$id", "examples", "x-docs")
"""What a fragment says about itself and not about its entries."""


@dataclass(frozen=True)
class Catalog:
    """The schemas below a `schemas/` folder."""

    root: Traversable
    _read: dict[str, Schema] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return self._names("kinds")

    @cached_property
    def components(self) -> tuple[str, ...]:
        return self._names("components")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Everything `kind:` may say."""
        return (*self.components, *self.kinds)

    @property
    def envelope(self) -> Schema:
        """The schema of a whole spec; it leaves the properties of the entries open."""
        return self._load(ENVELOPE)

    def fragment(self, name: str) -> Schema:
        """The schema of a kind's or component's own properties. Raises LookupError for an unknown name."""
        if name not in self.names:
            raise LookupError(name)
        return self._load(f"{'components' if name in self.components else 'kinds'}/{name}.json")

    def entry(self, name: str) -> Schema:
        """The schema of an entry of `resources:` of this kind: the envelope's properties and the kind's own."""
        key = f"entry {name}"
        if key not in self._read:
            self._read[key] = self._entry(name)
        return self._read[key]

    def envelope_properties(self, name: str) -> Mapping[str, Any]:
        """The properties every entry of this kind has, whatever the kind."""
        definitions = self.envelope["$defs"]
        own = definitions["component"]["properties"] if name in self.components else {}
        return {**definitions["entry"]["properties"], **own}

    def _entry(self, name: str) -> Schema:
        fragment = self.fragment(name)
        common, own = self.envelope_properties(name), fragment.get("properties", {})
        taken = sorted(common.keys() & own.keys())
        if taken:
            raise ReconcileError(
                f"the schema of `{name}` declares `{taken[0]}`, which every entry already has",
                help="give the property another name",
            )
        rest = {word: value for word, value in fragment.items() if word not in _OWN_WORDS}
        required = ["kind", *fragment.get("required", ())]
        return {**rest, "properties": {**common, **own}, "required": required, "additionalProperties": False}

    def _names(self, folder: str) -> tuple[str, ...]:
        place = self.root / folder
        files = place.iterdir() if place.is_dir() else ()
        return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))

    def _load(self, path: str) -> Schema:
        if path not in self._read:
            text = self.root.joinpath(*path.split("/")).read_text(encoding="utf-8")
            schema: Schema = json.loads(text)
            self._read[path] = schema
        return self._read[path]


@cache
def shipped() -> Catalog:
    """The catalog that came with this package: inside the wheel, or beside the package in a checkout."""
    from importlib.resources import files

    package = files("reconciler")
    inside = package / "schemas"
    return Catalog(inside if inside.is_dir() else package / ".." / "schemas")
