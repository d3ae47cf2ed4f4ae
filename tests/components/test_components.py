"""Every component: its example and every property of it make AWS objects that are complete, linked and creatable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import reconciler.components
from reconciler.components.base import Context
from reconciler.components.registry import component
from reconciler.expand import Expanded
from reconciler.kinds.registry import kind
from reconciler.model import RESOURCE_TAG, STACK_TAG, Action, Reference, Resource
from reconciler.observe import resolved
from reconciler.plan import plan_one, steps
from reconciler.spec import shipped
from reconciler.spec.properties import complete
from reconciler.spec.references import references_in, resolve
from tests.engine.specs import ACCOUNT, REGION, dangling, entries, expanded
from tests.kinds.fragments import fits, stand_in, value_of
from tests.kinds.members import ALWAYS_THERE, NOT_AWS
from tests.kinds.wire import assert_valid_call

COMPONENTS = shipped().components

NEIGHBOURS: Mapping[str, Mapping[str, Any]] = {
    "network": {"kind": "network"},
    "database": {"kind": "postgres", "network": "${network}", "replicas": 1},
    "uploads": {"kind": "bucket"},
    "zone": {"kind": "domain", "domain_name": "example.com"},
    "capacity": {"kind": "ec2_capacity", "network": "${network}"},
    "api": {"kind": "web_service", "network": "${network}", "image": "api:1"},
    "mail": {"kind": "email", "domain": "example.com"},
    "assets": {"kind": "bucket_with_cdn"},
    "alarms": {"kind": "alarms"},
}
"""What the examples of the components refer to."""
PARTS: Mapping[str, str] = {"database-replica-1": "rds.db_read_replica"}
"""Parts of them that examples refer to, and their kinds."""


def variants(name: str) -> Iterator[dict[str, Any]]:
    """The examples of a component, and its first with each property set to each of its examples."""
    fragment = shipped().fragment(name)
    yield from fragment["examples"]
    for property_name, schema in fragment["properties"].items():
        for example in schema["examples"]:
            whole = {**fragment["examples"][0], property_name: example}
            if fits(value_of(whole), name):
                yield whole


def with_neighbours(folder: Path, name: str, properties: Mapping[str, Any], entry: str = "main") -> Expanded:
    return expanded(folder, entries({**NEIGHBOURS, entry: {"kind": name, **properties}}))


def parts(found: Expanded, entry: str = "main") -> dict[str, Resource]:
    return {a: r for a, r in found.resources.items() if r.name == entry or r.name.startswith(f"{entry}-")}


def test_every_file_is_a_component_and_every_component_a_file() -> None:
    folder = Path(reconciler.components.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")} - {"base", "registry"}
    assert files == set(COMPONENTS)
    assert {component(name).name for name in COMPONENTS} == set(COMPONENTS)
    assert all(component(name).title == shipped().fragment(name)["title"] for name in COMPONENTS)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_example_becomes_objects_that_are_complete_and_linked(tmp_path: Path, name: str) -> None:
    for properties in variants(name):
        found = with_neighbours(tmp_path, name, properties)
        assert parts(found)
        assert list(dangling(found.resources)) == []
        assert all(fits(resource.properties, resource.kind) for resource in parts(found).values())


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_part_of_every_example_can_be_created(tmp_path: Path, name: str) -> None:
    for properties in variants(name):
        for resource in parts(with_neighbours(tmp_path, name, properties)).values():
            change, findings = plan_one(resolved(resource, stand_in), None)
            assert (change.action, findings) == (Action.CREATE, [])
            calls = list(steps(change))
            assert calls or resource.kind in ALWAYS_THERE
            for call in calls if resource.kind not in NOT_AWS else ():
                assert_valid_call(call)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_part_carries_our_tags_and_its_address(tmp_path: Path, name: str) -> None:
    for address, resource in with_neighbours(tmp_path, name, shipped().fragment(name)["examples"][0]).resources.items():
        assert resource.tags[STACK_TAG] == "shop"
        assert resource.tags[RESOURCE_TAG] == address == resource.address


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_outputs_are_those_it_declares(name: str) -> None:
    declared, schema = component(name), shipped().fragment(name)
    produced: set[str] = set()
    for properties in variants(name):
        values = resolve(complete(value_of(properties), schema), output_of)
        expansion = declared.expand("main", values, Context("shop", ACCOUNT, REGION))
        assert set(expansion.outputs) <= set(declared.outputs)
        produced |= set(expansion.outputs)
        addresses = {f"{part.kind}/main-{part.name}" if part.name else f"{part.kind}/main" for part in expansion.parts}
        assert len(addresses) == len(expansion.parts), "two parts of one address"
        assert {reference.target for reference in references_in(expansion.outputs)} <= addresses
    assert produced == set(declared.outputs)


def output_of(reference: Reference) -> Any:
    """What a reference of an example stands for: plain values by the names of its outputs."""
    neighbour = NEIGHBOURS.get(reference.target)
    names = component(neighbour["kind"]).outputs if neighbour else kind(PARTS[reference.target]).outputs
    outputs = {name: [f"{name}-a", f"{name}-b"] if name.endswith("_ids") else name for name in names}
    return outputs[reference.output] if reference.output else outputs


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_output_can_be_referred_to(tmp_path: Path, name: str) -> None:
    example = shipped().fragment(name)["examples"][0]
    optional = {"proxy_endpoint"} | ({"replica_endpoint_address"} if example.get("replicas", 0) == 0 else set())
    used = {output: f"${{main.{output}}}" for output in component(name).outputs if output not in optional}
    reader = {"kind": "sns.topic", "delivery_policy": used}
    found = expanded(tmp_path, entries({**NEIGHBOURS, "main": {"kind": name, **example}, "reader": reader}))
    assert list(dangling(found.resources)) == []
    assert found.dependencies["sns.topic/reader"]


LONG = "l" + "-o" * 20


@pytest.mark.parametrize("name", COMPONENTS)
def test_long_names_make_names_that_aws_takes(tmp_path: Path, name: str) -> None:
    """A stack of 31 characters with an entry of 41."""
    values = {**NEIGHBOURS, LONG: {"kind": name, **shipped().fragment(name)["examples"][0]}}
    text = json.dumps({"stack": "s" + "-s" * 15, "region": REGION, "resources": values})
    for resource in parts(expanded(tmp_path, text), LONG).values():
        rule = kind(resource.kind).physical_name
        assert fits(resource.properties, resource.kind)
        assert rule is None or len(resource.properties[rule.property]) <= rule.limit


# --- overrides --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_part_can_be_overridden_by_its_name(tmp_path: Path, name: str) -> None:
    example = shipped().fragment(name)["examples"][0]
    plain = parts(with_neighbours(tmp_path, name, example))
    names = {resource.name.removeprefix("main").removeprefix("-") or "main" for resource in plain.values()}
    same = parts(with_neighbours(tmp_path, name, {**example, "overrides": {part: {} for part in names}}))
    assert {address: resource.properties for address, resource in same.items()} == {
        address: resource.properties for address, resource in plain.items()
    }
