"""Repairs of moto's EC2: addresses, security group rules, network ACLs, what a deletion leaves behind."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

_CIDR_MEMBERS = ("CidrBlock", "CidrIp", "CidrIpv6")
_TOKEN_MEMBERS = {"ec2": "ClientToken", "ecs": "clientToken", "acm": "IdempotencyToken"}


@repair("ec2:*", because="moto carries out CreateVpc, CreateSubnet and others although DryRun is set")
def dry_run(request: Request, below: Handler) -> Answer:
    if b"DryRun=true" in request.body:
        raise Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    return below(request)


@repair("ec2:*", "ecs:*", "acm:*", because="moto ignores client tokens: a repeated create makes a second object")
def client_tokens(request: Request, below: Handler) -> Answer:
    token = None if request.reads else request.params.get(_TOKEN_MEMBERS[request.service])
    if not token or request.operation == "RunTask":  # which answers with the task as it is by now
        return below(request)
    seen = documents(request, "client_tokens")
    key = f"{request.operation}/{token}"
    if key not in seen:
        answer = below(request)
        if not answer.ok:
            return answer
        seen[key] = answer
    earlier: Answer = seen[key]
    return earlier


@repair("ec2:*", because="moto keeps the host bits of a CIDR; AWS returns the network (10.1.2.3/16 is 10.1.0.0/16)")
def canonical_cidrs(request: Request, below: Handler) -> Answer:
    if request.reads or b"Cidr" not in request.body:
        return below(request)
    form = [(name, _network(value) if name.endswith(_CIDR_MEMBERS) else value) for name, value in _form(request)]
    return below(request.with_body(urlencode(form).encode()))


def _form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode(), keep_blank_values=True)


def _network(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return cidr


# --- security groups ------------------------------------------------------------------------------------------------


def _group_rules(request: Request) -> tuple[Any, str]:
    """The group of a request and the name of the list its direction is kept in."""
    group_id = request.params.get("GroupId") or request.params.get("GroupName", "")
    group = request.backend().get_security_group_by_name_or_id(group_id)
    if group is None:
        raise Refusal("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return group, "egress_rules" if request.operation.endswith("Egress") else "ingress_rules"


def _identity(rule: Any) -> tuple[Any, ...]:
    """What makes two rules the same rule: everything but the description."""
    peers = (rule.cidr_ipv4, rule.cidr_ipv6, rule.source_group.get("GroupId"), rule.prefix_list_id)
    return (rule.ip_protocol, rule.from_port, rule.to_port, *peers)


def _sent_rules(request: Request, group: Any) -> Iterator[Any]:
    """The rules a request names, as moto's rule objects, their description where `description` reads it."""
    for permission in request.params.get("IpPermissions") or [request.params]:
        ranges = [*permission.get("IpRanges", ()), *permission.get("Ipv6Ranges", ())]
        ranges += [{name: permission[name]} for name in ("CidrIp", "CidrIpv6") if name in permission]
        ports = permission.get("FromPort", -1), permission.get("ToPort", -1)
        pairs, prefixes = permission.get("UserIdGroupPairs", []), permission.get("PrefixListIds", [])
        rules = request.backend()._iterate_security_rules(
            permission["IpProtocol"], group.id, *ports, ranges, pairs, prefixes
        )
        for rule in rules:
            _describe(rule, rule.source_group.get("Description") or rule.description)
            yield rule


def _describe(rule: Any, description: str | None) -> None:
    for place in (rule.ip_range, rule.source_group) if rule.source_group else (rule.ip_range,):
        place.pop("Description", None)
        if description:
            place["Description"] = description


@repair("ec2:AuthorizeSecurityGroup*", because="moto accepts a duplicate, answers the last permission only, loses text")
def authorize(request: Request, below: Handler) -> Answer:
    group, direction = _group_rules(request)
    before = {_identity(rule): rule.id for rule in getattr(group, direction)}
    sent = list(_sent_rules(request, group))
    if any(_identity(rule) in before for rule in sent):
        raise Refusal("InvalidPermission.Duplicate", "the specified rule already exists")
    answer = below(request)
    if not answer.ok:
        return answer
    made = [rule for rule in getattr(group, direction) if rule.id not in before.values()]
    for rule in made:
        _describe(rule, rule.source_group.get("Description") or rule.description)
    return written(request, {"Return": True, "SecurityGroupRules": made})


