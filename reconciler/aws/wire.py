"""Translation between our snake_case names and AWS's member names, led by botocore's own models.

Only structure members are renamed; the keys of maps (environment variables, attributes) are the user's and stay.
Never invents a name: an unknown member is an error here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from reconciler.errors import ReconcileError
from reconciler.model import Call, Path


def to_wire(value: Any, shape: Shape, path: Path = ()) -> Any:
    """`{"cidr_block": ...}` -> `{"CidrBlock": ...}`.

    Raises ReconcileError for a member the shape does not have.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = _members(shape)
        unknown = [name for name in value if name not in members]
        if unknown:
            where = ".".join(map(str, (*path, unknown[0])))
            raise ReconcileError(f"{shape.name} has no member {where}; it has {', '.join(sorted(members))}")
        return {members[n]: to_wire(v, shape.members[members[n]], (*path, n)) for n, v in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list | tuple):
        return [to_wire(item, shape.member, (*path, index)) for index, item in enumerate(value)]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: to_wire(item, shape.value, (*path, key)) for key, item in value.items()}
    return value


def from_wire(value: Any, shape: Shape | None) -> Any:
    """`{"CidrBlock": ...}` -> `{"cidr_block": ...}`; members the model does not know are left out."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        names = shape.members
        return {_snake(name): from_wire(item, names[name]) for name, item in value.items() if name in names}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [from_wire(item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: from_wire(item, shape.value) for key, item in value.items()}
    return value


def _members(shape: StructureShape) -> dict[str, str]:
    return {_snake(name): name for name in shape.members}


@cache
def _snake(name: str) -> str:
    return xform_name(name)


def operation_names(call: Call) -> tuple[str, str]:
    """(`CreateVpc`, `create_vpc`): the model's name and boto3's method."""
    return call.operation, _snake(call.operation)
