"""Answers that say 200 and mean no become the errors they are, whatever service tells them in whatever way."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.aws.partial_failures import TABLE, refuse_partial
from reconciler.errors import AlreadyExists, CallFailed, Conflict, Denied, Invalid, NotFound
from reconciler.model import Call
from reconciler.simulator.aws import EmbeddedAws
from tests.kinds.wire import assert_valid_response

NO_SUCH = {"error": {"code": "InvalidVpcEndpoint.NotFound", "message": "gone"}, "resource_id": "vpce-1"}
IN_USE = {"error": {"code": "DependencyViolation", "message": "in use"}, "resource_id": "vpce-2"}
TAKEN = {"error": {"code": "FlowLogAlreadyExists", "message": "the same"}, "resource_id": "vpc-1"}

FAILURES: list[tuple[str, str, dict[str, Any], type[CallFailed], str]] = [
    ("ec2", "DeleteVpcEndpoints", {"unsuccessful": [NO_SUCH]}, NotFound, "vpce-1: gone"),
    ("ec2", "DeleteVpcEndpoints", {"unsuccessful": [IN_USE, NO_SUCH]}, Conflict, "vpce-2: in use; vpce-1: gone"),
    ("ec2", "CreateFlowLogs", {"flow_log_ids": [], "unsuccessful": [TAKEN]}, AlreadyExists, "vpc-1: the same"),
    (
        "ecs",
        "RunTask",
        {"tasks": [], "failures": [{"arn": "i-1", "reason": "RESOURCE:MEMORY", "detail": "too small"}]},
        Conflict,
        "i-1: too small",
    ),
    (
        "events",
        "PutTargets",
        {
            "failed_entry_count": 1,
            "failed_entries": [
                {"target_id": "t", "error_code": "ConcurrentModificationException", "error_message": "busy"}
            ],
        },
        Conflict,
        "t: busy",
    ),
    (
        "resourcegroupstaggingapi",
        "TagResources",
        {"failed_resources_map": {"arn:1": {"status_code": 403, "error_code": "AccessDenied", "error_message": "no"}}},
        Denied,
        "arn:1: no",
    ),
    (
        "cloudwatch",
        "PutDashboard",
        {"dashboard_validation_messages": [{"data_path": "/widgets/0", "message": "unknown type"}]},
        Invalid,
        "/widgets/0: unknown type",
    ),
    (
        "secretsmanager",
        "BatchGetSecretValue",
        {"errors": [{"secret_id": "s", "error_code": "AccessDeniedException", "message": "no"}]},
        Denied,
        "s: no",
    ),
]


@pytest.mark.parametrize(("service", "operation", "answer", "error", "text"), FAILURES)
def test_what_was_not_done_is_an_error_that_names_it(
    service: str, operation: str, answer: dict[str, Any], error: type[CallFailed], text: str
) -> None:
    call = Call(service, operation)
    assert_valid_response(call, answer)
    with pytest.raises(error) as caught:
        refuse_partial(call, answer)
    assert caught.value.aws_message == text


def test_every_row_of_the_table_is_tried() -> None:
    assert {service for service, *_ in FAILURES} == {row.service for row in TABLE}


@pytest.mark.parametrize(
    ("service", "operation", "answer"),
    [
        ("ec2", "DeleteVpcEndpoints", {"unsuccessful": []}),
        ("ecs", "DescribeServices", {"services": [], "failures": [{"arn": "web", "reason": "MISSING"}]}),
        ("events", "PutTargets", {"failed_entry_count": 0, "failed_entries": []}),
        ("resourcegroupstaggingapi", "TagResources", {"failed_resources_map": {}}),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            {"errors": [{"secret_id": "s", "error_code": "ResourceNotFoundException", "message": "none"}]},
        ),
        ("iam", "GetRole", None),
    ],
)
def test_an_answer_without_failures_or_with_absences_only_is_no_error(
    service: str, operation: str, answer: dict[str, Any] | None
) -> None:
    if answer is not None:
        assert_valid_response(Call(service, operation), answer)
    refuse_partial(Call(service, operation), answer)


def test_a_write_that_aws_answers_with_200_and_a_failure_is_a_failed_write(aws: EmbeddedAws, clients: Clients) -> None:
    ended: list[str] = []
    executor = Executor(clients, read_only=False, on_write=lambda _, outcome: ended.append(outcome))
    with pytest.raises(NotFound):
        executor.write(Call("ec2", "DeleteVpcEndpoints", {"vpc_endpoint_ids": ["vpce-0123456789abcdef0"]}))
    assert ended == ["NotFound"]
