"""A whole plan carried out: what goes on after a failure, what is not started, and what is deleted when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply import apply
from reconciler.converge import World
from reconciler.errors import Conflict, Denied, Exit, Invalid, VerificationFailed
from reconciler.model import Action, ApplyResult, Call, ChangeResult, Outcome, Plan, Response
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from tests.engine.cloud import Cloud, Item
from tests.engine.specs import ACCOUNT, REGION, expanded

NET = "  net: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}\n"
SUBNETS = """\
  a: {kind: ec2.subnet, vpc_id: "${net.vpc_id}", cidr_block: 10.0.0.0/24}
  b: {kind: ec2.subnet, vpc_id: "${net.vpc_id}", cidr_block: 10.0.1.0/24}
"""
TOPIC = "  news: {kind: sns.topic, display_name: News}\n"
FACTS = {"cidr_block": "10.0.0.0/16", "instance_tenancy": "default", "state": "available"}
"""Of a VPC that nobody made through us."""


class Run:
    """Specs planned and applied against one cloud."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.folder = folder
        self.cloud = cloud
        self.finished: list[ChangeResult] = []

    def plan(self, text: str) -> tuple[Plan, Desired]:
        desired = Desired("shop", ACCOUNT, REGION, expanded(self.folder, text))
        return make_plan(desired, self.cloud.executor(writes=False))[0], desired

    def world(self, **pace: Any) -> World:
        world = self.cloud.world(**pace)
        world.on_finished = self.finished.append
        return world

    def apply(self, text: str, world: World | None = None) -> dict[str, ChangeResult]:
        return outcomes(self.carry_out(*self.plan(text), world))

    def carry_out(self, plan: Plan, desired: Desired, world: World | None = None) -> ApplyResult:
        assert not plan.blocked, plan.blocked
        world = world or self.world()
        world.live = {change.address: change.observed for change in plan.changes}
        return apply(plan, desired, world)


def outcomes(result: ApplyResult) -> dict[str, ChangeResult]:
    return {each.change.address: each for each in result.results}


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def run(tmp_path: Path, cloud: Cloud) -> Run:
    return Run(tmp_path, cloud)


# --- all goes well ----------------------------------------------------------------------------------------------------


def test_everything_is_made_in_order_and_a_second_run_writes_nothing(run: Run, cloud: Cloud) -> None:
    plan, desired = run.plan(NET + SUBNETS + TOPIC)
    result = run.carry_out(plan, desired)
    assert {each.outcome for each in result.results} == {Outcome.DONE}
    assert set(outcomes(result)) == {change.address for change in plan.effects}
    assert {subnet.facts["vpc_id"] for subnet in cloud.subnets.values()} == set(cloud.vpcs)
    assert result.remaining is not None
    assert result.remaining.effects == ()
    assert result.api_calls == {name: cloud.count(name) for name in set(cloud.writes)}
    before = list(cloud.writes)
    again, desired = run.plan(NET + SUBNETS + TOPIC)
    assert again.effects == ()
    assert run.carry_out(again, desired).results == ()
    assert cloud.writes == before


def test_what_is_new_may_be_invisible_for_a_while(run: Run, cloud: Cloud) -> None:
    cloud.lag = 20
    found = run.apply(NET + SUBNETS + TOPIC)
    assert {each.outcome for each in found.values()} == {Outcome.DONE}
    assert (cloud.count("ec2:CreateVpc"), cloud.count("ec2:CreateSubnet")) == (1, 2)


def test_each_change_is_told_once_when_it_ends(run: Run) -> None:
    run.apply(NET + SUBNETS + TOPIC)
    told = [result.change.address for result in run.finished]
    assert sorted(told) == ["ec2.subnet/a", "ec2.subnet/b", "ec2.vpc/net", "sns.topic/news"]
    assert told.index("ec2.vpc/net") < told.index("ec2.subnet/a")


def test_what_needs_no_change_is_not_told(run: Run) -> None:
    run.apply(NET + TOPIC)
    run.finished.clear()
    run.apply(NET + TOPIC.replace("News", "Letters"))
    assert [result.change.address for result in run.finished] == ["sns.topic/news"]


