"""One embedded AWS per test process; each test gets it empty, a folder of its own, and an environment that says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulator.aws import EmbeddedAws, start_aws
from tests.cli.shell import REGION, Shell

MEANT_FOR_US = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "RECONCILE_NO_COLOR",
    "NO_COLOR",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GITHUB_SHA",
)
"""Variables that change what the command line does; whoever runs the tests may have them."""


@pytest.fixture(scope="session")
def aws_server() -> Iterator[EmbeddedAws]:
    server = start_aws()
    yield server
    server.stop()


@pytest.fixture
def aws(aws_server: EmbeddedAws, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """An empty account, and an environment that points there."""
    aws_server.reset()
    for name, value in aws_server.environment(REGION).items():
        monkeypatch.setenv(name, value)
    return aws_server


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line in an empty folder, run by somebody without credentials and with an AWS that does not answer."""
    home = tmp_path / "home"
    home.mkdir()
    for name in (*MEANT_FOR_US, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Shell(folder, capsys)
