"""Reads what a spec says besides its resources: name, account, region, tags, removals. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.errors import Problem
from reconciler.model import Band, Path, Place, Removal, Value
from reconciler.spec import codes, environments, explain, properties, references
from reconciler.spec.nodes import Document, MappingNode, Node
from reconciler.spec.schemas import Catalog
from reconciler.spec.shape import Schema
from reconciler.spec.typed import Names, typed

_LONGEST_NAME = 31
_IDENTITY = ("stack", "account", "region")
_NOT_USED_NOW = (environments.VARS, environments.ENVIRONMENTS)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The typed envelope; entries of `resources` are left empty in it."""

    value: Mapping[str, Value]
    places: Mapping[Path, Place]
    problems: tuple[Problem, ...]

    def removed(self) -> tuple[Removal, ...]:
        return tuple(
            Removal(item["name"], item["reason"], item["keep"], self.places[("removed", index)])
            for index, item in enumerate(self.value["removed"])
        )


def words(document: Document, schema: Schema, variables: Mapping[str, Node | None]) -> dict[str, str]:
    """What `${stack}`, `${account}`, `${region}` and `${env}` stand for; what is missing or wrong is left out."""
    value = typed(_part(document.root, _IDENTITY), schema, _early(document, variables)).value
    found = {word: text for word, text in value.items() if isinstance(text, str)}
    if document.env is not None and "stack" in found:
        found["stack"] += f"-{document.env}"
    return {**found, **_early(document, variables).words}


def _early(document: Document, variables: Mapping[str, Node | None] | None) -> Names:
    """What the identity itself may use."""
    return Names(variables, {"env": document.env} if document.env is not None else {})


def read(document: Document, catalog: Catalog, names: Names) -> Envelope:
    """The envelope with the schema's defaults, and all that is wrong with it."""
    root, schema = document.root, catalog.envelope
    others = {key.text for key, _ in root} - {*_IDENTITY, *_NOT_USED_NOW}
    parts = (
        typed(_part(root, _IDENTITY), schema, _early(document, names.vars)),
        typed(_part(root, others), schema, names),
        typed(_part(root, _NOT_USED_NOW), schema, Names()),
    )
    value = {key: item for part in parts for key, item in part.value.items()}
    places = {path: place for part in parts for path, place in part.places.items()}
    keys = {path: place for part in parts for path, place in part.keys.items()}
    subject = explain.Subject("", "the spec", root.place, places, keys)
    problems = [problem for part in parts for problem in part.problems]
    problems.extend(explain.problems(properties.violations(value, schema), subject))
    problems.extend(written_out({**parts[0].value, **parts[1].value}, places, root.place))
    problems.extend(_too_long(names.words.get("stack", ""), document, places))
    complete = properties.complete(value, schema) if not problems else value
    return Envelope(complete, places, tuple(problems))


def written_out(value: Mapping[str, Value], places: Mapping[Path, Place], fallback: Place) -> Iterator[Problem]:
    """A problem for each reference or other owner among values that are needed before anything is read."""
    for key, item in value.items():
        if _has_owner(item):
            yield Problem(
                codes.REFERENCE_NOT_HERE,
                f"`{key}` cannot have another owner: it is needed before anything is read",
                places.get((key,), fallback),
                help="write the value out, or use `${vars.name}`",
                label="not known early enough",
            )
        for reference in references.references_in(item):
            yield Problem(
                codes.REFERENCE_NOT_HERE,
                f"`{key}` cannot hold `{reference}`: it is needed before anything is read",
                reference.place or places.get((key,), fallback),
                help="write the value out, or use `${vars.name}`",
                label="not known early enough",
            )


def _has_owner(value: Value) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, Band) or any(_has_owner(item) for item in inside)


def _part(root: MappingNode, keys: Collection[str]) -> MappingNode:
    """Some keys of the spec; resources are emptied."""
    kept = ((key, _emptied(node) if key.text == environments.RESOURCES else node) for key, node in root)
    return replace(root, entries=tuple(entry for entry in kept if entry[0].text in keys))


def _emptied(node: Node) -> Node:
    if not isinstance(node, MappingNode):
        return node
    return replace(
        node,
        entries=tuple(
            (key, replace(entry, entries=()) if isinstance(entry, MappingNode) else entry) for key, entry in node
        ),
    )


def _too_long(name: str, document: Document, places: Mapping[Path, Place]) -> Iterator[Problem]:
    if document.env is not None and len(name) > _LONGEST_NAME:
        yield Problem(
            codes.NAME_TOO_LONG,
            f"`{name}`, the stack with its environment, is longer than {_LONGEST_NAME} characters",
            places.get(("stack",), document.root.place),
            help="shorten the name of the stack or of the environment",
            label=f"`-{document.env}` is added to it",
        )
