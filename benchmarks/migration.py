"""Copy speed: ours beside the physical limit (COPY of a ready-made file) and a naive peer (executemany).

    python benchmarks/migration.py [rows]

One run measures all three on the same data in the same server, in alternation, and prints the best of each and the
ratios. Absolute figures belong to the machine; the ratios are what to watch.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from reconciler.migration import Options, Progress, migrate
from reconciler.simulator.postgres import EmbeddedPostgres, start_postgres

ROUNDS = 3
WORDS = ("отлично", "good", "поведение", "customer", "follow up", "line\nbreak", "tab\t", "back\\slash", '"quoted"')
COLUMNS = (
    "id text, evaluation text, rating bigint, weight double precision, comment text, active boolean,"
    " created timestamptz, updated timestamptz"
)


def rows(count: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)  # noqa: S311 - the same rows every time, no secrets
    for number in range(count):
        yield (
            f"c{chance.getrandbits(96):024x}",
            f"c{chance.getrandbits(96):024x}",
            chance.randint(1, 5),
            chance.choice([0.25, 1.0, chance.random()]),
            " ".join(chance.choices(WORDS, k=chance.randint(0, 12))) if number % 3 else None,
            number % 2,
            1_700_000_000_000 + number * 137,
            1_700_000_000_000 + number * 139,
        )


def make_source(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE items (id TEXT, evaluation TEXT, rating INTEGER, weight REAL, comment TEXT, active BOOLEAN,"
            " created DATETIME, updated DATETIME)"
        )
        database.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(count))
        database.commit()


def new_database(server: EmbeddedPostgres) -> str:
    """An empty database; the one before is dropped."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS bench")
        admin.execute("CREATE DATABASE bench")
        admin.execute("CHECKPOINT")
    return server.dsn("bench")


def ours(source: Path, dsn: str) -> dict[str, float]:
    """Seconds by phase; the copy is what the others are compared with."""
    spent: dict[str, float] = {}
    phase, since = "freeze", time.perf_counter()

    def note(progress: Progress) -> None:
        nonlocal phase, since
        now = time.perf_counter()
        spent[phase] = spent.get(phase, 0.0) + now - since
        phase, since = progress.phase, now

    migrate(source, dsn, Options(), progress=note)
    note(Progress("done"))
    return spent


def limit(ready: Path, dsn: str) -> float:
    """Plain COPY of a file that holds the rows as text already."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE TABLE items ({COLUMNS})".encode())
        since = time.perf_counter()
        with ready.open("rb") as file, connection.cursor().copy("COPY items FROM STDIN") as copy:
            while block := file.read(256 * 1024):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - since


def peer(source: Path, dsn: str) -> float:
    """What most scripts do: read rows, convert them in Python, executemany."""
    with closing(sqlite3.connect(source)) as database, psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE TABLE items ({COLUMNS})".encode())
        since = time.perf_counter()
        statement = (
            "INSERT INTO items VALUES (%s, %s, %s, %s, %s, %s::int::boolean,"
            " to_timestamp(%s / 1000.0), to_timestamp(%s / 1000.0))"
        )
        found = database.execute("SELECT * FROM items")
        while block := found.fetchmany(1000):
            with connection.cursor() as cursor:
                cursor.executemany(statement, block)
        connection.commit()
        return time.perf_counter() - since


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start_postgres(folder / "postgres")
        try:
            measure_all(server, folder, count)
        finally:
            server.discard()


def measure_all(server: EmbeddedPostgres, folder: Path, count: int) -> None:
    source, ready = folder / "source.db", folder / "items.copy"
    make_source(source, count)
    phases = [ours(source, new_database(server))]
    with (
        psycopg.connect(server.dsn("bench")) as connection,
        ready.open("wb") as file,
        connection.cursor().copy("COPY items TO STDOUT") as copy,
    ):
        file.writelines(copy)
    limits, peers = [], []
    for _ in range(ROUNDS):
        phases.append(ours(source, new_database(server)))
        limits.append(limit(ready, new_database(server)))
        peers.append(peer(source, new_database(server)))
    copied, bare, naive = min(each["copy"] for each in phases), min(limits), min(peers)
    print(f"{count:,} rows, {ready.stat().st_size / 1e6:.0f} MB as COPY text; best of {ROUNDS}")
    for title, seconds in (
        ("COPY of a ready file (limit)", bare),
        ("reconcile", copied),
        ("executemany (naive)", naive),
    ):
        print(f"  {title:<30} {seconds:7.2f} s {count / seconds:12,.0f} rows/s")
    print(f"  of the limit: {bare / copied:.0%}; times as fast as executemany: {naive / copied:.1f}")
    others = {phase: min(each[phase] for each in phases) for phase in phases[0] if phase != "copy"}
    print("  reconcile's other stages: " + ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in others.items()))


if __name__ == "__main__":
    main()
