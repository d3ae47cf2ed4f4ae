"""One embedded AWS per test process, emptied before each test that uses it, and one PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.aws.clients import Clients
from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres
from tests.engine.stacks import REGION, Workbench


@pytest.fixture(scope="session")
def aws_server() -> Iterator[EmbeddedAws]:
    """The embedded AWS of this process; the environment points boto3 at it."""
    server = start_aws()
    before = dict(os.environ)
    os.environ.update(server.environment(REGION))
    yield server
    os.environ.clear()
    os.environ.update(before)
    server.stop()


@pytest.fixture
def aws(aws_server: EmbeddedAws) -> EmbeddedAws:
    """The same, with nothing in it."""
    aws_server.reset()
    return aws_server


@pytest.fixture(scope="session")
def clients(aws_server: EmbeddedAws) -> Clients:
    return Clients(REGION)


@pytest.fixture
def bench(aws: EmbeddedAws, clients: Clients, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, clients, {})


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The PostgreSQL of this process; each test makes a database of its own."""
    server = start_postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.discard()
