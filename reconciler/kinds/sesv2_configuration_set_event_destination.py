"""`sesv2.configuration_set_event_destination`: where what becomes of mail is reported: bounces, complaints, opens.

AWS cannot tag it: it is ours where its configuration set is, and prune takes only those named after the stack. It
never gives SES the right to publish there: that is the policy of the topic, or the role of the stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _sesv2, sesv2_configuration_set
from reconciler.kinds.base import pick, read_all, tag_map
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Through,
)

SET = sesv2_configuration_set.LISTING
NOBODY = "none"
"""What the stack tag of an object says that was let go."""

DESTINATIONS = (
    "sns_destination",
    "cloud_watch_destination",
    "event_bridge_destination",
    "kinesis_firehose_destination",
)
MEMBERS = ("enabled", "matching_event_types", *DESTINATIONS)


def _get(set_name: str) -> Call:
    return Call("sesv2", "GetConfigurationSetEventDestinations", {"configuration_set_name": set_name})


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    calls = [call for resource in resources for call in _reads(resource)]
    answers = iter((yield from read_all(calls)))
    found = [(resource, _observed(resource, next(answers), next(answers))) for resource in resources]
    return {resource.address: observed for resource, observed in found if observed is not None}


def _reads(resource: Resource) -> tuple[Call, Call]:
    set_name = resource.properties["configuration_set_name"]
    return SET.read_call(set_name), _get(set_name)


def _observed(resource: Resource, configuration_set: Response, listed: Response) -> Observed | None:
    """In a set that is not ours even a missing one counts as not ours, so that nothing is written there unasked."""
    if configuration_set is None:
        return None
    name, set_name = resource.properties["event_destination_name"], resource.properties["configuration_set_name"]
    live = next((each for each in _listed(listed) if each["name"] == name), None)
    tags = _tags(resource, tag_map(configuration_set.get("tags")))
    if live is None and tags.get(STACK_TAG) == resource.stack:
        return None
    return _live(resource.address, set_name, {"name": name, **(live or {})}, tags)


def _tags(resource: Resource, of_set: Mapping[str, str]) -> dict[str, str]:
    """The tags AWS would not take: the set's stack is the destination's; `adopt` is enough for nobody's set."""
    stack = of_set.get(STACK_TAG, NOBODY)
    if stack == NOBODY and resource.adopt:
        stack = resource.stack
    return {} if stack == NOBODY else {STACK_TAG: stack, RESOURCE_TAG: resource.address}


def _listed(response: Response) -> Sequence[_sesv2.Item]:
    found: Sequence[_sesv2.Item] = (response or {}).get("event_destinations", ())
    return found


def _live(address: Address, set_name: str, item: _sesv2.Item, tags: Mapping[str, str]) -> Observed:
    names = {"configuration_set_name": set_name, "event_destination_name": item["name"]}
    return Observed(
        address,
        f"{set_name}/{item['name']}",
        {**names, **pick(item, *MEMBERS)},
        outputs={"event_destination_name": item["name"]},
        tags=tags,
        details=names,
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    sets = [found.identifier for found in (yield from sesv2_configuration_set.KIND.owned(scope))]
    answers = yield from read_all([_get(set_name) for set_name in sets])
    prefix = f"{scope.stack}-"
    found = []
    for set_name, answer in zip(sets, answers, strict=True):
        for item in _listed(answer):
            if item["name"].startswith(prefix):
                address = f"{KIND.name}/{item['name'].removeprefix(prefix)}"
                tags = {STACK_TAG: scope.stack, RESOURCE_TAG: address}
                found.append(_live(address, set_name, item, tags))
    return found


def create(change: Change) -> Iterator[Call]:
    yield _written("CreateConfigurationSetEventDestination", change)


def update(change: Change) -> Iterator[Call]:
    # AWS: an update replaces the whole destination.
    yield _written("UpdateConfigurationSetEventDestination", change)


def _written(operation: str, change: Change) -> Call:
    names = pick(change.desired, "configuration_set_name", "event_destination_name")
    return Call("sesv2", operation, {**names, "event_destination": pick(change.desired, *MEMBERS)})


def delete(change: Change) -> Iterator[Call]:
    names = change.observed.details if change.observed else {}
    yield Call("sesv2", "DeleteConfigurationSetEventDestination", names)


KIND = Kind(
    name="sesv2.configuration_set_event_destination",
    title="E-mail event destination",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Through(("sesv2.configuration_set",)),
    outputs=("event_destination_name",),
    rules=Rules(
        create_only=("configuration_set_name", "event_destination_name"),
        unordered=("matching_event_types",),
        keyed={"cloud_watch_destination.dimension_configurations": "dimension_name"},
    ),
    identity=("configuration_set_name", "event_destination_name"),
    physical_name=PhysicalName("event_destination_name", limit=64),
    uses=("sesv2.configuration_set", "sns.topic", "iam.role"),
)
