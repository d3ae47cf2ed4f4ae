"""A plan, drift or the result of an apply as Markdown: a pull request comment or a job summary.

Whatever the spec or AWS put into a text stays text: it makes no link, mention, reference, image, HTML or table.
A comment is cut by whole resources and says how many it leaves out; it never ends inside a fence or a table row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model import Action, ApplyResult, Change, ChangeResult, Finding, Outcome, Plan
from reconciler.report.blocks import Block, View, block
from reconciler.report.redact import redacted, redacted_result
from reconciler.report.text import apply_summary
from reconciler.report.wording import (
    DESTRUCTIVE,
    FINISHED,
    LEGEND,
    SYMBOLS,
    Verdict,
    change_place,
    counts,
    drift_summary,
    place_text,
    plan_summary,
    plural,
    shortened,
    visible,
    worst_first,
)

COMMENT_LIMIT = 65_000
"""Characters; GitHub refuses a comment above 65,536."""
SUMMARY_LIMIT = 900_000
"""Bytes; GitHub drops a step summary above 1 MiB as a whole."""
HOW_TO_APPLY = "To apply: merge this change, or run `reconcile apply` with this spec."
HOW_TO_MEND = "To put AWS back: run `reconcile apply`. To keep what is live: change the spec so that it says so."

_LONGEST_CELL = 300
_DIFF_SYMBOLS = {"~": "!", "-/+": "!", "*": "!", ".": "!", ">": " ", "=": " "}
_OUTCOMES = {
    Outcome.FAILED: "failed",
    Outcome.SKIPPED: "not started",
    Outcome.WAITING: "waiting: carried out, not yet in force",
    Outcome.DONE: "done",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """How much fits, and how it is measured."""

    most: int
    measure: Callable[[str], int]


COMMENT = Limit(COMMENT_LIMIT, lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2)
SUMMARY = Limit(SUMMARY_LIMIT, lambda text: len(text.encode("utf-8", "surrogatepass")))


def plan_comment(plan: Plan, *, how_to_apply: str = HOW_TO_APPLY, limit: Limit = COMMENT) -> str:
    """The plan, destroys first. The first line is the marker by which the comment is found again and replaced.

    `how_to_apply` is Markdown of the caller.
    """
    return _comment(redacted(plan), View.PLAN, how_to_apply, limit)


def drift_comment(plan: Plan, *, how_to_mend: str = HOW_TO_MEND, limit: Limit = COMMENT) -> str:
    """The same for drift; the text depends on the differences alone, so an unchanged drift gives the same text."""
    return _comment(redacted(plan), View.DRIFT, how_to_mend, limit)


def apply_comment(result: ApplyResult, *, limit: Limit = COMMENT) -> str:
    """What became of each change, what failed first."""
    clean = redacted_result(result)
    rank = list(_OUTCOMES)
    ordered = sorted(clean.results, key=lambda each: rank.index(each.outcome))
    head = f"{marker('apply', clean.plan.stack)}\n## reconcile apply: {code(clean.plan.stack)}\n\n"
    page = _Page(f"{head}**{inert(apply_summary(clean))}**\n", limit)
    page.table("### Results", ("", "resource", "outcome", "detail"), [_result_cells(each) for each in ordered])
    return page.text


def marker(command: str, stack: str) -> str:
    """`<!-- reconcile:plan stack=NAME -->`; update only a comment that starts with it *and* was written by the bot."""
    return f"<!-- reconcile:{command} stack={re.sub(r'[^A-Za-z0-9._-]', '_', stack)[:100]} -->"


# --- foreign text made inert ------------------------------------------------------------------------------------------


def inert(text: str, limit: int = _LONGEST_CELL) -> str:
    """Foreign text as prose: every character Markdown or GitHub could read as more than itself is written out."""
    text = visible(shortened(text, limit))
    text = re.sub(r"[&<>`*_\[\]#|~\\@$:!^{}]", lambda match: f"&#{ord(match.group())};", text)
    # GitHub links mentions, references and addresses after Markdown is done; an invisible space parts them.
    text = text.replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;").replace("&#58;//", "&#58;&#8203;//")
    return re.sub(r"(?i)\b(www|GH)(?=[.-])", r"\1&#8203;", text)


def code(text: str, limit: int = _LONGEST_CELL) -> str:
    """Foreign text as code, where GitHub makes no mentions or references."""
    written = visible(shortened(text, limit))
    return "<code>" + re.sub(r"[^A-Za-z0-9 ./,()=+-]", lambda match: f"&#{ord(match.group())};", written) + "</code>"


def fenced(text: str, language: str = "") -> str:
    """`text` in a fence one backtick longer than any run inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


# --- the page ---------------------------------------------------------------------------------------------------------


