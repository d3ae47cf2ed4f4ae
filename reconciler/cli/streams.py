"""Where output goes and whether it may be coloured: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click


def wants_color(stream: str = "stdout", choice: bool | None = None) -> bool:
    """Flag, then RECONCILE_NO_COLOR, NO_COLOR, FORCE_COLOR, a CI that shows colours, then whether it is a terminal."""
    if choice is not None:
        return choice
    if os.environ.get("RECONCILE_NO_COLOR") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("GITHUB_ACTIONS"):
        return True
    return bool(getattr(sys, stream).isatty())


def say(text: str) -> None:
    """A remark for people, on stderr; whoever coloured it asked `wants_color` first."""
    _write(text, sys.stderr)


def result(text: str) -> None:
    """What the command was asked for, on stdout."""
    _write(text, sys.stdout)


def _write(text: str, stream: TextIO) -> None:
    try:
        click.echo(text, file=stream, nl=not text.endswith("\n"), color=True)
    except BrokenPipeError:
        # `reconcile drift | head`: nobody reads on. The work, its reports and its exit code do not depend on that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def interactive() -> bool:
    """May we ask a question?"""
    return sys.stdin.isatty() and sys.stderr.isatty()
