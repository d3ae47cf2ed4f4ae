"""`certificate`: a TLS certificate and the DNS records that prove its domains. Pure.

Without a hosted zone of ours there are no records: the certificate waits, and its outputs say which ones to make.
"""

from __future__ import annotations

from reconciler.components._dns import RECORD, slugs
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties, Value

CERTIFICATE = "acm.certificate"
CLOUDFRONT_REGION = "us-east-1"
OUTPUTS = ("certificate_arn", "validation_record_names", "validation_record_types", "validation_record_values")


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    asked: dict[str, Value] = {
        "domain_name": properties["domain_name"],
        "subject_alternative_names": properties["alternative_names"],
        "validation_method": "DNS",
    }
    if properties.get("key_algorithm"):
        asked["key_algorithm"] = properties["key_algorithm"]
    parts = [Part("", CERTIFICATE, asked)]
    twin = properties["for_cloudfront"] and context.region != CLOUDFRONT_REGION
    if twin:
        parts.append(Part("cloudfront", CERTIFICATE, asked, region=CLOUDFRONT_REGION))
    if properties.get("hosted_zone_id"):
        parts += _proofs(own, properties)
    outputs = {output: own.ref(CERTIFICATE, "", output) for output in OUTPUTS}
    outputs["cloudfront_certificate_arn"] = own.ref(CERTIFICATE, "cloudfront" if twin else "", "certificate_arn")
    return Expansion(tuple(parts), outputs)


def _proofs(own: Naming, properties: Properties) -> list[Part]:
    """AWS: `x` and `*.x` are proven by one record, and so is the certificate of another region for the same domain."""
    names = (properties["domain_name"], *properties["alternative_names"])
    domains = list(dict.fromkeys(name.lower().rstrip(".").removeprefix("*.") for name in names))
    return [
        Part(
            f"proof-{slug}",
            RECORD,
            {
                "hosted_zone_id": properties["hosted_zone_id"],
                "name": own.ref(CERTIFICATE, "", f"validation_record_names.{index}"),
                "type": "CNAME",
                "ttl": 300,
                "resource_records": [own.ref(CERTIFICATE, "", f"validation_record_values.{index}")],
            },
        )
        for index, slug in enumerate(slugs(domains))
    ]


COMPONENT = Component(
    name="certificate",
    title="Certificate with its proof",
    outputs=(*OUTPUTS, "cloudfront_certificate_arn"),
    expand=expand,
    computed=("domain_name", "alternative_names"),
)
