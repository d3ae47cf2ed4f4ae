"""Settings of a bucket that AWS keeps as a list of named configurations and takes one a call. It never performs I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model import Call, Response, Value

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One such list; its elements have an `id`. `noun` is what the operations call one: `Inventory`."""

    property: str
    noun: str
    member: str
    """The member of the Put that takes one element; the List answers with a list of them."""

    def read_call(self, bucket: str) -> Call:
        return Call("s3", f"ListBucket{self.noun}Configurations", {"bucket": bucket})

    def observed(self, response: Response) -> Value:
        found: Sequence[Item] = (response or {}).get(f"{self.member}_list") or ()
        return [{name: value for name, value in each.items() if value not in (None, [], {}, "")} for each in found]

    def clears(self, value: Value) -> bool:
        return not value

    def write_calls(self, bucket: str, value: Value, live: Value) -> Iterator[Call]:
        """Puts what is missing or different, and deletes what the spec does not name."""
        before = {each["id"]: each for each in live or ()}
        for each in value:
            if before.get(each["id"]) != each:
                named = {"bucket": bucket, "id": each["id"]}
                yield Call("s3", f"PutBucket{self.noun}Configuration", named | {self.member: each})
        for id in before.keys() - {each["id"] for each in value}:
            yield Call("s3", f"DeleteBucket{self.noun}Configuration", {"bucket": bucket, "id": id})


LISTS = (
    Listed("intelligent_tiering_configurations", "IntelligentTiering", "intelligent_tiering_configuration"),
    Listed("inventory_configurations", "Inventory", "inventory_configuration"),
    Listed("metrics_configurations", "Metrics", "metrics_configuration"),
)
