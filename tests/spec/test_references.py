"""What `${...}` parses to, where its errors stand, and how it is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import InvalidSpec
from reconciler.model import Generated, Place, Reference, Template, Unknown
from reconciler.spec import codes
from reconciler.spec.load import load_text
from reconciler.spec.nodes import ScalarNode
from reconciler.spec.references import parse, references_in, resolve


def scalar(written: str) -> ScalarNode:
    node = load_text(f"a: {written}\n", "f.yaml").root.get("a")
    assert isinstance(node, ScalarNode)
    return node


def answers(**values: Any) -> Callable[[Reference], Any]:
    return lambda reference: values[reference.target]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain", "plain"),
        ("${db.endpoint}", Reference("db", "endpoint")),
        ("${db}", Reference("db")),
        ("${web-service.dns_name}", Reference("web-service", "dns_name")),
        ("${db.endpoint.port}", Reference("db", "endpoint.port")),
        ("${vars.image_tag}", Reference("vars", "image_tag")),
        ("${stack}", Reference("stack")),
        ("a-${stack}", Template(("a-", Reference("stack")))),
        ("${a.b}${c.d}", Template((Reference("a", "b"), Reference("c", "d")))),
        ("arn:${a.b}/*", Template(("arn:", Reference("a", "b"), "/*"))),
        ("$${HOME}", "${HOME}"),
        ("x$${a}y${b.c}", Template(("x${a}y", Reference("b", "c")))),
        ("cost $5 {x}", "cost $5 {x}"),
        ("'${db.endpoint}'", Reference("db", "endpoint")),
    ],
)
def test_a_text_parses_to_the_shortest_value(written: str, value: Any) -> None:
    assert parse(scalar(written)) == value


@pytest.mark.parametrize(
    ("written", "column", "advice"),
    [
        ("x ${db.endpoint", 6, "close it with `}`"),
        ("${}", 6, "write `${name.output}`"),
        ("${ db.port }", 6, "write `${db.port}`"),
        ("${db.}", 8, "write `${name.output}`"),
        ("${Db.port}", 6, "in lower case"),
        ("${db.po rt}", 11, "in lower case"),
        ("'${aws:username}'", 10, "write `$${` for a literal `${`"),
        ("${api_task.role_arn}", 9, "did you mean `${api-task.role_arn}`?"),
        ("${DB_HOST}", 6, "write `$${` for a literal `${`"),
        ("'${{db.port}}'", 7, "write one"),
        ("${vars}", 4, "write `${vars.name}`"),
        ("${stack.name}", 4, "write `${stack}`"),
        ("a ${b.c} ${d e}", 16, "in lower case"),
    ],
)
def test_a_bad_reference_is_shown_at_the_offending_character(written: str, column: int, advice: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse(scalar(written))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == (codes.REFERENCE_SYNTAX, 1, column)
    assert advice in problem.help


def test_all_bad_references_of_a_text_are_reported() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse(scalar("|\n  ${A}\n  ok ${b.c}\n  ${d e}"))
    assert [(one.place.line, one.place.column) for one in caught.value.problems] == [(2, 5), (4, 6)]


def test_a_reference_knows_its_own_place_inside_the_text() -> None:
    value = parse(scalar("x ${db.port}"))
    assert [reference.place for reference in references_in(value)] == [Place("f.yaml", 1, 6, 10)]


def test_hidden_by_an_escape_a_reference_stands_where_its_text_stands() -> None:
    value = parse(scalar('"\\x24{db.port}"'))
    assert value == Reference("db", "port")
    assert value.place.column == 4


def test_references_are_found_at_any_depth() -> None:
    value = {"a": [Reference("b"), {"c": Template(("x", Reference("d", "e")))}], "f": "g"}
    assert [str(reference) for reference in references_in(value)] == ["${b}", "${d.e}"]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (Reference("n"), 5432),
        (Reference("l"), ["a", "b"]),
        (Template(("port ", Reference("n"))), "port 5432"),
        (Template((Reference("t"), "!")), "true!"),
        (Template((Reference("f"), "")), "0.5"),
        ({"a": [Reference("s")]}, {"a": ["text"]}),
        (Reference("u"), Unknown("${u.id}")),
        (Template(("x", Reference("u"))), Unknown("${u.id}")),
        (Template(("x", Reference("v"))), Unknown("${v}")),
        (Template(("pw=", Reference("g"), ";", Reference("s"))), Generated(20, "pw={};text")),
        ("plain", "plain"),
        (None, None),
    ],
)
def test_resolving_puts_the_answers_in(value: Any, result: Any) -> None:
    lookup = answers(n=5432, l=["a", "b"], t=True, f=0.5, s="text", u=Unknown("${u.id}"), v=Unknown(), g=Generated(20))
    found = resolve(value, lookup)
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize(("answer", "word"), [(["a"], "a list"), ({"a": 1}, "a mapping"), (None, "nothing")])
def test_what_is_no_text_cannot_stand_inside_one(answer: Any, word: str) -> None:
    place = Place("f.yaml", 3, 7)
    with pytest.raises(InvalidSpec) as caught:
        resolve(Template(("x", Reference("a", "b", place))), answers(a=answer))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == (codes.REFERENCE_NOT_HERE, place)
    assert word in problem.message
