"""What the words of a `bucket` become: lifecycle rules, keys, logs and notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.specs import expanded, problems

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:jobs"


def bucket(folder: Path, words: str) -> dict[str, Any]:
    found = expanded(folder, f"  files: {{kind: bucket, {words}}}\n").resources
    return dict(found["s3.bucket/files"].properties)


def rules(folder: Path, words: str) -> dict[str, Any]:
    found = bucket(folder, words)["lifecycle_configuration"]["rules"]
    assert all(rule["status"] == "Enabled" and list(rule["filter"]) == ["prefix"] for rule in found)
    return {rule["id"]: rule for rule in found}


def test_a_rule_of_ones_own_stands_beside_those_of_the_bucket(tmp_path: Path) -> None:
    move = "move: [{after_days: 30, to: STANDARD_IA}, {after_days: 365, to: GLACIER}]"
    words = f"name: archive, prefix: old/, {move}, expire_after_days: 730, expire_old_versions_after_days: 7"
    found = rules(tmp_path, f"lifecycle: [{{{words}}}]")
    assert sorted(found) == ["abort-incomplete-uploads", "archive", "expire-old-versions"]
    assert found["archive"] == {
        "id": "archive",
        "status": "Enabled",
        "filter": {"prefix": "old/"},
        "expiration": {"days": 730},
        "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}, {"days": 365, "storage_class": "GLACIER"}],
        "noncurrent_version_expiration": {"noncurrent_days": 7},
    }


def test_unfinished_uploads_and_old_versions_go_when_the_entry_says(tmp_path: Path) -> None:
    found = rules(tmp_path, "abort_uploads_after_days: 2, keep_old_versions_days: 90")
    assert found["abort-incomplete-uploads"]["abort_incomplete_multipart_upload"] == {"days_after_initiation": 2}
    assert found["expire-old-versions"]["noncurrent_version_expiration"] == {"noncurrent_days": 90}


@pytest.mark.parametrize("rule", ["{name: nothing}", "{name: expire, expire_after_days: 1}", "{expire_after_days: 1}"])
def test_a_rule_that_does_nothing_or_takes_a_name_of_ours_is_refused(tmp_path: Path, rule: str) -> None:
    assert problems(tmp_path, f"  files: {{kind: bucket, lifecycle: [{rule}]}}\n")


def test_a_key_of_ones_own_encrypts_with_one_data_key_for_the_bucket(tmp_path: Path) -> None:
    (rule,) = bucket(tmp_path, f"kms_key_arn: '{KEY}'")["server_side_encryption_configuration"]["rules"]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}
    assert rule["bucket_key_enabled"] is True


def test_access_is_logged_below_the_name_of_the_bucket(tmp_path: Path) -> None:
    assert bucket(tmp_path, "log_bucket: our-logs")["bucket_logging_status"] == {
        "logging_enabled": {"target_bucket": "our-logs", "target_prefix": "files/"}
    }
    assert "bucket_logging_status" not in bucket(tmp_path, "versioned: true")


def test_queues_topics_functions_and_event_bridge_hear_of_objects(tmp_path: Path) -> None:
    first = f"{{name: new, queue_arn: '{QUEUE}', prefix: in/, suffix: .pdf}}"
    second = "{name: gone, topic_arn: 'arn:aws:sns:eu-central-1:123456789012:news', events: ['s3:ObjectRemoved:*']}"
    third = "{name: thumb, function_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:thumb'}"
    found = bucket(tmp_path, f"event_bridge: true, notify: [{first}, {second}, {third}]")["notification_configuration"]
    assert found["event_bridge_configuration"] is True
    (told,) = found["queue_configurations"]
    assert (told["id"], told["queue_arn"], told["events"]) == ("new", QUEUE, ["s3:ObjectCreated:*"])
    assert told["filter"]["key"]["filter_rules"] == [
        {"name": "prefix", "value": "in/"},
        {"name": "suffix", "value": ".pdf"},
    ]
    assert found["topic_configurations"][0]["events"] == ["s3:ObjectRemoved:*"]
    assert found["lambda_function_configurations"][0]["lambda_function_arn"].endswith("function:thumb")


def test_notifications_somebody_else_made_are_left_alone_where_the_entry_is_silent(tmp_path: Path) -> None:
    assert "notification_configuration" not in bucket(tmp_path, "versioned: true")
    assert bucket(tmp_path, "notify: []")["notification_configuration"] == {}
