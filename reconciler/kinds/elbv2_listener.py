"""`elbv2.listener`: a port of a load balancer, its certificates and what happens to requests no rule catches.

Listener rules are not its concern. Attributes the spec does not name are never reset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds import _elbv2
from reconciler.kinds.base import address_of, changed, identifier, pick, read_all, tag_list
from reconciler.model import Address, Call, Change, Kind, Listed, Observed, Reads, Resource, Response, Rules, Scope

SETTINGS = ("port", "protocol", "ssl_policy", "alpn_policy", "mutual_authentication")
ATTRIBUTES = "listener_attributes"
SECURE = ("HTTPS", "TLS")

Live = tuple[_elbv2.Item, _elbv2.Tags]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    live = yield from _listeners({resource.properties["load_balancer_arn"] for resource in resources})
    ports = {resource.address: resource.properties["port"] for resource in resources}
    found = {r.address: match for r in resources if (match := _match(r, live, ports)) is not None}
    asked = [(r.address, name) for r in resources if r.address in found for name in _more(r, found[r.address][0])]
    calls = [Call("elbv2", name, {"listener_arn": found[address][0]["listener_arn"]}) for address, name in asked]
    answers = dict(zip(asked, (yield from read_all(calls)), strict=True))
    return {
        address: _observed(address, match, {name: answers[a, name] for a, name in asked if a == address})
        for address, match in found.items()
    }


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """On the stack's own load balancers: AWS lists listeners of one load balancer at a time."""
    balancers = yield from _elbv2.owned(_elbv2.LOAD_BALANCERS, "elbv2.load_balancer", scope)
    live = yield from _listeners({item["load_balancer_arn"] for _, item, _ in balancers})
    marked = [(address_of(tags, scope.stack, KIND.name), (item, tags)) for item, tags in live]
    return [_observed(address, match, {}) for address, match in marked if address is not None]


def _listeners(load_balancers: set[str]) -> Reads[list[Live]]:
    calls = [Call("elbv2", "DescribeListeners", {"load_balancer_arn": arn}) for arn in sorted(load_balancers)]
    responses = yield from read_all(calls)
    items = [item for response in responses for item in (response or {}).get("listeners", ())]
    tags = yield from _elbv2.tags_of([item["listener_arn"] for item in items])
    return [(item, tags[item["listener_arn"]]) for item in items if item["listener_arn"] in tags]


def _match(resource: Resource, live: Sequence[Live], ports: Mapping[Address, int]) -> Live | None:
    """The listener that carries our address; or else the one on our port, unless it is another resource's and moves."""
    here = [each for each in live if each[0]["load_balancer_arn"] == resource.properties["load_balancer_arn"]]
    owners = [address_of(tags, resource.stack, KIND.name) for _, tags in here]
    for match, owner in zip(here, owners, strict=True):
        if owner == resource.address or match[0]["listener_arn"] == resource.adopt:
            return match
    port = resource.properties["port"]
    for match, owner in zip(here, owners, strict=True):
        if match[0].get("port") == port and ports.get(owner or "", port) == port:
            return match
    return None


def _more(resource: Resource, item: _elbv2.Item) -> list[str]:
    """What else must be asked about a listener, as far as it is compared."""
    names = ["DescribeListenerCertificates"] if item.get("protocol") in SECURE else []
    return [*names, "DescribeListenerAttributes"] if ATTRIBUTES in resource.properties else names


def _observed(address: Address, live: Live, more: Mapping[str, Response]) -> Observed:
    item, tags = live
    properties = pick(item, "load_balancer_arn", *SETTINGS)
    properties["default_actions"] = _elbv2.read_actions(item.get("default_actions", ()))
    if item.get("protocol") in SECURE:
        properties["certificates"] = _read_certificates(item, more.get("DescribeListenerCertificates"))
    if "DescribeListenerAttributes" in more:
        properties[ATTRIBUTES] = _elbv2.attributes(more["DescribeListenerAttributes"])
    outputs = pick(item, "listener_arn", "load_balancer_arn")
    return Observed(address, item["listener_arn"], properties, outputs=outputs, tags=dict(tags))


