"""Which kinds a quick plan asks for leftovers: by what the index lists, and does not, and what hangs on others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.aws.tag_index import Entry, TagIndex
from reconciler.hints import Seen, abroad, is_it, worth_asking
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Listed,
    Observed,
    Place,
    Resource,
    Scope,
    Through,
    Unlisted,
)

HOME = Scope("shop", "123456789012", "eu-central-1")
ALWAYS = {name for name in kind_names() if isinstance(kind(name).leftovers, Unlisted)}
NEWS = "arn:aws:sns:eu-central-1:123456789012:shop-news"
NOTHING = Seen({}, {})


def tags(address: Address, stack: str = "shop") -> Mapping[str, str]:
    return {STACK_TAG: stack, RESOURCE_TAG: address}


def index(*entries: Entry) -> TagIndex:
    return TagIndex("shop", HOME.region, (HOME.region, "us-east-1"), entries)


def listed(arn: str, address: Address, region: str = HOME.region) -> Entry:
    return Entry(arn, tags(address), region)


def seen(address: Address, identifier: str | None, region: str = "") -> Seen:
    name, _, entry = address.partition("/")
    resource = Resource(name, entry, "shop", {}, Place("", 1, 1), region=region)
    live = None if identifier is None else Observed(address, identifier, {}, tags=tags(address))
    return Seen({address: resource}, {address: live})


def asked(index: TagIndex, seen: Seen = NOTHING) -> set[tuple[str, str]]:
    """The kinds asked because of a hint, and the regions."""
    return {(name, scope.region) for name, scope in worth_asking(index, [HOME], seen) if name not in ALWAYS}


def test_where_nothing_is_listed_only_the_kinds_nothing_hints_at_are_asked() -> None:
    assert {(name, scope) for name, scope in worth_asking(index(), [HOME], NOTHING)} == {(n, HOME) for n in ALWAYS}


def test_a_listed_object_no_entry_declares_is_asked_for() -> None:
    assert asked(index(listed(NEWS, "sns.topic/news"))) == {("sns.topic", HOME.region)}


def test_the_live_object_of_a_declared_resource_is_no_leftover() -> None:
    assert asked(index(listed(NEWS, "sns.topic/news")), seen("sns.topic/news", NEWS)) == set()


def test_a_second_object_of_one_address_is_asked_for() -> None:
    both = index(listed(NEWS, "sns.topic/news"), listed(f"{NEWS}-old", "sns.topic/news"))
    assert asked(both, seen("sns.topic/news", NEWS)) == {("sns.topic", HOME.region)}


def test_a_listed_object_whose_resource_is_not_there_is_asked_for() -> None:
    assert asked(index(listed(NEWS, "sns.topic/news")), seen("sns.topic/news", None)) == {("sns.topic", HOME.region)}


def test_where_the_index_does_not_list_what_is_there_its_silence_about_the_kind_means_nothing() -> None:
    assert asked(index(), seen("sns.topic/news", NEWS)) == {("sns.topic", HOME.region)}
    assert asked(index(), seen("sns.topic/news", NEWS, "us-east-1")) == {("sns.topic", "us-east-1")}


def test_an_object_that_is_somebody_elses_says_nothing_about_the_index() -> None:
    foreign = seen("sns.topic/news", NEWS)
    live = Observed("sns.topic/news", NEWS, {}, tags=tags("sns.topic/news", "other"))
    assert asked(index(), Seen(foreign.resources, {"sns.topic/news": live})) == set()


def test_tags_made_for_another_object_are_no_hint() -> None:
    snapshot = "arn:aws:rds:eu-central-1:123456789012:snapshot:rds:shop-db-2026-01-01"
    assert asked(index(listed(snapshot, "rds.db_instance/db"))) == set()


def test_an_entry_of_another_stack_or_of_no_kind_of_ours_is_no_hint() -> None:
    foreign = Entry(NEWS, tags("sns.topic/news", "other"), HOME.region)
    assert asked(index(foreign, listed(NEWS, "sqs.queue/inbox"), Entry(NEWS, {}, HOME.region))) == set()


def test_what_hangs_on_others_is_asked_for_where_one_of_those_is() -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234"
    assert asked(index(listed(key, "kms.key/data"))) == {("kms.key", HOME.region), ("kms.alias", HOME.region)}
    assert asked(index(listed(key, "kms.key/data")), seen("kms.key/data", "1234")) == {("kms.alias", HOME.region)}


def test_a_leftover_is_asked_for_where_it_is_listed() -> None:
    arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop-guard/1234"
    guard = index(listed(arn, "wafv2.web_acl/guard", "us-east-1"))
    assert {name for name, region in asked(guard) if region == "us-east-1"} == {
        "wafv2.web_acl",
        "wafv2.web_acl_association",
        "wafv2.logging_configuration",
    }
    assert {(name, scope.region) for name, scope in abroad(guard, HOME)} == asked(guard)


@pytest.mark.parametrize("name", [name for name in kind_names() if isinstance(kind(name).leftovers, Listed)])
def test_a_leftover_of_every_listed_kind_is_asked_for(name: str) -> None:
    hint = kind(name).leftovers
    assert isinstance(hint, Listed)
    service, _, rest = hint.arn.replace("*", "x").partition(":")
    arn = f"arn:aws:{service}:eu-central-1:123456789012:{rest}"
    children = {each for each in kind_names() if name in getattr(kind(each).leftovers, "parents", ())}
    assert asked(index(listed(arn, f"{name}/x"))) == {(each, HOME.region) for each in {name, *children}}


@pytest.mark.parametrize(
    ("arn", "identifier", "same"),
    [
        (NEWS, NEWS, True),
        ("arn:aws:ec2:eu-central-1:1:vpc/vpc-1", "vpc-1", True),
        ("arn:aws:ec2:eu-central-1:1:vpc/vpc-11", "vpc-1", False),
        ("arn:aws:rds:eu-central-1:1:db:shop", "shop", True),
        ("arn:aws:rds:eu-central-1:1:db:other-shop", "shop", False),
        ("arn:aws:ecs:eu-central-1:1:service/web/api", "web/api", True),
        ("arn:aws:ssm:eu-central-1:1:parameter/shop/level", "/shop/level", True),
        ("arn:aws:logs:eu-central-1:1:log-group:/shop/api:*", "/shop/api", True),
        ("arn:aws:s3:::shop-uploads", "shop-uploads", True),
    ],
)
def test_an_arn_is_an_objects_where_it_ends_in_its_whole_name(arn: str, identifier: str, same: bool) -> None:
    assert is_it(arn, Observed("sns.topic/x", identifier, {})) is same


def test_an_arn_is_an_objects_where_an_output_or_a_detail_says_so() -> None:
    assert is_it(NEWS, Observed("sns.topic/x", "x", {}, outputs={"arn": NEWS}))
    assert is_it(NEWS, Observed("sns.topic/x", "x", {}, details={"arn": NEWS}))


def test_every_kind_hangs_on_kinds_the_index_lists() -> None:
    parents = {each for name in kind_names() for each in getattr(kind(name).leftovers, "parents", ())}
    assert {type(kind(name).leftovers) for name in parents} == {Listed}
    assert {name for name in kind_names() if isinstance(kind(name).leftovers, Through)}.isdisjoint(parents)
