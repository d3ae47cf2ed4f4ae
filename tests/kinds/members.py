"""Which members of AWS's own models a schema fragment's properties are; the table says what is a word of ours, and why.

Properties are members of the operations that the cases of a kind write with, so no list of operations is kept here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from reconciler.spec import shipped
from reconciler.spec.shape import Schema, target
from tests.kinds.wire import service_model

CASES = Path(__file__).parent / "cases"

ELEMENTS: Mapping[str, Mapping[str, str]] = {
    "cloudfront.cache_policy": {"": "cloudfront:CreateCachePolicy.CachePolicyConfig"},
    "budgets.budget": {
        "": "budgets:CreateBudget.Budget",
        "notifications[]": "budgets:CreateNotification.Notification",
        "notifications[].subscribers[]": "budgets:CreateNotification.Subscribers",
    },
    "autoscaling.auto_scaling_group": {"instance_refresh": "autoscaling:StartInstanceRefresh.Preferences"},
    "cloudfront.distribution": {
        "": "cloudfront:CreateDistributionWithTags.DistributionConfigWithTags.DistributionConfig"
    },
    "cloudfront.origin_access_control": {"": "cloudfront:CreateOriginAccessControl.OriginAccessControlConfig"},
    "cloudfront.origin_request_policy": {"": "cloudfront:CreateOriginRequestPolicy.OriginRequestPolicyConfig"},
    "cloudfront.response_headers_policy": {"": "cloudfront:CreateResponseHeadersPolicy.ResponseHeadersPolicyConfig"},
    "ec2.network_acl": {"entries[]": "ec2:CreateNetworkAclEntry"},
    "ec2.route_table": {"routes[]": "ec2:CreateRoute"},
    "ec2.security_group": {
        "ingress[]": "ec2:ModifySecurityGroupRules.SecurityGroupRules.SecurityGroupRule",
        "egress[]": "ec2:ModifySecurityGroupRules.SecurityGroupRules.SecurityGroupRule",
    },
    "route53.health_check": {"": "route53:CreateHealthCheck.HealthCheckConfig"},
    "route53.hosted_zone": {
        "": "route53:CreateHostedZone.HostedZoneConfig",
        "vpcs[]": "route53:AssociateVPCWithHostedZone.VPC",
    },
    "route53.record_set": {"": "route53:ChangeResourceRecordSets.ChangeBatch.Changes.ResourceRecordSet"},
    "ecs.capacity_provider": {"": "ecs:CreateCapacityProvider.autoScalingGroupProvider"},
    "s3.bucket": {
        "intelligent_tiering_configurations[]": (
            "s3:PutBucketIntelligentTieringConfiguration.IntelligentTieringConfiguration"
        ),
        "inventory_configurations[]": "s3:PutBucketInventoryConfiguration.InventoryConfiguration",
        "metrics_configurations[]": "s3:PutBucketMetricsConfiguration.MetricsConfiguration",
    },
    "ses.template": {"": "ses:CreateTemplate.Template"},
    "sesv2.configuration_set_event_destination": {"": "sesv2:CreateConfigurationSetEventDestination.EventDestination"},
    "sns.topic": {"subscriptions[]": "sns:Subscribe"},
    "wafv2.logging_configuration": {"": "wafv2:PutLoggingConfiguration.LoggingConfiguration"},
    "xray.sampling_rule": {"": "xray:CreateSamplingRule.SamplingRule"},
}
"""Where AWS takes one thing a call, or wraps it: whose members an element of ours has."""

ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "elbv2.listener": {"listener_attributes": "elbv2:ModifyListenerAttributes.Attributes.Key"},
    "elbv2.load_balancer": {"load_balancer_attributes": "elbv2:ModifyLoadBalancerAttributes.Attributes.Key"},
    "elbv2.target_group": {"target_group_attributes": "elbv2:ModifyTargetGroupAttributes.Attributes.Key"},
    "ecs.cluster": {"settings": "ecs:CreateCluster.settings.name"},
    "sns.topic": {
        "": "sns:SetTopicAttributes.AttributeName",
        "subscriptions[]": "sns:SetSubscriptionAttributes.AttributeName",
    },
}
"""Name/value lists that are maps or properties here: the member whose documentation lists the names."""

OURS: Mapping[str, Mapping[str, str]] = {
    "budgets.budget": {
        "notifications": "AWS nests each beside its subscribers",
        "notifications[].subscribers": "AWS has them beside the notification",
    },
    "cloudfront.distribution": {
        "default_cache_behavior.cached_methods": "AWS has it inside the allowed methods",
        "cache_behaviors[].cached_methods": "AWS has it inside the allowed methods",
    },
    "ec2.flow_log": {"resource_id": "AWS makes one log for each of several; a flow log is about one"},
    "ec2.network_acl": {
        "entries": "AWS takes one entry a call",
        "associations": "ids of subnets; AWS replaces the association of one subnet a call",
    },
    "ec2.route_table": {
        "routes": "AWS takes one route a call",
        "associations": "ids of subnets; AWS associates one a call",
    },
    "ec2.security_group": {
        "ingress": "rules, as AWS describes them; AuthorizeSecurityGroupIngress",
        "egress": "rules, as AWS describes them; AuthorizeSecurityGroupEgress",
        "ingress[].self": "the group itself, whose id nobody knows before it is made",
        "egress[].self": "the group itself, whose id nobody knows before it is made",
    },
    "ecr.repository": {
        "lifecycle_policy": "the text of PutLifecyclePolicy, as the document it is",
        "repository_policy": "the text of SetRepositoryPolicy, as the document it is",
    },
    "ecs.one_off_task": {
        "attempt": "raised by whoever wants the task to run once more",
        "outcome": "what must have come of it; AWS keeps it for an hour, a tag of the revision for good",
    },
    "elbv2.listener": {"listener_attributes": "ModifyListenerAttributes, as a map"},
    "elbv2.load_balancer": {"load_balancer_attributes": "ModifyLoadBalancerAttributes, as a map"},
    "elbv2.target_group": {"target_group_attributes": "ModifyTargetGroupAttributes, as a map"},
    "iam.role": {
        "managed_policy_arns": "AWS attaches one policy a call",
        "policies": "documents by name; AWS puts one a call",
    },
    "kms.key": {
        "key_state": "EnableKey and DisableKey, as DescribeKey says it",
        "key_rotation_enabled": "EnableKeyRotation and DisableKeyRotation, as GetKeyRotationStatus says it",
    },
    "rds.db_instance": {
        "master_user_password.secret_arn": "the password is read from a secret at the moment of the write",
        "master_user_password.key": "the key inside that secret",
        "master_user_password.version_id": "the version of that secret, remembered in a tag",
        "parameter_apply_status": "what the live instance says of its parameter group; AWS reboots for it",
    },
    "rds.db_parameter_group": {"parameters.*": "AWS's list of names and values, as a map"},
    "rds.db_read_replica": {"parameter_apply_status": "what the live replica says of its parameter group"},
    "s3.bucket": {
        "intelligent_tiering_configurations": "AWS puts one a call",
        "inventory_configurations": "AWS puts one a call",
        "metrics_configurations": "AWS puts one a call",
    },
    "secretsmanager.secret": {
        "generate_secret_string": "made at the moment of the write, and never seen",
        "rotation_enabled": "CancelRotateSecret switches it off",
        "compose_secret_string": "made of another secret at the moment of the write",
    },
    "sesv2.email_identity": {
        "policies": "documents by name; AWS puts one a call",
        "dkim_signing_attributes.domain_signing_private_key.secret_arn": "the key is read from a secret",
        "dkim_signing_attributes.domain_signing_private_key.key": "the key inside that secret",
    },
    "ssm.parameter": {
        "value_from": "the value is read from a secret at the moment of the write",
        "value_from.secret_arn": "the value is read from a secret at the moment of the write",
        "value_from.key": "the key inside that secret",
    },
    "route53.hosted_zone": {"vpcs": "AWS associates one VPC a call"},
    "route53.record_set": {
        "latency_region": "AWS calls it Region, which in an entry is where the object is",
        "ownership": "AWS cannot tag a record set: a TXT record beside it says whose it is",
    },
    "sns.topic": {
        "fifo_topic": "an attribute of CreateTopic that only GetTopicAttributes documents",
        "subscriptions": "AWS subscribes one endpoint a call",
    },
}
"""Words of this tool that no operation has, and why."""

NOT_AWS = ("data.migration",)
"""Kinds whose calls do not go to AWS."""


ALWAYS_THERE = ("sesv2.account",)
"""Kinds of what an account has by itself: settings that nobody creates or deletes."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A property of a fragment and what AWS says of it: the shapes it may have, and the text that documents it."""

    pattern: str
    schema: Schema
    shapes: tuple[Shape, ...] = ()
    text: str = ""
    excuse: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.shapes or self.text or self.excuse)

    def documents(self, word: str) -> bool:
        return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", self.text) is not None


