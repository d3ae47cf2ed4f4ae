"""Which alarms a small company wants, of which metrics, at which thresholds. Data only: it watches nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import Value

GIB = 1024**3
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: a metric of a namespace against a threshold, for `periods` periods in a row.

    `statistic` is one of AWS's, or a percentile such as `p95`; `period` is in seconds.
    """

    name: str
    description: str
    namespace: Value
    metric: Value
    threshold: float
    comparison: str = "GreaterThanThreshold"
    statistic: str = "Average"
    period: int = 300
    periods: int = 2
    missing: str = "notBreaching"


BELOW = "LessThanThreshold"
BALANCERS = "AWS/ApplicationELB"

SERVICE = (
    Alarm("cpu", "The tasks have little CPU left", "AWS/ECS", "CPUUtilization", 85),
    Alarm("memory", "The tasks have little memory left", "AWS/ECS", "MemoryUtilization", 85),
    Alarm(
        "no-tasks", "No task of the service runs", "ECS/ContainerInsights", "RunningTaskCount", 1,
        comparison=BELOW, period=60, periods=3, missing="missing",
    ),
)  # fmt: skip
BALANCER = (
    Alarm(
        "errors", "The service answers with errors", BALANCERS, "HTTPCode_Target_5XX_Count", 10,
        statistic="Sum", period=60, periods=3,
    ),
    Alarm(
        "balancer-errors", "The load balancer itself answers with errors", BALANCERS, "HTTPCode_ELB_5XX_Count", 10,
        statistic="Sum", period=60, periods=3,
    ),
    Alarm(
        "slow", "One answer in twenty takes long (seconds)", BALANCERS, "TargetResponseTime", 2,
        statistic="p95", period=60, periods=5,
    ),
)  # fmt: skip
TARGETS = (
    Alarm(
        "no-healthy-tasks", "No task answers the load balancer's health checks", BALANCERS, "HealthyHostCount", 1,
        comparison=BELOW, statistic="Minimum", period=60, periods=3, missing="breaching",
    ),
)  # fmt: skip
DATABASE = (
    Alarm("database-cpu", "The database is busy", "AWS/RDS", "CPUUtilization", 80, periods=3),
    Alarm(
        "database-storage", "The database has less than 2 GiB of storage left", "AWS/RDS", "FreeStorageSpace", 2 * GIB,
        comparison=BELOW, missing="breaching",
    ),
    Alarm(
        "database-memory", "The database has less than 64 MiB of memory left", "AWS/RDS", "FreeableMemory", 64 * MIB,
        comparison=BELOW, periods=3,
    ),
    Alarm("database-connections", "The database has many connections", "AWS/RDS", "DatabaseConnections", 60),
)  # fmt: skip
REPLICA = (
    Alarm(
        "replica-lag", "The replica is behind (seconds)", "AWS/RDS", "ReplicaLag", 300,
        statistic="Maximum", period=60, periods=5,
    ),
)  # fmt: skip
# AWS: above 5 per cent of bounces or 0.1 per cent of complaints SES reviews the account, and may stop it.
EMAIL = (
    Alarm(
        "bounces", "Too many mails come back", "AWS/SES", "Reputation.BounceRate", 0.05,
        period=3600, periods=1, missing="ignore",
    ),
    Alarm(
        "complaints", "Too many recipients complain", "AWS/SES", "Reputation.ComplaintRate", 0.001,
        period=3600, periods=1, missing="ignore",
    ),
)  # fmt: skip
UNHEALTHY = ("errors", "balancer-errors", "slow", "no-healthy-tasks", "no-tasks")
"""Any of these means that users notice."""
