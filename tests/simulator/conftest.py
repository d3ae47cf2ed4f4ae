"""Servers and clients for the tests of the simulator: one per process, emptied before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import Account


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedAws]:
    running = start_aws()
    yield running
    running.stop()


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    """The lenient, repaired server, empty."""
    server.reset()
    return server


@pytest.fixture
def account(aws: EmbeddedAws) -> Account:
    return Account(aws.endpoint)


@pytest.fixture(scope="session")
def refusing_server() -> Iterator[EmbeddedAws]:
    running = start_aws(strict=Strictness(refusals=True))
    yield running
    running.stop()


@pytest.fixture
def strict_account(refusing_server: EmbeddedAws) -> Account:
    """An empty account that refuses what AWS refuses."""
    refusing_server.reset()
    return Account(refusing_server.endpoint)
