"""All refusals of the strict emulator, service by service: the tables it says no by. Nothing else is here."""

from __future__ import annotations

from reconciler.simulator import refusals_app, refusals_core
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_app.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_app.RULES)
from reconciler.simulator import refusals_core, refusals_email
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_email.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_email.RULES)
from reconciler.simulator import refusals_core, refusals_edge
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_edge.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_edge.RULES)
from reconciler.simulator import refusals_core, refusals_network
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES,)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_network.RULES)
from reconciler.simulator import refusals_core, refusals_database
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_database.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_database.RULES)
from reconciler.simulator import refusals_capacity, refusals_core
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_capacity.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_capacity.RULES)
from reconciler.simulator import refusals_core, refusals_monitor
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_monitor.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_monitor.RULES)
from reconciler.simulator import refusals_core, refusals_dns
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_dns.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_dns.RULES)
