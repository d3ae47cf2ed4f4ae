"""The exit codes of the README: what each means, and what was and was not done when it comes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import PROJECT, Shell, client, command, surroundings, writes
from tests.cli.stacks import TOPIC

TWO = (
    TOPIC
    + """\
  network:
    kind: ec2.vpc
    cidr_block: 10.0.0.0/16
  inside:
    kind: ec2.subnet
    vpc_id: ${network.vpc_id}
    cidr_block: 10.0.1.0/24
"""
)
COMMANDS = ("plan", "apply", "drift", "destroy")


def topics(aws: EmbeddedAws) -> list[str]:
    return [topic["TopicArn"].rsplit(":", 1)[1] for topic in client(aws, "sns").list_topics()["Topics"]]


def test_the_readme_and_the_code_name_the_same_codes() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(",")}
    assert told == {int(code) for code in Exit} - {Exit.STALE_PLAN}


# --- 3: nothing was contacted ---------------------------------------------------------------------------------------

INVALID = {
    "unknown kind": TOPIC.replace("sns.topic", "sns.topics"),
    "unknown property": TOPIC.replace("display_name", "displayname"),
    "unknown name": TOPIC.replace("News", "${nwes.topic_name}"),
    "unknown output": TOPIC.replace("News", "${news.topik_arn}"),
    "circle": TOPIC.replace("News", "${news.topic_arn}"),
    "no stack at all": "",
}


@pytest.mark.parametrize("mistake", INVALID)
def test_an_invalid_spec_is_3_before_anybody_is_asked_who_we_are(shell: Shell, mistake: str) -> None:
    """AWS does not answer here, and there are no credentials: contacting it would be 7."""
    shell.write(INVALID[mistake])
    for name in COMMANDS:
        ended = shell(name)
        assert (ended.code, ended.stdout) == (Exit.INVALID_SPEC, ""), ended.stderr
        assert "--> spec/shop.yaml:" in ended.stderr
        assert ended.stderr.endswith("nothing was contacted\n")


# --- 6: refused -----------------------------------------------------------------------------------------------------


def test_the_wrong_account_is_refused(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC.replace("123456789012", "210987654321"))
    for name in COMMANDS:
        ended = shell(name)
        assert (ended.code, ended.stdout) == (Exit.REFUSED, "")
        assert "the spec is for account 210987654321, and these credentials are for 123456789012" in ended.stderr
        assert "AWS_PROFILE" in ended.stderr
    assert aws.calls == [("sts", "GetCallerIdentity")] * len(COMMANDS)


def test_where_nobody_can_say_yes_nothing_is_applied_or_destroyed(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    ended = shell("apply")
    assert (ended.code, ended.stdout) == (Exit.REFUSED, "")
    assert "Plan: 1 to add" in ended.stderr
    assert "add `--yes`" in ended.stderr
    assert writes(aws) == []

    assert shell("apply", "--yes").code == Exit.OK
    aws.calls.clear()
    assert shell("destroy").code == Exit.REFUSED
    assert writes(aws) == []
    assert topics(aws) == ["shop-news"]


def test_what_is_somebody_elses_is_refused_and_shown_with_the_way_out(shell: Shell, aws: EmbeddedAws) -> None:
    client(aws, "sns").create_topic(Name="shop-news")
    aws.calls.clear()
    shell.write(TOPIC)
    plan = shell("plan")
    applied = shell("apply", "--yes")
    assert (plan.code, applied.code, shell("drift").code) == (Exit.REFUSED, Exit.REFUSED, Exit.DIFFERENCES)
    for ended in (plan, applied):
        assert "exists already and is not ours" in ended.stdout
        assert "spec/shop.yaml:5" in ended.stdout
        assert "adopt: true" in ended.stdout
    assert writes(aws) == []


# --- 7: credentials and permissions ---------------------------------------------------------------------------------


def test_no_credentials_are_7_and_say_where_to_get_some(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    shell.write(TOPIC)
    for name in COMMANDS:
        ended = shell(name)
        assert (ended.code, ended.stdout) == (Exit.CREDENTIALS, "")
        assert "Unable to locate credentials" in ended.stderr
        assert "set AWS_PROFILE or log in" in ended.stderr
    assert shell("plan", "--profile", "nobody").code == Exit.CREDENTIALS


def test_a_missing_permission_names_the_action_and_the_rest_goes_on(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TWO)
    aws.faults.fail("ec2", "CreateVpc", "UnauthorizedOperation", 403)
    ended = shell("apply", "--yes")
    assert (ended.code, aws.faults.unused) == (Exit.CREDENTIALS, 0)
    assert "ec2:CreateVpc" in ended.stdout
    assert "UnauthorizedOperation" in ended.stdout
    assert re.search(r"not started +create +ec2\.subnet/inside .*it needs ec2\.vpc/network", ended.stderr)
    assert topics(aws) == ["shop-news"]


def test_a_missing_read_permission_names_the_action_and_plans_nothing(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    aws.faults.fail("sns", "GetTopicAttributes", "AuthorizationError", 403)
    ended = shell("plan")
    assert (ended.code, ended.stdout, aws.faults.unused) == (Exit.CREDENTIALS, "", 0)
    assert "sns:GetTopicAttributes" in ended.stderr


# --- 8: partly applied ----------------------------------------------------------------------------------------------


def test_what_fails_is_8_and_running_again_goes_on(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TWO)
    aws.faults.fail("ec2", "CreateSubnet", "InvalidSubnet.Range", 400)
    ended = shell("apply", "--yes")
    assert (ended.code, aws.faults.unused) == (Exit.PARTLY_APPLIED, 0)
    assert "ec2:CreateSubnet: InvalidSubnet.Range" in ended.stdout
    aws.calls.clear()
    again = shell("apply", "--yes")
    assert again.code == Exit.OK
    assert [call for call in writes(aws) if call[1].startswith("Create")] == [("ec2", "CreateSubnet")]


# --- whoever reads the output ---------------------------------------------------------------------------------------


def test_a_reader_who_leaves_early_changes_neither_the_code_nor_the_reports(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(TOPIC)
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.close()"], stdin=subprocess.PIPE) as reader:
        assert reader.stdin is not None
        reader.wait()
        ended = subprocess.run(
            command(["drift", "--report", "json=drift.json"]),
            cwd=shell.folder,
            env=surroundings({}),
            stdout=reader.stdin,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == Exit.DIFFERENCES
    assert ended.stderr == "wrote drift.json\n"
    assert (shell.folder / "drift.json").exists()
