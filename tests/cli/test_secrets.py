"""No secret is ever shown: not by a plan, an apply or an error, on no stream and in no report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import Shell, client
from tests.cli.stacks import TOPIC

CANARY = "Canary-7b1e4c92-sings"
VARIABLE = "Canary-in-a-variable-55"
FORMATS = ("json", "html", "markdown", "text", "github", "mermaid")
SPEC = f"""\
stack: shop
region: eu-central-1
vars:
  token:
resources:
  session:
    kind: secretsmanager.secret
    generate_secret_string:
      length: 40
      template: '{{"username": "shop", "password": "{{}}"}}'
  api:
    kind: ecs.task_definition
    cpu: "256"
    memory: "512"
    container_definitions:
      - name: api
        image: ghcr.io/shop/api:1
        environment:
          - {{name: MODE, value: production}}
          - {{name: DATABASE_PASSWORD, value: {CANARY}}}
          - {{name: DATABASE_URL, value: "postgresql://shop:{CANARY}@db.example.com/shop"}}
          - {{name: API_TOKEN, value: "${{vars.token}}"}}
  news:
    kind: sns.topic
    subscriptions:
      - {{protocol: https, endpoint: "https://shop:{CANARY}@hooks.example.com/news"}}
"""


def everything_shown(shell: Shell, *arguments: str) -> tuple[int, str]:
    """The exit code, and all a run wrote anywhere in its folder and on its streams, for people and for programs."""
    folder = Path(arguments[0])
    wanted = [word for form in FORMATS for word in ("--report", f"{form}={folder / form}")]
    ended = shell(*arguments, "--var", f"token={VARIABLE}", *wanted)
    reports = [(shell.folder / folder / form).read_text(encoding="utf-8") for form in FORMATS]
    assert len([report for report in reports if report]) >= len(FORMATS) - 1  # without a finding, nothing to annotate
    return ended.code, "\n".join([ended.stdout, ended.stderr, *reports])


def test_secrets_are_never_shown_from_plan_to_destroy(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SPEC)
    code, shown = everything_shown(shell, "plan")
    assert code == Exit.OK
    assert "DATABASE_PASSWORD" in shown
    code, applied = everything_shown(shell, "apply", "--yes")
    assert code == Exit.OK
    shown += applied

    stored = json.loads(client(aws, "secretsmanager").get_secret_value(SecretId="shop-session")["SecretString"])
    assert len(stored["password"]) == 40
    (container,) = client(aws, "ecs").describe_task_definition(taskDefinition="shop-api")["taskDefinition"][
        "containerDefinitions"
    ]
    environment = {item["name"]: item["value"] for item in container["environment"]}
    assert (environment["DATABASE_PASSWORD"], environment["API_TOKEN"]) == (CANARY, VARIABLE)

    shell.write(SPEC.replace(CANARY, f"{CANARY}-new").replace("production", "staging"))
    code, drifted = everything_shown(shell, "drift")
    assert code == Exit.DIFFERENCES
    assert "staging" in drifted
    shown += drifted + everything_shown(shell, "destroy", "--yes")[1]
    for secret in (CANARY, VARIABLE, stored["password"]):
        assert secret not in shown


def test_json_on_stdout_hides_them_too(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SPEC)
    for arguments in (("plan",), ("apply", "--yes")):
        ended = shell(*arguments, "-o", "json", "--var", f"token={VARIABLE}")
        assert ended.code == Exit.OK
        assert ended.document["changes"]
        assert CANARY not in ended.output
        assert VARIABLE not in ended.output


@pytest.mark.parametrize("option", [(), ("-o", "json")])
def test_a_password_in_an_address_that_cannot_be_reached_is_not_repeated(shell: Shell, option: tuple[str, ...]) -> None:
    (shell.folder / "app.db").write_bytes(b"")
    address = f"postgresql://shop:{CANARY}@127.0.0.1:9/shop"
    ended = shell("migrate", "app.db", "--target", address, *option)
    assert ended.code == Exit.ERROR
    assert "cannot connect to PostgreSQL" in ended.stderr
    assert CANARY not in ended.output


def test_nor_is_one_in_the_spec(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(
        TOPIC + f"  data:\n    kind: data.migration\n    source: app.db\n"
        f"    target: postgresql://shop:{CANARY}@127.0.0.1:9/shop\n"
    )
    for arguments in (("validate",), ("graph",), ("plan",), ("plan", "-o", "json"), ("apply", "--yes")):
        ended = shell(*arguments)
        assert CANARY not in ended.output, arguments


def test_a_mistake_beside_a_secret_does_not_show_the_line_of_the_secret(shell: Shell) -> None:
    shell.write(SPEC.replace("          - {name: MODE", "          - {nome: MODE"))
    ended = shell("validate", "--var", f"token={VARIABLE}")
    assert ended.code == Exit.INVALID_SPEC
    assert "did you mean `name`?" in ended.stderr
    assert VARIABLE not in ended.output
