"""`doctor` says what is here and what is missing, and how to get it; it changes nothing."""

from __future__ import annotations

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import ACCOUNT, Shell
from tests.cli.stacks import TOPIC


def test_a_machine_that_is_ready(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    text = shell("doctor")
    assert (text.code, text.stderr) == (Exit.OK, "")
    assert "ok       spec: spec/shop.yaml is valid, 1 entries" in text.stdout
    assert f"ok       AWS credentials: arn:aws:sts::{ACCOUNT}:user/moto in {ACCOUNT} (emulated)" in text.stdout
    assert "MISSING" not in text.stdout
    document = shell("doctor", "-o", "json").document
    checks = {check["name"]: check for check in document["checks"]}
    assert checks["Python"]["ok"]
    assert checks["AWS credentials"]["found"].endswith(f"in {ACCOUNT} (emulated)")
    assert aws.calls == [("sts", "GetCallerIdentity")] * 2


def test_what_is_missing_is_named_with_the_way_to_get_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("PATH", str(shell.folder))
    shell.write(TOPIC)
    text = shell("doctor")
    assert text.code == Exit.ERROR
    assert "MISSING  AWS credentials: Unable to locate credentials\n" in text.stdout
    assert "          -> set AWS_PROFILE or log in; `--simulate` needs no account\n" in text.stdout
    assert "absent   docker: not found\n" in text.stdout


def test_what_the_job_can_do_without_is_no_failure(
    shell: Shell, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(shell.folder))
    shell.write(TOPIC)
    ended = shell("doctor")
    assert (ended.code, "absent   git: not found" in ended.stdout) == (Exit.OK, True)


def test_the_wrong_account_is_a_failure(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC.replace(ACCOUNT, "210987654321"))
    ended = shell("doctor")
    assert ended.code == Exit.ERROR
    assert "MISSING  AWS credentials: the spec is for account 210987654321" in ended.stdout


def test_without_a_spec_it_is_the_spec_that_is_missing(shell: Shell, aws: EmbeddedAws) -> None:
    ended = shell("doctor")
    assert ended.code == Exit.ERROR
    assert "MISSING  spec: no spec found in spec/\n          -> name one with `-f FILE`\n" in ended.stdout
    assert "MISSING  AWS credentials: not looked at" in ended.stdout
    shell.write(TOPIC.replace("display_name", "displayname"))
    assert "-> `reconcile validate` shows where" in shell("doctor").stdout
    assert aws.calls == []
