"""One resource until it is so, whatever AWS answers meanwhile; time is the test's own."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from reconciler.converge import WRITE_ROUNDS, World, converge, remove
from reconciler.errors import AlreadyExists, CallFailed, Conflict, Denied, Exit, Invalid, NotYet, Unavailable
from reconciler.model import Action, Change, ChangeResult, Outcome, Reference, Resource
from tests.engine.cloud import Cloud, Item
from tests.engine.specs import ACCOUNT, REGION, expanded

VPC = "  net: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}\n"
TOPIC = "  news: {kind: sns.topic, display_name: News}\n"
ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-news"
OURS = {"reconciler:stack": "shop", "reconciler:resource": "sns.topic/news"}


def resource_in(folder: Path, text: str) -> Resource:
    (resource,) = expanded(folder, text).resources.values()
    return resource


@pytest.fixture
def vpc(tmp_path: Path) -> Resource:
    return resource_in(tmp_path, VPC)


@pytest.fixture
def topic(tmp_path: Path) -> Resource:
    return resource_in(tmp_path, TOPIC)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def live_topic(cloud: Cloud, **attributes: str) -> None:
    cloud.topics[ARN] = Item(dict(attributes), dict(OURS))


def live_vpc(cloud: Cloud, resource: Resource, **facts: object) -> None:
    whole: dict[str, object] = {"cidr_block": "10.0.0.0/16", "instance_tenancy": "default", "state": "available"}
    whole |= {"enableDnsSupport": True, "enableDnsHostnames": True}
    cloud.vpcs["vpc-0"] = Item({**whole, **facts}, dict(resource.tags))


def converged(
    cloud: Cloud, resource: Resource, action: Action = Action.CREATE, world: World | None = None
) -> ChangeResult:
    approved = Change(action, resource.address, resource, None)
    return converge(world or cloud.world(), approved, resource)


# --- creating ---------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_made_and_completed_until_nothing_differs(cloud: Cloud, vpc: Resource) -> None:
    result = converged(cloud, vpc)
    assert (result.outcome, result.calls) == (Outcome.DONE, 2)
    assert cloud.writes == ["ec2:CreateVpc", "ec2:ModifyVpcAttribute"]
    (made,) = cloud.vpcs.values()
    assert made.tags == vpc.tags
    assert made.facts["enableDnsHostnames"] is True


def test_what_is_as_it_should_be_is_not_touched(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc)
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert cloud.writes == []


def test_what_an_earlier_run_began_is_finished(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, enableDnsHostnames=False)
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert cloud.writes == ["ec2:ModifyVpcAttribute"]


def test_what_cannot_be_seen_yet_is_not_made_again(cloud: Cloud, vpc: Resource) -> None:
    cloud.lag = 30
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert cloud.count("ec2:CreateVpc") == 1
    assert cloud.clock.now() >= 30


def test_a_lost_answer_makes_no_second_object(cloud: Cloud, vpc: Resource) -> None:
    cloud.loses_the_answer("ec2:CreateVpc")
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert cloud.count("ec2:CreateVpc") == 1
    assert len(cloud.vpcs) == 1


def test_a_lost_answer_and_a_late_object_make_no_second_object(cloud: Cloud, vpc: Resource) -> None:
    cloud.lag = 30
    cloud.loses_the_answer("ec2:CreateVpc")
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert len(cloud.vpcs) == 1


def test_a_create_that_never_arrived_is_made_again_when_it_would_have_been_seen(cloud: Cloud, vpc: Resource) -> None:
    cloud.fails("ec2:CreateVpc", Unavailable)
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert cloud.count("ec2:CreateVpc") == 2
    assert len(cloud.vpcs) == 1
    assert cloud.clock.now() >= cloud.world().pace.visibility


def test_a_named_create_is_sent_again_at_once(cloud: Cloud, topic: Resource) -> None:
    cloud.loses_the_answer("sns:CreateTopic")
    assert converged(cloud, topic).outcome is Outcome.DONE
    assert cloud.count("sns:CreateTopic") == 2
    assert len(cloud.topics) == 1


def test_a_name_that_was_taken_by_our_own_earlier_call_is_ours(cloud: Cloud, topic: Resource) -> None:
    cloud.fails("sns:CreateTopic", AlreadyExists, because=lambda: live_topic(cloud, DisplayName="News"))
    assert converged(cloud, topic).outcome is Outcome.DONE
    assert cloud.writes == ["sns:CreateTopic"]


def test_a_name_that_somebody_else_took_meanwhile_is_theirs(cloud: Cloud, topic: Resource) -> None:
    def they_take_it() -> None:
        cloud.topics[ARN] = Item({}, {})

    cloud.fails("sns:CreateTopic", AlreadyExists, because=they_take_it)
    result = converged(cloud, topic)
    assert result.outcome is Outcome.FAILED
    assert "not ours" in result.detail
    assert cloud.topics[ARN].tags == {}


def test_what_somebody_else_made_since_the_plan_is_left_alone(cloud: Cloud, topic: Resource) -> None:
    cloud.topics[ARN] = Item({"DisplayName": "Theirs"}, {})
    result = converged(cloud, topic)
    assert result.outcome is Outcome.FAILED
    assert "not ours" in result.detail
    assert "adopt" in result.help
    assert cloud.writes == []


def test_adopting_tags_first_and_then_changes(cloud: Cloud, tmp_path: Path) -> None:
    cloud.topics[ARN] = Item({"DisplayName": "Theirs"}, {})
    wanted = resource_in(tmp_path, TOPIC.replace("}", ", adopt: true}"))
    assert converged(cloud, wanted, Action.ADOPT).outcome is Outcome.DONE
    assert cloud.writes == ["sns:TagResource", "sns:SetTopicAttributes"]


# --- errors that pass, and those that do not --------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Conflict, NotYet])
@pytest.mark.parametrize("times", [1, 12])
def test_what_is_busy_or_not_seen_yet_is_tried_again(
    cloud: Cloud, topic: Resource, error: type[CallFailed], times: int
) -> None:
    live_topic(cloud, DisplayName="Old")
    cloud.fails("sns:SetTopicAttributes", error, times)
    assert converged(cloud, topic, Action.UPDATE).outcome is Outcome.DONE
    assert cloud.count("sns:SetTopicAttributes") == times + 1


@pytest.mark.parametrize("error", [Conflict, NotYet])
def test_what_stays_busy_fails_when_patience_is_over(cloud: Cloud, vpc: Resource, error: type[CallFailed]) -> None:
    cloud.fails("ec2:CreateVpc", error, 1000)
    result = converged(cloud, vpc)
    assert result.outcome is Outcome.FAILED
    assert error.__name__ in result.detail
    assert result.help
    assert 600 <= cloud.clock.now() < 700


@pytest.mark.parametrize(("error", "code"), [(Invalid, None), (Denied, Exit.CREDENTIALS)])
def test_what_will_never_work_fails_at_once(
    cloud: Cloud, topic: Resource, error: type[CallFailed], code: Exit | None
) -> None:
    live_topic(cloud, DisplayName="Old")
    cloud.fails("sns:SetTopicAttributes", error, 99)
    result = converged(cloud, topic, Action.UPDATE)
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, code)
    assert cloud.count("sns:SetTopicAttributes") == 1
    assert cloud.clock.now() == 0


def test_a_look_that_fails_fails_the_change_and_writes_nothing(cloud: Cloud, topic: Resource) -> None:
    cloud.fails("sns:GetTopicAttributes", Denied)
    assert converged(cloud, topic).outcome is Outcome.FAILED
    assert cloud.writes == []


def test_a_change_that_is_accepted_and_never_shows_is_given_up(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud, DisplayName="Old")
    cloud.ignores("sns:SetTopicAttributes", 1000)
    result = converged(cloud, topic, Action.UPDATE)
    assert result.outcome is Outcome.FAILED
    assert result.detail == "AWS accepts the change but still reads back otherwise: display_name"
    assert cloud.count("sns:SetTopicAttributes") == WRITE_ROUNDS


def test_what_needs_a_value_nobody_has_yet_is_not_sent(cloud: Cloud, topic: Resource) -> None:
    wanted = topic.with_properties({**topic.properties, "display_name": Reference("ec2.vpc/net", "vpc_id")})
    result = converged(cloud, wanted)
    assert result.outcome is Outcome.FAILED
    assert "${ec2.vpc/net.vpc_id}" in result.detail
    assert cloud.writes == []


# --- waiting ----------------------------------------------------------------------------------------------------------


def becomes(cloud: Cloud, seconds: float, state: str) -> None:
    """The VPC reaches a state once the clock shows `seconds`."""

    def look() -> None:
        if cloud.clock.now() >= seconds:
            cloud.vpcs["vpc-0"].facts["state"] = state
        cloud.meanwhile("ec2:DescribeVpcs", look)

    cloud.meanwhile("ec2:DescribeVpcs", look)


def test_what_is_on_its_way_is_waited_for(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending")
    becomes(cloud, 100, "available")
    result = converged(cloud, vpc, Action.WAIT)
    assert result.outcome is Outcome.DONE
    assert 100 <= result.seconds < 130
    assert cloud.writes == []


def test_what_never_arrives_is_reported_as_waiting_when_patience_is_over(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending")
    result = converged(cloud, vpc, Action.WAIT)
    assert (result.outcome, result.detail) == (Outcome.WAITING, "state pending")
    assert 600 <= result.seconds < 630


def test_an_emulator_is_given_less_time(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending")
    result = converged(cloud, vpc, Action.WAIT, cloud.world(limit=5.0))
    assert result.outcome is Outcome.WAITING
    assert result.seconds < 10


def test_pauses_grow_and_stay_bounded(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending")
    world = cloud.world(longest_pause=10.0)
    looks: list[float] = []
    world.on_progress = lambda _address, _why: looks.append(cloud.clock.now())
    converged(cloud, vpc, Action.WAIT, world)
    slept = [after - before for before, after in pairwise(looks)]
    assert slept[0] < 1
    assert 8 <= max(slept) <= 12
    assert len(slept) < 90


def test_a_difference_waits_until_aws_takes_changes_again(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending", enableDnsHostnames=False)
    becomes(cloud, 50, "available")
    cloud.meanwhile("ec2:ModifyVpcAttribute", lambda: states.append(cloud.vpcs["vpc-0"].facts["state"]))
    states: list[str] = []
    assert converged(cloud, vpc, Action.UPDATE).outcome is Outcome.DONE
    assert states == ["available"]


def test_a_difference_that_could_never_be_made_is_a_failure(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, state="pending", enableDnsHostnames=False)
    result = converged(cloud, vpc, Action.UPDATE)
    assert (result.outcome, result.detail) == (Outcome.FAILED, "gave up waiting: state pending")
    assert cloud.writes == []


def test_progress_says_what_is_waited_for(cloud: Cloud, vpc: Resource) -> None:
    said: list[tuple[str, str]] = []
    live_vpc(cloud, vpc, state="pending")
    becomes(cloud, 1, "available")
    world = cloud.world()
    world.on_progress = lambda address, why: said.append((address, why))
    converged(cloud, vpc, Action.WAIT, world)
    assert set(said) == {("ec2.vpc/net", "state pending")}


# --- what the plan did not say ----------------------------------------------------------------------------------------


def test_a_replacement_the_plan_did_not_say_is_refused(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc, cidr_block="10.9.0.0/16")
    result = converged(cloud, vpc, Action.UPDATE)
    assert result.outcome is Outcome.FAILED
    assert "which the plan did not say" in result.detail
    assert result.help == "plan again"
    assert cloud.writes == []
    assert "vpc-0" in cloud.vpcs


def test_an_interruption_before_the_start_writes_nothing(cloud: Cloud, vpc: Resource) -> None:
    world = cloud.world()
    world.stopping.set()
    result = converged(cloud, vpc, world=world)
    assert (result.outcome, result.detail) == (Outcome.SKIPPED, "interrupted")
    assert cloud.writes == []


def test_an_interruption_stops_after_the_call_in_flight(cloud: Cloud, vpc: Resource) -> None:
    world = cloud.world()
    cloud.meanwhile("ec2:CreateVpc", world.stopping.set)
    assert converged(cloud, vpc, world=world).outcome is Outcome.SKIPPED
    assert cloud.writes == ["ec2:CreateVpc"]
    assert converged(cloud, vpc).outcome is Outcome.DONE
    assert len(cloud.vpcs) == 1


def test_an_interruption_ends_a_long_wait(cloud: Cloud, vpc: Resource) -> None:
    world = cloud.world()
    live_vpc(cloud, vpc, state="pending")
    world.on_progress = lambda _address, _why: world.stopping.set()
    assert converged(cloud, vpc, Action.WAIT, world).outcome is Outcome.SKIPPED


# --- removing ---------------------------------------------------------------------------------------------------------


def removed(cloud: Cloud, resource: Resource, world: World | None = None) -> ChangeResult:
    """Remove the live object of a resource, as it is now, with a plan made now."""
    live = cloud.world().look(resource)
    return remove(world or cloud.world(), Change(Action.DELETE, resource.address, None, live))


def test_what_is_deleted_is_gone_when_the_change_is_done(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud)
    assert removed(cloud, topic).outcome is Outcome.DONE
    assert cloud.topics == {}


def test_what_is_gone_already_is_not_deleted(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud)
    live = cloud.world().look(topic)
    cloud.topics.clear()
    assert remove(cloud.world(), Change(Action.DELETE, topic.address, None, live)).outcome is Outcome.DONE
    assert cloud.writes == []


def test_what_is_still_in_use_is_deleted_when_it_no_longer_is(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc)
    cloud.fails("ec2:DeleteVpc", Conflict, 10)
    assert removed(cloud, vpc).outcome is Outcome.DONE
    assert cloud.count("ec2:DeleteVpc") == 11


def test_what_stays_in_use_is_given_up(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc)
    cloud.fails("ec2:DeleteVpc", Conflict, 1000)
    result = removed(cloud, vpc)
    assert result.outcome is Outcome.FAILED
    assert "Conflict" in result.detail
    assert 600 <= cloud.clock.now() < 700


def test_what_was_protected_after_the_plan_is_not_deleted(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud)
    live = cloud.world().look(topic)
    cloud.topics[ARN].tags["reconciler:protect"] = "true"
    result = remove(cloud.world(), Change(Action.DELETE, topic.address, None, live))
    assert result.outcome is Outcome.FAILED
    assert "protected" in result.detail
    assert ARN in cloud.topics


def test_what_another_stack_took_over_after_the_plan_is_not_deleted(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud)
    live = cloud.world().look(topic)
    cloud.topics[ARN].tags["reconciler:stack"] = "other"
    remove(cloud.world(), Change(Action.DELETE, topic.address, None, live))
    assert ARN in cloud.topics


def test_an_object_made_anew_under_another_id_is_not_deleted(cloud: Cloud, vpc: Resource) -> None:
    live_vpc(cloud, vpc)
    live = cloud.world().look(vpc)
    cloud.vpcs["vpc-1"] = cloud.vpcs.pop("vpc-0")
    assert remove(cloud.world(), Change(Action.DELETE, vpc.address, None, live)).outcome is Outcome.DONE
    assert list(cloud.vpcs) == ["vpc-1"]


def test_an_interruption_deletes_nothing_more(cloud: Cloud, topic: Resource) -> None:
    live_topic(cloud)
    world = cloud.world()
    world.stopping = threading.Event()
    world.stopping.set()
    assert removed(cloud, topic, world).outcome is Outcome.SKIPPED
    assert ARN in cloud.topics
