"""`secretsmanager.secret`: a secret and, if the spec asks for one, its value: generated, or made of another secret.

It never reads a value (no GetSecretValue) and never compares one. A generated value is never changed again: rotation is
done by whom the secret names. A composed one follows its source: the id of its version is a hash of what it was made of
and of the source's version, so that a rotation, another template and a value put by hand are all seen. Deleting only
schedules the deletion; wanting the secret again takes that back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _secret_composition, _secretsmanager
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import (
    address_of,
    changed,
    details,
    identifier,
    missing_tags,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
    token,
)
from reconciler.model import (
    STACK_TAG,
    Address,
    Call,
    Change,
    Generated,
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
    Value,
)

RECOVERY_DAYS = 30


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    composed = [resource for resource in resources if _secret_composition.source_of(resource) is not None]
    named = [resource.properties["name"] for resource in resources]
    named += [_secret_composition.source_of(resource) for resource in composed]
    answers = yield from read_all([_describe(name) for name in named])
    sources = dict(zip([r.address for r in composed], answers[len(resources) :], strict=True))
    live = list(zip(resources, answers, strict=False))
    guarded = [r for r, answer in live if _is_usable(answer) and _has_policy(r)]
    policies = yield from read_all([_get_policy(resource.properties["name"]) for resource in guarded])
    policy_of = {resource.address: policy for resource, policy in zip(guarded, policies, strict=True)}
    return {
        r.address: _secret_composition.added(
            _secretsmanager.told(_observed(r.address, answer, policy_of.get(r.address)), answer, r.properties),
            r,
            answer,
            sources,
        )
        for r, answer in live
        if answer is not None
    }


def _describe(secret: str) -> Call:
    return Call("secretsmanager", "DescribeSecret", {"secret_id": secret})


def _is_usable(secret: Response) -> bool:
    """Is it there, and not about to be deleted?"""
    return secret is not None and secret.get("deleted_date") is None


def _has_policy(resource: Resource) -> bool:
    return resource.properties.get("resource_policy") is not None


def _get_policy(secret: str) -> Call:
    return Call("secretsmanager", "GetResourcePolicy", {"secret_id": secret})


def _observed(address: Address, secret: Properties, policy: Response = None) -> Observed:
    properties = pick(secret, "name", "description", "kms_key_id")
    if policy is not None:
        properties["resource_policy"] = from_json(policy.get("resource_policy")) or {}
    if not _is_usable(secret):
        # AWS: a secret about to be deleted holds its name and takes no change. Shown without a name, it differs from
        # the spec, and the update restores it.
        del properties["name"]
    return Observed(
        address,
        secret["arn"],
        properties,
        outputs={"name": secret["name"], "arn": secret["arn"], "version_id": _secret_composition.current(secret)},
        tags=tag_map(secret.get("tags")),
        details={"usable": _is_usable(secret)},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    filters = [{"key": "tag-key", "values": [STACK_TAG]}, {"key": "tag-value", "values": [scope.stack]}]
    listed = yield from read(Call("secretsmanager", "ListSecrets", {"filters": filters}))
    # AWS: the list may be five minutes old, so each secret is asked itself.
    answers = yield from read_all([_describe(secret["name"]) for secret in (listed or {}).get("secret_list", ())])
    found = []
    for secret in answers:
        address = address_of(tag_map((secret or {}).get("tags")), scope.stack, KIND.name)
        if secret is None or address is None or _secretsmanager.is_replica(secret, scope.region):
            continue
        if _is_usable(secret):
            found.append(_secretsmanager.told(_observed(address, secret), secret))
    return found


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "name", "description", "kms_key_id", "type", "add_replica_regions")
    params["client_request_token"] = token(change.resource.stack if change.resource else "", change.address)
    params |= _first_value(change.desired.get("generate_secret_string"))
    yield Call("secretsmanager", "CreateSecret", params | {"tags": tag_list(change.tags)})
    if change.desired.get("resource_policy"):
        yield _put_policy(change.desired["name"], change.desired["resource_policy"])
    yield from _secretsmanager.rotate(change.desired["name"], change.desired)


def _first_value(generate: Properties | None) -> dict[str, Value]:
    if generate is None:
        return {}
    return {"secret_string": Generated(generate.get("length", 32), generate.get("template", "{}"))}


def _put_policy(secret: str, document: Value) -> Call:
    if not document:
        return Call("secretsmanager", "DeleteResourcePolicy", {"secret_id": secret})
    # AWS: without the block, a slip in the policy gives the secret to the world.
    params = {"secret_id": secret, "resource_policy": to_json(document), "block_public_policy": True}
    return Call("secretsmanager", "PutResourcePolicy", params)


def update(change: Change) -> Iterator[Call]:
    secret = identifier(change)
    if change.touches("name"):
        yield Call("secretsmanager", "RestoreSecret", {"secret_id": secret})
    settings = pick(changed(change), "description", "kms_key_id", "type")
    if settings:
        yield Call("secretsmanager", "UpdateSecret", {"secret_id": secret} | settings)
    if change.touches("resource_policy"):
        yield _put_policy(secret, change.desired["resource_policy"])
    yield from _secretsmanager.updates(change)
    if change.touches("compose_secret_string"):
        yield from _secret_composition.composed(change)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags and details(change)["usable"]:
        yield Call("secretsmanager", "TagResource", {"secret_id": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    replicas = details(change)["replicas"]
    if replicas:  # AWS: refuses to delete a secret that has some.
        yield _secretsmanager.remove(identifier(change), replicas)
        return
    params = {"secret_id": identifier(change), "recovery_window_in_days": RECOVERY_DAYS}
    yield Call("secretsmanager", "DeleteSecret", params)


KIND = Kind(
    name="secretsmanager.secret",
    title="Secret",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("secretsmanager:secret:*"),
    retag=retag,
    outputs=("name", "arn", "version_id"),
    rules=Rules(
        documents=("resource_policy",),
        keyed={"add_replica_regions": "region", "external_secret_rotation_metadata": "key"},
        write_only=("generate_secret_string", "rotate_immediately"),
    ),
    identity=("name",),
    wanted_first=("compose_secret_string",),
    physical_name=PhysicalName("name", limit=512),
    uses=("kms.key", "iam.role"),
    holds_data=True,
)
