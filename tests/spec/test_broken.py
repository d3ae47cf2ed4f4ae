"""Every spec in `broken/`, and some too large or too odd for a file, is refused with code, place and way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import Exit, InvalidSpec
from reconciler.spec import codes, read_stack
from reconciler.spec.diagnostics import render
from reconciler.spec.load import MAX_BYTES, source_of
from tests.spec.support import HERE, catalog

BROKEN = HERE / "broken"

FILES: dict[str, tuple[str, int, int, str]] = {
    "account-without-leading-zero": (codes.BAD_FORM, 1, 10, "12 digits with leading zeros"),
    "alias-bomb": (codes.ALIAS, 1, 4, "write the value out, or declare it under `vars:`"),
    "bad-name": (codes.BAD_NAME, 4, 3, "lower-case letters, digits and hyphens"),
    "bad-reference": (codes.REFERENCE_SYNTAX, 6, 23, "write `${name.output}`"),
    "colon-in-value": (codes.SYNTAX, 6, 15, "quote a value that holds `: `"),
    "directive": (codes.DIRECTIVE, 1, 1, "delete the directive"),
    "duplicate-key": (codes.DUPLICATE_KEY, 8, 5, "keep one of them (the first is on line 6)"),
    "empty": (codes.NOT_A_MAPPING, 1, 1, "start with `stack: my-app`"),
    "env-without-environment": (codes.NO_ENVIRONMENT, 6, 16, "run with `--env NAME`"),
    "environment-name-too-long": (codes.NAME_TOO_LONG, 1, 8, "shorten the name"),
    "environment-typo": (codes.UNKNOWN_ENVIRONMENT, 7, 1, "did you mean `staging`?"),
    "environment-without-base": (codes.NOT_IN_BASE, 10, 7, "did you mean `net`?"),
    "host-bits": (codes.BAD_FORM, 6, 17, "did you mean `10.0.0.0/16`?"),
    "list-at-the-top": (codes.NOT_A_MAPPING, 1, 1, "start with `stack: my-app`"),
    "mapping-as-key": (codes.KEY_NOT_TEXT, 4, 5, "write a text as the key"),
    "merge-bomb": (codes.ALIAS, 1, 5, "write the value out, or declare it under `vars:`"),
    "merge-key": (codes.ALIAS, 7, 5, "declare the mapping under `vars:`"),
    "missing-required": (codes.MISSING, 4, 3, "add `cidr_block: 10.0.0.0/16`"),
    "no-form-fits": (codes.NO_FORM_FITS, 7, 11, 'for example `["a", 1]`'),
    "norway": (codes.WRONG_TYPE, 7, 10, "write `false`"),
    "number-as-key": (codes.KEY_NOT_TEXT, 8, 7, 'quote it: `"2024":`'),
    "out-of-range": (codes.OUT_OF_RANGE, 7, 14, "at least 20 and at most 65536"),
    "python-tag": (codes.TAG, 1, 8, "delete the tag"),
    "reference-in-envelope": (codes.REFERENCE_NOT_HERE, 7, 13, "write the value out"),
    "reference-in-flow": (codes.SYNTAX, 4, 42, 'quote it: `"${name.output}"`'),
    "repeated-item": (codes.REPEATED_ITEM, 10, 9, "delete one of the two"),
    "reserved-name": (codes.BAD_NAME, 4, 3, "choose another name"),
    "tab": (codes.TAB, 4, 1, "indent with spaces"),
    "tag": (codes.TAG, 6, 17, "delete the tag"),
    "too-long": (codes.WRONG_LENGTH, 7, 22, "for example `app`"),
    "two-documents": (codes.SECOND_DOCUMENT, 7, 1, "move this document to a file of its own"),
    "typo-in-key": (codes.UNKNOWN_KEY, 7, 5, "did you mean `tenancy`?"),
    "typo-in-key-already-set": (codes.UNKNOWN_KEY, 8, 5, "did you mean `tenancy`? (already set on line 7)"),
    "typo-in-kind": (codes.UNKNOWN_KIND, 5, 11, "did you mean `demo.network`?"),
    "typo-in-value": (codes.NOT_ALLOWED, 7, 14, "did you mean `dedicated`?"),
    "unclosed-quote": (codes.SYNTAX, 6, 12, "close it with the same quote"),
    "unclosed-reference": (codes.REFERENCE_SYNTAX, 6, 22, "close it with `}`"),
    "unknown-top-key": (codes.UNKNOWN_KEY, 7, 1, "did you mean `environments`?"),
    "unknown-variable": (codes.UNKNOWN_VARIABLE, 8, 16, "did you mean `${vars.image_tag}`?"),
    "variable-in-variable": (codes.REFERENCE_NOT_HERE, 5, 6, "write the value out"),
    "variable-without-value": (codes.VARIABLE_WITHOUT_VALUE, 8, 16, "run with `--var image_tag=...`"),
    "wildcard": (codes.SYNTAX, 6, 13, "put the value in quotes"),
    "wrong-indentation": (codes.SYNTAX, 6, 4, "check the indentation"),
    "wrong-type": (codes.WRONG_TYPE, 7, 14, "write for example `100`"),
}
ENVIRONMENTS = {
    "environment-typo": "stagign",
    "environment-without-base": "staging",
    "environment-name-too-long": "staging",
}

CONTENTS: dict[str, tuple[bytes, str, int, int, str]] = {
    "open brackets": (b"a:\n" + b" [\n" * 200_000, codes.TOO_DEEP, 65, 2, "never closed"),
    "open braces": (b"{\n" * 200_000, codes.TOO_DEEP, 65, 1, "never closed"),
    "nested lists": (b"- " * 200_000, codes.TOO_DEEP, 1, 129, "never closed"),
    "nested keys": (b"".join(b" " * n + b"a:\n" for n in range(1000)), codes.TOO_DEEP, 65, 65, "never closed"),
    "huge file": (b"a: b\n" * MAX_BYTES, codes.TOO_LARGE, 1, 1, "split it"),
    "many values": (b"a: [" + b"b," * 300_000 + b"]", codes.TOO_MANY_NODES, 1, 199_999, "split the spec"),
    "many aliases": (b"a: [" + b"*b," * 200_000 + b"]", codes.ALIAS, 1, 5, "write the value out"),
    "many directives": (b"".join(b"%%TAG !%d! x\n" % n for n in range(60_000)), codes.DIRECTIVE, 1, 1, "delete"),
    "many quotes": (b"a: " + b"'" * 900_001, codes.SYNTAX, 1, 4, "close it"),
    "many documents": (b"a: b\n---\n" * 100_000, codes.SECOND_DOCUMENT, 2, 1, "file of its own"),
    "not utf-8": (b"stack: sh\xffop\n", codes.NOT_UTF8, 1, 10, "save the file as UTF-8"),
    "utf-16": ("stack: shop\n".encode("utf-16"), codes.NOT_UTF8, 1, 1, "save the file as UTF-8"),
    "text direction": ("stack: \u202eshop\n".encode(), codes.FORBIDDEN_CHARACTER, 1, 8, "delete it"),
    "control character": (b"stack: sh\x07op\n", codes.FORBIDDEN_CHARACTER, 1, 10, "delete it"),
    "escaped control character": (b'stack: "sh\\aop"\n', codes.FORBIDDEN_CHARACTER, 1, 8, "delete it"),
    "nul": (b"\x00" * 1000, codes.FORBIDDEN_CHARACTER, 1, 1, "delete it"),
    "tabs": (b"\t" * 1_000_000, codes.TAB, 1, 1, "indent with spaces"),
    "many unknown keys": (
        b"stack: shop\nregion: eu-central-1\nresources: {}\n" + b"".join(b"x%d: 1\n" % n for n in range(40_000)),
        codes.UNKNOWN_KEY,
        4,
        1,
        "allowed are",
    ),
    "many unknown kinds": (
        b"stack: shop\nregion: eu-central-1\nresources:\n" + b"".join(b" n%d: {kind: x}\n" % n for n in range(20_000)),
        codes.UNKNOWN_KIND,
        4,
        13,
        "known are",
    ),
    "many references": (
        b"stack: shop\nregion: eu-central-1\nresources:\n a: {kind: service, image: '" + b"${A}" * 200_000 + b"'}\n",
        codes.REFERENCE_SYNTAX,
        4,
        31,
        "in lower case",
    ),
}


def broken(path: Path, env: str | None) -> InvalidSpec:
    with pytest.raises(InvalidSpec) as caught:
        read_stack(path, env, None, catalog())
    return caught.value


def test_the_table_and_the_folder_agree() -> None:
    assert {file.stem for file in BROKEN.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_spec_says_what_where_and_what_to_do(name: str) -> None:
    code, line, column, advice = FILES[name]
    file = BROKEN / f"{name}.yaml"
    error = broken(file, ENVIRONMENTS.get(name))
    first = error.problems[0]
    assert error.exit_code is Exit.INVALID_SPEC
    assert (first.code, first.place.line, first.place.column) == (code, line, column)
    assert advice in first.help
    shown = render(first, source_of(file))
    assert f"--> {file}:{line}:{column}" in shown
    assert f"= help: {first.help}" in shown
    assert "^" in shown


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.timeout(60)
def test_a_hostile_file_is_refused_and_its_report_stays_readable(name: str, tmp_path: Path) -> None:
    content, code, line, column, advice = CONTENTS[name]
    file = tmp_path / "hostile.yaml"
    file.write_bytes(content)
    error = broken(file, None)
    first = error.problems[0]
    assert (first.code, first.place.line, first.place.column) == (code, line, column)
    assert advice in first.help
    report = [render(problem, source_of(file)) for problem in error.problems]
    assert len(report) <= 51
    assert max(len(row) for text in report for row in text.splitlines()) < 1000


@pytest.mark.parametrize("opening", ["[", "{", "a: [", "[{"])
def test_brackets_on_one_line_are_too_deep_however_far_the_parser_reads_ahead(opening: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(opening * 100_000, encoding="utf-8")
    error = broken(file, None)
    assert [(problem.code, problem.place.line) for problem in error.problems] == [(codes.TOO_DEEP, 1)]
    assert max(len(row) for row in render(error.problems[0], source_of(file)).splitlines()) < 200


def test_every_code_has_a_meaning_and_a_broken_spec() -> None:
    shown = {code for code, *_ in FILES.values()} | {code for _, code, *_ in CONTENTS.values()}
    elsewhere = {codes.UNREADABLE, codes.TOO_MANY_PROBLEMS}
    assert shown | elsewhere == set(codes.CODES)
    constants = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)}
    assert constants == set(codes.CODES)
