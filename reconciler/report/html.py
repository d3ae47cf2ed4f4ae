"""A plan, drift or the result of an apply as one HTML file that opens anywhere and asks nobody for anything.

The only door to jinja2. The page makes no request, runs only the one script its content policy names by hash, and works
without it. Foreign text reaches it escaped, with control characters written out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from reconciler.errors import ReconcileError
from reconciler.model import Action, ApplyResult, Call, Change, ChangeResult, FieldChange, Outcome, Plan
from reconciler.report import wording
from reconciler.report.blocks import View, block, field_notes
from reconciler.report.graph import plan_graph, svg
from reconciler.report.json import Json, apply_document, dumps, plan_document
from reconciler.report.redact import redacted, redacted_result, shown
from reconciler.report.text import apply_summary
from reconciler.report.values import Line, difference_lines, is_block, literal, value_lines
from reconciler.report.wording import DESTRUCTIVE, SYMBOLS, Verdict, counts, path_text, place_text, visible, worst_first

Section = tuple[str, Sequence[Sequence[object]]]
"""(title, rows); the first row is the header."""

_FACTS = {
    "account": "Account",
    "region": "Region",
    "spec": "Spec",
    "commit": "Commit",
    "generated_at": "Generated",
    "tool_version": "Version",
    "run_url": "Run",
}
_OPEN_UP_TO = 12
"""With more changes than this only the destructive ones start unfolded."""
_OUTCOMES = {
    Outcome.DONE: "✓ done",
    Outcome.WAITING: "… waiting",
    Outcome.FAILED: "✕ failed",
    Outcome.SKIPPED: "○ not started",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One field: plain texts side by side, or across both columns a text or the lines of a difference."""

    path: str
    before: str
    after: str
    text: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One change as the page shows it."""

    action: Action
    symbol: str
    address: str
    words: str
    place: str
    notes: tuple[str, ...]
    rows: tuple[_Row, ...]
    calls: tuple[tuple[str, str], ...]
    unfolded: bool
    outcome: str = ""
    outcome_words: str = ""
    detail: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class _Card:
    number: int
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class _Telling:
    """How this page tells its plan."""

    view: View
    title: str
    verdict: str
    tone: str
    cards: tuple[_Card, ...]
    danger_title: str
    changes_title: str = "Changes"
    results: Mapping[str, ChangeResult] = field(default_factory=dict)
    remaining: Plan | None = None


def plan_page(plan: Plan, *, meta: Mapping[str, object], extra: Sequence[Section] = ()) -> str:
    """The page of a plan. `meta` as in `plan_document`; `extra` adds tables, for example of a migration."""
    clean = redacted(plan)
    number = counts(clean)
    cards = (
        _Card(number.add, "to add", "add"),
        _Card(number.change, "to change", "change"),
        _Card(number.destroy, "to destroy", "destroy"),
        *_common_cards(number),
    )
    verdict = wording.plan_summary(clean)
    telling = _Telling(View.PLAN, "Plan", verdict, str(number.verdict), cards, "To be destroyed or replaced")
    return _page(clean, telling, plan_document(plan, command="plan", meta=meta), extra)


def drift_page(plan: Plan, *, meta: Mapping[str, object], extra: Sequence[Section] = ()) -> str:
    """The same differences told as drift."""
    clean = redacted(plan)
    number = counts(clean)
    missing, different, more = wording.drift_counts(clean)
    cards = (
        _Card(missing, "missing from AWS", "add"),
        _Card(different, "different", "change"),
        _Card(more, "extra in AWS", "destroy"),
        *_common_cards(number),
    )
    telling = _Telling(
        view=View.DRIFT,
        title="Drift",
        verdict=wording.drift_summary(clean),
        tone=str(number.verdict),
        cards=cards,
        danger_title="Extra, or only a replacement can mend it",
        changes_title="Differences",
    )
    return _page(clean, telling, plan_document(plan, command="drift", meta=meta), extra)


def apply_page(result: ApplyResult, *, meta: Mapping[str, object], extra: Sequence[Section] = ()) -> str:
    """The plan that was carried out, with what became of each change, and what the last look still found."""
    clean = redacted_result(result)
    number = {outcome: sum(each.outcome is outcome for each in clean.results) for outcome in Outcome}
    summary = apply_summary(clean)
    complete = summary.startswith("Apply complete!")
    telling = _Telling(
        view=View.PLAN,
        title="Apply",
        verdict=summary,
        tone="blocked" if number[Outcome.FAILED] else "no_changes" if complete else "waiting",
        cards=(
            _Card(number[Outcome.DONE], "done", "add"),
            _Card(number[Outcome.WAITING], "waiting", "wait"),
            _Card(number[Outcome.FAILED], "failed", "destroy"),
            _Card(number[Outcome.SKIPPED], "not started", "change"),
        ),
        danger_title="Destroyed or replaced, as far as it came",
        results={each.change.address: each for each in clean.results},
        remaining=clean.remaining,
    )
    return _page(clean.plan, telling, apply_document(result, command="apply", meta=meta), extra)


def _common_cards(number: wording.Counts) -> tuple[_Card, ...]:
    return (
        _Card(number.waiting, "waiting for AWS", "wait"),
        _Card(number.errors, "errors", "destroy"),
        _Card(number.warnings, "warnings", "change"),
    )


# --- what the template is given ---------------------------------------------------------------------------------------


def _page(plan: Plan, telling: _Telling, document: Json, extra: Sequence[Section]) -> str:
    style, script = _asset("page.css"), _asset("page.js")
    number = counts(plan)
    entries = [_entry(change, telling, len(plan.effects)) for change in plan.effects]
    return _rendered(
        style=style,
        script=script,
        policy=_policy(style, script),
        data=_embeddable(document),
        stack=plan.stack,
        telling=telling,
        facts=_facts(plan, document["meta"]),
        number=number,
        blocked=number.verdict is Verdict.BLOCKED,
        findings=worst_first(plan.findings),
        place_text=place_text,
        danger=[entry for entry in entries if entry.action in DESTRUCTIVE],
        entries=entries,
        waiting=[_entry(change, telling, len(plan.waits)) for change in plan.waits],
        remaining=_remaining(telling.remaining) if telling.remaining else [],
        graph=svg(plan_graph(plan)) if any(plan.dependencies.values()) else "",
        dependencies=sorted((address, needs) for address, needs in plan.dependencies.items() if needs),
        api_calls=sorted({**plan.api_calls}.items()),
        extra=[(title, *_table(rows)) for title, rows in extra],
    )


def _rendered(**context: Any) -> str:
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise ReconcileError("an HTML report needs jinja2", help="pip install 'reconcile-aws[report]'") from error

    def finalize(value: object) -> object:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=finalize, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("page.html")).render(context).lstrip()


def _asset(name: str) -> str:
    return (files("reconciler.report") / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embeddable(document: Json) -> str:
    """JSON no HTML parser can find a tag in; it means the same."""
    text = dumps(_lean(document), indent=None)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _lean(document: Json) -> Json:
    """Without the parameters of calls: they say again what the fields say, and a page is to stay below 1 MB."""
    lean = {part: [_without_params(change) for change in document[part]] for part in ("changes", "waiting")}
    remaining = document.get("remaining")
    return {**document, **lean, **({"remaining": _lean(remaining)} if remaining else {})}


def _without_params(change: Json) -> Json:
    calls = [{name: call[name] for name in call if name != "params"} for call in change["calls"]]
    return {**change, "calls": calls}


def _facts(plan: Plan, meta: Mapping[str, object]) -> list[tuple[str, str]]:
    known = {"account": plan.account, "region": plan.region, **meta}
    return [(title, str(known[name])) for name, title in _FACTS.items() if known.get(name)]


def _remaining(plan: Plan) -> list[tuple[str, str, str]]:
    """(address, words, why) of what still differs."""
    return [(each.address, View.DRIFT.words[each.action], each.reason) for each in (*plan.effects, *plan.waits)]


def _table(rows: Sequence[Sequence[object]]) -> tuple[list[str], list[list[str]]]:
    header, *body = [[_cell(cell) for cell in row] for row in rows] or [[]]
    return header, body


def _cell(cell: object) -> str:
    value = shown(cell)
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else literal(value)


# --- one change -------------------------------------------------------------------------------------------------------


def _entry(change: Change, telling: _Telling, number: int) -> _Entry:
    told = block(change, telling.view)
    result = telling.results.get(change.address)
    return _Entry(
        action=change.action,
        symbol=SYMBOLS[change.action],
        address=change.address,
        words=wording.result_words(result) if result else told.words,
        place=told.place,
        notes=told.notes,
        rows=tuple(_row(each, change, telling.view) for each in change.fields),
        calls=tuple((str(call), _params(call)) for call in change.calls),
        unfolded=number <= _OPEN_UP_TO or change.action in DESTRUCTIVE,
        outcome=str(result.outcome) if result else "",
        outcome_words=_OUTCOMES[result.outcome] if result else "",
        detail=result.detail if result else "",
        help=result.help if result else "",
    )


def _row(each: FieldChange, change: Change, view: View) -> _Row:
    across = is_block(each.desired) or is_block(each.observed)
    lines = tuple(_lines(each)) if across else ()
    new = across and change.action is Action.CREATE
    return _Row(
        path=path_text(each.path),
        before=_side(each.observed, view),
        after=_side(each.desired, view),
        text=tuple("  " * line.depth + line.text for line in lines) if new else (),
        lines=() if new else lines,
        notes=tuple(field_notes(each, change)),
    )


def _side(value: object, view: View) -> str:
    if value is None:
        return "nothing" if view is View.DRIFT else "—"
    return literal(value)


def _lines(each: FieldChange) -> Iterator[Line]:
    if each.observed is None:
        yield from value_lines("", each.desired, "+", 0)
    elif each.desired is None:
        yield from value_lines("", each.observed, "-", 0)
    else:
        yield from difference_lines("", each.desired, each.observed, 0)


def _params(call: Call) -> str:
    return wording.shortened(literal(call.params), 160) if call.params else ""
