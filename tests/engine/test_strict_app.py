"""Programs, jobs, rules and schedules against an emulator that refuses, delays and hides as AWS does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.aws.clients import Clients
from reconciler.model import Action
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from reconciler.spec import read_stack
from tests.engine.test_strict_aws import Life, not_done, unprotected

pytestmark = pytest.mark.xdist_group("strict-app")

FIRST = """
stack: shop
region: eu-central-1
account: "123456789012"
resources:
  net: {kind: network}
  images: {kind: repository}
  main: {kind: ecs.cluster, capacity_providers: [FARGATE, FARGATE_SPOT]}
  migrate:
    kind: one_off_task
    network: ${net}
    cluster: ${main.cluster_name}
    image: "${images.repository_uri}:1"
    command: [npx, prisma, migrate, deploy]
  api:
    kind: web_service
    network: ${net}
    cluster: ${main.cluster_name}
    image: "${images.repository_uri}:1"
    capacity: mixed
    sidecars: [{name: proxy, image: "proxy:1", health_check: {command: [CMD, "true"]}}]
    scaling:
      min: 2
      max: 6
      target_memory_percent: 70
      target_requests_per_task: 600
      schedule: [{schedule: cron(0 20 * * ? *), timezone: Europe/Berlin, min: 1, max: 2}]
    depends_on: [migrate]
  old-paths:
    kind: elbv2.listener_rule
    listener_arn: ${api-http.listener_arn}
    priority: 1
    conditions: [{field: path-pattern, path_pattern_config: {values: [/old/*]}}]
    actions: [{type: redirect, redirect_config: {path: /new, status_code: HTTP_301}}]
  status:
    kind: elbv2.listener_rule
    listener_arn: ${api-http.listener_arn}
    priority: 2
    conditions: [{field: path-pattern, path_pattern_config: {values: [/status]}}]
    actions: [{type: fixed-response, fixed_response_config: {status_code: "200"}}]
  report:
    kind: scheduled_task
    network: ${net}
    task: ${api}
    command: [node, report.js]
    schedule: cron(0 6 ? * MON-FRI *)
    timezone: Europe/Berlin
"""
SWAPPED = (
    FIRST.replace("priority: 1", "priority: 0")
    .replace("priority: 2", "priority: 1")
    .replace("priority: 0", "priority: 2")
)
THEN = SWAPPED.replace('repository_uri}:1"', 'repository_uri}:2"')
"""The next version, and two rules that have changed places."""


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


def test_programs_and_jobs_converge_move_on_and_go(aws: EmbeddedAws, tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    clients = Clients("eu-central-1")
    for text, runs in ((FIRST, 1), (THEN, 2)):
        path.write_text(text, encoding="utf-8")
        life = Life(unprotected(read_stack(path)), clients)
        assert not_done(life.apply()) == []
        again = life.plan()
        assert [(change.address, change.fields) for change in again.effects] == []
        assert {change.action for change in again.changes} == {Action.NOOP}
        assert aws.calls.count(("ecs", "RunTask")) >= runs
    assert not_done(life.apply(destroy=True)) == []
    rest = life.plan(destroy=True)
    assert ([change.address for change in rest.changes], rest.findings) == ([], ())
    assert (aws.unimplemented, aws.crashes) == ([], [])