def test_an_entry_of_another_region_lives_and_ends_there(run: Run, cloud: Cloud) -> None:
    elsewhere = TOPIC.replace("}", ", region: us-east-1}")
    assert run.apply(elsewhere)["sns.topic/news"].outcome is Outcome.DONE
    assert list(cloud.topics) == [f"arn:aws:sns:us-east-1:{ACCOUNT}:shop-news"]
    assert run.apply(elsewhere) == {}
    other = NET.replace("}", ", region: us-east-1}")
    assert run.apply(other)["sns.topic/news"].outcome is Outcome.DONE
    assert cloud.topics == {}


# --- failures ---------------------------------------------------------------------------------------------------------


def test_after_a_failure_the_others_go_on_and_those_who_need_it_are_not_started(run: Run, cloud: Cloud) -> None:
    cloud.fails("ec2:CreateVpc", Invalid)
    found = run.apply(NET + SUBNETS + TOPIC)
    assert {address: result.outcome for address, result in found.items()} == {
        "ec2.vpc/net": Outcome.FAILED,
        "ec2.subnet/a": Outcome.SKIPPED,
        "ec2.subnet/b": Outcome.SKIPPED,
        "sns.topic/news": Outcome.DONE,
    }
    assert found["ec2.subnet/a"].detail == "it needs ec2.vpc/net, which did not succeed"
    assert cloud.count("ec2:CreateSubnet") == 0


def test_those_who_need_somebody_who_was_not_started_are_not_started_either(run: Run, cloud: Cloud) -> None:
    cloud.fails("ec2:CreateVpc", Invalid)
    found = run.apply(NET + SUBNETS + TOPIC.replace("News}", "News, depends_on: [a]}"))
    assert found["sns.topic/news"].outcome is Outcome.SKIPPED
    assert "ec2.subnet/a" in found["sns.topic/news"].detail


def test_running_again_after_a_failure_does_the_rest(run: Run, cloud: Cloud) -> None:
    cloud.fails("ec2:CreateSubnet", Invalid)
    first = run.apply(NET + SUBNETS)
    assert sorted(each.outcome for each in first.values()) == [Outcome.DONE, Outcome.DONE, Outcome.FAILED]
    second = run.apply(NET + SUBNETS)
    assert [each.outcome for each in second.values()] == [Outcome.DONE]
    assert (len(cloud.vpcs), len(cloud.subnets)) == (1, 2)


def test_after_a_failure_the_result_says_what_is_left(run: Run, cloud: Cloud) -> None:
    cloud.fails("ec2:CreateVpc", Invalid)
    result = run.carry_out(*run.plan(NET + TOPIC))
    assert result.remaining is not None
    assert [change.address for change in result.remaining.effects] == ["ec2.vpc/net"]


@pytest.mark.parametrize(("error", "code"), [(Denied, Exit.CREDENTIALS), (Invalid, None)])
def test_a_missing_permission_has_an_exit_code_of_its_own(
    run: Run, cloud: Cloud, error: type[Invalid], code: Exit | None
) -> None:
    cloud.fails("ec2:CreateVpc", error)
    assert run.apply(NET)["ec2.vpc/net"].exit_code == code


# --- interruption -----------------------------------------------------------------------------------------------------


def test_after_an_interruption_nothing_more_is_started(run: Run, cloud: Cloud) -> None:
    world = run.world()
    world.on_finished = lambda _result: world.stopping.set()
    found = run.apply(NET + SUBNETS, world)
    assert found["ec2.vpc/net"].outcome is Outcome.DONE
    assert {found[name].outcome for name in ("ec2.subnet/a", "ec2.subnet/b")} == {Outcome.SKIPPED}
    assert found["ec2.subnet/a"].detail == "interrupted"
    assert cloud.count("ec2:CreateSubnet") == 0
    assert {each.outcome for each in run.apply(NET + SUBNETS).values()} == {Outcome.DONE}
    assert len(cloud.vpcs) == 1


# --- waiting ----------------------------------------------------------------------------------------------------------


def pending_vpc(run: Run, cloud: Cloud) -> None:
    run.apply(NET)
    (vpc,) = cloud.vpcs.values()
    vpc.facts["state"] = "pending"


