"""A run: the spec expanded for the account we are in, and the executor that reaches it.

The embedded AWS is started here when asked for; nothing below the command line knows it is simulated.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.aws.identity import Identity, identity
from reconciler.cli.options import Common
from reconciler.cli.source import expanded_offline, read_stack
from reconciler.cli.streams import say
from reconciler.data_route import DataRoute
from reconciler.errors import Refused
from reconciler.expand import Expanded, expand
from reconciler.model import Address, Call, Plan
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.spec.stack import Stack

STATE = Path(".reconcile")
"""Where the embedded AWS and PostgreSQL, and downloaded sources, are kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a command needs to plan and apply."""

    stack: Stack
    desired: Desired
    executor: Executor
    identity: Identity

    def plan(self, *, quick: bool = False) -> Plan:
        return make_plan(self.desired, self.executor, quick=quick)[0]

    @property
    def emulated(self) -> bool:
        return self.executor.clients.emulated


class Listener(Protocol):
    """Who hears of writes and of rows copied, and may want to stop: `reconciler.cli.progress.Progress`."""

    stopping: threading.Event

    def wrote(self, call: Call, outcome: str) -> None: ...

    def says(self, address: Address, text: str) -> None: ...


def open_run(
    options: Common,
    state: Path = STATE,
    *,
    writes: bool = False,
    destroy: bool = False,
    listener: Listener | None = None,
) -> Run:
    """Read the spec, find out who we are, and get ready.

    Raises InvalidSpec, NoCredentials, Refused (the wrong account).
    """
    stack = read_stack(options)
    expanded = expanded_offline(stack)
    stand_in = _simulate(options, state)
    clients = Clients(stack.region, None if options.simulate else options.profile)
    if options.simulate and not clients.emulated:
        raise Refused("the simulation would reach a real AWS", help="look for endpoint settings in ~/.aws/config")
    who = identity(clients)
    _check_account(stack, who, options)
    if who.account != stack.account:
        expanded = expand(stack, who.account, stack.region)
    route = DataRoute(
        clients,
        Path(stack.file).parent,
        state,
        stand_in or _emulated_database(clients, state),
        listener,
    )
    executor = Executor(
        clients, routes={"migration": route}, on_write=listener.wrote if listener else None, read_only=not writes
    )
    known = expanded if destroy else None
    wanted = Expanded({}, {}) if destroy else expanded
    desired = Desired(stack.name, who.account, stack.region, wanted, stack.removed, known)
    return Run(stack, desired, executor, who)


REAL = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
"""What could lead a simulation to a real account."""

StandIn = Callable[[str, str], str]
"""(host, database) -> the DSN of the database that stands in for an emulated RDS instance."""


def _simulate(options: Common, state: Path) -> StandIn | None:
    if not options.simulate:
        return None
    from reconciler.simulator.daemon import ensure_simulator

    for name in [name for name in os.environ if name in REAL or name.startswith("AWS_ENDPOINT_URL_")]:
        del os.environ[name]  # before the simulator starts, which would look for the profile too
    simulator = ensure_simulator(state)
    if simulator.started_now:
        say(f"started an embedded AWS and PostgreSQL (kept in {state}/; `reconcile simulator stop` ends them)")
    os.environ.update(simulator.environment())
    return simulator.dsn_for


def _emulated_database(clients: Clients, state: Path) -> StandIn | None:
    """AWS_ENDPOINT_URL on this machine is an emulator: nothing answers behind its RDS endpoints."""
    if not clients.emulated:
        return None

    def stand_in(host: str, database: str) -> str:
        from reconciler.simulator.daemon import ensure_simulator

        say(f"{host} is an emulated database with no server behind it: the embedded PostgreSQL stands in")
        return ensure_simulator(state).dsn_for(host, database)

    return stand_in


def _check_account(stack: Stack, identity: Identity, options: Common) -> None:
    if stack.account is None or stack.account == identity.account or options.simulate:
        return
    raise Refused(
        f"the spec is for account {stack.account}, and these credentials are for {identity.account} ({identity.arn})",
        help="use the credentials of the right account (AWS_PROFILE, --profile), or correct `account:` in the spec",
    )
