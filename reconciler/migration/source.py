"""The door to SQLite: freezes the file into a copy of one moment and reads that. The only module that imports sqlite3.

Must never write to the source, nor read it other than through SQLite: a file copied byte by byte while the application
writes, or without its -wal, is not a database of any moment.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reconciler.migration import convert
from reconciler.migration.values import UnusableSource

MAGIC = b"SQLite format 3\x00"
BUSY_SECONDS = 30
BLOCK_BYTES = 256 * 1024
"""Buffers of this size were the fastest; larger ones only cost memory."""
BLOCK_BYTES_LIMIT = 64 * 1024 * 1024
VOLATILE = ((18, 20), (24, 28), (40, 44), (92, 100))
"""Bytes of the file header that say how it was written, not what is in it: journal mode, change counter, schema
cookie, library version (sqlite.org/fileformat.html 1.3)."""
HARMLESS = ("CHECK constraint failed", "NULL value in", "non-unique", "NUMERIC value in", "TEXT value in", "non-")
"""Lines of quick_check that speak of values, not of damage; the assessment looks at values itself."""


class Source:
    """A frozen SQLite database. Text comes as bytes from `stream`, as str from `query`."""

    def __init__(self, connection: sqlite3.Connection, fingerprint: str, warning: str = "") -> None:
        self._connection = connection
        self.fingerprint = fingerprint
        self.warning = warning
        (name,) = connection.execute("PRAGMA encoding").fetchone()
        self.encoding = {"UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}.get(name.decode(), "utf-8")
        self._register()

    def _register(self) -> None:
        encoding, create = self.encoding, self._connection.create_function
        for name, (count, function) in convert.TEXT_FUNCTIONS.items():
            create(name, count, _on_text(function, encoding), deterministic=True)
        for name, number in convert.NUMBER_FUNCTIONS.items():
            create(name, 1, _on_value(number), deterministic=True)
        create("md5_hex", 1, convert.md5, deterministic=True)
        create("utf8", 1, lambda value: convert.utf8(value, encoding), deterministic=True)
        create("decodes", 1, _on_text(lambda _: True, encoding), deterministic=True)
        create("is_utf8", 1, lambda blob: encoding == "utf-8" and is_text(blob), deterministic=True)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        rows = self._connection.execute(sql, parameters)
        return [tuple(v.decode(errors="replace") if isinstance(v, bytes) else v for v in row) for row in rows]

    def stream(
        self, sql: str, parameters: Sequence[Any] = (), *, widest: int, most: int = 5000, about: int = BLOCK_BYTES
    ) -> Iterator[list[Any]]:
        """Rows in lists of `about` that many bytes, never more than `most` rows; the first column gets measured.

        `widest` (bytes of the widest row) keeps a list of wide rows within BLOCK_BYTES_LIMIT.
        """
        most = max(1, min(most, BLOCK_BYTES_LIMIT // max(1, widest)))
        size = min(most, 100 if about >= BLOCK_BYTES else 1)
        cursor = self._connection.execute(sql, parameters)
        while rows := cursor.fetchmany(size):
            yield rows
            measured = sum(len(row[0]) for row in rows) // len(rows) + 1
            size = max(1, min(most, about // measured))


def is_text(value: bytes) -> bool:
    """Can PostgreSQL hold these bytes as text? (Valid UTF-8 without U+0000.)"""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in value


def _on_text(function: Callable[..., Any], encoding: str) -> Callable[..., Any]:
    def called(value: bytes | None, *rest: Any) -> Any:
        if value is None:
            return None
        try:
            text = value.decode(encoding)
        except UnicodeDecodeError:
            return None
        return function(text, *rest)

    return called


def _on_value(function: Callable[[float], str]) -> Callable[[float | None], str | None]:
    return lambda value: None if value is None else function(value)


# --- freezing --------------------------------------------------------------------------------------------------------


@contextmanager
def freeze(path: Path, work_dir: Path | None = None) -> Iterator[Source]:
    """The source as it is at this moment, checked and fingerprinted; the copy is deleted afterwards.

    Raises UnusableSource for a file that is missing, empty, not SQLite, damaged or locked; also for any SQLite error
    while it is read.
    """
    warning = _looked_at(path)
    try:
        with tempfile.TemporaryDirectory(prefix="reconcile-migration-", dir=work_dir) as folder:
            copy = Path(folder) / "frozen.sqlite"
            _need_space(path, copy.parent)
            _back_up(path, copy)
            with closing(_opened(copy, "mode=ro&immutable=1")) as connection:
                _check(connection, path)
                yield Source(connection, _fingerprint(copy), warning)
    except sqlite3.Error as error:
        raise UnusableSource(f"{path}: SQLite says: {error}", help=_advice(error)) from error


def _looked_at(path: Path) -> str:
    if sqlite3.sqlite_version_info < (3, 37, 0):
        raise UnusableSource(
            f"SQLite {sqlite3.sqlite_version} is too old", help="use a Python with SQLite 3.37 or newer"
        )
    if not path.exists():
        raise UnusableSource(f"{path} does not exist", help="give the path of the application's SQLite file")
    if not path.is_file():
        raise UnusableSource(f"{path} is not a file", help="give the path of the application's SQLite file")
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise UnusableSource(f"{path} is empty", help="a wrong path often makes SQLite create an empty file: check it")
    if not header.startswith(MAGIC):
        raise UnusableSource(
            f"{path} is not a SQLite database (or it is encrypted)",
            help="give the database file itself, not a dump or an archive; decrypt an encrypted one first",
        )
    if header[18] == 2 and not _beside(path, "-wal").exists():
        return (
            "in WAL mode without a -wal file: complete if the application closed it, but a file copied alone lacks the"
            " last writes"
        )
    return ""


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _need_space(path: Path, folder: Path) -> None:
    wal = _beside(path, "-wal")
    size = path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise UnusableSource(
            f"freezing {path} needs {size:,} bytes in {folder.parent}, where {free:,} are free",
            help="make room, or name another folder with `work_dir`",
        )


def _opened(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{how}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    connection.text_factory = bytes
    return connection


def _back_up(path: Path, copy: Path) -> None:
    """By SQLite's backup, inside one read transaction. A WAL-mode file nobody has open is read as it stands: opening it
    the usual way would leave a -wal and a -shm behind."""
    for _ in range(3):
        at_rest = _at_rest(path)
        with (
            closing(_opened(path, "mode=ro" if at_rest is None else "mode=ro&immutable=1")) as source,
            closing(sqlite3.connect(copy, isolation_level=None)) as destination,
        ):
            destination.execute("PRAGMA synchronous=OFF")
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # takes the snapshot, or says why not
            source.backup(destination)
        if at_rest is None or at_rest == _at_rest(path):
            return
        copy.unlink()
    raise UnusableSource(f"{path} is being replaced while it is read", help="wait until that is done, then run again")


def _at_rest(path: Path) -> tuple[int, int] | None:
    """Size and time of a WAL-mode file without its -wal; None for any other file."""
    with path.open("rb") as file:
        wal_mode = file.read(20)[18:19] == b"\x02"
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns) if wal_mode and not _beside(path, "-wal").exists() else None


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        lines = [line.decode(errors="replace") for (line,) in connection.execute("PRAGMA quick_check")]
    except sqlite3.OperationalError as error:
        if "no such" not in str(error):  # a collation or function of the application's own: nothing to check with
            raise
        lines = ["ok"]
    damage = [line for line in lines if line != "ok" and not line.startswith(HARMLESS)]
    if damage:
        raise UnusableSource(
            f"{path} is damaged: {'; '.join(damage[:3])}",
            help="restore a backup, or repair a copy with `sqlite3 FILE .recover`, and look at what it lost",
        )


def _fingerprint(copy: Path) -> str:
    """sha256 of the pages: the same for the same content, whatever the journal mode and wherever the file lies."""
    digest = hashlib.sha256()
    with copy.open("rb") as file:
        header = bytearray(file.read(100))
        for start, end in VOLATILE:
            header[start:end] = bytes(end - start)
        digest.update(header)
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _advice(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if "ROLLBACK" in name:
        return "the application died in the middle of a write: open the file once with the `sqlite3` program, run again"
    if "BUSY" in name or "LOCKED" in name:
        return f"another program held it for {BUSY_SECONDS} seconds: stop the application, or run again"
    if "FULL" in name:
        return "make room in the temporary folder, or name another one with `work_dir`"
    return "restore a backup, or repair a copy with `sqlite3 FILE .recover`, and look at what it lost"