@repair("ec2:RevokeSecurityGroup*", because="moto finds a rule by its description too; AWS only by what it permits")
def revoke(request: Request, below: Handler) -> Answer:
    if request.params.get("SecurityGroupRuleIds"):
        return below(request)
    group, direction = _group_rules(request)
    rules = {_identity(rule): rule for rule in getattr(group, direction)}
    sent = {_identity(rule) for rule in _sent_rules(request, group)}
    if not sent <= rules.keys():
        raise Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    setattr(group, direction, [rule for identity, rule in rules.items() if identity not in sent])
    return written(request, {"Return": True})


@repair("ec2:UpdateSecurityGroupRuleDescriptions*", because="moto changes no description of a rule that names a group")
def update_descriptions(request: Request, below: Handler) -> Answer:
    group, direction = _group_rules(request)
    rules = {_identity(rule): rule for rule in getattr(group, direction)}
    by_id = {rule.id: rule for rule in rules.values()}
    if request.params.get("IpPermissions"):
        wanted = [(rules.get(_identity(rule)), rule.description) for rule in _sent_rules(request, group)]
    else:
        named = request.params.get("SecurityGroupRuleDescriptions", ())
        wanted = [(by_id.get(entry["SecurityGroupRuleId"]), entry.get("Description")) for entry in named]
    if any(rule is None for rule, _ in wanted):
        raise Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    for rule, description in wanted:
        _describe(rule, description)
    return written(request, {"Return": True})


# --- network ACLs ---------------------------------------------------------------------------------------------------


@repair("ec2:CreateNetworkAcl", because="moto's new ACL lacks the two 32767 deny entries every AWS ACL has")
def default_entries(request: Request, below: Handler) -> Answer:
    acls = request.backend().network_acls
    before = set(acls)
    answer = below(request)
    for acl_id in acls.keys() - before:
        _add_deny_entries(request, acl_id)
        return written(request, {"NetworkAcl": acls[acl_id]})
    return answer


def _add_deny_entries(request: Request, acl_id: str) -> None:
    nothing = dict.fromkeys(("icmp_code", "icmp_type", "port_range_from", "port_range_to", "ipv6_cidr_block"))
    for egress in (True, False):
        entry = {"rule_number": 32767, "protocol": "-1", "rule_action": "deny", "cidr_block": "0.0.0.0/0"}
        request.backend().create_network_acl_entry(network_acl_id=acl_id, egress=egress, **entry, **nothing)


@repair("ec2:*NetworkAclEntry", because="moto loses the ICMP type and crashes on an entry that is not there")
def acl_entries(request: Request, below: Handler) -> Answer:
    wanted = request.params["RuleNumber"], request.params["Egress"]
    acl = request.backend().get_network_acl(request.params["NetworkAclId"])

    def found() -> Any:
        return next((entry for entry in acl.entries if (entry.rule_number, entry.egress) == wanted), None)

    if not request.operation.startswith("Create") and found() is None:
        raise Refusal(
            "InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {wanted[0]} does not exist."
        )
    answer = below(request)
    icmp = request.params.get("IcmpTypeCode")
    if answer.ok and icmp:
        found().icmp_type, found().icmp_code = icmp.get("Type"), icmp.get("Code")
    return answer


# --- what a deletion leaves behind ----------------------------------------------------------------------------------


@repair("ec2:DeleteSubnet", because="moto leaves the subnet's route table and ACL associations behind")
def delete_subnet(request: Request, below: Handler) -> Answer:
    answer = below(request)
    subnet_id = request.params["SubnetId"]
    if answer.ok:
        for table in request.backend().route_tables.values():
            for name in [name for name, target in table._associations.items() if target == subnet_id]:
                del table._associations[name]
        for acl in request.backend().network_acls.values():
            for name in [name for name, made in acl._associations.items() if made.subnet_id == subnet_id]:
                del acl._associations[name]
    return answer


@repair("ec2:DeleteVpc", because="moto leaves the VPC's default network ACL behind")
def delete_vpc(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        acls = request.backend().network_acls
        for acl in [acl for acl in acls.values() if acl.vpc_id == request.params["VpcId"]]:
            del acls[acl.id]
    return answer


REPAIRS = declared_in(globals())
