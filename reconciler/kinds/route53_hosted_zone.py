"""`route53.hosted_zone`: a domain (or a part of one) whose names Route 53 answers for, on the internet or in VPCs.

Deleting one lets somebody else take the domain over, so it is protected, and never deleted while it has records that
are not ours: those are named, and never touched. Names are not unique in AWS: a second public zone of a name nobody
delegates to would answer nobody, so one that is there already is refused or adopted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds import _route53, _route53_records
from reconciler.kinds._route53 import Tags, as_written, bare, call, plain_name
from reconciler.kinds.base import AmbiguousIdentity, details, identifier, pick, read, read_all, unique
from reconciler.model import (
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Unlisted,
)

REFERENCE_LIMIT = 128
RELEASED = "none"
NAMED_IN_A_REFUSAL = 5

Zone = Mapping[str, Any]


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    zones = yield from all_zones()
    matches = [(resource, zone, tags) for resource in resources for zone, tags in _meant(resource, zones)]
    answers = yield from read_all([call("GetHostedZone", {"id": bare(zone["id"])}) for _, zone, _ in matches])
    return unique(
        _observed(resource, tags, answer)
        for (resource, _, tags), answer in zip(matches, answers, strict=True)
        if answer is not None
    )


def all_zones() -> Reads[list[tuple[Zone, Tags]]]:
    """Every zone of the account with its tags."""
    response = yield from read(call("ListHostedZones"))
    zones = (response or {}).get("hosted_zones", ())
    tags = yield from _route53.tags_of("hostedzone", [bare(zone["id"]) for zone in zones])
    return [(zone, tags.get(bare(zone["id"]), {})) for zone in zones]


def _meant(resource: Resource, zones: Sequence[tuple[Zone, Tags]]) -> list[tuple[Zone, Tags]]:
    """Ours, public or private as the spec has it now; else the one to adopt; else somebody else's public one."""
    if isinstance(resource.adopt, str):
        ours = [(zone, tags) for zone, tags in zones if bare(zone["id"]) == bare(resource.adopt)]
    else:
        ours = [
            (zone, tags)
            for zone, tags in zones
            if _route53.is_ours(resource, zone["caller_reference"], tags, REFERENCE_LIMIT)
            and _is_private(zone) == bool(resource.properties.get("vpcs"))
        ]
    if ours or isinstance(resource.adopt, str):
        return ours
    same = [(zone, tags) for zone, tags in zones if _is_same_domain(resource.properties, zone)]
    if resource.adopt:
        free = [(zone, tags) for zone, tags in same if tags.get(STACK_TAG, RELEASED) == RELEASED]
        if len(free) > 1:
            raise _several(resource, free)
        return free or same[:1]
    return [] if resource.properties.get("vpcs") else same[:1]


def _is_same_domain(properties: Properties, zone: Zone) -> bool:
    same_kind = _is_private(zone) == bool(properties.get("vpcs"))
    return same_kind and plain_name(zone["name"]) == plain_name(str(properties["name"]))


def _is_private(zone: Zone) -> bool:
    return bool(zone.get("config", {}).get("private_zone"))


def _several(resource: Resource, zones: Sequence[tuple[Zone, Tags]]) -> AmbiguousIdentity:
    ids = ", ".join(bare(zone["id"]) for zone, _ in zones)
    return AmbiguousIdentity(
        f"there are several zones of the name {resource.properties['name']}: {ids}",
        help=f'say which one {resource.address} adopts: `adopt: "{bare(zones[0][0]["id"])}"`',
    )


def _observed(resource: Resource, tags: Tags, answer: Properties) -> Observed:
    zone, id = answer["hosted_zone"], bare(answer["hosted_zone"]["id"])
    config, servers = zone.get("config", {}), answer.get("delegation_set", {})
    name = as_written(resource.properties["name"], zone["name"], plain_name)
    properties = {"name": name, **pick(config, "comment")}
    if servers.get("id"):
        properties["delegation_set_id"] = bare(servers["id"])
    vpcs = answer.get("_vpcs") or []  # how botocore writes `VPCs` in snake case
    properties["vpcs"] = [pick(vpc, "vpc_id", "vpc_region") for vpc in vpcs]
    known = _route53.known_tags(resource.stack, zone["caller_reference"], tags, REFERENCE_LIMIT, resource.address)
    return Observed(
        resource.address,
        id,
        properties,
        outputs={"hosted_zone_id": id, "name": plain_name(zone["name"]), **pick(servers, "name_servers")},
        tags=known,
        details={"untagged": not tags, "vpcs": properties["vpcs"]},
    )


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """With what is in them that is not ours, and the VPCs they are in: both decide about a deletion."""
    zones = yield from all_zones()
    marked = [
        (address, zone, tags)
        for zone, tags in zones
        if (address := _route53.address_in(KIND.name, scope.stack, zone["caller_reference"], tags)) is not None
    ]
    ids = [bare(zone["id"]) for _, zone, _ in marked]
    answers = yield from read_all(
        [*(call("GetHostedZone", {"id": id}) for id in ids), *(_route53_records.listing(id) for id in ids)]
    )
    whole, listed = answers[: len(ids)], answers[len(ids) :]
    return [
        _leftover(scope.stack, each, (answer, records))
        for each, answer, records in zip(marked, whole, listed, strict=True)
        if answer is not None
    ]


