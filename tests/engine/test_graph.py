"""Order, circles, and who needs whom."""

from __future__ import annotations

import pytest

from reconciler.errors import InvalidSpec, Problem
from reconciler.graph import closure, dependencies, dependents, order
from reconciler.model import Place, Reference, Resource, Template

PLACE = Place("stack.yaml", 1, 1)


def resource(name: str, *needs: str, **properties: object) -> Resource:
    return Resource("sns.topic", name, "shop", properties, PLACE, depends_on=needs)


def by_address(*resources: Resource) -> dict[str, Resource]:
    return {each.address: each for each in resources}


# --- order ------------------------------------------------------------------------------------------------------------


def test_everything_comes_after_what_it_needs() -> None:
    needs = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": (), "e": ("a",)}
    ordered = order(needs)
    assert sorted(ordered) == sorted(needs)
    assert all(ordered.index(other) < ordered.index(name) for name, needed in needs.items() for other in needed)


def test_the_order_does_not_depend_on_the_order_it_was_written_in() -> None:
    needs = {"a": ("z",), "m": (), "z": (), "b": ("m", "z")}
    assert order(needs) == order(dict(reversed(needs.items())))
    assert order({"b": ("z", "m"), "a": (), "m": (), "z": ()}) == order({"z": (), "m": (), "a": (), "b": ("m", "z")})


def test_nothing_has_an_order() -> None:
    assert order({}) == ()


# --- circles ----------------------------------------------------------------------------------------------------------


def circle(needs: dict[str, tuple[str, ...]], places: dict[tuple[str, str], Place] | None = None) -> Problem:
    with pytest.raises(InvalidSpec) as raised:
        order(needs, places)
    (problem,) = raised.value.problems
    return problem


def test_a_circle_is_shown_in_the_direction_of_the_references() -> None:
    problem = circle({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("a",), "e": ()})
    assert problem.code == "RC1402"
    shown = problem.message.split(": ", 1)[1]
    assert shown in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")


def test_what_needs_itself_is_a_circle() -> None:
    assert circle({"a": ("a",)}).message.endswith(": a -> a")


def test_a_circle_names_every_place_that_makes_it() -> None:
    places = {("a", "b"): Place("stack.yaml", 3, 5), ("b", "a"): Place("stack.yaml", 7, 5)}
    problem = circle({"a": ("b",), "b": ("a",)}, places)
    ((related, _label),) = problem.related
    assert {problem.place.line, related.line} == {3, 7}
    assert problem.label in ("`a` needs `b`", "`b` needs `a`")


def test_a_circle_is_shown_even_where_no_place_is_known() -> None:
    assert circle({"a": ("b",), "b": ("a",)}).related == ()


# --- edges ------------------------------------------------------------------------------------------------------------


def test_what_a_resource_needs_is_what_it_refers_to_at_any_depth() -> None:
    deep = {"list": [{"text": Template(("arn:", Reference("sns.topic/c", "arn")))}, Reference("sns.topic/b", "arn")]}
    found = dependencies(by_address(resource("a", "sns.topic/d", deep=deep), resource("b")))
    assert found == {"sns.topic/a": ("sns.topic/b", "sns.topic/c", "sns.topic/d"), "sns.topic/b": ()}


def test_a_resource_never_waits_for_itself_through_its_component() -> None:
    assert dependencies(by_address(resource("a", "sns.topic/a")))["sns.topic/a"] == ()


def test_dependents_are_the_same_edges_the_other_way_round() -> None:
    needs = {"a": ("c",), "b": ("c", "gone"), "c": ()}
    assert dependents(needs) == {"a": (), "b": (), "c": ("a", "b"), "gone": ("b",)}
    assert dependents({}) == {}


def test_the_closure_is_all_that_is_needed_and_what_that_needs() -> None:
    needs = {"a": ("b",), "b": ("c",), "c": (), "d": ("c",)}
    assert closure({"a"}, needs) == {"a", "b", "c"}
    assert closure({"d", "c"}, needs) == {"c", "d"}
    assert closure(set(), needs) == set()
    assert closure({"unheard-of"}, needs) == {"unheard-of"}


def test_a_closure_of_a_circle_ends() -> None:
    assert closure({"a"}, {"a": ("b",), "b": ("a",)}) == {"a", "b"}
