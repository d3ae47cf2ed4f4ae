"""The story `reconcile demo` tells: each step does real work through the ordinary pipeline and checks what it claims.

It prints, and it changes nothing but the embedded AWS and PostgreSQL it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.apply import apply
from reconciler.cli.changing import EMULATOR_PATIENCE
from reconciler.cli.options import Common
from reconciler.cli.progress import Progress
from reconciler.cli.reports import Documents, plan_documents, result_documents
from reconciler.cli.session import Run, open_run
from reconciler.cli.streams import result
from reconciler.converge import Pace, World
from reconciler.model import Action, ApplyResult, Call, Observed, Outcome, Plan, Scope, render_path
from reconciler.observe import View
from reconciler.pipeline import make_plan


class Failed(Exception):
    """A step did not do what it says."""


@dataclass(slots=True)
class Story:
    """Numbers the steps, says how long each took, and remembers whether all of them held."""

    now: Callable[[], float]
    number: int = 0
    succeeded: bool = False
    began: float = field(default=0.0)

    def step(self, title: str) -> None:
        self.number += 1
        self.began = self.began or self.now()
        result(f"\n{self.number}. {title}")

    def tell(self, text: str) -> None:
        result(f"   {text}")

    def check(self, holds: bool, claim: str) -> None:
        """Say the claim if it holds; stop the story otherwise."""
        if not holds:
            raise Failed(f"this should hold and does not: {claim}")
        result(f"   ok: {claim}")

    def seconds(self) -> float:
        return self.now() - self.began


@dataclass(slots=True)
class Demo:
    """The steps in order. `options` name the spec, the variables and the reports."""

    options: Common
    folder: Path
    sqlite_file: Path
    rows: int
    story: Story

    def tell(self) -> None:
        """Tell all of it; `story.succeeded` says whether it all happened."""
        try:
            self._tell()
        except Failed as failure:
            result(f"\nFAILED: {failure}")
            return
        self.story.succeeded = True
        result(f"\nAll of it happened, in {self.story.seconds():.0f} s.")

    def _tell(self) -> None:
        self._make_data()
        plan = self._plan("Plan: what would it take?")
        self.story.check(
            bool(plan.effects) and not plan.blocked, f"{len(plan.effects)} things to make, nothing in the way"
        )
        outcome = self._apply("Apply: make the stack, then copy the data")
        self._check_applied(outcome)
        self._check_empty("Plan again: is anything left?")
        touched = self._meddle()
        self._find_drift(touched)
        self._apply("Apply: heal it", "heal")
        run = self._check_empty("Plan a last time")
        self._criteria(run)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _make_data(self) -> None:
        from reconciler.simulator.scorecard import write_scorecard

        self.story.step("A SQLite database as the application on Railway has it")
        rows = write_scorecard(self.sqlite_file, self.rows)
        size = self.sqlite_file.stat().st_size / 1e6
        self.story.check(rows >= self.rows, f"{rows:,} rows, {size:.0f} MB in {self.sqlite_file.name}")

    def _plan(self, title: str) -> Plan:
        self.story.step(title)
        run = self._open()
        plan, _ = make_plan(run.desired, run.executor)
        self._write("plan", plan_documents(plan, run, self.options, "plan"))
        self.story.tell(_last_line(plan_documents(plan, run, self.options, "plan")["plain"]()))
        self.story.tell(f"{sum(plan.api_calls.values())} API calls, every one a List, Get or Describe")
        return plan

    def _apply(self, title: str, report: str = "apply") -> ApplyResult:
        self.story.step(title)
        progress = Progress()
        run = open_run(self.options, self.folder, writes=True, listener=progress)
        plan, view = make_plan(run.desired, run.executor)
        with progress.running(len(plan.effects) + len(plan.waits)):
            outcome = apply(plan, run.desired, _world(run, view, progress))
        self._write(report, result_documents(outcome, run, self.options, "apply"))
        self.story.tell(_last_line(result_documents(outcome, run, self.options, "apply")["plain"]()))
        bad = [r for r in outcome.results if r.outcome is not Outcome.DONE]
        self.story.check(not bad, "every change is done" if not bad else f"{bad[0].change.address}: {bad[0].detail}")
        return outcome

    def _check_applied(self, outcome: ApplyResult) -> None:
        kinds = {each.change.kind for each in outcome.results}
        self.story.check("data.migration" in kinds, "the data was migrated")
        self._check_rows()

    def _check_rows(self) -> None:
        run = self._open()
        plan, _ = make_plan(run.desired, run.executor)
        change = next(change for change in plan.changes if change.kind == "data.migration")
        outputs = change.observed.outputs if change.observed else {}
        self.story.check(
            outputs.get("state") == "verified" and outputs.get("rows", 0) >= self.rows,
            f"{outputs.get('rows', 0):,} rows arrived, every one compared with its source",
        )

    def _check_empty(self, title: str) -> Run:
        self.story.step(title)
        run = self._open()
        plan, _ = make_plan(run.desired, run.executor)
        self._write("plan", plan_documents(plan, run, self.options, "plan"))
        self.story.check(not plan.effects and not plan.waits, "no changes: live is as the spec says")
        return run

    def _meddle(self) -> list[str]:
        self.story.step("Meanwhile somebody changes things by hand")
        run = open_run(self.options, self.folder, writes=True)
        _, view = make_plan(run.desired, run.executor)
        touched = []
        for address, call, words in _by_hand(view):
            run.executor.write(call)
            touched.append(address)
            self.story.tell(words)
        self.story.check(len(touched) >= 3, f"{len(touched)} changes nobody wrote into the spec")
        return touched

    def _find_drift(self, touched: list[str]) -> None:
        self.story.step("Drift: does anybody notice?")
        run = self._open()
        plan, _ = make_plan(run.desired, run.executor)
        self._write("drift", plan_documents(plan, run, self.options, "drift"))
        for change in plan.effects:
            paths = ", ".join(render_path(each.path) for each in change.fields)
            self.story.tell(f"{change.address}: {'gone' if change.action is Action.CREATE else paths}")
        found = {change.address for change in plan.effects}
        needs = run.desired.expanded.dependencies
        others = [each for each in found - set(touched) if not set(touched) & set(needs.get(each, ()))]
        claim = f"all {len(touched)} are found, and nothing else but what uses them"
        self.story.check(set(touched) <= found and not others, claim)

    def _criteria(self, run: Run) -> None:
        """The mission's success criteria, as far as an embedded AWS can answer them."""
        self.story.step("The success criteria that can be checked here")
        _, view = make_plan(run.desired, run.executor)
        live = {address.split("/")[0] for address, observed in view.observed.items() if observed is not None}
        for claim, kinds in CRITERIA:
            self.story.check(set(kinds) <= live, claim)
        for name in ("apply", "drift", "heal", "plan"):
            self.story.tell(f"report: {self.folder / name}.html and .json")
        for claim in NOT_HERE:
            self.story.tell(f"not checked here: {claim}")

    # --- the ordinary pipeline ----------------------------------------------------------------------------------------

    def _open(self) -> Run:
        return open_run(self.options, self.folder)

    def _write(self, name: str, documents: Documents) -> None:
        for form in ("html", "json"):
            (self.folder / f"{name}.{form}").write_text(documents[form](), encoding="utf-8")


