"""Gives the nodes of a spec their types, as the schema says, and fills in what the stack itself knows. Pure.

It never rejects a value for its type: what fits no wanted type stays a text, and the validator says so. What it does
report are references that cannot be read and variables that do not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Band, Path, Place, Reference, Template, Unknown, Value
from reconciler.spec import codes, references, scalars
from reconciler.spec.nodes import MappingNode, Node, ScalarNode, SequenceNode
from reconciler.spec.shape import Schema, alternatives, exact_values, of_item, of_key, wanted_types
from reconciler.spec.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Names:
    """What references of the stack itself stand for. A word missing from `words` stays a reference.

    A variable that is None was refused already. Without `vars` nothing is filled in: for reading the parts of a spec
    that are not used now.
    """

    vars: Mapping[str, Node | None] | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with the place of every value and of every key inside, by path, and what was wrong."""

    value: Value
    places: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    problems: tuple[Problem, ...]


def typed(node: Node, schema: Schema, names: Names, root: Schema | None = None) -> Typed:
    """The value of `node` where `schema` describes it; `$ref`s are looked up in `root` (default: the schema)."""
    reader = _Reader(root if root is not None else schema, names)
    value = reader.read(node, alternatives(schema, reader.root), ())
    return Typed(value, reader.places, reader.keys, tuple(reader.problems))


class _Reader:
    def __init__(self, root: Schema, names: Names) -> None:
        self.root = root
        self.names = names
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []

    def read(self, node: Node, schemas: tuple[Schema, ...], path: Path) -> Value:
        self.places[path] = node.place
        if isinstance(node, MappingNode):
            return self._mapping(node, schemas, path)
        if isinstance(node, SequenceNode):
            return [
                self.read(item, of_item(schemas, index, self.root), (*path, index))
                for index, item in enumerate(node.items)
            ]
        return self._scalar(node, schemas, path)

    def _mapping(self, node: MappingNode, schemas: tuple[Schema, ...], path: Path) -> Value:
        if _has_owner(node, schemas):
            return self._band(node)
        result: dict[str, Value] = {}
        for key, child in node:
            if "${" in key.text and "$${" not in key.text:
                self._report(codes.REFERENCE_NOT_HERE, "a key cannot be a reference", key.place, "write the key out")
            inner = (*path, key.text)
            self.keys[inner] = key.place
            result[key.text] = self.read(child, of_key(schemas, key.text, self.root), inner)
        return result

    def _band(self, node: MappingNode) -> Value:
        """`{owner: autoscaling, within: [2, 10]}`: a value somebody else sets, within limits if there are any."""
        form = _Reader(_BAND, self.names)
        value = form.read(node, (_BAND,), ())
        self.problems.extend(form.problems)
        limits = value.get("within", [None, None])
        good = isinstance(limits, list) and len(limits) == 2 and all(_is_limit(limit) for limit in limits)
        if good and isinstance(value["owner"], str) and (None in limits or limits[0] <= limits[1]):
            return Band(value["owner"], limits[0], limits[1])
        advice = "write `{owner: autoscaling, within: [2, 10]}` with the lower limit first, or `{owner: pipeline}`"
        self._report(codes.WRONG_TYPE, "not a value with another owner", node.place, advice)
        return Unknown("owner")

    def _scalar(self, node: ScalarNode, schemas: tuple[Schema, ...], path: Path) -> Value:
        if "${" not in node.text:
            return scalars.convert(node.text, node.quoted, wanted_types(schemas), exact_values(schemas))
        parsed = self._parsed(node)
        if isinstance(parsed, Reference) and parsed.target == references.VARIABLES and self.names.vars is not None:
            return self._variable(parsed, node, schemas, path)
        if isinstance(parsed, Reference):
            return self._word(parsed)
        return self._template(parsed) if isinstance(parsed, Template) else parsed

    def _parsed(self, node: ScalarNode) -> Value:
        """An unreadable text becomes Unknown, so that its type is not complained about as well."""
        try:
            return references.parse(node)
        except InvalidSpec as error:
            self.problems.extend(error.problems)
            return Unknown(node.text)

    def _word(self, reference: Reference) -> str | Reference:
        if reference.target not in references.WORDS or self.names.vars is None:
            return reference
        found = self.names.words.get(reference.target)
        if found is None and reference.target == "env":
            self._report(
                codes.NO_ENVIRONMENT,
                "`${env}` has no value: no environment was chosen",
                reference.place,
                "run with `--env NAME`, or use `${stack}`, which differs between environments",
            )
        return reference if found is None else found

    def _variable(self, reference: Reference, node: ScalarNode, schemas: tuple[Schema, ...], path: Path) -> Value:
        """The variable's own node in place of the reference, so that the schema types it as if written there."""
        found = self._found(reference)
        if found is None:
            return Unknown(str(reference))
        if isinstance(found, ScalarNode):
            return self._scalar(replace(found, place=node.place), schemas, path)
        value = self.read(found, schemas, path)
        self.places[path] = node.place
        return value

    def _template(self, template: Template) -> Value:
        parts: list[str | Reference] = []
        for part in template.parts:
            if isinstance(part, str):
                parts.append(part)
            elif part.target == references.VARIABLES and self.names.vars is not None:
                parts.extend(self._spliced(part))
            else:
                parts.append(self._word(part))
        return references.joined(parts)

    def _spliced(self, reference: Reference) -> tuple[str | Reference, ...]:
        found = self._found(reference)
        if found is None:
            return (reference,)
        if not isinstance(found, ScalarNode):
            self._report(
                codes.REFERENCE_NOT_HERE,
                f"`{reference}` is a list or mapping and cannot stand inside a text",
                reference.place,
                "make the reference the whole value",
            )
            return (reference,)
        value = self._parsed(found) if "${" in found.text else found.text
        if isinstance(value, Template):
            return tuple(part if isinstance(part, str) else self._word(part) for part in value.parts)
        return (self._word(value) if isinstance(value, Reference) else str(value),)

    def _found(self, reference: Reference) -> Node | None:
        """The node of a variable, or None where that was or is now reported."""
        known, name = self.names.vars or {}, reference.output or ""
        if name not in known:
            close = did_you_mean(name, known)
            listed = f"declared are {', '.join(f'`{one}`' for one in known)}" if known else "declare it under `vars:`"
            advice = f"did you mean `${{vars.{close}}}`?" if close else listed
            self._report(codes.UNKNOWN_VARIABLE, f"unknown variable `{name}`", reference.place, advice)
            return None
        node = known[name]
        if isinstance(node, ScalarNode) and node.is_null:
            advice = f"run with `--var {name}=...`, or give it a default on line {node.place.line}"
            self._report(codes.VARIABLE_WITHOUT_VALUE, f"the variable `{name}` has no value", reference.place, advice)
            return None
        return node

    def _report(self, code: str, message: str, place: Place | None, advice: str) -> None:
        self.problems.append(Problem(code, message, place or self.places[()], help=advice, label="here"))


_BAND: Schema = {
    "properties": {
        "owner": {"type": "string"},
        "within": {"type": "array", "items": {"type": ["number", "null"]}},
    }
}


def _has_owner(node: MappingNode, schemas: tuple[Schema, ...]) -> bool:
    """Does another owner set this value? Only where the schema wants no mapping: a tag may be called `owner`."""
    types = wanted_types(schemas)
    keys = {key.text for key, _ in node}
    return bool(types) and "object" not in types and "owner" in keys and keys <= {"owner", "within"}


def _is_limit(value: Value) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
