"""What `apply` and `destroy` share: show the plan, ask, carry it out with progress, and say how it went."""

from __future__ import annotations

import click

from reconciler.apply import apply
from reconciler.cli.options import Common
from reconciler.cli.progress import Progress
from reconciler.cli.reports import announce, show_plan, show_result
from reconciler.cli.session import Run, open_run
from reconciler.cli.signals import stop_on_signal
from reconciler.cli.streams import interactive, say
from reconciler.converge import Pace, World
from reconciler.errors import Exit, Refused
from reconciler.model import ApplyResult, Outcome, Plan, Scope
from reconciler.pipeline import make_plan

EMULATOR_PATIENCE = 10.0
"""Seconds: an emulator finishes at once what it finishes at all."""


def change(options: Common, *, yes: bool, destroy: bool = False) -> int:
    """Plan, ask, apply, report; the exit code.

    Raises Refused when a guard blocks the plan, or nobody is there to say yes.
    """
    command = "destroy" if destroy else "apply"
    progress = Progress()
    run = open_run(options, writes=True, destroy=destroy, listener=progress)
    plan, view = make_plan(run.desired, run.executor)
    if plan.blocked or not (plan.effects or plan.waits):
        show_plan(plan, run, options, command)
        return Exit.REFUSED if plan.blocked else Exit.OK
    announce(plan, options)
    _confirm(plan, run, yes=yes, destroy=destroy)
    pace = Pace(limit=EMULATOR_PATIENCE, longest_pause=1.0) if run.emulated else Pace()
    scope = Scope(run.desired.stack, run.desired.account, run.desired.region)
    world = World(
        run.executor,
        scope,
        dict(view.observed),
        pace,
        progress.stopping,
        on_progress=progress.says,
        on_finished=progress.finished,
    )
    with (
        stop_on_signal(world.stopping, progress.abandon) as received,
        progress.running(len(plan.effects) + len(plan.waits)),
    ):
        outcome = apply(plan, run.desired, world)
    show_result(outcome, run, options, command)
    return received[0] if received else exit_code(outcome, run)


def exit_code(outcome: ApplyResult, run: Run) -> int:
    """8 when anything failed, was not started or still differs; an emulator's endless waits are only reported."""
    outcomes = {result.outcome for result in outcome.results}
    remaining = outcome.remaining
    if outcomes & {Outcome.FAILED, Outcome.SKIPPED} or remaining is None or remaining.effects or remaining.blocked:
        return _failure(outcome)
    if Outcome.WAITING in outcomes and not run.emulated:
        return Exit.PARTLY_APPLIED
    if Outcome.WAITING in outcomes:
        say("what still waits is something this emulator never finishes; on AWS apply would see it through")
    return Exit.OK


def _failure(outcome: ApplyResult) -> int:
    """Failed verification and missing permissions have codes of their own; for the rest, run again."""
    codes = {result.exit_code for result in outcome.results if result.outcome is Outcome.FAILED}
    specific = (Exit.VERIFICATION_FAILED, Exit.CREDENTIALS)
    return next((code for code in specific if code in codes), Exit.PARTLY_APPLIED)


def _confirm(plan: Plan, run: Run, *, yes: bool, destroy: bool) -> None:
    if yes:
        return
    if not interactive():
        raise Refused("nobody is here to confirm these changes", help="add `--yes` to apply without asking")
    where = f"account {plan.account}, {plan.region}" + (", simulated" if run.emulated else "")
    if destroy:
        answer = click.prompt(f"Type the stack's name to delete these ({where})", default="", err=True)
        agreed = answer == plan.stack
    else:
        agreed = click.confirm(f"Apply these changes ({where})?", default=False, err=True)
    if not agreed:
        raise Refused("not confirmed: nothing was changed")
