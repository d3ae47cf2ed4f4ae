"""Desired and observed become changes with reasons, fields, places and calls; nothing here touches AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.graph import order
from reconciler.model import Action, Finding, Severity, Unknown, render_path, stalled, waiting
from reconciler.observe import View
from reconciler.plan import Desired, plan, steps
from tests.engine.lives import as_declared, but, by_address, nothing, owned, planned
from tests.engine.specs import expanded
from tests.kinds.members import ALWAYS_THERE

TOPIC = "  news:\n    kind: sns.topic\n    display_name: News\n"
NEWS = "sns.topic/news"

NETWORK = """\
  net:
    kind: ec2.vpc
    cidr_block: 10.0.0.0/16
  a:
    kind: ec2.subnet
    vpc_id: ${net.vpc_id}
    cidr_block: 10.0.0.0/24
  web:
    kind: ec2.security_group
    description: Web
    vpc_id: ${net.vpc_id}
"""

SERVICE = """\
  task:
    kind: ecs.task_definition
    container_definitions: [{name: api, image: "api:1"}]
  api:
    kind: ecs.service
    cluster: main
    task_definition: ${task.task_definition_arn}
    desired_count: 1
"""

DATABASE = """\
  db:
    kind: rds.db_instance
    db_instance_class: db.t4g.micro
    engine: postgres
    allocated_storage: 20
    master_username: app
