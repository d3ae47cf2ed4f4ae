"""Expand: the entries of a stack become AWS objects with addresses, names, tags and references to each other.

Pure. All problems with names, outputs and circles are raised at once; nothing here looks at AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.components.base import Component, Context, Expansion, Part
from reconciler.components.registry import component
from reconciler.contradictions import afterthoughts, contradictions
from reconciler.errors import InvalidSpec, Problem
from reconciler.graph import dependencies, order
from reconciler.kinds.base import physical_name
from reconciler.kinds.registry import kind
from reconciler.links import Links
from reconciler.model import PROTECT_TAG, RESOURCE_TAG, STACK_TAG, Address, Path, Place, Properties, Reference, Resource
from reconciler.spec.envelope import written_out
from reconciler.spec.explain import Subject
from reconciler.spec.explain import problems as explained
from reconciler.spec.properties import violations
from reconciler.spec.references import references_in
from reconciler.spec.schemas import shipped
from reconciler.spec.shape import Schema
from reconciler.spec.stack import Entry, Stack
from reconciler.spec.validate import completed

MAIN = "main"
"""What `overrides:` calls the part that has the entry's own name."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """The declared resources by address, what each needs before it, and what entries may refer to, by entry."""

    resources: Mapping[Address, Resource]
    dependencies: Mapping[Address, tuple[Address, ...]]
    outputs: Mapping[str, Properties] = field(default_factory=dict)


@dataclass(slots=True)
class _Progress:
    """What has been expanded so far, and what was wrong."""

    stack: Stack
    context: Context
    links: Links
    resources: dict[Address, Resource] = field(default_factory=dict)
    parts_of: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def expand(stack: Stack, account: str, region: str) -> Expanded:
    """The resources of a stack in one account and region.

    Raises InvalidSpec with every unknown name, unknown output, bad override and circle.
    """
    links = Links(stack, account)
    progress = _Progress(stack, Context(stack.name, account, region), links, problems=links.check_names())
    if progress.problems:
        raise InvalidSpec(progress.problems)
    needs = {name: links.needed_entries(entry) for name, entry in stack.entries.items()}
    for name in order(needs, links.places()):
        _expand_entry(progress, stack.entries[name])
    problems = progress.problems or afterthoughts(progress.resources, stack)
    if problems:
        raise InvalidSpec(problems)
    needed = dependencies(progress.resources)
    order(needed, _places_between(progress.resources))
    return Expanded(progress.resources, needed, {name: links.outputs(name) for name in stack.entries})


def _expand_entry(progress: _Progress, entry: Entry) -> None:
    properties, wrong = progress.links.substitute(entry)
    if not wrong and not progress.links.is_spoilt(entry):
        wrong = _misfits(entry, properties)
    progress.problems += wrong
    if wrong or progress.links.is_spoilt(entry):
        progress.links.publish_nothing(entry)
        return
    if "." in entry.kind:
        parts: tuple[Part, ...] = (Part("", entry.kind, properties, protect=entry.protect),)
        progress.links.publish_kind(entry)
    else:
        context = replace(progress.context, region=entry.region or progress.context.region)
        expansion: Expansion = component(entry.kind).expand(entry.name, properties, context)
        parts = tuple(_overridden(progress, entry, part) for part in expansion.parts)
        progress.problems += _unused_overrides(entry, parts)
        progress.links.publish(entry, expansion.outputs, {f"{entry.name}-{p.name}": p.kind for p in parts if p.name})
    resources = [_resource(progress, entry, part) for part in parts]
    progress.parts_of[entry.name] = tuple(resource.address for resource in resources)
    for resource in resources:
        progress.problems += contradictions(resource, progress.resources, progress.stack)
        progress.resources[resource.address] = resource


def _misfits(entry: Entry, properties: Properties) -> list[Problem]:
    """What is wrong with an entry only now that it is known what its references stand for."""
    schema = shipped().fragment(entry.kind)
    subject = Subject(entry.name, f"`{entry.kind}`", entry.place, entry.places)
    early = () if "." in entry.kind else _needed_early(component(entry.kind), properties, schema)
    written = {name: entry.properties[name] for name in early}
    return [*explained(violations(dict(properties), schema), subject), *written_out(written, entry.places, entry.place)]


