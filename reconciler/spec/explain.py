"""Turns what the schema validator found into problems a person can act on. Pure.

It knows jsonschema's errors by their shape (`validator`, `validator_value`, `instance`, `schema`, `absolute_path`,
`context`) and does not import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from reconciler.errors import Problem
from reconciler.model import Path, Place, Value
from reconciler.spec import codes
from reconciler.spec.formats import FORMATS
from reconciler.spec.shape import Schema, wanted_types
from reconciler.spec.suggest import did_you_mean
from reconciler.spec.words import count, found, quoted, shown, wanted

Error = Any
"""A `jsonschema.ValidationError`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was checked: its title for messages, and where each value and key of it stands."""

    title: str
    """For example `api`; paths inside it follow after a dot."""
    of: str
    """What its keys belong to: a kind, or "the spec"."""
    place: Place
    places: Mapping[Path, Place]
    keys: Mapping[Path, Place] = field(default_factory=dict)

    def value_place(self, path: Path) -> Place:
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return self.place

    def key_place(self, path: Path) -> Place:
        """Where the key at `path` stands; for an item of a list, where the item starts."""
        if not path:
            return self.place
        return self.keys.get(path) or self.value_place(path)

    def name(self, path: Path) -> str:
        """`api.load_balancers[0]`, or the title alone for the whole."""
        text = self.title
        for step in path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
        return f"`{text}`" if text else "the spec"


def problems(errors: Iterable[Error], subject: Subject) -> list[Problem]:
    """The problems behind the validator's errors, at most one more than can be told.

    A missing key whose typo is reported too is left out.
    """
    return list(islice((found for error in errors for found in _explain(error, subject)), codes.MAX_PROBLEMS + 1))


def _explain(error: Error, subject: Subject, base: Path = ()) -> Iterator[Problem]:
    path = (*base, *error.path)
    if "propertyNames" in error.schema_path:
        yield _bad_key(error, subject, path)
        return
    if error.validator in _EXPLAIN:
        yield from _EXPLAIN[error.validator](error, subject, path)
        return
    yield Problem(
        codes.NO_FORM_FITS,
        f"{subject.name(path)} is not allowed here",
        subject.value_place(path),
        help=_from_description(_mapping(error.schema)) or "delete it",
        label=f"refused by {subject.of}",
    )


# --- keys -----------------------------------------------------------------------------------------------------------


def _unknown_keys(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    known = tuple(error.schema.get("properties", ()))
    for key in error.instance:
        if key in known:
            continue
        close = did_you_mean(key, known)
        yield Problem(
            codes.UNKNOWN_KEY,
            f"unknown key `{key}` in {subject.name(path)}",
            subject.key_place((*path, key)),
            help=_meant(close, (*path, close or ""), subject) if close else f"allowed are {quoted(sorted(known))}",
            label=f"not a property of {subject.of if not path else subject.name(path)}",
        )


def _meant(close: str, path: Path, subject: Subject) -> str:
    already = f" (already set on line {subject.keys[path].line})" if path in subject.keys else ""
    return f"did you mean `{close}`?{already}"


def _missing(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    properties = error.schema.get("properties", {})
    absent = [key for key in error.validator_value if key not in error.instance]
    key = next((key for key in absent if error.message.startswith(repr(key))), absent[0])
    strangers = [name for name in error.instance if name not in properties]
    if any(did_you_mean(name, properties) == key for name in strangers):
        return
    yield Problem(
        codes.MISSING,
        f"{subject.name(path)} lacks the required key `{key}`",
        subject.key_place(path),
        help=f"add `{key}: {_example(properties.get(key, {}))}`",
        label=f"`{key}` is missing",
    )


def _needed_with(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    for key, needed in error.validator_value.items():
        for other in needed if key in error.instance else ():
            if other not in error.instance:
                yield Problem(
                    codes.MISSING,
                    f"`{key}` in {subject.name(path)} needs `{other}` beside it",
                    subject.key_place((*path, key)),
                    help=f"add `{other}`, or delete `{key}`",
                )


def _bad_key(error: Error, subject: Subject, path: Path) -> Problem:
    return Problem(
        codes.BAD_NAME,
        f"`{error.instance}` is not a name {subject.name(path)} may hold",
        subject.key_place((*path, error.instance)),
        help=_from_description(error.schema) or f"it must match `{error.schema.get('pattern', '')}`",
        label="bad name",
    )


# --- values ---------------------------------------------------------------------------------------------------------


def _wrong_type(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    types = wanted_types([error.schema])
    yield _type_problem(error.instance, types, error.schema, subject, path)


def _type_problem(instance: Value, types: frozenset[str], schema: Schema, subject: Subject, path: Path) -> Problem:
    return Problem(
        codes.WRONG_TYPE,
        f"{subject.name(path)} wants {wanted(types)}, found {found(instance)}",
        subject.value_place(path),
        help=_type_advice(instance, types, schema),
        label=f"wants {wanted(types)}",
    )


def _type_advice(instance: Value, types: frozenset[str], schema: Schema) -> str:
    example = _example(schema)
    if instance is None:
        return f"give it a value, for example `{example}`, or delete the line"
    if isinstance(instance, str) and "boolean" in types and instance.lower() in _BOOLEANS:
        return f"write `{_BOOLEANS[instance.lower()]}`: only `true` and `false` are booleans"
    if isinstance(instance, str) and types & {"integer", "number"} and instance.strip().isdecimal():
        return f"write `{instance.strip().lstrip('0') or '0'}` without quotes or leading zeros"
    if types == {"array"} and not isinstance(instance, dict):
        return f"write a list, for example `[{shown(instance)}]`"
    return f"write for example `{example}`"


_BOOLEANS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


def _not_one_of(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
    texts = [shown(value) for value in allowed]
    close = did_you_mean(shown(error.instance), texts)
    yield Problem(
        codes.NOT_ALLOWED,
        f"{subject.name(path)} cannot be `{shown(error.instance)}`",
        subject.value_place(path),
        help=f"did you mean `{close}`? (allowed are {quoted(texts)})" if close else f"allowed are {quoted(texts)}",
        label="not an allowed value",
    )


def _bad_form(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    complaint = FORMATS[error.validator_value](error.instance) if error.validator == "format" else None
    about = complaint.message if complaint else f"`{shown(error.instance)}` does not have the wanted form"
    advice = _from_description(error.schema) or f"it must match `{error.validator_value}`"
    yield Problem(
        codes.BAD_FORM,
        f"{subject.name(path)}: {about}",
        subject.value_place(path),
        help=complaint.help if complaint else advice,
        label="wrong form",
    )


def _out_of_range(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    relation = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
        "multipleOf": "a multiple of",
    }[error.validator]
    limits = [
        f"{word} {error.schema[key]}"
        for key, word in (("minimum", "at least"), ("maximum", "at most"))
        if key in error.schema
    ]
    yield Problem(
        codes.OUT_OF_RANGE,
        f"{subject.name(path)} must be {relation} {error.validator_value}, found {error.instance}",
        subject.value_place(path),
        help=f"write a number that is {' and '.join(limits) or f'{relation} {error.validator_value}'}",
        label=f"must be {relation} {error.validator_value}",
    )


def _wrong_length(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    side = "at least" if error.validator.startswith("min") else "at most"
    wish = f"{side} {count(error.validator_value, error.instance)}"
    yield Problem(
        codes.WRONG_LENGTH,
        f"{subject.name(path)} must have {wish}, found {len(error.instance)}",
        subject.value_place(path),
        help=_from_description(error.schema) or f"write {wish}",
        label=f"must have {wish}",
    )


def _repeated(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    yield Problem(
        codes.REPEATED_ITEM,
        f"{subject.name(path)} is {error.message}",
        subject.value_place(path),
        help="delete one of the two",
        label="stands in the list already",
    )


# --- alternatives ---------------------------------------------------------------------------------------------------


def _no_branch(error: Error, subject: Subject, path: Path) -> Iterator[Problem]:
    """The errors of the branch that was meant: of those that take the value's type, the one that got furthest."""
    branches = {
        index: list(errors) for index, errors in groupby(error.context, key=lambda one: one.relative_schema_path[0])
    }
    fitting = [errors for errors in branches.values() if not _at_door(errors)]
    if len(fitting) > 1 and all(len(errors) == 1 and errors[0].validator == "required" for errors in fitting):
        yield _none_of(fitting, subject, path)
        return
    if fitting:
        for one in min(fitting, key=_distance):
            yield from _explain(one, subject, path)
        return
    exact = [one for errors in branches.values() for one in errors if one.validator in ("enum", "const")]
    types = wanted_types(one.schema for errors in branches.values() for one in errors if one.validator == "type")
    if types:
        yield _type_problem(error.instance, types, error.schema, subject, path)
    for one in exact[:1] if not types else ():
        yield from _explain(one, subject, path)
    if not types and not exact:
        yield Problem(
            codes.NO_FORM_FITS,
            f"{subject.name(path)} fits more than one of the forms the schema allows",
            subject.value_place(path),
            help=_from_description(error.schema) or "leave out what belongs to the other form",
        )


