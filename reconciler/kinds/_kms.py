"""What the KMS kinds share: which keys are the stack's, and what their tags say. It never writes.

A key has neither name nor token, so its ownership tag is its identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.kinds._tagging import candidates
from reconciler.kinds.base import read, read_all, tag_map
from reconciler.model import Call, Reads, Response

Item = Mapping[str, Any]

ALIASES = Call("kms", "ListAliases")
AWS_ALIAS = "alias/aws/"
"""What the aliases of the keys AWS made for its services begin with."""


def id_in(key: str) -> str:
    """The id of a key that is given by its ARN or by its id."""
    return key.rpartition("/")[2]


def tags_call(key_id: str) -> Call:
    return Call("kms", "ListResourceTags", {"key_id": key_id})


def tags_of(response: Response) -> dict[str, str]:
    return tag_map({"key": t["tag_key"], "value": t["tag_value"]} for t in (response or {}).get("tags", ()))


def aliases(response: Response) -> Sequence[Item]:
    found: Sequence[Item] = (response or {}).get("aliases", ())
    return found


def every_id() -> Reads[list[str]]:
    """The ids of all keys somebody made: the keys of AWS's own services are told by their aliases and left out."""
    keys, named = yield [Call("kms", "ListKeys"), ALIASES]
    of_aws = {alias.get("target_key_id") for alias in aliases(named) if alias["alias_name"].startswith(AWS_ALIAS)}
    return sorted({key["key_id"] for key in (keys or {}).get("keys", ())} - of_aws)


def tags_by_id(key_ids: Sequence[str]) -> Reads[dict[str, dict[str, str]]]:
    """The tags of each key, by id."""
    answers = yield from read_all([tags_call(key_id) for key_id in key_ids])
    return {key_id: tags_of(answer) for key_id, answer in zip(key_ids, answers, strict=True)}


def tags_by_id_of_stack(stack: str) -> Reads[dict[str, dict[str, str]]]:
    """The tags of the keys that the tagging API takes for this stack's; of all keys where we may not ask it."""
    tagged = yield from candidates(stack, "kms:key")
    ids = sorted(map(id_in, tagged)) if tagged is not None else (yield from every_id())
    return (yield from tags_by_id(ids))


def tags_by_alias_of_stack(stack: str) -> Reads[dict[str, dict[str, str]]]:
    """The tags of the keys whose alias begins with the stack's name: the tagging API may not know them yet."""
    response = yield from read(ALIASES)
    named = [alias for alias in aliases(response) if alias["alias_name"].startswith(f"alias/{stack}-")]
    return (yield from tags_by_id(sorted({alias.get("target_key_id", "") for alias in named} - {""})))
