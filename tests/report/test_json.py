"""The JSON documents and their published schema."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.model import Action, ApplyResult, Change, FieldChange, Place, Plan, Unknown
from reconciler.report.json import apply_document, dumps, plan_document
from tests.report import samples
from tests.report.golden import assert_golden
from tests.report.samples import CLEAN, META, ONLY_WAITING, PLAN, field, one_change

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every object closed: a member it does not describe is an error."""
    closed = copy.deepcopy(schema)
    closed["unevaluatedProperties"] = False
    closed["properties"]["meta"]["additionalProperties"] = False
    for name, definition in closed["$defs"].items():
        if "properties" in definition and name not in ("plan", "apply"):
            definition["additionalProperties"] = False
        for option in definition.get("oneOf", ()):
            if "properties" in option:
                option["additionalProperties"] = False
    return closed


def documents() -> list[dict[str, Any]]:
    plans = [PLAN, CLEAN, ONLY_WAITING, samples.large(3)]
    results = [samples.RESULT, samples.ALL_DONE, ApplyResult(PLAN, ())]
    return [
        *(plan_document(plan, command="plan", meta=META) for plan in plans),
        plan_document(PLAN, command="drift", meta={}),
        *(apply_document(result, command="apply", meta=META) for result in results),
    ]


def test_the_schema_is_a_valid_schema_and_describes_every_member() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def members(node: Any) -> Any:
        if isinstance(node, dict):
            yield from node.get("properties", {}).items()
            for child in node.values():
                yield from members(child)
        elif isinstance(node, list):
            for child in node:
                yield from members(child)

    described = SCHEMA["$defs"]
    for name, member in members(SCHEMA):
        reference = member.get("$ref", "").rpartition("/")[2]
        narrows = set(member) <= {"enum", "const"}
        assert narrows or "description" in member or "description" in described.get(reference, {}) or reference, name


@pytest.mark.parametrize("document", documents())
def test_every_document_is_valid_and_holds_nothing_undocumented(document: dict[str, Any]) -> None:
    written = json.loads(dumps(document))
    assert [error.message for error in Draft202012Validator(strict(SCHEMA)).iter_errors(written)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(format_version="2.0"),
        lambda document: document.pop("summary"),
        lambda document: document["changes"][0].update(action="wait"),
        lambda document: document["changes"][0].update(address="no-kind"),
        lambda document: document["changes"][0]["fields"][0].pop("sensitive"),
        lambda document: document["findings"][0].update(severity="fatal"),
        lambda document: document.update(type="apply"),
    ],
)
def test_a_spoilt_document_does_not_validate(spoil: Any) -> None:
    document = json.loads(dumps(plan_document(PLAN, command="plan", meta={})))
    spoil(document)
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_the_document_is_the_golden_one() -> None:
    assert_golden("plan.json", dumps(plan_document(one_change(samples.DATABASE), command="plan", meta=META)) + "\n")


def test_waiting_resources_are_not_among_the_changes() -> None:
    document = plan_document(PLAN, command="plan", meta={})
    assert [change["address"] for change in document["waiting"]] == ["cloudfront.distribution/cdn"]
    assert {change["action"] for change in document["changes"]}.isdisjoint({"wait", "noop"})
    assert document["summary"]["unchanged"] == 1
    assert plan_document(ONLY_WAITING, command="plan", meta={})["verdict"] == "waiting"


def test_unknown_and_sensitive_are_flags_also_for_a_part_of_a_value() -> None:
    nested = {"subnets": [Unknown()], "environment": {"DB_PASSWORD": "hunter2hunter2"}}
    change = samples.create("a.b/c", 1, {"whole": Unknown(), "part": nested, "none": "(known after apply)"})
    fields = plan_document(one_change(change), command="plan", meta={})["changes"][0]["fields"]
    assert [each["unknown"] for each in fields] == [True, True, False]
    assert [each["sensitive"] for each in fields] == [False, True, False]


def test_a_field_carries_its_path_twice_and_its_place() -> None:
    each = field(("containers", "app", "ports", 0), 80, 81)
    change = Change(Action.UPDATE, "a.b/c", None, None, (each,))
    written = plan_document(one_change(change), command="plan", meta={})["changes"][0]["fields"][0]
    assert (written["path"], written["path_parts"]) == ("containers.app.ports[0]", ["containers", "app", "ports", 0])
    assert written["place"] is None
    located = FieldChange(("a",), 1, 2, Place("x.yaml", 3, 7))
    change = Change(Action.UPDATE, "a.b/c", None, None, (located,))
    written = plan_document(one_change(change), command="plan", meta={})["changes"][0]["fields"][0]
    assert written["place"] == {"file": "x.yaml", "line": 3, "column": 7}


def test_the_text_does_not_depend_on_the_order_of_counted_calls() -> None:
    reordered = Plan("s", "1", "r", (), api_calls={"b:B": 1, "a:A": 2}, dependencies={"y/y": (), "x/x": ()})
    same = Plan("s", "1", "r", (), api_calls={"a:A": 2, "b:B": 1}, dependencies={"x/x": (), "y/y": ()})
    assert dumps(plan_document(reordered, command="plan", meta={})) == dumps(
        plan_document(same, command="plan", meta={})
    )


def test_numbers_json_does_not_have_are_written_as_words() -> None:
    change = samples.create("a.b/c", 1, {"ratio": float("inf")})
    text = dumps(plan_document(one_change(change), command="plan", meta={}))
    assert json.loads(text)["changes"][0]["fields"][0]["desired"] == "inf"
