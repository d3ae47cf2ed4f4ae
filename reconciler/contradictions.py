"""What a spec says that cannot all be true: two resources of one address, a rename from something that is still there,
a `removed:` entry for something declared, two sources of one password. Pure; used by expand.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import Problem
from reconciler.kinds.registry import kind
from reconciler.model import Address, Reference, Resource
from reconciler.spec.stack import Stack


def contradictions(resource: Resource, others: Mapping[Address, Resource], stack: Stack) -> list[Problem]:
    """What is wrong with one resource beside those expanded before it."""
    return [
        *_same_address(resource, others),
        *_untaggable(resource, stack),
        *_two_values(resource),
        *_replica_of_managed(resource, others),
    ]


def _same_address(resource: Resource, others: Mapping[Address, Resource]) -> list[Problem]:
    other = others.get(resource.address)
    if other is None:
        return []
    return [
        Problem(
            "RC1406",
            f"two entries make the same object `{resource.address}`",
            resource.place,
            help="give one of them another name: a component's parts are named `entry-part`",
            related=((other.place, "it is also made here"),),
        )
    ]


def _untaggable(resource: Resource, stack: Stack) -> list[Problem]:
    """AWS cannot tag it, so it is ours by its name or parent: it can carry no protection, and no foreign name."""
    declared = kind(resource.kind)
    if declared.retag is not None or resource.kind == "data.migration":
        return []
    problems = []
    if resource.protect:
        place = resource.place_of(("protect",))
        help = "protect what it belongs to"
        problems.append(Problem("RC1407", f"a {resource.kind} has no tags and cannot be protected", place, help=help))
    rule = declared.physical_name
    if rule is not None and not resource.adopt:
        prefix = rule.template.split("{name}")[0].format(stack=stack.name)
        if not str(resource.properties[rule.property]).startswith(prefix):
            place = resource.place_of((rule.property,))
            help = f"start it with `{prefix}`, or leave it out"
            message = f"a {resource.kind} has no tags, so its name must say that it is this stack's"
            problems.append(Problem("RC1408", message, place, help=help))
    return problems


_TWO_VALUES = {
    "rds.db_instance": (
        "manage_master_user_password",
        "master_user_password",
        "RDS makes the password itself: write `manage_master_user_password: false` to give one",
    ),
    "secretsmanager.secret": (
        "generate_secret_string",
        "compose_secret_string",
        "a secret has one value: take one of them out",
    ),
}
"""Properties that exclude each other, and what to do about it."""


def _two_values(resource: Resource) -> list[Problem]:
    one, other, help = _TWO_VALUES.get(resource.kind, ("", "", ""))
    if not (resource.properties.get(one) and resource.properties.get(other)):
        return []
    message = f"`{one}` and `{other}` exclude each other"
    return [Problem("RC1421", message, resource.place_of((other,)), help=help)]


def _replica_of_managed(resource: Resource, others: Mapping[Address, Resource]) -> list[Problem]:
    """AWS: an instance whose password RDS manages can have no read replicas (SQL Server aside)."""
    source = resource.properties.get("source_db_instance_identifier")
    managed = others.get(source.target) if isinstance(source, Reference) else None
    if managed is None or not managed.properties.get("manage_master_user_password"):
        return []
    return [
        Problem(
            "RC1422",
            f"`{managed.name}` can have no read replica as long as RDS manages its password",
            resource.place_of(("source_db_instance_identifier",)),
            help="write `manage_master_user_password: false` there, or do without the replica",
            related=((managed.place_of(("manage_master_user_password",)), "it is declared here"),),
        )
    ]


def afterthoughts(resources: Mapping[Address, Resource], stack: Stack) -> list[Problem]:
    """What contradicts the whole: `removed:` and `renamed_from:` about something that is declared."""
    problems = [
        Problem(
            "RC1409",
            f"`{word.name}` is removed and declared at once",
            word.place or resource.place,
            help="take the `removed:` entry out: it would disarm the protection of what is declared",
            related=((resource.place, "it is declared here"),),
        )
        for word in stack.removed
        for resource in resources.values()
        if word.name in (resource.address, resource.name)
    ]
    for resource in resources.values():
        first = resources.get(resource.renamed_from or "")
        if first is not None:
            place = resource.place_of(("renamed_from",))
            message = f"`{resource.address}` cannot be renamed from `{first.address}`, which is declared"
            related = ((first.place, "it is declared here"),)
            problems.append(Problem("RC1410", message, place, help="take `renamed_from` out", related=related))
    return problems
