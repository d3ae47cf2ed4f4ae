"""The pull request comment."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from reconciler.report.markdown import (
    COMMENT_LIMIT,
    HOW_TO_APPLY,
    Limit,
    apply_comment,
    code,
    drift_comment,
    fenced,
    inert,
    marker,
    plan_comment,
)
from tests.report import samples
from tests.report.golden import assert_golden
from tests.report.samples import CLEAN, ONLY_WAITING, PLAN, one_change


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").enable("strikethrough").render(text))


def test_the_comment_is_the_golden_one() -> None:
    assert_golden("plan.md", plan_comment(PLAN))


def test_the_first_line_is_the_marker_by_which_the_comment_is_found() -> None:
    assert plan_comment(PLAN).startswith("<!-- reconcile:plan stack=sales-scorecard -->\n")
    assert drift_comment(PLAN).startswith("<!-- reconcile:drift stack=sales-scorecard -->\n")


def test_a_stack_name_cannot_end_or_forge_the_marker() -> None:
    assert marker("plan", "a --><script> stack=b") == "<!-- reconcile:plan stack=a_--__script__stack_b -->"


def test_destroys_and_replacements_stand_before_everything_else() -> None:
    text = plan_comment(PLAN)
    order = [text.index(part) for part in ("### Blocked by", "### ⚠ Destroys and replaces", "### Changes", "Full diff")]
    assert order == sorted(order)
    destructive = text[order[1] : order[2]]
    assert "s3.bucket/old-exports" in destructive
    assert "rds.db" in destructive
    assert "ec2.vpc" not in destructive


def test_a_clean_plan_is_a_verdict_and_nothing_to_apply() -> None:
    text = plan_comment(CLEAN)
    assert "**No changes. Your infrastructure matches the spec.**" in text
    assert "###" not in text
    assert "To apply" not in text


def test_something_under_way_is_said_and_is_no_change() -> None:
    text = plan_comment(ONLY_WAITING)
    assert "⏳ 1 resource under way in AWS." in text
    assert "### Waiting" in text
    assert "### Changes" not in text


def test_the_caller_says_how_to_apply() -> None:
    assert plan_comment(PLAN, how_to_apply="Comment `/apply`.").endswith("\nComment `/apply`.\n")


def test_foreign_text_in_prose_is_text() -> None:
    hostile = "[x](http://evil) ![y](z) <b>b</b> **s** `c` | @team #12 GH-7 www.evil.com $x$ ~~d~~ \\"
    html = rendered(f"| a |\n| --- |\n| {inert(hostile)} |\n")
    assert re.findall(r"<(\w+)", html) == ["table", "thead", "tr", "th", "tbody", "tr", "td"]
    assert "@\u200bteam" in html
    assert "#\u200b12" in html
    assert "GH\u200b-7" in html
    assert ":\u200b//" in html
    assert "www\u200b." in html


def test_foreign_text_in_code_is_code_in_one_cell() -> None:
    hostile = "x` | <b> \\| @y\n# z"
    html = rendered(f"| a | b |\n| --- | --- |\n| {code(hostile)} | end |\n")
    assert html.count("<td>") == 2
    assert "<code>x` | &lt;b&gt; \\| @y\\n# z</code>" in html


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    html = rendered(fenced("a\n```\n<b>\n````\n", "diff"))
    assert html.count("<pre>") == 1
    assert "&lt;b&gt;" in html


def test_a_fence_in_a_value_does_not_end_the_diff() -> None:
    change = samples.create("a.b/c", 1, {"text": "x\n`````\n</details>\n# heading", "name": "```"})
    html = rendered(plan_comment(one_change(change)))
    assert "<h1>" not in html
    assert html.count("<pre>") == 1


def test_a_comment_never_exceeds_its_limit_and_counts_what_it_leaves_out() -> None:
    text = plan_comment(samples.large(600))
    assert COMMENT_LIMIT * 0.8 < len(text) <= COMMENT_LIMIT
    kept = text.count("| create |")
    assert f"… and {600 - kept} more resources that did not fit here." in text
    blocks = len(re.findall(r"^# .* will be created", text, re.MULTILINE))
    assert 0 < blocks < 600
    assert f"… and {600 - blocks} more resources that did not fit here." in text
    assert text.rstrip().endswith("with this spec.")


@pytest.mark.parametrize("most", range(600, 6_000, 90))
def test_whatever_the_limit_it_is_kept_and_the_markdown_whole(most: int) -> None:
    text = plan_comment(PLAN, limit=Limit(most, len))
    assert len(text) <= most
    assert text.endswith(HOW_TO_APPLY + "\n")
    html = rendered(text)
    assert html.count("<details>") == html.count("</details>") == html.count("<pre>")


def test_a_cut_comment_is_still_whole_markdown() -> None:
    html = rendered(plan_comment(samples.large(600)))
    assert html.count("<pre>") == 1
    assert html.count("<details>") == html.count("</details>") == 1


def test_characters_outside_the_basic_plane_count_twice_as_on_github() -> None:
    changes = tuple(
        samples.create(f"a.b/n{index}", 1, {"text": "\U0001f600" * 380, "other": index}) for index in range(100)
    )
    text = plan_comment(replace(PLAN, changes=changes, findings=()))
    assert len(text.encode("utf-16-le")) // 2 <= COMMENT_LIMIT


def test_one_resource_too_large_for_the_comment_does_not_hide_the_others() -> None:
    huge = samples.create("a.b/huge", 1, {f"key_{index}": "v" * 380 for index in range(400)})
    plan = replace(PLAN, changes=(huge, samples.VPC), findings=())
    text = plan_comment(plan)
    assert "# ec2.vpc/network-vpc will be created" in text
    assert "# a.b/huge will be created" not in text
    assert "… and 1 more resource that did not fit here." in text


def test_endless_findings_leave_room_for_the_changes() -> None:
    findings = tuple(replace(samples.REFUSAL, message="m" * 900, help="h" * 900) for _ in range(500))
    text = plan_comment(replace(PLAN, findings=findings))
    assert len(text) <= COMMENT_LIMIT
    assert "### Changes" in text
    assert "Full diff" in text


def test_the_same_drift_gives_the_same_comment() -> None:
    recounted = replace(PLAN, api_calls={"ec2:DescribeVpcs": 99})
    assert drift_comment(PLAN) == drift_comment(recounted)
    assert "live 7, spec says 30" in drift_comment(PLAN)


def test_the_comment_of_an_apply_tells_failures_first_and_what_to_do() -> None:
    text = apply_comment(samples.RESULT)
    assert text.startswith("<!-- reconcile:apply stack=sales-scorecard -->\n")
    assert text.index("logs.log") < text.index("s3.bucket") < text.index("route53") < text.index("ec2.vpc")
    assert "**What to do:** grant logs&#58;PutRetentionPolicy" in text
