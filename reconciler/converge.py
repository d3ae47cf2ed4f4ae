"""Converging one resource: look, compare, act, look again, until nothing differs.

Every decision comes from what was just observed, never from what an earlier call answered, so a run killed anywhere and
started again goes on from the live state. It never deletes or replaces what the plan did not say.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from reconciler.aws.executor import Executor
from reconciler.errors import AlreadyExists, CallFailed, Conflict, Exit, NotFound, NotYet, ReconcileError, Unavailable
from reconciler.kinds.registry import kind
from reconciler.model import (
    READY,
    Action,
    Address,
    Change,
    ChangeResult,
    Finding,
    Observed,
    Outcome,
    Readiness,
    Resource,
    Scope,
    Severity,
    Unknown,
    render_path,
)
from reconciler.observe import inside, is_identified, observe, observe_owned, outputs_lookup, resolved
from reconciler.ownership import is_protected
from reconciler.plan import plan_one, refuse_bands, steps

WRITE_ROUNDS = 8
"""After this many rounds of writes that AWS accepted and a read does not show, something is wrong with us."""

SPECIFIC = (Exit.VERIFICATION_FAILED, Exit.CREDENTIALS)
"""Failures the exit code of the run should tell apart."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How waiting is done. Seconds; the first look comes at once, later ones further and further apart."""

    sleep: Callable[[float], object] | None = None
    """None: wait until the time is over, or somebody wants to stop."""
    now: Callable[[], float] = time.monotonic
    first_pause: float = 0.2
    longest_pause: float = 15.0
    limit: float | None = None
    """Caps every kind's own patience: an emulator never finishes some things."""
    visibility: float = 60.0
    """How long a fresh object may stay invisible before its create is made again."""

    def pause(self, attempt: int, stopping: threading.Event) -> None:
        length = min(self.longest_pause, self.first_pause * 1.6**attempt)
        (self.sleep or stopping.wait)(length * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not cryptography

    def deadline(self, minutes: float) -> float:
        seconds = minutes * 60
        return self.now() + (seconds if self.limit is None else min(seconds, self.limit))


def _nobody_listens(*_: object) -> None:
    """Progress is for people; the work does not depend on it."""


@dataclass(slots=True)
class World:
    """What all converging resources share: the executor, what is known to be live, and the wish to stop."""

    executor: Executor
    scope: Scope
    live: dict[Address, Observed | None]
    pace: Pace = field(default_factory=Pace)
    stopping: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[Address, str], None] = _nobody_listens
    on_finished: Callable[[ChangeResult], None] = _nobody_listens

    def resolved(self, resource: Resource) -> Resource:
        return resolved(resource, outputs_lookup(self.live))

    def look(self, resource: Resource) -> Observed | None:
        """A fresh look at one resource, remembered for those that refer to it."""
        live = observe({resource.address: resource}, self.executor.snapshot()).get(resource.address)
        self.live[resource.address] = live
        return live

    def look_doomed(self, change: Change) -> Observed | None:
        """A fresh look at what a change deletes: a declared object where it is declared, a leftover among the owned."""
        if change.observed is None:
            return None
        if change.action is Action.REPLACE and change.resource is not None and is_identified(change.resource):
            live = self.look(change.resource)
            return live if live and live.identifier == change.observed.identifier else None
        scope = replace(self.scope, region=change.observed.region or self.scope.region)
        owned = observe_owned([(change.kind, scope)], self.executor.snapshot())
        return next((item for item in owned if item.identifier == change.observed.identifier), None)


class Half(Enum):
    """What part of a change one run of the loop carries out."""

    BOTH = "both"
    FIRST = "first"
    """Until the early outputs are there."""
    SECOND = "second"
    """The rest, of an object that was seen already."""


@dataclass(slots=True)
class _Attempt:
    """The bookkeeping of one resource's loop: nothing in it is believed, it only bounds the loop."""

    world: World
    change: Change
    deadline: float
    began: float
    half: Half = Half.BOTH
    pauses: int = 0
    writes: int = 0
    calls: int = 0
    created_at: float | None = None
    last_error: CallFailed | None = None

    def result(self, outcome: Outcome, detail: str = "", help: str = "") -> ChangeResult:
        seconds = self.world.pace.now() - self.began
        return ChangeResult(self.change, outcome, detail, help, seconds, self.calls)

    def failed(self, error: Exception) -> ChangeResult:
        if not isinstance(error, ReconcileError):
            error = ReconcileError(f"internal error: {error!r}", help="please report it; running again is safe")
        code = error.exit_code if error.exit_code in SPECIFIC else None
        return replace(self.result(Outcome.FAILED, error.message, error.help), exit_code=code)

    def pause(self, why: str) -> bool:
        """Wait a little for `why`; False when patience is over."""
        if self.world.pace.now() >= self.deadline:
            return False
        self.world.on_progress(self.change.address, why)
        self.world.pace.pause(self.pauses, self.world.stopping)
        self.pauses += 1
        return True

    def write(self, change: Change) -> None:
        """Carry out the steps of `change`; what went wrong is remembered, and the next look tells what is so.

        Raises CallFailed where trying again cannot help.
        """
        self.writes += 1
        self.last_error = None
        calls = steps(change)
        refuse_bands(calls)
        unknown = next((value for call in calls for value in inside(call.params, Unknown)), None)
        if unknown is not None:
            raise ReconcileError(f"it needs {unknown.reference}, which has no value yet", help="run again later")
        try:
            for call in calls:
                self.calls += 1
                self.world.executor.write(call)
        except (NotYet, Conflict, NotFound, AlreadyExists) as error:
            self.last_error = error
            self.writes -= 1 if isinstance(error, NotYet | Conflict) else 0
        except Unavailable as error:
            self.last_error = error
        if change.action is Action.CREATE and not isinstance(self.last_error, NotYet | Conflict | NotFound):
            self.created_at = self.world.pace.now()
        if self.last_error is None:
            self.pauses = 0

    def invisible(self) -> bool:
        """Was it made so recently that a look may not show it yet?"""
        return self.created_at is not None and self.world.pace.now() - self.created_at < self.world.pace.visibility


