"""A plan, drift or the result of an apply as a versioned JSON document; `schemas/plan.schema.json` is its contract.

`format_version`: a new minor version only adds members (readers ignore what they do not know), a new major version may
change any of them (readers refuse). Never holds a secret, never depends on the order of a dict it did not make.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.model import (
    Action,
    ApplyResult,
    Call,
    Change,
    ChangeResult,
    FieldChange,
    Finding,
    Observed,
    Outcome,
    Place,
    Plan,
    Value,
)
from reconciler.report.redact import SENSITIVE, UNKNOWN, Marker, redacted, redacted_result, shown
from reconciler.report.wording import change_place, counts, path_text, plan_summary, worst_first

FORMAT_VERSION = "1.0"

Json = dict[str, Any]


def plan_document(plan: Plan, *, command: str, meta: Mapping[str, object]) -> Json:
    """The document of `plan` or `drift`; `meta`: `tool_version`, `generated_at`, `commit` and what else is known."""
    return {**_envelope("plan", command, meta), **_plan_members(redacted(plan))}


def apply_document(result: ApplyResult, *, command: str, meta: Mapping[str, object]) -> Json:
    """The document of an apply: its plan, what became of each change, and what the last look still found."""
    clean = redacted_result(result)
    return {
        **_envelope("apply", command, meta),
        **_plan_members(clean.plan),
        "results": [_result(each) for each in clean.results],
        "outcomes": {str(outcome): sum(each.outcome is outcome for each in clean.results) for outcome in Outcome},
        "write_calls": _api_calls(clean.api_calls),
        "remaining": _plan_members(clean.remaining) if clean.remaining is not None else None,
    }


def dumps(document: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """The document as text: ASCII only, so that no terminal can be moved by it and no runner commanded."""
    text = json.dumps(document, indent=indent, separators=(",", ":") if indent is None else None, allow_nan=False)
    return text.replace("##[", "#\\u0023[")


def _envelope(document_type: str, command: str, meta: Mapping[str, object]) -> Json:
    return {"format_version": FORMAT_VERSION, "type": document_type, "command": command, "meta": shown(meta)}


def _plan_members(plan: Plan) -> Json:
    number = counts(plan)
    return {
        "stack": plan.stack,
        "account": plan.account,
        "region": plan.region,
        "verdict": str(number.verdict),
        "summary": {
            "add": number.add,
            "change": number.change,
            "destroy": number.destroy,
            "waiting": number.waiting,
            "unchanged": sum(change.action is Action.NOOP for change in plan.changes),
            "errors": number.errors,
            "warnings": number.warnings,
            "text": plan_summary(plan),
        },
        "changes": [_change(change) for change in plan.effects],
        "waiting": [_change(change) for change in plan.waits],
        "findings": [_finding(finding) for finding in worst_first(plan.findings)],
        "dependencies": {address: list(needs) for address, needs in sorted(plan.dependencies.items())},
        "api_calls": _api_calls(plan.api_calls),
    }


def _change(change: Change) -> Json:
    return {
        "address": change.address,
        "kind": change.kind,
        "action": str(change.action),
        "reason": change.reason,
        "place": _place(change_place(change)),
        "live": _live(change.observed) if change.observed else None,
        "fields": [_field(each) for each in change.fields],
        "calls": [_call(call) for call in change.calls],
    }


def _live(observed: Observed) -> Json:
    return {
        "identifier": observed.identifier,
        "status": str(observed.status.readiness),
        "status_reason": observed.status.reason,
    }


def _field(each: FieldChange) -> Json:
    return {
        "path": path_text(each.path),
        "path_parts": list(each.path),
        "desired": each.desired,
        "observed": each.observed,
        "unknown": any(marker == UNKNOWN for marker in _markers(each.desired)),
        "sensitive": each.sensitive or SENSITIVE in _markers([each.desired, each.observed]),
        "forces_replacement": each.forces_replacement,
        "place": _place(each.place),
    }


def _markers(value: Value) -> Iterator[Marker]:
    if isinstance(value, Marker):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _markers(member)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for member in value:
            yield from _markers(member)


def _call(call: Call) -> Json:
    document: Json = {"service": call.service, "operation": call.operation, "params": call.params}
    return {**document, "region": call.region} if call.region else document


def _finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "help": finding.help,
        "address": finding.address,
        "place": _place(finding.place),
    }


def _result(result: ChangeResult) -> Json:
    return {
        "address": result.change.address,
        "action": str(result.change.action),
        "outcome": str(result.outcome),
        "detail": result.detail,
        "help": result.help,
        "seconds": round(result.seconds, 3),
        "calls": result.calls,
    }


def _place(place: Place | None) -> Json | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _api_calls(calls: Mapping[str, int]) -> Json:
    return {"total": sum(calls.values()), "by_operation": dict(sorted(calls.items()))}
