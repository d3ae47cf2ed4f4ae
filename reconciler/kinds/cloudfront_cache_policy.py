"""`cloudfront.cache_policy`: what the cache goes by, and for how long. It empties no cache."""

from __future__ import annotations

from reconciler.kinds._cloudfront_policy import Policy
from reconciler.model import Rules

KEY = "parameters_in_cache_key_and_forwarded_to_origin"
LISTS = (f"{KEY}.headers_config.headers", f"{KEY}.cookies_config.cookies", f"{KEY}.query_strings_config.query_strings")
POLICY = Policy(
    "cache_policy", "CachePolicy", "CachePolicies", ("name", "comment", "default_ttl", "max_ttl", "min_ttl", KEY)
)
KIND = POLICY.declaration("Cache policy", Rules(unordered=LISTS, case_insensitive=(f"{KEY}.headers_config.headers[]",)))
