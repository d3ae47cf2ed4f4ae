"""A real PgBouncer, started by the script our containers run, in front of the embedded PostgreSQL."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from reconciler.components import _pgbouncer
from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres

OLDEST = (1, 21)
"""The first that follows prepared statements in transaction mode."""
USER = "app"
PASSWORD = """it's "100%" \\ s3cret"""
"""Harder than any that RDS takes."""


def pgbouncer_version() -> tuple[int, ...]:
    """Skips the test where there is none, or one that is too old, and says what to do about it."""
    program = shutil.which("pgbouncer")
    help = "install PgBouncer 1.21 or newer: `apt install pgbouncer` on Debian 13, `brew install pgbouncer` on macOS"
    if program is None:
        pytest.skip(f"no pgbouncer on the PATH; {help}")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < OLDEST:
        pytest.skip(f"{program} is {version[0]}.{version[1]}; {help}")
    return version


@dataclass(slots=True)
class Pool:
    """A running pool: how to get into it, and the process it is."""

    port: int
    directory: Path
    process: subprocess.Popen[bytes]

    def dsn(self, name: str = USER, password: str = PASSWORD, user: str = USER) -> str:
        """libpq refuses to answer anything but SCRAM."""
        login = f"{quote(user)}:{quote(password, safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{name}?require_auth=scram-sha-256&connect_timeout=30"

    def ended(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


@dataclass(slots=True)
class Pools:
    """Starts pools in front of one server, and ends them."""

    server: EmbeddedPostgres
    running: ExitStack = field(default_factory=ExitStack)

    def start(self, **option: Any) -> Pool:
        """A pool with these words in its `pgbouncer:` option, which takes connections."""
        pool = self.running.enter_context(_pool(self.server, option))
        wait_until(lambda: health(pool) == 0 or pool.process.poll() is not None)
        assert pool.process.poll() is None, (pool.directory / "log").read_text()
        return pool


@contextmanager
def _pool(server: EmbeddedPostgres, option: Mapping[str, Any]) -> Iterator[Pool]:
    directory = Path(tempfile.mkdtemp(prefix="pool-"))  # a short path: sockets take no long ones
    directory.chmod(0o755)
    database = {
        "endpoint_address": "127.0.0.1",
        "endpoint_port": server.port,
        "db_name": USER,
        "master_username": USER,
        "replica_endpoint_address": "127.0.0.1",
    }
    port = _free_port()
    ini = _pgbouncer.configuration(_pgbouncer.configured(option), database, "127.0.0.1", port)
    variables = {name: str(value) for name, value in _pgbouncer.environment(ini, database).items()}
    secrets = {"POOL_PASSWORD": PASSWORD, "POOL_DIRECTORY": str(directory / "run")}
    started = _pgbouncer.started(port)
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [*started["entry_point"], *started["command"]],
            env={"PATH": os.environ["PATH"], **variables, **secrets},
            stdout=log,
            stderr=log,
        )
    try:
        yield Pool(port, directory, process)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


def health(pool: Pool) -> int:
    """The exit code of the container's health check."""
    shell, check = _pgbouncer.started(pool.port)["health_check"]["command"]
    assert shell == "CMD-SHELL"
    command = check.replace(_pgbouncer.DIRECTORY, str(pool.directory / "run"))
    return subprocess.run(["sh", "-c", command], check=False).returncode


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the server -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """With a database and user `app`, who is no superuser, and TLS as RDS has it."""
    postgres = start_postgres(tmp_path_factory.mktemp("postgres"))
    postgres.ensure_database(USER, PASSWORD)
    _encrypt(postgres)
    yield postgres
    postgres.stop()


def _encrypt(postgres: EmbeddedPostgres) -> None:
    """A certificate of its own for the server, as any that `require` takes unseen."""
    certificate, key = _self_signed()
    owner = postgres.data.stat()
    for name, content in (("server.crt", certificate), ("server.key", key)):
        path = postgres.data / name
        path.write_bytes(content)
        path.chmod(0o600)
        os.chown(path, owner.st_uid, owner.st_gid)
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET ssl = on")
        admin.execute("SELECT pg_reload_conf()")


def _self_signed() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
    certificate = builder.serial_number(1).sign(key, hashes.SHA256())
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(pem, form, plain)


@pytest.fixture
def pools(server: EmbeddedPostgres) -> Iterator[Pools]:
    pgbouncer_version()
    started = Pools(server)
    with started.running:
        yield started


@pytest.fixture(scope="session", autouse=True)
def many_files() -> None:
    """Hundreds of connections are hundreds of open files, of this process and of those it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
