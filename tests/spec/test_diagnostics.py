"""What a person sees of a problem."""

from __future__ import annotations

import re

from reconciler.errors import Problem
from reconciler.model import Place
from reconciler.spec.diagnostics import render
from tests.spec.support import database_text, problems

SOURCE = "service:\n  api:\n    kind: service\n    cpu: 512\n    cpuu: 256\n"


def test_the_look_is_that_of_a_compiler() -> None:
    problem = Problem(
        "RC1102",
        "unknown key `cpuu` in `api`",
        Place("infra/prod.yaml", 5, 5, 4),
        help="did you mean `cpu`? (already set on line 4)",
        label="not a property of `service`",
    )
    assert render(problem, SOURCE) == (
        "error[RC1102]: unknown key `cpuu` in `api`\n"
        "  --> infra/prod.yaml:5:5\n"
        "   |\n"
        " 4 |     cpu: 512\n"
        " 5 |     cpuu: 256\n"
        "   |     ^^^^ not a property of `service`\n"
        "   |\n"
        "   = help: did you mean `cpu`? (already set on line 4)"
    )


def test_a_real_problem_is_rendered_from_its_own_file() -> None:
    text = database_text("engine: postgres\nstorage: many")
    (problem,) = problems(text)
    assert render(problem, text).splitlines()[4:6] == [
        " 7 |     storage: many",
        "   |              ^^^^ wants a whole number",
    ]


def test_related_places_have_their_own_snippet() -> None:
    problem = Problem(
        "RC1011",
        "the key `a` stands twice",
        Place("f.yaml", 12, 1),
        related=((Place("f.yaml", 1, 1), "first set here"),),
    )
    source = "a: 1\n" + "b: 1\n" * 10 + "a: 2\n"
    assert render(problem, source) == (
        "error[RC1011]: the key `a` stands twice\n"
        "   --> f.yaml:12:1\n"
        "    |\n"
        " 11 | b: 1\n"
        " 12 | a: 2\n"
        "    | ^\n"
        "note: first set here\n"
        "   --> f.yaml:1:1\n"
        "    |\n"
        "  1 | a: 1\n"
        "    | ^"
    )


def test_a_place_outside_the_text_has_no_snippet() -> None:
    problem = Problem("RC1001", "cannot read `x`", Place("x", 1, 1), help="give another path")
    assert render(problem, "") == ("error[RC1001]: cannot read `x`\n  --> x:1:1\n   |\n   = help: give another path")


def test_a_terminal_cannot_be_fooled() -> None:
    source = "a: \u202eb\x1b[31m\n"
    problem = Problem("RC1006", "hidden \x1b[0m", Place("f\x07.yaml", 1, 4), label="\u202e")
    text = render(problem, source)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)
    assert " 1 | a: <U+202E>b<U+001B>[31m" in text
    assert "   |    ^^^^^^^^ <U+202E>" in text


def test_carets_stand_below_wide_characters_and_tabs() -> None:
    source = "\u4f60\u597d: \tx\n"
    text = render(Problem("RC1103", "no", Place("f", 1, 6)), source)
    assert text.splitlines()[-2:] == [" 1 | \u4f60\u597d:     x", "   |           ^"]


def test_a_long_line_is_cut_around_the_place() -> None:
    source = "a: [" + "b, " * 50_000 + "]"
    text = render(Problem("RC1103", "no", Place("f", 1, 100_000, 50_000)), source)
    row, carets = text.splitlines()[-2:]
    assert row.startswith(" 1 | \u2026b, b")
    assert len(row) < 140
    assert len(carets) < 140
    assert carets.index("^") == 5 + 60


def test_colour_changes_nothing_but_escapes() -> None:
    problem = Problem(
        "RC1103", "no", Place("f", 5, 5, 4), help="mend it", label="here", related=((Place("f", 4, 5), "x"),)
    )
    colored = render(problem, SOURCE, color=True)
    assert "\x1b[1;31merror[RC1103]\x1b[0m" in colored
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == render(problem, SOURCE)
