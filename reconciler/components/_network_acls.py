"""The network ACLs of the tiers of a network. ACLs are stateless: answers need rules of their own. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.model import Properties

ANYWHERE = "0.0.0.0/0"
ANSWERS = {"from": 1024, "to": 65535}
"""Where answers to connections made from inside arrive."""

Entries = list[dict[str, Any]]


def public(cidr: str) -> Entries:
    """The network itself, requests on the ports of the web, and answers to what goes out, which is everything."""
    web = [
        _entry(number, "tcp", ANYWHERE, port_range={"from": port, "to": port})
        for number, port in ((200, 80), (210, 443))
    ]
    return [*inside(cidr), *web, *_answers("tcp", "udp"), _entry(200, "-1", ANYWHERE, egress=True)]


def private(cidr: str, *, nat: bool, gateway_endpoints: bool) -> Entries:
    """The network itself; with a NAT gateway also everything out and the answers in.

    AWS: S3 and DynamoDB have public addresses behind a gateway endpoint too.
    """
    if nat:
        return [*inside(cidr), *_answers("tcp", "udp"), _entry(200, "-1", ANYWHERE, egress=True)]
    if gateway_endpoints:
        https = _entry(200, "tcp", ANYWHERE, egress=True, port_range={"from": 443, "to": 443})
        return [*inside(cidr), *_answers("tcp"), https]
    return inside(cidr)


def inside(cidr: str) -> Entries:
    """Traffic of the network only, both ways."""
    return [_entry(100, "-1", cidr, egress=egress) for egress in (False, True)]


def _answers(*protocols: str) -> Entries:
    numbered = zip((300, 310), protocols, strict=False)
    return [_entry(number, protocol, ANYWHERE, port_range=ANSWERS) for number, protocol in numbered]


def _entry(number: int, protocol: str, cidr: str, *, egress: bool = False, **more: Properties) -> dict[str, Any]:
    allowed = {"rule_number": number, "protocol": protocol, "rule_action": "allow", "cidr_block": cidr}
    return {**allowed, "egress": egress, **more}
