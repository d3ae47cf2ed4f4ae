"""The plan, drift and apply on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reconciler.model import Action, ApplyResult, Change, Plan
from reconciler.report.text import apply_text, drift_text, plan_text
from tests.report import samples
from tests.report.golden import assert_golden
from tests.report.samples import CLEAN, ONLY_WAITING, PLAN, one_change

# What wrappers of Terraform look for.
TERRAFORM_SUMMARY = re.compile(r"^Plan: \d+ to add, \d+ to change, \d+ to destroy\.$")


def last_line(text: str) -> str:
    assert text.endswith("\n")
    return text.splitlines()[-1]


def test_the_plan_reads_as_in_the_golden_file() -> None:
    assert_golden("plan.txt", plan_text(PLAN))


def test_drift_reads_as_in_the_golden_file() -> None:
    assert_golden("drift.txt", drift_text(PLAN))


def test_the_result_of_an_apply_reads_as_in_the_golden_file() -> None:
    assert_golden("apply.txt", apply_text(samples.RESULT))


def test_the_last_line_of_a_plan_is_the_one_other_tools_parse() -> None:
    assert TERRAFORM_SUMMARY.match(last_line(plan_text(PLAN)))
    assert last_line(plan_text(PLAN)) == "Plan: 4 to add, 4 to change, 2 to destroy."


def test_a_replacement_counts_as_one_to_add_and_one_to_destroy() -> None:
    assert last_line(plan_text(one_change(samples.DATABASE))) == "Plan: 1 to add, 0 to change, 1 to destroy."


@pytest.mark.parametrize("change", [samples.ZONE, samples.QUEUE, samples.LOGS])
def test_adopting_and_letting_go_count_as_changes(change: Change) -> None:
    assert last_line(plan_text(one_change(change))) == "Plan: 0 to add, 1 to change, 0 to destroy."


def test_no_difference_says_so_in_the_last_line() -> None:
    assert last_line(plan_text(CLEAN)) == "No changes. Your infrastructure matches the spec."
    assert last_line(drift_text(CLEAN)) == "No drift. Live AWS matches the spec."


def test_something_under_way_is_neither_a_change_nor_no_changes() -> None:
    text = plan_text(ONLY_WAITING)
    assert last_line(text) == "Plan: 0 to add, 0 to change, 0 to destroy."
    assert "# cloudfront.distribution/cdn is waiting" in text
    assert "(waiting: deployment InProgress)" in text
    assert "No changes" not in text
    assert "reconcile will perform" not in text


def test_every_action_has_its_symbol_and_its_word_in_the_legend() -> None:
    text = plan_text(PLAN)
    legend = text[: text.index("reconcile will perform")]
    for symbol, word in [("+", "create"), ("~", "update"), ("-/+", "destroy and then"), ("-", "destroy")]:
        assert re.search(rf"^ *{re.escape(symbol)} {word}", legend, re.MULTILINE)
    for symbol, word in [("*", "adopt"), (".", "forget"), (">", "wait")]:
        assert re.search(rf"^ *{re.escape(symbol)} {word}", legend, re.MULTILINE)
    assert "adopt" not in plan_text(one_change(samples.VPC))


def test_a_change_names_the_line_of_the_spec_it_comes_from() -> None:
    text = plan_text(PLAN)
    assert "  # ec2.vpc/network-vpc will be created   (spec/sales-scorecard.yaml:12)\n" in text
    assert "~ retention_in_days = 7 -> 30   # spec/sales-scorecard.yaml:58\n" in text
    assert "# forces replacement" in text
    assert '- tags.owner  = "nobody" -> null\n' in text, "the line of the heading is not said again"


def test_errors_come_before_warnings_and_say_what_to_do() -> None:
    text = plan_text(PLAN)
    assert text.index("error[RC4001]") < text.index("warning[RC3004]")
    assert "= help: add an entry to `removed:`" in text
    assert "Blocked: 1 error (above); nothing is applied until resolved." in text


def test_calls_and_unchanged_resources_are_shown_on_demand_only() -> None:
    short, long = plan_text(PLAN), plan_text(PLAN, verbose=True)
    assert "ec2:CreateVpc" not in short
    assert "(calls: ec2:CreateVpc)" in long
    assert "ecs.cluster/api is up to date" in long
    assert "ecs.cluster/api" not in short
    assert "Read with 3 API calls:" in long


def test_colour_only_adds_marks_to_the_same_text() -> None:
    for render in (plan_text, drift_text):
        colored = render(PLAN, color=True)
        assert "\x1b[" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(PLAN)
        assert "\x1b" not in render(PLAN)


def test_sentences_are_wrapped_and_values_are_not() -> None:
    long = replace(samples.NOTICE, message="word " * 60, help="other " * 60)
    change = replace(samples.VPC, fields=(samples.field("description", "v" * 150),))
    lines = plan_text(replace(one_change(change), findings=(long,)), width=60).splitlines()
    assert max(len(line) for line in lines if "word" in line or "other" in line) <= 60
    assert any("v" * 150 in line for line in lines)


def test_a_missing_object_is_one_line_of_drift_and_all_its_properties_on_demand() -> None:
    plan = one_change(samples.VPC)
    assert "cidr_block" not in drift_text(plan)
    assert 'cidr_block: live nothing, spec says "10.0.0.0/16"' in drift_text(plan, verbose=True)


def test_drift_says_what_is_live_and_what_the_spec_says() -> None:
    text = drift_text(PLAN)
    assert "~ retention_in_days: live 7, spec says 30" in text
    assert "master_user_password: differs (sensitive value)" in text
    assert last_line(text) == "Drift: 3 missing, 5 different, 1 extra."


def test_an_apply_is_complete_only_when_the_last_look_finds_nothing() -> None:
    done = samples.ALL_DONE
    assert last_line(apply_text(done)) == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
    assert last_line(apply_text(replace(done, remaining=ONLY_WAITING))).startswith("Apply incomplete: 1 done")


def test_an_apply_that_failed_says_how_far_it_came_and_how_to_go_on() -> None:
    text = apply_text(samples.RESULT)
    assert last_line(text) == (
        "Apply incomplete: 1 done, 1 waiting, 1 failed, 1 not started. Run the same command again to continue."
    )
    assert "logs:PutRetentionPolicy: AccessDenied" in text
    assert "= help: grant logs:PutRetentionPolicy" in text


def test_an_apply_with_nothing_to_do_is_complete() -> None:
    assert apply_text(ApplyResult(CLEAN, ())).endswith("Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\n")


def test_every_action_has_a_word_in_every_telling() -> None:
    for action in Action:
        plan = Plan("s", "1", "r", (replace(samples.LOGS, action=action),))
        for text in (plan_text(plan, verbose=True), drift_text(plan, verbose=True)):
            assert "logs.log_group/api" in text
