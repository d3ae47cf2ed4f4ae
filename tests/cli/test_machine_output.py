"""What programs read: one JSON document on stdout whatever happens, reports in files, remarks on stderr."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import ACCOUNT, PROJECT, Ended, Shell, client
from tests.cli.stacks import TOPIC

PLAN_SCHEMA = json.loads((PROJECT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
FORMATS = {"json": "json", "html": "html", "markdown": "md", "text": "txt", "github": "log", "mermaid": "mmd"}


def checked(ended: Ended, command: str, kind: str) -> Any:
    """The document, which keeps its contract."""
    document = ended.document
    Draft202012Validator(PLAN_SCHEMA).validate(document)
    assert (document["command"], document["type"]) == (command, kind)
    return document


def test_every_step_of_a_stack_is_one_document_that_keeps_the_contract(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    plan = checked(shell("plan", "--output", "json"), "plan", "plan")
    assert plan["verdict"] == "changes"
    assert plan["meta"]["spec"] == "spec/shop.yaml"
    assert plan["meta"]["caller"].endswith(":user/moto")
    (change,) = plan["changes"]
    assert (change["address"], change["action"]) == ("sns.topic/news", "create")
    assert change["place"] == {"file": "spec/shop.yaml", "line": 5, "column": 3}
    assert [call["operation"] for call in change["calls"]] == ["CreateTopic"]

    applied = shell("apply", "--yes", "-ojson")
    document = checked(applied, "apply", "apply")
    assert document["outcomes"] == {"done": 1, "waiting": 0, "failed": 0, "skipped": 0}
    assert document["remaining"]["verdict"] == "no_changes"
    assert document["write_calls"]["by_operation"] == {"sns:CreateTopic": 1}
    assert "Plan: 1 to add" in applied.stderr
    assert "ok          create   sns.topic/news" in applied.stderr

    again = shell("apply", "-o", "json")
    assert checked(again, "apply", "plan")["verdict"] == "no_changes"
    assert again.stderr == ""
    drift = shell("drift", "--output=json")
    assert (checked(drift, "drift", "plan")["verdict"], drift.code, drift.stderr) == ("no_changes", Exit.OK, "")
    destroyed = checked(shell("destroy", "--yes", "-o", "json"), "destroy", "apply")
    assert [(result["action"], result["outcome"]) for result in destroyed["results"]] == [("delete", "done")]


def test_a_plan_that_is_refused_is_a_document_with_the_reason(shell: Shell, aws: EmbeddedAws) -> None:
    client(aws, "sns").create_topic(Name="shop-news")
    shell.write(TOPIC)
    ended = shell("plan", "-o", "json")
    assert ended.code == Exit.REFUSED
    document = checked(ended, "plan", "plan")
    assert document["verdict"] == "blocked"
    assert [finding["code"] for finding in document["findings"]] == ["RC2001"]


def error_of(ended: Ended, code: int) -> Any:
    """The `error` of the one document on stdout; people get theirs on stderr."""
    assert ended.code == code
    assert set(ended.document) == {"format_version", "error"}
    assert ended.stderr
    return ended.document["error"]


@pytest.mark.parametrize("option", [("--output", "json"), ("--output=json",), ("-o", "json"), ("-ojson",)])
def test_errors_are_documents_too_however_json_was_asked_for(shell: Shell, option: tuple[str, ...]) -> None:
    slip = error_of(shell("plan", *option, "--reprot", "x"), Exit.USAGE)
    assert slip == {"code": "usage", "message": "No such option '--reprot'. Did you mean '--report'?"}
    assert error_of(shell("plan", *option), Exit.ERROR)["message"] == "no spec found in spec/"


def test_an_invalid_spec_is_a_document_with_places(shell: Shell) -> None:
    shell.write(TOPIC.replace("display_name", "displayname"))
    for name in ("validate", "plan", "apply", "drift", "destroy"):
        error = error_of(shell(name, "-o", "json"), Exit.INVALID_SPEC)
        assert (error["code"], error["exit_code"]) == ("InvalidSpec", 3)
        (problem,) = error["problems"]
        assert problem["place"] == {"file": "spec/shop.yaml", "line": 7, "column": 5}
        assert "display_name" in problem["help"]


def test_credentials_accounts_and_silence_are_documents_too(
    shell: Shell, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(TOPIC)
    silence = error_of(shell("apply", "-o", "json"), Exit.REFUSED)
    assert (silence["code"], silence["help"]) == ("Refused", "add `--yes` to apply without asking")
    shell.write(TOPIC.replace(ACCOUNT, "210987654321"))
    assert "210987654321" in error_of(shell("plan", "-o", "json"), Exit.REFUSED)["message"]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert error_of(shell("plan", "-o", "json"), Exit.CREDENTIALS)["code"] == "NoCredentials"


def test_validate_lists_what_the_spec_makes(shell: Shell) -> None:
    shell.write(TOPIC)
    ended = shell("validate", "-o", "json")
    assert (ended.code, ended.stderr) == (Exit.OK, "")
    place = {"file": "spec/shop.yaml", "line": 5, "column": 3}
    assert ended.document == {
        "format_version": "1.0",
        "valid": True,
        "stack": "shop",
        "resources": [{"address": "sns.topic/news", "kind": "sns.topic", "place": place}],
    }


def test_names_the_terminal_cannot_show_end_nothing(
    shell: Shell, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    shell.write(TOPIC.replace("News", "Größe"))
    ended = shell.process("plan", "--report", "text=plan.txt")
    assert ended.code == Exit.OK
    assert r'"Gr\xf6\xdfe"' in ended.stdout
    assert '"Größe"' in (shell.folder / "plan.txt").read_text(encoding="utf-8")


# --- reports --------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The text of a page, and whether it closes what it opens."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def reported(shell: Shell, *arguments: str) -> tuple[Ended, dict[str, str]]:
    """The run with a report of every format, and the reports."""
    paths = {form: Path("out") / arguments[0] / f"report.{ending}" for form, ending in FORMATS.items()}
    ended = shell(*arguments, *(word for form, path in paths.items() for word in ("--report", f"{form}={path}")))
    assert [line for line in ended.stderr.splitlines() if line.startswith("wrote ")] == [
        f"wrote {path}" for path in paths.values()
    ]
    return ended, {form: (shell.folder / path).read_text(encoding="utf-8") for form, path in paths.items()}


def test_one_run_writes_reports_in_every_format(shell: Shell, aws: EmbeddedAws) -> None:
    client(aws, "sns").create_topic(Name="shop-old")
    shell.write(TOPIC + "  old:\n    kind: sns.topic\n")
    plan, reports = reported(shell, "plan")
    assert (plan.code, reports["text"]) == (Exit.REFUSED, plan.stdout)
    document = json.loads(reports["json"])
    Draft202012Validator(PLAN_SCHEMA).validate(document)
    assert [change["address"] for change in document["changes"]] == ["sns.topic/news"]
    page = Page(reports["html"])
    assert page.open == []
    for words in (" ".join(page.words), reports["markdown"], reports["text"]):
        assert "sns.topic/news" in words
        assert "exists already and is not ours" in words
    assert reports["mermaid"].startswith("flowchart LR\n")
    assert "sns.topic/news" in reports["mermaid"]
    (annotation,) = reports["github"].splitlines()
    assert annotation.startswith("::error file=spec/shop.yaml,line=8,")
    assert "exists already and is not ours" in annotation


def test_an_apply_reports_what_became_of_it_in_every_format(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    applied, reports = reported(shell, "apply", "--yes")
    assert reports["text"] == applied.stdout
    assert json.loads(reports["json"])["outcomes"]["done"] == 1
    assert Page(reports["html"]).open == []
    assert "Apply complete" in reports["markdown"] + " ".join(Page(reports["html"]).words)
    assert reports["mermaid"].startswith("flowchart LR\n")


def test_drift_is_reported_where_the_spec_says_it(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    drift, reports = reported(shell, "drift")
    assert (drift.code, reports["text"]) == (Exit.DIFFERENCES, drift.stdout)
    assert "file=spec/shop.yaml,line=5" in reports["github"]
    assert "sns.topic/news" in reports["markdown"]


def test_a_report_of_json_beside_json_on_stdout_says_the_same(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    ended = shell("plan", "-o", "json", "--report", "json=plan.json", "--report", "text=deep/er/plan.txt")
    assert json.loads((shell.folder / "plan.json").read_text(encoding="utf-8")) == ended.document
    assert "sns.topic/news will be created" in (shell.folder / "deep/er/plan.txt").read_text(encoding="utf-8")


def test_a_plan_takes_tags_from_the_index_and_a_drift_asks_the_services(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    shell("apply", "--yes")
    calls = {name: shell(name, "-o", "json").document["api_calls"]["by_operation"] for name in ("plan", "drift")}
    assert "sns:ListTagsForResource" not in calls["plan"]
    assert calls["drift"]["sns:ListTagsForResource"] == 1
    assert sum(calls["plan"].values()) < sum(calls["drift"].values()) / 2
