"""`kms.key`: a key, who may use it, and whether it is changed every year.

Deleting only schedules the deletion, thirty days ahead, and wanting the key again takes that back: what a deleted key
encrypted is lost for good. It never skips AWS's check that the policy locks nobody out, and touches no grant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _kms
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import address_of, details, identifier, missing_tags, pick, read_all, tag_list, unique
from reconciler.model import (
    READY,
    RESOURCE_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Status,
    Unknown,
    Value,
    stalled,
    waiting,
)

WINDOW_DAYS = 30
POLICY = "default"
"""AWS: the name of the only policy a key can have."""
METADATA = ("description", "key_state", "key_usage", "key_spec", "origin", "multi_region")
CREATED = ("description", "key_usage", "key_spec", "origin", "multi_region")
DYING = ("PendingDeletion", "PendingReplicaDeletion")

Keys = Mapping[str, Mapping[str, str]]
"""Tags by key id."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    """The tagging API names candidates; only if that leaves something unfound is every key of the account asked."""
    known: dict[str, dict[str, str]] = {}
    for stack in sorted({resource.stack for resource in resources}):
        known |= yield from _kms.tags_by_id_of_stack(stack)
    adopted = {_kms.id_in(r.adopt) for r in resources if isinstance(r.adopt, str)}
    known |= yield from _kms.tags_by_id(sorted(adopted - known.keys()))
    if not all(_ids_of(resource, known) for resource in resources):
        every = yield from _kms.every_id()
        known |= yield from _kms.tags_by_id([key_id for key_id in every if key_id not in known])
    wanted = [(resource.address, key_id) for resource in resources for key_id in _ids_of(resource, known)]
    return _living((yield from _observe(wanted, known)))


def _ids_of(resource: Resource, known: Keys) -> list[str]:
    """The keys that carry the address of a resource, or that it adopts by id."""
    names = (resource.address, resource.renamed_from)
    adopted = _kms.id_in(str(resource.adopt))
    return [
        key_id
        for key_id, tags in known.items()
        if (address_of(tags, resource.stack, KIND.name) and tags[RESOURCE_TAG] in names) or key_id == adopted
    ]


def _living(found: Sequence[Observed]) -> dict[Address, Observed]:
    """One key for each address: of one that is being deleted and one that is not, the living one is meant."""
    alive = unique([each for each in found if not _is_dying(each)])
    dying = {each.address: each for each in sorted(found, key=_deleted_on) if _is_dying(each)}
    return {**dying, **alive}


def _is_dying(observed: Observed) -> bool:
    return bool(observed.details["state"] in DYING)


def _deleted_on(observed: Observed) -> str:
    return str(observed.details["deletion_date"])


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """AWS: a key that is being deleted stays for weeks; nothing is left to do about it."""
    known = {
        **(yield from _kms.tags_by_alias_of_stack(scope.stack)),
        **(yield from _kms.tags_by_id_of_stack(scope.stack)),
    }
    addresses = [(address_of(tags, scope.stack, KIND.name), key_id) for key_id, tags in known.items()]
    found = yield from _observe([(address, key_id) for address, key_id in addresses if address], known)
    return [each for each in found if not _is_dying(each)]


def _observe(wanted: Sequence[tuple[Address, str]], known: Keys) -> Reads[list[Observed]]:
    calls = [call for _, key_id in wanted for call in _reads(key_id)]
    answers = yield from read_all(calls)
    described = list(zip(wanted, answers[::2], answers[1::2], strict=True))
    turning = [key_id for (_, key_id), key, _ in described if key is not None and _can_turn(key["key_metadata"])]
    rotations = yield from read_all([_about(key_id, "GetKeyRotationStatus") for key_id in turning])
    rotation = dict(zip(turning, rotations, strict=True))
    return [
        _observed(address, known[key_id], key["key_metadata"], (policy, rotation.get(key_id)))
        for (address, key_id), key, policy in described
        if key is not None
    ]


def _about(key_id: str, operation: str, **more: object) -> Call:
    return Call("kms", operation, {"key_id": key_id, **more})


def _reads(key_id: str) -> list[Call]:
    return [_about(key_id, "DescribeKey"), _about(key_id, "GetKeyPolicy", policy_name=POLICY)]


def _can_turn(key: _kms.Item) -> bool:
    """AWS: answers UnsupportedOperation about the rotation of every other key, and nothing about a dying one."""
    symmetric = key.get("key_spec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    return symmetric and key.get("origin") == "AWS_KMS" and key.get("key_state") not in DYING


def _observed(
    address: Address, tags: Mapping[str, str], key: _kms.Item, answers: tuple[Response, Response]
) -> Observed:
    policy, rotation = answers
    properties = {"multi_region": False} | pick(key, *METADATA)
    properties |= _turning(rotation or {})
    if policy is not None:
        properties["policy"] = from_json(policy.get("policy"))
    return Observed(
        address,
        key["key_id"],
        properties,
        outputs={"key_id": key["key_id"], "arn": key["arn"]},
        tags=tags,
        status=_status(key.get("key_state", "Enabled")),
        details={"state": key.get("key_state", "Enabled"), "deletion_date": str(key.get("deletion_date", ""))},
    )


def _turning(rotation: _kms.Item) -> dict[str, Value]:
    if not rotation.get("key_rotation_enabled"):
        return pick(rotation, "key_rotation_enabled")
    # AWS: always says how often; some emulators do not.
    period = rotation.get("rotation_period_in_days", Unknown("the rotation period"))
    return {"key_rotation_enabled": True, "rotation_period_in_days": period}


def _status(state: str) -> Status:
    if state in ("Creating", "Updating"):
        return waiting(f"its state is {state}")
    if state == "PendingImport":
        return stalled("its key material has yet to be imported")
    return stalled("its key store cannot be reached") if state == "Unavailable" else READY


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, *CREATED)
    if change.desired.get("policy"):
        params["policy"] = to_json(change.desired["policy"])
    tags = tag_list(change.tags, "tag_key", "tag_value")
    yield Call("kms", "CreateKey", params | {"tags": tags}, once=True)


def update(change: Change) -> Iterator[Call]:
    """AWS: a key that is disabled or about to be deleted refuses most changes, so it is woken first."""
    key, state = identifier(change), details(change)["state"]
    if state in DYING:
        yield _about(key, "CancelKeyDeletion")
    if state in (*DYING, "Disabled"):
        yield _about(key, "EnableKey")
    if change.touches("description"):
        yield _about(key, "UpdateKeyDescription", description=change.desired["description"])
    if change.touches("policy"):
        yield _about(key, "PutKeyPolicy", policy_name=POLICY, policy=to_json(change.desired["policy"]))
    if change.touches("key_rotation_enabled", "rotation_period_in_days"):
        yield _turn(key, change)
    if change.desired.get("key_state") == "Disabled":
        yield _about(key, "DisableKey")


def _turn(key: str, change: Change) -> Call:
    if change.desired.get("key_rotation_enabled") is False:
        return _about(key, "DisableKeyRotation")
    return _about(key, "EnableKeyRotation", **pick(change.desired, "rotation_period_in_days"))


def retag(change: Change) -> Iterator[Call]:
    """AWS: a key about to be deleted takes no tags; once it is no more, they follow."""
    tags = missing_tags(change)
    if tags and details(change)["state"] not in DYING:
        yield _about(identifier(change), "TagResource", tags=tag_list(tags, "tag_key", "tag_value"))


def delete(change: Change) -> Iterator[Call]:
    if details(change)["state"] not in DYING:
        yield _about(identifier(change), "ScheduleKeyDeletion", pending_window_in_days=WINDOW_DAYS)


KIND = Kind(
    name="kms.key",
    title="KMS key",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("kms:key/*"),
    retag=retag,
    outputs=("key_id", "arn"),
    rules=Rules(create_only=("key_usage", "key_spec", "origin", "multi_region"), documents=("policy",)),
    uses=("iam.role",),
    holds_data=True,
    patience=Patience("a minute", minutes=10),
)
