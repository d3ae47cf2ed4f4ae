"""The GitHub workflows: pinned, least privilege, never a long-lived key, never an apply cancelled half-way."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.repository.workflows import ACTION, ROOT, WORKFLOWS, Document, jobs, load, steps

STEPS = dict(steps())
JOBS = {name: (workflow, job) for name, workflow, job in jobs()}
PERMISSIONS = {
    "ci/check": {"contents": "read"},
    "ci/test": {"contents": "read"},
    "plan/plan": {"contents": "read", "id-token": "write"},
    "plan/comment": {"pull-requests": "write"},
    "apply/plan": {"contents": "read", "id-token": "write"},
    "apply/apply": {"contents": "read", "id-token": "write"},
    "drift/drift": {"contents": "read", "id-token": "write"},
    "drift/issue": {"issues": "write"},
}


def test_the_four_workflows_are_there() -> None:
    assert [path.stem for path in WORKFLOWS] == ["apply", "ci", "drift", "plan"]


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is(path: Any) -> None:
    used = re.findall(r"^\s*(?:- )?uses: *(.*)$", path.read_text(), re.MULTILINE)
    assert used
    pin = re.compile(r"\./|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [reference for reference in used if not pin.fullmatch(reference)] == []


def test_one_action_is_pinned_to_one_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for step in STEPS.values():
        name, _, commit = step.get("uses", "").partition("@")
        pins.setdefault(name, set()).add(commit)
    assert {name: commits for name, commits in pins.items() if len(commits) > 1} == {}


def test_no_permission_is_given_to_a_whole_workflow() -> None:
    assert {path.stem: load(path)["permissions"] for path in WORKFLOWS} == {path.stem: {} for path in WORKFLOWS}


def test_each_job_has_exactly_the_permissions_it_needs() -> None:
    assert {name: job["permissions"] for name, (_, job) in JOBS.items()} == PERMISSIONS


def test_no_job_can_both_take_an_aws_role_and_write_to_the_repository() -> None:
    for name, (_, job) in JOBS.items():
        writes = {scope for scope, level in job["permissions"].items() if level == "write"}
        assert len(writes) <= 1, name


@pytest.mark.parametrize("place", STEPS)
def test_no_script_holds_an_expression(place: str) -> None:
    assert "${{" not in STEPS[place].get("run", "")


def test_every_script_runs_in_a_shell_that_stops_when_a_pipe_fails() -> None:
    for name, (workflow, _) in JOBS.items():
        assert workflow["defaults"]["run"]["shell"] == "bash", name
    assert all(step["shell"] == "bash" for step in load(ACTION)["runs"]["steps"] if "run" in step)


def test_no_checkout_leaves_its_token_behind() -> None:
    checkouts = [step for step in STEPS.values() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_no_long_lived_key_is_used_anywhere() -> None:
    for path in [*WORKFLOWS, ACTION]:
        assert not re.search(r"secrets\.|access-key|AKIA", path.read_text(), re.IGNORECASE), path.name


def test_the_role_is_taken_under_the_name_of_the_run_and_only_in_the_account_that_was_meant() -> None:
    options = STEPS["action: Take the role"]["with"]
    assert options["role-session-name"] == "reconcile-${{ github.run_id }}-${{ github.run_attempt }}"
    assert options["allowed-account-ids"] == "${{ inputs.allowed-account-ids }}"
    for step in own_steps():
        assert step["with"]["allowed-account-ids"] == "${{ vars.AWS_ACCOUNT_ID }}"


def own_steps() -> list[Document]:
    """The steps of the workflows that run this repository's own action."""
    return [step for step in STEPS.values() if step.get("uses") == "./"]


def test_only_the_apply_job_takes_the_role_that_writes_and_only_in_the_protected_environment() -> None:
    role = "${{ vars.AWS_APPLY_ROLE_ARN }}"
    takers = [name for name, (_, job) in JOBS.items() if any(role in str(step) for step in job["steps"])]
    assert takers == ["apply/apply"]
    assert JOBS["apply/apply"][1]["environment"] == "production"
    assert all(step["with"]["command"] != "apply" for step in own_steps() if step["with"]["role-to-assume"] != role)


def test_an_apply_is_never_cancelled_and_never_runs_beside_another() -> None:
    assert load(ROOT / ".github/workflows/apply.yml")["concurrency"] == {"group": "apply", "cancel-in-progress": False}


def test_a_fork_is_not_planned() -> None:
    condition = JOBS["plan/plan"][1]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_nothing_is_triggered_by_what_a_stranger_can_do_with_rights_of_ours() -> None:
    triggers = {path.stem: set(load(path)[True]) for path in WORKFLOWS}  # type: ignore[index]
    assert triggers == {
        "apply": {"push", "workflow_dispatch"},
        "ci": {"pull_request", "push"},
        "drift": {"schedule", "workflow_dispatch"},
        "plan": {"pull_request"},
    }


def test_every_job_has_a_time_limit() -> None:
    assert all(5 <= job["timeout-minutes"] <= 120 for _, job in JOBS.values())


def test_ci_runs_what_a_developer_runs_on_every_python_we_support() -> None:
    matrix = JOBS["ci/test"][1]["strategy"]["matrix"]
    declared = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert matrix["python"] == declared
    assert STEPS["ci/check: Style, types, layers, workflows"]["run"] == "make check"
    assert STEPS["ci/test: Test"]["run"].startswith("make test")