def _begin(world: World, change: Change) -> _Attempt:
    now = world.pace.now()
    return _Attempt(world, change, world.pace.deadline(kind(change.kind).patience.minutes), now)


def converge(world: World, approved: Change, resource: Resource, half: Half = Half.BOTH) -> ChangeResult:
    """Bring one declared resource to its desired state; `approved` is the change the plan showed."""
    attempt = replace(_begin(world, approved), half=half)
    if half is Half.SECOND:
        attempt.created_at = attempt.began
    try:
        while True:
            if world.stopping.is_set():
                return attempt.result(Outcome.SKIPPED, "interrupted")
            result = _round(attempt, resource)
            if result is not None:
                return result
    except Exception as error:  # noqa: BLE001 - one resource's surprise must not take the others' results with it
        return attempt.failed(error)


def _round(attempt: _Attempt, resource: Resource) -> ChangeResult | None:
    """One look and one act; a result when there is nothing left to do, or no more patience."""
    current = attempt.world.resolved(resource)
    live = attempt.world.look(current)
    change, findings = plan_one(current, live)
    end = _end(attempt, change, findings)
    if end is not None:
        return end
    reason = _reason_to_wait(attempt, change)
    if reason:
        deferred = change.action is Action.WAIT and live is not None and live.status.deferred
        stays = not deferred and attempt.pause(reason)
        return None if stays else _out_of_patience(attempt, change, reason)
    attempt.write(change)
    if attempt.last_error is not None and not attempt.pause(attempt.last_error.message):
        return attempt.result(Outcome.FAILED, attempt.last_error.message, "run again: it goes on from here")
    return None


def _end(attempt: _Attempt, change: Change, findings: Sequence[Finding]) -> ChangeResult | None:
    """The result where this look shows that nothing more can, need or may be done."""
    error = next((finding for finding in findings if finding.severity is Severity.ERROR), None)
    status = change.observed.status if change.observed else READY
    if error is not None:
        return attempt.result(Outcome.FAILED, error.message, error.help)
    if status.readiness is Readiness.STALLED and (attempt.writes or not change.fields):
        return attempt.result(Outcome.FAILED, f"stalled: {status.reason}", "it needs a person: look at its events")
    if change.action is Action.NOOP or (attempt.half is Half.FIRST and _is_begun(change)):
        return attempt.result(Outcome.DONE)
    if change.action is Action.REPLACE:
        message = f"it would have to be replaced ({change.reason}), which the plan did not say"
        return attempt.result(Outcome.FAILED, message, "plan again")
    if attempt.writes >= WRITE_ROUNDS and change.action is not Action.WAIT:
        return attempt.result(Outcome.FAILED, _does_not_settle(attempt, change))
    return None


def _is_begun(change: Change) -> bool:
    """Is it there as declared, with all that others may use while it waits?"""
    outputs = change.observed.outputs if change.observed else {}
    return change.action is Action.WAIT and all(outputs.get(name) for name in kind(change.kind).early_outputs)


def _does_not_settle(attempt: _Attempt, change: Change) -> str:
    if attempt.last_error is not None:
        return attempt.last_error.message
    paths = ", ".join(render_path(field.path) for field in change.fields)
    return f"AWS accepts the change but still reads back otherwise: {paths}"


def _reason_to_wait(attempt: _Attempt, change: Change) -> str:
    if change.action is Action.WAIT:
        return change.reason
    if change.action is Action.CREATE and attempt.invisible():
        return "made, not visible yet"
    status = change.observed.status if change.observed else READY
    if status.readiness is Readiness.WAITING and not kind(change.kind).changes_while_waiting:
        return status.reason
    return ""


def _out_of_patience(attempt: _Attempt, change: Change, reason: str) -> ChangeResult:
    if change.action is Action.WAIT:
        return attempt.result(Outcome.WAITING, reason, "it is under way; run again later to see it through")
    return attempt.result(Outcome.FAILED, f"gave up waiting: {reason}", "run again: it goes on from here")


def remove(world: World, approved: Change) -> ChangeResult:
    """Delete (or let go of) one live object, and wait until it is gone."""
    attempt = _begin(world, approved)
    try:
        while True:
            if world.stopping.is_set():
                return attempt.result(Outcome.SKIPPED, "interrupted")
            live = world.look_doomed(approved)
            if live is None:
                return attempt.result(Outcome.DONE)
            result = _removal_round(attempt, live)
            if result is not None:
                return result
    except Exception as error:  # noqa: BLE001 - as above
        return attempt.failed(error)


def _removal_round(attempt: _Attempt, live: Observed) -> ChangeResult | None:
    approved = attempt.change
    newly_protected = is_protected(live) and not (approved.observed and is_protected(approved.observed))
    if newly_protected:
        return attempt.result(Outcome.FAILED, f"{live.identifier} was protected after the plan was made", "plan again")
    change = Change(approved.action, approved.address, approved.resource, live, approved.fields, approved.reason)
    attempt.write(change)
    why = attempt.last_error.message if attempt.last_error else "being deleted"
    if attempt.pause(why):
        return None
    return attempt.result(Outcome.FAILED, f"gave up waiting: {why}", "run again: it goes on from here")