def _none_of(branches: list[list[Error]], subject: Subject, path: Path) -> Problem:
    keys = [key for errors in branches for key in errors[0].validator_value if key not in errors[0].instance]
    return Problem(
        codes.MISSING,
        f"{subject.name(path)} needs one of {quoted(keys)}",
        subject.key_place(path),
        help=f"add {' or '.join(f'`{key}`' for key in keys)}",
        label="one of them is missing",
    )


def _at_door(errors: list[Error]) -> bool:
    """Did the branch refuse the value as a whole, for its type or its one allowed value?"""
    return any(not one.path and one.validator in ("type", "const") for one in errors)


def _distance(errors: list[Error]) -> tuple[int, int, int]:
    """Wrong discriminators first, then how few errors, then how deep they are."""
    discriminators = sum(one.validator in ("const", "enum") for one in errors)
    return (discriminators, len(errors), -max(len(one.path) for one in errors))


def _example(schema: Schema) -> str:
    for word in ("examples", "enum"):
        if schema.get(word):
            return shown(schema[word][0])
    if "default" in schema:
        return shown(schema["default"])
    return {"integer": "1", "number": "1", "boolean": "true", "array": "[...]", "object": "{...}"}.get(
        str(schema.get("type")), "..."
    )


def _mapping(schema: Any) -> Schema:
    return schema if isinstance(schema, Mapping) else {}


def _from_description(schema: Schema) -> str:
    """The schema's own words about the form it wants, with an example."""
    about = str(schema.get("description", "")).rstrip(".")
    examples = schema.get("examples", ())
    return f"{about}; for example `{shown(examples[0])}`" if about and examples else about


_EXPLAIN: Mapping[str, Callable[[Error, Subject, Path], Iterator[Problem]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing,
    "dependentRequired": _needed_with,
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": _not_one_of,
    "pattern": _bad_form,
    "format": _bad_form,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
    "multipleOf": _out_of_range,
    "minLength": _wrong_length,
    "maxLength": _wrong_length,
    "minItems": _wrong_length,
    "maxItems": _wrong_length,
    "minProperties": _wrong_length,
    "maxProperties": _wrong_length,
    "uniqueItems": _repeated,
    "anyOf": _no_branch,
    "oneOf": _no_branch,
}
