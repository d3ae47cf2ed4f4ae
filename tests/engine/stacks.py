"""Stacks and runs for the tests of the engine: specs as text, planned and applied against the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.apply import apply
from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor, Route
from reconciler.converge import Pace, World
from reconciler.expand import Expanded, expand
from reconciler.model import ApplyResult, Plan, Scope
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.spec import read_stack
from reconciler.spec.stack import Stack

ACCOUNT = "123456789012"
REGION = "eu-central-1"
FAST = Pace(first_pause=0.01, longest_pause=0.05, limit=3.0, visibility=2.0)


@dataclass(slots=True)
class Workbench:
    """Plans and applies specs written as text; every plan is made by an executor that refuses to write."""

    folder: Path
    clients: Clients
    routes: dict[str, Route]

    def stack(self, text: str) -> Stack:
        path = self.folder / "stack.yaml"
        path.write_text(text, encoding="utf-8")
        return read_stack(path)

    def desired(self, text: str, destroy: bool = False) -> Desired:
        stack = self.stack(text)
        expanded = expand(stack, ACCOUNT, stack.region)
        wanted = Expanded({}, {}) if destroy else expanded
        known = expanded if destroy else None
        return Desired(stack.name, ACCOUNT, stack.region, wanted, stack.removed, known)

    def executor(self, writes: bool = False) -> Executor:
        return Executor(self.clients, routes=self.routes, read_only=not writes)

    def plan(self, text: str, destroy: bool = False) -> Plan:
        return make_plan(self.desired(text, destroy), self.executor())[0]

    def apply(self, text: str, destroy: bool = False, pace: Pace = FAST) -> ApplyResult:
        desired = self.desired(text, destroy)
        plan, view = make_plan(desired, self.executor())
        assert not plan.blocked, [finding.message for finding in plan.blocked]
        scope = Scope(desired.stack, desired.account, desired.region)
        world = World(self.executor(writes=True), scope, dict(view.observed), pace)
        return apply(plan, desired, world)
