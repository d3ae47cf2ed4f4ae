"""`ecr.repository`: where container images are kept, which of them expire, and who may pull them.

It never deletes an image: AWS refuses to delete a repository that still has some, and is not told to force it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import address_of, details, identifier, missing_tags, pick, read, read_all, tag_list, tag_map
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
)

MUTABILITY = ("image_tag_mutability", "image_tag_mutability_exclusion_filters")
CREATED = ("repository_name", *MUTABILITY, "image_scanning_configuration", "encryption_configuration")
OUTPUTS = ("repository_name", "repository_arn", "repository_uri", "registry_id")

# AWS: answers "not found" for a policy that was never put; here that is a policy that says nothing.
POLICIES: Mapping[str, tuple[str, str, Properties]] = {
    "lifecycle_policy": ("GetLifecyclePolicy", "lifecycle_policy_text", {"rules": []}),
    "repository_policy": ("GetRepositoryPolicy", "policy_text", {}),
}
"""Property -> how it is read, the member that holds its text, and what it is where there is none."""

Item = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = {item["repository_name"]: item for item in (yield from _everything())}
    found = [(r, live[r.properties["repository_name"]]) for r in resources if r.properties["repository_name"] in live]
    asked = [(r.address, name, call) for r, item in found for name, call in _more(r, item)]
    responses = yield from read_all([call for _, _, call in asked])
    answers = {(address, name): response for (address, name, _), response in zip(asked, responses, strict=True)}
    return {r.address: _observed(r, item, answers) for r, item in found if answers[r.address, "tags"] is not None}


def _everything() -> Reads[Sequence[Item]]:
    """AWS: asked for several names, it answers nothing if one of them does not exist; so all are read."""
    response = yield from read(Call("ecr", "DescribeRepositories"))
    found: Sequence[Item] = (response or {}).get("repositories", ())
    return found


def _more(resource: Resource, item: Item) -> Iterator[tuple[str, Call]]:
    """Tags, and those policies that are compared."""
    yield "tags", _tags_call(item)
    for name, (operation, _, _) in POLICIES.items():
        if name in resource.properties:
            yield name, Call("ecr", operation, pick(item, "repository_name"))


def _tags_call(item: Item) -> Call:
    return Call("ecr", "ListTagsForResource", {"resource_arn": item["repository_arn"]})


def _observed(resource: Resource, item: Item, answers: Mapping[tuple[Address, str], Response]) -> Observed:
    properties = pick(item, *CREATED)
    for name, (_, member, none) in POLICIES.items():
        if (resource.address, name) in answers:
            answer = answers[resource.address, name]
            properties[name] = none if answer is None else from_json(answer[member])
    return _found(resource.address, item, answers[resource.address, "tags"], properties)


def _found(address: Address, item: Item, tags: Response, properties: Properties) -> Observed:
    return Observed(
        address,
        item["repository_name"],
        properties,
        outputs=pick(item, *OUTPUTS),
        tags=tag_map((tags or {}).get("tags")),
        details={"arn": item["repository_arn"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    items = yield from _everything()
    responses = yield from read_all([_tags_call(item) for item in items])
    tagged = [
        (item, response, tag_map((response or {}).get("tags"))) for item, response in zip(items, responses, strict=True)
    ]
    addressed = [(address_of(tags, scope.stack, KIND.name), item, response) for item, response, tags in tagged]
    return [_found(address, item, response, {}) for address, item, response in addressed if address is not None]


def create(change: Change) -> Iterator[Call]:
    yield Call("ecr", "CreateRepository", pick(change.desired, *CREATED) | {"tags": tag_list(change.tags)})
    for name in POLICIES:
        if change.desired.get(name):
            yield _put(name, change.desired["repository_name"], change.desired[name])


def _put(name: str, repository: str, document: Properties) -> Call:
    where = {"repository_name": repository}
    if name == "lifecycle_policy":
        if not document["rules"]:
            return Call("ecr", "DeleteLifecyclePolicy", where)
        return Call("ecr", "PutLifecyclePolicy", {**where, "lifecycle_policy_text": to_json(document)})
    if not document.get("Statement"):
        return Call("ecr", "DeleteRepositoryPolicy", where)
    return Call("ecr", "SetRepositoryPolicy", {**where, "policy_text": to_json(document)})


def update(change: Change) -> Iterator[Call]:
    repository = identifier(change)
    if change.touches(*MUTABILITY):
        live = change.observed.properties if change.observed else {}
        wanted = {**pick(live, "image_tag_mutability"), **pick(change.desired, *MUTABILITY)}
        yield Call("ecr", "PutImageTagMutability", {"repository_name": repository} | wanted)
    if change.touches("image_scanning_configuration"):
        scanning = pick(change.desired, "image_scanning_configuration")
        yield Call("ecr", "PutImageScanningConfiguration", {"repository_name": repository} | scanning)
    for name in POLICIES:
        if change.touches(name):
            yield _put(name, repository, change.desired[name])


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("ecr", "TagResource", {"resource_arn": details(change)["arn"], "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    """AWS: refuses while there are images; whoever wants them gone deletes them."""
    yield Call("ecr", "DeleteRepository", {"repository_name": identifier(change)})


KIND = Kind(
    name="ecr.repository",
    title="Image repository",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ecr:repository/*"),
    retag=retag,
    outputs=OUTPUTS,
    rules=Rules(
        create_only=("repository_name", "encryption_configuration"),
        keyed={
            "lifecycle_policy.rules": "rulePriority",
            "image_tag_mutability_exclusion_filters": "filter",
        },
        unordered=(
            "lifecycle_policy.rules[].selection.tagPrefixList",
            "lifecycle_policy.rules[].selection.tagPatternList",
        ),
        exclusive=("lifecycle_policy.rules[].selection", "lifecycle_policy.rules[].action"),
        documents=("repository_policy",),
    ),
    physical_name=PhysicalName("repository_name", limit=256, lower=True),
    uses=("kms.key",),
    holds_data=True,
)
