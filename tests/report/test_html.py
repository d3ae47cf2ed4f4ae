"""Pages as a browser gets them: one file, inert whatever is in it, readable in light and dark."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import ReconcileError
from reconciler.model import Plan
from reconciler.report.html import apply_page, drift_page, plan_page
from tests.report import samples
from tests.report.samples import CLEAN, META, ONLY_WAITING, PLAN
from tests.report.test_json import SCHEMA

MIGRATION = [("table", "rows", "rejected"), ("users", 1204, 0), ("<scores>", 182_344, None)]


@dataclass
class Page(HTMLParser):
    """What a browser would see of a page."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def found(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return "".join(data for tag, data in self.texts if tag not in ("script", "style"))


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


PAGES = {
    "plan": plan_page(PLAN, meta=META, extra=[("Data migration", MIGRATION)]),
    "drift": drift_page(PLAN, meta=META),
    "apply": apply_page(samples.RESULT, meta=META),
    "clean": plan_page(CLEAN, meta={}),
}


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_page_asks_nobody_for_anything(html: str) -> None:
    page = parsed(html)
    for tag, attributes in page.tags:
        assert "src" not in attributes
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith(("#", "data:,")), tag
    assert not re.search(r"url\(|@import", html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"iframe", "object", "embed", "form", "img", "base"})


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(html: str) -> None:
    policy = next(each["content"] for each in parsed(html).found("meta") if each.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for pattern, directive in [(r"<style>(.*?)</style>", "style-src"), (r"<script>(.*?)</script>", "script-src")]:
        (content,) = re.findall(pattern, html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert html.index("Content-Security-Policy") < html.index("<style>")


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_page_has_a_language_landmarks_and_headed_tables(html: str) -> None:
    page = parsed(html)
    assert html.startswith("<!doctype html>\n")
    assert page.found("html") == [{"lang": "en"}]
    assert [len(page.found(tag)) for tag in ("header", "main", "footer", "h1")] == [1] * 4
    assert all(each.get("scope") in ("col", "row") for each in page.found("th"))
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    targets = [(each["href"] or "")[1:] for each in page.found("a")]
    references = [each["aria-labelledby"] for each in page.found("section") if "aria-labelledby" in each]
    assert set(targets + references) <= set(identifiers)


@pytest.mark.parametrize("name", ["plan", "drift", "apply"])
def test_the_same_data_is_embedded_as_a_valid_document(name: str) -> None:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', PAGES[name], re.DOTALL)
    document = json.loads(data)
    assert document["command"] == name
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []


def test_the_header_says_what_was_looked_at_and_when() -> None:
    text = parsed(PAGES["plan"]).text
    for fact in ("sales-scorecard", "123456789012", "eu-west-1", "2026-11-24T13:31:00+00:00", "4f1c2ab", "1.2.3"):
        assert fact in text


def test_the_destructive_box_stands_before_the_changes_and_leads_to_them() -> None:
    html = PAGES["plan"]
    box = html[html.index('id="danger"') : html.index('id="changes"')]
    assert "s3.bucket/old-exports" in box
    assert "rds.db_instance/database" in box
    assert "ec2.vpc" not in box
    assert 'href="#change-5"' in box
    assert 'id="danger"' not in PAGES["clean"]


def test_every_change_shows_place_reason_before_after_and_calls() -> None:
    html = PAGES["plan"]
    change = html[html.index('id="change-3"') : html.index('id="change-4"')]
    page = parsed(change[change.index("<summary>") : change.rindex("</details>")])
    for text in ("spec/sales-scorecard.yaml:55", "live differs from the spec", "retention_in_days", "PutRetention"):
        assert text in page.text
    assert '<td class="before">7</td>' in change
    assert '<td class="after">30</td>' in change


def test_waiting_is_a_section_of_its_own() -> None:
    html = plan_page(ONLY_WAITING, meta={})
    assert "Waiting for AWS" in html
    assert "waiting: deployment InProgress" in html
    assert "No changes." not in html


def test_tables_of_the_caller_are_shown_and_escaped() -> None:
    html = PAGES["plan"]
    assert "Data migration" in html
    assert "182,344" in html
    assert "&lt;scores&gt;" in html


def test_an_apply_shows_what_became_of_each_change_and_what_is_left() -> None:
    text = parsed(PAGES["apply"]).text
    for words in ("✓ done", "✕ failed", "… waiting", "○ not started", "grant logs:PutRetentionPolicy"):
        assert words in text
    assert "What the last look at AWS still found" in text


def test_two_hundred_resources_fit_in_a_megabyte() -> None:
    assert len(plan_page(samples.large(200), meta=META).encode()) <= 1_000_000


def test_without_jinja2_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ReconcileError, match="jinja2") as raised:
        plan_page(CLEAN, meta={})
    assert "pip install" in raised.value.help


def test_a_large_plan_starts_folded_except_for_what_destroys() -> None:
    changes = (*samples.large(40).changes, samples.OLD_BUCKET)
    page = parsed(plan_page(Plan("s", "1", "r", changes), meta={}))
    unfolded = [each["id"] for each in page.found("details") if "open" in each]
    assert unfolded == ["change-40"]


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_on_every_background_it_stands_on(scheme: str) -> None:
    css = (files("reconciler.report") / "page.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)", 1)
    palette = colours(light if scheme == "light" else dark.split("* {", 1)[0])
    plain = [(text, back) for text in ("text", "muted", "accent") for back in ("page", "card", "sunken")]
    toned = [
        (tone, back) for tone in ("add", "change", "destroy", "wait", "quiet") for back in ("card", f"{tone}-soft")
    ]
    boxes = [("muted", f"{tone}-soft") for tone in ("add", "change", "destroy", "wait", "quiet")]
    for text, back in [*plain, *toned, *boxes, ("text", "destroy-soft")]:
        bright, dim = sorted((luminance(palette[text]), luminance(palette[back])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (scheme, text, back)
