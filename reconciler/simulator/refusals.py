"""All refusals of the strict emulator, service by service: the tables it says no by. Nothing else is here."""

from __future__ import annotations

from reconciler.simulator import (
    refusals_app,
    refusals_capacity,
    refusals_core,
    refusals_database,
    refusals_dns,
    refusals_edge,
    refusals_email,
    refusals_monitor,
    refusals_network,
)
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (
    *refusals_app.EDGES,
    *refusals_capacity.EDGES,
    *refusals_core.EDGES,
    *refusals_database.EDGES,
    *refusals_dns.EDGES,
    *refusals_edge.EDGES,
    *refusals_email.EDGES,
    *refusals_monitor.EDGES,
)
RULES: tuple[Rule, ...] = (
    *refusals_app.RULES,
    *refusals_capacity.RULES,
    *refusals_core.RULES,
    *refusals_database.RULES,
    *refusals_dns.RULES,
    *refusals_edge.RULES,
    *refusals_email.RULES,
    *refusals_monitor.RULES,
    *refusals_network.RULES,
)
