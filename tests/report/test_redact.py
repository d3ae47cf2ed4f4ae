"""What must not be seen, and what must stay readable."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from reconciler.model import (
    Action,
    Band,
    Call,
    Change,
    FieldChange,
    Generated,
    Plan,
    Reference,
    Template,
    Unknown,
    Value,
)
from reconciler.report.redact import GENERATED, SENSITIVE, UNKNOWN, Marker, redacted, shown
from tests.report import samples
from tests.report.samples import field, one_change


def update(*fields: FieldChange, calls: tuple[Call, ...] = (), reason: str = "") -> Change:
    address = "rds.db_instance/database"
    return Change(Action.UPDATE, address, samples.resource(address, 1), None, fields, reason, calls)


def only(plan: Plan) -> Change:
    return redacted(plan).changes[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Unknown("vpc.vpc_id"), UNKNOWN),
        (Generated(template='{"password": "{}"}'), GENERATED),
        (Reference("vpc", "vpc_id"), Marker("${vpc.vpc_id}")),
        (Template(("arn:aws:s3:::", Reference("uploads", "bucket"), "/*")), Marker("arn:aws:s3:::${uploads.bucket}/*")),
        (Band("autoscaling", 2, 10), Marker("(owned by autoscaling, 2 to 10)")),
        (Band("pipeline"), Marker("(owned by pipeline, any value)")),
        (float("nan"), Marker("nan")),
        (b"\x00\x01", Marker("(2 bytes)")),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00+00:00"),
        ({"b", "a"}, ["a", "b"]),
        ({"a": (1, Unknown())}, {"a": [1, UNKNOWN]}),
    ],
)
def test_every_value_becomes_json_or_a_marker(value: Value, expected: Value) -> None:
    result = shown(value)
    assert result == expected
    assert type(result) is type(expected)
    json.dumps(result, allow_nan=False)


def test_a_sensitive_field_shows_only_that_it_differs() -> None:
    change = only(one_change(update(field("master_user_password", "hunter2hunter2", "old-old-old", sensitive=True))))
    assert (change.fields[0].desired, change.fields[0].observed) == (SENSITIVE, SENSITIVE)


@pytest.mark.parametrize(("value", "marker"), [(None, None), (Unknown(), UNKNOWN), (Generated(), GENERATED)])
def test_that_a_sensitive_value_is_absent_or_unknown_is_no_secret(value: Value, marker: Value) -> None:
    change = only(one_change(update(field("secret_string", value, "old-secret", sensitive=True))))
    assert change.fields[0].desired == marker


def test_properties_outside_the_field_changes_do_not_survive() -> None:
    address = "rds.db_instance/database"
    declared = samples.resource(address, 1, {"master_user_password": "hunter2hunter2"})
    observed = replace(samples.live(address, "db"), outputs={"endpoint": "e"}, details={"token": "t"}, tags={"a": "b"})
    change = only(one_change(Change(Action.UPDATE, address, declared, observed)))
    assert "hunter2" not in repr(change)
    assert change.resource is not None
    assert change.resource.properties == {}
    assert change.observed is not None
    assert (change.observed.properties, change.observed.outputs, change.observed.details) == ({}, {}, {})


@pytest.mark.parametrize(
    "params",
    [
        {"master_user_password": "other-secret-1"},
        {"SecretString": "other-secret-1"},
        {"nested": [{"auth": {"api_key": "other-secret-1"}}]},
        {"environment": [{"name": "DB_PASSWORD", "value": "other-secret-1"}]},
        {"environment": {"GITHUB_TOKEN": "other-secret-1"}},
        {"name": "/app/key", "value": "other-secret-1", "type": "SecureString"},
        {"url": "postgresql://app:other-secret-1@db.example.com/app"},
        {"secret_string": '{"username": "app", "password": "other-secret-1"}'},
        {"document": '{"username": "app", "password": "other-secret-1"}'},
    ],
)
def test_secrets_in_calls_are_found_by_their_name(params: Value) -> None:
    change = only(one_change(update(calls=(Call("x", "Do", params),))))
    assert "other-secret-1" not in repr(change)
    assert "(sensitive value)" in repr(change)


@pytest.mark.parametrize(
    "params",
    [
        {"client_request_token": "sales-scorecard-1"},
        {"next_token": "abcdef"},
        {"manage_master_user_password": True},
        {"secrets": [{"name": "DB_PASSWORD", "value_from": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"}]},
        {"db_password": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"},
        {"password_policy": "strict"},
        {"kms_key_id": "alias/aws/rds"},
    ],
)
def test_what_is_no_secret_stays_readable_in_calls(params: Value) -> None:
    assert only(one_change(update(calls=(Call("x", "Do", params),)))).calls[0].params == params


def test_a_sensitive_field_hides_its_member_in_the_calls_whatever_its_type() -> None:
    fields = (field("pin", 4711, 1, sensitive=True), field("word", "ab", "cd", sensitive=True))
    call = Call("x", "Do", {"pin": 4711, "other": "ab", "kept": "abc"})
    change = only(one_change(update(*fields, calls=(call,))))
    assert change.calls[0].params == {"pin": SENSITIVE, "other": SENSITIVE, "kept": "abc"}


SECRET = 'hunter2"é/+'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"app:" + SECRET.encode() + b"@host").decode(),
        base64.b64encode(b"ap:" + SECRET.encode()).decode(),
        base64.urlsafe_b64encode(b"x" + SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_other_texts_however_it_is_written(form: str) -> None:
    plan = one_change(update(field("secret_string", SECRET, sensitive=True), reason=f"failed with {form} today"))
    reason = only(plan).reason
    assert "(sensitive value)" in reason
    assert form.strip('"') not in reason
    assert reason.startswith("failed with ")
    assert reason.endswith(" today")


def test_the_user_name_beside_a_password_does_not_hide_words_elsewhere() -> None:
    secret = {"username": "scorecard", "password": "hunter2hunter2"}
    change = only(one_change(update(field("secret", secret, sensitive=True), reason="scorecard: hunter2hunter2")))
    assert change.reason == "scorecard: (sensitive value)"


def test_a_secret_of_one_change_is_masked_in_every_finding() -> None:
    plan = replace(
        one_change(update(field("password", "hunter2hunter2"))),
        findings=(replace(samples.NOTICE, message="is hunter2hunter2", help="not hunter2hunter2"),),
    )
    finding = redacted(plan).findings[0]
    assert (finding.message, finding.help) == ("is (sensitive value)", "not (sensitive value)")


def test_the_last_name_of_a_path_says_that_a_value_is_secret() -> None:
    change = only(one_change(update(field(("environment", "DB_PASSWORD"), "hunter2hunter2"))))
    assert change.fields[0].desired == SENSITIVE


def test_redacting_twice_changes_nothing() -> None:
    once = redacted(samples.PLAN)
    assert redacted(once) == once


def test_addresses_and_places_are_never_masked() -> None:
    plan = one_change(update(field("password", "database")))
    assert only(plan).address == "rds.db_instance/database"


def test_the_secret_in_a_header_to_an_origin_is_hidden_and_the_origin_is_not() -> None:
    header = {"header_name": "X-Origin-Secret", "header_value": "s3kr1t-of-the-cdn"}
    origins = field("origins", [{"domain_name": "api.example.com", "custom_headers": [header]}], None)
    path = ("origins", "[api]", "custom_headers", "[X-Origin-Secret]", "header_value")
    changed = FieldChange(path, "s3kr1t-of-the-cdn", "another-secret")
    text = json.dumps([[each.desired, each.observed] for each in only(one_change(update(origins, changed))).fields])
    assert "s3kr1t" not in text
    assert "another-secret" not in text
    assert "api.example.com" in text
