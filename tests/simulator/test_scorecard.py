"""The generated Sales Scorecard: the right tables, consistent, repeatable, and as awkward as the real file."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from reconciler.simulator.scorecard import SMALLEST, TABLES, write_scorecard


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scorecard") / "dev.db"
    assert write_scorecard(made, 3000) == 3000
    return made


@pytest.fixture
def database(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path)


def _all(database: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    with database:
        return database.execute(query).fetchall()


@pytest.mark.parametrize("rows", [SMALLEST, SMALLEST + 1, 777, 3000])
def test_it_has_exactly_the_rows_asked_for_and_some_in_every_table(rows: int, tmp_path: Path) -> None:
    write_scorecard(tmp_path / "dev.db", rows)
    database = sqlite3.connect(tmp_path / "dev.db")
    counts = {table: _all(database, f'SELECT count(*) FROM "{table}"')[0][0] for table in TABLES}
    database.close()
    assert len(counts) == 13
    assert all(counts.values())
    assert sum(int(str(count)) for count in counts.values()) == rows


def test_every_reference_leads_somewhere(database: sqlite3.Connection) -> None:
    assert _all(database, "PRAGMA foreign_key_check") == []
    assert _all(database, "PRAGMA integrity_check") == [("ok",)]


def test_the_same_seed_gives_the_same_content_and_another_does_not(path: Path, tmp_path: Path) -> None:
    def dump(seed: int) -> list[str]:
        write_scorecard(tmp_path / f"{seed}.db", 3000, seed)
        copy = sqlite3.connect(tmp_path / f"{seed}.db")
        text = list(copy.iterdump())
        copy.close()
        return text

    original = sqlite3.connect(path)
    assert dump(7) == list(original.iterdump())
    original.close()
    assert dump(8) != dump(9)


def test_dates_come_as_milliseconds_and_as_text(database: sqlite3.Connection) -> None:
    for table, column in (("audit_logs", "createdAt"), ("users", "updatedAt"), ("evaluations", "visitDate")):
        kinds = _all(database, f'SELECT DISTINCT typeof("{column}") FROM "{table}" ORDER BY 1')
        assert kinds == [("integer",), ("text",)], (table, column)
    late = _all(database, "SELECT max(createdAt) FROM evaluations WHERE typeof(createdAt) = 'integer'")[0][0]
    assert 1_700_000_000_000 < int(str(late)) < 1_800_000_000_000


def test_it_has_the_traps_of_the_real_file(database: sqlite3.Connection) -> None:
    assert _all(database, "SELECT DISTINCT weight FROM behavior_categories") == [(0.25,)]
    assert {row[0] for row in _all(database, 'SELECT DISTINCT "order" FROM behavior_items')} == {1, 2, 3, 4, 5}
    assert _all(database, "SELECT count(*) FROM users WHERE role = 'Sales Director'") == [(1,)]
    assert _all(database, "SELECT DISTINCT typeof(isActive) FROM salespeople") == [("integer",)]
    assert _all(database, "SELECT count(*) > 0 FROM evaluations WHERE customerName LIKE '%Витоша%'") == [(1,)]
    payloads = _all(database, "SELECT payload FROM audit_logs WHERE payload IS NOT NULL")
    assert all(json.loads(str(payload))["tags"] == ["a", "б"] for (payload,) in payloads)
    assert _all(database, "SELECT sql FROM sqlite_master WHERE name = '_prisma_migrations'") == []


def test_the_schema_is_what_prisma_makes(database: sqlite3.Connection) -> None:
    columns = _all(database, "SELECT name, type, \"notnull\", pk FROM pragma_table_info('evaluations')")
    assert columns[:4] == [
        ("id", "TEXT", 1, 1),
        ("salespersonId", "TEXT", 1, 0),
        ("managerId", "TEXT", 1, 0),
        ("visitDate", "DATETIME", 1, 0),
    ]
    keys = _all(database, 'SELECT "from", "table", on_delete FROM pragma_foreign_key_list(\'_RegionManager\')')
    assert sorted(keys, key=str) == [("A", "regions", "CASCADE"), ("B", "users", "CASCADE")]
    unique = _all(database, "SELECT name FROM pragma_index_list('_RegionManager') WHERE \"unique\" = 1")
    assert unique == [("_RegionManager_AB_unique",)]


def test_a_file_that_exists_is_left_alone(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_scorecard(path, 3000)
    assert path.read_bytes() == before


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=str(SMALLEST)):
        write_scorecard(tmp_path / "dev.db", SMALLEST - 1)
    assert not (tmp_path / "dev.db").exists()
