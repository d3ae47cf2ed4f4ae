"""The tagging API: what moto lists of too few kinds, in too many regions, under wrong ARNs and a few at a time.

Lists what AWS documents GetResources to list of the kinds we have: all that can be tagged but roles, users and Auto
Scaling groups. Nothing is stored here but what a late index (`timing`) showed last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.repair_waf import GLOBAL
from reconciler.simulator.wire import ACCOUNT, Answer, Handler, Request, backend, written

HOME_OF_GLOBAL = "us-east-1"
Tags = Mapping[str, str]
Found = Iterable[tuple[str, Any]]
"""ARNs with tags, in any of the forms moto keeps tags in."""


class _Shelf(NamedTuple):
    """Where moto keeps objects its tagging API does not know; `is_global` ones are listed in us-east-1 only."""

    service: str
    objects: Callable[[Any, str], Found]
    """Gets moto's backend, and the beginning of an ARN there: `arn:aws:ec2:eu-central-1:123456789012:`."""
    is_global: bool = False


def _addresses(ec2: Any, arn: str) -> Found:
    return ((f"{arn}elastic-ip/{each.allocation_id}", ec2.tags.get(each.allocation_id)) for each in ec2.addresses)


def _of_network(word: str, shelf: str) -> Callable[[Any, str], Found]:
    return lambda ec2, arn: ((f"{arn}{word}/{id}", ec2.tags.get(id)) for id in getattr(ec2, shelf))


def _tagged_by(tagger: str, objects: Callable[[Any], Iterable[str]]) -> Callable[[Any, str], Found]:
    """Objects whose tags moto's tagging service keeps by ARN."""
    return lambda service, _: (
        (arn, getattr(service, tagger).get_tag_dict_for_resource(arn)) for arn in objects(service)
    )


def _listeners(elbv2: Any) -> Iterator[str]:
    for balancer in elbv2.load_balancers.values():
        for listener in balancer.listeners.values():
            yield listener.arn
            yield from (arn for arn, rule in listener.rules.items() if not rule.is_default)


def _rules(events: Any) -> Iterator[str]:
    return (rule.arn for bus in events.event_buses.values() for rule in bus.rules.values())


def _of_iam(shelf: str) -> Callable[[Any, str], Found]:
    return lambda iam, _: ((each.arn, each.tags) for each in getattr(iam, shelf).values())


def _of_rds(shelf: str) -> Callable[[Any, str], Found]:
    return lambda rds, _: ((each.arn, each.get_tags()) for each in getattr(rds, shelf).values())


def _of_route53(word: str, shelf: str) -> Callable[[Any, str], Found]:
    return lambda route53, _: (
        (f"arn:aws:route53:::{word}/{id}", route53.resource_tags.get(id)) for id in getattr(route53, shelf)
    )


_SHELVES = (
    _Shelf("ec2", _addresses),
    _Shelf("ec2", _of_network("launch-template", "launch_templates")),
    _Shelf("ec2", _of_network("network-acl", "network_acls")),
    _Shelf("ec2", _of_network("vpc-endpoint", "vpc_end_points")),
    _Shelf("ecr", _tagged_by("tagger", lambda ecr: (each.arn for each in ecr.repositories.values()))),
    _Shelf("ecs", lambda ecs, _: ((p.capacity_provider_arn, p.tags) for p in ecs.capacity_providers.values())),
    _Shelf("elbv2", _tagged_by("tagging_service", _listeners)),
    _Shelf("events", _tagged_by("tagger", _rules)),
    _Shelf("iam", _of_iam("instance_profiles"), is_global=True),
    _Shelf("iam", _of_iam("managed_policies"), is_global=True),
    _Shelf("iam", _of_iam("open_id_providers"), is_global=True),
    _Shelf("rds", _of_rds("db_parameter_groups")),
    _Shelf("rds", _of_rds("subnet_groups")),
    _Shelf("route53", _of_route53("healthcheck", "health_checks"), is_global=True),
    _Shelf("route53", _of_route53("hostedzone", "zones"), is_global=True),
    _Shelf("scheduler", _tagged_by("tagger", lambda all: (each.arn for each in all.schedule_groups.values()))),
    _Shelf("wafv2", _tagged_by("tagging_service", lambda wafv2: [*wafv2.wacls, *wafv2.ip_sets])),
)
_MISNAMED = {":email-identity/": ":identity/", ":flow-logs/": ":vpc-flow-log/"}


