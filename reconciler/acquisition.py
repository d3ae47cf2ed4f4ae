"""Brings the SQLite file of a migration here: a path, an object in S3, a Litestream replica, or what a command prints.

Commands, Litestream's too, run only where something is to be changed, never for a plan: a pull request could name any.
It never opens the file: that is the migration's own business, which checks what arrived.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlparse

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.errors import ReconcileError
from reconciler.kinds.data_migration import Origin, label
from reconciler.model import Call

LITESTREAM = "litestream"
POLL_SECONDS = 0.2
TOLD_LINES = 3
"""So many last lines of what a failed command said are repeated."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """`base` is what paths are relative to, `work` where fetched files are kept until they are forgotten."""

    clients: Clients
    base: Path
    work: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    """Ends a fetch under way."""

    def here(self, origin: Origin) -> Path:
        """Where the file is, or would be once it is fetched; nothing is run. An object of S3 is downloaded."""
        if isinstance(origin, str) and origin.startswith("s3://"):
            url = urlparse(origin)
            return self._downloaded(url.netloc, url.path.lstrip("/"))
        if is_fetched(origin):
            return self._kept(origin)
        return self.base / str(origin)

    def fetched(self, origin: Origin) -> Path:
        """The file itself. One that was fetched for a run that did not end is taken again, so that it can go on.

        Raises ReconcileError where it cannot be fetched.
        """
        path = self.here(origin)
        if not is_fetched(origin) or path.exists():
            return path
        partial = self._place().joinpath(path.name).with_suffix(".partial")
        if isinstance(origin, str):
            partial.unlink(missing_ok=True)
            self._run([LITESTREAM, "restore", "-o", str(partial), _replica(origin)], None)
        else:
            with partial.open("wb") as file:
                self._run(origin["command"], file)
        if not partial.exists() or partial.stat().st_size == 0:
            raise ReconcileError(f"{label(origin)} gave no file", help="run it by hand and look at what it says")
        partial.rename(path)
        return path

    def forget(self, origin: Origin) -> None:
        """Deletes what was fetched: the run it was kept for has ended."""
        if is_fetched(origin):
            self._kept(origin).unlink(missing_ok=True)

    def _place(self) -> Path:
        """Where fetched files are; nobody else on the machine may read them."""
        folder = self.work / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return folder

    def _kept(self, origin: Origin) -> Path:
        digest = hashlib.sha256(json.dumps(origin, sort_keys=True).encode()).hexdigest()
        return self.work / "sources" / f"{digest[:16]}.db"

    def _run(self, command: Sequence[str], output: IO[bytes] | None) -> None:
        try:
            process = subprocess.Popen(
                list(command),
                cwd=self.base,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ReconcileError(f"cannot run `{command[0]}`: {error.strerror}", help=_INSTALL) from error
        said = self._ended(process)
        if self.stopping.is_set():
            raise ReconcileError("interrupted while the SQLite file was fetched", help="run it again")
        if process.returncode != 0:
            lines = said.decode(errors="replace").strip().splitlines()[-TOLD_LINES:]
            raise ReconcileError(
                f"`{shlex.join(command[:2])} ...` failed with exit code {process.returncode}: {' / '.join(lines)}",
                help="run it by hand in the folder of the spec",
            )

    def _ended(self, process: subprocess.Popen[bytes]) -> bytes:
        """What the process said on its error stream. Where somebody wants to stop, it and all it started are ended:
        what a shell leaves behind would hold that stream open."""
        while True:
            try:
                return process.communicate(timeout=POLL_SECONDS)[1]
            except subprocess.TimeoutExpired:
                if self.stopping.is_set():
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)

    def _downloaded(self, bucket: str, key: str) -> Path:
        """The object as a local file, fetched once per version (its ETag)."""
        listing = Executor(self.clients).read(Call("s3", "ListObjectsV2", {"bucket": bucket, "prefix": key}))
        found = next((item for item in (listing or {}).get("contents", ()) if item["key"] == key), None)
        if found is None:
            raise ReconcileError(
                f"there is no object s3://{bucket}/{key}", help="upload the SQLite file, or correct `source`"
            )
        local = self.work / "sources" / f"{found['e_tag'].strip(chr(34))}.db"
        if not local.exists():
            partial = self._place().joinpath(local.name).with_suffix(".partial")
            self.clients.get("s3").download_file(bucket, key, str(partial))
            partial.rename(local)
        return local


_INSTALL = "install it, or correct `source` (for Litestream: https://litestream.io/install)"


def is_fetched(origin: Origin) -> bool:
    """Does a program have to run before the file is here?"""
    return not isinstance(origin, str) or urlparse(origin).scheme.split("+")[0] == LITESTREAM


def _replica(origin: str) -> str:
    """`litestream://bucket/path` is in S3; `litestream+file:///path` and `litestream+sftp://...` are elsewhere."""
    scheme, rest = origin.split("://", 1)
    return f"{scheme.partition('+')[2] or 's3'}://{rest}"
