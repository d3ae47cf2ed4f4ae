"""Every kind against its case files: what it reads, what it makes of the answers, and what it would write.

The calls and the canned responses of every case are validated against botocore's own models.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.registry import kind
from reconciler.model import Action, Call, Change, Observed, Place, Reads, Resource, Response, render_path
from reconciler.plan import plan_one, steps
from tests.kinds.wire import assert_valid_call, assert_valid_response

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.json"))


def case_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def resource_of(case: Mapping[str, Any], kind_name: str) -> Resource:
    declared = case["resource"]
    return Resource(
        kind_name,
        declared["name"],
        "demo",
        declared["properties"],
        Place("case.yaml", 1, 1),
        tags=declared.get("tags", {}),
        region=declared.get("region", "eu-central-1"),
        account="123456789012",
        adopt=declared.get("adopt", False),
        protect=declared.get("protect", False),
    )


class Answers:
    """The canned responses of a case, each validated, and each asked for at least once."""

    def __init__(self, live: Sequence[Mapping[str, Any]]) -> None:
        self._live = live
        self.used: set[int] = set()

    def drive(self, reader: Reads[Any]) -> Any:
        try:
            calls = next(reader)
            while True:
                calls = reader.send([self._answer(call) for call in calls])
        except StopIteration as stop:
            return stop.value

    def _answer(self, call: Call) -> Response:
        assert_valid_call(call)
        for index, entry in enumerate(self._live):
            wanted = entry.get("params")
            if entry["call"] == str(call) and (wanted is None or wanted == json.loads(json.dumps(call.params))):
                self.used.add(index)
                if entry["response"] is not None:
                    assert_valid_response(call, entry["response"])
                response: Response = entry["response"]
                return response
        raise AssertionError(f"the case has no answer for {call} {json.dumps(call.params)}")


def plain(value: Any) -> Any:
    """Params as JSON, generated secrets marked."""
    return json.loads(json.dumps(value, default=lambda each: {"$generated": True}))


def change_of(case: Mapping[str, Any], resource: Resource, observed: Observed | None) -> Change:
    if case["action"] == "delete":
        assert observed is not None
        return Change(Action.DELETE, resource.address, None, observed)
    change, _ = plan_one(resource, observed)
    return change


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_the_kind_reads_compares_and_writes_as_its_case_says(path: Path) -> None:
    case = json.loads(path.read_text())
    declaration = kind(path.parent.name)
    resource = resource_of(case, path.parent.name)
    answers = Answers(case.get("live", []))
    observed = answers.drive(declaration.observe([resource])).get(resource.address)

    expected = case["observed"]
    if expected is None:
        assert observed is None
    else:
        assert observed is not None, "the object is there, and observe did not find it"
        assert observed.identifier == expected["identifier"]
        assert plain(observed.properties) == expected["properties"]
        assert expected.get("outputs", {}).items() <= plain(observed.outputs).items()
        assert observed.status.readiness == expected.get("status", "ready")
        assert set(expected.get("outputs", {})) <= set(declaration.outputs)

    change = change_of(case, resource, observed)
    assert change.action == case["action"], [render_path(field.path) for field in change.fields]
    if "fields" in case:
        assert sorted(render_path(field.path) for field in change.fields) == sorted(case["fields"])
    calls = steps(change)
    for call in calls:
        assert_valid_call(call)
    assert [{"call": str(call), "params": plain(call.params)} for call in calls] == [
        {"call": entry["call"], "params": entry["params"]} for entry in case.get("calls", [])
    ]
    assert plain([call.params for call in steps(change)]) == plain([call.params for call in calls]), "steps are pure"


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_every_answer_of_a_case_is_asked_for(path: Path) -> None:
    case = json.loads(path.read_text())
    resource = resource_of(case, path.parent.name)
    answers = Answers(case.get("live", []))
    declaration = kind(path.parent.name)
    answers.drive(declaration.observe([resource]))
    unused = [entry["call"] for index, entry in enumerate(case.get("live", [])) if index not in answers.used]
    assert not unused


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_observed_state_never_differs_from_itself(path: Path) -> None:
    case = json.loads(path.read_text())
    if case["observed"] is None:
        return
    resource = resource_of(case, path.parent.name)
    observed = Answers(case["live"]).drive(kind(path.parent.name).observe([resource]))[resource.address]
    same = resource.with_properties(observed.properties)
    from reconciler.diff import diff

    assert diff(kind(resource.kind).rules, same.properties, observed.properties) == ()