class _Page:
    """Text that grows section by section and never above its limit; `reserve` is kept free for what must follow."""

    def __init__(self, text: str, limit: Limit, reserve: str = "") -> None:
        self.text = text
        self._limit = limit
        self._left = limit.most - limit.measure(text) - limit.measure(reserve)

    def add(self, text: str) -> None:
        self.text += text
        self._left -= self._limit.measure(text)

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[str]], share: float = 1.0) -> None:
        """A section with a table of as many rows as fit into `share` of what is left."""
        if rows:
            head = f"\n{title}\n\n{_row(header)}{_row(['---'] * len(header))}"
            self._fitted(head, [_row(cells) for cells in rows], "", share)

    def folded(self, title: str, blocks: Sequence[str]) -> None:
        """A folded section with a diff of as many blocks as fit."""
        if blocks:
            # The fence must be longer than any run of backticks in any block, also of those left out.
            fence = fenced("\n".join(blocks)).split("\n", 1)[0]
            head = f"\n<details><summary>{title}</summary>\n\n{fence}diff\n"
            self._fitted(head, [f"{each}\n" for each in blocks], f"{fence}\n\n</details>\n", 1.0)

    def _fitted(self, head: str, parts: Sequence[str], foot: str, share: float) -> None:
        note = f"\n… and {plural(len(parts), 'more resource')} that did not fit here.\n"
        room = self._left * share - self._limit.measure(head + foot + note)
        kept: list[str] = []
        for part in parts:
            size = self._limit.measure(part)
            if size <= room:
                kept.append(part)
                room -= size
        left = len(parts) - len(kept)
        more = f"\n… and {plural(left, 'more resource')} that did not fit here.\n" if left else ""
        text = head + "".join(kept) + foot + more if kept else more
        if self._limit.measure(text) <= self._left:
            self.add(text)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


# --- sections ---------------------------------------------------------------------------------------------------------


def _comment(plan: Plan, view: View, closing: str, limit: Limit) -> str:
    title = f"## reconcile {view.value}: {code(plan.stack)}"
    foot = f"\n{closing}\n" if plan.effects else ""
    head = f"{marker(view.value, plan.stack)}\n{title}\n\n{_verdict(plan, view)}\n"
    page = _Page(head, limit, reserve=foot)
    errors = [finding for finding in worst_first(plan.findings) if finding in plan.blocked]
    page.table("### Blocked by", ("code", "what", "what to do", "where"), list(map(_finding_cells, errors)), 0.3)
    destructive = [change for change in plan.effects if change.action in DESTRUCTIVE]
    others = [change for change in plan.effects if change.action not in DESTRUCTIVE]
    header = ("", "resource", "what", "why", "spec")
    danger = "### ⚠ Destroys and replaces" if view is View.PLAN else "### ⚠ Extra or only mendable by a replacement"
    page.table(danger, header, [_change_cells(change, view) for change in destructive], 0.4)
    page.table("### Changes", header, [_change_cells(change, view) for change in others], 0.5)
    page.table("### Waiting", header, [_change_cells(change, view) for change in plan.waits], 0.3)
    notices = [finding for finding in worst_first(plan.findings) if finding not in plan.blocked]
    page.table("### Notices", ("code", "what", "what to do", "where"), list(map(_finding_cells, notices)), 0.3)
    page.folded("Full diff", ["\n".join(_diff_lines(block(each, view))) for each in [*destructive, *others]])
    page.add(foot)
    return page.text


def _verdict(plan: Plan, view: View) -> str:
    number = counts(plan)
    summary = plan_summary(plan) if view is View.PLAN else drift_summary(plan)
    parts = [f"**{summary}**"]
    if number.verdict is Verdict.BLOCKED:
        parts.append(f"❌ **Blocked** by {plural(number.errors, 'error')}: nothing is applied until resolved.")
    destroys = sum(change.action in DESTRUCTIVE for change in plan.effects)
    if destroys and view is View.PLAN:
        parts.append(f"⚠ **{plural(destroys, 'resource')} destroyed or replaced.**")
    if number.waiting:
        parts.append(f"⏳ {plural(number.waiting, 'resource')} under way in AWS.")
    where = f"Account {code(plan.account)}, region {code(plan.region)}."
    return " ".join(parts) + "\n\n" + where


def _change_cells(change: Change, view: View) -> list[str]:
    place = change_place(change)
    words = LEGEND[change.action] if view is View.PLAN else view.words[change.action]
    reason = change.reason
    if change.action is Action.WAIT and change.observed and not reason:
        reason = change.observed.status.reason
    return [
        f"<code>{SYMBOLS[change.action]}</code>",
        code(change.address),
        words,
        inert(reason),
        code(place_text(place)) if place else "",
    ]


def _finding_cells(finding: Finding) -> list[str]:
    where = " ".join(code(text) for text in (finding.address or "", place_text(finding.place)) if text)
    message, help = inert(finding.message, 1_000), inert(finding.help, 1_000)
    return [code(f"{finding.severity} {finding.code}"), message, help, where]


def _result_cells(result: ChangeResult) -> list[str]:
    change = result.change
    outcome = FINISHED[change.action] if result.outcome is Outcome.DONE else _OUTCOMES[result.outcome]
    detail = inert(result.detail, 1_000) + (f" **What to do:** {inert(result.help, 1_000)}" if result.help else "")
    return [f"<code>{SYMBOLS[change.action]}</code>", code(change.address), outcome, detail]


def _diff_lines(shown: Block) -> Iterator[str]:
    place = f"   ({shown.place})" if shown.place else ""
    yield f"# {shown.address} {shown.words}{place}"
    yield from (f"#   ({note})" for note in shown.notes)
    yield f"{_DIFF_SYMBOLS.get(shown.symbol, shown.symbol)} {shown.address}"
    for line in shown.lines:
        notes = "".join(f"   # {note}" for note in line.notes)
        symbol = _DIFF_SYMBOLS.get(line.symbol, line.symbol) or " "
        yield f"{symbol} {'    ' * line.depth}{line.text}{notes}"
