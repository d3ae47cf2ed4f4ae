"""Results in every form: what goes to stdout, and the files `--report` names. It computes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler import __version__
from reconciler.cli.options import Common
from reconciler.cli.session import Run
from reconciler.cli.streams import result, say, wants_color
from reconciler.errors import ReconcileError
from reconciler.model import ApplyResult, Plan

Documents = Mapping[str, Callable[[], str]]
"""Format -> the text of it, made when asked for."""


def show_plan(plan: Plan, run: Run, options: Common, command: str = "plan") -> None:
    """A plan (or the same as drift) to stdout and to every `--report`."""
    _show(plan_documents(plan, run, options, command), options)


def show_result(outcome: ApplyResult, run: Run, options: Common, command: str = "apply") -> None:
    _show(result_documents(outcome, run, options, command), options)


def announce(plan: Plan, options: Common) -> None:
    """A plan to stderr: what is about to be done, while stdout waits for how it went."""
    from reconciler.report import text

    say(text.plan_text(plan, color=wants_color("stderr", options.color), width=_width("stderr")))


def _show(documents: Documents, options: Common) -> None:
    result(documents["json" if options.json else "text"]())
    for form, path in options.reports:
        text = documents["plain" if form == "text" else form]()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ReconcileError(f"cannot write {path}: {error.strerror}", help="name a file that can be") from error
        say(f"wrote {path}")


def plan_documents(plan: Plan, run: Run, options: Common, command: str) -> Documents:
    """Renderers are imported when asked for: a plan is written in one form, and they are seven."""
    drift = command == "drift"

    def text(**how: Any) -> str:
        from reconciler.report import text

        return (text.drift_text if drift else text.plan_text)(plan, **how)

    def document() -> str:
        from reconciler.report import json

        return json.dumps(json.plan_document(plan, command=command, meta=meta(run, options)))

    def markdown() -> str:
        from reconciler.report import markdown

        return markdown.drift_comment(plan) if drift else markdown.plan_comment(plan)

    def html() -> str:
        from reconciler.report import html

        return (html.drift_page if drift else html.plan_page)(plan, meta=meta(run, options))

    def github() -> str:
        from reconciler.report import github

        return github.drift_annotations(plan) if drift else github.plan_annotations(plan)

    how = {"color": wants_color(choice=options.color), "width": _width()}
    return {
        "text": lambda: text(**how),
        "plain": text,
        "json": document,
        "markdown": markdown,
        "html": html,
        "github": github,
        "mermaid": lambda: _mermaid(plan),
    }


def _mermaid(plan: Plan) -> str:
    from reconciler.report import graph

    return graph.mermaid(graph.plan_graph(plan))


def result_documents(outcome: ApplyResult, run: Run, options: Common, command: str) -> Documents:
    from reconciler.report import github, html, json, markdown, text

    facts = meta(run, options)
    return {
        "text": lambda: text.apply_text(outcome, color=wants_color(choice=options.color), width=_width()),
        "plain": lambda: text.apply_text(outcome),
        "json": lambda: json.dumps(json.apply_document(outcome, command=command, meta=facts)),
        "markdown": lambda: markdown.apply_comment(outcome),
        "html": lambda: html.apply_page(outcome, meta=facts),
        "github": lambda: github.plan_annotations(outcome.remaining or outcome.plan),
        "mermaid": lambda: _mermaid(outcome.plan),
    }


def meta(run: Run, options: Common) -> dict[str, object]:
    """Who, where, when and with what: the head of every report."""
    return {
        "tool_version": __version__,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "spec": run.stack.file,
        "env": options.env or "",
        "caller": run.identity.arn,
        "simulated": run.emulated,
        "commit": _commit(Path(run.stack.file).parent),
    }


def _commit(folder: Path) -> str:
    if os.environ.get("GITHUB_SHA"):
        return os.environ["GITHUB_SHA"]
    git = shutil.which("git")
    if git is None:
        return ""
    answer = subprocess.run([git, "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _width(stream: str = "stdout") -> int:
    return shutil.get_terminal_size((100, 24)).columns if getattr(sys, stream).isatty() else 100
