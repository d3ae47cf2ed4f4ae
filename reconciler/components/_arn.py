"""ARNs that are known before anything is made, in every partition of AWS. Pure."""

from __future__ import annotations

from reconciler.components.base import Context


def of_account(service: str, context: Context, rest: str, *, regional: bool = False) -> str:
    """`arn:aws:iam::123456789012:role/x`; with the region in it where the service is regional."""
    return f"arn:{context.partition}:{service}:{context.region if regional else ''}:{context.account}:{rest}"


def aws_policy(context: Context, name: str) -> str:
    """A managed policy that AWS keeps."""
    return f"arn:{context.partition}:iam::aws:policy/{name}"
