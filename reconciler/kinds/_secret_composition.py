"""Secrets made of another secret's keys: whether they still are what they should be, and how they become it.

Pure. It never sees a value: what a version was made of is told by its id, which is a hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.errors import Refused
from reconciler.kinds.base import details, identifier, token
from reconciler.model import (
    Address,
    Call,
    Change,
    FromSecret,
    Observed,
    Properties,
    Readiness,
    Resource,
    Response,
    Status,
    Unknown,
    Value,
)

PROPERTY = "compose_secret_string"
CURRENT = "AWSCURRENT"


def current(secret: Response, stage: str = CURRENT) -> str | None:
    """The id of the version that carries a staging label; None where the secret has no value."""
    versions: Mapping[str, list[str]] = (secret or {}).get("version_ids_to_stages") or {}
    return next((version for version, stages in versions.items() if stage in stages), None)


def source_of(resource: Resource) -> str | None:
    """The secret it is made of, as far as that is known."""
    arn = (resource.properties.get(PROPERTY) or {}).get("secret_arn")
    return arn if isinstance(arn, str) else None


def added(observed: Observed, resource: Resource, secret: Properties, sources: Mapping[Address, Response]) -> Observed:
    """`observed` with what is to be said of a composed value: the spec's own words where it is up to date."""
    wanted: Properties | None = resource.properties.get(PROPERTY)
    if wanted is None:
        return observed
    live, source = current(secret), sources.get(resource.address)
    version = current(source)
    up_to_date = live is not None and live == _version_id(wanted, version)
    what, why = (wanted, "") if up_to_date else _otherwise(wanted, live, source)
    facts = {
        "source": version,
        "live": live,
        "versions": tuple(secret.get("version_ids_to_stages") or ()),
    }
    return replace(
        observed,
        properties={**observed.properties, PROPERTY: what},
        outputs=observed.outputs if up_to_date else {**observed.outputs, "version_id": Unknown(f"{PROPERTY} changes")},
        status=Status(Readiness.READY, why) if why else observed.status,
        details={**observed.details, "composition": facts},
    )


def _otherwise(wanted: Properties, live: str | None, source: Response) -> tuple[Value, str]:
    """What the live value is instead, in words, and the reason for the change."""
    if live is None:
        return None, "it has no value yet"
    if live == _version_id(wanted, current(source, "AWSPREVIOUS")):
        return "(of an earlier version of its source)", "the secret it is made of was rotated"
    return "(another value)", ""


def _version_id(wanted: Properties, source_version: str | None) -> str | None:
    """AWS: the token a value is put with becomes the id of its version."""
    parts = (wanted.get("template"), wanted.get("secret_arn"), source_version)
    return token("composed", *parts) if all(isinstance(part, str) for part in parts) else None


def composed(change: Change) -> Iterator[Call]:
    """The new value; nothing while its source, or what stands around it, is not known.

    Raises Refused where the source has no value.
    """
    wanted, facts = change.desired[PROPERTY], details(change)["composition"]
    version = _version_id(wanted, facts["source"])
    if isinstance(wanted["secret_arn"], str) and facts["source"] is None:
        raise Refused(
            f"{change.address}: the secret {wanted['secret_arn']} has no value to take",
            help="give it one, or correct `compose_secret_string.secret_arn`",
        )
    if version is None:
        return
    secret = {"secret_id": identifier(change)}
    if version in facts["versions"]:
        # AWS: putting a version that exists changes nothing. The source went back, so this secret goes back with it.
        moved = {"version_stage": CURRENT, "move_to_version_id": version, "remove_from_version_id": facts["live"]}
        yield Call("secretsmanager", "UpdateSecretVersionStage", secret | moved)
    else:
        value = FromSecret(wanted["secret_arn"], template=wanted["template"], version=facts["source"])
        put = {"client_request_token": version, "secret_string": value}
        yield Call("secretsmanager", "PutSecretValue", secret | put)