def _read_certificates(item: _elbv2.Item, response: Response) -> list[dict[str, Any]]:
    """The default certificate, then those chosen by host name. AWS may list the default among them once more."""
    listed = [*item.get("certificates", ()), *(response or {}).get("certificates", ())]
    default, *others = dict.fromkeys(each["certificate_arn"] for each in listed) or [None]
    found = [{"certificate_arn": default, "is_default": True}] if default else []
    return found + [{"certificate_arn": arn, "is_default": False} for arn in sorted(others)]


def create(change: Change) -> Iterator[Call]:
    desired = change.desired
    params = pick(desired, "load_balancer_arn", *SETTINGS) | _default_certificate(desired.get("certificates"))
    actions = _elbv2.written_actions(desired["default_actions"])
    # AWS: the same settings again answer the same listener, so it may be sent twice.
    yield Call("elbv2", "CreateListener", params | {"default_actions": actions, "tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    arn = {"listener_arn": identifier(change)}
    settings = pick(changed(change), *SETTINGS) | _secured(change)
    if change.touches("default_actions"):
        settings["default_actions"] = _elbv2.written_actions(change.desired["default_actions"])
    if settings:
        yield Call("elbv2", "ModifyListener", arn | settings)
    if change.touches("certificates"):
        yield from _more_certificates(change, arn)
    if change.touches(ATTRIBUTES):
        attributes = _elbv2.changed_attributes(change, ATTRIBUTES)
        yield Call("elbv2", "ModifyListenerAttributes", {**arn, "attributes": attributes})


def _secured(change: Change) -> dict[str, Any]:
    """The default certificate where it changes. AWS: with a secure protocol everything it needs must come along."""
    default = _default_certificate(change.desired.get("certificates"))
    if change.touches("protocol") and change.desired["protocol"] in SECURE:
        return default | pick(change.desired, "ssl_policy")
    live = _default_certificate(change.observed.properties.get("certificates") if change.observed else None)
    return default if change.touches("certificates") and default != live else {}


def _default_certificate(certificates: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """As calls take it: the one marked as default, or the first."""
    if not certificates:
        return {}
    default = next((each for each in certificates if each.get("is_default")), certificates[0])
    return {"certificates": [pick(default, "certificate_arn")]}


def _more_certificates(change: Change, arn: Mapping[str, str]) -> Iterator[Call]:
    """Those chosen by host name: added, then removed."""
    desired = change.desired["certificates"]
    default = _default_certificate(desired)["certificates"]
    wanted = [certificate for each in desired if (certificate := pick(each, "certificate_arn")) not in default]
    observed = change.observed.properties.get("certificates", ()) if change.observed else ()
    live = [pick(each, "certificate_arn") for each in observed if not each["is_default"]]
    for operation, certificates in (
        ("AddListenerCertificates", [each for each in wanted if each not in live]),
        ("RemoveListenerCertificates", [each for each in live if each not in (*wanted, *default)]),
    ):
        if certificates:
            yield Call("elbv2", operation, {**arn, "certificates": certificates})


def delete(change: Change) -> Iterator[Call]:
    yield Call("elbv2", "DeleteListener", {"listener_arn": identifier(change)})


KIND = Kind(
    name="elbv2.listener",
    title="Listener",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("elasticloadbalancing:listener/*"),
    retag=_elbv2.retag,
    outputs=("listener_arn", "load_balancer_arn"),
    rules=Rules(
        create_only=("load_balancer_arn",),
        keyed={
            "certificates": "certificate_arn",
            "default_actions[].forward_config.target_groups": "target_group_arn",
        },
    ),
    identity=("load_balancer_arn",),
    uses=("elbv2.load_balancer", "elbv2.target_group", "acm.certificate"),
)
