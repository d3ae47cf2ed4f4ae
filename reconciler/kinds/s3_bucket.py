"""`s3.bucket`: a bucket with its sub-resources.

It never touches an object: a bucket that still holds any is not deleted (`BucketNotEmpty`). Sub-resources the spec does
not mention are neither read nor changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from reconciler.errors import Denied
from reconciler.kinds import _s3
from reconciler.kinds.base import (
    FEW,
    address_of,
    by_address,
    identifier,
    missing_tags,
    partition,
    read,
    read_all,
    tag_list,
    tag_map,
)
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Patience,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Status,
    stalled,
)

FOREIGN = stalled("another AWS account has a bucket of this name: bucket names are unique in the world")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    listed = (yield from _own_buckets({"bucket_region": resources[0].region})) if len(resources) > FEW else []
    found, missed = yield from _look(resources, set(listed))
    # AWS: a list may still show a bucket that is gone.
    again, _ = (yield from _look(missed, set())) if missed else ({}, [])
    return found | again


def _look(resources: Sequence[Resource], listed: Set[str]) -> Reads[tuple[dict[Address, Observed], list[Resource]]]:
    """What the buckets are, and those of `listed` that show nothing of a bucket."""
    wanted = by_address(resources)
    answers, refused = yield from _read_allowed({r.address: _reads(r.properties, listed) for r in resources})
    found, missed = {}, []
    for address, responses in answers.items():
        resource = wanted[address]
        is_listed = resource.properties["bucket"] in listed
        location, *about = [{"location_constraint": resource.region}, *responses] if is_listed else responses
        if is_listed and all(response is None for response in about[1:]):
            missed.append(resource)
        elif location is not None:
            found[address] = _observed(address, resource.properties, [location, *about], resource.region)
    for address, error in refused.items():
        yield from _raise_if_ours(error)
        found[address] = Observed(address, wanted[address].properties["bucket"], {}, status=FOREIGN)
    return found, missed


def _reads(properties: Properties, listed: Set[str]) -> list[Call]:
    bucket = properties["bucket"]
    # AWS: a bucket without tags answers GetBucketTagging like a bucket that does not exist: its location tells.
    located = [] if bucket in listed else [Call("s3", "GetBucketLocation", {"bucket": bucket})]
    return [*located, _get_tags(bucket), *(part.read_call(bucket) for part in _s3.declared(properties))]


def _get_tags(bucket: str) -> Call:
    return Call("s3", "GetBucketTagging", {"bucket": bucket})


def _read_allowed(
    reads: Mapping[str, Sequence[Call]],
) -> Reads[tuple[dict[str, Sequence[Response]], dict[str, Denied]]]:
    """The answers by key, all asked in one batch, and the refusal of each key AWS denies us."""
    refused: dict[str, Denied] = {}
    while True:
        asked = {key: calls for key, calls in reads.items() if key not in refused}
        try:
            responses = iter((yield from read_all([call for calls in asked.values() for call in calls])))
        except Denied as error:
            refused |= {key: error for key, calls in asked.items() if error.call in calls}
        else:
            return {key: [next(responses) for _ in calls] for key, calls in asked.items()}, refused


def _raise_if_ours(error: Denied) -> Reads[None]:
    """AWS: "access denied" is also what the bucket of another account answers; ListBuckets names our own only."""
    bucket = error.call.params["bucket"]
    if bucket in (yield from _own_buckets({"prefix": bucket})):
        raise error


def _own_buckets(params: Properties) -> Reads[list[str]]:
    response = yield from read(Call("s3", "ListBuckets", params))
    return [bucket["name"] for bucket in (response or {}).get("buckets", ())]


def _observed(address: Address, properties: Properties, responses: Sequence[Response], region: str) -> Observed:
    location, tagging, *parts = responses
    live: dict[str, Any] = {"bucket": properties["bucket"]}
    for part, response in zip(_s3.declared(properties), parts, strict=True):
        value = part.observed(response)
        if value is not None:
            live[part.property] = value
    home = _region(location)
    return Observed(
        address,
        properties["bucket"],
        live,
        outputs=_outputs(properties["bucket"], home),
        tags=tag_map((tagging or {}).get("tag_set")),
        status=_status(home, region),
    )


def _region(location: Response) -> str:
    """AWS: the oldest region answers with nothing, and Ireland may answer `EU`."""
    constraint = (location or {}).get("location_constraint")
    return "eu-west-1" if constraint == "EU" else constraint or "us-east-1"


def _status(home: str, region: str) -> Status:
    if home == region:
        return READY
    return stalled(f"the bucket lives in {home}, not in {region}; a bucket cannot move")


def _outputs(bucket: str, region: str) -> dict[str, str]:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return {
        "bucket": bucket,
        "arn": f"arn:{partition(region)}:s3:::{bucket}",
        "bucket_regional_domain_name": f"{bucket}.s3.{region}.{domain}",
    }


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """A bucket whose policy keeps us from reading its tags is not one of ours."""
    names = yield from _own_buckets({"bucket_region": scope.region})
    answers, _ = yield from _read_allowed({name: [_get_tags(name)] for name in names})
    found = []
    for bucket, (response,) in answers.items():
        tags = tag_map((response or {}).get("tag_set"))
        address = address_of(tags, scope.stack, KIND.name)
        if address is not None:
            found.append(Observed(address, bucket, {"bucket": bucket}, _outputs(bucket, scope.region), tags))
    return found


def create(change: Change) -> Iterator[Call]:
    bucket = change.desired["bucket"]
    configuration: dict[str, Any] = {"tags": tag_list(change.tags)}
    region = change.resource.region if change.resource else ""
    if region != "us-east-1":  # AWS: us-east-1 refuses to be named as a location constraint.
        configuration["location_constraint"] = region
    lock = {"object_lock_enabled_for_bucket": True} if change.desired.get("object_lock_configuration") else {}
    yield Call("s3", "CreateBucket", {"bucket": bucket, "create_bucket_configuration": configuration} | lock)
    yield _put_tags(bucket, change.tags)
    for part in _s3.declared(change.desired):
        value = change.desired[part.property]
        fresh = part.observed(None)
        if value != fresh:  # A new bucket is so by itself.
            yield from part.write_calls(bucket, value, fresh)


def _put_tags(bucket: str, tags: Mapping[str, str]) -> Call:
    return Call("s3", "PutBucketTagging", {"bucket": bucket, "tagging": {"tag_set": tag_list(tags)}})


def update(change: Change) -> Iterator[Call]:
    live = change.observed.properties if change.observed else {}
    writes = [
        (part, change.desired[part.property]) for part in _s3.declared(change.desired) if change.touches(part.property)
    ]
    # AWS: replication must be gone before versioning is suspended, so what is taken away goes first.
    for part, value in sorted(writes, key=lambda write: not write[0].clears(write[1])):
        yield from part.write_calls(identifier(change), value, live.get(part.property))


def retag(change: Change) -> Iterator[Call]:
    missing = missing_tags(change)
    if missing and change.observed is not None:
        # AWS: PutBucketTagging replaces the whole set, so the tags of others are sent along.
        yield _put_tags(identifier(change), {**change.observed.tags, **missing})


def delete(change: Change) -> Iterator[Call]:
    yield Call("s3", "DeleteBucket", {"bucket": identifier(change)})


KIND = Kind(
    name="s3.bucket",
    title="S3 bucket",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("s3:*"),
    retag=retag,
    outputs=("bucket", "arn", "bucket_regional_domain_name"),
    rules=Rules(
        create_only=("bucket",),
        documents=("policy",),
        unordered=(
            "lifecycle_configuration.rules[].transitions",
            "lifecycle_configuration.rules[].noncurrent_version_transitions",
            "lifecycle_configuration.rules[].filter.and.tags",
            "cors_configuration.cors_rules[].allowed_headers",
            "cors_configuration.cors_rules[].allowed_methods",
            "cors_configuration.cors_rules[].allowed_origins",
            "cors_configuration.cors_rules[].expose_headers",
            "notification_configuration.topic_configurations[].events",
            "notification_configuration.queue_configurations[].events",
            "notification_configuration.lambda_function_configurations[].events",
            "replication_configuration.rules[].filter.and.tags",
            "intelligent_tiering_configurations[].filter.and.tags",
            "inventory_configurations[].optional_fields",
            "metrics_configurations[].filter.and.tags",
        ),
        keyed={
            "lifecycle_configuration.rules": "id",
            "notification_configuration.topic_configurations": "id",
            "notification_configuration.queue_configurations": "id",
            "notification_configuration.lambda_function_configurations": "id",
            "notification_configuration.topic_configurations[].filter.key.filter_rules": "name",
            "notification_configuration.queue_configurations[].filter.key.filter_rules": "name",
            "notification_configuration.lambda_function_configurations[].filter.key.filter_rules": "name",
            "replication_configuration.rules": "id",
            "intelligent_tiering_configurations": "id",
            "intelligent_tiering_configurations[].tierings": "access_tier",
            "inventory_configurations": "id",
            "metrics_configurations": "id",
        },
        # A Put replaces the whole sub-resource: what is live and not in the spec would be lost, so it shows.
        exclusive=(
            "lifecycle_configuration.rules[]",
            "lifecycle_configuration.rules[].filter",
            "cors_configuration.cors_rules[]",
            "website_configuration",
            "bucket_logging_status",
            "replication_configuration",
            "notification_configuration",
            "intelligent_tiering_configurations[]",
            "inventory_configurations[]",
            "metrics_configurations[]",
        ),
    ),
    identity=("bucket",),
    # AWS: bucket names are shared by all accounts of the world; the account id keeps ours apart.
    physical_name=PhysicalName("bucket", limit=63, template="{stack}-{name}-{account}", lower=True),
    uses=("kms.key", "sns.topic", "iam.role"),
    holds_data=True,
    # A bucket that is not empty stays so until a person empties it: no use waiting long.
    patience=Patience("seconds", minutes=3),
)
