"""Answers that are a success to HTTP and a failure to whoever asked: AWS did a part of it, or warns of it.

Kinds never see what a write answered, so this is where it is looked at. It decides nothing about what to do then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.model import Call


class Failure(NamedTuple):
    """One thing that went wrong: AWS's code and words."""

    code: str
    message: str


class Report(NamedTuple):
    """`member` of the answer lists what went wrong; the other members name the object, the code and the words."""

    member: str
    subject: str
    code: str
    message: str


REPORTS: Mapping[str, Report] = {
    "cloudwatch:PutDashboard": Report("dashboard_validation_messages", "data_path", "", "message"),
    "events:PutTargets": Report("failed_entries", "target_id", "error_code", "error_message"),
    "events:RemoveTargets": Report("failed_entries", "target_id", "error_code", "error_message"),
}
PARTIAL = "PartialFailure"
"""The code where AWS gives none."""


def failure_in(call: Call, response: Mapping[str, Any]) -> Failure | None:
    """What an answer says went wrong, all of it in one message and the first code; None where nothing did."""
    report = REPORTS.get(str(call))
    listed = response.get(report.member) if report else None
    if report is None or not listed:
        return None
    words = [f"{each.get(report.subject) or 'it'}: {each.get(report.message, '')}" for each in listed]
    return Failure(str(listed[0].get(report.code) or PARTIAL), "; ".join(words))
