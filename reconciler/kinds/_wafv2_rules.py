"""Rules of a web ACL as the spec has them: what AWS fills in is filled in, what others put there is set apart.

A statement is compared as a whole (a match nobody asked for any more is a difference), so both sides must say as much:
the defaults here are those of the schema. It makes no call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model import Properties, Value

Rule = Mapping[str, Any]

# AWS: Shield Advanced puts a rule of its own into the ACLs it protects, and an update without it is undone.
SHIELD = re.compile(r"ShieldMitigationRuleGroup_.+")

MEMBERS = (
    "name",
    "priority",
    "statement",
    "action",
    "override_action",
    "rule_labels",
    "visibility_config",
    "captcha_config",
    "challenge_config",
)

# AWS: answers some of these where they were left out, and not others; the spec always has them.
FILLED_IN: Mapping[str, Properties] = {
    "rate_based_statement": {"evaluation_window_sec": 300},
    "sqli_match_statement": {"sensitivity_level": "LOW"},
    "body": {"oversize_handling": "CONTINUE"},
    "json_body": {"oversize_handling": "CONTINUE"},
    "uri_fragment": {"fallback_behavior": "MATCH"},
    "aws_managed_rules_bot_control_rule_set": {"enable_machine_learning": True},
    "aws_managed_rules_atp_rule_set": {"enable_regex_in_path": False},
}


def is_shields(rule: Rule) -> bool:
    return SHIELD.fullmatch(rule["name"]) is not None


def plain_rules(rules: Sequence[Rule]) -> list[dict[str, Value]]:
    """The rules that are the spec's to say, by priority."""
    ours = [rule for rule in rules if not is_shields(rule)]
    return [_plain_rule(rule) for rule in sorted(ours, key=lambda rule: int(rule["priority"]))]


def _plain_rule(rule: Rule) -> dict[str, Value]:
    stated = {name: rule[name] for name in MEMBERS if rule.get(name) not in (None, [])}
    return {name: plain(value, name) for name, value in stated.items()}


def plain(value: Value, name: str = "") -> Value:
    """A part of a rule without what is not there; `name` is the member it belongs to."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    members = {key: plain(item, key) for key, item in value.items() if item is not None and item != []}
    if name == "single_header":
        # AWS: header names are kept in lower case.
        members["name"] = members["name"].lower()
    return {**FILLED_IN.get(name, {}), **members}
