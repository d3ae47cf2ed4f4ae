"""The tag index: what the Resource Groups Tagging API says of a stack, read once for a plan; answers its tag reads.

AWS: the API follows the services by seconds or minutes and lists what is long gone. So the index is a hint where to
look and a copy of tags, never a proof of existence or absence. It knows no kind, and a write never depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from reconciler.errors import Denied, ReconcileError, Unimplemented
from reconciler.model import STACK_TAG, Call, Reads, Response

T = TypeVar("T")
Tags = Mapping[str, str]

GLOBAL_REGION = "us-east-1"
"""AWS: where the API lists what belongs to no region, and where what guards or certifies CloudFront has to live."""
PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A tagged object, and the region whose list it was in."""

    arn: str
    tags: Tags
    region: str

    def matches(self, pattern: str) -> bool:
        """Is it of the type that `service:resource` stands for?"""
        return fnmatchcase(named(self.arn), pattern)


def named(arn: str) -> str:
    """`arn:aws:rds:eu-central-1:1234:db:shop` -> `rds:db:shop`: the service, and what follows the account."""
    parts = arn.split(":", 5)
    return f"{parts[2]}:{parts[5]}" if len(parts) == 6 else arn


@dataclass(frozen=True, slots=True)
class TagRead:
    """A call that asks for tags: which ARNs its params stand for, and how its answer says what their tags are.

    An ARN may be given whole, or as `service:region:resource` where the params do not tell the account.
    """

    asked: Callable[[Mapping[str, Any]], Sequence[str]]
    answer: Callable[[Sequence[str], Sequence[Tags]], Response]
    """Gets the names the call asks about, those with tags only, and their tags."""
    several: bool = False
    """It may ask about several objects at once; those without tags are left out of the answer."""


def _list(tags: Tags, key: str = "key", value: str = "value") -> list[dict[str, str]]:
    return [{key: name, value: tags[name]} for name in tags]


def _by(member: str) -> Callable[[Mapping[str, Any]], Sequence[str]]:
    return lambda params: [str(params[member])]


def _tags(_: Sequence[str], found: Sequence[Tags]) -> Response:
    return {"tags": _list(found[0])}


def _tag_map(_: Sequence[str], found: Sequence[Tags]) -> Response:
    return {"tags": dict(found[0])}


def _tag_list(_: Sequence[str], found: Sequence[Tags]) -> Response:
    return {"tag_list": _list(found[0])}


def _zone_names(params: Mapping[str, Any]) -> Sequence[str]:
    return [f"route53::{params['resource_type']}/{each}" for each in params["resource_ids"]]


def _zone_tags(names: Sequence[str], found: Sequence[Tags]) -> Response:
    split = [name.removeprefix("route53::").split("/", 1) for name in names]
    return {
        "resource_tag_sets": [
            {"resource_type": kind, "resource_id": id, "tags": _list(tags)}
            for (kind, id), tags in zip(split, found, strict=True)
        ]
    }


def _balancer_tags(names: Sequence[str], found: Sequence[Tags]) -> Response:
    described = [{"resource_arn": arn, "tags": _list(tags)} for arn, tags in zip(names, found, strict=True)]
    return {"tag_descriptions": described}


def _firewall_tags(names: Sequence[str], found: Sequence[Tags]) -> Response:
    return {"tag_info_for_resource": {"resource_arn": names[0], "tag_list": _list(found[0])}}


TAG_READS: Mapping[str, TagRead] = {
    "acm:ListTagsForCertificate": TagRead(_by("certificate_arn"), _tags),
    "cloudfront:ListTagsForResource": TagRead(_by("resource"), lambda _, found: {"tags": {"items": _list(found[0])}}),
    "cloudwatch:ListTagsForResource": TagRead(_by("resource_arn"), _tags),
    "ecr:ListTagsForResource": TagRead(_by("resource_arn"), _tags),
    "elbv2:DescribeTags": TagRead(lambda params: list(params["resource_arns"]), _balancer_tags, several=True),
    "events:ListTagsForResource": TagRead(_by("resource_arn"), _tags),
    "kms:ListResourceTags": TagRead(
        lambda params: [f"kms:{{region}}:key/{params['key_id']}"],
        lambda _, found: {"tags": _list(found[0], "tag_key", "tag_value")},
    ),
    "logs:ListTagsForResource": TagRead(_by("resource_arn"), _tag_map),
    "rds:ListTagsForResource": TagRead(_by("resource_name"), _tag_list),
    "route53:ListTagsForResources": TagRead(_zone_names, _zone_tags, several=True),
    "s3:GetBucketTagging": TagRead(
        lambda params: [f"s3::{params['bucket']}"], lambda _, found: {"tag_set": _list(found[0])}
    ),
    "scheduler:ListTagsForResource": TagRead(_by("resource_arn"), _tags),
    "sns:ListTagsForResource": TagRead(_by("resource_arn"), _tags),
    "ssm:ListTagsForResource": TagRead(
        lambda params: [f"ssm:{{region}}:parameter/{str(params['resource_id']).lstrip('/')}"], _tag_list
    ),
    "wafv2:ListTagsForResource": TagRead(_by("resource_arn"), _firewall_tags),
}
"""The calls that do nothing but ask for the tags of objects the tagging API lists."""