def write_operations(kind_name: str) -> list[str]:
    """The operations the cases of a kind create and change it with."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((CASES / kind_name).glob("*.json"))]
    return sorted({entry["call"] for case in cases if case["action"] != "delete" for entry in case.get("calls", ())})


def spots(kind_name: str) -> Iterator[Spot]:
    """Every property of a kind, at any depth, with what the models say of it."""
    fragment = shipped().fragment(kind_name)
    inputs = [shape for operation in write_operations(kind_name) for shape in _shapes_at(operation)]
    inputs += _elements(kind_name, "")
    yield from _Walk(kind_name, fragment).members(fragment, Spot("", fragment, tuple(inputs)))


@cache
def _shapes_at(where: str) -> tuple[Shape, ...]:
    """`ec2:CreateRoute.Member` -> the shape of that member of the input; lists are entered."""
    operation, *members = where.split(".")
    service, name = operation.split(":")
    shape: Shape | None = service_model(service).operation_model(name).input_shape
    for member in members:
        assert isinstance(shape, StructureShape)
        shape = shape.members[member]
        shape = shape.member if isinstance(shape, ListShape) else shape
    return (shape,) if shape is not None else ()


def _elements(kind_name: str, pattern: str) -> tuple[Shape, ...]:
    where = ELEMENTS.get(kind_name, {}).get(pattern)
    return _shapes_at(where) if where else ()


def _documentation(shapes: Sequence[Shape]) -> str:
    texts = " ".join(shape.documentation for shape in shapes)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", texts))


def _attributes(kind_name: str, pattern: str) -> dict[str, str]:
    """The names AWS documents for the attributes below `pattern`, ours -> the text that says so."""
    where = ATTRIBUTES.get(kind_name, {}).get(pattern)
    if where is None:
        return {}
    text = _documentation(_shapes_at(where))
    enum = [name for shape in _shapes_at(where) for name in getattr(shape, "enum", ())]
    words = [*re.findall(r"[A-Za-z][\w.]*\w", text), *enum]
    return {name: text for word in words for name in (word, xform_name(word))}


@dataclass(frozen=True, slots=True)
class _Walk:
    kind: str
    root: Schema

    def members(self, schema: Schema, above: Spot) -> Iterator[Spot]:
        attributes = _attributes(self.kind, above.pattern)
        for name, member in schema.get("properties", {}).items():
            if isinstance(member, Mapping):
                inner = f"{above.pattern}.{name}" if above.pattern else name
                found = tuple(each for shape in above.shapes for each in _member(shape, name))
                yield from self.spot(member, Spot(inner, member, found, attributes.get(name, ""), above.excuse))
        for word in ("allOf", "anyOf", "oneOf"):
            for branch in schema.get(word, ()):
                yield from self.members(branch, above)

    def spot(self, schema: Schema, found: Spot) -> Iterator[Spot]:
        if "$ref" in schema:
            schema = {**target(self.root, schema["$ref"]), **schema}
        pattern, shapes = found.pattern, found.shapes or _elements(self.kind, found.pattern)
        excuse = "" if shapes else OURS.get(self.kind, {}).get(pattern, found.excuse)
        text = _documentation(shapes).strip() or found.text
        here = Spot(pattern, schema, shapes, text, excuse)
        yield here
        yield from self.members(schema, here)
        if isinstance(schema.get("items"), Mapping):
            elements = tuple(element.member for shape in shapes if (element := list_of(shape)) is not None)
            yield from self.spot(schema["items"], Spot(f"{pattern}[]", schema, elements, text, excuse))
        if isinstance(schema.get("additionalProperties"), Mapping):
            values = tuple(shape.value for shape in shapes if isinstance(shape, MapShape))
            yield from self.spot(schema["additionalProperties"], Spot(f"{pattern}.*", schema, values, text, excuse))


def list_of(shape: Shape) -> ListShape | None:
    """The list a shape is; CloudFront counts its lists: `{"Quantity": 1, "Items": [...]}`."""
    if isinstance(shape, StructureShape) and {"Quantity", "Items"} <= set(shape.members):
        shape = shape.members["Items"]
    return shape if isinstance(shape, ListShape) else None


def _member(shape: Shape, name: str) -> list[Shape]:
    if not isinstance(shape, StructureShape):
        return []
    return [member for wire, member in shape.members.items() if xform_name(wire) == name]
