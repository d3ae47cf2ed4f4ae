"""The pages about kinds are what the schemas, declarations and cases say now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.kinds.registry import kind_names
from tests.repository.workflows import ROOT
from tools.kind_pages import FOLDER, pages

PAGES = pages()


def test_no_page_is_stale_missing_or_left_over() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in written.keys() | PAGES.keys() if written.get(name) != PAGES.get(name))
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("name", kind_names())
def test_a_page_says_all_a_reader_asks(name: str) -> None:
    page = PAGES[f"{name}.md"]
    for heading in ("## Properties", "## Outputs", "## Life", "## IAM actions"):
        assert heading in page
    for row in ("Identified by", "Owned by", "Drift does not see", "What AWS bills"):
        assert re.search(rf"^\| {row} \| \S", page, re.MULTILINE), f"{name} does not say: {row}"


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
