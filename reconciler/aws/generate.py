"""Fills secrets, generated or kept elsewhere, into the params of a call at the last moment before it is sent.

The values exist nowhere else: they are never logged, returned or kept.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from reconciler.errors import ReconcileError
from reconciler.model import FromSecret, Generated

# RDS refuses / @ " and space in master passwords; URLs need the rest to be plain too.
ALPHABET = string.ascii_letters + string.digits + "-_.~"

_KEY = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)(:raw)?\}")
"""A key of the source's JSON inside a template."""


def fill_secrets(value: Any, read_secret: Callable[[FromSecret], str]) -> Any:
    """A copy of `value` with text for every Generated and FromSecret.

    Raises ReconcileError where a secret does not hold what is asked of it.
    """
    if isinstance(value, Generated):
        return value.template.replace("{}", "".join(secrets.choice(ALPHABET) for _ in range(value.length)), 1)
    if isinstance(value, FromSecret):
        return _taken(value, read_secret(value))
    if isinstance(value, Mapping):
        return {key: fill_secrets(item, read_secret) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill_secrets(item, read_secret) for item in value]
    return value


def _taken(wanted: FromSecret, text: str) -> str:
    if wanted.template is not None:
        return _KEY.sub(lambda found: _encoded(_member(wanted, text, found[1]), found[2]), str(wanted.template))
    return text if wanted.key is None else _member(wanted, text, wanted.key)


def _encoded(value: str, raw: str | None) -> str:
    return value if raw else quote(value, safe="")


def _member(wanted: FromSecret, text: str, key: str) -> str:
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise ReconcileError(
            f"the secret {wanted.arn} has no key `{key}`",
            help="its value must be a JSON object with that key",
        ) from None
