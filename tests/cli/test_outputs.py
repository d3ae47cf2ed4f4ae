"""`outputs`: what `${name.output}` stands for, before and after it exists; and nothing else is looked at."""

from __future__ import annotations

from reconciler.errors import Exit
from reconciler.simulator.aws import EmbeddedAws
from tests.cli.shell import Shell, writes
from tests.cli.stacks import SHOP


def test_outputs_are_null_before_and_what_aws_says_after(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SHOP)
    before = shell("outputs", "news", "-o", "json").document
    assert before == {"format_version": "1.0", "outputs": {"news": {"name": None, "arn": None, "topic_arn": None}}}
    assert shell("apply", "--yes").code == Exit.OK
    topic = "arn:aws:sns:eu-central-1:123456789012:shop-news"
    assert shell("outputs", "news").stdout == (f"news.name = shop-news\nnews.arn = {topic}\nnews.topic_arn = {topic}\n")
    everything = shell("outputs", "-o", "json").document["outputs"]
    assert set(everything) == {"network", "web", "files", "worker", "news", "letter", "logs", "session", "slow"}
    assert everything["files"]["arn"] == f"arn:aws:s3:::{everything['files']['bucket']}"
    assert len(everything["network"]["public_subnet_ids"]) == 2


def test_only_what_was_asked_for_is_looked_at_and_nothing_is_written(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SHOP)
    assert shell("outputs", "news").code == Exit.OK
    assert {service for service, _ in aws.calls} == {"sts", "sns"}
    assert writes(aws) == []


def test_an_entry_that_is_not_there_is_an_error_with_a_guess(shell: Shell, aws: EmbeddedAws) -> None:
    shell.write(SHOP)
    ended = shell("outputs", "newz")
    assert ended.code == Exit.REFUSED
    assert "there is no entry `newz`" in ended.stderr
    assert "did you mean `news`?" in ended.stderr
