"""What case files cannot say about RDS, ECS and autoscaling: refusals, leftovers, values with another owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from reconciler.errors import Refused, Unimplemented
from reconciler.kinds import _rds
from reconciler.kinds.registry import kind
from reconciler.model import RESOURCE_TAG, STACK_TAG, Band, Observed, Place, Resource, Scope
from reconciler.plan import plan_one, steps
from tests.kinds.test_cases import Answers

SCOPE = Scope("shop", "123456789012", "eu-central-1")
CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
INSTANCE = {
    "db_instance_identifier": "shop-db",
    "db_instance_arn": "arn:aws:rds:eu-central-1:123456789012:db:shop-db",
    "db_instance_status": "available",
    "db_instance_class": "db.t4g.micro",
    "engine": "postgres",
    "engine_version": "16.4",
    "allocated_storage": 50,
}
CONTAINER = {"name": "api", "image": "api:7", "cpu": 0, "essential": True, "port_mappings": []}


def ownership(address: str, stack: str = "shop") -> list[dict[str, str]]:
    return [{"key": STACK_TAG, "value": stack}, {"key": RESOURCE_TAG, "value": address}]


def resource(address: str, properties: Mapping[str, Any]) -> Resource:
    kind_name, name = address.split("/", 1)
    tags = {STACK_TAG: "shop", RESOURCE_TAG: address}
    return Resource(kind_name, name, "shop", properties, Place("shop.yaml", 1, 1), tags=tags)


def answers(*responses: tuple[str, Any]) -> Answers:
    return Answers([{"call": call, "response": response} for call, response in responses])


def leftovers(kind_name: str, *responses: tuple[str, Any]) -> Sequence[Observed]:
    found: Sequence[Observed] = answers(*responses).drive(kind(kind_name).owned(SCOPE))
    return found


def planned_calls(wanted: Resource, *responses: tuple[str, Any]) -> Sequence[Any]:
    observed = answers(*responses).drive(kind(wanted.kind).observe([wanted])).get(wanted.address)
    return steps(plan_one(wanted, observed)[0])


# --- what a database can never do -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"allocated_storage": 20}, "cannot shrink from 50 to 20"),
        ({"allocated_storage": 20, "max_allocated_storage": 40}, "cannot shrink from 50 to 20"),
        ({"engine_version": "16.3"}, "cannot go back from 16.4 to 16.3"),
        ({"engine_version": "15"}, "cannot go back from 16.4 to 15"),
        ({"engine_version": "17"}, "16.4 to 17 is a major upgrade"),
        ({"engine_version": "17.1", "allow_major_version_upgrade": False}, "16.4 to 17.1 is a major upgrade"),
    ],
)
def test_a_change_that_aws_can_never_make_is_refused(properties: Mapping[str, Any], said: str) -> None:
    database = resource("rds.db_instance/db", {"db_instance_identifier": "shop-db", **properties})
    live = {**INSTANCE, "tag_list": ownership(database.address)}
    with pytest.raises(Refused, match=said) as refusal:
        planned_calls(database, ("rds:DescribeDBInstances", {"db_instances": [live]}))
    assert refusal.value.help


def test_a_minor_version_is_upgraded_without_a_word() -> None:
    database = resource("rds.db_instance/db", {"db_instance_identifier": "shop-db", "engine_version": "16.6"})
    live = {**INSTANCE, "tag_list": ownership(database.address)}
    (call,) = planned_calls(database, ("rds:DescribeDBInstances", {"db_instances": [live]}))
    assert call.params["engine_version"] == "16.6"
    assert "allow_major_version_upgrade" not in call.params


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        ("16.3", "16.10", True),
        ("16.10", "16.3", False),
        ("16", "16.4", False),
        ("15", "16.4", True),
        ("8.0.35", "8.0.36", True),
        ("19.0.0.0.ru-2023-10", "19.0.0.0.ru-2024-01", False),
    ],
)
def test_versions_compare_by_their_numbers(one: str, other: str, older: bool) -> None:
    assert _rds.is_older(one, other) is older


def test_minor_versions_of_mysql_are_the_third_number() -> None:
    assert _rds.same_major("mysql", "8.0.35", "8.0.36")
    assert not _rds.same_major("mysql", "8.0.35", "8.4.1")
    assert _rds.same_major("postgres", "16.1", "16.9")


# --- leftovers ------------------------------------------------------------------------------------------------------


def test_databases_and_replicas_find_their_own_leftovers_in_one_listing() -> None:
    database = {**INSTANCE, "tag_list": ownership("rds.db_instance/db")}
    replica = {
        **INSTANCE,
        "db_instance_identifier": "shop-replica",
        "read_replica_source_db_instance_identifier": "shop-db",
        "tag_list": ownership("rds.db_read_replica/replica"),
    }
    foreign = {**INSTANCE, "db_instance_identifier": "x", "tag_list": ownership("rds.db_instance/db", "shop-staging")}
    listing = ("rds:DescribeDBInstances", {"db_instances": [database, replica, foreign]})
    assert [found.identifier for found in leftovers("rds.db_instance", listing)] == ["shop-db"]
    assert [found.identifier for found in leftovers("rds.db_read_replica", listing)] == ["shop-replica"]


def test_groups_of_other_stacks_and_of_aws_are_no_leftovers() -> None:
    arn = "arn:aws:rds:eu-central-1:123456789012:pg:old"
    groups = [
        {"db_parameter_group_name": "default.postgres16", "db_parameter_group_arn": "arn:aws:rds:eu-central-1:1:pg:d"},
        {"db_parameter_group_name": "old", "db_parameter_group_arn": arn},
    ]
    found = leftovers(
        "rds.db_parameter_group",
        ("rds:DescribeDBParameterGroups", {"db_parameter_groups": groups}),
        ("rds:ListTagsForResource", {"tag_list": ownership("rds.db_parameter_group/old")}),
    )
    assert [(item.address, item.identifier) for item in found] == [("rds.db_parameter_group/old", "old")]


def test_a_service_is_found_in_any_cluster_until_it_is_inactive() -> None:
    def service(name: str, status: str) -> dict[str, Any]:
        return {
            "service_name": name,
            "service_arn": f"{CLUSTER.replace('cluster', 'service')}/{name}",
            "cluster_arn": CLUSTER,
            "status": status,
            "tags": ownership(f"ecs.service/{name}"),
        }

    found = leftovers(
        "ecs.service",
        ("ecs:ListClusters", {"cluster_arns": [CLUSTER]}),
        ("ecs:ListServices", {"service_arns": ["a", "b", "c"]}),
        (
            "ecs:DescribeServices",
            {"services": [service(*each) for each in (("a", "ACTIVE"), ("b", "INACTIVE"), ("c", "DRAINING"))]},
        ),
    )
    assert [item.address for item in found] == ["ecs.service/a", "ecs.service/c"]


def test_a_policy_of_shop_staging_is_no_leftover_of_shop() -> None:
    """Stack `shop` and environment `shop-staging` share a prefix; the service a policy belongs to tells them apart."""

    def policy(name: str, service: str) -> dict[str, Any]:
        return {
            "policy_name": name,
            "policy_arn": f"arn:{name}",
            "service_namespace": "ecs",
            "resource_id": f"service/shop/{service}",
            "scalable_dimension": "ecs:service:DesiredCount",
            "policy_type": "TargetTrackingScaling",
        }

    def service(name: str, stack: str) -> dict[str, Any]:
        return {"service_name": name, "cluster_arn": CLUSTER, "tags": ownership("ecs.service/api", stack)}

    policies = [policy("shop-api-cpu", "shop-api"), policy("shop-staging-api-cpu", "shop-staging-api")]
    services = [service("shop-api", "shop"), service("shop-staging-api", "shop-staging")]
    found = leftovers(
        "application_autoscaling.scaling_policy",
        ("application-autoscaling:DescribeScalingPolicies", {"scaling_policies": policies}),
        ("ecs:DescribeServices", {"services": services}),
    )
    assert [item.address for item in found] == ["application_autoscaling.scaling_policy/api-cpu"]


# --- an endpoint that cannot tag scalable targets ---------------------------------------------------------------------


@pytest.mark.parametrize(("service", "ours"), [("shop-api", True), ("legacy", False)])
def test_without_tags_a_scalable_target_is_ours_if_its_service_is_named_so(service: str, ours: bool) -> None:
    identity = {
        "service_namespace": "ecs",
        "resource_id": f"service/shop/{service}",
        "scalable_dimension": "ecs:service:DesiredCount",
    }
    wanted = resource(
        "application_autoscaling.scalable_target/scaling", {**identity, "min_capacity": 1, "max_capacity": 2}
    )
    live = {**identity, "min_capacity": 1, "max_capacity": 2, "scalable_target_arn": "arn:target"}
    reader = kind(wanted.kind).observe([wanted])
    next(reader)
    (call,) = reader.send([{"scalable_targets": [live]}])
    with pytest.raises(StopIteration) as end:
        reader.throw(Unimplemented(call, "501", "no such operation"))
    assert end.value.value[wanted.address].tags == (wanted.tags if ours else {})


# --- values with another owner ----------------------------------------------------------------------------------------


def test_a_count_that_belongs_to_autoscaling_starts_at_its_lower_bound() -> None:
    wanted = resource(
        "ecs.service/api",
        {
            "service_name": "shop-api",
            "cluster": "shop",
            "task_definition": "arn:task:1",
            "desired_count": Band("autoscaling", 2, 10),
        },
    )
    (call,) = planned_calls(wanted, ("ecs:DescribeServices", {"services": []}))
    assert call.params["desired_count"] == 2


def test_an_image_that_belongs_to_the_pipeline_stays_the_one_that_runs() -> None:
    containers = [{"name": "api", "image": Band("pipeline"), "command": ["node", "main.js"]}]
    wanted = resource("ecs.task_definition/api", {"family": "shop-api", "container_definitions": containers})
    definition = {
        "task_definition_arn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-api:7",
        "family": "shop-api",
        "revision": 7,
        "status": "ACTIVE",
        "container_definitions": [CONTAINER],
    }
    answer = {"task_definition": definition, "tags": ownership(wanted.address)}
    (call,) = planned_calls(wanted, ("ecs:DescribeTaskDefinition", answer))
    assert call.params["container_definitions"] == [{"name": "api", "image": "api:7", "command": ["node", "main.js"]}]


def test_the_first_revision_needs_an_image_from_somebody() -> None:
    containers = [{"name": "api", "image": Band("pipeline")}]
    wanted = resource("ecs.task_definition/api", {"family": "shop-api", "container_definitions": containers})
    with pytest.raises(Refused, match="pipeline decides a value of which there is none yet"):
        planned_calls(wanted, ("ecs:DescribeTaskDefinition", None))


# --- tokens -----------------------------------------------------------------------------------------------------------
