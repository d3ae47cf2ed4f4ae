"""The composite action: which command line it makes, what it reports, and which exit codes fail the step."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.main import run as reconcile
from reconciler.errors import Exit
from tests.repository.workflows import ACTION, ROOT, load, put_program, run_script, script

RUN = "action: Run reconcile"
INSTALL = "action: Install reconcile"
FAKE = f"""#!{sys.executable}
import pathlib, sys
print("::set-output name=exit-code::0")
pathlib.Path("arguments.txt").write_text("\\n".join(sys.argv[1:]))
for word in sys.argv[1:]:
    if "=" in word:
        path = pathlib.Path(word.split("=", 1)[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("::warning::a finding\\n" if path.suffix == ".txt" else "the report\\n")
sys.exit(int(pathlib.Path("exit-code").read_text()))
"""


class Step:
    """The `Run reconcile` step in a folder of its own, with a `reconcile` that exits as told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        put_program(folder / "reconcile", "reconcile", FAKE)

    def run(self, command: str, code: int = 0, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run it; `inputs` may have SPEC and STACK_ENV."""
        (self._folder / "exit-code").write_text(str(code))
        runner = {
            "RUNNER_TEMP": str(self._folder),
            "GITHUB_OUTPUT": str(self._folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary"),
            "COMMAND": command,
        }
        return run_script(script(RUN), self._folder, {"SPEC": "", "STACK_ENV": "", **runner, **inputs})

    @property
    def arguments(self) -> list[str]:
        text = (self._folder / "arguments.txt").read_text()
        return text.replace(str(self._folder), "TEMP").split("\n")

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self._folder / "output").read_text().replace(str(self._folder), "TEMP").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return (self._folder / "summary").read_text()


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def test_a_plan_asks_for_the_detailed_exit_code_and_every_report(step: Step) -> None:
    assert step.run("plan", SPEC="spec/a b.yaml", STACK_ENV="prod").returncode == 0
    assert step.arguments == [
        *("plan", "--file", "spec/a b.yaml", "--env", "prod", "--detailed-exitcode"),
        *("--report", "markdown=TEMP/reconcile-reports/report.md"),
        *("--report", "json=TEMP/reconcile-reports/report.json"),
        *("--report", "html=TEMP/reconcile-reports/report.html"),
        *("--report", "github=TEMP/reconcile-reports/annotations.txt"),
    ]


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "validate"])
def test_the_real_command_line_takes_these_arguments(
    step: Step, command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step.run(command, SPEC="missing.yaml", STACK_ENV="prod")
    monkeypatch.chdir(tmp_path)
    assert reconcile(step.arguments) == Exit.INVALID_SPEC
    assert "missing.yaml" in capsys.readouterr().err


def test_what_was_not_given_is_not_passed_on(step: Step) -> None:
    step.run("drift")
    assert step.arguments[:2] == ["drift", "--report"]


def test_an_apply_does_not_wait_for_an_answer(step: Step) -> None:
    step.run("apply")
    assert "--yes" in step.arguments


def test_a_validation_writes_no_report(step: Step) -> None:
    step.run("validate", SPEC="spec.yaml")
    assert step.arguments == ["validate", "--file", "spec.yaml"]
    assert step.outputs == {"exit-code": "0", "changes": "false"}


def test_differences_are_an_answer_and_not_a_failure(step: Step) -> None:
    done = step.run("plan", code=Exit.DIFFERENCES)
    assert done.returncode == 0
    assert step.outputs == {
        "exit-code": "2",
        "changes": "true",
        "report": "TEMP/reconcile-reports/report.md",
        "reports": "TEMP/reconcile-reports",
    }
    assert step.summary == "the report\n"


@pytest.mark.parametrize("code", sorted(set(Exit) - {Exit.OK, Exit.DIFFERENCES}))
def test_every_other_exit_code_fails_the_step_and_is_still_reported(step: Step, code: int) -> None:
    assert step.run("apply", code=code).returncode == code
    assert step.outputs["exit-code"] == str(code)
    assert step.outputs["changes"] == "false"


def test_an_unknown_command_is_refused_before_anything_runs(step: Step, tmp_path: Path) -> None:
    done = step.run("destroy")
    assert done.returncode == Exit.USAGE
    assert "command must be plan, apply, drift or validate" in done.stdout
    assert not (tmp_path / "arguments.txt").exists()


def test_what_reconcile_prints_cannot_command_the_runner(step: Step) -> None:
    lines = step.run("plan").stdout.splitlines()
    wall = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])
    assert wall
    assert lines[1] == "::set-output name=exit-code::0"
    assert lines[2] == f"::{wall[1]}::"
    assert lines[3:] == ["::warning::a finding"]


def test_two_runs_have_two_walls(step: Step) -> None:
    assert step.run("plan").stdout.splitlines()[0] != step.run("plan").stdout.splitlines()[0]


def test_the_action_is_installed_from_its_own_locked_commit_unless_a_release_is_named(tmp_path: Path) -> None:
    put_program(tmp_path, "fake-python", '#!/bin/sh\nmkdir -p "$3/bin"\ncp pip "$3/bin/python"\n')
    (tmp_path / "pip").write_text('#!/bin/sh\necho "$@" >> pip.log\n')
    (tmp_path / "pip").chmod(0o755)
    runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT), "PYTHON": "fake-python"}
    for version in ("", "1.2.3"):
        assert run_script(script(INSTALL), tmp_path, {**runner, "VERSION": version}).returncode == 0
    locked, own, release = (tmp_path / "pip.log").read_text().splitlines()
    assert locked.endswith(f"--require-hashes -r {ROOT}/requirements/runtime.txt")
    assert own.endswith(f"--no-deps --no-build-isolation {ROOT}")
    assert release.endswith("reconcile-aws[migrate,report]==1.2.3")


def test_nothing_is_installed_once_there_are_credentials() -> None:
    names = [step["name"] for step in load(ACTION)["runs"]["steps"]]
    assert names == ["Find a Python", "Install reconcile", "Take the role", "Run reconcile"]


def test_every_input_and_output_says_what_it_is() -> None:
    action = load(ACTION)
    assert set(action["inputs"]) == {
        *("command", "file", "env", "role-to-assume", "aws-region", "allowed-account-ids", "version"),
    }
    assert set(action["outputs"]) == {"exit-code", "changes", "report", "reports"}
    described = [*action["inputs"].values(), *action["outputs"].values()]
    assert all(len(each["description"]) > 10 for each in described)
