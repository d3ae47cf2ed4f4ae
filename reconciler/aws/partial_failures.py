"""Answers that say 200 and mean no: the calls AWS carries out in part, and where it tells what it did not do.

A table and the one function that reads it. It knows no kind, and does not decide what to do about a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.aws.error_codes import classify
from reconciler.model import Call, Response


@dataclass(frozen=True, slots=True)
class Row:
    """`member` of an answer of `service` lists failures; in each, `code` and `text` are paths, `who` what it is about.

    `absent` are codes that say no more than that something asked for does not exist: it is not in the answer either.
    """

    service: str
    member: str
    code: str
    text: str
    who: str
    absent: tuple[str, ...] = ()


TABLE = (
    Row("cloudwatch", "dashboard_validation_messages", "", "message", "data_path"),
    Row("ec2", "unsuccessful", "error.code", "error.message", "resource_id"),
    Row("ecs", "failures", "reason", "detail", "arn", ("MISSING",)),
    Row("events", "failed_entries", "error_code", "error_message", "target_id"),
    Row("resourcegroupstaggingapi", "failed_resources_map", "error_code", "error_message", "key"),
    Row("secretsmanager", "errors", "error_code", "message", "secret_id", ("ResourceNotFoundException",)),
)


def refuse_partial(call: Call, response: Response) -> None:
    """Raises the typed error of the first failure an answer lists, with all of them in its message."""
    for row in TABLE:
        if row.service == call.service and response:
            failures = [each for each in _listed(response.get(row.member)) if _code(row, each) not in row.absent]
            if failures:
                _refuse(call, row, failures)


def _listed(failures: Any) -> Iterator[Mapping[str, Any]]:
    """The failures of a list, or of a map of them by what they are about."""
    if isinstance(failures, Mapping):
        yield from ({**failure, "key": key} for key, failure in failures.items())
    else:
        yield from failures or ()


def _code(row: Row, failure: Mapping[str, Any]) -> str:
    return _at(failure, row.code) if row.code else row.member


def _at(failure: Mapping[str, Any], path: str) -> str:
    value: Any = failure
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _refuse(call: Call, row: Row, failures: list[Mapping[str, Any]]) -> None:
    code = _code(row, failures[0])
    told = "; ".join(": ".join(filter(None, (_at(each, row.who), _at(each, row.text)))) for each in failures)
    raise classify(call.service, code, told, 400)(call, code, told)
