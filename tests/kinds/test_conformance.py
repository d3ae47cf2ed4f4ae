"""A kind's file, its schema fragment and its cases agree; what `docs/adding-a-kind.md` asks for is there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.graph import order
from reconciler.kinds.base import physical_name
from reconciler.kinds.registry import kind, kind_names, module_files
from reconciler.model import Listed, PhysicalName, Rules, Through
from reconciler.spec import shipped
from reconciler.spec.properties import violations
from tests.kinds.fragments import described, is_property, patterns, value_of
from tests.kinds.members import ALWAYS_THERE, CASES, NOT_AWS

KINDS = kind_names()
EVERYTHING = shipped().names

TAGGED_BY_ITS_CREATE = ("ecs.one_off_task",)
"""Kinds whose objects get tags when they are made, and never others."""
NOT_YET: tuple[str, ...] = ()
"""Kinds that others may already refer to, and that nobody has written."""


# --- the three agree --------------------------------------------------------------------------------------------------


def test_every_file_is_a_kind_and_every_kind_a_file() -> None:
    assert {path.stem for path in module_files()} == {name.replace(".", "_") for name in KINDS}


def test_every_folder_of_cases_belongs_to_a_kind() -> None:
    assert {path.name for path in CASES.iterdir()} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_is_named_like_its_files(name: str) -> None:
    assert kind(name).name == name
    assert shipped().fragment(name)["$id"].endswith(f"/kinds/{name}.json")
    assert kind(name).title == shipped().fragment(name)["title"]


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(NOT_AWS)))
def test_the_cases_show_a_life_from_its_creation_to_its_end(name: str) -> None:
    cases = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (CASES / name).glob("*.json")}
    assert len(cases) >= 4
    actions = [case["action"] for case in cases.values()]
    ends = set() if name in ALWAYS_THERE else {"create", "delete"}
    assert ends | {"noop"} <= set(actions)
    assert cases["unchanged"]["action"] == "noop"
    assert {"update", "replace"} & set(actions), "no case changes anything"
    assert all(case["about"].endswith(".") for case in cases.values())


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_says_how_a_plan_knows_of_leftovers_or_why_it_cannot(name: str) -> None:
    """AWS: the tagging API lists what can be tagged (but roles and Auto Scaling groups), and nothing else."""
    hint = kind(name).leftovers
    if isinstance(hint, Listed):
        assert re.fullmatch(r"[a-z0-9]+:[a-z0-9*/:-]+\*|[a-z0-9]+:\*", hint.arn)
        assert kind(name).retag is not None or name in TAGGED_BY_ITS_CREATE
    elif isinstance(hint, Through):
        assert hint.parents
        assert all(isinstance(kind(parent).leftovers, Listed) for parent in hint.parents)
        assert kind(name).retag is None
    else:
        assert hint.because.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))


# --- the schema -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=EVERYTHING)
def fragment(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return shipped().fragment(request.param)


def test_the_fragment_is_a_schema_that_says_what_it_is(fragment: Mapping[str, Any]) -> None:
    Draft202012Validator.check_schema(dict(fragment))
    assert {"$schema", "$id", "title", "description", "examples"} <= set(fragment)
    assert fragment["type"] == "object"
    assert set(fragment.get("required", ())) <= set(fragment["properties"])


def test_every_property_has_a_description_and_examples(fragment: Mapping[str, Any]) -> None:
    silent = [
        pattern
        for pattern, one in described(fragment, fragment)
        if is_property(pattern) and not (one.get("description") and one.get("examples"))
    ]
    assert silent == []


def test_no_object_takes_keys_it_does_not_describe(fragment: Mapping[str, Any]) -> None:
    everything = [("", fragment), *described(fragment, fragment)]
    assert [p for p, one in everything if "properties" in one and one.get("additionalProperties") is not False] == []


def test_every_example_and_default_is_valid(fragment: Mapping[str, Any]) -> None:
    wrong = [
        (pattern, value, error.message)
        for pattern, one in [("", fragment), *described(fragment, fragment)]
        for value in (*one.get("examples", ()), *([one["default"]] if "default" in one else ()))
        for error in violations(value_of(value), {"$defs": fragment.get("$defs", {}), **one})
    ]
    assert wrong == []


def test_what_is_required_has_no_default(fragment: Mapping[str, Any]) -> None:
    everything = [("", fragment), *described(fragment, fragment)]
    both = [
        f"{pattern}.{name}"
        for pattern, one in everything
        for name in one.get("required", ())
        if "default" in one.get("properties", {}).get(name, ())
    ]
    assert both == []


# --- the declaration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_rules_speak_of_properties_that_exist(name: str) -> None:
    rules, known = kind(name).rules, patterns(name)
    paths = {path for each in fields(Rules) for path in getattr(rules, each.name)}
    assert sorted(path for path in paths if path not in known) == []
    unkeyed = [
        (path, member)
        for path, key in rules.keyed.items()
        for member in key.split("+")
        if f"{path}[].{member}" not in known
    ]
    assert unkeyed == []


@pytest.mark.parametrize("name", KINDS)
def test_rules_of_lists_speak_of_lists_and_rules_of_maps_of_maps(name: str) -> None:
    rules = kind(name).rules
    schema = shipped().fragment(name)
    types = {pattern: one.get("type") for pattern, one in described(schema, schema)}
    assert {path: types[path] for path in (*rules.unordered, *rules.keyed) if types[path] != "array"} == {}
    assert {path: types[path] for path in (*rules.documents, *rules.exclusive) if types[path] != "object"} == {}
    assert {
        path: types[path] for path in (*rules.case_insensitive, *rules.version_prefix) if types[path] != "string"
    } == {}
    assert set(rules.unordered) & set(rules.keyed) == set()


@pytest.mark.parametrize("name", KINDS)
def test_identity_is_made_of_properties(name: str) -> None:
    declared, properties = kind(name), set(shipped().fragment(name)["properties"])
    assert set(declared.identity) <= properties
    assert set(declared.wanted_first) <= properties


@pytest.mark.parametrize("name", KINDS)
def test_what_cannot_change_says_so(name: str) -> None:
    schema = shipped().fragment(name)
    texts = {pattern: one.get("description", "") for pattern, one in described(schema, schema)}
    words = ("needs a new", "needs another", "replaces", "cannot be changed", "makes a new", "makes another")
    silent = [path for path in kind(name).rules.create_only if not any(word in texts[path].lower() for word in words)]
    assert silent == []


@pytest.mark.parametrize("name", KINDS)
def test_outputs_are_what_others_may_refer_to(name: str) -> None:
    outputs = kind(name).outputs
    assert outputs
    assert len(set(outputs)) == len(outputs)


@pytest.mark.parametrize("name", KINDS)
def test_uses_are_kinds(name: str) -> None:
    assert set(kind(name).uses) <= {*KINDS, *NOT_YET}


def test_kinds_use_each_other_in_no_circle() -> None:
    uses = {name: tuple(used for used in kind(name).uses if used in KINDS) for name in KINDS}
    ordered = order(uses)
    assert all(ordered.index(used) < ordered.index(name) for name, needed in uses.items() for used in needed)


def test_what_is_written_by_now_is_not_to_come() -> None:
    assert set(NOT_YET) & set(KINDS) == set()
    assert set(NOT_YET) <= {used for name in KINDS for used in kind(name).uses}


# --- names ------------------------------------------------------------------------------------------------------------

NAMED = [name for name in KINDS if kind(name).physical_name is not None]
LONGEST_STACK = "s" + "-s" * 15
LONGEST_ENVIRONMENT = "e" * 16
ACCOUNT = "123456789012"
LONGEST_NAME = "n" + "-n" * 20


def rule_of(name: str) -> PhysicalName:
    rule = kind(name).physical_name
    assert rule is not None
    return rule


@pytest.mark.parametrize("name", NAMED)
def test_the_name_of_an_object_is_an_optional_property(name: str) -> None:
    rule, schema = rule_of(name), shipped().fragment(name)
    assert rule.property not in schema.get("required", ())
    assert "default" not in schema["properties"][rule.property]
    assert set(rule.suffix_from) <= set(schema["properties"])
    assert set(rule.suffix_from) <= set(kind(name).rules.create_only)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("stack", [LONGEST_STACK, f"{LONGEST_STACK}-{LONGEST_ENVIRONMENT}", "ab"])
@pytest.mark.parametrize("resource", [LONGEST_NAME, f"{LONGEST_NAME}-execution-role", "a"])
def test_the_longest_names_still_make_a_name_that_aws_takes(name: str, stack: str, resource: str) -> None:
    rule = rule_of(name)
    made = physical_name(rule, {"stack": stack, "name": resource, "account": ACCOUNT}, {})
    assert len(made) <= rule.limit
    schema = shipped().fragment(name)
    assert [error.message for error in violations(made, schema["properties"][rule.property])] == []
    assert made != physical_name(rule, {"stack": stack, "name": f"{resource}2", "account": ACCOUNT}, {})
    assert made != physical_name(rule, {"stack": f"{stack}2", "name": resource, "account": ACCOUNT}, {})
