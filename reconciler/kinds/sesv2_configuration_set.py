"""`sesv2.configuration_set`: how mail sent with it is delivered, tracked and suppressed. It sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.kinds import _sesv2
from reconciler.kinds.base import identifier, pick, tag_list, tag_map
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, PhysicalName, Response, Rules, Value


def _names(response: Response) -> Sequence[str]:
    names: Sequence[str] = (response or {}).get("configuration_sets", ())
    return names


LISTING = _sesv2.Listing(
    "sesv2.configuration_set",
    "GetConfigurationSet",
    "configuration_set_name",
    "configuration-set",
    "ListConfigurationSets",
    _names,
)

OPTIONS = {
    "tracking_options": "PutConfigurationSetTrackingOptions",
    "delivery_options": "PutConfigurationSetDeliveryOptions",
    "reputation_options": "PutConfigurationSetReputationOptions",
    "sending_options": "PutConfigurationSetSendingOptions",
    "suppression_options": "PutConfigurationSetSuppressionOptions",
    "vdm_options": "PutConfigurationSetVdmOptions",
    "archiving_options": "PutConfigurationSetArchivingOptions",
}


def _observed(address: Address, arn: str, live: _sesv2.Item) -> Observed:
    properties = pick(live, "configuration_set_name", *OPTIONS)
    if "reputation_options" in properties:
        properties["reputation_options"] = pick(properties["reputation_options"], "reputation_metrics_enabled")
    return Observed(
        address,
        live["configuration_set_name"],
        properties,
        outputs={"configuration_set_name": live["configuration_set_name"], "arn": arn},
        tags=tag_map(live.get("tags")),
        details={"arn": arn},
    )


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "configuration_set_name", *OPTIONS)
    yield Call("sesv2", "CreateConfigurationSet", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    for name, operation in OPTIONS.items():
        if change.touches(name):
            params = {"configuration_set_name": identifier(change)} | _members(name, change.desired[name])
            yield Call("sesv2", operation, params)


def _members(name: str, value: Value) -> dict[str, Value]:
    """AWS: a Put takes the members of its option; only that of the deliverability manager takes the option itself."""
    return {name: value} if name == "vdm_options" else dict(value)


def delete(change: Change) -> Iterator[Call]:
    yield Call("sesv2", "DeleteConfigurationSet", {"configuration_set_name": identifier(change)})


KIND = Kind(
    name=LISTING.kind,
    title="E-mail configuration set",
    observe=_sesv2.observe(LISTING, _observed),
    owned=_sesv2.owned(LISTING, _observed),
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ses:configuration-set/*"),
    retag=_sesv2.retag,
    outputs=("configuration_set_name", "arn"),
    rules=Rules(
        create_only=("configuration_set_name",),
        unordered=("suppression_options.suppressed_reasons",),
        exclusive=("tracking_options", "archiving_options"),
    ),
    identity=("configuration_set_name",),
    physical_name=PhysicalName("configuration_set_name", limit=64),
)
