"""Checks values against a JSON Schema and fills in its defaults: the only importer of jsonschema.

Pure. A value that is not known yet (a reference, a generated secret, a field with another owner) is accepted wherever
any type is wanted.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.model import Band, Generated, Reference, Template, Unknown, Value
from reconciler.spec.formats import FORMATS
from reconciler.spec.shape import Schema, item_schema, key_schemas, target

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Keyword = Callable[..., Iterator[Any] | None]

_OPEN = (Reference, Unknown, Band, Generated)
"""Values of any type."""


def violations(value: Value, schema: Schema) -> Iterator[ValidationError]:
    """Every way in which `value` is not what `schema` describes."""
    yield from _validator(schema).iter_errors(value)


def complete(value: Value, schema: Schema, root: Schema | None = None) -> Value:
    """The value with the defaults of `schema` where it is silent, also inside lists and mappings that are there.

    An optional mapping that is absent and has no default of its own stays absent.
    """
    root = root if root is not None else schema
    if not isinstance(value, dict | list):
        return value
    for one in list(_applicable(value, schema, root)):
        value = _items(value, one, root) if isinstance(value, list) else _members(value, one, root)
    return value


def _items(value: list[Value], schema: Schema, root: Schema) -> list[Value]:
    described = [item_schema(schema, index) for index in range(len(value))]
    return [
        complete(item, one, root) if isinstance(one, Mapping) else item
        for item, one in zip(value, described, strict=True)
    ]


def _members(value: dict[str, Value], schema: Schema, root: Schema) -> dict[str, Value]:
    result = dict(value)
    for key, one in schema.get("properties", {}).items():
        if key not in result and isinstance(one, Mapping) and "default" in one:
            result[key] = copy.deepcopy(one["default"])
    for key, item in list(result.items()):
        for one in key_schemas(schema, key):
            if isinstance(one, Mapping):
                result[key] = complete(item, one, root)
    return result


def _applicable(value: Value, schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schema and those of its branches that describe this very value."""
    yield schema
    if "$ref" in schema:
        yield from _applicable(value, target(root, schema["$ref"]), root)
    for branch in schema.get("allOf", ()):
        yield from _applicable(value, branch, root)
    for word in ("anyOf", "oneOf"):
        fitting = (branch for branch in schema.get(word, ()) if _fits(value, branch, root))
        for branch in fitting:
            yield from _applicable(value, branch, root)
            break
    if "if" in schema:
        chosen = schema.get("then" if _fits(value, schema["if"], root) else "else")
        if isinstance(chosen, Mapping):
            yield from _applicable(value, chosen, root)


def _fits(value: Value, schema: Schema, root: Schema) -> bool:
    definitions = {"$defs": root["$defs"]} if "$defs" in root else {}
    return bool(_validator({**definitions, **schema}).is_valid(value))


# --- jsonschema -----------------------------------------------------------------------------------------------------


def _validator(schema: Schema) -> Validator:
    made: Validator = _validator_class()(schema)
    return made


@cache
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator, validators

    own = {"format": _format, "uniqueItems": _unique_items}
    keywords = {**Draft202012Validator.VALIDATORS, **own}
    extend: Callable[..., Any] = validators.extend
    return extend(Draft202012Validator, {word: _patient(word, keyword) for word, keyword in keywords.items()})


def _patient(word: str, keyword: Keyword) -> Keyword:
    """The keyword, except that it has nothing to say about values that are not known yet."""

    def check(validator: Validator, stated: Any, instance: Value, schema: Schema) -> Iterator[Any]:
        if isinstance(instance, Template):
            yield from _of_template(word, keyword)(validator, stated, instance, schema) or ()
        elif not isinstance(instance, _OPEN):
            yield from keyword(validator, stated, instance, schema) or ()

    return check


def _of_template(word: str, keyword: Keyword) -> Keyword:
    """A text with references inside: known to be a text, and nothing more."""
    from jsonschema import Draft202012Validator

    if word in ("$ref", "allOf", "anyOf", "oneOf"):
        loose: Keyword = keyword if word != "oneOf" else Draft202012Validator.VALIDATORS["anyOf"]
        return loose
    if word == "type":
        return lambda validator, stated, instance, schema: keyword(validator, stated, str(instance), schema)
    return lambda *_: None


def _format(_validator: Validator, name: str, instance: Value, _schema: Schema) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    check = FORMATS.get(name)
    if isinstance(instance, str) and check and (complaint := check(instance)):
        yield ValidationError(complaint.message)


def _unique_items(_validator: Validator, wanted: bool, instance: Value, _schema: Schema) -> Iterator[Any]:
    """In one pass; jsonschema's own compares every pair of mappings."""
    from jsonschema.exceptions import ValidationError

    seen: dict[str, int] = {}
    for index, item in enumerate(instance if wanted and isinstance(instance, list) else ()):
        key = json.dumps(item, sort_keys=True, default=str)
        if key in seen:
            yield ValidationError(f"the same as item {seen[key]}", path=(index,))
        seen.setdefault(key, index)
