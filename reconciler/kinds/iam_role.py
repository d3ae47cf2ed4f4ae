"""`iam.role`: a role with its trust policy, its inline policies and the managed policies it is given.

Inline policies are the role's own: those the spec does not name are removed. Managed policies that others attached
stay. It never touches instance profiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds._iam import ALL_ROLES, Item, attached, inline, roles
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import (
    FEW,
    address_of,
    details,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
)
from reconciler.model import (
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
    Value,
)

LIST = Call("iam", "ListRoles")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    names = [str(resource.properties["role_name"]) for resource in resources]
    live = (yield from _listed()) if len(names) > FEW else {}
    asked = [name for name in names if name not in live]
    everything, *answers = yield from read_all([ALL_ROLES, *(Call("iam", "GetRole", {"role_name": n}) for n in asked)])
    live |= {name: answer["role"] for name, answer in zip(asked, answers, strict=True) if answer is not None}
    details = {role["role_name"]: role for role in roles(everything)}
    return {
        resource.address: _observed(resource.address, {**details.get(name, {}), **live[name]}, resource.properties)
        for resource, name in zip(resources, names, strict=True)
        if name in live
    }


def _listed() -> Reads[dict[str, Item]]:
    """The roles both lists know, by name. AWS: ListRoles leaves the tags out, and what is new may be in one only."""
    everything, listed = yield from read_all([ALL_ROLES, LIST])
    known = {role["role_name"] for role in roles(everything)}
    return {role["role_name"]: role for role in (listed or {}).get("roles", ()) if role["role_name"] in known}


def _observed(address: Address, role: Item, declared: Properties) -> Observed:
    properties = pick(role, "role_name", "path", "description", "max_session_duration")
    properties["assume_role_policy_document"] = from_json(role.get("assume_role_policy_document"))
    properties["permissions_boundary"] = (role.get("permissions_boundary") or {}).get("permissions_boundary_arn")
    properties["managed_policy_arns"] = _given(role, declared.get("managed_policy_arns") or ())
    properties["policies"] = {name: from_json(document) for name, document in inline(role).items()}
    return Observed(
        address,
        role["role_name"],
        {name: value for name, value in properties.items() if value is not None},
        outputs={"role_name": role["role_name"], "arn": role["arn"], "role_arn": role["arn"]},
        tags=tag_map(role.get("tags")),
        details={"attached": attached(role), "inline": sorted(inline(role))},
    )


def _given(role: Item, declared: Sequence[Value]) -> list[str]:
    """The attached policies that are ours to judge: AWS and other tools attach some too, and would fight with us."""
    return [arn for arn in attached(role) if arn in declared]


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    found = []
    for role in roles((yield from read(ALL_ROLES))):
        address = address_of(tag_map(role.get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, role, {}))
    return found


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "role_name", "path", "description", "max_session_duration", "permissions_boundary")
    trust = to_json(change.desired["assume_role_policy_document"])
    yield Call("iam", "CreateRole", params | {"assume_role_policy_document": trust, "tags": tag_list(change.tags)})
    name = change.desired["role_name"]
    yield from _attach(name, change.desired.get("managed_policy_arns") or ())
    for policy, document in (change.desired.get("policies") or {}).items():
        yield _put_policy(name, policy, document)


def _attach(role: str, arns: Sequence[Value]) -> Iterator[Call]:
    for arn in arns:
        yield Call("iam", "AttachRolePolicy", {"role_name": role, "policy_arn": arn})


def _put_policy(role: str, name: str, document: Value) -> Call:
    params = {"role_name": role, "policy_name": name, "policy_document": to_json(document)}
    return Call("iam", "PutRolePolicy", params)


def update(change: Change) -> Iterator[Call]:
    role, desired = identifier(change), change.desired
    if change.touches("assume_role_policy_document"):
        trust = to_json(desired["assume_role_policy_document"])
        yield Call("iam", "UpdateAssumeRolePolicy", {"role_name": role, "policy_document": trust})
    if change.touches("description", "max_session_duration"):
        yield _update_role(change)
    if change.touches("permissions_boundary"):
        yield _boundary(role, desired["permissions_boundary"])
    if change.touches("managed_policy_arns"):
        live = details(change)["attached"]
        yield from _attach(role, [arn for arn in desired["managed_policy_arns"] if arn not in live])
    for policy in _touched_policies(change):
        if policy in desired["policies"]:
            yield _put_policy(role, policy, desired["policies"][policy])
        else:
            yield _delete_policy(role, policy)


def _update_role(change: Change) -> Call:
    """AWS: UpdateRole sets both members, so the one that does not change is sent as it is."""
    live = change.observed.properties if change.observed else {}
    both = {**live, **change.desired}
    return Call(
        "iam", "UpdateRole", {"role_name": identifier(change)} | pick(both, "description", "max_session_duration")
    )


def _boundary(role: str, arn: Value) -> Call:
    if arn:
        return Call("iam", "PutRolePermissionsBoundary", {"role_name": role, "permissions_boundary": arn})
    return Call("iam", "DeleteRolePermissionsBoundary", {"role_name": role})


def _touched_policies(change: Change) -> list[str]:
    return [str(field.path[1]) for field in change.fields if field.path[0] == "policies" and len(field.path) > 1]


def _delete_policy(role: str, name: str) -> Call:
    return Call("iam", "DeleteRolePolicy", {"role_name": role, "policy_name": name})


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("iam", "TagRole", {"role_name": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    """AWS: a role that still has policies of any sort is not deleted."""
    role = identifier(change)
    for arn in details(change)["attached"]:
        yield Call("iam", "DetachRolePolicy", {"role_name": role, "policy_arn": arn})
    for policy in details(change)["inline"]:
        yield _delete_policy(role, policy)
    yield Call("iam", "DeleteRole", {"role_name": role})


KIND = Kind(
    name="iam.role",
    title="IAM role",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: the tagging API does not list roles"),
    retag=retag,
    outputs=("role_name", "arn", "role_arn"),
    rules=Rules(
        create_only=("role_name", "path"),
        unordered=("managed_policy_arns",),
        documents=("assume_role_policy_document", "policies.*"),
        exclusive=("policies",),
    ),
    identity=("role_name",),
    wanted_first=("managed_policy_arns",),
    physical_name=PhysicalName("role_name", limit=64),
    uses=("iam.policy",),
)
