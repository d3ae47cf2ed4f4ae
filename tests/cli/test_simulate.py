"""`--simulate`: the whole tool for somebody without an account, in a folder that remembers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from reconciler.errors import Exit
from reconciler.simulator.daemon import stop_simulator
from reconciler.simulator.postgres import start_postgres
from tests.cli.shell import Shell
from tests.cli.stacks import TOPIC


@pytest.fixture
def sandbox(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell whose simulation ends with the test, and the variables `--simulate` sets with it."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield shell
    state = shell.folder / ".reconcile"
    stop_simulator(state)
    start_postgres(state / ".reconcile" / "postgres").discard()


@pytest.mark.slow
def test_a_stack_is_tried_without_an_account(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.write(TOPIC.replace("123456789012", "210987654321"))
    assert sandbox("simulator", "status").stdout == "not running\n"
    with monkeypatch.context() as real:
        real.setenv("AWS_PROFILE", "nobody-of-this-name")
        plan = sandbox.process("plan", "--simulate")
    assert (plan.code, "Plan: 1 to add" in plan.stdout) == (Exit.OK, True)
    assert plan.stderr.startswith("started an embedded AWS and PostgreSQL (kept in .reconcile/;")
    assert sandbox.process("apply", "--simulate", "--yes").code == Exit.OK
    again = sandbox.process("plan", "--simulate", "--detailed-exitcode")
    assert (again.code, again.stderr) == (Exit.OK, "")
    assert "No changes." in again.stdout

    status = sandbox("simulator", "status").stdout
    assert re.fullmatch(r"AWS at http://127\.0\.0\.1:\d+, process \d+\n", status)
    exported = dict(re.findall(r"^export (\w+)=(\S*)$", sandbox("simulator", "start").stdout, re.MULTILINE))
    assert exported["AWS_ENDPOINT_URL"] in status
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    sandbox.write(TOPIC)
    assert sandbox("drift").code == Exit.OK

    assert sandbox("simulator", "stop").stdout == "stopped\n"
    assert sandbox("simulator", "stop").stdout == "not running\n"
    assert sandbox("simulator", "status").stdout == "not running\n"
