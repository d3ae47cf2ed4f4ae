"""`tracing`: how much of a service is traced, and its traces as a group with metrics of their own. Pure.

The service itself needs `tracing: true`, which runs the collector beside it.
"""

from __future__ import annotations

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

GROUP = "xray.group"
RULE = "xray.sampling_rule"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    service = properties["service_name"]
    insights = properties["insights"]
    group = {
        "filter_expression": f'service("{service}")',
        "insights_configuration": {"insights_enabled": insights, "notifications_enabled": insights},
    }
    rule = {
        "service_name": service,
        "priority": properties["priority"],
        "reservoir_size": properties["traces_per_second"],
        "fixed_rate": properties["sample_percent"] / 100,
        "url_path": properties["url_path"],
    }
    outputs = {
        "group_name": own.ref(GROUP, "group", "group_name"),
        "rule_name": own.ref(RULE, "rule", "rule_name"),
    }
    return Expansion((Part("group", GROUP, group), Part("rule", RULE, rule)), outputs)


COMPONENT = Component(
    name="tracing",
    title="Tracing",
    outputs=("group_name", "rule_name"),
    expand=expand,
    computed=("service_name", "sample_percent"),
)
