"""Interrupted and terminated: what is in flight ends, the code says which it was, and running again goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from reconciler.simulator.faults import _Fault
from reconciler.simulator.wire import Request
from tests.cli.shell import PATIENCE, Running, Shell, client, writes

CHAIN = """\
stack: shop
region: eu-central-1
resources:
  network:
    kind: ec2.vpc
    cidr_block: 10.0.0.0/16
  inside:
    kind: ec2.subnet
    vpc_id: ${network.vpc_id}
    cidr_block: 10.0.1.0/24
  web:
    kind: ec2.security_group
    vpc_id: ${network.vpc_id}
    description: Web
"""
SIGNALS = [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)]


class Gate(_Fault):
    """No fault at all: holds up the first call of an operation, and with it the whole server, until it is opened."""

    def __init__(self, operation: str) -> None:
        super().__init__("*", operation, 1, None)
        self.reached, self.opened = threading.Event(), threading.Event()

    def matches(self, request: Request) -> bool:
        if super().matches(request):
            self.times = 0
            self.reached.set()
            assert self.opened.wait(PATIENCE)
        return False


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """SIGINT reaches the processes started here, also where the tests run in the background of a shell.

    Such a shell has it ignored, and a program inherits that; what is handled here is back at its default there.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def standstill(aws: EmbeddedAws, operation: str, running: Callable[[], Running]) -> Iterator[Running]:
    """A process that AWS does not answer, from when it asks for this until the block ends."""
    gate = Gate(operation)
    aws.faults._faults.append(gate)
    try:
        process = running()
        assert gate.reached.wait(PATIENCE)
        yield process
    finally:
        gate.opened.set()


def converged(shell: Shell, aws: EmbeddedAws) -> bool:
    """Does running again end well, with one of everything?"""
    again = shell("apply", "--yes")
    tagged = [{"Name": "tag:reconciler:stack", "Values": ["shop"]}]
    ec2 = client(aws, "ec2")
    made = (
        ec2.describe_vpcs(Filters=tagged)["Vpcs"],
        ec2.describe_subnets(Filters=tagged)["Subnets"],
        ec2.describe_security_groups(Filters=tagged)["SecurityGroups"],
    )
    return again.code == Exit.OK and [len(found) for found in made] == [1, 1, 1]


@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_signal_lets_calls_in_flight_end_and_says_what_was_not_started(
    shell: Shell, aws: EmbeddedAws, number: signal.Signals, code: Exit
) -> None:
    shell.write(CHAIN)
    apply = partial(shell.start, "apply", "--yes", "--report", "json=applied.json")
    with standstill(aws, "CreateVpc", apply) as running:
        running.process.send_signal(number)
        running.wait_for("stopping after the calls in flight; once more stops at once")
        assert running.process.poll() is None
    ended = running.end()
    assert ended.code == code
    assert "ec2.subnet/inside" in ended.stdout.split("Not started")[1]
    assert "not started create   ec2.subnet/inside (0 s): interrupted" in ended.stderr
    assert (shell.folder / "applied.json").exists()
    assert ("ec2", "CreateSubnet") not in writes(aws)
    assert converged(shell, aws)


@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_second_signal_stops_at_once_though_aws_does_not_answer(
    shell: Shell, aws: EmbeddedAws, number: signal.Signals, code: Exit
) -> None:
    shell.write(CHAIN)
    with standstill(aws, "CreateVpc", partial(shell.start, "apply", "--yes")) as running:
        running.process.send_signal(number)
        running.wait_for("once more stops at once")
        running.process.send_signal(number)
        assert running.end().code == code
    assert converged(shell, aws)


def test_a_plan_stops_at_once_though_aws_does_not_answer(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(CHAIN)
    with standstill(aws, "DescribeVpcs", partial(shell.start, "plan", "-o", "json")) as running:
        running.process.send_signal(signal.SIGINT)
        ended = running.end()
    assert (ended.code, ended.stderr.strip()) == (Exit.INTERRUPTED, "interrupted")
    assert ended.document["error"]["code"] == "interrupted"
