"""The catalog finds schemas by file name and joins the envelope's words to those of a kind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.errors import ReconcileError
from reconciler.spec.properties import violations
from reconciler.spec.schemas import Catalog, shipped
from tests.spec.support import HERE, PROJECT, catalog


def test_the_kinds_are_the_files_that_are_there() -> None:
    assert catalog().kinds == ("demo.database", "demo.network")
    assert catalog().components == ("service",)
    assert catalog().names == ("service", "demo.database", "demo.network")


def test_an_entry_has_the_words_of_the_envelope_and_its_own() -> None:
    properties = catalog().entry("demo.network")["properties"]
    assert {"kind", "adopt", "protect", "depends_on", "region", "tags", "renamed_from"} < set(properties)
    assert {"cidr_block", "tenancy", "dns"} < set(properties)
    assert "overrides" not in properties
    assert "overrides" in catalog().entry("service")["properties"]


@pytest.mark.parametrize("name", ["demo.nothing", "../stack.schema", "/etc/passwd", ""])
def test_only_listed_names_are_read(name: str) -> None:
    with pytest.raises(LookupError):
        catalog().fragment(name)


def test_a_kind_cannot_redefine_a_word_of_every_entry(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "demo.bad.json").write_text('{"properties": {"tags": {}}}', encoding="utf-8")
    (tmp_path / "stack.schema.json").write_bytes((PROJECT / "schemas" / "stack.schema.json").read_bytes())
    with pytest.raises(ReconcileError, match=r"`demo\.bad` declares `tags`"):
        Catalog(tmp_path).entry("demo.bad")


def test_the_schemas_of_a_checkout_are_those_beside_the_package() -> None:
    assert shipped().envelope == json.loads((PROJECT / "schemas" / "stack.schema.json").read_text(encoding="utf-8"))


def test_the_envelope_describes_every_property_with_an_example() -> None:
    from jsonschema import Draft202012Validator

    envelope = catalog().envelope
    Draft202012Validator.check_schema(envelope)
    missing = [name for name, one in _described(envelope) if not ({"description", "examples"} <= one.keys())]
    assert missing == []


def test_the_example_of_the_envelope_is_valid_but_for_its_kinds() -> None:
    assert [list(violations(example, catalog().envelope)) for example in catalog().envelope["examples"]] == [[]]


def _described(schema: object) -> list[tuple[str, dict[str, object]]]:
    """Every property of a schema by name, at any depth."""
    found: list[tuple[str, dict[str, object]]] = []
    if isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ():
            found.append((name, one))
        for word, one in schema.items():
            if word not in ("examples", "default", "enum", "const"):
                found += _described(one)
    return found


def test_a_small_catalog_needs_no_real_kind() -> None:
    assert catalog().root == HERE / "schemas"


@pytest.mark.parametrize("kind", shipped().kinds)
def test_a_removal_can_name_an_object_of_every_kind(kind: str) -> None:
    pattern = shipped().envelope["properties"]["removed"]["items"]["properties"]["name"]["pattern"]
    assert re.search(pattern, f"{kind}/old-one")
