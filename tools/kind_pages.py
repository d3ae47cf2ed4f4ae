"""Writes docs/kinds/*.md from the schemas, the kinds' declarations and the calls of their cases. `make docs` runs it.

It adds nothing of its own: what a page lacks is missing in a schema or a case. Never edit the pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.aws.permissions import actions, is_read
from reconciler.kinds.base import FEW
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import Call, Kind, Listed, Response, Scope, Through
from reconciler.spec import shipped
from reconciler.spec.shape import Schema
from tests.kinds.accounts import account_of, drive
from tests.kinds.fragments import described
from tests.kinds.members import CASES, NOT_AWS
from tests.kinds.test_cases import resource_of

FOLDER = Path(__file__).parent.parent / "docs" / "kinds"
MADE = "<!-- Made from the schema and the cases of the kind by `make docs`; do not edit. -->"
INTRODUCTION = """\
How each kind is found again without a state file, whose it is, and what drift cannot see. What carries our tag, or is
inferred to be ours, and is no longer in the spec is deleted (protected kinds only after a `removed:` entry). Kinds AWS
cannot tag are owned through their parent or their name."""
DEEP = 4
"""Levels of properties beyond which nothing is told twice."""
READ_AS_MANY = ("iam.role", "logs.log_group", "s3.bucket")
"""Kinds that are read in another way where a stack declares more than a few of them."""
SCOPE = Scope("demo", "123456789012", "eu-central-1")


def pages() -> dict[str, str]:
    """File name -> text of every page, the table of all kinds included."""
    made = {f"{name}.md": _page(kind(name), shipped().fragment(name)) for name in kind_names()}
    return {**made, "README.md": _table()}


# --- one kind -------------------------------------------------------------------------------------------------------


def _page(declared: Kind, schema: Schema) -> str:
    blocks = [
        f"# {declared.name}\n\n{MADE}",
        schema["description"],
        _example(declared, schema),
        "## Properties\n\n" + _properties(declared, schema),
        "## Outputs\n\n" + (_listed(declared.outputs) or "None."),
        "## Life\n\n" + _life(declared, schema["x-docs"]),
        "## IAM actions\n\n" + _permissions(declared),
    ]
    return "\n\n".join(blocks) + "\n"


def _example(declared: Kind, schema: Schema) -> str:
    lines = [f"  {name}: {_value(value)}" for name, value in schema["examples"][0].items()]
    return "\n".join(["```yaml", "name:", f"  kind: {declared.name}", *lines, "```"])


def _properties(declared: Kind, schema: Schema) -> str:
    rows = ["| property | type | default | meaning |", "|---|---|---|---|"]
    seen: set[str] = set()
    for pattern, member in described(schema, schema):
        inner = _innermost(pattern)
        if {pattern, inner} & seen or pattern.endswith(("[]", ".*")):
            continue
        seen |= {pattern, inner} if inner else {pattern}
        name = f"`{pattern}`" + (" (required)" if pattern in schema.get("required", ()) else "")
        default = f"`{_value(member['default'])}`" if "default" in member else _named(declared, pattern)
        meaning = " ".join([str(member.get("description", "")), *_marks(declared, pattern)])
        rows.append(f"| {name} | {_type(member)} | {default} | {_cell(meaning)} |")
    return "\n".join(rows)


def _innermost(pattern: str) -> str:
    """How a part deep inside is known: what recurs at many places is told at the first of them."""
    names = pattern.split(".")
    return f"...{'.'.join(names[-2:])}" if len(names) > DEEP else ""


def _named(declared: Kind, pattern: str) -> str:
    rule = declared.physical_name
    return f"`{rule.template}`" if rule is not None and rule.property == pattern else ""


def _marks(declared: Kind, pattern: str) -> Iterator[str]:
    rule = declared.physical_name
    if rule is not None and pattern in rule.suffix_from:
        yield "**A change makes a new object beside the old one.**"
    elif pattern in declared.rules.create_only:
        yield "**A change replaces the object.**"
    if pattern in declared.rules.write_only:
        yield "Not compared: AWS does not give it back."
    if pattern in declared.rules.sensitive:
        yield "Never shown."


def _type(member: Schema) -> str:
    if "enum" in member:
        return " \\| ".join(f"`{value}`" for value in member["enum"])
    if "const" in member:
        return f"`{member['const']}`"
    wanted = member.get("type") or [one.get("type", "") for one in member.get("anyOf", member.get("oneOf", ()))]
    names = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _life(declared: Kind, notes: Mapping[str, str]) -> str:
    replaced = [name for name in declared.rules.create_only if not _beside(declared, name)]
    beside = [name for name in declared.rules.create_only if _beside(declared, name)]
    rows = {
        "Identified by": notes["identified_by"],
        "Owned by": notes["owned_by"],
        "Found again": "carries our tags" if declared.retag else "inferred: AWS cannot tag it",
        "A quick plan asks for leftovers": _hint(declared),
        "Replaced when these change": _listed(replaced) or "nothing forces a replacement",
        "Made anew beside the old one when these change": _listed(beside),
        "Deleted after": _listed(f"{name}" for name in kind_names() if declared.name in kind(name).uses),
        "Holds data": "yes: protected unless the spec says `protect: false`" if declared.holds_data else "no",
        "Takes": f"{declared.patience.typical}; given up after {declared.patience.minutes:g} minutes",
        "Drift does not see": "; ".join([notes["drift_does_not_see"], *_listed_paths(declared.rules.write_only)]),
        "What AWS bills": notes["cost"],
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {_cell(text)} |" for name, text in rows.items() if text)])


def _hint(declared: Kind) -> str:
    hint = declared.leftovers
    if isinstance(hint, Listed):
        return f"where the tagging API lists `{hint.arn}` that the spec does not account for"
    if isinstance(hint, Through):
        return f"where there is any {_listed(hint.parents)}"
    return f"always: {hint.because}"


def _listed_paths(paths: tuple[str, ...]) -> list[str]:
    return [f"`{path}`, which is only ever written" for path in paths]


def _beside(declared: Kind, name: str) -> bool:
    rule = declared.physical_name
    return rule is not None and (name == rule.property or name in rule.suffix_from)


def _permissions(declared: Kind) -> str:
    asked = sorted({action for call in calls_of(declared.name) for action in actions(call)})
    reads, writes = [a for a in asked if is_read(a)], [a for a in asked if not is_read(a)]
    return f"Plan: {_listed(reads) or 'none'}\n\nApply, besides: {_listed(writes) or 'none'}"


def calls_of(name: str) -> Iterator[Call]:
    """Every call the cases of a kind know, and those that look for its leftovers."""
    for path in sorted((CASES / name).glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        for entry in (*case.get("live", ()), *case.get("calls", ())):
            service, operation = entry["call"].split(":")
            yield Call(service, operation, entry.get("params") or {})
    if name in NOT_AWS:
        return
    asked: list[Call] = []
    account = account_of(name)

    def answer(call: Call) -> Response:
        asked.append(call)
        return account(call)

    drive(kind(name).owned(SCOPE), answer)
    if name in READ_AS_MANY:
        one = resource_of(json.loads((CASES / name / "unchanged.json").read_text(encoding="utf-8")), name)
        drive(kind(name).observe([replace(one, name=f"{one.name}-{n}") for n in range(FEW + 1)]), answer)
    yield from asked


# --- all kinds ------------------------------------------------------------------------------------------------------


def _table() -> str:
    head = [
        "# All kinds",
        MADE,
        INTRODUCTION,
    ]
    rows = ["| kind | identified by | owned by | data | drift does not see |", "|---|---|---|---|---|"]
    for name in kind_names():
        notes = shipped().fragment(name)["x-docs"]
        cells = [notes["identified_by"], notes["owned_by"], "yes" if kind(name).holds_data else "no"]
        text = " | ".join(_cell(cell) for cell in [*cells, notes["drift_does_not_see"]])
        rows.append(f"| [{name}]({name}.md) | {text} |")
    return "\n\n".join([*head, "\n".join(rows)]) + "\n"


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
