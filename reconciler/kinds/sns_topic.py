"""`sns.topic`: a topic and whom it tells. It publishes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _sns
from reconciler.kinds.base import address_of, arn, identifier, missing_tags, read, read_all, tag_list, tag_map
from reconciler.model import (
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
    Value,
)

ATTRIBUTES = {**_sns.AT_CREATE, **_sns.FEEDBACK}
# AWS: leaves these out of a topic that never had them set.
ABSENT = {"signature_version": "1", "tracing_config": "PassThrough"}


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    reads = [_reads(resource) for resource in resources]
    answers = iter((yield from read_all([call for calls in reads for call in calls])))
    answered = [(resource, [next(answers) for _ in calls]) for resource, calls in zip(resources, reads, strict=True)]
    there = [(resource, responses) for resource, responses in answered if responses[0] is not None]
    listed = [
        (r.properties.get("subscriptions") or (), responses[2] if responses[2:] else None) for r, responses in there
    ]
    subscriptions = yield from _sns.read_subscriptions(listed)
    return {
        resource.address: _observed(resource.address, responses[0], responses[1], subscribed)
        for (resource, responses), subscribed in zip(there, subscriptions, strict=True)
    }


def _reads(resource: Resource) -> list[Call]:
    topic = _arn(resource)
    calls = [Call("sns", "GetTopicAttributes", {"topic_arn": topic}), _read_tags(topic)]
    if resource.properties.get("subscriptions") is not None:
        calls.append(Call("sns", "ListSubscriptionsByTopic", {"topic_arn": topic}))
    return calls


def _arn(resource: Resource) -> str:
    """AWS: the ARN follows from the name, so no call is needed to look a topic up."""
    return arn("sns", resource, resource.properties["name"])


def _read_tags(topic: str) -> Call:
    return Call("sns", "ListTagsForResource", {"resource_arn": topic})


def _observed(
    address: Address, topic: Response, tags: Response, subscriptions: Sequence[_sns.Subscribed] = ()
) -> Observed:
    live = (topic or {}).get("attributes", {})
    name = live["TopicArn"].rsplit(":", 1)[1]
    properties: dict[str, Value] = {"name": name} | ABSENT | _sns.properties(live, ATTRIBUTES)
    properties["subscriptions"] = [each.element for each in subscriptions]
    return Observed(
        address,
        live["TopicArn"],
        properties,
        outputs={"name": name, "arn": live["TopicArn"], "topic_arn": live["TopicArn"]},
        tags=tag_map((tags or {}).get("tags")),
        details={"subscriptions": {_sns.label(each.element): each.arn for each in subscriptions}},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    listed = yield from read(Call("sns", "ListTopics"))
    arns = [topic["topic_arn"] for topic in (listed or {}).get("topics", ())]
    answers = yield from read_all([_read_tags(topic) for topic in arns])
    found = []
    for topic, tags in zip(arns, answers, strict=True):
        address = address_of(tag_map((tags or {}).get("tags")), scope.stack, KIND.name)
        if address is not None:
            found.append(_observed(address, {"attributes": {"TopicArn": topic}}, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    desired = change.desired
    params = {"name": desired["name"], "tags": tag_list(change.tags)}
    attributes = _sns.attributes(desired, _sns.AT_CREATE)
    yield Call("sns", "CreateTopic", params | ({"attributes": attributes} if attributes else {}))
    if change.resource is not None:
        topic = _arn(change.resource)
        for name in _sns.FEEDBACK:
            if desired.get(name) is not None:
                yield _set(topic, name, desired[name])
        for element in desired.get("subscriptions") or ():
            yield _sns.subscribe(topic, element)


def _set(topic: str, name: str, value: Value) -> Call:
    params = {"topic_arn": topic, "attribute_name": ATTRIBUTES[name], "attribute_value": _sns.text(value)}
    return Call("sns", "SetTopicAttributes", params)


def update(change: Change) -> Iterator[Call]:
    topic = identifier(change)
    for name in ATTRIBUTES:  # AWS: one attribute a call.
        if change.touches(name):
            yield _set(topic, name, change.desired[name])
    if change.touches("subscriptions"):
        yield from _sns.update_subscriptions(topic, change)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        yield Call("sns", "TagResource", {"resource_arn": identifier(change), "tags": tag_list(tags)})


def delete(change: Change) -> Iterator[Call]:
    yield Call("sns", "DeleteTopic", {"topic_arn": identifier(change)})


KIND = Kind(
    name="sns.topic",
    title="SNS topic",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("sns:*"),
    retag=retag,
    outputs=("name", "arn", "topic_arn"),
    rules=Rules(
        create_only=("name", "fifo_topic"),
        documents=("policy",),
        keyed={"subscriptions": "protocol+endpoint"},
        exclusive=("subscriptions[].filter_policy",),
    ),
    identity=("name",),
    physical_name=PhysicalName("name", limit=256),
    uses=("kms.key", "iam.role"),
)
