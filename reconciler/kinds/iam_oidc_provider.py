"""`iam.oidc_provider`: lets an identity provider outside AWS (GitHub Actions) vouch for whom a role trusts.

An account has one for each URL, so others may use it too. It never deletes one that roles of others trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds._iam import ALL_ROLES, Item, roles
from reconciler.kinds._policy import from_json
from reconciler.kinds.base import (
    address_of,
    details,
    identifier,
    missing_tags,
    partition,
    pick,
    read,
    read_all,
    tag_list,
    tag_map,
)
from reconciler.model import (
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Value,
)

SCHEME = "https://"


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    everything, *answers = yield from read_all([ALL_ROLES, *(_get(_arn(resource)) for resource in resources)])
    return {
        resource.address: _observed(resource.address, _arn(resource), answer, everything)
        for resource, answer in zip(resources, answers, strict=True)
        if answer is not None
    }


def _arn(resource: Resource) -> str:
    host = str(resource.properties["url"]).removeprefix(SCHEME).rstrip("/")
    return f"arn:{partition(resource.region)}:iam::{resource.account}:oidc-provider/{host}"


def _get(arn: str) -> Call:
    return Call("iam", "GetOpenIDConnectProvider", {"open_id_connect_provider_arn": arn})


def _observed(address: Address, arn: str, provider: Item, everything: Response) -> Observed:
    # AWS: keeps the URL without its scheme.
    url = SCHEME + provider["url"].removeprefix(SCHEME)
    clients, tags = list(provider.get("client_id_list") or ()), tag_map(provider.get("tags"))
    return Observed(
        address,
        arn,
        {"url": url, "client_id_list": clients, "thumbprint_list": list(provider.get("thumbprint_list") or ())},
        outputs={"arn": arn, "url": url},
        tags=tags,
        details={"clients": clients, "trusting": _trusting(arn, tags.get(STACK_TAG), everything)},
    )


def _trusting(arn: str, stack: str | None, everything: Response) -> list[str]:
    """The roles of others that trust the provider."""
    return sorted(
        role["role_name"]
        for role in roles(everything)
        if arn in _federated(from_json(role.get("assume_role_policy_document")))
        and tag_map(role.get("tags")).get(STACK_TAG) != stack
    )


def _federated(policy: Any) -> set[str]:
    """The providers a trust policy names."""
    found: set[str] = set()
    for statement in _as_list((policy or {}).get("Statement", [])):
        principal = statement.get("Principal", {})
        found |= set(_as_list(principal.get("Federated", []))) if isinstance(principal, Mapping) else set()
    return found


def _as_list(value: Value) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    # AWS: the list leaves the tags out.
    listed = yield from read(Call("iam", "ListOpenIDConnectProviders"))
    arns = [provider["arn"] for provider in (listed or {}).get("open_id_connect_provider_list", ())]
    everything, *answers = yield from read_all([ALL_ROLES, *map(_get, arns)])
    found = []
    for arn, provider in zip(arns, answers, strict=True):
        address = address_of(tag_map((provider or {}).get("tags")), scope.stack, KIND.name)
        if provider is not None and address is not None:
            found.append(_observed(address, arn, provider, everything))
    return found


def create(change: Change) -> Iterator[Call]:
    params = pick(change.desired, "url", "client_id_list", "thumbprint_list")
    yield Call("iam", "CreateOpenIDConnectProvider", params | {"tags": tag_list(change.tags)})


def update(change: Change) -> Iterator[Call]:
    arn = {"open_id_connect_provider_arn": identifier(change)}
    if change.touches("client_id_list"):
        live, wanted = details(change)["clients"], change.desired["client_id_list"]
        for client in wanted:
            if client not in live:
                yield Call("iam", "AddClientIDToOpenIDConnectProvider", {**arn, "client_id": client})
        for client in live:
            if client not in wanted:
                yield Call("iam", "RemoveClientIDFromOpenIDConnectProvider", {**arn, "client_id": client})
    if change.touches("thumbprint_list"):
        params = arn | pick(change.desired, "thumbprint_list")
        yield Call("iam", "UpdateOpenIDConnectProviderThumbprint", params)


def retag(change: Change) -> Iterator[Call]:
    tags = missing_tags(change)
    if tags:
        params = {"open_id_connect_provider_arn": identifier(change), "tags": tag_list(tags)}
        yield Call("iam", "TagOpenIDConnectProvider", params)


def delete(change: Change) -> Iterator[Call]:
    """AWS: deletes it although roles trust it; nobody could take those on any more."""
    trusting = details(change)["trusting"]
    if trusting:
        raise Refused(
            f"{identifier(change)} is trusted by roles of others: {', '.join(trusting)}",
            help="let go of it with `removed: [{name: ..., keep: true}]`, or delete those roles first",
        )
    yield Call("iam", "DeleteOpenIDConnectProvider", {"open_id_connect_provider_arn": identifier(change)})


KIND = Kind(
    name="iam.oidc_provider",
    title="OIDC provider",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("iam:oidc-provider/*"),
    retag=retag,
    outputs=("arn", "url"),
    rules=Rules(create_only=("url",), unordered=("client_id_list", "thumbprint_list")),
    identity=("url",),
)
