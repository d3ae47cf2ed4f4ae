"""`reconcile simulator`: the embedded AWS and PostgreSQL that `--simulate` keeps running for a folder."""

from __future__ import annotations

import click

from reconciler.cli.session import STATE
from reconciler.cli.streams import result


@click.group("simulator")
def command() -> None:
    """Look at or stop the embedded AWS and PostgreSQL of this folder."""


@command.command("status")
def status() -> None:
    """Say where they listen, without starting them."""
    from reconciler.simulator.daemon import find_simulator

    simulator = find_simulator(STATE)
    result(f"AWS at {simulator.endpoint}, process {simulator.pid}" if simulator else "not running")


@command.command("start")
def start() -> None:
    """Start them, and print the environment other programs need to use them."""
    from reconciler.simulator.daemon import ensure_simulator

    for name, value in ensure_simulator(STATE).environment().items():
        result(f"export {name}={value}")


@command.command("stop")
def stop() -> None:
    """Stop them."""
    from reconciler.simulator.daemon import stop_simulator

    result("stopped" if stop_simulator(STATE) else "not running")
