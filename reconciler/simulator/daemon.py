"""One simulated AWS and PostgreSQL per directory, kept by a detached process between runs of the command line.

moto keeps nothing: its recorder replays every request ever made, and its certificates and keys cannot be pickled. So
the state lives in a process of its own, found through `simulator.json` in the directory (`.reconcile`, as a rule). It
ends by itself when nobody used it for a while or when that file goes away. Nothing here may stop a process it has not
recognised as its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcileError

IDLE_SECONDS = 2 * 60 * 60
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulation. `notice` is what its user should be told, if anything."""

    endpoint: str
    postgres_dsn: str
    """The administrator's connection string."""
    pid: int
    started_now: bool
    notice: str
    _directory: Path

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """The variables that point boto3 here: endpoint, fixed keys that are worth nothing, region."""
        from reconciler.simulator.aws import environment

        return environment(self.endpoint, region)

    def dsn_for(self, host: str, database: str) -> str:
        """The connection string that stands in for `database` on the RDS endpoint `host`.

        Each database of each instance has one of its own, made on first use; a read replica shows its source's.
        """
        from reconciler.simulator.postgres import start_postgres

        primary = _ask(self.endpoint, "primary", host=host) or host
        return start_postgres(postgres_directory(self._directory)).ensure_database(_stand_in(str(primary), database))


def ensure_simulator(directory: Path, idle_seconds: float = IDLE_SECONDS) -> Simulator:
    """Find the simulator of `directory`, or start it. Safe when several processes do so at once.

    Raises ReconcileError, with the end of its log, where it does not come up.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with _locked(directory):
        found = _recognised(directory)
        if found is not None:
            return _simulator(directory, found, started_now=False)
        return _simulator(directory, _launch(directory, idle_seconds), started_now=True)


def find_simulator(directory: Path) -> Simulator | None:
    """The simulator of `directory`, if one is running."""
    found = _recognised(directory.resolve())
    return _simulator(directory.resolve(), found, started_now=False) if found is not None else None


def stop_simulator(directory: Path) -> bool:
    """End the simulator of `directory` and wait until it is gone; False where none was running.

    What was in its AWS is gone; what was in its database stays.
    """
    directory = directory.resolve()
    if not directory.exists():
        return False
    with _locked(directory):
        found = _recognised(directory)
        if found is None:
            return False
        pid = int(found["pid"])
        os.kill(pid, signal.SIGTERM)
        _wait(lambda: _recognised(directory) is None and not _alive(pid), f"simulator {pid} does not end")
        return True


# --- what the process itself uses -------------------------------------------------------------------------------------


def state_file(directory: Path) -> Path:
    """Where the process says who and where it is."""
    return directory / "simulator.json"


def postgres_directory(directory: Path) -> Path:
    """Where the database's files go."""
    return directory / "postgres"


def write_state(directory: Path, state: dict[str, Any]) -> None:
    """Publish the state at once and whole; it holds a password, so nobody else may read it."""
    path = state_file(directory)
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(state, file)
    draft.replace(path)


def read_state(directory: Path) -> dict[str, Any]:
    """The published state; empty where there is none or it is damaged."""
    try:
        state = json.loads(state_file(directory).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return {}
    return state if isinstance(state, dict) and {"pid", "endpoint", "token"} <= state.keys() else {}


# --- finding and starting ---------------------------------------------------------------------------------------------


def _recognised(directory: Path) -> dict[str, Any] | None:
    """The state, if the process it names answers that it is the one that wrote it."""
    state = read_state(directory)
    if state and _ask(state["endpoint"], "identity") == {"token": state["token"], "pid": state["pid"]}:
        return state
    return None


def _ask(endpoint: str, name: str, **query: str) -> object:
    """What the simulator answers; None where nothing, or something else, listens there."""
    url = f"{endpoint}/_simulator/{name}?{urllib.parse.urlencode(query)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            found: object = json.load(answer)
            return found
    except (OSError, ValueError, urllib.error.URLError):
        return None


def _launch(directory: Path, idle_seconds: float) -> dict[str, Any]:
    state_file(directory).unlink(missing_ok=True)
    log = directory / "simulator.log"
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-m", "reconciler.simulator", str(directory), str(idle_seconds)]
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(sys.executable, command, environment, file_actions=streams, setsid=True)
    _wait(lambda: _recognised(directory) is not None or not _alive(pid), f"the simulator did not start, see {log}")
    found = _recognised(directory)
    if found is None:
        tail = log.read_text(errors="replace")[-800:].strip()
        raise ReconcileError(f"the simulator ended at once: {tail}", help=f"its log is {log}")
    return found


def _simulator(directory: Path, state: dict[str, Any], started_now: bool) -> Simulator:
    pid, dsn, notice = int(state["pid"]), str(state["postgres_dsn"]), str(state["notice"])
    return Simulator(str(state["endpoint"]), dsn, pid, started_now, notice, directory)


def _wait(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise ReconcileError(complaint)
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child stays a zombie until it is asked for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / "simulator.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stand_in(host: str, database: str) -> str:
    """The name of the database that stands in for another: readable, unique, and within PostgreSQL's 63 bytes."""
    digest = hashlib.sha256(f"{host}/{database}".encode()).hexdigest()[:8]
    return f"{host.partition('.')[0][:30]}.{database[:20]}.{digest}"
