"""`s3.bucket_policy`: who may do what with a bucket, for a policy that names something which itself needs the bucket.

A bucket has one policy: where a spec has this kind for a bucket, the bucket's own `policy` stays unset. AWS cannot tag
a policy: whose it is follows from its bucket's tags. Prune takes only policies this kind wrote: their `Id` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import s3_bucket
from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import identifier, read_all, tag_map
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Through,
    Value,
)

NOBODY = "none"
"""What the stack tag of an object says that was let go."""


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    answers = iter((yield from read_all([call for resource in resources for call in _reads(resource)])))
    read = [(resource, [next(answers) for _ in _reads(resource)]) for resource in resources]
    found = {resource.address: _observed(resource, responses) for resource, responses in read}
    return {address: observed for address, observed in found.items() if observed is not None}


def _reads(resource: Resource) -> list[Call]:
    bucket = {"bucket": resource.properties["bucket"]}
    # AWS: a bucket without tags answers GetBucketTagging like a bucket that does not exist: its location tells.
    names = ("GetBucketLocation", "GetBucketTagging", "GetBucketPolicy")
    return [Call("s3", name, bucket) for name in names]


def _observed(resource: Resource, responses: Sequence[Response]) -> Observed | None:
    """A bucket that is not ours counts as a policy that is not ours, so that nothing is written to it unasked."""
    location, tagging, policy = responses
    tags = _tags(resource, tag_map((tagging or {}).get("tag_set")))
    ours = tags.get(STACK_TAG) == resource.stack
    if location is None or (policy is None and ours):
        return None
    bucket = resource.properties["bucket"]
    properties = {"bucket": bucket, "policy": _unmarked(_document(policy))}
    return Observed(resource.address, bucket, properties, outputs={"bucket": bucket}, tags=tags)


def _tags(resource: Resource, of_bucket: Mapping[str, str]) -> dict[str, str]:
    """The tags AWS would not take: the bucket's stack is the policy's, and `adopt` is enough for nobody's bucket."""
    stack = of_bucket.get(STACK_TAG, NOBODY)
    if stack == NOBODY and resource.adopt:
        stack = resource.stack
    return {} if stack == NOBODY else {STACK_TAG: stack, RESOURCE_TAG: resource.address}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    buckets = [bucket.identifier for bucket in (yield from s3_bucket.owned(scope))]
    answers = yield from read_all([Call("s3", "GetBucketPolicy", {"bucket": bucket}) for bucket in buckets])
    found = []
    for bucket, answer in zip(buckets, answers, strict=True):
        address = _marked_address(_document(answer), scope.stack)
        if address is not None:
            tags = {STACK_TAG: scope.stack, RESOURCE_TAG: address}
            found.append(Observed(address, bucket, {"bucket": bucket}, outputs={"bucket": bucket}, tags=tags))
    return found


def _document(response: Response) -> Mapping[str, Value]:
    document: Mapping[str, Value] = {} if response is None else from_json(response["policy"])
    return document


# --- the mark in a policy's `Id` --------------------------------------------------------------------------------------


def _mark(stack: str, address: Address) -> str:
    return f"reconciler:{stack}:{address}"


def _marked_address(document: Mapping[str, Value], stack: str) -> Address | None:
    before = _mark(stack, f"{KIND.name}/")
    id = str(document.get("Id", ""))
    return f"{KIND.name}/{id.removeprefix(before)}" if id.startswith(before) else None


def _unmarked(document: Mapping[str, Value]) -> dict[str, Value]:
    marked = str(document.get("Id", "")).startswith("reconciler:")
    return {name: value for name, value in document.items() if not (marked and name == "Id")}


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the policy or replaces all of it. An `Id` of the spec's own is kept; prune then leaves it alone."""
    policy = change.desired["policy"]
    if isinstance(policy, Mapping):
        stack = change.resource.stack if change.resource else ""
        policy = {"Id": _mark(stack, change.address), **policy}
    yield Call("s3", "PutBucketPolicy", {"bucket": change.desired["bucket"], "policy": to_json(policy)})


def delete(change: Change) -> Iterator[Call]:
    yield Call("s3", "DeleteBucketPolicy", {"bucket": identifier(change)})


KIND = Kind(
    name="s3.bucket_policy",
    title="Bucket policy",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Through(("s3.bucket",)),
    outputs=("bucket",),
    rules=Rules(create_only=("bucket",), documents=("policy",)),
    identity=("bucket",),
    uses=("s3.bucket", "cloudfront.distribution", "iam.role"),
)
