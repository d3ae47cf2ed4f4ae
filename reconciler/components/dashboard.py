"""`dashboard`: the graphs one looks at first, made from what the other entries give away. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties, Value

DASHBOARD = "cloudwatch.dashboard"
COLUMNS, WIDTH, HEIGHT = 24, 12, 6
"""AWS: a dashboard is 24 units wide."""
EDGE = "us-east-1"
"""AWS: where the metrics of CloudFront are, wherever the stack is."""


class Graph(NamedTuple):
    """One graph: metrics of one namespace and one set of dimensions, each with how it is summed up."""

    title: str
    namespace: str
    metrics: tuple[tuple[str, str], ...]
    """(metric, statistic)."""


TASKS = (
    Graph(
        "CPU and memory of the tasks (%)", "AWS/ECS",
        (("CPUUtilization", "Average"), ("MemoryUtilization", "Average")),
    ),
    Graph(
        "Tasks", "ECS/ContainerInsights",
        (("RunningTaskCount", "Average"), ("DesiredTaskCount", "Average"), ("PendingTaskCount", "Average")),
    ),
)  # fmt: skip
BALANCER = (
    Graph("Requests", "AWS/ApplicationELB", (("RequestCount", "Sum"),)),
    Graph(
        "Errors", "AWS/ApplicationELB",
        (("HTTPCode_Target_5XX_Count", "Sum"), ("HTTPCode_ELB_5XX_Count", "Sum"), ("HTTPCode_Target_4XX_Count", "Sum")),
    ),
    Graph(
        "Response time (s)", "AWS/ApplicationELB",
        (("TargetResponseTime", "p50"), ("TargetResponseTime", "p95"), ("TargetResponseTime", "p99")),
    ),
)  # fmt: skip
DATABASE = (
    Graph("CPU of the database (%)", "AWS/RDS", (("CPUUtilization", "Average"),)),
    Graph("Connections", "AWS/RDS", (("DatabaseConnections", "Maximum"),)),
    Graph(
        "Free storage and memory (bytes)", "AWS/RDS",
        (("FreeStorageSpace", "Minimum"), ("FreeableMemory", "Minimum")),
    ),
    Graph("Latency of the disk (s)", "AWS/RDS", (("ReadLatency", "Average"), ("WriteLatency", "Average"))),
)  # fmt: skip
REPLICA = (Graph("Lag of the replica (s)", "AWS/RDS", (("ReplicaLag", "Maximum"),)),)
EMAIL = (
    Graph(
        "Mails", "AWS/SES",
        (("Send", "Sum"), ("Delivery", "Sum"), ("Bounce", "Sum"), ("Complaint", "Sum")),
    ),
    Graph(
        "Reputation", "AWS/SES",
        (("Reputation.BounceRate", "Average"), ("Reputation.ComplaintRate", "Average")),
    ),
)  # fmt: skip
QUEUE = (
    Graph("Messages waiting", "AWS/SQS", (("ApproximateNumberOfMessagesVisible", "Maximum"),)),
    Graph("Age of the oldest message (s)", "AWS/SQS", (("ApproximateAgeOfOldestMessage", "Maximum"),)),
)
CDN = (
    Graph("Requests at the edge", "AWS/CloudFront", (("Requests", "Sum"),)),
    Graph("Errors at the edge (%)", "AWS/CloudFront", (("4xxErrorRate", "Average"), ("5xxErrorRate", "Average"))),
)

Widget = Mapping[str, Any]


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    widgets = [*_states(properties, context), *_graphs(properties, context), *_logs(properties, context)]
    body = {"widgets": list(_placed([*widgets, *properties["widgets"]]))}
    outputs = {"dashboard_name": own.ref(DASHBOARD, "", "dashboard_name")}
    return Expansion((Part("", DASHBOARD, {"dashboard_body": body}),), outputs)


def _states(properties: Properties, context: Context) -> Iterator[Widget]:
    if properties["alarms"]:
        shown = {"title": "Alarms", "alarms": properties["alarms"]}
        yield {"type": "alarm", "width": COLUMNS, "height": 3, "properties": shown}


def _graphs(properties: Properties, context: Context) -> Iterator[Widget]:
    service = properties.get("service") or {}
    if service:
        tasks = {"ClusterName": service["cluster_name"], "ServiceName": service["service_name"]}
        yield from (_graph(graph, tasks, context.region) for graph in TASKS)
    if "load_balancer_full_name" in service:
        balancer = {"LoadBalancer": service["load_balancer_full_name"]}
        yield from (_graph(graph, balancer, context.region) for graph in BALANCER)
    for name, graphs in (("database", DATABASE), ("replica", REPLICA)):
        if properties.get(name):
            instance = {"DBInstanceIdentifier": properties[name]["db_instance_identifier"]}
            yield from (_graph(graph, instance, context.region) for graph in graphs)
    if properties.get("email"):
        mails = {"ses:configuration-set": properties["email"]["configuration_set_name"]}
        yield from (_graph(graph, mails, context.region) for graph in EMAIL)
    if properties.get("queue_name"):
        yield from (_graph(graph, {"QueueName": properties["queue_name"]}, context.region) for graph in QUEUE)
    if properties.get("cdn"):
        edge = {"DistributionId": properties["cdn"]["distribution_id"], "Region": "Global"}
        yield from (_graph(graph, edge, EDGE) for graph in CDN)


def _graph(graph: Graph, dimensions: Mapping[str, Value], region: str) -> Widget:
    where = [part for pair in dimensions.items() for part in pair]
    metrics = [[graph.namespace, metric, *where, {"stat": statistic}] for metric, statistic in graph.metrics]
    shown = {"title": graph.title, "view": "timeSeries", "region": region, "period": 300, "metrics": metrics}
    return {"type": "metric", "width": WIDTH, "height": HEIGHT, "properties": shown}


def _logs(properties: Properties, context: Context) -> Iterator[Widget]:
    group = (properties.get("service") or {}).get("log_group_name")
    if group:
        # AWS: a query names its log group in quotes, which no group's name has.
        query = _query(group)
        shown = {"title": "Latest errors", "view": "table", "region": context.region, "query": query}
        yield {"type": "log", "width": COLUMNS, "height": HEIGHT, "properties": shown}


def _query(group: Value) -> Value:

    fields = "fields @timestamp, @message | filter @message like /(?i)error/ | sort @timestamp desc | limit 50"
    return join("SOURCE '", group, f"' | {fields}")


def _placed(widgets: list[Widget]) -> Iterator[Widget]:
    """Widgets in rows from left to right; one that says where it goes stays there."""
    x = y = tallest = 0
    for widget in widgets:
        if "x" in widget or "y" in widget:
            yield widget
            continue
        width, height = widget.get("width", WIDTH), widget.get("height", HEIGHT)
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        yield {**widget, "x": x, "y": y, "width": width, "height": height}
        x, tallest = x + width, max(tallest, height)


COMPONENT = Component(
    name="dashboard",
    title="Service dashboard",
    outputs=("dashboard_name",),
    expand=expand,
    computed=("widgets",),
)
