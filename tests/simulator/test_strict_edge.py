"""What WAF and CloudFront refuse, the strict emulator refuses too; what is new they do not know at first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.simulator.aws import EmbeddedAws, start_aws
from reconciler.simulator.strict import Strictness
from tests.simulator.account import Account, refused
from tests.simulator.probes_edge import distribution, update
from tests.simulator.probes_waf import RULE, SEEN, WHO, acl, balancer, ip_set


def delete(account: Account, made: dict[str, Any], noun: str = "web_acl") -> None:
    waf, who = account("wafv2"), {"Scope": "REGIONAL", "Name": made["Name"], "Id": made["Id"]}
    token = getattr(waf, f"get_{noun}")(**who)["LockToken"]
    getattr(waf, f"delete_{noun}")(**who, LockToken=token)


def test_an_acl_in_front_of_a_load_balancer_stays(strict_account: Account) -> None:
    waf, made, arn = strict_account("wafv2"), acl(strict_account), balancer(strict_account)
    waf.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=arn)
    with refused("WAFAssociatedItemException"):
        delete(strict_account, made)
    waf.disassociate_web_acl(ResourceArn=arn)
    delete(strict_account, made)


def test_an_acl_whose_load_balancer_is_gone_may_go(strict_account: Account) -> None:
    made, arn = acl(strict_account), balancer(strict_account)
    strict_account("wafv2").associate_web_acl(WebACLArn=made["ARN"], ResourceArn=arn)
    strict_account("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    delete(strict_account, made)


def test_an_acl_that_a_distribution_carries_stays_until_it_lets_go(strict_account: Account) -> None:
    waf, who = strict_account("wafv2"), {"Name": "edge", "Scope": "CLOUDFRONT"}
    made = acl(strict_account, "edge", Scope="CLOUDFRONT")
    cdn = distribution(strict_account)["Distribution"]["Id"]
    update(strict_account, cdn, WebACLId=made["ARN"])
    with refused("WAFAssociatedItemException"):
        waf.delete_web_acl(**who, Id=made["Id"], LockToken=made["LockToken"])
    update(strict_account, cdn, WebACLId="")
    waf.delete_web_acl(**who, Id=made["Id"], LockToken=made["LockToken"])


def test_an_ip_set_that_a_rule_names_stays(strict_account: Account) -> None:
    office = ip_set(strict_account)
    rule = {**RULE, "Statement": {"IPSetReferenceStatement": {"ARN": office["ARN"]}}}
    made = acl(strict_account, Rules=[rule])
    with refused("WAFAssociatedItemException"):
        delete(strict_account, office, "ip_set")
    delete(strict_account, made)
    delete(strict_account, office, "ip_set")


def test_names_are_taken_once_in_a_scope(strict_account: Account) -> None:
    acl(strict_account)
    ip_set(strict_account)
    with refused("WAFDuplicateItemException"):
        acl(strict_account)
    with refused("WAFDuplicateItemException"):
        ip_set(strict_account)
    acl(strict_account, Scope="CLOUDFRONT")


def test_what_guards_cloudfront_lives_in_one_region(strict_account: Account) -> None:
    import boto3

    keys = {"aws_access_key_id": "simulated", "aws_secret_access_key": "simulated"}
    make: Any = boto3.client
    waf = make("wafv2", region_name="eu-central-1", endpoint_url=strict_account.endpoint, **keys)
    with refused("WAFInvalidParameterException"):
        waf.create_web_acl(Name="e", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN)
    with refused("WAFInvalidParameterException"):
        waf.create_ip_set(Name="e", Scope="CLOUDFRONT", IPAddressVersion="IPV4", Addresses=[])
    for look in (waf.list_web_acls, waf.list_ip_sets):
        with refused("WAFInvalidParameterException"):
            look(Scope="CLOUDFRONT")
    for look in (waf.get_web_acl, waf.get_ip_set):
        with refused("WAFInvalidParameterException"):
            look(Scope="CLOUDFRONT", Name="e", Id="00000000-0000-4000-8000-000000000000")


def test_rules_have_priorities_of_their_own_and_name_what_exists(strict_account: Account) -> None:
    waf, made = strict_account("wafv2"), acl(strict_account)
    sent: Any = {**WHO, "Id": made["Id"], "LockToken": made["LockToken"], "VisibilityConfig": SEEN}
    twice: Any = [RULE, {**RULE, "Name": "again"}]
    missing = f"{made['ARN'].rsplit('/', 3)[0]}/ipset/none/00000000-0000-4000-8000-000000000000"
    nowhere: Any = [{**RULE, "Statement": {"IPSetReferenceStatement": {"ARN": missing}}}]
    for rules, code in ((twice, "WAFInvalidParameterException"), (nowhere, "WAFNonexistentItemException")):
        with refused(code):
            acl(strict_account, "other", Rules=rules)
        with refused(code):
            waf.update_web_acl(**sent, DefaultAction={"Allow": {}}, Rules=rules)


def test_only_load_balancers_that_exist_are_guarded(strict_account: Account) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/none/50dc6c495c0c9188"
    with refused("WAFNonexistentItemException"):
        strict_account("wafv2").associate_web_acl(WebACLArn=acl(strict_account)["ARN"], ResourceArn=arn)


def test_a_log_has_a_name_of_wafs_and_an_acl(strict_account: Account) -> None:
    waf, made = strict_account("wafv2"), acl(strict_account)
    group = "arn:aws:logs:us-east-1:123456789012:log-group:{}"

    def put(acl_arn: str, name: str) -> None:
        waf.put_logging_configuration(
            LoggingConfiguration={"ResourceArn": acl_arn, "LogDestinationConfigs": [group.format(name)]}
        )

    with refused("WAFInvalidParameterException"):
        put(made["ARN"], "shop")
    with refused("WAFNonexistentItemException"):
        put(made["ARN"][:-1] + "x", "aws-waf-logs-shop")
    put(made["ARN"], "aws-waf-logs-shop")


def test_an_alias_belongs_to_one_distribution(strict_account: Account) -> None:
    cdn, aliases = strict_account("cloudfront"), {"Quantity": 1, "Items": ["files.example.com"]}
    first = distribution(strict_account)["Distribution"]
    update(strict_account, first["Id"], Aliases=aliases)
    update(strict_account, first["Id"], Comment="its own alias is no other's")
    config = {**first["DistributionConfig"], "CallerReference": "another"}
    with refused("CNAMEAlreadyExists"):
        cdn.create_distribution(DistributionConfig={**config, "Aliases": aliases})
    with refused("CNAMEAlreadyExists"):
        cdn.create_distribution_with_tags(
            DistributionConfigWithTags={"DistributionConfig": {**config, "Aliases": aliases}, "Tags": {"Items": []}}
        )
    second = cdn.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    with refused("CNAMEAlreadyExists"):
        update(strict_account, second, Aliases=aliases)


# --- not known yet --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forgetful_server() -> Iterator[EmbeddedAws]:
    running = start_aws(strict=Strictness(invisible_reads=2))
    yield running
    running.stop()


@pytest.fixture
def forgetful(forgetful_server: EmbeddedAws) -> Account:
    forgetful_server.reset()
    return Account(forgetful_server.endpoint)


def test_waf_does_not_know_a_new_acl_at_once(forgetful: Account) -> None:
    waf, made = forgetful("wafv2"), acl(forgetful)
    logging: Any = {"ResourceArn": made["ARN"], "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-shop"]}
    for _ in range(2):
        with refused("WAFUnavailableEntityException"):
            waf.put_logging_configuration(LoggingConfiguration=logging)
    waf.put_logging_configuration(LoggingConfiguration=logging)


def test_waf_does_not_know_a_new_set_at_once(forgetful: Account) -> None:
    rule = {**RULE, "Statement": {"IPSetReferenceStatement": {"ARN": ip_set(forgetful)["ARN"]}}}
    for _ in range(2):
        with refused("WAFUnavailableEntityException"):
            acl(forgetful, Rules=[rule])
    acl(forgetful, Rules=[rule])


def test_cloudfront_does_not_know_a_new_acl_at_once(forgetful: Account) -> None:
    cdn = distribution(forgetful)["Distribution"]["Id"]
    made = acl(forgetful, "edge", Scope="CLOUDFRONT")
    for _ in range(2):
        with refused("InvalidWebACLId"):
            update(forgetful, cdn, WebACLId=made["ARN"])
    update(forgetful, cdn, WebACLId=made["ARN"])
