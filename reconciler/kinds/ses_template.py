"""`ses.template`: a mail template (the same objects as `sesv2:EmailTemplate`).

The API has no tags for it, so it is ours by its name, which begins with the stack's and an underscore: no stack name
has one, so the templates of `demo-staging` are never taken for those of `demo`. It renders and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds.base import identifier, pick, read, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
)

PARTS = ("subject_part", "text_part", "html_part")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    names = [resource.properties["template_name"] for resource in resources]
    answers = yield from read_all([_get(name) for name in names])
    found = {}
    for resource, name, answer in zip(resources, names, answers, strict=True):
        if answer is not None:
            ours = name.startswith(_prefix(resource.stack)) or resource.adopt
            stack = resource.stack if ours else None
            found[resource.address] = _observed(resource.address, answer["template"], stack)
    return found


def _prefix(stack: str) -> str:
    return f"{stack}_"


def _get(name: str) -> Call:
    return Call("ses", "GetTemplate", {"template_name": name})


def _observed(address: Address, template: Properties, stack: str | None) -> Observed:
    """`stack` is None for a template that is nobody's."""
    name = template["template_name"]
    return Observed(
        address,
        name,
        pick(template, "template_name", *PARTS),
        outputs={"template_name": name},
        tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    response = yield from read(Call("ses", "ListTemplates"))
    prefix = _prefix(scope.stack)
    names = [each["name"] for each in (response or {}).get("templates_metadata", ()) if each["name"].startswith(prefix)]
    return [
        _observed(f"{KIND.name}/{name.removeprefix(prefix)}", {"template_name": name}, scope.stack) for name in names
    ]


def create(change: Change) -> Iterator[Call]:
    yield Call("ses", "CreateTemplate", {"template": pick(change.desired, "template_name", *PARTS)})


def update(change: Change) -> Iterator[Call]:
    # AWS: an update replaces the template, so the parts that do not change are sent too.
    live = change.observed.properties if change.observed else {}
    template = pick({**live, **change.desired}, *PARTS) | {"template_name": identifier(change)}
    yield Call("ses", "UpdateTemplate", {"template": template})


def delete(change: Change) -> Iterator[Call]:
    yield Call("ses", "DeleteTemplate", {"template_name": identifier(change)})


KIND = Kind(
    name="ses.template",
    title="E-mail template",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS cannot tag it: its name says whose it is"),
    outputs=("template_name",),
    rules=Rules(create_only=("template_name",)),
    identity=("template_name",),
    physical_name=PhysicalName("template_name", limit=64, template="{stack}_{name}"),
)
