"""What the cases of `ecs.one_off_task` cannot show: renames, names of runs, and runs the stack still has under way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.kinds.registry import kind
from reconciler.model import Action, Call, Resource, Response, Scope, Unknown
from reconciler.plan import plan_one, steps
from tests.kinds.accounts import account_of, drive, observed, unchanged
from tests.kinds.test_cases import resource_of

NAME = "ecs.one_off_task"


def migrate(**changes: Any) -> Resource:
    resource = resource_of(unchanged(NAME), NAME)
    return resource.with_properties({**resource.properties, **changes})


def started_by(resource: Resource) -> str:
    change, _ = plan_one(resource, None)
    (call,) = steps(change)
    found: str = call.params["started_by"]
    return found


def test_a_renamed_entry_does_not_run_again_and_is_remembered_by_its_new_name() -> None:
    renamed = replace(migrate(), name="upgrade", renamed_from=f"{NAME}/migrate")
    change, findings = plan_one(renamed, observed(renamed, account_of(NAME)))
    assert (change.action, findings) == (Action.UPDATE, [])
    (call,) = steps(change)
    assert [tag["key"] for tag in call.params["tags"]] == ["reconciler:ran/demo/upgrade"]
    assert observed(replace(renamed, renamed_from=None), account_of(NAME)) is None


def test_what_is_run_names_the_run_and_its_order_in_the_spec_does_not() -> None:
    first = started_by(migrate())
    assert first == started_by(migrate().with_properties(dict(reversed(list(migrate().properties.items())))))
    others = [migrate(attempt=2), migrate(cluster="other"), migrate(overrides={"cpu": "512"})]
    assert len({first, *map(started_by, others)}) == 4
    assert len(first) <= 128


def test_two_entries_that_run_the_same_run_it_twice() -> None:
    (one,), (two,) = (steps(plan_one(each, None)[0]) for each in (migrate(), replace(migrate(), name="again")))
    assert one.params["client_token"] != two.params["client_token"]
    assert one.params["started_by"] != two.params["started_by"]


def test_a_run_of_a_revision_to_come_has_no_name_yet() -> None:
    change, _ = plan_one(migrate(task_definition=Unknown("${task.task_definition_arn}")), None)
    (call,) = steps(change)
    assert isinstance(call.params["started_by"], Unknown)
    assert isinstance(call.params["client_token"], Unknown)


def test_only_what_is_under_way_is_owned() -> None:
    tags = [{"key": "reconciler:stack", "value": "demo"}, {"key": "reconciler:resource", "value": f"{NAME}/old"}]
    of_a_service = [tags[0], {"key": "reconciler:resource", "value": "ecs.service/api"}]
    arn = "arn:aws:ecs:eu-central-1:123456789012:task/demo-main"

    def answer(call: Call) -> Response:
        answers: dict[str, Response] = {
            "ListClusters": {"cluster_arns": ["arn:aws:ecs:eu-central-1:123456789012:cluster/demo-main"]},
            "ListTasks": {"task_arns": [f"{arn}/1", f"{arn}/2"]},
            "DescribeTasks": {
                "tasks": [
                    {"task_arn": f"{arn}/1", "cluster_arn": "c", "tags": tags, "last_status": "RUNNING"},
                    {"task_arn": f"{arn}/2", "cluster_arn": "c", "tags": of_a_service, "last_status": "RUNNING"},
                ]
            },
        }
        assert "desired_status" not in call.params, "stopped tasks are no leftovers"
        return answers[call.operation]

    found = drive(kind(NAME).owned(Scope("demo", "123456789012", "eu-central-1")), answer)
    assert [(item.address, item.identifier) for item in found] == [(f"{NAME}/old", f"{arn}/1")]
