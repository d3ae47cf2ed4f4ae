"""SQLite to PostgreSQL: every row exactly once, resumable at any chunk, compared by content. Usable without the rest.

    migrate(Path("app.db"), "postgresql://app@db.internal/app")

`status` says where it stands, `plan` what it would do, `verify` compares again; all three write nothing.
"""

from __future__ import annotations

from reconciler.migration.run import migrate, plan, status, verify
from reconciler.migration.values import (
    CannotCarry,
    Difference,
    MigrationFailed,
    NotEqual,
    Notice,
    Options,
    Plan,
    Progress,
    Refusal,
    Report,
    SourceChanged,
    Status,
    TableCheck,
    TableStatus,
    TargetUnavailable,
    UnusableSource,
    UnusableTarget,
    Verification,
)

__all__ = [
    "CannotCarry",
    "Difference",
    "MigrationFailed",
    "NotEqual",
    "Notice",
    "Options",
    "Plan",
    "Progress",
    "Refusal",
    "Report",
    "SourceChanged",
    "Status",
    "TableCheck",
    "TableStatus",
    "TargetUnavailable",
    "UnusableSource",
    "UnusableTarget",
    "Verification",
    "migrate",
    "plan",
    "status",
    "verify",
]
