"""Mail, buckets, secrets and parameters with all their settings, from nothing to nothing, in a difficult AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.aws.clients import Clients
from reconciler.model import Action
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import HOSTILE, STRICT, Strictness
from reconciler.spec import read_stack
from tests.engine.specs import ACCOUNT, REGION
from tests.engine.test_strict_aws import Life, not_done, unprotected

pytestmark = pytest.mark.xdist_group("strict-aws")

STACK = f"""\
stack: shop
account: "{ACCOUNT}"
region: {REGION}
resources:
  mail:
    kind: email
    domain: example.com
    senders: [reports@example.com]
    tracking_domain: click.example.com
    templates: {{welcome: {{subject_part: Welcome}}}}
    events: {{notify: [ops@example.com], metrics: [SEND, BOUNCE]}}
    account:
      suppressed_reasons: [BOUNCE]
      production_access_enabled: true
      mail_type: TRANSACTIONAL
      website_url: https://example.com
  uploads:
    kind: bucket
    event_bridge: true
    cors_origins: ["https://app.example.com"]
    lifecycle: [{{name: archive, prefix: old/, move: [{{after_days: 30, to: GLACIER}}]}}]
  key:
    kind: secretsmanager.secret
    generate_secret_string: {{length: 40}}
    rotation_rules: {{automatically_after_days: 30}}
    rotation_lambda_arn: arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate
    add_replica_regions: [{{region: eu-west-1}}]
  token:
    kind: ssm.parameter
    type: SecureString
    value_from: {{secret_arn: "${{key.arn}}"}}
  level:
    kind: ssm.parameter
    value: debug
"""


@pytest.fixture(params=[STRICT, HOSTILE], ids=["strict", "hostile"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    strictness: Strictness = request.param
    server = start_aws(strict=strictness)
    server.reset()
    for name, value in server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    yield server
    server.reset()
    server.stop()


def test_it_is_made_stays_as_it_is_and_goes_but_for_the_account(aws: EmbeddedAws, tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(STACK, encoding="utf-8")
    life = Life(unprotected(read_stack(path)), Clients(REGION))
    assert not_done(life.apply()) == []
    again = life.plan()
    assert ({change.action for change in again.changes}, again.findings) == ({Action.NOOP}, ())
    assert not_done(life.apply(destroy=True)) == []
    assert life.plan(destroy=True).changes == ()
    assert (aws.unimplemented, aws.crashes) == ([], [])
