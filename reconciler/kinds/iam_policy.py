"""`iam.policy`: a managed policy; a change makes a new default version, and AWS keeps five.

Roles attach it themselves. Deleting it detaches it from the roles of this stack only: one that somebody else still uses
is not deleted (`DeleteConflict`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds._iam import ALL_ROLES, Item, attached, roles
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import (
    address_of,
    details,
    identifier,
    missing_tags,
    partition,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
)
from reconciler.model import (
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
)

VERSIONS = 5


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    found = yield from _observe([(resource.address, _arn(resource)) for resource in resources])
    return {observed.address: observed for observed in found}


def _arn(resource: Resource) -> str:
    path = resource.properties.get("path") or "/"
    name = resource.properties["policy_name"]
    return f"arn:{partition(resource.region)}:iam::{resource.account}:policy{path}{name}"


def _observe(wanted: Sequence[tuple[Address, str]]) -> Reads[list[Observed]]:
    """The policies of these ARNs that exist, under the addresses given with them."""
    calls = [_about(arn, operation) for _, arn in wanted for operation in ("GetPolicy", "ListPolicyVersions")]
    everything, *answers = yield from read_all([ALL_ROLES, *calls])
    live = [
        (address, answer["policy"], _removal(answer["policy"], versions, everything))
        for (address, _), answer, versions in zip(wanted, answers[::2], answers[1::2], strict=True)
        if answer is not None
    ]
    documents = yield from read_all([_default_version(policy) for _, policy, _ in live])
    return [_observed(*each, document) for each, document in zip(live, documents, strict=True)]


def _about(arn: str, operation: str) -> Call:
    return Call("iam", operation, {"policy_arn": arn})


def _default_version(policy: Item) -> Call:
    params = {"policy_arn": policy["arn"], "version_id": policy["default_version_id"]}
    return Call("iam", "GetPolicyVersion", params)


def _removal(policy: Item, versions: Response, everything: Response) -> dict[str, list[str]]:
    """What must go before the policy can: old versions, oldest first, and attachments by roles of the same stack."""
    old = [v["version_id"] for v in (versions or {}).get("versions", ()) if not v.get("is_default_version")]
    stack = tag_map(policy.get("tags")).get(STACK_TAG)
    users = [
        role["role_name"]
        for role in roles(everything)
        if policy["arn"] in attached(role) and stack and tag_map(role.get("tags")).get(STACK_TAG) == stack
    ]
    return {"old_versions": sorted(old, key=lambda version: int(version[1:].split(".")[0])), "roles": sorted(users)}


def _observed(address: Address, policy: Item, removal: Mapping[str, list[str]], version: Response) -> Observed:
    document = ((version or {}).get("policy_version") or {}).get("document")
    return Observed(
        address,
        policy["arn"],
        pick(policy, "policy_name", "path", "description") | {"policy_document": from_json(document)},
        outputs={"policy_name": policy["policy_name"], "arn": policy["arn"]},
        tags=tag_map(policy.get("tags")),
        details=removal,
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    # AWS: ListPolicies leaves the tags out.
    listed = yield from read(Call("iam", "ListPolicies", {"scope": "Local"}))
    calls = [_about(policy["arn"], "GetPolicy") for policy in (listed or {}).get("policies", ())]
    ours = []
    for answer in (yield from read_all(calls)):
        policy = (answer or {}).get("policy") or {}
        address = address_of(tag_map(policy.get("tags")), scope.stack, KIND.name)
        if address is not None:
            ours.append((address, policy["arn"]))
    return (yield from _observe(ours)) if ours else []


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "policy_name", "path", "description")
    document = to_json(change.desired["policy_document"])
    yield Call("iam", "CreatePolicy", params | {"policy_document": document, "tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    if change.touches("policy_document"):
        arn, old = identifier(change), details(change)["old_versions"]
        if len(old) + 1 >= VERSIONS:
            yield _delete_version(arn, old[0])
        document = to_json(change.desired["policy_document"])
        params = {"policy_arn": arn, "policy_document": document, "set_as_default": True}
        yield Call("iam", "CreatePolicyVersion", params, once=True)


def _delete_version(arn: str, version: str) -> Call:
    return Call("iam", "DeletePolicyVersion", {"policy_arn": arn, "version_id": version})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("iam", "TagPolicy", {"policy_arn": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    arn = identifier(change)
    for role in details(change)["roles"]:
        yield Call("iam", "DetachRolePolicy", {"role_name": role, "policy_arn": arn})
    for version in details(change)["old_versions"]:
        yield _delete_version(arn, version)
    yield _about(arn, "DeletePolicy")


KIND = Kind(
    name="iam.policy",
    title="IAM managed policy",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("iam:policy/*"),
    retag=retag,
    outputs=("policy_name", "arn"),
    rules=Rules(create_only=("policy_name", "path", "description"), documents=("policy_document",)),
    identity=("policy_name", "path"),
    physical_name=PhysicalName("policy_name", limit=128),
)