"""


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


# --- from nothing, and nothing to do ----------------------------------------------------------------------------------


def test_in_an_empty_account_everything_is_created_after_what_it_needs(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    plan = planned(spec, nothing(spec))
    assert {change.action for change in plan.changes} == {Action.CREATE}
    assert [change.address for change in plan.changes] == list(order(spec.dependencies))
    assert {change.reason for change in plan.changes} == {"it does not exist"}
    assert all(change.calls for change in plan.changes)
    assert plan.findings == ()
    assert plan.effects == plan.changes


def test_what_is_made_by_the_plan_itself_is_unknown_until_then(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    subnet = by_address(planned(spec, nothing(spec)))["ec2.subnet/a"]
    assert subnet.desired["vpc_id"] == Unknown("${ec2.vpc/net.vpc_id}")
    assert subnet.calls[0].params["vpc_id"] == Unknown("${ec2.vpc/net.vpc_id}")


def test_a_whole_stack_is_planned_from_nothing_with_all_its_calls(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "spec" / "sales-scorecard.yaml").read_text(encoding="utf-8")
    spec = expanded(tmp_path, text)
    plan = planned(spec, nothing(spec))
    assert plan.findings == ()
    assert len(plan.effects) == len(spec.resources)
    assert {change.kind for change in plan.changes if not change.calls} <= set(ALWAYS_THERE)


def test_what_is_as_declared_is_left_alone(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK + SERVICE + DATABASE)
    plan = planned(spec, as_declared(spec))
    assert {change.action for change in plan.changes} == {Action.NOOP}
    assert (plan.effects, plan.waits, plan.findings) == ((), (), ())
    assert [change.calls for change in plan.changes] == [()] * len(plan.changes)


# --- differences ------------------------------------------------------------------------------------------------------


def test_a_difference_is_an_update_with_its_place_in_the_spec(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC)
    live = as_declared(spec)
    (change,) = planned(spec, {NEWS: but(live[NEWS], display_name="Old")}).changes
    assert change.action is Action.UPDATE
    (field,) = change.fields
    assert (render_path(field.path), field.desired, field.observed) == ("display_name", "News", "Old")
    assert field.place is not None
    assert field.place.line == 6
    assert [str(call) for call in change.calls] == ["sns:SetTopicAttributes"]


def test_what_the_spec_does_not_mention_is_not_managed(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC)
    live = but(as_declared(spec)[NEWS], kms_master_key_id="alias/theirs")
    (change,) = planned(spec, {NEWS: but(live, tags={**live.tags, "theirs": "1"})}).changes
    assert change.action is Action.NOOP


def test_a_missing_or_changed_tag_is_put_right_and_nothing_else_is_written(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC + "    tags: {team: news, tier: all}\n")
    live = as_declared(spec)[NEWS]
    assert live is not None
    tags = {name: value for name, value in live.tags.items() if name != "team"} | {"tier": "other"}
    (change,) = planned(spec, {NEWS: but(live, tags=tags)}).changes
    assert {render_path(field.path): (field.desired, field.observed) for field in change.fields} == {
        "tags.team": ("news", None),
        "tags.tier": ("all", "other"),
    }
    assert [str(call) for call in change.calls] == ["sns:TagResource"]


def test_tags_are_written_before_anything_else(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC + "    tags: {team: news}\n")
    live = as_declared(spec)[NEWS]
    assert live is not None
    tags = {name: value for name, value in live.tags.items() if name != "team"}
    (change,) = planned(spec, {NEWS: but(live, tags=tags, display_name="Old")}).changes
    assert [str(call) for call in change.calls] == ["sns:TagResource", "sns:SetTopicAttributes"]


def test_a_kind_without_tags_has_no_tags_to_put_right(tmp_path: Path) -> None:
    spec = expanded(tmp_path, "  hello: {kind: ses.template, subject_part: Hello}\n")
    live = as_declared(spec)["ses.template/hello"]
    ours = {"reconciler:stack": "shop", "reconciler:resource": "ses.template/hello"}
    (change,) = planned(spec, {"ses.template/hello": but(live, tags=ours)}).changes
    assert change.action is Action.NOOP


# --- replacement and versions -----------------------------------------------------------------------------------------


def test_what_cannot_change_is_replaced_and_so_is_what_is_bound_to_it(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    live = as_declared(spec)
    live["ec2.vpc/net"] = but(live["ec2.vpc/net"], cidr_block="10.9.0.0/16")
    changes = by_address(planned(spec, live))
    vpc, subnet = changes["ec2.vpc/net"], changes["ec2.subnet/a"]
    assert (vpc.action, vpc.reason) == (Action.REPLACE, "cidr_block cannot be changed on a live object")
    assert (subnet.action, subnet.fields[0].desired) == (Action.REPLACE, Unknown("${ec2.vpc/net.vpc_id}"))
    assert [field.forces_replacement for field in vpc.fields] == [True]
    assert changes["ec2.security_group/web"].action is Action.REPLACE


def test_a_replacement_starts_with_the_deletion(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    live = as_declared(spec)
    live["ec2.subnet/a"] = but(live["ec2.subnet/a"], cidr_block="10.0.9.0/24")
    assert [str(call) for call in by_address(planned(spec, live))["ec2.subnet/a"].calls] == ["ec2:DeleteSubnet"]


def test_an_update_keeps_the_outputs_others_refer_to(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    live = as_declared(spec)
    live["ec2.vpc/net"] = but(live["ec2.vpc/net"], enable_dns_hostnames=False)
    changes = by_address(planned(spec, live))
    assert changes["ec2.vpc/net"].action is Action.UPDATE
    assert changes["ec2.subnet/a"].action is Action.NOOP


def test_a_new_version_changes_those_who_use_it(tmp_path: Path) -> None:
    spec = expanded(tmp_path, SERVICE)
    live = as_declared(spec)
    task = live["ecs.task_definition/task"]
    live["ecs.task_definition/task"] = but(task, container_definitions=[{"name": "api", "image": "api:0"}])
    service = by_address(planned(spec, live))["ecs.service/api"]
    assert service.action is Action.UPDATE
    assert [field.desired for field in service.fields] == [Unknown("${ecs.task_definition/task.task_definition_arn}")]


def test_a_tag_of_a_versioned_object_makes_no_new_version(tmp_path: Path) -> None:
    spec = expanded(tmp_path, SERVICE)
    live = as_declared(spec)
    task = live["ecs.task_definition/task"]
    assert task is not None
    ours = {name: value for name, value in task.tags.items() if name.startswith("reconciler:")}
    tagged = expanded(tmp_path, SERVICE.replace("    container_def", "    tags: {team: a}\n    container_def"))
    changes = by_address(planned(tagged, {**live, "ecs.task_definition/task": but(task, tags=ours)}))
    assert changes["ecs.task_definition/task"].action is Action.UPDATE
    assert changes["ecs.service/api"].action is Action.NOOP


# --- waiting and stalled ----------------------------------------------------------------------------------------------


def test_what_is_on_its_way_is_waited_for(tmp_path: Path) -> None:
    spec = expanded(tmp_path, DATABASE)
    live = but(as_declared(spec)["rds.db_instance/db"], status=waiting("it is being made"))
    plan = planned(spec, {live.address: live})
    assert [(change.action, change.reason) for change in plan.waits] == [(Action.WAIT, "it is being made")]
    assert (plan.effects, plan.findings) == ((), ())


def test_what_is_on_its_way_and_differs_is_changed(tmp_path: Path) -> None:
    spec = expanded(tmp_path, DATABASE)
    live = but(as_declared(spec)["rds.db_instance/db"], status=waiting("..."), db_instance_class="db.t4g.large")
    assert [change.action for change in planned(spec, {live.address: live}).changes] == [Action.UPDATE]


@pytest.mark.parametrize(
    ("change", "advice"), [({}, "console"), ({"db_instance_class": "db.t4g.large"}, "may cure it")]
)
def test_what_is_stalled_is_said_and_blocks_nothing(tmp_path: Path, change: dict[str, str], advice: str) -> None:
    spec = expanded(tmp_path, DATABASE)
    live = but(as_declared(spec)["rds.db_instance/db"], status=stalled("the storage is full"), **change)
    plan = planned(spec, {live.address: live})
    (finding,) = plan.findings
    assert (finding.code, finding.severity, finding.address) == ("RC2101", Severity.WARNING, live.address)
    assert "the storage is full" in finding.message
    assert advice in finding.help
    assert plan.blocked == ()


@pytest.mark.parametrize("name", ["News", "Other news"])
def test_what_a_kind_notices_is_said_whether_or_not_anything_differs(tmp_path: Path, name: str) -> None:
    spec = expanded(tmp_path, TOPIC)
    live = but(as_declared(spec)[NEWS], display_name=name, notices=("nobody has subscribed",))
    plan = planned(spec, {live.address: live})
    (finding,) = plan.findings
    assert (finding.code, finding.severity, finding.address) == ("RC2103", Severity.INFO, NEWS)
    assert (finding.message, str(finding.place).split(":")[1]) == ("nobody has subscribed", "4")


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "code", "word"),
    [
        ({}, "RC2001", "adopt: true"),
        ({"reconciler:stack": "none", "reconciler:resource": NEWS}, "RC2001", "adopt: true"),
        ({"reconciler:stack": "other", "reconciler:resource": NEWS}, "RC2002", "keep: true"),
        ({"reconciler:stack": "shop", "reconciler:resource": "sns.topic/old"}, "RC2002", "renamed_from: old"),
    ],
)
def test_what_is_not_ours_is_refused_with_the_way_out(
    tmp_path: Path, tags: dict[str, str], code: str, word: str
) -> None:
    spec = expanded(tmp_path, TOPIC)
    plan = planned(spec, {NEWS: but(as_declared(spec)[NEWS], tags=tags, display_name="Theirs")})
    (finding,) = plan.blocked
    assert finding.code == code
    assert word in finding.help
    assert plan.effects == ()


def test_adopting_writes_our_tags_and_shows_what_will_change_after_it(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC + "    adopt: true\n")
    plan = planned(spec, {NEWS: but(as_declared(spec)[NEWS], tags={}, display_name="Theirs")})
    (change,) = plan.effects
    assert change.action is Action.ADOPT
    assert "display_name" in {render_path(field.path) for field in change.fields}
    assert [str(call) for call in change.calls] == ["sns:TagResource"]


def test_what_would_have_to_be_replaced_is_not_adopted(tmp_path: Path) -> None:
    spec = expanded(tmp_path, "  net: {kind: ec2.vpc, cidr_block: 10.0.0.0/16, adopt: vpc-1}\n")
    live = but(as_declared(spec)["ec2.vpc/net"], tags={}, cidr_block="10.9.0.0/16")
    (finding,) = planned(spec, {live.address: live}).blocked
    assert finding.code == "RC2303"
    assert "`cidr_block`" in finding.message


def test_a_renamed_object_is_still_ours(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC + "    renamed_from: old\n")
    tags = {"reconciler:stack": "shop", "reconciler:resource": "sns.topic/old"}
    live = but(as_declared(spec)[NEWS], tags=tags)
    plan = planned(spec, {NEWS: live}, [owned("sns.topic/old", live.identifier)])
    (change,) = plan.changes
    assert (change.action, render_path(change.fields[0].path)) == (Action.UPDATE, "tags.reconciler:resource")


def test_protection_that_is_taken_back_is_taken_back_on_the_live_object(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC)
    live = as_declared(spec)[NEWS]
    assert live is not None
    (change,) = planned(spec, {NEWS: but(live, tags={**live.tags, "reconciler:protect": "true"})}).changes
    (field,) = change.fields
    assert (field.path, field.desired, field.observed) == (("tags", "reconciler:protect"), "false", "true")
    again = but(live, tags={**live.tags, "reconciler:protect": "false"})
    assert [change.action for change in planned(spec, {NEWS: again}).changes] == [Action.NOOP]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_change_the_kind_refuses_blocks_the_plan_at_its_place(tmp_path: Path) -> None:
    spec = expanded(tmp_path, DATABASE)
    live = but(as_declared(spec)["rds.db_instance/db"])
    storage = {**live.details["storage"], "allocated_storage": 50}
    live = but(live, allocated_storage=50, details={**live.details, "storage": storage})
    plan = planned(spec, {live.address: live})
    (finding,) = plan.blocked
    assert (finding.code, finding.address) == ("RC2401", live.address)
    assert "shrink" in finding.message
    assert finding.place is not None
    assert finding.place.line == 8


@pytest.mark.parametrize("more", ["", "    protect: false\n"])
def test_what_holds_data_is_never_replaced(tmp_path: Path, more: str) -> None:
    spec = expanded(tmp_path, DATABASE + more)
    live = but(as_declared(spec)["rds.db_instance/db"], master_username="root")
    plan = planned(spec, {live.address: live})
    assert [change.action for change in plan.changes] == [Action.REPLACE]
    assert codes(plan.blocked) == ["RC2301"]
    assert "`master_username`" in plan.blocked[0].message


def test_what_was_protected_by_hand_is_never_replaced(tmp_path: Path) -> None:
    spec = expanded(tmp_path, NETWORK)
    live = as_declared(spec)
    vpc = live["ec2.vpc/net"]
    assert vpc is not None
    live["ec2.vpc/net"] = but(vpc, cidr_block="10.9.0.0/16", tags={**vpc.tags, "reconciler:protect": "true"})
    assert "RC2301" in codes(planned(spec, live).blocked)


# --- steps ------------------------------------------------------------------------------------------------------------


def test_waiting_and_nothing_to_do_have_no_steps(tmp_path: Path) -> None:
    spec = expanded(tmp_path, DATABASE)
    live = as_declared(spec)["rds.db_instance/db"]
    for observed in (but(live), but(live, status=waiting("..."))):
        (change,) = planned(spec, {observed.address: observed}).changes
        assert list(steps(change)) == []


def test_the_reads_it_took_are_part_of_the_plan(tmp_path: Path) -> None:
    spec = expanded(tmp_path, TOPIC)
    desired = Desired("shop", "123456789012", "eu-central-1", spec)
    assert plan(desired, View(nothing(spec)), {"sns:ListTopics": 1}).api_calls == {"sns:ListTopics": 1}
