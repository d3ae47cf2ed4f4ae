"""A stack of 1,000 resources, as our spec and as Terraform's configuration: what the plan benchmark compares.

400 alarms, a zone with 199 records, 100 each of buckets, log groups, parameters and roles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALARM = {
    "namespace": "App",
    "metric_name": "errors",
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 1,
    "threshold": 1,
    "comparison_operator": "GreaterThanThreshold",
}
NUMBERS = range(100)


def spec() -> str:
    """The spec, as JSON, which is YAML."""
    entries: dict[str, Mapping[str, Any]] = {"zone": {"kind": "route53.hosted_zone", "name": "thousand.example.com"}}
    for n in range(400):
        entries[f"alarm-{n}"] = {"kind": "cloudwatch.metric_alarm", **ALARM}
    for n in range(199):
        entries[f"record-{n}"] = {
            "kind": "route53.record_set",
            "hosted_zone_id": "${zone.hosted_zone_id}",
            "name": f"r{n}.thousand.example.com",
            "type": "A",
            "ttl": 300,
            "resource_records": [f"192.0.2.{n}"],
        }
    for n in NUMBERS:
        entries[f"bucket-{n}"] = {"kind": "s3.bucket", "bucket": f"thousand-{n}-of-reconcile"}
        entries[f"log-{n}"] = {"kind": "logs.log_group", "retention_in_days": 30}
        entries[f"parameter-{n}"] = {"kind": "ssm.parameter", "type": "String", "value": str(n)}
        entries[f"role-{n}"] = {"kind": "iam.role", "assume_role_policy_document": TRUST}
    return json.dumps({"stack": "thousand", "region": "eu-central-1", "resources": entries})


def terraform() -> str:
    """The same as `main.tf.json`."""
    tags = {"stack": "terraform"}
    return json.dumps(
        {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
            "provider": {
                "aws": {
                    "region": "eu-central-1",
                    "s3_use_path_style": True,
                    "skip_credentials_validation": True,
                    "skip_requesting_account_id": True,
                }
            },
            "resource": {
                "aws_cloudwatch_metric_alarm": {
                    "a": {"count": 400, "alarm_name": "tf-${count.index}", "tags": tags, **ALARM}
                },
                "aws_route53_zone": {"z": {"name": "tf.example.com", "tags": tags}},
                "aws_route53_record": {
                    "r": {
                        "count": 199,
                        "zone_id": "${aws_route53_zone.z.zone_id}",
                        "name": "r${count.index}.tf.example.com",
                        "type": "A",
                        "ttl": 300,
                        "records": ["192.0.2.${count.index}"],
                    }
                },
                "aws_s3_bucket": {"b": {"count": 100, "bucket": "tf-${count.index}-of-reconcile", "tags": tags}},
                "aws_cloudwatch_log_group": {
                    "l": {"count": 100, "name": "tf-${count.index}", "retention_in_days": 30, "tags": tags}
                },
                "aws_ssm_parameter": {
                    "p": {"count": 100, "name": "tf-${count.index}", "type": "String", "value": "x", "tags": tags}
                },
                "aws_iam_role": {
                    "i": {
                        "count": 100,
                        "name": "tf-${count.index}",
                        "assume_role_policy": json.dumps(TRUST),
                        "tags": tags,
                    }
                },
            },
        }
    )
