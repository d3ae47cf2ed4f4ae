"""Typed errors: each carries the exit code of the command it ends and says what to do next.

Nothing here prints or exits; `cli` does both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from reconciler.model import Call, Place


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    ERROR = 1
    DIFFERENCES = 2
    INVALID_SPEC = 3
    LOCKED = 4
    STALE_PLAN = 5
    REFUSED = 6
    CREDENTIALS = 7
    PARTLY_APPLIED = 8
    VERIFICATION_FAILED = 9
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


class ReconcileError(Exception):
    """Base of all our errors. `help` is the next thing the reader can do."""

    exit_code: Exit = Exit.ERROR

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


# --- the spec -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a spec file, with its place, the way out, and further places that belong to it."""

    code: str
    message: str
    place: Place
    help: str = ""
    label: str = ""
    """Written beside the carets."""
    related: tuple[tuple[Place, str], ...] = field(default=())


class InvalidSpec(ReconcileError):
    """All the problems of a spec at once."""

    exit_code = Exit.INVALID_SPEC

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


# --- guards ---------------------------------------------------------------------------------------------------------


class Refused(ReconcileError):
    """A guard stopped it before anything was written."""

    exit_code = Exit.REFUSED


class StalePlan(ReconcileError):
    exit_code = Exit.STALE_PLAN


class Locked(ReconcileError):
    exit_code = Exit.LOCKED


class PartlyApplied(ReconcileError):
    """Some changes were made and some not; running again continues."""

    exit_code = Exit.PARTLY_APPLIED


class VerificationFailed(ReconcileError):
    exit_code = Exit.VERIFICATION_FAILED


class NoCredentials(ReconcileError):
    exit_code = Exit.CREDENTIALS


# --- AWS answers ----------------------------------------------------------------------------------------------------


class CallFailed(ReconcileError):
    """An API call AWS did not carry out; `code` and `message` are AWS's own words."""

    def __init__(self, call: Call, code: str, message: str, *, help: str = "") -> None:
        super().__init__(f"{call}: {code}: {message}", help=help)
        self.call = call
        self.code = code
        self.aws_message = message


class NotFound(CallFailed):
    """The object the call names does not exist (for a read the executor answers None instead)."""


class AlreadyExists(CallFailed):
    """A create found its name taken: look again, it may be our own earlier call."""


class Throttled(CallFailed):
    """Too many requests; nothing was done."""


class Denied(CallFailed):
    exit_code = Exit.CREDENTIALS


class Conflict(CallFailed):
    """Another change is under way, or something still depends on the object: try again later."""


class NotYet(CallFailed):
    """AWS has not yet seen something made moments ago (eventual consistency): try again later."""


class Invalid(CallFailed):
    """AWS will never accept this call as it is."""


class Unavailable(CallFailed):
    """5xx, a timeout or a broken connection; for a write nobody knows whether it took effect."""


class Unimplemented(CallFailed):
    """The emulator does not know the operation."""
