"""One self-contained schema for editors: what it accepts and refuses is what the tool accepts and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.spec.bundle import bundle, text
from reconciler.spec.schemas import BUNDLE, shipped
from reconciler.spec.shape import mapped
from tests.spec.support import PROJECT, catalog


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return bundle(catalog())


def spec(**entry: Any) -> dict[str, Any]:
    return {"stack": "shop", "region": "eu-central-1", "resources": {"one": entry}}


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16"},
        {"kind": "demo.network", "cidr_block": "${base.cidr}", "dns": "${vars.dns}", "tenancy": "${a.b}"},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "tags": {"a": "b"}, "protect": True, "depends_on": ["x"]},
        {"kind": "demo.database", "engine": "postgres", "storage": "${vars.size}", "zones": "${net.zones}"},
        {"kind": "demo.database", "engine": "postgres", "zones": ["${net.zone}"], "backup": {"days": "${vars.days}"}},
        {"kind": "demo.database", "engine": "postgres", "action": {"type": "keep", "days": 1}, "target": 1},
        {"kind": "demo.database", "engine": "postgres", "action": "${a.b}", "target": "${a.b}", "ratio": "${a.b}"},
        {"kind": "demo.database", "engine": "postgres", "storage": {"owner": "autoscaling", "within": [20, 100]}},
        {"kind": "demo.database", "engine": "postgres", "owner_account": {"owner": "pipeline"}},
        {"kind": "service", "image": "api:1", "overrides": {"listener": {"port": 443}}, "desired_count": "${vars.n}"},
    ],
)
def test_the_bundle_accepts_what_is_right(schema: dict[str, Any], entry: dict[str, Any]) -> None:
    assert [error.message for error in Draft202012Validator(schema).iter_errors(spec(**entry))] == []


@pytest.mark.parametrize(
    "entry",
    [
        {"cidr_block": "10.0.0.0/16"},
        {"kind": "demo.nothing"},
        {"kind": "demo.network"},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "cidr": "x"},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "dns": "yes"},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "dns": "$${literal}"},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "overrides": {}},
        {"kind": "demo.network", "cidr_block": "10.0.0.0/16", "engine": "postgres"},
        {"kind": "demo.database", "engine": "postgres", "backup": {"day": 1}},
        {"kind": "demo.database", "engine": "postgres", "storage": {"owner": "x", "within": [1]}},
        {"kind": "demo.database", "engine": "postgres", "backup": {"owner": "x"}},
        {"kind": "demo.database", "engine": "postgres", "action": {"type": "move"}},
        {"kind": "demo.database", "engine": "postgres", "key": "k"},
        {"kind": "${vars.kind}"},
    ],
)
def test_the_bundle_refuses_what_is_wrong(schema: dict[str, Any], entry: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema).is_valid(spec(**entry))


def test_the_bundle_is_a_schema_and_stands_alone(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    references = {one["$ref"] for one in _schemas(schema) if "$ref" in one}
    assert references
    for reference in references:
        found: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert isinstance(found, dict)
    assert [one["$id"] for one in _schemas(schema) if "$id" in one] == [schema["$id"]]


def test_hovering_over_any_key_shows_its_documentation(schema: dict[str, Any]) -> None:
    silent = [
        name
        for one in _schemas(schema)
        for name, described in one.get("properties", {}).items()
        if "markdownDescription" not in described and "$ref" not in described and set(described) != {"const"}
    ]
    assert silent == []
    tenancy = schema["$defs"]["entry-demo.network"]["properties"]["tenancy"]
    assert tenancy["markdownDescription"] == "Shared or own hardware.\n\nDefault: `default`"


def test_a_property_called_description_is_no_description() -> None:
    schema = {"properties": {"description": {"type": "string"}}, "examples": [{"description": "x"}]}
    assert _schemas(schema) == [{"type": "string"}, schema]


def test_the_committed_bundle_is_up_to_date() -> None:
    """Run `python -m reconciler.spec.bundle` when it is not."""
    committed = (PROJECT / "schemas" / BUNDLE).read_text(encoding="utf-8")
    assert committed == text(shipped())


def _schemas(schema: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def note(one: dict[str, Any]) -> dict[str, Any]:
        found.append(one)
        return one

    mapped(schema, note)
    return found


def test_the_text_of_the_bundle_is_the_bundle() -> None:
    assert json.loads(text(catalog())) == bundle(catalog())
