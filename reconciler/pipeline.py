"""The straight line from an expanded spec to a plan: observe, resolve, diff, plan. Reads only.

Every command that needs to know where things stand comes through here; there is no second way.
"""

from __future__ import annotations

from reconciler.aws.executor import Executor
from reconciler.model import Plan
from reconciler.observe import View, observe, observe_owned
from reconciler.plan import Desired, plan


def look(desired: Desired, executor: Executor) -> View:
    """One look at everything declared and everything owned, in one snapshot: identical calls are made once."""
    snapshot = executor.snapshot()
    observed = observe(desired.expanded.resources, snapshot)
    owned = observe_owned(desired.scopes, snapshot)
    return View(observed, owned)


def make_plan(desired: Desired, executor: Executor) -> tuple[Plan, View]:
    """Where things stand, and what would be done about it."""
    before = executor.counts.copy()
    view = look(desired, executor)
    return plan(desired, view, executor.counts - before), view
