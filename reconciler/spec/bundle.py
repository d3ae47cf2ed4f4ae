"""Makes one self-contained JSON Schema of the envelope and all kinds: for editors and for `reconcile schema`.

The schemas stay the only truth: this rearranges them and adds nothing a spec could say. `python -m
reconciler.spec.bundle` writes it to `schemas/reconcile.schema.json` of a checkout; nothing else here does I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.spec.schemas import BUNDLE, Catalog
from reconciler.spec.shape import Schema, mapped, wanted_types
from reconciler.spec.words import shown

# These two say nothing of themselves: an editor shows what it finds in them beside the documentation of each key.
REFERENCE = {"type": "string", "pattern": r"(^|[^$])\$\{"}
OWNED = {
    "type": "object",
    "properties": {
        "owner": {
            "type": "string",
            "description": "Who sets the value.",
            "examples": ["autoscaling"],
        },
        "within": {
            "type": "array",
            "description": "The lowest and the highest number that is no difference; `null` for no limit.",
            "items": {"type": ["number", "null"]},
            "minItems": 2,
            "maxItems": 2,
            "examples": [[2, 10]],
        },
    },
    "required": ["owner"],
    "additionalProperties": False,
}
_NOTES = ("title", "description", "markdownDescription", "default", "examples", "deprecated")
"""What a schema says to readers and not about values."""

_CONSTRAINTS = (
    "enum",
    "const",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
)
_NAMED = ("properties", "patternProperties", "$defs")
_PARTS = ("properties", "patternProperties", "items", "additionalProperties", "prefixItems")
"""Keywords that describe values inside the value."""

_SAME_VALUE = ("anyOf", "oneOf", "allOf", "then", "else", "$defs")
_WRITTEN_OUT = frozenset({"kind", "depends_on", "renamed_from"})
_FILLED_IN = ("account", "region", "tags")
"""Keys of the envelope that may use variables."""


def bundle(catalog: Catalog) -> dict[str, Any]:
    """The schema of a whole spec: each entry is described by its kind, each value may be a reference."""
    envelope = dict(catalog.envelope)
    properties = {key: _open(one) if key in _FILLED_IN else one for key, one in envelope["properties"].items()}
    properties["resources"] = {**properties["resources"], "additionalProperties": _choice(catalog)}
    definitions = {
        "reference": REFERENCE,
        "owned": OWNED,
        **{key: _entry_words(one) for key, one in envelope["$defs"].items()},
        **{_definition(name): _entry(catalog, name) for name in catalog.names},
    }
    own = {"$id": f"{envelope['$id'].rpartition('/')[0]}/{BUNDLE}", "title": "reconcile spec"}
    whole = mapped({**envelope, **own, "properties": properties, "$defs": definitions}, _documented)
    return dict(whole)


def text(catalog: Catalog) -> str:
    """The bundle as the file that is committed."""
    return json.dumps(bundle(catalog), indent=1, ensure_ascii=False) + "\n"


def _choice(catalog: Catalog) -> dict[str, Any]:
    """An entry of `resources`: `kind` first, then what that kind has."""
    titles = [str(catalog.fragment(name).get("title", name)) for name in catalog.names]
    return {
        "type": "object",
        "description": "One resource: its `kind` and the properties of that kind.",
        "required": ["kind"],
        "properties": {
            "kind": {
                "description": catalog.envelope["$defs"]["entry"]["properties"]["kind"]["description"],
                "examples": list(catalog.names[:1]),
                "enum": list(catalog.names),
                "enumDescriptions": titles,
            }
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{_definition(name)}"},
            }
            for name in catalog.names
        ],
    }


def _entry(catalog: Catalog, name: str) -> dict[str, Any]:
    """One kind's entries; what every entry has is described once and referred to."""
    here = f"#/$defs/{_definition(name)}"
    entry = catalog.entry(name)
    common = {key: {"$ref": f"#/$defs/{home}/properties/{key}"} for key, home in _homes(catalog, name).items()}
    own = {key: one for key, one in entry["properties"].items() if key not in common}
    opened = _open_inside(mapped({**entry, "properties": own}, partial(_relocated, below=here)))
    return {**opened, "properties": {**common, "kind": {**common["kind"], "const": name}, **opened["properties"]}}


def _homes(catalog: Catalog, name: str) -> dict[str, str]:
    """Which definition of the envelope describes each property that is not the kind's own."""
    entry = catalog.envelope["$defs"]["entry"]["properties"]
    return {key: "entry" if key in entry else "component" for key in catalog.envelope_properties(name)}


def _entry_words(schema: Schema) -> dict[str, Any]:
    properties = schema.get("properties", {})
    opened = {key: one if key in _WRITTEN_OUT else _open(one) for key, one in properties.items()}
    return {**schema, "properties": opened} if opened else dict(schema)


def _definition(name: str) -> str:
    return f"entry-{name}"


def _relocated(schema: dict[str, Any], below: str) -> dict[str, Any]:
    """The schema with its local `$ref` starting at `below`."""
    return {**schema, "$ref": below + schema["$ref"].removeprefix("#")} if "$ref" in schema else schema


# --- references -----------------------------------------------------------------------------------------------------


def _open(schema: Any) -> Any:
    """The schema of a value that may also be written as a reference or, where it is no mapping, have another owner."""
    if not isinstance(schema, Mapping):
        return schema
    inside = _open_inside(schema)
    types = wanted_types([schema])
    constrained = any(word in schema for word in _CONSTRAINTS)
    others = [] if "string" in types and not constrained else [{"$ref": "#/$defs/reference"}]
    others += [] if "object" in types or (constrained and not types) else [{"$ref": "#/$defs/owned"}]
    if not others or not (types or constrained):
        return inside
    notes = {word: inside[word] for word in _NOTES if word in inside}
    rules = {word: value for word, value in inside.items() if word not in _NOTES}
    return {**notes, "anyOf": [rules, *others]}


def _open_inside(schema: Any) -> Any:
    """The schema with what it holds opened, itself as it was."""
    if not isinstance(schema, Mapping):
        return schema
    result = dict(schema)
    for words, change in ((_PARTS, _open), (_SAME_VALUE, _open_inside)):
        for word in words:
            if word in _NAMED and word in result:
                result[word] = {key: change(one) for key, one in result[word].items()}
            elif word in result:
                held = result[word]
                result[word] = [change(one) for one in held] if isinstance(held, list) else change(held)
    return result


# --- documentation --------------------------------------------------------------------------------------------------


def _documented(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with a `markdownDescription`: its description and the default; editors show examples anyway."""
    if "description" not in schema or "markdownDescription" in schema:
        return schema
    default = f"\n\nDefault: `{shown(schema['default'])}`" if "default" in schema else ""
    return {**schema, "markdownDescription": schema["description"] + default}


def main() -> None:
    """Writes the bundle beside the schemas of this checkout."""
    schemas = Path(__file__).resolve().parents[2] / "schemas"
    (schemas / BUNDLE).write_text(text(Catalog(schemas)), encoding="utf-8")


if __name__ == "__main__":
    main()
