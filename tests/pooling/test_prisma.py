"""The application's own Prisma client on a migrated database: what it read from SQLite it reads from PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from reconciler.migration import Options, migrate
from reconciler.simulator.postgres import EmbeddedPostgres
from reconciler.simulator.scorecard import write_scorecard
from tests.pooling.conftest import PASSWORD, USER, Pools

pytestmark = pytest.mark.xdist_group("pooling")

PROJECT = Path(__file__).parent / "prisma"
GENERATED = PROJECT / "generated"
PRISMA = "node_modules/prisma/build/index.js"
OLDEST_NODE = (20, 19)
SCHEMA = "scorecard"
ROWS = 2_000


def node_version() -> tuple[int, ...]:
    """Skips the test where Node.js is missing or too old for Prisma, and says what to do about it."""
    help = f"install Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer with npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip(f"no Node.js on the PATH; {help}")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    if version < OLDEST_NODE:
        pytest.skip(f"Node.js is {said.strip()}; {help}")
    return version


@dataclass(frozen=True, slots=True)
class Prisma:
    """The clients of both engines, generated from the application's models."""

    generated: Path

    def ask(self, provider: str, url: str, task: str) -> Any:
        done = subprocess.run(
            ["node", "client.mjs", provider, url, task, str(self.generated), SCHEMA],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def prisma() -> Prisma:
    node_version()
    if not _is_installed():
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    GENERATED.mkdir(exist_ok=True)
    for provider in ("sqlite", "postgresql"):
        schema = GENERATED / f"{provider}.prisma"
        schema.write_text(_client_of(provider) + (PROJECT / "models.prisma").read_text(encoding="utf-8"), "utf-8")
        # The engine that changes schemas is not needed to generate a client, and would be fetched from elsewhere.
        _run(
            "node", PRISMA, "generate", "--schema", str(schema), PRISMA_SCHEMA_ENGINE_BINARY=shutil.which("true") or ""
        )
    return Prisma(GENERATED)


def _is_installed() -> bool:
    lock, installed = PROJECT / "package-lock.json", PROJECT / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def _run(*command: str, **environment: str) -> None:
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _client_of(provider: str) -> str:
    generator = f'generator client {{\n  provider = "prisma-client-js"\n  output = "./{provider}"\n}}\n'
    return f'{generator}datasource db {{\n  provider = "{provider}"\n}}\n'


@dataclass(frozen=True, slots=True)
class Moved:
    """The database before and after the migration, and the ways to the one after."""

    before: Path
    server: EmbeddedPostgres

    def directly(self) -> str:
        return self._url(self.server.port)

    def through(self, pools: Pools) -> str:
        return self._url(pools.start().port)

    def _url(self, port: int) -> str:
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/{USER}"


@pytest.fixture(scope="module")
def moved(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    before = tmp_path_factory.mktemp("scorecard") / "dev.db"
    write_scorecard(before, ROWS)
    after = Moved(before, server)
    with psycopg.connect(after.directly(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        migrate(before, after.directly(), Options(schema=SCHEMA))
        yield after
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.fixture(params=["directly", "through PgBouncer"])
def url(request: pytest.FixtureRequest, moved: Moved) -> str:
    if request.param == "directly":
        return moved.directly()
    return moved.through(request.getfixturevalue("pools"))


def test_prisma_reads_from_postgresql_what_it_read_from_sqlite(prisma: Prisma, moved: Moved, url: str) -> None:
    before = prisma.ask("sqlite", str(moved.before), "read")
    after = prisma.ask("postgresql", url, "read")
    for model, rows in before["rows"].items():
        assert after["rows"][model] == rows, model
    assert after["related"] == before["related"]
    assert sum(len(rows) for rows in before["rows"].values()) > ROWS * 0.9, "the many-to-many table has no model"


def test_the_application_goes_on_working_with_its_keys_defaults_and_constraints(prisma: Prisma, url: str) -> None:
    assert prisma.ask("postgresql", url, "use") == {
        "defaults": [True, True, True],
        "manages": True,
        "payload": '{"a":"б"}',
        "twice": "P2002",
        "orphan": "P2003",
        "changed": False,
        "gone": True,
        "atOnce": True,
    }
