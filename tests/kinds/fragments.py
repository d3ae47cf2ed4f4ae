"""Schema fragments as test data: their properties and patterns, their examples as values, and other values that fit.

It knows no AWS service and never judges; the tests that use it do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import physical_name
from reconciler.kinds.registry import kind
from reconciler.model import RESOURCE_TAG, STACK_TAG, Place, Properties, Reference, Resource, Value
from reconciler.spec import shipped
from reconciler.spec.nodes import ScalarNode
from reconciler.spec.properties import complete, violations
from reconciler.spec.references import parse, resolve
from reconciler.spec.shape import Schema, alternatives, of_item, of_key, target

NAMES = {"stack": "demo", "name": "main", "account": "123456789012"}
PLACE = Place("example.yaml", 1, 1)
REGION = "eu-central-1"
ACCOUNT = "123456789012"


# --- the schema -----------------------------------------------------------------------------------------------------


def described(schema: Schema, root: Schema, pattern: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema inside, with the pattern of its place as `Rules` write it: `rules[].filter`, `policies.*`."""
    for one in _branches(schema, root):
        for name, member in one.get("properties", {}).items():
            if isinstance(member, Mapping):
                yield from _at(member, root, f"{pattern}.{name}" if pattern else name)
        if isinstance(one.get("items"), Mapping):
            yield from _at(one["items"], root, f"{pattern}[]")
        if isinstance(one.get("additionalProperties"), Mapping):
            yield from _at(one["additionalProperties"], root, f"{pattern}.*")


def _at(schema: Schema, root: Schema, pattern: str) -> Iterator[tuple[str, Schema]]:
    referred = target(root, schema["$ref"]) if "$ref" in schema else {}
    whole = {**referred, **schema}
    yield pattern, whole
    yield from described(whole, root, pattern)


def _branches(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schema, and the forms it may take; conditions (`if`, `not`) describe nothing new."""
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(word, ()):
            yield from _branches(target(root, branch["$ref"]) if "$ref" in branch else branch, root)


def patterns(name: str) -> frozenset[str]:
    schema = shipped().fragment(name)
    return frozenset(pattern for pattern, _ in described(schema, schema))


def is_property(pattern: str) -> bool:
    return not pattern.endswith(("[]", ".*"))


# --- examples as values ---------------------------------------------------------------------------------------------


def value_of(example: Any) -> Value:
    """An example as a spec would give it: references parsed. Raises InvalidSpec for one that cannot be read."""
    if isinstance(example, str):
        return parse(ScalarNode(example, True, PLACE)) if "${" in example else example
    if isinstance(example, Mapping):
        return {name: value_of(item) for name, item in example.items()}
    return [value_of(item) for item in example] if isinstance(example, list) else example


def stand_in(reference: Reference) -> Value:
    """What a reference of an example could be: text, a list for several ids, or all outputs of a database."""
    if reference.output is None:
        return {output: f"{reference.target}-{output}" for output in kind("rds.db_instance").outputs}
    text = f"{reference.target}-{reference.output}"
    return [text] if reference.output.endswith("_ids") else text


def resource(kind_name: str, properties: Mapping[str, Any]) -> Resource:
    """A resource with these properties (as in an example), the defaults of its kind, its name and our tags."""
    schema = shipped().fragment(kind_name)
    values = complete(resolve(value_of(dict(properties)), stand_in), schema)
    rule = kind(kind_name).physical_name
    if rule is not None and values.get(rule.property) is None:
        values[rule.property] = physical_name(
            rule, {"stack": "demo", "name": "main", "account": "123456789012"}, values
        )
    tags = {STACK_TAG: "demo", RESOURCE_TAG: f"{kind_name}/main"}
    return Resource(kind_name, "main", "demo", values, PLACE, tags=tags, region=REGION, account=ACCOUNT)


def with_property(base: Resource, name: str, example: Any) -> Resource:
    """The resource with one property set to an example of it."""
    schema = shipped().fragment(base.kind)
    value = resolve(value_of(example), stand_in)
    return base.with_properties(complete({**base.properties, name: value}, schema))


def fits(properties: Properties, kind_name: str) -> bool:
    return not any(violations(dict(properties), shipped().fragment(kind_name)))


# --- other values ---------------------------------------------------------------------------------------------------


def others(kind_name: str, name: str, value: Value) -> Iterator[Value]:
    """Values a property could have instead, each differing in one place; not all of them fit the schema."""
    schema = shipped().fragment(kind_name)
    for other in _others(value, of_key(alternatives(schema, schema), name, schema), schema):
        if json.dumps(other, default=str) != json.dumps(value, default=str):
            yield other


def _others(value: Value, schemas: Sequence[Schema], root: Schema) -> Iterator[Value]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            for other in _others(item, of_key(schemas, name, root), root):
                yield {**value, name: other}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for other in _others(item, of_item(schemas, index, root), root):
                yield [*value[:index], other, *value[index + 1 :]]
        if value:
            yield value[1:]
    elif any("enum" in one for one in schemas):
        yield from (choice for one in schemas for choice in one.get("enum", ()))
    else:
        yield from _other_scalars(value, schemas)


def _other_scalars(value: Value, schemas: Sequence[Schema]) -> Iterator[Value]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, value * 2)
    elif isinstance(value, str):
        examples = [example for one in schemas for example in one.get("examples", ())]
        yield from (example for example in examples if isinstance(example, str) and "${" not in example)
        yield value + "x"
        yield re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), value)
