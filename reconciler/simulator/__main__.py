"""The detached process behind `--simulate`: `python -m reconciler.simulator DIRECTORY IDLE_SECONDS`.

Runs the embedded AWS and PostgreSQL until told to end, until nobody used them for the given time, or until its state
file is gone or another's. It never prints: everything it has to say goes to its log.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.daemon import postgres_directory, read_state, state_file, write_state
from reconciler.simulator.postgres import start_postgres
from reconciler.simulator.wire import backend

_LOG = logging.getLogger("reconciler.simulator")
_TICK_SECONDS = 0.5


def main(directory: Path, idle_seconds: float) -> None:
    """Start both, publish where they are, and stay."""
    os.chdir("/")  # so that no directory is kept from being unmounted
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with ThreadPoolExecutor(2) as pool:
        database = pool.submit(start_postgres, postgres_directory(directory))
        aws = start_aws()
        postgres = database.result()
    token = secrets.token_hex(16)
    aws.offer("identity", lambda _: {"token": token, "pid": os.getpid()})
    aws.offer("primary", lambda query: _primary(query.get("host", "")))
    state = {"pid": os.getpid(), "endpoint": aws.endpoint, "token": token}
    write_state(directory, {**state, "postgres_dsn": postgres.dsn(), "notice": postgres.notice})
    _LOG.info("serving %s at %s, pid %s", directory, aws.endpoint, os.getpid())

    def reason_to_go() -> str:
        if read_state(directory).get("token") != token:
            return "the state file is gone or another's"
        if aws.idle_seconds > idle_seconds and postgres.clients() == 0:
            return f"nobody asked for {idle_seconds:g} seconds"
        return ""

    try:
        _LOG.info("ending: %s", _stay(told, reason_to_go, aws))
    finally:
        if read_state(directory).get("token") == token:
            state_file(directory).unlink(missing_ok=True)
        aws.stop()
        postgres.stop()


def _stay(told: threading.Event, reason_to_go: Callable[[], str], aws: EmbeddedAws) -> str:
    """Reports what went wrong to the log as it happens; returns why it is time to go."""
    reported = 0
    while not told.wait(_TICK_SECONDS):
        troubles = [*aws.crashes, *(":".join(call) + " is not implemented" for call in aws.unimplemented)]
        for trouble in troubles[reported:]:
            _LOG.warning("%s", trouble)
        reported = len(troubles)
        reason = reason_to_go()
        if reason:
            return reason
    return "told to"


def _primary(host: str) -> str:
    """The endpoint whose data `host` shows: its source's where it is a read replica."""
    region = host.split(".")[2] if host.count(".") > 2 else "us-east-1"
    databases = backend("rds", region).databases
    found = next((database for database in databases.values() if database.address == host), None)
    source = databases.get(found.source_db_instance_identifier) if found is not None and found.is_replica else None
    return str(source.address) if source is not None else host


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    main(Path(sys.argv[1]), float(sys.argv[2]))
