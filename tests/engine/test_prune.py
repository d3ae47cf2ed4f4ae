"""What carries our tag and is no longer in the spec: what of it goes and in which order, and what stays and why."""

from __future__ import annotations

from pathlib import Path

from reconciler.expand import Expanded
from reconciler.model import Action, Plan, Removal
from reconciler.plan import steps
from tests.engine.lives import as_declared, but, destroyed, nothing, owned, planned
from tests.engine.specs import expanded

TOPIC = "  news: {kind: sns.topic}\n"
GONE = "sns.topic/gone"
PROTECTED = {"reconciler:protect": "true"}


def deletions(plan: Plan) -> list[str]:
    return [change.address for change in plan.changes if change.action is Action.DELETE]


def spec_with_topic(folder: Path) -> Expanded:
    return expanded(folder, TOPIC)


def test_what_left_the_spec_is_deleted_with_the_reason(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    plan = planned(spec, as_declared(spec), [owned(GONE)])
    (change,) = plan.effects
    assert (change.action, change.address, change.resource) == (Action.DELETE, GONE, None)
    assert change.reason == "it is no longer in the spec"
    assert [str(call) for call in change.calls] == ["sns:DeleteTopic"]


def test_what_is_declared_is_no_leftover_whatever_address_its_tag_says(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    live = as_declared(spec)
    same = owned("sns.topic/another", live["sns.topic/news"].identifier)  # type: ignore[union-attr]
    assert deletions(planned(spec, live, [same])) == []


def test_the_same_id_of_another_kind_is_another_object(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    other = owned("iam.role/gone", "id of news")
    assert deletions(planned(spec, as_declared(spec), [other])) == ["iam.role/gone"]


def test_deletions_come_last_and_users_before_what_they_use(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    addresses = [
        "ec2.vpc/v",
        "ec2.subnet/s",
        "ec2.security_group/g",
        "elbv2.load_balancer/b",
        "elbv2.listener/l",
        "elbv2.target_group/t",
        "ecs.service/a",
        "ecs.cluster/c",
        "iam.role/r",
        "ecs.task_definition/d",
    ]
    plan = planned(spec, nothing(spec), [owned(address) for address in sorted(addresses)])
    assert plan.changes[0].action is Action.CREATE
    found = deletions(plan)
    assert sorted(found) == sorted(addresses)
    for user, used in [
        ("ecs.service/a", "ecs.task_definition/d"),
        ("ecs.service/a", "elbv2.listener/l"),
        ("ecs.service/a", "ecs.cluster/c"),
        ("elbv2.listener/l", "elbv2.target_group/t"),
        ("elbv2.listener/l", "elbv2.load_balancer/b"),
        ("elbv2.load_balancer/b", "ec2.subnet/s"),
        ("elbv2.load_balancer/b", "ec2.security_group/g"),
        ("ec2.subnet/s", "ec2.vpc/v"),
        ("ecs.task_definition/d", "iam.role/r"),
    ]:
        assert found.index(user) < found.index(used), f"{used} goes before {user}"


def test_the_old_object_of_a_new_name_goes_because_it_was_superseded(tmp_path: Path) -> None:
    text = "  t: {kind: elbv2.target_group, vpc_id: vpc-1, port: 80, protocol: HTTP, target_type: ip}\n"
    spec = expanded(tmp_path, text)
    plan = planned(spec, nothing(spec), [owned("elbv2.target_group/t", "arn of the old one")])
    assert [(change.action, change.reason) for change in plan.changes] == [
        (Action.CREATE, "it does not exist"),
        (Action.DELETE, "a new object took its place"),
    ]


# --- protection -------------------------------------------------------------------------------------------------------


def test_what_is_protected_stays_and_the_plan_says_how_to_let_it_go(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    plan = planned(spec, as_declared(spec), [owned(GONE, **PROTECTED)])
    assert plan.effects == ()
    (finding,) = plan.findings
    assert (finding.code, finding.address) == ("RC2201", GONE)
    assert "removed:" in finding.help
    assert plan.blocked == ()


def test_a_protection_that_was_taken_back_protects_nothing(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    assert deletions(planned(spec, as_declared(spec), [owned(GONE, **{"reconciler:protect": "false"})])) == [GONE]


def test_a_removed_entry_lets_it_go_by_name_or_address(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    for name in ("gone", GONE):
        plan = planned(spec, as_declared(spec), [owned(GONE, **PROTECTED)], (Removal(name, "nobody reads it"),))
        (change,) = plan.effects
        assert (change.action, change.reason) == (Action.DELETE, "nobody reads it")
        assert plan.findings == ()


def test_a_removed_entry_for_another_name_lets_nothing_go(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    plan = planned(spec, as_declared(spec), [owned(GONE, **PROTECTED)], (Removal("gon", "typo"),))
    assert plan.effects == ()


def test_letting_go_takes_our_name_off_and_deletes_nothing(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    word = Removal("gone", "the data team owns it", keep=True)
    plan = planned(spec, as_declared(spec), [owned(GONE, "arn:of:gone")], (word,))
    (change,) = plan.effects
    assert (change.action, change.reason) == (Action.FORGET, "the data team owns it")
    (call,) = steps(change)
    assert str(call) == "sns:TagResource"
    assert call.params["tags"] == [{"key": "reconciler:stack", "value": "none"}]


# --- destroy ----------------------------------------------------------------------------------------------------------

STACK = """\
  net: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}
  a: {kind: ec2.subnet, vpc_id: "${net.vpc_id}", cidr_block: 10.0.0.0/24}
  b: {kind: ec2.subnet, vpc_id: "${net.vpc_id}", cidr_block: 10.0.1.0/24}
  spare: {kind: ec2.subnet, vpc_id: "${net.vpc_id}", cidr_block: 10.0.2.0/24}
  both: {kind: rds.db_subnet_group, db_subnet_group_description: x, subnet_ids: ["${a.subnet_id}", "${b.subnet_id}"]}
  db:
    kind: rds.db_instance
    db_instance_class: db.t4g.micro
    engine: postgres
    allocated_storage: 20
    master_username: app
    db_subnet_group_name: ${both.db_subnet_group_name}
"""
DATABASE = "rds.db_instance/db"


def test_destroying_keeps_what_is_protected_and_all_that_it_needs(tmp_path: Path) -> None:
    spec = expanded(tmp_path, STACK)
    plan = destroyed(spec, as_declared(spec))
    assert deletions(plan) == ["ec2.subnet/spare"]
    kept = {finding.address: finding.message for finding in plan.findings}
    assert set(kept) == {DATABASE, "rds.db_subnet_group/both", "ec2.subnet/a", "ec2.subnet/b", "ec2.vpc/net"}
    assert "it is protected" in kept[DATABASE]
    assert "something that is kept needs it" in kept["ec2.vpc/net"]
    assert plan.blocked == ()


def test_destroying_what_nothing_protects_takes_everything_users_first(tmp_path: Path) -> None:
    spec = expanded(tmp_path, STACK.replace("kind: rds.db_instance\n", "kind: rds.db_instance\n    protect: false\n"))
    plan = destroyed(spec, as_declared(spec))
    found = deletions(plan)
    assert sorted(found) == sorted(spec.resources)
    assert found.index(DATABASE) < found.index("rds.db_subnet_group/both") < found.index("ec2.subnet/a")
    assert found[-1] == "ec2.vpc/net"


def test_what_is_let_go_keeps_what_it_needs_as_well(tmp_path: Path) -> None:
    spec = expanded(tmp_path, STACK)
    plan = destroyed(spec, as_declared(spec), (Removal("db", "moves to another stack", keep=True),))
    assert [change.action for change in plan.effects if change.address == DATABASE] == [Action.FORGET]
    assert deletions(plan) == ["ec2.subnet/spare"]


def test_an_emptied_spec_is_a_mistake_and_a_destroy_is_not(tmp_path: Path) -> None:
    spec = spec_with_topic(tmp_path)
    live = but(as_declared(spec)["sns.topic/news"])
    emptied = planned(Expanded({}, {}), {}, [live])
    assert [finding.code for finding in emptied.blocked] == ["RC2302"]
    assert destroyed(spec, {live.address: live}).blocked == ()
    assert planned(Expanded({}, {}), {}).blocked == ()
