"""All refusals of the strict emulator, service by service: the tables it says no by. Nothing else is here."""

from __future__ import annotations

from reconciler.simulator import refusals_core, refusals_dns
from reconciler.simulator.strict import Edge, Rule

EDGES: tuple[Edge, ...] = (*refusals_core.EDGES, *refusals_dns.EDGES)
RULES: tuple[Rule, ...] = (*refusals_core.RULES, *refusals_dns.RULES)
