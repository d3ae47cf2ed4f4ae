"""The options many commands share, as values. It touches nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

REPORT_FORMATS = ("json", "markdown", "html", "text", "github", "mermaid")


@dataclass(frozen=True, slots=True)
class Common:
    """What was asked for, whichever command."""

    file: Path | None
    env: str | None
    variables: tuple[str, ...]
    output: str
    reports: tuple[tuple[str, Path], ...]
    simulate: bool
    profile: str | None
    color: bool | None

    @property
    def json(self) -> bool:
        return self.output == "json"


class Report(click.ParamType[Any]):
    """`FORMAT=PATH`."""

    name = "FORMAT=PATH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        form, _, path = str(value).partition("=")
        if form not in REPORT_FORMATS or not path:
            self.fail(f"`{value}` is not FORMAT=PATH with a format of {', '.join(REPORT_FORMATS)}", param, ctx)
        if not _writable(Path(path)):
            self.fail(f"`{path}` cannot be written", param, ctx)
        return form, Path(path)


def _writable(path: Path) -> bool:
    """Can a file be made here, with the folders it needs? Better asked before an apply than after it."""
    if path.exists():
        return path.is_file() and os.access(path, os.W_OK)
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    return folder.is_dir() and os.access(folder, os.W_OK)


output_option = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)


def spec_options(function: F) -> F:
    """`--file`, `--env`, `--var`, `--color`."""
    for option in reversed(
        (
            click.option(
                "-f", "--file", type=click.Path(path_type=Path), help="The spec; the only file in spec/ otherwise."
            ),
            click.option("--env", metavar="NAME", help="Lay this entry of `environments:` over the spec."),
            click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set an entry of `vars:`."),
            click.option("--color/--no-color", default=None, help="Colour the output, or not."),
        )
    ):
        function = option(function)
    return function


def aws_options(function: F) -> F:
    """Those of `spec_options`, and what commands that look at AWS take besides."""
    for option in reversed(
        (
            output_option,
            click.option("--simulate", is_flag=True, help="Use an embedded AWS and PostgreSQL kept under .reconcile/."),
            click.option("--profile", envvar="AWS_PROFILE", help="The AWS profile."),
        )
    ):
        function = option(function)
    return spec_options(function)


def live_options(function: F) -> F:
    """Those of `aws_options`, and `--report` of commands whose result is a plan."""
    report = click.option(
        "--report", "reports", type=Report(), multiple=True, help="Also write the result to a file (repeatable)."
    )
    return aws_options(report(function))


def common(**given: Any) -> Common:
    """The options of a command as one value; those a command does not take have their defaults."""
    return Common(
        given.get("file"),
        given.get("env"),
        tuple(given.get("variables", ())),
        given.get("output", "text"),
        tuple(given.get("reports", ())),
        bool(given.get("simulate", False)),
        given.get("profile"),
        given.get("color"),
    )