def test_those_who_need_what_is_still_on_its_way_are_not_started(run: Run, cloud: Cloud) -> None:
    pending_vpc(run, cloud)
    found = run.apply(NET + SUBNETS)
    assert found["ec2.vpc/net"].outcome is Outcome.WAITING
    assert found["ec2.subnet/a"].outcome is Outcome.SKIPPED
    assert "still waiting: state pending" in found["ec2.subnet/a"].detail


def test_where_waiting_is_cut_short_they_are_started_all_the_same(run: Run, cloud: Cloud) -> None:
    pending_vpc(run, cloud)
    found = run.apply(NET + SUBNETS, run.world(limit=1.0))
    assert found["ec2.vpc/net"].outcome is Outcome.WAITING
    assert {found[name].outcome for name in ("ec2.subnet/a", "ec2.subnet/b")} == {Outcome.DONE}


# --- replacing and deleting -------------------------------------------------------------------------------------------


def test_what_is_replaced_goes_after_its_users_and_comes_before_them(run: Run, cloud: Cloud) -> None:
    run.apply(NET + SUBNETS)
    cloud.writes.clear()
    found = run.apply((NET + SUBNETS).replace("10.0.", "10.9."))
    assert {each.outcome for each in found.values()} == {Outcome.DONE}
    assert {each.change.action for each in found.values()} == {Action.REPLACE}
    (vpc,) = cloud.vpcs.values()
    assert vpc.facts["cidr_block"] == "10.9.0.0/16"
    assert len(cloud.subnets) == 2
    gone, made = cloud.writes.index("ec2:DeleteVpc"), cloud.writes.index("ec2:CreateVpc")
    assert cloud.writes[:gone].count("ec2:DeleteSubnet") == 2
    assert gone < made < cloud.writes.index("ec2:CreateSubnet")


def test_a_replacement_is_told_once_when_the_new_object_is_there(run: Run) -> None:
    run.apply(NET + SUBNETS)
    run.finished.clear()
    run.apply((NET + SUBNETS).replace("10.0.", "10.9."))
    assert sorted(result.change.address for result in run.finished) == ["ec2.subnet/a", "ec2.subnet/b", "ec2.vpc/net"]


def test_what_is_renamed_and_replaced_is_found_under_its_old_name(run: Run, cloud: Cloud) -> None:
    run.apply(NET)
    renamed = "  lan: {kind: ec2.vpc, cidr_block: 10.9.0.0/16, renamed_from: net}\n"
    assert run.apply(renamed)["ec2.vpc/lan"].outcome is Outcome.DONE
    (vpc,) = cloud.vpcs.values()
    assert vpc.tags["reconciler:resource"] == "ec2.vpc/lan"


def test_what_could_not_be_removed_is_not_made_a_second_time(run: Run, cloud: Cloud) -> None:
    run.apply(NET + TOPIC)
    cloud.fails("ec2:DeleteVpc", Conflict, 1000)
    found = run.apply(NET.replace("10.0.", "10.9.") + TOPIC.replace("News", "Letters"))
    assert found["ec2.vpc/net"].outcome is Outcome.FAILED
    assert found["sns.topic/news"].outcome is Outcome.DONE
    assert cloud.count("ec2:CreateVpc") == 1


def test_leftovers_go_last_and_users_before_what_they_use(run: Run, cloud: Cloud) -> None:
    run.apply(NET + SUBNETS)
    cloud.writes.clear()
    found = run.apply(TOPIC)
    assert {each.outcome for each in found.values()} == {Outcome.DONE}
    assert (cloud.vpcs, cloud.subnets) == ({}, {})
    assert cloud.writes == ["sns:CreateTopic", "ec2:DeleteSubnet", "ec2:DeleteSubnet", "ec2:DeleteVpc"]


def test_nothing_is_deleted_when_something_failed(run: Run, cloud: Cloud) -> None:
    run.apply(NET + SUBNETS)
    cloud.fails("sns:CreateTopic", Invalid)
    found = run.apply(TOPIC)
    assert found["sns.topic/news"].outcome is Outcome.FAILED
    assert found["ec2.vpc/net"].outcome is Outcome.SKIPPED
    assert found["ec2.vpc/net"].detail == "deletions wait until everything else is in place"
    assert (len(cloud.vpcs), len(cloud.subnets)) == (1, 2)


