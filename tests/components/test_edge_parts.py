"""What `firewall`, `cdn` and `bucket_with_cdn` promise: who is let in, what is cached, who may read the bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reconciler.model import Reference, Resource
from tests.components.test_parts import of_kind, resources
from tests.engine.specs import problems

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/api/50dc6c495c0c9188"


def entry(folder: Path, kind: str, *lines: str) -> dict[str, Resource]:
    return resources(folder, f"  main:\n    kind: {kind}\n" + "".join(f"    {line}\n" for line in lines))


# --- firewall ---------------------------------------------------------------------------------------------------------


def rules(found: dict[str, Resource]) -> dict[str, Any]:
    listed = found["wafv2.web_acl/main"].properties["rules"]
    priorities = [rule["priority"] for rule in listed]
    assert priorities == sorted(set(priorities))
    return {rule["name"]: rule for rule in listed}


def firewall(folder: Path, *lines: str) -> dict[str, Resource]:
    return entry(folder, "firewall", *lines)


def test_a_firewall_asks_awss_rules_and_limits_each_address(tmp_path: Path) -> None:
    found = firewall(tmp_path)
    assert list(rules(found)) == ["rate", "ip-reputation", "known-bad-inputs", "common"]
    assert rules(found)["rate"]["action"] == {"block": {}}
    assert rules(found)["common"]["override_action"] == {"none": {}}
    assert found["wafv2.web_acl/main"].properties["default_action"] == {"allow": {}}
    assert sorted(found) == ["wafv2.web_acl/main"]


def test_uploads_are_not_turned_away_for_their_size(tmp_path: Path) -> None:
    group = rules(firewall(tmp_path))["common"]["statement"]["managed_rule_group_statement"]
    assert group["rule_action_overrides"] == [{"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}]


def test_addresses_become_a_set_of_each_version_and_those_let_in_come_first(tmp_path: Path) -> None:
    lists = "allow_addresses: [203.0.113.0/24, '2001:db8::/32']", "block_addresses: [198.51.100.0/24]"
    found = firewall(tmp_path, *lists)
    sets = {name: each.properties["addresses"] for name, each in of_kind(found, "wafv2.ip_set").items()}
    assert sets == {
        "main-allowed": ["203.0.113.0/24"],
        "main-allowed-v6": ["2001:db8::/32"],
        "main-blocked": ["198.51.100.0/24"],
    }
    assert list(rules(found))[:2] == ["allowed", "blocked"]
    both = rules(found)["allowed"]["statement"]["or_statement"]["statements"]
    assert [each["ip_set_reference_statement"]["arn"] for each in both] == [
        Reference("wafv2.ip_set/main-allowed", "arn"),
        Reference("wafv2.ip_set/main-allowed-v6", "arn"),
    ]
    assert rules(found)["allowed"]["action"] == {"allow": {}}


def test_countries_are_the_only_ones_or_those_kept_out(tmp_path: Path) -> None:
    there = {"geo_match_statement": {"country_codes": ["DE"]}}
    blocked = rules(firewall(tmp_path, "block_countries: [DE]"))["countries"]
    only = rules(firewall(tmp_path, "only_countries: [DE]"))["countries"]
    assert blocked["statement"] == there
    assert only["statement"] == {"not_statement": {"statement": there}}
    assert problems(tmp_path, "  main: {kind: firewall, only_countries: [DE], block_countries: [AT]}\n")


def test_a_firewall_that_only_counts_turns_nobody_away(tmp_path: Path) -> None:
    everything = "block_addresses: [198.51.100.0/24]", "block_countries: [DE]", "count_only: true"
    for rule in rules(firewall(tmp_path, *everything)).values():
        assert rule.get("action", rule.get("override_action")) == {"count": {}}


def test_there_is_no_limit_where_none_is_wanted(tmp_path: Path) -> None:
    assert "rate" not in rules(firewall(tmp_path, "rate_limit: 0"))
    assert problems(tmp_path, "  main: {kind: firewall, rate_limit: 5}\n")


def test_it_stands_in_front_of_each_load_balancer_it_names(tmp_path: Path) -> None:
    found = of_kind(firewall(tmp_path, f"protects: ['{BALANCER}', '{BALANCER}1']"), "wafv2.web_acl_association")
    assert {name: each.properties["resource_arn"] for name, each in found.items()} == {
        "main-protection-1": BALANCER,
        "main-protection-2": f"{BALANCER}1",
    }


def test_the_log_has_the_name_waf_wants_and_keeps_no_credentials(tmp_path: Path) -> None:
    found = firewall(tmp_path, "log: blocked")
    group = found["logs.log_group/main-logs"]
    logging = found["wafv2.logging_configuration/main-logging"].properties
    assert group.properties["log_group_name"] == "aws-waf-logs-shop-main"
    assert group.region == "eu-central-1"
    assert logging["redacted_fields"] == [
        {"single_header": {"name": "authorization"}},
        {"single_header": {"name": "cookie"}},
    ]
    assert logging["logging_filter"]["default_behavior"] == "DROP"
    assert "logging_filter" not in firewall(tmp_path, "log: all")["wafv2.logging_configuration/main-logging"].properties


def test_what_guards_cloudfront_logs_where_cloudfront_is(tmp_path: Path) -> None:
    found = firewall(tmp_path, "scope: cloudfront", "log: all")
    assert found["logs.log_group/main-logs"].region == "us-east-1"
    assert found["wafv2.web_acl/main"].properties["scope"] == "CLOUDFRONT"
    assert problems(tmp_path, f"  main: {{kind: firewall, scope: cloudfront, protects: ['{BALANCER}']}}\n")


# --- distributions ----------------------------------------------------------------------------------------------------

SERVICE = "origin_domain_name: api.example.com"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/00000000-0000-4000-8000-000000000000"


def distribution(found: dict[str, Resource]) -> Any:
    return found["cloudfront.distribution/main-cdn"].properties


def test_every_request_is_passed_on_and_only_named_paths_are_cached(tmp_path: Path) -> None:
    live = distribution(entry(tmp_path, "cdn", SERVICE, "cached_paths: [/assets/*]"))
    default, (assets,) = live["default_cache_behavior"], live["cache_behaviors"]
    assert set(default["allowed_methods"]) > {"POST", "DELETE"}
    assert default["cache_policy_id"] != assets["cache_policy_id"]
    assert (assets["path_pattern"], assets["target_origin_id"]) == ("/assets/*", "service")
    assert live["origins"][0]["custom_origin_config"]["origin_protocol_policy"] == "https-only"


def test_a_service_can_tell_that_a_request_comes_from_the_cdn(tmp_path: Path) -> None:
    live = distribution(
        entry(tmp_path, "cdn", SERVICE, "origin_headers: {X-From: cdn}", "origin_shield_region: eu-central-1")
    )
    (origin,) = live["origins"]
    assert origin["custom_headers"] == [{"header_name": "X-From", "header_value": "cdn"}]
    assert origin["origin_shield"] == {"enabled": True, "origin_shield_region": "eu-central-1"}


def test_a_bucket_beside_the_service_is_read_by_this_distribution_only(tmp_path: Path) -> None:
    text = (
        "  uploads: {kind: bucket}\n"
        f"  main: {{kind: cdn, {SERVICE}, files: '${{uploads}}', files_paths: [/files/*]}}\n"
    )
    found = resources(tmp_path, text)
    (behavior,) = distribution(found)["cache_behaviors"]
    assert (behavior["path_pattern"], behavior["target_origin_id"]) == ("/files/*", "files")
    policy = found["s3.bucket_policy/main-policy"].properties
    (statement,) = policy["policy"]["Statement"]
    arn = Reference("cloudfront.distribution/main-cdn", "arn")
    assert policy["bucket"] == Reference("s3.bucket/uploads", "bucket")
    assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}


def test_a_firewall_is_put_on_a_distribution_and_taken_off_it(tmp_path: Path) -> None:
    for kind, more in (("cdn", [SERVICE]), ("bucket_with_cdn", [])):
        assert "web_acl_id" not in distribution(entry(tmp_path, kind, *more))
        assert distribution(entry(tmp_path, kind, *more, f"web_acl_arn: {WEB_ACL}"))["web_acl_id"] == WEB_ACL
        assert distribution(entry(tmp_path, kind, *more, "web_acl_arn: ''"))["web_acl_id"] == ""


def test_responses_carry_careful_headers_unless_they_should_not(tmp_path: Path) -> None:
    for kind, more in (("cdn", [SERVICE]), ("bucket_with_cdn", [])):

        def policy(*lines: str, kind: str = kind, more: list[str] = more) -> Any:
            found = distribution(entry(tmp_path, kind, *more, *lines))
            return found["default_cache_behavior"]["response_headers_policy_id"]

        assert policy() == "67f7725c-6f97-4210-82d7-5512b31e9d03"
        assert policy("security_headers: false") == ""
        own = Reference("cloudfront.response_headers_policy/main-headers", "id")
        assert policy("content_security_policy: default-src 'self'") == own


def test_countries_are_served_or_not(tmp_path: Path) -> None:
    def of(*lines: str) -> Any:
        return distribution(entry(tmp_path, "cdn", SERVICE, *lines))["restrictions"]["geo_restriction"]

    assert of() == {"restriction_type": "none", "items": []}
    assert of("only_countries: [DE]") == {"restriction_type": "whitelist", "items": ["DE"]}
    assert of("block_countries: [DE]") == {"restriction_type": "blacklist", "items": ["DE"]}
