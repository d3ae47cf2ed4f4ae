"""The one comment of a pull request and the one issue of drift: the workflows' own scripts against a fake `gh`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.report.markdown import marker
from tests.repository.workflows import put_program, run_script, script

PLAN = marker("plan", "shop") + "\n## Plan\n\n1 to add\n"
DRIFT = marker("drift", "shop") + "\n## Drift\n\nsomeone opened a port\n"
COMMENT = "plan/comment: Write or replace the comment"
ISSUE = "drift/issue: Open, edit or close the issue"
BOT = {"login": "github-actions[bot]"}
PERSON = {"login": "mallory"}

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="the fake gh needs jq (apt install jq)")


class GitHub:
    """A repository `acme/infra` with one pull request, 7."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = folder / "state.json"
        self._write({"issues": [], "comments": [], "labels": [], "calls": []})
        fake = Path(__file__).with_name("fake_gh.py")
        put_program(folder, "gh", f'#!/bin/sh\nexec "{sys.executable}" "{fake}" "$@"\n')

    def _write(self, state: dict[str, Any]) -> None:
        self._store.write_text(json.dumps(state))

    @property
    def state(self) -> dict[str, Any]:
        """What the repository holds now."""
        state = json.loads(self._store.read_text())
        assert isinstance(state, dict)
        return state

    def add(self, kind: str, item: dict[str, Any]) -> None:
        """Something that is there already."""
        state = self.state
        state[kind].append(item)
        self._write(state)

    def bodies(self, kind: str = "comments") -> list[str]:
        return [item["body"].replace("\r\n", "\n") for item in self.state[kind]]

    def run(self, place: str, report: str, **variables: str) -> None:
        """Run the script of that step; it must succeed."""
        done = self.attempt(place, report, **variables)
        assert done.returncode == 0, done.stdout + done.stderr

    def attempt(self, place: str, report: str, **variables: str) -> Any:
        (self._folder / "report.md").write_text(report)
        runner = {
            "FAKE_GH_STATE": str(self._store),
            "GITHUB_REPOSITORY": "acme/infra",
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.com",
            "PULL_REQUEST": "7",
            "COMMIT": "abc123",
        }
        return run_script(script(place), self._folder, {**runner, **variables})


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


# --- the comment ------------------------------------------------------------------------------------------------------


def test_the_first_plan_is_written_as_a_comment_that_says_which_commit_it_is_of(github: GitHub) -> None:
    github.run(COMMENT, PLAN)
    (body,) = github.bodies()
    assert body.startswith(PLAN)
    assert "abc123" in body
    assert "https://github.com/acme/infra/actions/runs/42" in body


def test_the_second_plan_replaces_the_comment(github: GitHub) -> None:
    github.run(COMMENT, PLAN)
    github.run(COMMENT, PLAN.replace("1 to add", "nothing to do"))
    (body,) = github.bodies()
    assert "nothing to do" in body
    assert "1 to add" not in body


def test_a_marker_somebody_else_wrote_is_left_alone(github: GitHub) -> None:
    github.add("comments", {"id": 1, "issue": 7, "body": PLAN, "user": PERSON})
    github.run(COMMENT, PLAN)
    assert github.bodies()[0] == PLAN
    assert len(github.bodies()) == 2


def test_the_comment_of_another_stack_is_left_alone(github: GitHub) -> None:
    other = PLAN.replace("stack=shop", "stack=blog")
    github.add("comments", {"id": 1, "issue": 7, "body": other, "user": BOT})
    github.run(COMMENT, PLAN)
    assert github.bodies()[0] == other
    assert len(github.bodies()) == 2


@pytest.mark.parametrize(("place", "variables"), [(COMMENT, {}), (ISSUE, {"DRIFTED": "true"})])
def test_a_report_without_its_marker_is_refused(github: GitHub, place: str, variables: dict[str, str]) -> None:
    done = github.attempt(place, "# not ours\n", **variables)
    assert done.returncode == 1
    assert "does not start with the marker" in done.stdout
    assert github.state["calls"] == []


@pytest.mark.parametrize("place", [COMMENT, ISSUE])
def test_nothing_is_written_twice_when_the_list_cannot_be_read(github: GitHub, tmp_path: Path, place: str) -> None:
    put_program(tmp_path, "gh", "#!/bin/sh\necho 'HTTP 502' >&2\nexit 1\n")
    done = github.attempt(place, PLAN if place == COMMENT else DRIFT, DRIFTED="true")
    assert done.returncode != 0
    assert done.stderr.count("HTTP 502") == 1


# --- the issue --------------------------------------------------------------------------------------------------------


def test_drift_opens_one_issue_with_its_label(github: GitHub) -> None:
    github.run(ISSUE, DRIFT, DRIFTED="true")
    (issue,) = github.state["issues"]
    assert github.bodies("issues") == [DRIFT.strip()]
    assert issue["labels"] == ["reconcile-drift"]
    assert github.state["labels"] == ["reconcile-drift"]


def test_the_same_drift_again_writes_nothing(github: GitHub) -> None:
    github.run(ISSUE, DRIFT, DRIFTED="true")
    before = github.state
    github.run(ISSUE, DRIFT, DRIFTED="true")
    assert github.state["issues"] == before["issues"]
    assert github.bodies() == []


def test_another_drift_replaces_the_text_and_says_so(github: GitHub) -> None:
    github.run(ISSUE, DRIFT, DRIFTED="true")
    github.run(ISSUE, DRIFT + "and a bucket\n", DRIFTED="true")
    assert github.bodies("issues") == [DRIFT + "and a bucket"]
    assert github.bodies() == ["The drift has changed: [this run](https://github.com/acme/infra/actions/runs/42)."]


def test_the_issue_is_closed_when_the_drift_is_gone(github: GitHub) -> None:
    github.run(ISSUE, DRIFT, DRIFTED="true")
    github.run(ISSUE, DRIFT, DRIFTED="false")
    assert [issue["state"] for issue in github.state["issues"]] == ["closed"]
    assert github.bodies() == ["No drift any more: [this run](https://github.com/acme/infra/actions/runs/42)."]


def test_drift_that_comes_back_opens_a_new_issue(github: GitHub) -> None:
    for drifted in ("true", "false", "true"):
        github.run(ISSUE, DRIFT, DRIFTED=drifted)
    assert [issue["state"] for issue in github.state["issues"]] == ["closed", "open"]


def test_no_drift_and_no_issue_writes_nothing(github: GitHub) -> None:
    github.run(ISSUE, DRIFT, DRIFTED="false")
    assert github.state["calls"] == ["api --paginate"]


def test_an_issue_somebody_else_opened_is_never_edited_or_closed(github: GitHub) -> None:
    theirs = {"number": 3, "body": DRIFT, "user": PERSON, "state": "open", "labels": ["reconcile-drift"]}
    github.add("issues", theirs)
    github.run(ISSUE, DRIFT, DRIFTED="false")
    github.run(ISSUE, DRIFT, DRIFTED="true")
    assert github.state["issues"][0] == theirs
    assert len(github.state["issues"]) == 2