@dataclass(frozen=True, slots=True)
class TagIndex:
    """What carries the tag of `stack` in `regions`, as the tagging API has it; `home` is where calls without one go."""

    stack: str
    home: str
    regions: tuple[str, ...]
    entries: tuple[Entry, ...]
    _tags: Mapping[str, Tags] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known: dict[str, Tags] = {}
        for entry in self.entries:
            arn = entry.arn.removesuffix(":*")  # AWS: what some services append to the ARN of a log group
            known[arn] = known[_without_account(arn)] = entry.tags
        object.__setattr__(self, "_tags", known)

    def answer(self, call: Call, *, closed: bool = False) -> tuple[Response] | None:
        """The answer to `call` in a tuple; None where only the service itself can tell.

        `closed` takes what the index does not know for untagged: good enough to look for leftovers, whose next plan
        finds what this one does not.
        """
        if str(call) == "resourcegroupstaggingapi:GetResources":
            return self._resources(call)
        read = TAG_READS.get(str(call))
        if read is None:
            return None
        region = call.region or self.home
        names = [name.replace("{region}", region) for name in read.asked(call.params)]
        known = [name for name in names if name in self._tags]
        if len(known) < len(names) and not closed:
            return None
        if not known and not read.several:
            return (None,)
        return (read.answer(known, [self._tags[name] for name in known]),)

    def _resources(self, call: Call) -> tuple[Response] | None:
        """What a kind asks the tagging API itself about this stack."""
        region, ours = call.region or self.home, [{"key": STACK_TAG, "values": [self.stack]}]
        if region not in self.regions or call.params.get("tag_filters") != ours:
            return None
        types = call.params.get("resource_type_filters", ())
        found = [each for each in self.entries if each.region == region and _is_of(each.arn, types)]
        listed = [{"resource_arn": each.arn, "tags": _list(each.tags)} for each in found]
        return ({"resource_tag_mapping_list": listed},)

    def answering(self, reader: Reads[T], *, closed: bool = False) -> Reads[T]:
        """`reader` with those of its reads answered that the index can answer; the others are made."""
        try:
            calls = next(reader)
            while True:
                known = [self.answer(call, closed=closed) for call in calls]
                unknown = [call for call, answer in zip(calls, known, strict=True) if answer is None]
                try:
                    read = iter((yield unknown) if unknown else ())
                except ReconcileError as error:
                    calls = reader.throw(error)
                else:
                    calls = reader.send([next(read) if answer is None else answer[0] for answer in known])
        except StopIteration as stop:
            found: T = stop.value
            return found


def _without_account(arn: str) -> str:
    """`arn:aws:kms:eu-central-1:1234:key/5678` -> `kms:eu-central-1:key/5678`."""
    parts = arn.split(":", 5)
    return f"{parts[2]}:{parts[3]}:{parts[5]}" if len(parts) == 6 else arn


def _is_of(arn: str, types: Sequence[str]) -> bool:
    """AWS: a type is a service, or a service and the first word of what follows the account."""
    own = named(arn)
    return not types or any(own.startswith((f"{each}:", f"{each}/")) for each in types)


def read_index(stack: str, home: str, regions: Sequence[str]) -> Reads[TagIndex | None]:
    """Reads the tags of a stack in `regions`; None where the tagging API may not be asked, or does not exist."""
    params = {"resources_per_page": PAGE, "tag_filters": [{"key": STACK_TAG, "values": [stack]}]}
    try:
        answers = yield [Call("resourcegroupstaggingapi", "GetResources", params, region) for region in regions]
    except (Denied, Unimplemented):
        return None
    entries = [
        Entry(item["resource_arn"], {tag["key"]: tag["value"] for tag in item.get("tags", ())}, region)
        for region, answer in zip(regions, answers, strict=True)
        for item in (answer or {}).get("resource_tag_mapping_list", ())
    ]
    return TagIndex(stack, home, tuple(regions), tuple(entries))
