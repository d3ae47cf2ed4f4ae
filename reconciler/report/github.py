"""What a GitHub Actions run is told: annotations, the step summary, outputs, and a wall around foreign text.

Pure: every function returns the text to write. Nothing foreign can become a workflow command: annotations are escaped,
outputs stand between random delimiters, and a log goes between `stop-commands` lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconciler.errors import Problem
from reconciler.model import Finding, Place, Plan, Severity
from reconciler.report.blocks import View, block
from reconciler.report.markdown import SUMMARY, drift_comment, plan_comment
from reconciler.report.redact import redacted
from reconciler.report.wording import change_place, counts, plural, visible, worst_first

_MOST_ANNOTATIONS = 9
"""GitHub shows ten of a type per step; the tenth says how many there are more."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def plan_annotations(plan: Plan) -> str:
    """The findings of a plan as workflow commands, one a line, the nine worst first."""
    return _annotations(worst_first(redacted(plan).findings))


def drift_annotations(plan: Plan) -> str:
    """Drifted resources as warnings at their place in the spec, after the findings."""
    clean = redacted(plan)
    drifted = []
    for change in clean.effects:
        told = block(change, View.DRIFT)
        lines = [f"{told.address} {told.words}", *(f"{line.symbol} {line.text}" for line in told.lines)]
        place = change_place(change)
        drifted.append(Finding("drift", Severity.WARNING, "\n".join(lines), address=change.address, place=place))
    return _annotations(worst_first([*clean.findings, *drifted]))


def problem_annotations(problems: Sequence[Problem]) -> str:
    """The errors of an invalid spec."""
    errors = [Finding(each.code, Severity.ERROR, each.message, each.help, place=each.place) for each in problems]
    return _annotations(errors)


def step_summary(plan: Plan, *, drift: bool = False) -> str:
    """Markdown for `$GITHUB_STEP_SUMMARY`, at most 900 kB (GitHub drops more than 1 MiB as a whole)."""
    return drift_comment(plan, limit=SUMMARY) if drift else plan_comment(plan, limit=SUMMARY)


def plan_outputs(plan: Plan) -> dict[str, str]:
    """Step outputs of a plan: counts and the verdict, as texts."""
    number = counts(plan)
    return {
        "verdict": str(number.verdict),
        "add": str(number.add),
        "change": str(number.change),
        "destroy": str(number.destroy),
        "waiting": str(number.waiting),
        "errors": str(number.errors),
    }


def outputs(values: Mapping[str, str], delimiter: str) -> str:
    """Text for `$GITHUB_OUTPUT`. `delimiter` is random per run (`secrets.token_hex(16)`).

    Raises ValueError for a name that is none and for a value that holds the delimiter.
    """
    _random_word(delimiter)
    for name, value in values.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
            raise ValueError(f"{name!r} is no output name: use letters, digits, _ and -")
        if delimiter in value:
            raise ValueError(f"the value of output {name} holds the delimiter: use a new random one")
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())


def walled(text: str, token: str) -> str:
    """`text` between two lines that stop and resume workflow commands. `token` is random per run.

    Raises ValueError where `text` holds the token.
    """
    _random_word(token)
    if token in text:
        raise ValueError("the text holds the token that would end its wall: use a new random one")
    return f"::stop-commands::{token}\n{text.removesuffix(chr(10))}\n::{token}::\n"


def _random_word(word: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]{16,}", word):
        raise ValueError("a delimiter or token is at least 16 letters and digits, random per run")


def _annotations(findings: Sequence[Finding]) -> str:
    shown = [_annotation(finding) for finding in findings[:_MOST_ANNOTATIONS]]
    more = len(findings) - len(shown)
    if more == 1:
        shown.append(_annotation(findings[_MOST_ANNOTATIONS]))
    elif more:
        severity = findings[_MOST_ANNOTATIONS].severity
        message = f"and {plural(more, 'more finding')}: see the step summary or the log"
        shown.append(_annotation(Finding("more", severity, message)))
    return "".join(f"{line}\n" for line in shown)


def _annotation(finding: Finding) -> str:
    subject = f" {finding.address}" if finding.address else ""
    properties = {**_position(finding.place), "title": f"reconcile {finding.code}{subject}"}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = finding.message + (f"\nhelp: {finding.help}" if finding.help else "")
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _position(place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    end = place.column + max(place.length, 1)
    return {
        "file": place.file,
        "line": str(place.line),
        "endLine": str(place.line),
        "col": str(place.column),
        "endColumn": str(end),
    }


def _data(text: str) -> str:
    """Escaped as a message: lines stay lines, every other control character is written out."""
    shown = "\n".join(visible(row) for row in text.split("\n"))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
