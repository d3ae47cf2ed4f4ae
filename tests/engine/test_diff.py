"""The comparison: what counts as a difference, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.diff import canonical_document, declared, diff
from reconciler.model import Band, Generated, Path, Place, Resource, Rules, Unknown, render_path

PLAIN = Rules()


def paths(rules: Rules, desired: dict[str, Any], observed: dict[str, Any]) -> list[str]:
    return [render_path(change.path) for change in diff(rules, desired, observed)]


@pytest.mark.parametrize(
    ("desired", "observed"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": "x"}, {"a": "x", "b": "not declared"}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}),
        ({"a": []}, {}),
        ({"a": {}}, {"a": None}),
        ({"a": ""}, {}),
        ({"a": False}, {}),
        ({"a": 0}, {"a": 0}),
        ({"a": 0}, {"a": 0.0}),
        ({}, {"a": 1}),
        ({"a": None}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [1, 2]}),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1, "y": 2}]}),
    ],
)
def test_what_the_spec_does_not_state_is_no_difference(desired: dict[str, Any], observed: dict[str, Any]) -> None:
    assert paths(PLAIN, desired, observed) == []


@pytest.mark.parametrize(
    ("desired", "observed", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": 0}, {}, ["a"]),
        ({"a": 0}, {"a": False}, ["a"]),
        ({"a": True}, {}, ["a"]),
        ({"a": True}, {"a": 1}, ["a"]),
        ({"a": "1"}, {"a": 1}, ["a"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2, "c": 3}}, ["a.b", "a.c"]),
        ({"a": {"b": 1}}, {}, ["a"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a[0]", "a[1]"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": []}, {"a": [1]}, ["a"]),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, ["a[0].x"]),
        ({"a": "x"}, {"a": None}, ["a"]),
    ],
)
def test_a_declared_value_that_differs_is_found_with_its_path(
    desired: dict[str, Any], observed: dict[str, Any], expected: list[str]
) -> None:
    assert paths(PLAIN, desired, observed) == expected


def test_an_unordered_list_equals_any_order_of_it_and_nothing_else() -> None:
    rules = Rules(unordered=("subnets",))
    assert paths(rules, {"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}) == []
    assert paths(rules, {"subnets": ["a", "a"]}, {"subnets": ["a", "b"]}) == ["subnets"]
    assert paths(rules, {"subnets": [{"x": 1}]}, {"subnets": [{"x": 1, "default": 2}]}) == []


def test_a_keyed_list_is_compared_by_name() -> None:
    rules = Rules(keyed={"environment": "name"})
    desired = {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    observed = {"environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]}
    assert paths(rules, desired, observed) == ["environment[A]", "environment[B].value", "environment[C]"]


def test_a_key_may_be_made_of_several_members() -> None:
    rules = Rules(keyed={"entries": "rule_number+egress"})
    desired = {"entries": [{"rule_number": 100, "egress": True, "action": "allow"}]}
    observed = {
        "entries": [
            {"rule_number": 100, "egress": False, "action": "allow"},
            {"rule_number": 100, "egress": True, "action": "deny"},
        ]
    }
    assert paths(rules, desired, observed) == ["entries[100/True].action", "entries[100/False]"]


def test_keyed_lists_nest() -> None:
    rules = Rules(keyed={"containers": "name", "containers[].environment": "name"})
    desired = {"containers": [{"name": "api", "environment": [{"name": "A", "value": "1"}]}]}
    observed = {"containers": [{"name": "api", "environment": [{"name": "A", "value": "2"}]}]}
    assert paths(rules, desired, observed) == ["containers[api].environment[A].value"]


def test_documents_in_a_map_are_compared_by_meaning() -> None:
    rules = Rules(documents=("policies.*",), exclusive=("policies",))
    desired = {"policies": {"read.all": {"Statement": {"Action": "a:B"}}, "write": {"Statement": {"Action": "a:C"}}}}
    observed = {
        "policies": {"read.all": {"Statement": [{"Action": ["a:B"]}]}, "write": {"Statement": [{"Action": "a:D"}]}}
    }
    assert paths(rules, desired, observed) == ["policies.write"]


def test_only_an_exclusive_map_reports_keys_the_spec_does_not_mention() -> None:
    observed = {"policies": {"mine": 1, "theirs": 2}}
    assert paths(PLAIN, {"policies": {"mine": 1}}, observed) == []
    assert paths(Rules(exclusive=("policies",)), {"policies": {"mine": 1}}, observed) == ["policies.theirs"]


def test_a_version_prefix_accepts_the_minor_versions_of_aws() -> None:
    rules = Rules(version_prefix=("engine_version",))
    assert paths(rules, {"engine_version": "16"}, {"engine_version": "16.4"}) == []
    assert paths(rules, {"engine_version": "16"}, {"engine_version": "17.1"}) == ["engine_version"]
    assert paths(rules, {"engine_version": "1"}, {"engine_version": "16.4"}) == ["engine_version"]


def test_case_matters_unless_the_kind_says_otherwise() -> None:
    assert paths(PLAIN, {"name": "Main"}, {"name": "main"}) == ["name"]
    assert paths(Rules(case_insensitive=("name",)), {"name": "Main"}, {"name": "main"}) == []


def test_write_only_and_generated_values_are_never_compared() -> None:
    rules = Rules(write_only=("apply_immediately",))
    assert paths(rules, {"apply_immediately": True}, {"apply_immediately": False}) == []
    assert paths(PLAIN, {"secret": Generated(20)}, {"secret": "old"}) == []


@pytest.mark.parametrize(
    ("observed", "differs"), [(2, False), (10, False), (5, False), (1, True), (11, True), (None, True)]
)
def test_a_field_with_another_owner_differs_only_outside_its_band(observed: int | None, differs: bool) -> None:
    found = diff(PLAIN, {"desired_count": Band("autoscaling", 2, 10)}, {"desired_count": observed})
    assert bool(found) is differs
    if differs:
        assert found[0].desired == (10 if observed == 11 else 2)


def test_an_unknown_value_is_a_difference_because_nobody_can_say() -> None:
    (change,) = diff(PLAIN, {"vpc_id": Unknown("${net.vpc_id}")}, {"vpc_id": "vpc-1"})
    assert str(change.desired) == "(known after apply)"
    assert change.observed == "vpc-1"


def test_what_the_read_did_not_tell_is_no_difference() -> None:
    assert diff(PLAIN, {"id": "x"}, {"id": Unknown("not told")}) == ()


def test_rules_about_a_path_hold_below_it() -> None:
    rules = Rules(create_only=("network",), sensitive=("settings.token",))
    changes = diff(
        rules,
        {"network": {"zone": "b"}, "settings": {"token": "n", "size": 2}},
        {"network": {"zone": "a"}, "settings": {"token": "o", "size": 1}},
    )
    flags = {render_path(c.path): (c.forces_replacement, c.sensitive) for c in changes}
    assert flags == {"network.zone": (True, False), "settings.token": (False, True), "settings.size": (False, False)}


def test_a_difference_knows_its_line_in_the_spec() -> None:
    places: dict[Path, Place] = {("a",): Place("s.yaml", 3, 5), ("a", "b"): Place("s.yaml", 4, 7)}
    resource = Resource("x.y", "n", "s", {"a": {"b": 1, "c": 1}}, Place("s.yaml", 2, 1), places)
    first, second = diff(PLAIN, resource.properties, {"a": {"b": 2, "c": 2}}, resource)
    assert str(first.place) == "s.yaml:4:7"
    assert str(second.place) == "s.yaml:3:5"


def test_a_create_shows_every_declared_property_once() -> None:
    resource = Resource("x.y", "n", "s", {"a": 1, "b": None, "c": {"d": "secret"}}, Place("s.yaml", 2, 1))
    shown = declared(Rules(sensitive=("c.d",)), resource)
    assert [(change.path, change.sensitive) for change in shown] == [(("a",), False), (("c",), True)]


SAME_DOCUMENTS = [
    ({"Statement": []}, {"Version": "2008-10-17", "Statement": []}),
    (
        {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}},
        {"Statement": [{"Effect": "Allow", "Action": ["S3:getobject"], "Resource": ["*"]}]},
    ),
    (
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["a:B", "a:C"], "Resource": ["x", "y"]}]},
        {
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["a:C", "a:B"], "Resource": ["y", "x"]}
            ]
        },
    ),
    (
        {"Statement": [{"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]},
        {"Statement": [{"Principal": {"AWS": ["123456789012"]}}]},
    ),
    (
        {"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": False}}}]},
        {"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}]},
    ),
    ({"Statement": [{"Sid": "a"}, {"Sid": "b"}]}, {"Statement": [{"Sid": "b"}, {"Sid": "a"}]}),
    ({"Statement": [{"Sid": "a"}]}, '{"Statement": [{"Sid": "a"}]}'),
]


@pytest.mark.parametrize(("left", "right"), SAME_DOCUMENTS)
def test_documents_that_aws_reads_the_same_are_the_same(left: Any, right: Any) -> None:
    assert canonical_document(left) == canonical_document(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"Statement": [{"Effect": "Allow"}]}, {"Statement": [{"Effect": "Deny"}]}),
        ({"Version": "2012-10-17", "Statement": []}, {"Statement": []}),
        ({"Statement": [{"Sid": "a"}]}, {"Statement": [{"Sid": "b"}]}),
        ({"Statement": [{"Resource": "a"}]}, {"Statement": [{"Resource": "A"}]}),
        ({"Statement": [{"Principal": {"AWS": "x"}}]}, {"Statement": [{"Principal": {"Service": "x"}}]}),
        ({"Statement": [{"Sid": "a"}]}, None),
    ],
)
def test_documents_that_aws_reads_differently_differ(left: Any, right: Any) -> None:
    assert canonical_document(left) != canonical_document(right)
