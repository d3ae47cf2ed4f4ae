"""CloudFront's policies: named settings that the behaviors of distributions refer to by id.

AWS cannot tag them, so they are ours by their name, which begins with the stack's and an underscore (no stack name has
one, so those of `demo-staging` are never taken for those of `demo`). Those AWS manages are never listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Unimplemented
from reconciler.kinds import _cloudfront
from reconciler.kinds._cloudfront import call
from reconciler.kinds.base import details, identifier, read, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Unlisted,
    Value,
)

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policy:
    """One sort of policy: `noun` is its member in answers, `one` and `many` are what its operations are called."""

    noun: str
    one: str
    many: str
    settings: tuple[str, ...]

    @property
    def kind(self) -> str:
        return f"cloudfront.{self.noun}"

    @property
    def config(self) -> str:
        return f"{self.noun}_config"

    # --- reading ----------------------------------------------------------------------------------------------------

    def observe(self, resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
        listed = yield from self._listed()
        matches = [(resource, item) for resource in resources for item in listed if self._is_meant(resource, item)]
        answers = yield from self._read([item["id"] for _, item in matches])
        found = {}
        for (resource, item), answer in zip(matches, answers, strict=True):
            if answer is not None:
                ours = item[self.config]["name"].startswith(_prefix(resource.stack)) or bool(resource.adopt)
                found[resource.address] = self._observed(resource.address, answer, resource.stack if ours else None)
        return found

    def owned(self, scope: Scope) -> Reads[Sequence[Observed]]:
        prefix = _prefix(scope.stack)
        named = {item["id"]: item[self.config]["name"] for item in (yield from self._listed())}
        ours = {id: name.removeprefix(prefix) for id, name in named.items() if name.startswith(prefix)}
        answers = yield from self._read(list(ours))
        return [
            self._observed(f"{self.kind}/{name}", answer, scope.stack)
            for name, answer in zip(ours.values(), answers, strict=True)
            if answer is not None
        ]

    def _is_meant(self, resource: Resource, item: Item) -> bool:
        if isinstance(resource.adopt, str):
            return bool(item["id"] == resource.adopt)
        return bool(item[self.config]["name"] == resource.properties["name"])

    def _listed(self) -> Reads[list[Item]]:
        """AWS: botocore has no paginator for these lists."""
        found: list[Item] = []
        page: dict[str, Value] = {"type": "custom"}
        while True:
            try:
                answer = yield from read(call(f"List{self.many}", page))
            except Unimplemented:
                return found  # some emulators have no policies
            listed = (answer or {}).get(f"{self.noun}_list", {})
            found += [item[self.noun] for item in listed.get("items") or ()]
            if not listed.get("next_marker"):
                return found
            page = {**page, "marker": listed["next_marker"]}

    def _read(self, ids: Sequence[str]) -> Reads[Sequence[Properties | None]]:
        """Each by itself: the list leaves out the ETag every write needs."""
        return (yield from read_all([call(f"Get{self.one}", {"id": each}) for each in ids]))

    def _observed(self, address: Address, answer: Properties, stack: str | None) -> Observed:
        """`stack` is None for one that is nobody's."""
        policy = answer[self.noun]
        return Observed(
            address,
            policy["id"],
            _cloudfront.plain(policy[self.config]),
            outputs={"id": policy["id"]},
            tags={STACK_TAG: stack, RESOURCE_TAG: address} if stack else {},
            details={"e_tag": answer["e_tag"]},
        )

    # --- writing ----------------------------------------------------------------------------------------------------

    def create(self, change: Change) -> Iterator[Call]:
        yield call(f"Create{self.one}", {self.config: self._written({}, change.desired)})

    def update(self, change: Change) -> Iterator[Call]:
        live = change.observed.properties if change.observed else {}
        # AWS: an update replaces all of it.
        yield call(f"Update{self.one}", {**_version(change), self.config: self._written(live, change.desired)})

    def delete(self, change: Change) -> Iterator[Call]:
        yield call(f"Delete{self.one}", _version(change))

    def _written(self, live: Properties, declared: Properties) -> dict[str, Value]:
        stated = {name: value for name, value in declared.items() if value is not None}
        whole = _cloudfront.laid_over(live, stated)
        return {name: _cloudfront.counted(whole[name], name) for name in self.settings if name in whole}

    def declaration(self, title: str, rules: Rules) -> Kind:
        return Kind(
            name=self.kind,
            title=title,
            observe=self.observe,
            owned=self.owned,
            create=self.create,
            update=self.update,
            delete=self.delete,
            leftovers=Unlisted("AWS cannot tag it: its name says whose it is"),
            outputs=("id",),
            rules=rules,
            identity=("name",),
            physical_name=PhysicalName("name", limit=128, template="{stack}_{name}"),
        )


def _prefix(stack: str) -> str:
    return f"{stack}_"


def _version(change: Change) -> dict[str, Value]:
    return {"id": identifier(change), "if_match": details(change)["e_tag"]}