CRITERIA = (
    ("the application's service runs behind its load balancer", ("ecs.service", "elbv2.listener")),
    ("PostgreSQL holds the migrated data", ("rds.db_instance", "data.migration")),
    ("e-mail goes through SES", ("sesv2.email_identity", "ses.template")),
    ("uploads go to S3", ("s3.bucket",)),
    ("logs and alarms are in place", ("logs.log_group", "cloudwatch.metric_alarm")),
    ("traces and a dashboard are in place", ("xray.group", "cloudwatch.dashboard")),
    ("certificates and the domain's records are in place", ("acm.certificate", "route53.record_set")),
    ("a firewall guards the load balancer", ("wafv2.web_acl_association",)),
    ("a budget warns before the month costs too much", ("budgets.budget",)),
)
NOT_HERE = ("TLS as a browser sees it", "performance against Railway", "what it really costs")


def _world(run: Run, view: View, progress: Progress) -> World:
    pace = Pace(limit=EMULATOR_PATIENCE, longest_pause=1.0)
    scope = Scope(run.desired.stack, run.desired.account, run.desired.region)
    return World(
        run.executor, scope, dict(view.observed), pace, on_progress=progress.says, on_finished=progress.finished
    )


def _by_hand(view: View) -> Iterator[tuple[str, Call, str]]:
    """Calls somebody might make in the console: the address they hit, the call, and what it means."""
    for kind_name, make in _MEDDLING.items():
        found = next((o for a, o in sorted(view.observed.items()) if o and a.startswith(f"{kind_name}/")), None)
        if found is not None:
            yield (found.address, *make(found))


def _open_ssh(group: Observed) -> tuple[Call, str]:
    rule = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "ip_ranges": [{"cidr_ip": "0.0.0.0/0"}]}
    call = Call("ec2", "AuthorizeSecurityGroupIngress", {"group_id": group.identifier, "ip_permissions": [rule]})
    return call, f"opens SSH to the world in {group.identifier}"


def _fewer_backups(instance: Observed) -> tuple[Call, str]:
    params = {"db_instance_identifier": instance.identifier, "backup_retention_period": 1, "apply_immediately": True}
    return Call("rds", "ModifyDBInstance", params), f"keeps backups of {instance.identifier} for one day only"


def _no_alarm(alarm: Observed) -> tuple[Call, str]:
    return Call(
        "cloudwatch", "DeleteAlarms", {"alarm_names": [alarm.identifier]}
    ), f"deletes the alarm {alarm.identifier}"


_MEDDLING: dict[str, Callable[[Observed], tuple[Call, str]]] = {
    "ec2.security_group": _open_ssh,
    "rds.db_instance": _fewer_backups,
    "cloudwatch.metric_alarm": _no_alarm,
}


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