def _needed_early(declared: Component, properties: Properties, schema: Schema) -> list[str]:
    """What a component must look into, and is not known: computed properties, and whole lists and mappings."""
    unknown = [name for name, value in properties.items() if any(references_in(value))]
    return [
        name
        for name in unknown
        if name in declared.computed
        or (isinstance(properties[name], Reference) and schema["properties"][name].get("type") in ("array", "object"))
    ]


def _overridden(progress: _Progress, entry: Entry, part: Part) -> Part:
    override = entry.overrides.get(part.name or MAIN)
    properties = _merged(part.properties, override) if override else part.properties
    schema = shipped().fragment(part.kind)
    subject = Subject(f"{entry.name} ({part.name or MAIN})", part.kind, entry.place, _override_places(entry, part))
    whole, refused = completed(properties, schema, subject)
    progress.problems += refused
    return replace(part, properties=whole)


def _merged(base: Properties, over: Properties) -> Properties:
    merged = dict(base)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(base.get(name), Mapping)
        merged[name] = _merged(base[name], value) if both else value
    return {name: value for name, value in merged.items() if value is not None}


def _unused_overrides(entry: Entry, parts: tuple[Part, ...]) -> list[Problem]:
    known = {part.name or MAIN for part in parts}
    return [
        Problem(
            "RC1405",
            f"`{entry.name}` has no part `{name}` to override",
            entry.places.get(("overrides", name), entry.place),
            help=f"its parts are {', '.join(sorted(known))}",
        )
        for name in entry.overrides
        if name not in known
    ]


def _override_places(entry: Entry, part: Part) -> dict[Path, Place]:
    """Where the part's properties are written: in `overrides`, or in the entry under the same name."""
    own = {path: place for path, place in entry.places.items() if path and path[0] in part.properties}
    prefix = ("overrides", part.name or MAIN)
    return own | {path[2:]: place for path, place in entry.places.items() if path[:2] == prefix and len(path) > 2}


def _resource(progress: _Progress, entry: Entry, part: Part) -> Resource:
    declared = kind(part.kind)
    name = f"{entry.name}-{part.name}" if part.name else entry.name
    properties = dict(part.properties)
    names = {"stack": progress.stack.name, "account": progress.context.account}
    rule, renamed_from = declared.physical_name, _renamed_from(entry, part)
    if rule is not None and properties.get(rule.property) is None:
        # AWS: names cannot change, so a renamed resource keeps the one it was made with.
        first_name = renamed_from.split("/", 1)[1] if renamed_from else name
        properties[rule.property] = physical_name(rule, names | {"name": first_name}, properties)
    address = f"{part.kind}/{name}"
    protect = entry.protect if entry.protect is not None else part.protect
    protect = declared.holds_data if protect is None else protect
    waited_for = tuple(a for other in entry.depends_on for a in progress.parts_of.get(other, ()))
    return Resource(
        part.kind,
        name,
        progress.stack.name,
        properties,
        entry.place,
        entry.places if "." in entry.kind else _override_places(entry, part),
        tags=_tags(progress.stack, entry, address, protect),
        region=part.region or entry.region or progress.context.region,
        account=progress.context.account,
        adopt=entry.adopt,
        protect=protect,
        depends_on=(*waited_for, *part.depends_on),
        renamed_from=renamed_from,
    )


def _tags(stack: Stack, entry: Entry, address: Address, protect: bool) -> dict[str, str]:
    kind_name, name = address.split("/", 1)
    tags = {"Name": f"{stack.name}-{name}"} if kind_name.startswith("ec2.") else {}
    tags |= {**stack.tags, **entry.tags, STACK_TAG: stack.name, RESOURCE_TAG: address}
    return tags | {PROTECT_TAG: "true"} if protect else tags


def _renamed_from(entry: Entry, part: Part) -> Address | None:
    if entry.renamed_from is None:
        return None
    return f"{part.kind}/{entry.renamed_from}-{part.name}" if part.name else f"{part.kind}/{entry.renamed_from}"


def _places_between(resources: Mapping[Address, Resource]) -> dict[tuple[str, str], Place]:
    return {
        (address, reference.target): reference.place or resource.place
        for address, resource in resources.items()
        for reference in references_in(resource.properties)
    }
