"""Decides whether a spec is valid and makes it a `Stack`, or reports everything that is wrong with it at once. Pure.

Whether references name something that exists, and whether they form a cycle, is decided later, on expanded resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Properties
from reconciler.spec import codes, envelope, environments, explain, references
from reconciler.spec import properties as checks
from reconciler.spec.nodes import Document, MappingNode, Node, ScalarNode
from reconciler.spec.schemas import Catalog
from reconciler.spec.shape import Schema
from reconciler.spec.stack import Entry, Stack
from reconciler.spec.suggest import did_you_mean
from reconciler.spec.typed import Names, Typed, typed
from reconciler.spec.variables import usable
from reconciler.spec.words import quoted, shown

_RESERVED = (*references.WORDS, references.VARIABLES)


def validate(document: Document, catalog: Catalog) -> Stack:
    """The stack a document describes. Raises InvalidSpec with the problems of the whole file, in its order."""
    variables, problems = usable(document)
    names = Names(variables, envelope.words(document, catalog.envelope, variables))
    outside = envelope.read(document, catalog, names)
    problems.extend(outside.problems)
    entries: list[Entry] = []
    resources = document.root.get(environments.RESOURCES)
    for key, node in resources if isinstance(resources, MappingNode) else ():
        if len(problems) > codes.MAX_PROBLEMS:
            break
        try:
            entries.extend(_entry(key, node, catalog, names))
        except InvalidSpec as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidSpec(_presentable(problems))
    return Stack(
        name=names.words["stack"],
        account=outside.value.get("account"),
        region=outside.value["region"],
        env=document.env,
        tags=outside.value["tags"],
        entries={entry.name: entry for entry in entries},
        removed=outside.removed(),
        file=document.file,
    )


def completed(properties: Properties, schema: Schema, subject: explain.Subject) -> tuple[Properties, list[Problem]]:
    """What a component made of one part, with the defaults of its kind; and why the kind refuses it, if it does."""
    whole = checks.complete(dict(properties), schema)
    return whole, list(explain.problems(checks.violations(whole, schema), subject))


# --- entries --------------------------------------------------------------------------------------------------------


def _entry(key: ScalarNode, node: Node, catalog: Catalog, names: Names) -> Iterator[Entry]:
    """The entry, or nothing where the envelope's schema has already reported it. Raises InvalidSpec."""
    if not isinstance(node, MappingNode):
        return
    kind = _kind(key, node, catalog)
    schema = catalog.entry(kind)
    read = typed(node, schema, _local(node, catalog, names), schema)
    subject = explain.Subject(key.text, f"`{kind}`", key.place, read.places, read.keys)
    common = catalog.envelope_properties(kind)
    problems = [
        *_reserved(key),
        *read.problems,
        *explain.problems(checks.violations(read.value, schema), subject),
        *envelope.written_out(
            {name: item for name, item in read.value.items() if name in common}, read.places, key.place
        ),
    ]
    if problems:
        raise InvalidSpec(problems)
    yield _made(key, kind, replace(read, value=checks.complete(read.value, schema)), set(common))


def _made(key: ScalarNode, kind: str, read: Typed, common: set[str]) -> Entry:
    value = read.value
    return Entry(
        name=key.text,
        kind=kind,
        properties={name: item for name, item in value.items() if name not in common},
        place=key.place,
        places=read.places,
        adopt=value["adopt"],
        protect=value.get("protect"),
        depends_on=tuple(value["depends_on"]),
        region=value.get("region"),
        tags=value["tags"],
        renamed_from=value.get("renamed_from"),
        overrides=value.get("overrides", {}),
    )


def _local(node: MappingNode, catalog: Catalog, names: Names) -> Names:
    """The names inside an entry: its own region, where it has one."""
    region = node.get("region")
    if region is None:
        return names
    schema = catalog.envelope
    value = typed(region, schema["$defs"]["entry"]["properties"]["region"], names, schema).value
    return replace(names, words={**names.words, "region": value}) if isinstance(value, str) else names


def _reserved(key: ScalarNode) -> Iterator[Problem]:
    if key.text in _RESERVED:
        yield Problem(
            codes.BAD_NAME,
            f"`{key.text}` cannot name a resource: `${{{key.text}}}` has a meaning of its own",
            key.place,
            help="choose another name",
            label="reserved name",
        )


# --- kinds ----------------------------------------------------------------------------------------------------------


def _kind(key: ScalarNode, node: MappingNode, catalog: Catalog) -> str:
    """The kind of an entry. Raises InvalidSpec."""
    kind = node.get("kind")
    if kind is None:
        raise InvalidSpec([_no_kind(key, node, catalog)])
    text = kind.text if isinstance(kind, ScalarNode) else ""
    if text not in catalog.names:
        raise InvalidSpec(
            [
                Problem(
                    codes.UNKNOWN_KIND,
                    f"unknown kind `{shown(text)}` in `{key.text}`" if text else f"`{key.text}` has no usable kind",
                    kind.place,
                    help=_kind_advice(text, catalog),
                    label="no such kind or component",
                )
            ]
        )
    return text


def _kind_advice(text: str, catalog: Catalog) -> str:
    close = did_you_mean(text, catalog.names)
    if close:
        return f"did you mean `{close}`?"
    service, dot, _ = text.partition(".")
    same = [name for name in catalog.names if name.startswith(service + dot)] if dot else []
    return f"known are {quoted(same or catalog.names)}"


def _no_kind(key: ScalarNode, node: MappingNode, catalog: Catalog) -> Problem:
    for name, value in node:
        says_kind = isinstance(value, ScalarNode) and value.text in catalog.names
        if did_you_mean(name.text, ["kind"]) or says_kind:
            return Problem(
                codes.UNKNOWN_KEY,
                f"unknown key `{name.text}` in `{key.text}`",
                name.place,
                help="did you mean `kind`?",
                label="not a property of a resource",
            )
    return Problem(
        codes.MISSING,
        f"`{key.text}` lacks the required key `kind`",
        key.place,
        help=f"add `kind: ...`: {_kind_advice('', catalog)}",
        label="`kind` is missing",
    )


# --- all problems ---------------------------------------------------------------------------------------------------


def _presentable(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of the file, each once, and no more than can be read."""
    ordered = sorted(problems, key=lambda one: (one.place.line, one.place.column))
    unique = list({(one.code, one.place, one.label): one for one in reversed(ordered)}.values())[::-1]
    if len(unique) <= codes.MAX_PROBLEMS:
        return unique
    more = Problem(
        codes.TOO_MANY_PROBLEMS,
        f"more than {codes.MAX_PROBLEMS} problems; only the first are shown",
        unique[codes.MAX_PROBLEMS].place,
        help="mend the ones above and run again",
    )
    return [*unique[: codes.MAX_PROBLEMS], more]
