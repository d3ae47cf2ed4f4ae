"""`alarms`: the alarms a small company wants for a web service and its database, and whom they tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

TOPIC = "sns.topic"
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: a metric of a namespace against a threshold, for `periods` periods in a row."""

    name: str
    description: str
    namespace: str
    metric: str
    threshold: float
    comparison: str = "GreaterThanThreshold"
    statistic: str = "Average"
    period: int = 300
    periods: int = 2
    missing: str = "notBreaching"


SERVICE = (
    Alarm("cpu", "The tasks have little CPU left", "AWS/ECS", "CPUUtilization", 85),
    Alarm("memory", "The tasks have little memory left", "AWS/ECS", "MemoryUtilization", 85),
)
BALANCER = (
    Alarm(
        "errors",
        "The service answers with errors",
        "AWS/ApplicationELB",
        "HTTPCode_Target_5XX_Count",
        10,
        statistic="Sum",
        period=60,
        periods=3,
    ),
    Alarm("slow", "Answers take long (seconds)", "AWS/ApplicationELB", "TargetResponseTime", 2, period=60, periods=5),
)
DATABASE = (
    Alarm("database-cpu", "The database is busy", "AWS/RDS", "CPUUtilization", 80, periods=3),
    Alarm(
        "database-storage",
        "The database has less than 2 GiB of storage left",
        "AWS/RDS",
        "FreeStorageSpace",
        2 * GIB,
        comparison="LessThanThreshold",
        missing="breaching",
    ),
    Alarm("database-connections", "The database has many connections", "AWS/RDS", "DatabaseConnections", 60),
)


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    subscriptions = [{"protocol": "email", "endpoint": address} for address in properties["notify"]]
    topic = own.ref(TOPIC, "topic", "topic_arn")
    service, database = properties.get("service"), properties.get("database")
    alarms: list[Part] = []
    if service:
        tasks = {"ClusterName": service["cluster_name"], "ServiceName": service["service_name"]}
        alarms += [_part(alarm, tasks, topic) for alarm in SERVICE]
        if "load_balancer_full_name" in service:
            balancer = {"LoadBalancer": service["load_balancer_full_name"]}
            alarms += [_part(alarm, balancer, topic) for alarm in BALANCER]
    if database:
        instance = {"DBInstanceIdentifier": database["db_instance_identifier"]}
        alarms += [_part(alarm, instance, topic) for alarm in DATABASE]
    parts = (Part("topic", TOPIC, {"subscriptions": subscriptions}), *alarms)
    return Expansion(parts, {"topic_arn": topic})


def _part(alarm: Alarm, dimensions: dict[str, Value], topic: Value) -> Part:
    properties: dict[str, Any] = {
        "alarm_description": alarm.description,
        "namespace": alarm.namespace,
        "metric_name": alarm.metric,
        "dimensions": [{"name": key, "value": value} for key, value in dimensions.items()],
        "statistic": alarm.statistic,
        "period": alarm.period,
        "evaluation_periods": alarm.periods,
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison,
        "treat_missing_data": alarm.missing,
        "alarm_actions": [topic],
        "ok_actions": [topic],
    }
    return Part(alarm.name, "cloudwatch.metric_alarm", properties)


COMPONENT = Component(name="alarms", title="Alarms", outputs=("topic_arn",), expand=expand)
