"""Repairs of moto's ways out of a VPC: elastic addresses, NAT gateways, VPC endpoints, and flow logs beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote_plus

from reconciler.simulator.repair import declared_in, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

_ITEM = re.compile(rb"<item>(?:(?!</?item>).)*</item>", re.DOTALL)
_TARGET = re.compile(rb"<\w+Id>((?:nat|igw|eni)-\w+)</")

# --- elastic addresses ------------------------------------------------------------------------------------------------


@repair("ec2:AllocateAddress", because="moto forgets where an address comes from and where it is announced")
def addresses(request: Request, below: Handler) -> Answer:
    known = {found.allocation_id for found in request.backend().addresses}
    answer = below(request)
    for address in request.backend().addresses:
        if address.allocation_id not in known:
            address.public_ipv4_pool = request.params.get("PublicIpv4Pool", "amazon")
            address.network_border_group = request.params.get("NetworkBorderGroup", request.region)
    return answer


# --- NAT gateways -----------------------------------------------------------------------------------------------------


@repair("ec2:CreateNatGateway", because="moto forgets the addresses asked for, and needs no internet gateway")
def nat_gateways(request: Request, below: Handler) -> Answer:
    gateways, params = request.backend().nat_gateways, request.params
    before = set(gateways)
    answer = below(request)
    for gateway in [gateways[id] for id in gateways.keys() - before]:
        gateway.connectivity_type = params.get("ConnectivityType", "public")
        gateway.address_set[0] |= {"isPrimary": True, "status": "succeeded"}
        gateway.address_set[0]["privateIp"] = params.get("PrivateIpAddress") or gateway.private_ip
        private = params.get("SecondaryPrivateIpAddresses", [])
        _add_addresses(request, gateway, params.get("SecondaryAllocationIds", []), private)
        _fail_without_a_way_out(request, gateway)
        return written(request, {"NatGateway": gateway})
    return answer


def _fail_without_a_way_out(request: Request, gateway: Any) -> None:
    attached = {found.vpc.id for found in request.backend().internet_gateways.values() if found.vpc}
    if gateway.connectivity_type == "public" and gateway.vpc_id not in attached:
        gateway.state, gateway.failure_code = "failed", "Gateway.NotAttached"
        gateway.failure_message = f"Network {gateway.vpc_id} has no Internet gateway attached"


def _add_addresses(request: Request, gateway: Any, allocations: Sequence[str], private: Sequence[str]) -> None:
    for index in range(max(len(allocations), len(private))):
        made = {"networkInterfaceId": gateway._eni.id, "isPrimary": False, "status": "succeeded"}
        made["privateIp"] = private[index] if index < len(private) else f"{gateway.private_ip}{index + 1}"
        if index < len(allocations):
            sent = {"eni": gateway._eni, "allocation_id": allocations[index]}
            address = request.backend().associate_address(**sent)
            made |= {"allocationId": allocations[index], "publicIp": address.public_ip}
            made["associationId"] = address.association_id
        gateway.address_set.append(made)


def _gateway(request: Request) -> Any:
    id = request.params["NatGatewayId"]
    gateway = request.backend().nat_gateways.get(id)
    if gateway is None or gateway.state == "deleted":
        raise Refusal("NatGatewayNotFound", f"The Nat Gateway {id} was not found")
    return gateway


@repair("ec2:*NatGatewayAddress", because="moto does not know the secondary addresses of a NAT gateway")
def nat_gateway_addresses(request: Request, below: Handler) -> Answer:
    gateway, params = _gateway(request), request.params
    private = params.get("PrivateIpAddresses", [])
    if request.operation.startswith(("Associate", "Assign")):
        _add_addresses(request, gateway, params.get("AllocationIds", []), private)
    else:
        named = {*private, *params.get("AssociationIds", [])}
        for address in [each for each in gateway.address_set if named & {each["privateIp"], each.get("associationId")}]:
            gateway.address_set.remove(address)
            _let_go(request, address)
    return written(request, {"NatGatewayId": gateway.id, "NatGatewayAddresses": gateway.address_set})


def _let_go(request: Request, address: dict[str, Any]) -> None:
    if address.get("associationId"):
        request.backend().disassociate_address(association_id=address["associationId"])


@repair("ec2:DeleteNatGateway", because="moto never frees the address and interface of a deleted NAT gateway")
def delete_nat_gateway(request: Request, below: Handler) -> Answer:
    gateway = _gateway(request)
    answer = below(request)
    for address in gateway.address_set:
        _let_go(request, address)
    request.backend().enis.pop(gateway._eni.id, None)
    return answer


@repair("ec2:DescribeRouteTables", because="moto shows a route as active although what it leads to is gone")
def blackholes(request: Request, below: Handler) -> Answer:
    answer, backend = below(request), request.backend()
    living = {id for id, found in backend.nat_gateways.items() if found.state in ("pending", "available")}
    living |= {id for id, found in backend.internet_gateways.items() if found.vpc} | set(backend.enis)

    def judged(item: re.Match[bytes]) -> bytes:
        target = _TARGET.search(item[0])
        dead = target is not None and target[1].decode() not in living
        return item[0].replace(b"<state>active", b"<state>blackhole") if dead else item[0]

    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, _ITEM.sub(judged, answer.body))


# --- VPC endpoints ----------------------------------------------------------------------------------------------------


@repair("ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint", because="moto forgets what an endpoint is told about names")
def endpoint_settings(request: Request, below: Handler) -> Answer:
    endpoints, params = request.backend().vpc_end_points, request.params
    before = set(endpoints)
    answer = below(request)
    changed = {params.get("VpcEndpointId"), *(endpoints.keys() - before)} if answer.ok else set()
    for endpoint in [endpoints[id] for id in changed if id in endpoints]:
        interfaces = endpoint.vpc_endpoint_type == "Interface"
        if endpoint.id not in before:
            endpoint.vpc_endpoint_type = endpoint.vpc_endpoint_type or "Gateway"
            endpoint.private_dns_enabled = params.get("PrivateDnsEnabled", True) and interfaces
            endpoint.ip_address_type = "ipv4" if interfaces else None
            endpoint.dns_options = {"DnsRecordIpType": "ipv4"} if interfaces else None
            endpoint.security_group_ids = endpoint.security_group_ids or _default_group(request, endpoint, interfaces)
        _set(endpoint, params)
    return answer


def _default_group(request: Request, endpoint: Any, interfaces: bool) -> list[str]:
    return [request.backend().get_default_security_group(endpoint.vpc_id).id] if interfaces else []


def _set(endpoint: Any, params: dict[str, Any]) -> None:
    endpoint.ip_address_type = params.get("IpAddressType", endpoint.ip_address_type)
    endpoint.private_dns_enabled = params.get("PrivateDnsEnabled", endpoint.private_dns_enabled)
    if "DnsOptions" in params:
        endpoint.dns_options = (endpoint.dns_options or {}) | params["DnsOptions"]
    if params.get("ResetPolicy"):
        endpoint.policy_document = type(endpoint).DEFAULT_POLICY


@repair("ec2:ModifyVpcEndpoint", because="moto routes nothing to an endpoint that joins a route table, or leaves one")
def endpoint_routes(request: Request, below: Handler) -> Answer:
    answer = below(request)
    backend, params = request.backend(), request.params
    endpoint = backend.vpc_end_points.get(params["VpcEndpointId"])
    if answer.ok and endpoint.destination_prefix_list_id:
        prefixes = endpoint.destination_prefix_list_id
        for table in params.get("AddRouteTableIds", []):
            backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
        for table in params.get("RemoveRouteTableIds", []):
            backend.delete_route(table, prefixes)
    return answer


@repair("ec2:DeleteVpcEndpoints", because="moto says nothing of endpoints that do not exist; AWS lists them, with 200")
def delete_vpc_endpoints(request: Request, below: Handler) -> Answer:
    living = {id for id, found in request.backend().vpc_end_points.items() if found.state != "deleted"}
    wanted = request.params["VpcEndpointIds"]
    named = [f"VpcEndpointId.{number + 1}={id}" for number, id in enumerate(id for id in wanted if id in living)]
    answer = below(request.with_body("&".join(["Action=DeleteVpcEndpoints&Version=2016-11-15", *named]).encode()))
    missing = [_unsuccessful(id, "InvalidVpcEndpoint.NotFound", "does not exist") for id in wanted if id not in living]
    return written(request, {"Unsuccessful": missing}) if answer.ok else answer


def _unsuccessful(id: str, code: str, text: str) -> dict[str, Any]:
    return {"ResourceId": id, "Error": {"Code": code, "Message": f"{id} {text}"}}


# --- flow logs --------------------------------------------------------------------------------------------------------


@repair("ec2:CreateFlowLogs", because="moto takes a folder for a bucket, and forgets how files are made")
def flow_logs(request: Request, below: Handler) -> Answer:
    params, logs = request.params, request.backend().flow_logs
    destination = params.get("LogDestination", "")
    taken = [_unsuccessful(id, "FlowLogAlreadyExists", "has such a flow log") for id in _taken(request)]
    if taken:
        return written(request, {"FlowLogIds": [], "Unsuccessful": taken})
    before = set(logs)
    bucket = destination.split("/")[0]
    body = request.body.replace(quote_plus(destination).encode(), quote_plus(bucket).encode()) if bucket else None
    answer = below(request.with_body(body) if body else request)
    for log in [logs[id] for id in logs.keys() - before]:
        log.log_destination = destination or None
        log.destination_options = params.get("DestinationOptions")
    return answer


def _taken(request: Request) -> Iterator[str]:
    wanted = request.params.get("LogGroupName"), request.params.get("LogDestination")
    for log in request.backend().flow_logs.values():
        if log.resource_id in request.params["ResourceIds"] and (log.log_group_name, log.log_destination) == wanted:
            yield log.resource_id


REPAIRS = declared_in(globals())
