"""At a terminal: questions that want an answer, and colours where somebody can see them."""

from __future__ import annotations

import re

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import ACCOUNT, Shell, Terminal, client, writes
from tests.cli.stacks import TOPIC

ESCAPE = "\x1b["
QUESTION = f"Apply these changes (account {ACCOUNT}, eu-central-1, simulated)?"
NAME = f"Type the stack's name to delete these (account {ACCOUNT}, eu-central-1, simulated)"


def topics(aws: EmbeddedAws) -> int:
    return len(client(aws, "sns").list_topics()["Topics"])


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("n\n", Exit.REFUSED, "error: not confirmed: nothing was changed"),
        ("\n", Exit.REFUSED, "error: not confirmed: nothing was changed"),
        ("\x04", Exit.INTERRUPTED, "interrupted"),
    ],
    ids=["no", "enter", "end of input"],
)
def test_apply_asks_and_anything_but_yes_writes_nothing(
    shell: Shell, aws: EmbeddedAws, answer: str, code: Exit, words: str
) -> None:
    shell.write(TOPIC)
    with Terminal(("apply",), shell.folder) as terminal:
        terminal.read_until(QUESTION)
        assert "Plan: 1 to add" in plain(terminal.transcript)
        terminal.type(answer)
        assert terminal.end() == code
    assert words in plain(terminal.transcript)
    assert writes(aws) == []


def test_yes_applies_and_the_name_of_the_stack_destroys(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    with Terminal(("apply",), shell.folder) as terminal:
        terminal.read_until(QUESTION)
        terminal.type("y\n")
        assert terminal.end() == Exit.OK
    assert "Resources: 1 added, 0 changed, 0 destroyed." in plain(terminal.transcript)
    assert terminal.transcript.rfind("\x1b[?25h") >= terminal.transcript.rfind("\x1b[?25l"), "the cursor stays hidden"
    assert topics(aws) == 1

    for answer, code, left in (("y\n", Exit.REFUSED, 1), ("shop\n", Exit.OK, 0)):
        with Terminal(("destroy",), shell.folder) as terminal:
            terminal.read_until(NAME)
            terminal.type(answer)
            assert terminal.end() == code
        assert topics(aws) == left


# --- colours --------------------------------------------------------------------------------------------------------

BROKEN = TOPIC.replace("display_name", "displayname")
COLOURED: dict[str, tuple[tuple[str, ...], dict[str, str], bool]] = {
    "nobody watches": ((), {}, False),
    "asked for": (("--color",), {}, True),
    "forced": ((), {"FORCE_COLOR": "1"}, True),
    "an Actions log": ((), {"GITHUB_ACTIONS": "true"}, True),
    "NO_COLOR beats FORCE_COLOR": ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    "our own NO_COLOR": ((), {"FORCE_COLOR": "1", "RECONCILE_NO_COLOR": "1"}, False),
    "an option beats NO_COLOR": (("--color",), {"NO_COLOR": "1"}, True),
    "an option beats FORCE_COLOR": (("--no-color",), {"FORCE_COLOR": "1"}, False),
}


@pytest.mark.parametrize("case", COLOURED)
def test_colours_are_where_they_were_asked_for(shell: Shell, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """An error and a plan, so both streams: neither needs AWS to be looked at."""
    options, environment, coloured = COLOURED[case]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shell.write(BROKEN)
    ended = shell("validate", *options)
    assert ended.code == Exit.INVALID_SPEC
    assert (ESCAPE in ended.stderr) is coloured


def test_both_streams_are_coloured_on_demand_and_no_file_and_no_document_ever(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    reports = ("--report", "text=applied.txt", "--report", "markdown=applied.md", "--report", "json=applied.json")
    applied = shell("apply", "--yes", "--color", *reports)
    assert ESCAPE in applied.stdout
    assert ESCAPE in applied.stderr
    for report in reports[1::2]:
        assert "\x1b" not in (shell.folder / report.split("=")[1]).read_text(encoding="utf-8")
    assert shell("plan", "--color", "-o", "json").document["verdict"] == "no_changes"


def test_a_terminal_has_colours_until_told_otherwise(shell: Shell) -> None:
    shell.write(BROKEN)
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        with Terminal(("validate",), shell.folder, environment) as terminal:
            assert terminal.end() == Exit.INVALID_SPEC
        assert (ESCAPE in terminal.transcript) is coloured, environment
        assert "did you mean `display_name`?" in plain(terminal.transcript)
