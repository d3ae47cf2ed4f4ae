"""Workflow commands, step summary and outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import Problem
from reconciler.model import Place, Plan, Severity
from reconciler.report.github import (
    drift_annotations,
    outputs,
    plan_annotations,
    plan_outputs,
    problem_annotations,
    step_summary,
    walled,
)
from tests.report import samples
from tests.report.samples import CLEAN, PLAN

TOKEN = "0123456789abcdef0123456789abcdef"


def findings(number: int) -> Plan:
    each = (replace(samples.NOTICE, message=f"notice {index}") for index in range(number))
    return replace(CLEAN, findings=tuple(each))


def test_an_annotation_points_at_its_place_in_the_spec() -> None:
    first = plan_annotations(PLAN).splitlines()[0]
    assert first.startswith(
        "::error file=spec/sales-scorecard.yaml,line=34,endLine=34,col=3,endColumn=7,"
        "title=reconcile RC4001 rds.db_instance/database::"
    )
    assert "%0Ahelp: add an entry" in first


def test_text_in_an_annotation_is_escaped_as_the_runner_unescapes_it() -> None:
    finding = replace(
        samples.NOTICE, message="100%\r\n::error::x", help="", place=Place("a,b:c%.yaml", 1, 1), address=None
    )
    line = plan_annotations(replace(CLEAN, findings=(finding,)))
    assert line == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=2,title=reconcile RC3004"
        "::100%25\\r%0A::error::x\n"
    )


def test_a_finding_without_a_place_is_an_annotation_of_the_run() -> None:
    finding = replace(samples.NOTICE, place=None, address=None, severity=Severity.INFO, help="")
    assert plan_annotations(replace(CLEAN, findings=(finding,))).startswith("::notice title=reconcile RC3004::")


@pytest.mark.parametrize(("number", "lines"), [(0, 0), (9, 9), (10, 10), (11, 10), (50, 10)])
def test_there_are_at_most_nine_annotations_and_one_that_counts_the_rest(number: int, lines: int) -> None:
    text = plan_annotations(findings(number))
    assert len(text.splitlines()) == lines
    assert (f"and {number - 9} more findings" in text) == (number > 10)


def test_the_worst_findings_are_the_ones_annotated() -> None:
    plan = findings(20)
    last = replace(samples.REFUSAL, message="the error")
    assert plan_annotations(replace(plan, findings=(*plan.findings, last))).startswith("::error ")


def test_drift_is_annotated_where_the_spec_declares_the_object() -> None:
    text = drift_annotations(PLAN)
    assert "line=55," in text
    assert "~ retention_in_days: live 7, spec says 30" in text


def test_errors_of_a_spec_are_annotated_too() -> None:
    problem = Problem("RC1102", "unknown key `cpuu`", Place("spec/a.yaml", 5, 5, 4), "did you mean `cpu`?")
    assert problem_annotations([problem]) == (
        "::error file=spec/a.yaml,line=5,endLine=5,col=5,endColumn=9,title=reconcile RC1102"
        "::unknown key `cpuu`%0Ahelp: did you mean `cpu`?\n"
    )


def test_the_step_summary_stays_below_what_github_takes() -> None:
    plan = samples.large(3_000)
    text = step_summary(plan)
    assert 700_000 < len(text.encode()) <= 900_000
    assert "more resources that did not fit here" in text
    assert len(step_summary(PLAN, drift=True)) < 10_000


def test_outputs_stand_between_the_delimiter() -> None:
    assert outputs({"add": "1", "text": "a\nb"}, TOKEN) == (f"add<<{TOKEN}\n1\n{TOKEN}\ntext<<{TOKEN}\na\nb\n{TOKEN}\n")


@pytest.mark.parametrize(
    ("values", "delimiter"),
    [({"add": f"x\n{TOKEN}\nevil<<E"}, TOKEN), ({"a b": "1"}, TOKEN), ({"a\nb": "1"}, TOKEN), ({"add": "1"}, "EOF")],
)
def test_an_output_that_could_forge_another_is_refused(values: dict[str, str], delimiter: str) -> None:
    with pytest.raises(ValueError, match=r"delimiter|output name"):
        outputs(values, delimiter)


def test_the_outputs_of_a_plan_are_its_counts() -> None:
    assert plan_outputs(PLAN) == {
        "verdict": "blocked",
        "add": "4",
        "change": "4",
        "destroy": "2",
        "waiting": "1",
        "errors": "1",
    }


def test_foreign_text_stands_between_stop_and_resume() -> None:
    assert walled("::set-env::\n", TOKEN) == f"::stop-commands::{TOKEN}\n::set-env::\n::{TOKEN}::\n"


@pytest.mark.parametrize(("text", "token"), [(f"a\n::{TOKEN}::\nb", TOKEN), ("a", "short"), ("a", "x" * 20 + "\n")])
def test_a_wall_that_could_be_broken_is_refused(text: str, token: str) -> None:
    with pytest.raises(ValueError, match="random"):
        walled(text, token)