@repair(
    "resourcegroupstaggingapi:GetResources",
    because="moto's tagging API lacks many kinds, misnames some, and lists global ones everywhere",
)
def tagged_objects(request: Request, below: Handler) -> Answer:
    params = request.params
    start = int(params.get("PaginationToken") or 0)
    end = start + params.get("ResourcesPerPage", 50)
    shown = documents(request, "shown_tags")
    if not start:
        listed = _late(request, {arn: tags for arn, tags in _everything(request) if tags})
        shown["now"] = [(arn, tags) for arn, tags in sorted(listed.items()) if _is_asked(arn, tags, params)]
    page = [{"ResourceARN": arn, "Tags": _as_list(tags)} for arn, tags in shown["now"][start:end]]
    token = str(end) if end < len(shown["now"]) else ""
    return written(request, {"ResourceTagMappingList": page, "PaginationToken": token})


def _everything(request: Request) -> Iterator[tuple[str, Tags]]:
    for item in request.backend()._get_resources_generator():
        arn = str(item.arn)
        for moto, aws in _MISNAMED.items():
            arn = arn.replace(moto, aws)
        if _is_here(arn, request.region):
            yield arn, _plain(item.tags)
    for shelf in _SHELVES:
        if not shelf.is_global or request.region == HOME_OF_GLOBAL:
            start = f"arn:aws:{shelf.service}:{request.region}:{ACCOUNT}:"
            yield from (
                (arn, _plain(tags)) for arn, tags in shelf.objects(backend(shelf.service, request.region), start)
            )
    if request.region == HOME_OF_GLOBAL:
        guards = backend("wafv2", GLOBAL)
        for arn in (*guards.wacls, *guards.ip_sets):
            yield arn, guards.tagging_service.get_tag_dict_for_resource(arn)


def _is_here(arn: str, region: str) -> bool:
    """AWS: lists what is global in one region, a bucket in its own, and no task that ended."""
    if arn.startswith("arn:aws:cloudfront:"):
        return region == HOME_OF_GLOBAL
    if ":task/" in arn:
        live = (tasks.get(arn) for tasks in backend("ecs", region).tasks.values())
        return any(task.last_status != "STOPPED" for task in live if task is not None)
    bucket = backend("s3", region).buckets.get(arn.removeprefix("arn:aws:s3:::"))
    return bucket is None or bucket.region_name == region


def _plain(tags: Any) -> Tags:
    """moto keeps lists of tags, maps of them, and maps of lists' elements."""
    if isinstance(tags, Mapping):
        return {name: value["Value"] if isinstance(value, Mapping) else value for name, value in tags.items()}
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in tags or ()}


def _as_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _is_asked(arn: str, tags: Tags, params: Mapping[str, Any]) -> bool:
    parts = arn.split(":", 5)
    own, types = f"{parts[2]}:{parts[5]}", params.get("ResourceTypeFilters", ())
    return all(
        each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"])
        for each in params.get("TagFilters", ())
    ) and (not types or any(own.startswith((f"{each}:", f"{each}/")) for each in types))


# --- late -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shown:
    """What the index says of an ARN (nothing: it does not list it), and for how many looks it will go on saying so."""

    tags: Tags | None
    left: int


def _late(request: Request, live: Mapping[str, Tags]) -> Mapping[str, Tags]:
    """What the index lists where it is behind: new objects are missing, old ones and old tags are still there."""
    looks = documents(request, "late_tags").get("looks", 0)
    if not looks:
        return live
    index: dict[str, _Shown] = documents(request, "index")
    for arn in {*live, *index}:
        shown = index.setdefault(arn, _Shown(None, looks))
        if shown.tags == live.get(arn) or shown.left == 0:
            shown.tags, shown.left = live.get(arn), looks
        else:
            shown.left -= 1
    return {arn: shown.tags for arn, shown in index.items() if shown.tags is not None}


REPAIRS = declared_in(globals())
