"""The hot path: SQLite prints COPY text, Python escapes whole buffers and hands them on; a chunk has a checkpoint.

No row is ever touched by Python code. A chunk's rows and its line in the ledger are one transaction, so a kill at any
moment leaves either both or neither, and the next run starts behind the last committed chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reconciler.migration import types
from reconciler.migration.assess import column_sql
from reconciler.migration.checkpoint import Checkpoint, Position
from reconciler.migration.names import columns, concatenated, quoted
from reconciler.migration.source import BLOCK_BYTES, Source
from reconciler.migration.target import Target
from reconciler.migration.values import ColumnPlan, Options, TablePlan

ESCAPE, NULL, ROW, FIELD = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
"""What stands between values until the buffer is escaped. A `careful` column may hold them: there SQLite writes ESCAPE
and a hexadecimal digit, which becomes COPY's own `\\x1d`."""

_CARE = (("\x1c", "\x1cc"), ("\x1d", "\x1cd"), ("\x1e", "\x1ce"), ("\x1f", "\x1cf"))


@dataclass(frozen=True, slots=True)
class Block:
    """Rows as COPY text; `last_key` is the rowid, or the number of rows before and in it, of its last row."""

    data: bytes
    rows: int
    last_key: int


@dataclass(frozen=True, slots=True)
class Copied:
    chunks: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a copy and its memory."""

    source: Source
    target: Target
    checkpoint: Checkpoint
    schema: str


def copy_table(
    ends: Ends,
    table: TablePlan,
    options: Options,
    after: Position,
    hooks: tuple[Callable[[int], None], Callable[[], bool]],
) -> Copied:
    """Copies what is left of a table, chunk by chunk. `hooks`: told the rows committed in all; asked whether to stop
    (then what was sent so far is committed as a shorter chunk)."""
    report, should_stop = hooks
    blocks = _blocks(ends.source, table, after, options)
    command = _command(ends.schema, table)
    block = next(blocks, None)
    done, position, stopped = Copied(), after, False
    while block is not None and not stopped:
        rows = size = 0
        with ends.target.transaction():
            with ends.target.copy(command) as write:
                while block is not None and not stopped and _has_room(table, options, rows, size, block):
                    write(block.data)
                    rows, size = rows + block.rows, size + len(block.data)
                    position = replace(position, last_key=block.last_key)
                    block = next(blocks, None)
                    stopped = should_stop() and not table.whole
            position = replace(position, number=position.number + 1, rows=position.rows + rows)
            ends.checkpoint.chunk(table.target, position, rows, size)
        done = Copied(done.chunks + 1, done.rows + rows)
        report(position.rows)
    return done


def _has_room(table: TablePlan, options: Options, rows: int, size: int, block: Block) -> bool:
    if rows == 0 or table.whole:
        return True
    return size < options.chunk_bytes and (options.chunk_rows is None or rows + block.rows <= options.chunk_rows)


def _command(schema: str, table: TablePlan) -> str:
    names = columns([column.target for column in table.columns])
    return (
        f"COPY {quoted(schema, table.target)} ({names}) FROM STDIN"
        f" (FORMAT text, DELIMITER '{FIELD.decode()}', NULL '{NULL.decode()}', ENCODING 'UTF8')"
    )


# --- what SQLite prints ----------------------------------------------------------------------------------------------


def _blocks(source: Source, table: TablePlan, after: Position, options: Options) -> Iterator[Block]:
    line = concatenated([part for column in table.columns for part in (f"'{FIELD.decode()}'", _printed(column))][1:])
    finish = _finisher(table)
    most, about = options.chunk_rows or 5000, min(options.chunk_bytes, BLOCK_BYTES)
    if table.rowid is None:
        # WITHOUT ROWID: the frozen file is read in the order of its one b-tree, so a count says where we are.
        count = after.last_key or 0
        sql = f"SELECT {line} FROM {quoted(table.source)} AS t NOT INDEXED LIMIT -1 OFFSET ?"
        for rows in source.stream(sql, (count,), widest=table.widest, most=most, about=about):
            count += len(rows)
            yield Block(finish([row[0] for row in rows]), len(rows), count)
        return
    rowid = column_sql(table.rowid)
    where, parameters = ("", ()) if after.last_key is None else (f"WHERE {rowid} > ?", (after.last_key,))
    sql = f"SELECT {line}, {rowid} FROM {quoted(table.source)} AS t {where} ORDER BY {rowid}"
    for rows in source.stream(sql, parameters, widest=table.widest, most=most, about=about):
        yield Block(finish([row[0] for row in rows]), len(rows), rows[-1][1])


def _printed(column: ColumnPlan) -> str:
    text = types.written(types.resolve(column.family).copy, column_sql(column.source))
    if column.careful:
        for mark, escaped in _CARE:
            text = f"replace({text},'{mark}','{escaped}')"
    return f"ifnull({text},'{NULL.decode()}')"


def _finisher(table: TablePlan) -> Callable[[list[bytes]], bytes]:
    """Joins printed rows and escapes them as COPY wants it: a few passes over the whole buffer, all in C."""
    textual = any(types.resolve(column.family).textual for column in table.columns)
    careful = any(column.careful for column in table.columns)

    def plain(lines: list[bytes]) -> bytes:
        lines.append(b"")
        return b"\n".join(lines)

    def escaped(lines: list[bytes]) -> bytes:
        lines.append(b"")
        text = ROW.join(lines).replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        return (text.replace(ESCAPE, b"\\x1") if careful else text).replace(ROW, b"\n")

    return escaped if textual else plain
