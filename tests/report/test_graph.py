"""The dependency graph and where its boxes stand."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reconciler.report.graph import dot, graph, mermaid, plan_graph, svg
from reconciler.report.layout import layout
from tests.report import samples
from tests.report.golden import assert_golden
from tests.report.samples import PLAN

NODES = [f"n{index}" for index in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=40)


def test_mermaid_is_the_golden_one() -> None:
    assert_golden("graph.mmd", mermaid(plan_graph(PLAN)))


def test_dot_quotes_every_name_and_label() -> None:
    shown = graph(['a.b/say "x"\\', "a.b/c"], {"a.b/c": ('a.b/say "x"\\',)})
    assert dot(shown).splitlines()[3:-1] == [
        r'    "a.b/say \"x\"\\" [label="a.b/say \"x\"\\"];',
        '    "a.b/c" [label="a.b/c"];',
        r'    "a.b/c" -> "a.b/say \"x\"\\";',
    ]


def test_a_spec_alone_has_a_graph_without_symbols() -> None:
    text = mermaid(graph(["a.b/c", "a.b/d"], {"a.b/d": ("a.b/c", "a.b/elsewhere")}))
    assert text == 'flowchart LR\n    n0["a.b/c"]\n    n1["a.b/d"]\n    n1 --> n0\n'


def test_a_plan_shows_each_action_as_symbol_and_word() -> None:
    drawing = svg(plan_graph(PLAN))
    assert "<title>rds.db_instance/database: destroy and then create replacement</title>" in drawing
    assert ">-/+</text>" in drawing


def test_the_drawing_is_well_formed_and_refers_to_nothing() -> None:
    drawing = svg(plan_graph(PLAN))
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert re.findall(r"(?:href|url\(|<style|<script|<image)", drawing) == []


def test_nothing_and_too_much_are_not_drawn() -> None:
    assert svg(graph([], {})) == ""
    assert svg(graph([f"a.b/{index}" for index in range(401)], {})) == ""


def test_a_node_stands_right_of_the_longest_way_to_it() -> None:
    placed = layout(["a", "b", "c", "d"], [("b", "a"), ("c", "b"), ("c", "a"), ("d", "c")])
    assert [placed.nodes[node][0] for node in "abcd"] == [0, 1, 2, 3]
    assert ("c", "a") not in placed.routes


def test_what_nothing_is_linked_to_stands_below_the_drawing() -> None:
    placed = layout(["a", "alone", "b"], [("b", "a")])
    assert placed.nodes["alone"][1] > max(placed.nodes["a"][1], placed.nodes["b"][1])


def test_an_edge_over_several_columns_passes_through_each_of_them() -> None:
    edges = [("b", "a"), ("c", "b"), ("d", "c"), ("d", "x"), ("y", "x"), ("x", "w"), ("c", "w2"), ("w", "a")]
    placed = layout(["a", "b", "c", "d", "x", "y", "w", "w2"], edges)
    for (user, need), route in placed.routes.items():
        columns = [column for column, _ in route]
        assert columns == list(range(placed.nodes[need][0], placed.nodes[user][0] + 1))


@given(EDGES)
def test_any_graph_even_a_cyclic_one_is_placed_without_overlap(edges: list[tuple[str, str]]) -> None:
    placed = layout(NODES, edges)
    assert set(placed.nodes) == set(NODES)
    for user, need in placed.routes:
        assert placed.nodes[user][0] > placed.nodes[need][0]
    columns: dict[int, list[float]] = {}
    for column, row in placed.nodes.values():
        columns.setdefault(column, []).append(row)
    for rows in columns.values():
        ordered = sorted(rows)
        assert all(below - above >= 0.999 for above, below in pairwise(ordered))


@given(EDGES)
def test_every_dependency_that_closes_no_cycle_can_be_followed_in_the_drawing(edges: list[tuple[str, str]]) -> None:
    forward = [(user, need) for user, need in edges if NODES.index(user) > NODES.index(need)]
    placed = layout(NODES, forward)
    reach: dict[str, set[str]] = {}
    for node in NODES:
        needs = {need for user, need in placed.routes if user == node}
        reach[node] = needs | {far for need in needs for far in reach[need]}
    assert all(need in reach[user] for user, need in forward)


def test_a_long_chain_is_placed() -> None:
    nodes = [f"n{index}" for index in range(3_000)]
    placed = layout(nodes, list(zip(nodes[1:], nodes, strict=False)))
    assert placed.nodes["n2999"][0] == 2999


def test_two_hundred_resources_make_a_small_drawing() -> None:
    assert len(svg(plan_graph(samples.large(200)))) < 150_000
