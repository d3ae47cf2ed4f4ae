"""Carries out the calls of the service `migration`: from the values of a `data.migration` to the migration itself.

It finds the SQLite file and the database's address and password; it never prints or keeps a password.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlparse

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.errors import ReconcileError
from reconciler.model import Address, Call, Response

if TYPE_CHECKING:
    from reconciler import migration


class Listener(Protocol):
    """Who hears how far a migration is, and says when to stop: after the chunk in flight, to be gone on with later."""

    @property
    def stopping(self) -> threading.Event: ...

    def says(self, address: Address, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class DataRoute:
    """`stand_in(host, database)` gives the DSN of what stands in for an emulated database."""

    clients: Clients
    base: Path
    work: Path
    stand_in: Callable[[str, str], str] | None = None
    listener: Listener | None = None

    def __call__(self, call: Call) -> Response:
        from reconciler import migration

        source = self._source(str(call.params["source"]))
        dsn = self._dsn(call.params["target"])
        options = migration.Options(
            schema=call.params.get("schema", "public"),
            include=tuple(call.params.get("include", ())),
            exclude=tuple(call.params.get("exclude", ())),
        )
        if call.operation == "GetStatus":
            return _status(source, dsn, options)
        self._migrate(source, dsn, options)
        return {}

    def _migrate(self, source: Path, dsn: str, options: migration.Options) -> None:
        from reconciler import migration

        listener = self.listener
        if listener is None:
            migration.migrate(source, dsn, options)
            return
        migration.migrate(
            source,
            dsn,
            options,
            progress=lambda progress: listener.says(f"data.migration of {source.name}", progress.text),
            should_stop=listener.stopping.is_set,
        )

    # --- the source -------------------------------------------------------------------------------------------------

    def _source(self, text: str) -> Path:
        if not text.startswith("s3://"):
            return self.base / text
        url = urlparse(text)
        return self._downloaded(url.netloc, url.path.lstrip("/"))

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
            local.parent.mkdir(parents=True, exist_ok=True)
            partial = local.with_suffix(".partial")
            self.clients.get("s3").download_file(bucket, key, str(partial))
            partial.rename(local)
        return local

    # --- the target -------------------------------------------------------------------------------------------------

    def _dsn(self, target: str | Mapping[str, Any]) -> str:
        if isinstance(target, str):
            return target
        missing = [name for name in ("endpoint_address", "db_name") if not target.get(name)]
        if missing:
            raise ReconcileError(
                f"the migration's target has no {' and no '.join(missing)}",
                help="give a `postgres` component or an `rds.db_instance` with a `db_name`: `target: ${database}`",
            )
        host, database = str(target["endpoint_address"]), str(target["db_name"])
        if self.stand_in is not None:
            return self.stand_in(host, database)
        user, password = self._credentials(target)
        port = target.get("endpoint_port", 5432)
        return (
            f"postgresql://{quote(user, '')}:{quote(password, '')}@{host}:{port}/{quote(database, '')}?sslmode=require"
        )

    def _credentials(self, target: Mapping[str, Any]) -> tuple[str, str]:
        arn = target.get("master_user_secret_arn")
        if not arn:
            raise ReconcileError(
                "the database has no secret with its master password",
                help="set `manage_master_user_password: true`, or give `target` as a DSN (password in PGPASSWORD)",
            )
        answer = Executor(self.clients).read(Call("secretsmanager", "GetSecretValue", {"secret_id": arn}))
        if answer is None:
            raise ReconcileError(
                f"the secret {arn} does not exist", help="it is made with the database: apply again later"
            )
        secret = json.loads(answer["secret_string"])
        return str(secret["username"]), str(secret["password"])


def _status(source: Path, dsn: str, options: migration.Options) -> dict[str, Any]:
    """Where the migration stands; that the database cannot be reached from here is an answer too, not an error."""
    from reconciler import migration

    try:
        status = migration.status(source, dsn, options)
    except migration.TargetUnavailable as error:
        return {"state": "unreachable", "summary": error.message, "rows": 0}
    return {"state": status.state, "summary": status.summary, "rows": status.rows_copied}
