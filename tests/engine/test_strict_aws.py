"""The whole sales-scorecard stack against an emulator that refuses, delays and hides as AWS does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.converge import Pace, World
from reconciler.expand import Expanded, expand
from reconciler.model import Action, ApplyResult, Call, Outcome, Plan, Response, Scope
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from reconciler.spec import read_stack
from reconciler.spec.stack import Stack

pytestmark = pytest.mark.xdist_group("strict-aws")

SPEC = Path(__file__).parent.parent.parent / "spec" / "sales-scorecard.yaml"
PATIENT = Pace(first_pause=0.01, longest_pause=0.05, limit=60.0, visibility=20.0)


def done_already(_: Call) -> Response:
    """The data migration has tests of its own: here it is over."""
    return {"state": "verified", "summary": "verified", "rows": 0}


@dataclass(slots=True)
class Life:
    """The stack in an account, from its first apply to its end."""

    stack: Stack
    clients: Clients

    def desired(self, destroy: bool = False) -> Desired:
        account = self.stack.account or ""
        expanded = expand(self.stack, account, self.stack.region)
        wanted = Expanded({}, {}) if destroy else expanded
        known = expanded if destroy else None
        return Desired(self.stack.name, account, self.stack.region, wanted, self.stack.removed, known)

    def executor(self, writes: bool = False) -> Executor:
        return Executor(self.clients, routes={"migration": done_already}, read_only=not writes)

    def plan(self, destroy: bool = False) -> Plan:
        return make_plan(self.desired(destroy), self.executor())[0]

    def apply(self, destroy: bool = False) -> ApplyResult:
        desired = self.desired(destroy)
        plan, view = make_plan(desired, self.executor())
        assert [finding.message for finding in plan.blocked] == []
        scope = Scope(desired.stack, desired.account, desired.region)
        return apply(plan, desired, World(self.executor(writes=True), scope, dict(view.observed), PATIENT))


@pytest.fixture(params=[STRICT, HOSTILE], ids=["strict", "hostile"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    strictness: Strictness = request.param
    server = start_aws(strict=strictness)
    server.reset()
    for name, value in server.environment("eu-central-1").items():
        monkeypatch.setenv(name, value)
    yield server
    server.reset()
    server.stop()


@pytest.fixture
def life(aws: EmbeddedAws) -> Life:
    stack = read_stack(SPEC)
    return Life(stack, Clients(stack.region))


def unprotected(stack: Stack) -> Stack:
    return replace(stack, entries={name: replace(entry, protect=False) for name, entry in stack.entries.items()})


def not_done(result: ApplyResult) -> list[tuple[str, str, str]]:
    return [(r.change.address, r.outcome, r.detail) for r in result.results if r.outcome is not Outcome.DONE]


def test_it_converges_settles_and_is_destroyed_but_for_what_is_protected(aws: EmbeddedAws, life: Life) -> None:
    made = life.apply()
    assert not_done(made) == []
    again = life.plan()
    assert [(change.address, change.fields) for change in again.effects] == []
    assert {change.action for change in again.changes} <= {Action.NOOP, Action.WAIT}

    destroyed = life.apply(destroy=True)
    assert not_done(destroyed) == []
    rest = life.plan(destroy=True)
    assert rest.effects == ()
    kept = {finding.address for finding in rest.findings if finding.address}
    protected = {address for address, resource in life.desired().expanded.resources.items() if resource.protect}
    assert protected - {"data.migration/data"} <= kept
    assert aws.unimplemented == []
    assert aws.crashes == []


def test_unprotected_nothing_is_left_of_it(aws: EmbeddedAws, life: Life) -> None:
    life.stack = unprotected(life.stack)
    assert not_done(life.apply()) == []
    assert not_done(life.apply(destroy=True)) == []
    rest = life.plan(destroy=True)
    assert ([change.address for change in rest.changes], rest.findings) == ([], ())
