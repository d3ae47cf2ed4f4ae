"""Attributes and subscriptions of SNS topics: text on the wire, typed properties in the spec.

A subscription that waits for its owner to confirm it has no ARN: it is taken as it is declared, never made again and
never taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds._policy import from_json, to_json
from reconciler.kinds.base import details, read_all
from reconciler.model import Call, Change, Reads, Response, Unknown, Value

Item = Mapping[str, Any]

_PROTOCOLS = {"http": "HTTP", "firehose": "Firehose", "lambda": "Lambda", "application": "Application", "sqs": "SQS"}
FEEDBACK = {
    f"{name}_{property}": f"{wire}{attribute}"
    for name, wire in _PROTOCOLS.items()
    for property, attribute in (
        ("success_feedback_role_arn", "SuccessFeedbackRoleArn"),
        ("success_feedback_sample_rate", "SuccessFeedbackSampleRate"),
        ("failure_feedback_role_arn", "FailureFeedbackRoleArn"),
    )
}
AT_CREATE = {
    "display_name": "DisplayName",
    "policy": "Policy",
    "delivery_policy": "DeliveryPolicy",
    "kms_master_key_id": "KmsMasterKeyId",
    "signature_version": "SignatureVersion",
    "tracing_config": "TracingConfig",
    "fifo_topic": "FifoTopic",
    "content_based_deduplication": "ContentBasedDeduplication",
    "fifo_throughput_scope": "FifoThroughputScope",
}
"""Property -> attribute; AWS: CreateTopic takes these, and not those of the delivery feedback."""

OF_SUBSCRIPTION = {
    "raw_message_delivery": "RawMessageDelivery",
    # AWS: a filter is checked against the scope in force, so the scope comes first.
    "filter_policy_scope": "FilterPolicyScope",
    "filter_policy": "FilterPolicy",
    "redrive_policy": "RedrivePolicy",
    "delivery_policy": "DeliveryPolicy",
    "subscription_role_arn": "SubscriptionRoleArn",
}
_SWITCHES = ("fifo_topic", "content_based_deduplication", "raw_message_delivery")


def attributes(properties: Item, names: Mapping[str, str]) -> dict[str, Value]:
    """The attributes of the properties that are present: what a create call takes."""
    return {wire: text(properties[name]) for name, wire in names.items() if properties.get(name) is not None}


def text(value: Value) -> Value:
    """AWS: every attribute is text. What is unknown stays unknown."""
    if isinstance(value, Mapping):
        return to_json(value)
    if isinstance(value, str | Unknown):
        return value
    return str(value).lower()


def properties(live: Item, names: Mapping[str, str]) -> dict[str, Value]:
    """The typed properties of the attributes AWS gave; empty text is none."""
    return {name: _typed(name, live[wire]) for name, wire in names.items() if live.get(wire)}


def _typed(name: str, value: str) -> Value:
    if name in _SWITCHES:
        return value == "true"
    if name.endswith("sample_rate"):
        return int(value)
    return from_json(value) if name.endswith("policy") else value


# --- subscriptions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A live subscription; `arn` is empty while it waits for confirmation."""

    element: Item
    arn: str


def label(element: Item) -> str:
    """What tells the subscriptions of a topic apart, as differences spell it."""
    return f"{element['protocol']}/{element['endpoint']}"


def read_subscriptions(topics: Sequence[tuple[Sequence[Item], Response]]) -> Reads[list[list[Subscribed]]]:
    """For each topic, given as (declared subscriptions, answer of ListSubscriptionsByTopic): the live ones.

    The attributes are read where any subscription of the topic declares some.
    """
    live = [_listed(declared, response) for declared, response in topics]
    arns = [
        each.arn
        for (declared, _), subscriptions in zip(topics, live, strict=True)
        if any(name in element for element in declared for name in OF_SUBSCRIPTION)
        for each in subscriptions
        if each.arn
    ]
    answers = yield from read_all([Call("sns", "GetSubscriptionAttributes", {"subscription_arn": arn}) for arn in arns])
    found = {arn: (answer or {}).get("attributes", {}) for arn, answer in zip(arns, answers, strict=True)}
    return [[_with_attributes(each, found.get(each.arn, {})) for each in subscriptions] for subscriptions in live]


def _listed(declared: Sequence[Item], response: Response) -> list[Subscribed]:
    wanted = {label(element): element for element in declared}
    found = []
    for item in (response or {}).get("subscriptions", ()):
        name, arn = label(item), item["subscription_arn"]
        if arn.startswith("arn:"):
            found.append(Subscribed({"protocol": item["protocol"], "endpoint": item["endpoint"]}, arn))
        elif arn == "PendingConfirmation" and name in wanted:
            found.append(Subscribed(wanted[name], ""))
    return found


def _with_attributes(subscription: Subscribed, live: Item) -> Subscribed:
    return Subscribed({**subscription.element, **properties(live, OF_SUBSCRIPTION)}, subscription.arn)


def subscribe(topic: str, element: Item) -> Call:
    params = {"topic_arn": topic, "protocol": element["protocol"], "endpoint": element["endpoint"]}
    wanted = attributes(element, OF_SUBSCRIPTION)
    return Call("sns", "Subscribe", params | ({"attributes": wanted} if wanted else {}))


def update_subscriptions(topic: str, change: Change) -> Iterator[Call]:
    """The calls for the subscriptions that differ; `details["subscriptions"]` are the live ARNs by label."""
    live: Mapping[str, str] = details(change)["subscriptions"]
    wanted = {label(element): element for element in change.desired.get("subscriptions") or ()}
    for name, element in wanted.items():
        if name not in live:
            yield subscribe(topic, element)
    for name, arn in live.items():
        if arn and name not in wanted:
            yield Call("sns", "Unsubscribe", {"subscription_arn": arn})
        elif arn:
            for attribute in _touched(change, name):
                value = text(wanted[name][attribute])
                params = {"attribute_name": OF_SUBSCRIPTION[attribute], "attribute_value": value}
                yield Call("sns", "SetSubscriptionAttributes", {"subscription_arn": arn} | params)


def _touched(change: Change, name: str) -> list[str]:
    """The attributes of one subscription that differ, in the order they must be set."""
    paths = [field.path for field in change.fields if field.path[:2] == ("subscriptions", f"[{name}]")]
    differing = {path[2] for path in paths if len(path) > 2}
    return [attribute for attribute in OF_SUBSCRIPTION if attribute in differing]