def _leftover(stack: str, found: tuple[Address, Zone, Tags], answers: tuple[Response, Response]) -> Observed:
    address, zone, tags = found
    answer, records = answers
    vpcs = [pick(vpc, "vpc_id", "vpc_region") for vpc in (answer or {}).get("_vpcs") or ()]
    live = _route53_records.read_records(records)
    strangers, lone = _route53_records.strangers(live, stack), _route53_records.lone_markers(live, stack)
    return Observed(
        address,
        bare(zone["id"]),
        {"name": plain_name(zone["name"]), "vpcs": vpcs},
        tags=_route53.known_tags(stack, zone["caller_reference"], tags, REFERENCE_LIMIT),
        details={"vpcs": vpcs, "strangers": strangers, "lone_markers": lone},
    )


def create(change: Change) -> Iterator[Call]:
    """AWS: takes one VPC here; the others, like the tags, follow once the zone has an id."""
    params: dict[str, Any] = pick(change.desired, "name", "delegation_set_id")
    params["caller_reference"] = _route53.new_reference(change, REFERENCE_LIMIT)
    config: dict[str, Any] = {"comment": change.desired["comment"]} if change.desired.get("comment") else {}
    if change.desired.get("vpcs"):
        config["private_zone"] = True
        params["vpc"] = _vpc(change, change.desired["vpcs"][0])
    if config:
        params["hosted_zone_config"] = config
    yield call("CreateHostedZone", params, once=True)


def _vpc(change: Change, vpc: Mapping[str, Any]) -> dict[str, Any]:
    region = change.resource.region if change.resource else ""
    return {"vpc_id": vpc["vpc_id"], "vpc_region": vpc.get("vpc_region") or region}


def update(change: Change) -> Iterator[Call]:
    if change.touches("comment"):
        params = {"id": identifier(change), "comment": change.desired.get("comment") or ""}
        yield call("UpdateHostedZoneComment", params)
    if change.touches("vpcs"):
        yield from _moved(change)


def _moved(change: Change) -> Iterator[Call]:
    """First in, then out: AWS never lets the last one go."""
    wanted = {vpc["vpc_id"]: _vpc(change, vpc) for vpc in change.desired["vpcs"]}
    live = {vpc["vpc_id"]: vpc for vpc in details(change)["vpcs"]}
    for vpc in [vpc for id, vpc in wanted.items() if id not in live]:
        yield call("AssociateVPCWithHostedZone", {"hosted_zone_id": identifier(change), "vpc": vpc})
    for vpc in [vpc for id, vpc in live.items() if id not in wanted]:
        yield call("DisassociateVPCFromHostedZone", {"hosted_zone_id": identifier(change), "vpc": vpc})


def retag(change: Change) -> Iterator[Call]:
    yield from _route53.write_tags("hostedzone", change)


def delete(change: Change) -> Iterator[Call]:
    """Raises Refused where the zone still has records of others."""
    strangers = details(change).get("strangers", ())
    if strangers:
        shown = ", ".join(strangers[:NAMED_IN_A_REFUSAL]) + (", ..." if len(strangers) > NAMED_IN_A_REFUSAL else "")
        raise Refused(
            f"{identifier(change)} has records that are not ours: {shown}",
            help="delete them yourself, or let go of the zone with `keep: true` in its `removed:` entry",
        )
    lone = details(change).get("lone_markers", ())
    if lone:
        changes = [{"action": "DELETE", "resource_record_set": dict(each)} for each in lone]
        params = {"hosted_zone_id": identifier(change), "change_batch": {"changes": changes}}
        yield call("ChangeResourceRecordSets", params)
    # AWS: a private zone is deleted from its last VPC only.
    for vpc in details(change).get("vpcs", ())[1:]:
        yield call("DisassociateVPCFromHostedZone", {"hosted_zone_id": identifier(change), "vpc": vpc})
    yield call("DeleteHostedZone", {"id": identifier(change)})


KIND = Kind(
    name="route53.hosted_zone",
    title="Hosted zone",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Unlisted("AWS: it is tagged after it is made, and until then its caller reference says whose it is"),
    retag=retag,
    outputs=("hosted_zone_id", "name", "name_servers"),
    rules=Rules(create_only=("name", "delegation_set_id"), keyed={"vpcs": "vpc_id"}),
    identity=("name",),
    uses=("ec2.vpc",),
    holds_data=True,
    patience=Patience("a minute", minutes=10),
)
