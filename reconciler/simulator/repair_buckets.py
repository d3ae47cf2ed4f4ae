"""Repairs of moto's S3: settings of buckets that it does not keep. It never sees an object."""

from __future__ import annotations

from typing import Any

from reconciler.simulator.repair import declared_in, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written


def _kept(request: Request) -> dict[str, Any]:
    """What we keep of a bucket; it goes with the bucket."""
    bucket = request.backend().buckets.get(request.params["Bucket"])
    if bucket is None:
        raise Refusal("NoSuchBucket", "The specified bucket does not exist", 404)
    kept: dict[str, Any] = vars(bucket).setdefault("simulated", {})
    return kept


_NOUNS = ("IntelligentTiering", "Inventory", "Metrics")


@repair(
    "s3:*BucketIntelligentTieringConfiguration*",
    "s3:*BucketInventoryConfiguration*",
    "s3:*BucketMetricsConfiguration*",
    because="moto has no archiving and no metrics of a bucket, and lists all versions in every inventory",
)
def listed_configurations(request: Request, below: Handler) -> Answer:
    noun = next(each for each in _NOUNS if each in request.operation)
    found: dict[str, Any] = _kept(request).setdefault(noun, {})
    if request.operation.startswith("List"):
        return written(request, {"IsTruncated": False, f"{noun}ConfigurationList": list(found.values())})
    id = request.params["Id"]
    if request.operation.startswith("Put"):
        found[id] = request.params[f"{noun}Configuration"]
        return written(request, {})
    if id not in found:
        raise Refusal("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    return written(request, {f"{noun}Configuration": found[id]} if request.reads else found.pop(id) and {})


@repair("s3:*BucketRequestPayment", because="moto always bills the owner of a bucket")
def request_payment(request: Request, below: Handler) -> Answer:
    kept = _kept(request)
    if request.reads:
        return written(request, {"Payer": kept.get("Payer", "BucketOwner")})
    kept["Payer"] = request.params["RequestPaymentConfiguration"]["Payer"]
    return written(request, {})


REPAIRS = declared_in(globals())
