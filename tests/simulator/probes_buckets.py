"""What AWS does and moto without our repairs does not: settings of buckets. One function per repair."""

from __future__ import annotations

from typing import Any

from tests.simulator.account import Account, refused

NAME: Any = {"Bucket": "shop-files"}


def _bucket(account: Account) -> Any:
    account("s3").create_bucket(**NAME)
    return account("s3")


def listed_configurations(account: Account) -> None:
    s3 = _bucket(account)
    moves = [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]
    archive = {"Id": "a", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Tierings": moves}
    s3.put_bucket_intelligent_tiering_configuration(**NAME, Id="a", IntelligentTieringConfiguration=archive)
    s3.put_bucket_metrics_configuration(**NAME, Id="m", MetricsConfiguration={"Id": "m"})
    found = s3.list_bucket_intelligent_tiering_configurations(**NAME)
    assert (found["IsTruncated"], found["IntelligentTieringConfigurationList"]) == (False, [archive])
    assert s3.get_bucket_metrics_configuration(**NAME, Id="m")["MetricsConfiguration"] == {"Id": "m"}
    bucket = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::shop-lists", "Format": "CSV"}}
    weekly = {"Id": "w", "IsEnabled": True, "IncludedObjectVersions": "Current", "OptionalFields": ["Size"]}
    inventory = {**weekly, "Schedule": {"Frequency": "Weekly"}, "Destination": bucket}
    s3.put_bucket_inventory_configuration(**NAME, Id="w", InventoryConfiguration=inventory)
    assert s3.list_bucket_inventory_configurations(**NAME)["InventoryConfigurationList"] == [inventory]
    s3.delete_bucket_intelligent_tiering_configuration(**NAME, Id="a")
    assert "IntelligentTieringConfigurationList" not in s3.list_bucket_intelligent_tiering_configurations(**NAME)
    with refused("NoSuchConfiguration"):
        s3.delete_bucket_intelligent_tiering_configuration(**NAME, Id="a")
    s3.delete_bucket(**NAME)
    assert "MetricsConfigurationList" not in _bucket(account).list_bucket_metrics_configurations(**NAME)
    with refused("NoSuchBucket"):
        s3.list_bucket_metrics_configurations(Bucket="missing-files")


def request_payment(account: Account) -> None:
    s3 = _bucket(account)
    assert s3.get_bucket_request_payment(**NAME)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(**NAME, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(**NAME)["Payer"] == "Requester"
