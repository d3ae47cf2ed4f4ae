"""`reconcile doctor`: what the job needs and whether it is here. It changes nothing and reads only who we are."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import click

from reconciler.cli.options import Common, common, live_options
from reconciler.cli.streams import result
from reconciler.errors import Exit, ReconcileError


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite: whether it holds, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    help: str = ""
    needed: bool = True
    """False: the job can be done without it."""


@click.command("doctor")
@live_options
def command(**given: Any) -> int:
    """Check that this machine and account are ready."""
    options = common(**given)
    checks = [_python(), *_packages(), *_tools(), (spec := _spec(options)), _aws(options, spec)]
    if options.json:
        result(json.dumps({"format_version": "1.0", "checks": [asdict(check) for check in checks]}, indent=2))
    else:
        for check in checks:
            result(_line(check))
    return Exit.OK if all(check.ok or not check.needed for check in checks) else Exit.ERROR


def _line(check: Check) -> str:
    mark = "ok     " if check.ok else "MISSING" if check.needed else "absent "
    advice = f"\n          -> {check.help}" if check.help and not check.ok else ""
    return f"{mark}  {check.name}: {check.found}{advice}"


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


EXTRAS = (
    ("psycopg", "migrate", "the data migration"),
    ("jinja2", "report", "HTML reports"),
    ("moto", "simulate", "--simulate and the demo"),
)


def _packages() -> list[Check]:
    return [
        Check(
            what,
            find_spec(module) is not None,
            f"package {module}",
            f"pip install 'reconcile-aws[{extra}]'",
            needed=False,
        )
        for module, extra, what in EXTRAS
    ]


TOOLS = (
    ("aws", "the AWS command line, to log in and look around"),
    ("docker", "Docker, to build the application's image"),
    ("git", "git, to keep the spec"),
)


def _tools() -> list[Check]:
    found = [(name, what, shutil.which(name)) for name, what in TOOLS]
    return [
        Check(name, path is not None, path or "not found", f"install {what}", needed=False)
        for name, what, path in found
    ]


def _attempt(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except ReconcileError as error:
        return Check(name, False, error.message, error.help or "`reconcile validate` shows where")


def _spec(options: Common) -> Check:
    from reconciler.cli.source import read_stack

    return _attempt("spec", lambda: f"{(stack := read_stack(options)).file} is valid, {len(stack.entries)} entries")


def _aws(options: Common, spec: Check) -> Check:
    """Credentials, and whether they are for the account the spec names."""
    if not spec.ok:
        return Check("AWS credentials", False, "not looked at: the spec says for which account and region")
    from reconciler.cli.session import open_run

    def account() -> str:
        run = open_run(options)
        return f"{run.identity.arn} in {run.identity.account}" + (" (emulated)" if run.emulated else "")

    return _attempt("AWS credentials", account)
