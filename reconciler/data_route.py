"""Carries out the calls of the service `migration`: from the values of a `data.migration` to the migration itself.

It finds the database's address and password, which it never prints or keeps.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from reconciler.acquisition import Acquisition, is_fetched
from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.errors import ReconcileError
from reconciler.kinds.data_migration import Origin, label
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

        origin: Origin = call.params["source"]
        dsn = self._dsn(call.params["target"])
        options = migration.Options(
            schema=call.params.get("schema", "public"),
            include=tuple(call.params.get("include", ())),
            exclude=tuple(call.params.get("exclude", ())),
        )
        if call.operation == "GetStatus":
            return _status(self._acquisition().here(origin), is_fetched(origin), dsn, options)
        self._migrate(origin, dsn, options)
        return {}

    def _acquisition(self) -> Acquisition:
        stopping = self.listener.stopping if self.listener else threading.Event()
        return Acquisition(self.clients, self.base, self.work, stopping)

    def _migrate(self, origin: Origin, dsn: str, options: migration.Options) -> None:
        from reconciler import migration

        source, listener = self._acquisition().fetched(origin), self.listener
        report = migration.migrate(
            source,
            dsn,
            options,
            progress=(lambda it: listener.says(f"data.migration of {label(origin)}", it.text)) if listener else None,
            should_stop=listener.stopping.is_set if listener else None,
        )
        if report.status.state == "verified":
            self._acquisition().forget(origin)

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


def _status(source: Path, to_be_fetched: bool, dsn: str, options: migration.Options) -> dict[str, Any]:
    """Where the migration stands; that the database cannot be reached from here is an answer too, not an error."""
    from reconciler import migration

    try:
        status = migration.status(source, dsn, options)
    except migration.UnusableSource:
        if not to_be_fetched or source.exists():
            raise
        return {"state": "pending", "summary": "its source is fetched when it is applied", "rows": 0}
    except migration.TargetUnavailable as error:
        return {"state": "unreachable", "summary": error.message, "rows": 0}
    return {"state": status.state, "summary": status.summary, "rows": status.rows_copied}
