"""The simulator behind `--simulate`: one process per directory that keeps what separate runs of the tool did."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.simulator.daemon import Simulator, ensure_simulator, find_simulator, stop_simulator
from reconciler.simulator.postgres import start_postgres
from tests.simulator.account import Account

START = (
    "import sys; from pathlib import Path; from reconciler.simulator.daemon import ensure_simulator;"
    "found = ensure_simulator(Path(sys.argv[1])); print(found.pid, found.started_now)"
)


def _forget(directory: Path) -> None:
    stop_simulator(directory)
    start_postgres(directory / "postgres").discard()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("stack")
    yield made
    _forget(made)


@pytest.fixture
def simulator(directory: Path) -> Simulator:
    return ensure_simulator(directory)


def _eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z" if Path("/proc/self").exists() else True


def test_what_one_run_made_the_next_run_finds(directory: Path, simulator: Simulator) -> None:
    Account(simulator.endpoint)("sns").create_topic(Name="alerts")
    again = ensure_simulator(directory)
    assert (again.pid, again.endpoint, again.started_now) == (simulator.pid, simulator.endpoint, False)
    assert find_simulator(directory) == again
    assert len(Account(again.endpoint)("sns").list_topics()["Topics"]) == 1


def test_many_runs_at_once_share_one_process(tmp_path: Path) -> None:
    try:
        started = [
            subprocess.Popen([sys.executable, "-c", START, str(tmp_path)], stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        said = [process.communicate()[0].split() for process in started]
        assert len({pid for pid, _ in said}) == 1
        assert [started_now for _, started_now in said].count("True") == 1
    finally:
        _forget(tmp_path)


def test_two_directories_have_two_accounts(directory: Path, simulator: Simulator, tmp_path: Path) -> None:
    try:
        other = ensure_simulator(tmp_path)
        assert (other.pid, other.started_now) != (simulator.pid, False)
        Account(simulator.endpoint)("logs").create_log_group(logGroupName="/here")
        assert Account(other.endpoint)("logs").describe_log_groups()["logGroups"] == []
    finally:
        _forget(tmp_path)


def test_a_killed_process_is_replaced_and_its_database_kept(tmp_path: Path) -> None:
    try:
        first = ensure_simulator(tmp_path)
        with psycopg.connect(first.dsn_for("shop.abc.us-east-1.rds.amazonaws.com", "app")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        os.kill(first.pid, signal.SIGKILL)
        assert _eventually(lambda: not _runs(first.pid))
        second = ensure_simulator(tmp_path)
        assert (second.started_now, second.pid != first.pid) == (True, True)
        with psycopg.connect(second.dsn_for("shop.abc.us-east-1.rds.amazonaws.com", "app")) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finally:
        _forget(tmp_path)


def test_a_state_file_that_names_another_process_is_not_believed(
    directory: Path, simulator: Simulator, tmp_path: Path
) -> None:
    stolen = json.loads((directory / "simulator.json").read_text())
    (tmp_path / "simulator.json").write_text(json.dumps({**stolen, "token": "mistaken"}))
    assert find_simulator(tmp_path) is None
    assert stop_simulator(tmp_path) is False
    assert ensure_simulator(directory).pid == simulator.pid


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_state_file_is_no_simulator(damage: str, tmp_path: Path) -> None:
    (tmp_path / "simulator.json").write_text(damage)
    assert find_simulator(tmp_path) is None
    assert stop_simulator(tmp_path) is False


def test_stopping_ends_both_servers(tmp_path: Path) -> None:
    found = ensure_simulator(tmp_path)
    try:
        assert stop_simulator(tmp_path) is True
        assert not _runs(found.pid)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(found.postgres_dsn)
        assert not (tmp_path / "simulator.json").exists()
        assert stop_simulator(tmp_path) is False
        assert find_simulator(tmp_path) is None
    finally:
        _forget(tmp_path)


def test_it_ends_by_itself_when_nobody_uses_it(tmp_path: Path) -> None:
    found = ensure_simulator(tmp_path, idle_seconds=0)
    try:
        assert _eventually(lambda: not _runs(found.pid))
        assert "nobody asked" in (tmp_path / "simulator.log").read_text()
    finally:
        _forget(tmp_path)


def test_deleting_its_directory_ends_it_and_gives_a_fresh_start(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    first = ensure_simulator(directory)
    psycopg.connect(first.dsn_for("shop.abc.us-east-1.rds.amazonaws.com", "app")).close()
    shutil.rmtree(directory, ignore_errors=True)
    try:
        assert _eventually(lambda: not _runs(first.pid))
        second = ensure_simulator(directory)
        assert second.started_now
        with psycopg.connect(second.postgres_dsn) as connection:
            query = "SELECT datname FROM pg_database WHERE NOT datistemplate"
            assert connection.execute(query).fetchall() == [("postgres",)]
    finally:
        _forget(directory)


def test_every_database_of_every_instance_is_its_own(simulator: Simulator) -> None:
    hosts = ("shop.abc.us-east-1.rds.amazonaws.com", "other.abc.us-east-1.rds.amazonaws.com")
    found = {simulator.dsn_for(host, database) for host in hosts for database in ("app", "reports")}
    assert len(found) == 4
    assert simulator.dsn_for(hosts[0], "app") in found
    long = simulator.dsn_for("a" * 63 + ".abc.us-east-1.rds.amazonaws.com", "b" * 63)
    psycopg.connect(long).close()


def test_a_read_replica_shows_its_sources_data(simulator: Simulator) -> None:
    account = Account(simulator.endpoint)
    account.database()
    replica = {"DBInstanceIdentifier": "reader", "SourceDBInstanceIdentifier": "shop"}
    account("rds").create_db_instance_read_replica(**replica)
    hosts = [account.seen_database(name)["Endpoint"]["Address"] for name in ("shop", "reader")]
    assert simulator.dsn_for(hosts[0], "app") == simulator.dsn_for(hosts[1], "app")


def test_the_environment_carries_no_real_credentials(simulator: Simulator) -> None:
    given = simulator.environment("eu-central-1")
    assert given["AWS_ENDPOINT_URL"] == simulator.endpoint
    assert given["AWS_REGION"] == "eu-central-1"
    assert given["AWS_ACCESS_KEY_ID"] == given["AWS_SECRET_ACCESS_KEY"] == "simulated"


def test_the_state_file_is_nobody_elses_to_read(directory: Path, simulator: Simulator) -> None:
    mode = (directory / "simulator.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