def test_what_a_failed_deletion_stands_on_is_not_deleted(run: Run, cloud: Cloud) -> None:
    run.apply(NET + SUBNETS)
    cloud.fails("ec2:DeleteSubnet", Invalid)
    found = run.apply(TOPIC)
    assert found["ec2.vpc/net"].outcome is Outcome.SKIPPED
    assert len(cloud.vpcs) == 1


def test_what_nobody_owned_is_never_deleted(run: Run, cloud: Cloud) -> None:
    cloud.vpcs["vpc-theirs"] = Item(dict(FACTS), {})
    run.apply(NET + SUBNETS)
    run.apply(TOPIC)
    assert list(cloud.vpcs) == ["vpc-theirs"]


def test_what_appears_during_the_run_is_not_deleted_without_a_plan(run: Run, cloud: Cloud) -> None:
    tags = {"reconciler:stack": "shop", "reconciler:resource": "ec2.vpc/old"}
    plan, desired = run.plan(TOPIC)
    cloud.vpcs["vpc-old"] = Item(dict(FACTS), tags)
    result = run.carry_out(plan, desired)
    assert "vpc-old" in cloud.vpcs
    assert result.remaining is not None
    assert [change.action for change in result.remaining.effects] == [Action.DELETE]


def test_what_changes_during_the_run_is_put_right_in_the_same_run(run: Run, cloud: Cloud) -> None:
    run.apply(TOPIC)
    (topic,) = cloud.topics.values()

    def somebody_interferes() -> None:
        topic.facts["DisplayName"] = "Theirs"

    cloud.meanwhile("ec2:CreateVpc", somebody_interferes)
    result = run.carry_out(*run.plan(NET + TOPIC))
    assert topic.facts["DisplayName"] == "News"
    assert result.remaining is not None
    assert result.remaining.effects == ()


# --- the migration ----------------------------------------------------------------------------------------------------

DATA = "  data: {kind: data.migration, source: old.db, target: 'postgresql://db/app'}\n"


def migration(*states: str, does: Callable[[], object] = lambda: None) -> Callable[[Call], Response]:
    """A migration that is in the first state, and in the next one after each Migrate."""
    left = list(states)

    def route(call: Call) -> Response:
        if call.operation == "Migrate":
            does()
            left[:] = left[1:] or left
            return {}
        return {"state": left[0], "summary": f"it is {left[0]}", "rows": 0}

    return route


def test_a_migration_is_carried_out_once(run: Run, cloud: Cloud) -> None:
    made: list[str] = []
    cloud.migration = migration("pending", "verified", does=lambda: made.append("migrated"))
    assert run.apply(DATA)["data.migration/data"].outcome is Outcome.DONE
    assert run.apply(DATA) == {}
    assert made == ["migrated"]


def test_what_needs_the_migrated_data_waits_for_it(run: Run, cloud: Cloud) -> None:
    cloud.migration = migration("pending", "verified", does=lambda: writes.extend(cloud.writes))
    writes: list[str] = []
    run.apply(DATA + TOPIC.replace("News}", "News, depends_on: [data]}"))
    assert writes == []
    assert cloud.writes == ["sns:CreateTopic"]


def test_a_migration_that_stays_stalled_fails_after_one_attempt(run: Run, cloud: Cloud) -> None:
    made: list[str] = []
    cloud.migration = migration("failed", "failed", does=lambda: made.append("migrated"))
    result = run.apply(DATA)["data.migration/data"]
    assert (result.outcome, result.detail) == (Outcome.FAILED, "stalled: it is failed")
    assert made == ["migrated"]


def test_data_that_differs_after_the_copy_has_an_exit_code_of_its_own(run: Run, cloud: Cloud) -> None:
    def differs() -> None:
        raise VerificationFailed("3 rows of `users` differ", help="look at them")

    cloud.migration = migration("pending", does=differs)
    result = run.apply(DATA + TOPIC)
    assert result["data.migration/data"].exit_code is Exit.VERIFICATION_FAILED
    assert result["data.migration/data"].detail == "3 rows of `users` differ"
    assert result["sns.topic/news"].outcome is Outcome.DONE
