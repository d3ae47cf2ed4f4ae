"""The entry point: finds the command, runs it, and turns every error into words and an exit code.

Commands are imported when asked for, so that `--help` and `--version` stay fast.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from reconciler import __version__
from reconciler.cli.streams import result, say, wants_color
from reconciler.errors import Exit, InvalidSpec, ReconcileError

COMMANDS = {
    "plan": "Show what would change, and change nothing.",
    "apply": "Change AWS (and migrate the data) until it is as the spec says.",
    "drift": "Find what differs from the spec; exit 2 if anything does.",
    "destroy": "Delete what this stack owns and nothing protects.",
    "outputs": "Show addresses, ARNs and names of what is live.",
    "validate": "Check the spec without contacting anything.",
    "graph": "Draw what depends on what.",
    "schema": "Print the JSON Schema of the spec, for editors.",
    "migrate": "Copy a SQLite file into PostgreSQL and compare every row.",
    "doctor": "Check that this machine and account are ready.",
    "demo": "Watch the whole job on an embedded AWS and PostgreSQL.",
    "simulator": "Look at or stop the embedded AWS and PostgreSQL of this folder.",
}


class Commands(click.Group):
    """Commands by name, each in a module of its own under `commands/`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"reconciler.cli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from reconciler.spec.suggest import did_you_mean

            guess = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{guess}'?" if guess else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog="`--plan` means `plan`.")
@click.version_option(__version__, prog_name="reconcile")
def cli() -> None:
    """Describe your AWS stack and your data migration in one YAML file; see what differs, and make it so."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a code of `reconciler.errors.Exit`."""
    gc.set_threshold(50_000, 50, 50)  # botocore's models stay as long as we do
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end an apply
    code = run(list(sys.argv[1:] if argv is None else argv))
    if code == Exit.INTERRUPTED:
        os._exit(code)  # threads that still read would keep us for as long as AWS does not answer
    sys.exit(code)


def run(argv: list[str]) -> int:
    """Run one command; its exit code."""
    arguments = _with_plan_alias(argv)
    try:
        code = cli.main(arguments, prog_name="reconcile", standalone_mode=False)
        return int(code) if isinstance(code, int) else Exit.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        _say_in_json(arguments, "interrupted", "interrupted")
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show(file=sys.stderr)
        _say_in_json(arguments, error.format_message(), "usage")
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.ERROR
    except ReconcileError as error:
        return _explain(arguments, error)


def _explain(arguments: list[str], error: ReconcileError) -> int:
    from reconciler.cli.explain import explain

    chosen = {"--color": True, "--no-color": False}
    choice = next((chosen[word] for word in reversed(arguments) if word in chosen), None)
    say(explain(error, color=wants_color("stderr", choice)))
    _say_in_json(arguments, error, type(error).__name__)
    if isinstance(error, InvalidSpec):
        _annotate(arguments, error)
    return error.exit_code


def _annotate(arguments: list[str], error: InvalidSpec) -> None:
    """Whoever asked for annotations gets the problems of the spec as such: there is no plan to report."""
    values = [word.removeprefix("--report=") for word in arguments if word.startswith("--report=")]
    values += [value for word, value in pairwise(arguments) if word == "--report"]
    for value in values:
        if value.startswith("github="):
            from reconciler.report.github import problem_annotations

            path = Path(value.removeprefix("github="))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(problem_annotations(error.problems), encoding="utf-8")


def _say_in_json(arguments: list[str], error: Any, code: str) -> None:
    """Whoever asked for JSON gets JSON, whatever happens."""
    asked = any(
        word in ("--output=json", "-ojson")
        or (word in ("--output", "-o") and arguments[index + 1 : index + 2] == ["json"])
        for index, word in enumerate(arguments)
    )
    if asked:
        from reconciler.cli.explain import error_json

        result(error_json(error, code))


def _with_plan_alias(arguments: list[str]) -> list[str]:
    """`reconcile --plan -f x` is `reconcile plan -f x`."""
    if "--plan" in arguments and arguments[0] not in COMMANDS:
        return ["plan", *(word for word in arguments if word != "--plan")]
    return arguments
