"""Alarms, dashboard, traces and budget of `spec/examples/monitored.yaml`, from their first apply to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.aws.clients import Clients
from reconciler.model import Action
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT
from reconciler.spec import read_stack
from tests.engine.stacks import ACCOUNT
from tests.engine.test_strict_aws import Life, not_done, unprotected

pytestmark = pytest.mark.xdist_group("strict-aws")

SPEC = Path(__file__).parent.parent.parent / "spec" / "examples" / "monitored.yaml"


@pytest.fixture(params=[STRICT, HOSTILE], ids=["strict", "hostile"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    started = start_aws(strict=request.param)
    started.reset()
    for name, value in started.environment("eu-central-1").items():
        monkeypatch.setenv(name, value)
    yield started
    started.reset()
    started.stop()


def test_what_watches_a_stack_is_made_at_once_settles_and_leaves_nothing(server: EmbeddedAws) -> None:
    stack = unprotected(replace(read_stack(SPEC), account=ACCOUNT))
    life = Life(stack, Clients(stack.region))
    assert not_done(life.apply()) == []
    again = life.plan()
    assert {change.action for change in again.changes} == {Action.NOOP}
    assert again.findings == ()

    assert not_done(life.apply(destroy=True)) == []
    rest = life.plan(destroy=True)
    assert ([change.address for change in rest.changes], rest.findings) == ([], ())
    assert (server.unimplemented, server.crashes) == ([], [])
