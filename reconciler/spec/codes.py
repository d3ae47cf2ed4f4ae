"""What each code of a spec problem means, in one table; the documentation and the editor integrations read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MAX_PROBLEMS = 50
"""How many problems of a file are told in one run; more are no help to a reader."""

UNREADABLE = "RC1001"
TOO_LARGE = "RC1002"
TOO_DEEP = "RC1003"
TOO_MANY_NODES = "RC1004"
NOT_UTF8 = "RC1005"
FORBIDDEN_CHARACTER = "RC1006"
SYNTAX = "RC1007"
ALIAS = "RC1008"
TAG = "RC1009"
SECOND_DOCUMENT = "RC1010"
DUPLICATE_KEY = "RC1011"
KEY_NOT_TEXT = "RC1012"
NOT_A_MAPPING = "RC1013"
DIRECTIVE = "RC1014"
TAB = "RC1015"
TOO_MANY_PROBLEMS = "RC1016"

UNKNOWN_KIND = "RC1101"
UNKNOWN_KEY = "RC1102"
WRONG_TYPE = "RC1103"
NOT_ALLOWED = "RC1104"
BAD_FORM = "RC1105"
MISSING = "RC1106"
OUT_OF_RANGE = "RC1107"
WRONG_LENGTH = "RC1108"
REPEATED_ITEM = "RC1109"
NO_FORM_FITS = "RC1110"
BAD_NAME = "RC1111"

REFERENCE_SYNTAX = "RC1201"
UNKNOWN_VARIABLE = "RC1202"
VARIABLE_WITHOUT_VALUE = "RC1203"
REFERENCE_NOT_HERE = "RC1204"
NO_ENVIRONMENT = "RC1205"

UNKNOWN_ENVIRONMENT = "RC1301"
NOT_IN_BASE = "RC1302"
NAME_TOO_LONG = "RC1303"

CODES: Mapping[str, str] = MappingProxyType(
    {
        UNREADABLE: "the spec file cannot be read",
        TOO_LARGE: "the spec file is larger than 1 MiB",
        TOO_DEEP: "lists and mappings are nested deeper than 64 levels",
        TOO_MANY_NODES: "the spec file holds more than 100,000 values",
        NOT_UTF8: "the spec file is not UTF-8 text",
        FORBIDDEN_CHARACTER: "an invisible, control or text-direction character",
        SYNTAX: "not well-formed YAML",
        ALIAS: "YAML anchors, aliases and merge keys are refused",
        TAG: "YAML tags are refused",
        SECOND_DOCUMENT: "a spec file holds exactly one YAML document",
        DUPLICATE_KEY: "the same key twice in one mapping",
        KEY_NOT_TEXT: "a key that is not plain text",
        NOT_A_MAPPING: "the spec file is empty or not a mapping",
        DIRECTIVE: "YAML directives are refused",
        TAB: "a tab where YAML wants spaces",
        TOO_MANY_PROBLEMS: "the list of problems was cut off",
        UNKNOWN_KIND: "no kind or component has this name",
        UNKNOWN_KEY: "a key the schema does not know",
        WRONG_TYPE: "a value of the wrong type",
        NOT_ALLOWED: "a value outside the allowed ones",
        BAD_FORM: "a text that does not have the wanted form",
        MISSING: "a required key is missing",
        OUT_OF_RANGE: "a number outside the allowed range",
        WRONG_LENGTH: "a text, list or mapping that is too short or too long",
        REPEATED_ITEM: "the same item twice in a list of distinct items",
        NO_FORM_FITS: "a combination the schema does not allow",
        BAD_NAME: "a name that cannot be used",
        REFERENCE_SYNTAX: "a `${...}` that is not a reference",
        UNKNOWN_VARIABLE: "a variable `vars:` does not declare",
        VARIABLE_WITHOUT_VALUE: "a variable that has neither a default nor a value",
        REFERENCE_NOT_HERE: "a reference where the value must be written out",
        NO_ENVIRONMENT: "`${env}` without a chosen environment",
        UNKNOWN_ENVIRONMENT: "an environment `environments:` does not declare",
        NOT_IN_BASE: "an environment changes a resource the stack does not have",
        NAME_TOO_LONG: "the stack name with the environment is too long",
    }
)
