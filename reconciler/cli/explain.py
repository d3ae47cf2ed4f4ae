"""Errors as people and machines read them. Never decides an exit code: the error carries it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reconciler.errors import InvalidSpec, Problem, ReconcileError


def explain(error: ReconcileError, *, color: bool) -> str:
    """An error in words: every problem of a spec with its source line, or one message and its way out."""
    if isinstance(error, InvalidSpec):
        from reconciler.spec.diagnostics import render
        from reconciler.spec.load import source_of

        count = len(error.problems)
        shown = [render(problem, source_of(Path(problem.place.file)), color) for problem in error.problems]
        return "\n\n".join([*shown, f"{count} problem{'s' if count != 1 else ''} found; nothing was contacted"])
    return f"error: {error.message}" + (f"\n  = help: {error.help}" if error.help else "")


def error_json(error: Any, code: str) -> str:
    """The same for `--output json`."""
    document: dict[str, Any] = {"format_version": "1.0", "error": {"code": code, "message": str(error)}}
    if isinstance(error, ReconcileError):
        document["error"] |= {"message": error.message, "help": error.help, "exit_code": int(error.exit_code)}
    if isinstance(error, InvalidSpec):
        document["error"]["problems"] = [_problem(problem) for problem in error.problems]
    return json.dumps(document, indent=2)


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "code": problem.code,
        "message": problem.message,
        "help": problem.help,
        "place": {"file": place.file, "line": place.line, "column": place.column},
    }
