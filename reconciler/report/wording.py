"""The symbols, words and counts all renderers share, and what makes foreign text safe to put on a line.

A symbol never stands without its word, a colour never without its symbol. Nothing here knows a format.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model import Action, Change, ChangeResult, Finding, Outcome, Path, Place, Plan, Severity

SYMBOLS: Mapping[Action, str] = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.ADOPT: "*",
    Action.FORGET: ".",
    Action.WAIT: ">",
    Action.NOOP: "=",
}

LEGEND: Mapping[Action, str] = {
    Action.CREATE: "create",
    Action.UPDATE: "update in-place",
    Action.REPLACE: "destroy and then create replacement",
    Action.DELETE: "destroy",
    Action.ADOPT: "adopt (tag an existing object as ours)",
    Action.FORGET: "forget (remove our tags, keep the object)",
    Action.WAIT: "wait (under way in AWS, nothing to do)",
    Action.NOOP: "no change",
}

PLANNED: Mapping[Action, str] = {
    Action.CREATE: "will be created",
    Action.UPDATE: "will be updated in-place",
    Action.REPLACE: "must be replaced",
    Action.DELETE: "will be destroyed",
    Action.ADOPT: "will be adopted",
    Action.FORGET: "will no longer be managed, and will not be destroyed",
    Action.WAIT: "is waiting",
    Action.NOOP: "is up to date",
}

DRIFTED: Mapping[Action, str] = {
    Action.CREATE: "is missing: the spec declares it, AWS does not have it",
    Action.UPDATE: "differs from the spec",
    Action.REPLACE: "differs from the spec in a way only a replacement can mend",
    Action.DELETE: "is extra: it carries this stack's tag, the spec does not declare it",
    Action.ADOPT: "exists, but does not carry this stack's tag",
    Action.FORGET: "still carries this stack's tag, the spec lets go of it",
    Action.WAIT: "is waiting",
    Action.NOOP: "matches the spec",
}

DRIFT_LEGEND: Mapping[Action, str] = {
    Action.CREATE: "missing from AWS",
    Action.UPDATE: "differs",
    Action.REPLACE: "differs, needs a replacement",
    Action.DELETE: "extra in AWS",
    Action.ADOPT: "not tagged as ours",
    Action.FORGET: "still tagged as ours",
    Action.WAIT: "waiting (under way in AWS)",
    Action.NOOP: "matches",
}

FINISHED: Mapping[Action, str] = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "destroyed",
    Action.ADOPT: "adopted",
    Action.FORGET: "let go",
    Action.WAIT: "waited for",
    Action.NOOP: "unchanged",
}

NO_CHANGES = "No changes. Your infrastructure matches the spec."
NO_DRIFT = "No drift. Live AWS matches the spec."

DESTRUCTIVE = (Action.DELETE, Action.REPLACE)
SEVERITY_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Verdict(StrEnum):
    BLOCKED = "blocked"
    """An error stands in the way: nothing would be applied."""
    CHANGES = "changes"
    WAITING = "waiting"
    """Nothing to do, but something has not arrived yet."""
    NO_CHANGES = "no_changes"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many; a replacement is one to add and one to destroy, adopting and letting go are changes."""

    add: int
    change: int
    destroy: int
    waiting: int
    errors: int
    warnings: int

    @property
    def verdict(self) -> Verdict:
        if self.errors:
            return Verdict.BLOCKED
        if self.add or self.change or self.destroy:
            return Verdict.CHANGES
        return Verdict.WAITING if self.waiting else Verdict.NO_CHANGES


def counts(plan: Plan) -> Counts:
    actions = Counter(change.action for change in plan.changes)
    severities = Counter(finding.severity for finding in plan.findings)
    return Counts(
        add=actions[Action.CREATE] + actions[Action.REPLACE],
        change=actions[Action.UPDATE] + actions[Action.ADOPT] + actions[Action.FORGET],
        destroy=actions[Action.DELETE] + actions[Action.REPLACE],
        waiting=actions[Action.WAIT],
        errors=severities[Severity.ERROR],
        warnings=severities[Severity.WARNING],
    )


def plan_summary(plan: Plan) -> str:
    """The last line of a plan, in the form other tools parse."""
    number = counts(plan)
    if number.verdict is Verdict.NO_CHANGES:
        return NO_CHANGES
    return f"Plan: {number.add} to add, {number.change} to change, {number.destroy} to destroy."


def drift_counts(plan: Plan) -> tuple[int, int, int]:
    """How many objects are missing, different, extra."""
    actions = Counter(change.action for change in plan.changes)
    different = sum(actions[each] for each in (Action.UPDATE, Action.REPLACE, Action.ADOPT, Action.FORGET))
    return actions[Action.CREATE], different, actions[Action.DELETE]


def drift_summary(plan: Plan) -> str:
    """The last line of a drift report."""
    if counts(plan).verdict is Verdict.NO_CHANGES:
        return NO_DRIFT
    missing, different, extra = drift_counts(plan)
    return f"Drift: {missing} missing, {different} different, {extra} extra."


def result_words(result: ChangeResult) -> str:
    """`created` for what is done, `to be created` for what is not."""
    words = FINISHED[result.change.action]
    return words if result.outcome is Outcome.DONE else f"to be {words}"


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: SEVERITY_RANK[finding.severity])


def place_text(place: Place | None) -> str:
    """`file:line`, what an editor or a terminal opens on a click."""
    return f"{visible(place.file)}:{place.line}" if place else ""


def change_place(change: Change) -> Place | None:
    return change.resource.place if change.resource else None


def path_text(path: Path) -> str:
    """`containers[app].ports[0]`; a key of a map that is no plain word stands in brackets and quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("["):  # an element of a list of named things
            text += visible(part)
        elif re.fullmatch(r"[A-Za-z_][\w-]*", part, re.ASCII):
            text += f".{part}" if text else part
        else:
            text += f"[{visible(json.dumps(part, ensure_ascii=False))}]"
    return text


# Control characters, bidirectional overrides, invisible characters and lone surrogates: they can rewrite what a reader
# sees on a terminal or in a review.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""`text` on one line, with every character that could hide or move something written out (`\x1b`)."""
    text = _INVISIBLE.sub(lambda match: _escaped(match.group()), text)
    # GitHub runners read `##[command]` anywhere in a line as a command.
    return text.replace("##[", "#\\x23[")


def _escaped(character: str) -> str:
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    code = ord(character)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters; what is left out is said."""
    if len(text) <= limit:
        return text
    note = f"… ({len(text):,} characters)"
    return text[: max(0, limit - len(note))] + note
