"""What kinds ask the Resource Groups Tagging API: which objects of a type carry the stack's tag. It never writes.

AWS: it lags and lists ghosts, so the objects themselves are asked too.
"""

from __future__ import annotations

from reconciler.errors import Denied
from reconciler.kinds.base import read
from reconciler.model import STACK_TAG, Call, Reads


def candidates(stack: str, resource_type: str) -> Reads[list[str] | None]:
    """The ARNs it lists; None where we may not ask it, so that the service itself has to be asked."""
    params = {"resource_type_filters": [resource_type], "tag_filters": [{"key": STACK_TAG, "values": [stack]}]}
    try:
        response = yield from read(Call("resourcegroupstaggingapi", "GetResources", params))
    except Denied:
        return None
    return [item["resource_arn"] for item in (response or {}).get("resource_tag_mapping_list", ())]
