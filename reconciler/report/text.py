"""A plan, drift or the result of an apply as text for a terminal, in Terraform's symbols and words.

Never prints and never decides about colour: the caller says whether the stream takes it. No line it returns can be read
as a command by a terminal or a CI runner, whatever the spec or AWS put into a name.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model import Action, ApplyResult, Change, ChangeResult, Finding, Outcome, Plan
from reconciler.report.blocks import Block, View, block
from reconciler.report.redact import redacted, redacted_result
from reconciler.report.values import Line
from reconciler.report.wording import (
    SYMBOLS,
    Verdict,
    counts,
    drift_summary,
    place_text,
    plan_summary,
    plural,
    result_words,
    visible,
    worst_first,
)

_PALETTE = {"bold": "1", "dim": "2", "+": "32", "~": "33", "-": "31", "-/+": "31", "*": "36", ".": "36", ">": "34"}
_SEVERITIES = {"error": "1;31", "warning": "1;33", "info": "1;36"}
_OUTCOMES = {
    Outcome.DONE: "Done",
    Outcome.WAITING: "Waiting, carried out but not yet in force",
    Outcome.FAILED: "Failed",
    Outcome.SKIPPED: "Not started",
}


def plan_text(plan: Plan, *, color: bool = False, width: int = 100, verbose: bool = False) -> str:
    """The plan; its last line is `Plan: N to add, N to change, N to destroy.` or the "No changes." sentence.

    `width` wraps sentences, never values. `verbose` adds calls, read calls and resources without a difference.
    """
    return _written(_plan_lines(redacted(plan), View.PLAN, _Ink(color, width), verbose))


def drift_text(plan: Plan, *, color: bool = False, width: int = 100, verbose: bool = False) -> str:
    """The same differences told as drift: what is live and what the spec says."""
    return _written(_plan_lines(redacted(plan), View.DRIFT, _Ink(color, width), verbose))


def apply_text(result: ApplyResult, *, color: bool = False, width: int = 100) -> str:
    """What is done, what waits, what failed, what was not started, and what to do next."""
    return _written(_apply_lines(redacted_result(result), _Ink(color, width)))


class _Ink:
    """How words become marks on this stream."""

    def __init__(self, color: bool, width: int) -> None:
        self.color = color
        self.width = max(width, 40)

    def paint(self, text: str, style: str) -> str:
        code = _PALETTE.get(style) or _SEVERITIES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text

    def wrapped(self, text: str, indent: str, hanging: str) -> list[str]:
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _written(lines: Iterable[str]) -> str:
    return "\n".join(_harmless(line) for line in lines) + "\n"


def _harmless(line: str) -> str:
    """GitHub runners carry out every line that starts with `::`, leading blanks or not."""
    return line.replace("::", "\\x3a:", 1) if line.lstrip().startswith("::") else line


# --- plan and drift ---------------------------------------------------------------------------------------------------


def _plan_lines(plan: Plan, view: View, ink: _Ink, verbose: bool) -> Iterator[str]:
    yield from _subject_lines(plan, ink)
    listed = list(plan.effects)
    if verbose:
        listed += [change for change in plan.changes if change.action is Action.NOOP]
    if listed:
        yield from _legend([*listed, *plan.waits], view, ink)
        yield _opening_sentence(view)
        yield ""
    for change in listed:
        yield from _block_lines(block(change, view, verbose=verbose), ink)
    if plan.waits:
        yield "Waiting for AWS (under way by itself, nothing to do here):"
        yield ""
        for change in plan.waits:
            yield from _block_lines(block(change, view, verbose=verbose), ink)
    for finding in worst_first(plan.findings):
        yield from _finding_lines(finding, ink)
    yield from _closing_lines(plan, view, ink, verbose)


def _subject_lines(plan: Plan, ink: _Ink) -> Iterator[str]:
    stack, account, region = visible(plan.stack), visible(plan.account), visible(plan.region)
    yield ink.paint(f"Stack {stack}, account {account}, region {region}", "dim")
    yield ""


def _opening_sentence(view: View) -> str:
    if view is View.PLAN:
        return "reconcile will perform the following actions:"
    return "Live AWS and the spec differ in the following objects:"


def _legend(changes: Sequence[Change], view: View, ink: _Ink) -> Iterator[str]:
    yield "Resource actions are indicated with the following symbols:" if view is View.PLAN else "Symbols:"
    used = {change.action for change in changes}
    for action, words in view.legend.items():
        if action in used:
            yield f"{ink.paint(f'{SYMBOLS[action]:>3}', SYMBOLS[action])} {words}"
    yield ""


def _block_lines(shown: Block, ink: _Ink) -> Iterator[str]:
    place = f"   ({shown.place})" if shown.place else ""
    yield "  " + ink.paint(f"# {shown.address} {shown.words}", "bold") + ink.paint(place, "dim")
    for note in shown.notes:
        yield from (ink.paint(row, "dim") for row in ink.wrapped(f"({note})", "  # ", "  #  "))
    brace = " {" if shown.lines else ""
    yield f"{ink.paint(f'{shown.symbol:>3}', shown.symbol)} {shown.address}{brace}"
    for line in shown.lines:
        yield _field_line(line, ink)
    if shown.lines:
        yield "    }"
    yield ""


def _field_line(line: Line, ink: _Ink) -> str:
    symbol = ink.paint(f"{line.symbol:>3}", line.symbol)
    styles = {"forces replacement": "-"}
    notes = "".join("   " + ink.paint(f"# {note}", styles.get(note, "dim")) for note in line.notes)
    return "    " * line.depth + f"{symbol} {line.text}{notes}"


def _finding_lines(finding: Finding, ink: _Ink) -> Iterator[str]:
    head = f"{finding.severity}[{visible(finding.code)}]"
    first, *rest = ink.wrapped(f"{head}: {visible(finding.message)}", "", "    ")
    yield ink.paint(head, str(finding.severity)) + first.removeprefix(head)
    yield from rest
    where = [place_text(finding.place), visible(finding.address or "")]
    if any(where):
        yield "  --> " + "  ".join(text for text in where if text)
    if finding.help:
        yield from ink.wrapped(f"help: {visible(finding.help)}", "  = ", "    ")
    yield ""


def _closing_lines(plan: Plan, view: View, ink: _Ink, verbose: bool) -> Iterator[str]:
    number = counts(plan)
    if verbose and plan.api_calls:
        yield f"Read with {plural(sum(plan.api_calls.values()), 'API call')}:"
        yield from (f"  {count:>5}  {visible(name)}" for name, count in sorted(plan.api_calls.items()))
        yield ""
    if number.waiting:
        yield f"Waiting: {plural(number.waiting, 'resource')} on the way in AWS (listed above)."
    if number.verdict is Verdict.BLOCKED:
        errors = plural(number.errors, "error")
        yield ink.paint(f"Blocked: {errors} (above); nothing is applied until resolved.", "error")
    yield ink.paint(plan_summary(plan) if view is View.PLAN else drift_summary(plan), "bold")


# --- apply ------------------------------------------------------------------------------------------------------------


def _apply_lines(result: ApplyResult, ink: _Ink) -> Iterator[str]:
    yield from _subject_lines(result.plan, ink)
    for outcome, title in _OUTCOMES.items():
        matching = [each for each in result.results if each.outcome is outcome]
        if matching:
            yield ink.paint(f"{title} ({len(matching)}):", "error" if outcome is Outcome.FAILED else "bold")
            for each in matching:
                yield from _result_lines(each, ink)
            yield ""
    if result.remaining is not None and counts(result.remaining).verdict is not Verdict.NO_CHANGES:
        yield from _remaining_lines(result.remaining, ink)
    yield ink.paint(apply_summary(result), "bold")


def _result_lines(result: ChangeResult, ink: _Ink) -> Iterator[str]:
    change, symbol = result.change, SYMBOLS[result.change.action]
    effort = f"   {result.seconds:.1f} s, {plural(result.calls, 'call')}" if result.calls or result.seconds else ""
    place = place_text(change.resource.place) if change.resource else ""
    where = f"   ({place})" if place and result.outcome is not Outcome.DONE else ""
    yield f"{ink.paint(f'{symbol:>3}', symbol)} {visible(change.address)} {result_words(result)}" + ink.paint(
        effort + where, "dim"
    )
    if result.detail:
        yield from ink.wrapped(visible(result.detail), "      ", "      ")
    if result.help:
        yield from ink.wrapped(f"help: {visible(result.help)}", "    = ", "      ")


def _remaining_lines(remaining: Plan, ink: _Ink) -> Iterator[str]:
    yield ink.paint("The last look at AWS still found:", "bold")
    for change in (*remaining.effects, *remaining.waits):
        symbol = SYMBOLS[change.action]
        reason = f": {visible(change.reason)}" if change.reason else ""
        yield f"{ink.paint(f'{symbol:>3}', symbol)} {visible(change.address)} {View.DRIFT.words[change.action]}{reason}"
    yield ""
    for finding in worst_first(remaining.findings):
        yield from _finding_lines(finding, ink)


def apply_summary(result: ApplyResult) -> str:
    """One line: complete (and nothing differs any more), or how far it came and what to do."""
    done = [each for each in result.results if each.outcome is Outcome.DONE]
    remaining = counts(result.remaining).verdict if result.remaining is not None else Verdict.NO_CHANGES
    if len(done) == len(result.results) and remaining is Verdict.NO_CHANGES:
        number = counts(Plan("", "", "", tuple(each.change for each in done)))
        return f"Apply complete! Resources: {number.add} added, {number.change} changed, {number.destroy} destroyed."
    number_of = {outcome: sum(each.outcome is outcome for each in result.results) for outcome in Outcome}
    return (
        f"Apply incomplete: {number_of[Outcome.DONE]} done, {number_of[Outcome.WAITING]} waiting, "
        f"{number_of[Outcome.FAILED]} failed, {number_of[Outcome.SKIPPED]} not started. "
        "Run the same command again to continue."
    )
