"""Questions about a JSON Schema that need no validator: what may describe a place, which types it wants. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reconciler.model import Value

Schema = Mapping[str, Any]

_BRANCHES = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTED = (*_BRANCHES, "prefixItems")
_SINGLE = ("items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else")


def target(root: Schema, reference: str) -> Any:
    """What a local `$ref` (`#/$defs/name`) points at. Raises LookupError where there is nothing."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def alternatives(schema: Any, root: Schema) -> tuple[Schema, ...]:
    """Every schema that may describe the same value: the schema, what it refers to, and its branches, in order."""
    todo, found = [schema], []
    seen: set[int] = set()
    while todo:
        one = todo.pop(0)
        if not isinstance(one, Mapping) or id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        if "$ref" in one:
            todo.append(target(root, one["$ref"]))
        for word in _BRANCHES:
            todo.extend(one.get(word, ()))
        todo.extend(one[word] for word in ("then", "else") if word in one)
    return tuple(found)


def of_key(schemas: Iterable[Schema], key: str, root: Schema) -> tuple[Schema, ...]:
    """The schemas of the value under `key` of a mapping any of `schemas` may describe."""
    return tuple(found for schema in schemas for one in key_schemas(schema, key) for found in alternatives(one, root))


def of_item(schemas: Iterable[Schema], index: int, root: Schema) -> tuple[Schema, ...]:
    """The schemas of the item at `index` of a list any of `schemas` may describe."""
    return tuple(found for schema in schemas for found in alternatives(item_schema(schema, index), root))


def wanted_types(schemas: Iterable[Schema]) -> frozenset[str]:
    """The JSON types a value may have; empty where any will do."""
    types: set[str] = set()
    for schema in schemas:
        stated = schema.get("type", ())
        types.update([stated] if isinstance(stated, str) else stated)
    return frozenset(types)


def exact_values(schemas: Iterable[Schema]) -> tuple[Value, ...]:
    """The values `enum` and `const` allow, in order."""
    return tuple(
        value
        for schema in schemas
        for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ()))
    )


def key_schemas(schema: Schema, key: str) -> list[Any]:
    """What one schema says about the value under `key`, without looking into branches or `$ref`s."""
    found = [schema["properties"][key]] if key in schema.get("properties", ()) else []
    found += [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
    return found or [schema.get("additionalProperties")]


def item_schema(schema: Schema, index: int) -> Any:
    """What one schema says about the item at `index`."""
    prefix: Sequence[Any] = schema.get("prefixItems", ())
    return prefix[index] if index < len(prefix) else schema.get("items")


def mapped(schema: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy of the schema with `change` made to it and to every schema inside, the inner ones first."""
    if not isinstance(schema, Mapping):
        return schema
    result = dict(schema)
    for word in _NAMED:
        if word in result:
            result[word] = {key: mapped(one, change) for key, one in result[word].items()}
    for word in _LISTED:
        if word in result:
            result[word] = [mapped(one, change) for one in result[word]]
    for word in _SINGLE:
        if word in result:
            result[word] = mapped(result[word], change)
    return change(result)
