"""`alarms`: the alarms a small company wants for a web service, its database and its mail, and whom they tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.components import _alarms
from reconciler.components._alarms import Alarm
from reconciler.components.base import Component, Context, Expansion, Naming, Part, join
from reconciler.model import Properties, Value

TOPIC = "sns.topic"
ALARM = "cloudwatch.metric_alarm"
FILTER = "logs.metric_filter"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    topic = own.ref(TOPIC, "topic", "topic_arn")
    alarms = [*_of_service(properties.get("service") or {}), *_of_others(properties)]
    parts = [_topic(own, properties, context), *(_part(alarm, dimensions, topic) for alarm, dimensions in alarms)]
    if properties.get("log_errors"):
        parts += _log_errors(own, properties, context)
    if properties["unhealthy"]:
        parts += _unhealthy(own, {alarm.name for alarm, _ in alarms})
    if properties["events"]:
        parts += _events(properties, context, topic)
    return Expansion(tuple(parts), {"topic_arn": topic})


# --- the topic --------------------------------------------------------------------------------------------------------


def _topic(own: Naming, properties: Properties, context: Context) -> Part:
    """Its name is written out, because a topic's policy names the topic."""
    name = f"{context.stack}-{own.full('topic')}"
    # AWS: budgets belong to no region.
    publishers = {
        "Alarms": ("cloudwatch", context.region),
        "Events": ("events", context.region),
        "Budgets": ("budgets", ""),
    }
    statements = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": f"arn:aws:sns:{context.region}:{context.account}:{name}",
            # AWS: without it the alarms, rules and budgets of every account could publish.
            "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:{service}:{region}:{context.account}:*"}},
        }
        for sid, (service, region) in publishers.items()
    ]
    subscriptions = [{"protocol": "email", "endpoint": address} for address in properties["notify"]]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return Part("topic", TOPIC, {"name": name, "policy": policy, "subscriptions": subscriptions})


# --- alarms on metrics ------------------------------------------------------------------------------------------------

Watched = tuple[Alarm, Mapping[str, Value]]
"""(alarm, dimensions)."""


def _of_service(service: Mapping[str, Value]) -> list[Watched]:
    if not service:
        return []
    tasks = {"ClusterName": service["cluster_name"], "ServiceName": service["service_name"]}
    found: list[Watched] = [(alarm, tasks) for alarm in _alarms.SERVICE]
    if "load_balancer_full_name" in service:
        balancer = {"LoadBalancer": service["load_balancer_full_name"]}
        found += [(alarm, balancer) for alarm in _alarms.BALANCER]
        if "target_group_full_name" in service:
            targets = {"TargetGroup": service["target_group_full_name"], **balancer}
            found += [(alarm, targets) for alarm in _alarms.TARGETS]
    return found


def _of_others(properties: Properties) -> list[Watched]:
    found: list[Watched] = []
    for name, alarms in (("database", _alarms.DATABASE), ("replica", _alarms.REPLICA)):
        if properties.get(name):
            instance = {"DBInstanceIdentifier": properties[name]["db_instance_identifier"]}
            found += [(alarm, instance) for alarm in alarms]
    if properties.get("email"):
        mails = {"ses:configuration-set": properties["email"]["configuration_set_name"]}
        found += [(alarm, mails) for alarm in _alarms.EMAIL]
    return found


def _part(alarm: Alarm, dimensions: Mapping[str, Value], topic: Value) -> Part:
    kind = "extended_statistic" if alarm.statistic.startswith("p") else "statistic"
    properties: dict[str, Any] = {
        "alarm_description": alarm.description,
        "namespace": alarm.namespace,
        "metric_name": alarm.metric,
        "dimensions": [{"name": key, "value": value} for key, value in dimensions.items()],
        kind: alarm.statistic,
        "period": alarm.period,
        "evaluation_periods": alarm.periods,
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison,
        "treat_missing_data": alarm.missing,
        "alarm_actions": [topic],
        "ok_actions": [topic],
    }
    return Part(alarm.name, ALARM, properties)


def _log_errors(own: Naming, properties: Properties, context: Context) -> list[Part]:
    """A metric made of the lines that fit the pattern, and an alarm on it."""
    wanted, topic = properties["log_errors"], own.ref(TOPIC, "topic", "topic_arn")
    made = {"metric_name": own.full("log-errors"), "metric_namespace": context.stack}
    counted = {**made, "metric_value": "1", "default_value": 0, "unit": "Count"}
    filter = {
        "log_group_name": wanted.get("log_group_name") or (properties.get("service") or {}).get("log_group_name"),
        "filter_pattern": wanted["pattern"],
        "metric_transformations": [counted],
    }
    alarm = Alarm(
        "log-errors",
        "The service logs errors",
        own.ref(FILTER, "log-errors", "metric_namespace"),
        own.ref(FILTER, "log-errors", "metric_name"),
        wanted["threshold"],
        comparison="GreaterThanOrEqualToThreshold",
        statistic="Sum",
        periods=1,
    )
    return [Part("log-errors", FILTER, filter), _part(alarm, {}, topic)]


# --- alarms on alarms, and events -------------------------------------------------------------------------------------


def _unhealthy(own: Naming, watched: set[str]) -> list[Part]:
    """One alarm for what users notice; nothing where nothing of it is watched."""
    names = [name for name in _alarms.UNHEALTHY if name in watched]
    if not names:
        return []
    words: list[Any] = []
    for name in names:
        words += [" OR " if words else "", 'ALARM("', own.ref(ALARM, name, "alarm_name"), '")']
    properties = {
        "alarm_description": "The service is unhealthy: users notice",
        "alarm_rule": join(*words),
        "alarm_actions": [own.ref(TOPIC, "topic", "topic_arn")],
        "ok_actions": [own.ref(TOPIC, "topic", "topic_arn")],
    }
    return [Part("unhealthy", "cloudwatch.composite_alarm", properties)]


def _events(properties: Properties, context: Context, topic: Value) -> list[Part]:
    """What ECS and RDS tell only once: a deployment that failed, a failover, a database out of order."""
    rules: list[Part] = []
    service, database = properties.get("service"), properties.get("database")
    if service:
        arn = join(
            f"arn:aws:ecs:{context.region}:{context.account}:service/",
            service["cluster_name"],
            "/",
            service["service_name"],
        )
        pattern = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [arn],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        }
        rules.append(_rule("deployment-failed", "A deployment failed", pattern, topic))
    if database:
        pattern = {
            "source": ["aws.rds"],
            "detail-type": ["RDS DB Instance Event"],
            "detail": {
                "SourceIdentifier": [database["db_instance_identifier"]],
                "EventCategories": ["failover", "failure", "low storage", "maintenance", "recovery"],
            },
        }
        rules.append(_rule("database-events", "Something happened to the database", pattern, topic))
    return rules


def _rule(name: str, description: str, pattern: dict[str, Any], topic: Value) -> Part:
    properties = {"description": description, "event_pattern": pattern, "targets": [{"id": "topic", "arn": topic}]}
    return Part(name, "events.rule", properties)


COMPONENT = Component(
    name="alarms", title="Alarms", outputs=("topic_arn",), expand=expand, computed=("unhealthy", "events")
)
