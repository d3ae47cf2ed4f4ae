"""`ec2.launch_template`: what an instance is started from. Versions never change: a change makes a new one the default.

A template is wholly the spec's: what a version has and the spec does not is a difference too. It starts no instance
and replaces none; an Auto Scaling group that names a version does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _ec2
from reconciler.kinds.base import address_of, chunks, details, identifier, pick, read, read_all, tag_map, token
from reconciler.model import (
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Unknown,
    Value,
)

NAMES = 200
"""AWS: values in one filter."""
LISTING = _ec2.Listing("DescribeLaunchTemplates", "launch_templates", "launch_template_id", "launch_template_ids")
OF_THE_TEMPLATE = "launch-template"
"""AWS: the type of tags that belong to the template itself, and cannot stand inside it."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    wanted = {str(resource.properties["launch_template_name"]): resource.address for resource in resources}
    answers = yield from read_all([_named(some) for some in chunks(sorted(wanted), NAMES)])
    templates = [template for answer in answers for template in (answer or {}).get(LISTING.items, ())]
    found = yield from _observe([(wanted[template["launch_template_name"]], template) for template in templates])
    return {observed.address: observed for observed in found}


def _named(names: Sequence[str]) -> Call:
    """AWS: a filter finds those that exist; asked for by name, one that does not exist hides the others."""
    return Call("ec2", LISTING.operation, {"filters": [{"name": "launch-template-name", "values": list(names)}]})


def _observe(wanted: Sequence[tuple[Address, Mapping[str, Value]]]) -> Reads[list[Observed]]:
    versions = yield from read_all([_versions(template["launch_template_id"]) for _, template in wanted])
    return [_observed(address, item, answer) for (address, item), answer in zip(wanted, versions, strict=True)]


def _versions(template: str) -> Call:
    params = {"launch_template_id": template, "versions": ["$Default", "$Latest"]}
    return Call("ec2", "DescribeLaunchTemplateVersions", params)


def _observed(address: Address, template: Mapping[str, Value], answer: Response) -> Observed:
    versions = {version["version_number"]: version for version in (answer or {}).get("launch_template_versions", ())}
    default, latest = template["default_version_number"], template["latest_version_number"]
    data = versions.get(default, {}).get("launch_template_data", {})
    return Observed(
        address,
        template["launch_template_id"],
        pick(template, "launch_template_name") | {"launch_template_data": _written(data)},
        outputs={
            **pick(template, "launch_template_id", "launch_template_name"),
            "default_version_number": str(default),
            "latest_version_number": str(latest),
        },
        tags=tag_map(template.get("tags")),
        details={
            "default": default,
            "latest": latest,
            "latest_says": versions.get(latest, {}).get("version_description", ""),
        },
    )


def _written(data: Mapping[str, Value]) -> dict[str, Value]:
    """The data of a version as somebody wrote it."""
    kept = {name: value for name, value in data.items() if value not in (None, "", [], {})}
    if "user_data" in kept:
        kept["user_data"] = base64.b64decode(kept["user_data"]).decode(errors="replace")
    specifications = kept.pop("tag_specifications", ())
    inside = [each for each in specifications if each.get("resource_type") != OF_THE_TEMPLATE]
    return kept | ({"tag_specifications": inside} if inside else {})


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    response = yield from read(LISTING.of_stack(scope.stack))
    templates = [(tag_map(item.get("tags")), item) for item in (response or {}).get(LISTING.items, ())]
    addresses = [(address_of(tags, scope.stack, KIND.name), item) for tags, item in templates]
    return (yield from _observe([(address, item) for address, item in addresses if address]))


def create(change: Change) -> Iterator[Call]:
    tags = _ec2.tag_specifications(OF_THE_TEMPLATE, change)
    name = change.desired["launch_template_name"]
    # No client token: the name is unique already, and AWS may repeat the answer about a deleted template.
    yield Call(
        "ec2", "CreateLaunchTemplate", {"launch_template_name": name, "tag_specifications": tags, **_version(change)}
    )


def _version(change: Change) -> dict[str, Value]:
    """A version and, in its description, what it was made from: how it is known again before it is the default."""
    return {
        "launch_template_data": _encoded(change.desired["launch_template_data"]),
        "version_description": _mark(change),
    }


def _encoded(data: Properties) -> Properties:
    text = data.get("user_data")
    if text is None or isinstance(text, Unknown):
        return data
    return {**data, "user_data": base64.b64encode(str(text).encode()).decode()}


def _mark(change: Change) -> str:
    data = json.dumps(change.desired["launch_template_data"], sort_keys=True, default=str)
    return f"reconcile {token(data)}"


def update(change: Change) -> Iterator[Call]:
    template, known = {"launch_template_id": identifier(change)}, details(change)
    if known["latest"] != known["default"] and known["latest_says"] == _mark(change):
        yield Call("ec2", "ModifyLaunchTemplate", template | {"default_version": str(known["latest"])})
    else:
        once = token(identifier(change), known["latest"], _mark(change))
        params = {**template, "client_token": once, **_version(change)}
        yield Call("ec2", "CreateLaunchTemplateVersion", params)


def delete(change: Change) -> Iterator[Call]:
    yield Call("ec2", "DeleteLaunchTemplate", {"launch_template_id": identifier(change)})


KIND = Kind(
    name="ec2.launch_template",
    title="Launch template",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ec2:launch-template/*"),
    retag=_ec2.retag,
    outputs=("launch_template_id", "launch_template_name", "default_version_number", "latest_version_number"),
    rules=Rules(
        create_only=("launch_template_name",),
        unordered=("launch_template_data.security_group_ids", "launch_template_data.network_interfaces[].groups"),
        keyed={
            "launch_template_data.block_device_mappings": "device_name",
            "launch_template_data.network_interfaces": "device_index",
            "launch_template_data.tag_specifications": "resource_type",
            "launch_template_data.tag_specifications[].tags": "key",
        },
        exclusive=("launch_template_data",),
        sensitive=("launch_template_data.user_data",),
    ),
    identity=("launch_template_name",),
    physical_name=PhysicalName("launch_template_name", limit=128),
    uses=("iam.instance_profile", "ec2.security_group", "ec2.subnet", "kms.key"),
    versioned=True,
)
