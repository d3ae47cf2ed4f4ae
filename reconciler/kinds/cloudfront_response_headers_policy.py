"""`cloudfront.response_headers_policy`: headers that are put on responses, and taken off them."""

from __future__ import annotations

from reconciler.kinds._cloudfront_policy import Policy
from reconciler.model import Rules

LISTS = ("allow_origins", "allow_headers", "allow_methods", "expose_headers")
POLICY = Policy(
    "response_headers_policy",
    "ResponseHeadersPolicy",
    "ResponseHeadersPolicies",
    (
        "name",
        "comment",
        "cors_config",
        "security_headers_config",
        "server_timing_headers_config",
        "custom_headers_config",
        "remove_headers_config",
    ),
)
KIND = POLICY.declaration(
    "Response headers policy",
    Rules(
        unordered=tuple(f"cors_config.access_control_{name}" for name in LISTS),
        keyed={"custom_headers_config": "header", "remove_headers_config": "header"},
        exclusive=("security_headers_config",),
    ),
)
