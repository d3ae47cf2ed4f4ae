"""Nothing in a schema is invented: properties, types and enum values are those of AWS's own models."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from botocore.model import Shape, StringShape, StructureShape

from reconciler.kinds.registry import kind, kind_names
from tests.kinds.members import ATTRIBUTES, ELEMENTS, NOT_AWS, OURS, Spot, list_of, spots

KINDS = [name for name in kind_names() if name not in NOT_AWS]

JSON_TYPES = {
    "string": "string",
    "timestamp": "string",
    "blob": "string",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "list": "array",
    "map": "object",
    "structure": "object",
}

OTHER_FORMS: Mapping[str, Mapping[str, str]] = {
    "autoscaling.auto_scaling_group": {"vpc_zone_identifier": "a list in one string, as a list"},
    "ecs.cluster": {"settings": "a list of names and values, as a map"},
    "rds.db_instance": {"master_user_password": "names a secret instead of holding a password"},
    "rds.db_parameter_group": {"parameters": "a list of names and values, as a map"},
    "s3.bucket": {
        "notification_configuration.event_bridge_configuration": "AWS has no `false`: an empty structure is on"
    },
    "ssm.parameter": {"policies": "a JSON text, as a list"},
    "sesv2.email_identity": {
        "dkim_signing_attributes.domain_signing_private_key": "names a secret instead of holding a key"
    },
}
"""Properties whose type is not AWS's, and why."""

LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "application_autoscaling.scalable_target": {
        "service_namespace": "only ECS services scale here",
        "scalable_dimension": "only ECS services scale here",
    },
    "application_autoscaling.scheduled_action": {
        "service_namespace": "only ECS services scale here",
        "scalable_dimension": "only ECS services scale here",
    },
    "application_autoscaling.scaling_policy": {
        "service_namespace": "only ECS services scale here",
        "scalable_dimension": "only ECS services scale here",
        "policy_type": "predictive scaling has no configuration here",
        "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type": (
            "only ECS services scale here"
        ),
    },
    "ec2.flow_log": {"resource_type": "transit gateways and regional NAT gateways are not covered"},
    "ec2.vpc": {"instance_tenancy": "AWS: CreateVpc refuses `host`"},
    "ec2.vpc_endpoint": {"vpc_endpoint_type": "endpoints to services of one's own are not covered"},
    "ec2.launch_template": {
        "launch_template_data.tag_specifications[].resource_type": "an instance makes no objects of other types"
    },
    "elbv2.listener": {
        "protocol": "gateway load balancers are not covered",
        "default_actions[].type": "OIDC needs a client secret in the listener",
    },
    "ecs.one_off_task": {"propagate_tags": "AWS: RunTask refuses SERVICE"},
    "elbv2.listener_rule": {"actions[].type": "OIDC needs a client secret in the rule"},
    "elbv2.load_balancer": {"type": "gateway load balancers are not covered"},
    "kms.key": {"origin": "key stores outside KMS need hardware of their own"},
    "elbv2.target_group": {
        "protocol": "gateway load balancers are not covered",
        "health_check_protocol": "AWS: the others cannot check health",
    },
    "scheduler.schedule": {
        "action_after_completion": "a schedule that deletes itself would be missing, and made again",
    },
}
"""Enums that do not offer all that AWS has, and why."""

ONLY_IN_THE_GUIDE: Mapping[str, Mapping[str, str]] = {
    "ecs.cluster": {"settings.containerInsights": "ECS API reference, ClusterSetting: enhanced, enabled, disabled"},
    "rds.db_proxy_target_group": {
        "connection_pool_config.session_pinning_filters[]": "RDS user guide, avoiding pinning an RDS Proxy"
    },
    "route53.health_check": {"request_interval": "Route 53 developer guide, health checks: 10 or 30 seconds"},
    "sns.topic": {"signature_version": "SNS developer guide, verifying signatures: 1 is SHA1, 2 is SHA256"},
}
"""Enum values the models do not mention, and where AWS does."""


@pytest.fixture(scope="module", params=KINDS)
def found(request: pytest.FixtureRequest) -> tuple[str, list[Spot]]:
    return request.param, list(spots(request.param))


def listed(table: Mapping[str, Mapping[str, str]], name: str) -> set[str]:
    return set(table.get(name, ()))


def aws_values(spot: Spot) -> set[str]:
    return {value for shape in spot.shapes if isinstance(shape, StringShape) for value in shape.enum}


def choices(spot: Spot) -> list[str]:
    """What an enum offers, switches aside."""
    return [str(value) for value in spot.schema.get("enum", ()) if not isinstance(value, bool)]


def test_every_property_is_a_member_of_an_operation(found: tuple[str, list[Spot]]) -> None:
    _, all_spots = found
    assert [spot.pattern for spot in all_spots if not spot.is_known] == []


def test_every_word_of_ours_is_needed(found: tuple[str, list[Spot]]) -> None:
    name, all_spots = found
    assert listed(OURS, name) <= {spot.pattern for spot in all_spots if spot.excuse}
    used = {spot.pattern for spot in all_spots} | {""}
    assert (listed(ELEMENTS, name) | listed(ATTRIBUTES, name)) <= used


def test_types_are_those_of_aws(found: tuple[str, list[Spot]]) -> None:
    name, all_spots = found
    documents = kind(name).rules.documents
    other = {
        spot.pattern
        for spot in all_spots
        if spot.shapes and "type" in spot.schema and not any(spot.schema["type"] in json_types(s) for s in spot.shapes)
        if not (spot.schema["type"] == "object" and spot.pattern in documents)
    }
    assert other == listed(OTHER_FORMS, name)


def json_types(shape: Shape) -> set[str]:
    """EC2 wraps booleans that can be changed: `{"Value": true}`; CloudFront counts its lists."""
    if isinstance(shape, StructureShape) and list(shape.members) == ["Value"]:
        shape = shape.members["Value"]
    return {JSON_TYPES[shape.type_name], *(["array"] if list_of(shape) is not None else ())}


def test_enum_values_exist(found: tuple[str, list[Spot]]) -> None:
    name, all_spots = found
    invented = {spot.pattern: set(choices(spot)) - aws_values(spot) for spot in all_spots if aws_values(spot)}
    assert {pattern: values for pattern, values in invented.items() if values} == {}
    silent = [spot for spot in all_spots if not aws_values(spot) and not spot.excuse]
    undocumented = {spot.pattern for spot in silent if not all(map(spot.documents, choices(spot)))}
    assert undocumented == listed(ONLY_IN_THE_GUIDE, name)


def test_enums_offer_all_that_aws_has(found: tuple[str, list[Spot]]) -> None:
    name, all_spots = found
    enums = [spot for spot in all_spots if choices(spot)]
    assert {spot.pattern for spot in enums if aws_values(spot) - set(choices(spot))} == listed(LEFT_OUT, name)


def test_no_table_speaks_of_a_kind_that_is_gone() -> None:
    tables = (OURS, ELEMENTS, ATTRIBUTES, OTHER_FORMS, LEFT_OUT, ONLY_IN_THE_GUIDE)
    assert {name for table in tables for name in table} <= set(KINDS)
    assert set(NOT_AWS) <= set(kind_names())
