"""An answer that says "done" and tells of something that was not done is a failure, in AWS's own words."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.stub import Stubber

from reconciler.aws.partial import REPORTS, failure_in
from reconciler.aws.send import send
from reconciler.aws.wire import operation_names
from reconciler.errors import CallFailed, Conflict, Invalid
from reconciler.model import Call
from tests.kinds.wire import service_model

PUT_TARGETS = Call("events", "PutTargets", {"rule": "demo", "targets": [{"id": "a", "arn": "arn:aws:sns:x:1:t"}]})
PUT_DASHBOARD = Call("cloudwatch", "PutDashboard", {"dashboard_name": "demo", "dashboard_body": "{}"})


class Answering:
    """Clients whose only answer is the one given."""

    def __init__(self, call: Call, answer: dict[str, Any]) -> None:
        make: Any = boto3.client
        self.client = make(
            call.service, region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
        stubber = Stubber(self.client)
        stubber.add_response(operation_names(call)[1], answer)
        stubber.activate()

    def get(self, service: str, region: str | None = None) -> Any:
        return self.client


def sent(call: Call, answer: dict[str, Any]) -> Any:
    clients: Any = Answering(call, answer)
    return send(clients, call, on_page=lambda: None)


def test_targets_that_were_not_added_are_an_error() -> None:
    failed = {"TargetId": "a", "ErrorCode": "InternalException", "ErrorMessage": "not today"}
    with pytest.raises(CallFailed, match="a: not today") as caught:
        sent(PUT_TARGETS, {"FailedEntryCount": 1, "FailedEntries": [failed]})
    assert caught.value.code == "InternalException"


def test_a_target_that_is_being_changed_by_somebody_else_is_worth_another_try() -> None:
    failed = {"TargetId": "a", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "busy"}
    with pytest.raises(Conflict):
        sent(PUT_TARGETS, {"FailedEntryCount": 1, "FailedEntries": [failed]})


def test_what_cloudwatch_says_of_a_dashboard_is_an_error_that_names_the_place() -> None:
    messages = [{"DataPath": "/widgets/0", "Message": "Unknown type"}, {"Message": "No widgets"}]
    with pytest.raises(Invalid, match="/widgets/0: Unknown type; it: No widgets"):
        sent(PUT_DASHBOARD, {"DashboardValidationMessages": messages})


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (PUT_TARGETS, {"FailedEntryCount": 0, "FailedEntries": []}),
        (PUT_DASHBOARD, {"DashboardValidationMessages": []}),
        (PUT_DASHBOARD, {}),
    ],
)
def test_an_answer_that_tells_of_nothing_is_a_success(call: Call, answer: dict[str, Any]) -> None:
    sent(call, answer)


@pytest.mark.parametrize("call", sorted(REPORTS))
def test_every_report_is_about_members_aws_answers_with(call: str) -> None:
    service, operation = call.split(":")
    shape: Any = service_model(service).operation_model(operation).output_shape
    lists = {xform_name(name): member for name, member in shape.members.items()}
    report = REPORTS[call]
    members = {xform_name(name) for name in lists[report.member].member.members}
    assert {report.subject, report.message, *([report.code] if report.code else [])} <= members


def test_other_calls_are_not_looked_into() -> None:
    assert failure_in(Call("sns", "Publish"), {"failed_entries": [{"target_id": "a"}]}) is None
