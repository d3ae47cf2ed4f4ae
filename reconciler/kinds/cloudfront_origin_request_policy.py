"""`cloudfront.origin_request_policy`: what of a request the origin gets to see beside what the cache goes by."""

from __future__ import annotations

from reconciler.kinds._cloudfront_policy import Policy
from reconciler.model import Rules

POLICY = Policy(
    "origin_request_policy",
    "OriginRequestPolicy",
    "OriginRequestPolicies",
    ("name", "comment", "headers_config", "cookies_config", "query_strings_config"),
)
KIND = POLICY.declaration(
    "Origin request policy",
    Rules(
        unordered=("headers_config.headers", "cookies_config.cookies", "query_strings_config.query_strings"),
        case_insensitive=("headers_config.headers[]",),
    ),
)
