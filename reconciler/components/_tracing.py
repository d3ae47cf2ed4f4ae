"""What a task needs to be traced: a collector beside the program, and leave to hand traces to X-Ray. Pure.

The collector speaks OpenTelemetry and the protocol of the X-Ray SDKs; traces go to X-Ray and nowhere else.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.components.base import Context, Naming
from reconciler.model import Properties

IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0"

_CONFIGURATION = {
    "receivers": {
        "otlp": {"protocols": {"grpc": {"endpoint": "127.0.0.1:4317"}, "http": {"endpoint": "127.0.0.1:4318"}}},
        "awsxray": {"endpoint": "127.0.0.1:2000", "transport": "udp", "proxy_server": {"endpoint": "127.0.0.1:2000"}},
    },
    "processors": {"batch": {"timeout": "1s", "send_batch_size": 50}},
    "exporters": {"awsxray": {}},
    "service": {
        "pipelines": {
            "traces": {"receivers": ["otlp", "awsxray"], "processors": ["batch"], "exporters": ["awsxray"]},
        },
        "telemetry": {"logs": {"level": "warn"}},
    },
}
"""Containers of a Fargate task share the loopback interface, so nothing listens where others could reach it."""

_PERMISSIONS = {
    "Effect": "Allow",
    "Action": [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:GetSamplingStatisticSummaries",
    ],
    # AWS: these actions know no resources.
    "Resource": "*",
}


def permissions(properties: Properties) -> list[dict[str, Any]]:
    """The statements of the task's own role: those given, and what tracing adds."""
    return [*properties["permissions"], *([_PERMISSIONS] if properties.get("tracing") else [])]


def environment(own: Naming, properties: Properties) -> dict[str, Any]:
    """The program's variables: those given, which win, and where its SDK finds the collector."""
    if not properties.get("tracing"):
        return dict(properties["environment"])
    found = {
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        "OTEL_PROPAGATORS": "xray,tracecontext,baggage",
        "OTEL_SERVICE_NAME": own.entry,
        "OTEL_TRACES_SAMPLER": "xray",
    }
    return found | dict(properties["environment"])


def sidecars(own: Naming, properties: Properties, context: Context) -> list[dict[str, Any]]:
    """The collector's container, where tracing is asked for. When it stops the program goes on, untraced."""
    if not properties.get("tracing"):
        return []
    return [
        {
            "name": "collector",
            "image": IMAGE,
            "essential": False,
            "cpu": 32,
            "memory_reservation": 64,
            "environment": [{"name": "AOT_CONFIG_CONTENT", "value": json.dumps(_CONFIGURATION)}],
            "log_configuration": {
                "log_driver": "awslogs",
                "options": {
                    "awslogs-group": own.ref("logs.log_group", "logs", "log_group_name"),
                    "awslogs-region": context.region,
                    "awslogs-stream-prefix": "collector",
                },
            },
        }
    ]
