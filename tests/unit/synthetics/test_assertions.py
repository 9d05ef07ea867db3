from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.synthetics.assertions import Measured, compare, evaluate, unsupported

FOUND = Measured(
    status=200,
    headers={"content-type": "application/json", "x-count": "7"},
    body='{"items": [{"id": 1, "ok": true}, {"id": 2, "ok": false}], "name": "a"}',
    raw_body=b"hello",
    timings={"dns": 20.0, "total": 120.0},
    connection="established",
    records={"A": ["192.0.2.1", "192.0.2.2"]},
    certificate={"issuer": {"CN": "x"}},
    days_left=30.0,
    tls_version="TLSv1.2",
)


@pytest.mark.parametrize(
    ("assertion", "valid"),
    [
        ({"type": "statusCode", "operator": "is", "target": 200}, True),
        ({"type": "statusCode", "operator": "is", "target": "200"}, True),
        ({"type": "statusCode", "operator": "isNot", "target": 200}, False),
        ({"type": "statusCode", "operator": "matches", "target": "^2.."}, True),
        (
            {"type": "header", "operator": "is", "property": "Content-Type", "target": "application/json"},
            True,
        ),
        ({"type": "header", "operator": "moreThan", "property": "x-count", "target": 6}, True),
        ({"type": "header", "operator": "is", "property": "missing", "target": "x"}, False),
        ({"type": "header", "operator": "isUndefined", "property": "missing"}, True),
        ({"type": "header", "operator": "doesNotExist", "property": "x-count"}, False),
        ({"type": "body", "operator": "contains", "target": "items"}, True),
        ({"type": "body", "operator": "doesNotContain", "target": "items"}, False),
        ({"type": "body", "operator": "doesNotMatch", "target": "err(or)?"}, True),
        ({"type": "bodyHash", "operator": "md5", "target": "5d41402abc4b2a76b9719d911017c592"}, True),
        (
            {
                "type": "bodyHash",
                "operator": "sha256",
                "target": "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
            },
            True,
        ),
        ({"type": "bodyHash", "operator": "sha1", "target": "00"}, False),
        ({"type": "responseTime", "operator": "lessThan", "target": 120}, False),
        ({"type": "responseTime", "operator": "lessThanOrEqual", "target": 120}, True),
        ({"type": "responseTime", "operator": "lessThan", "target": 120, "timingsScope": "withoutDNS"}, True),
        ({"type": "connection", "operator": "is", "target": "established"}, True),
        ({"type": "certificate", "operator": "isInMoreThan", "target": 29}, True),
        ({"type": "certificate", "operator": "isInLessThan", "target": 29}, False),
        ({"type": "tlsVersion", "operator": "is", "target": "TLSv1.2"}, True),
        ({"type": "minTlsVersion", "operator": "moreThanOrEqual", "target": "1.2"}, True),
        ({"type": "minTlsVersion", "operator": "moreThanOrEqual", "target": "1.3"}, False),
        ({"type": "recordSome", "operator": "is", "property": "A", "target": "192.0.2.2"}, True),
        ({"type": "recordEvery", "operator": "is", "property": "A", "target": "192.0.2.2"}, False),
        ({"type": "recordEvery", "operator": "contains", "property": "A", "target": "192.0.2."}, True),
        ({"type": "recordSome", "operator": "is", "property": "MX", "target": "x"}, False),
    ],
)
def test_each_kind(assertion: dict[str, Any], valid: bool) -> None:
    verdict = evaluate(assertion, FOUND)
    assert verdict.valid is valid
    assert bool(verdict.reason) is not valid


@pytest.mark.parametrize(
    ("target", "valid"),
    [
        ({"jsonPath": "$.name", "operator": "is", "targetValue": "a"}, True),
        ({"jsonPath": "$.items[0].id", "operator": "is", "targetValue": 1}, True),
        ({"jsonPath": "$.items[*].id", "operator": "is", "targetValue": 2}, False),
        (
            {
                "jsonPath": "$.items[*].id",
                "operator": "is",
                "targetValue": 2,
                "elementsOperator": "atLeastOneElementMatches",
            },
            True,
        ),
        (
            {
                "jsonPath": "$.items[*].id",
                "operator": "lessThan",
                "targetValue": 3,
                "elementsOperator": "everyElementMatches",
            },
            True,
        ),
        (
            {
                "jsonPath": "$.items[*].id",
                "operator": "lessThan",
                "targetValue": 2,
                "elementsOperator": "everyElementMatches",
            },
            False,
        ),
        ({"jsonPath": "$.items[1].ok", "operator": "is", "targetValue": "false"}, True),
        ({"jsonPath": "$.none", "operator": "isUndefined"}, True),
        ({"jsonPath": "$.none", "operator": "is", "targetValue": 1}, False),
    ],
)
def test_json_paths(target: dict[str, Any], valid: bool) -> None:
    verdict = evaluate({"type": "body", "operator": "validatesJSONPath", "target": target}, FOUND)
    assert verdict.valid is valid


def test_a_body_that_is_no_json_fails_with_the_reason() -> None:
    target = {"jsonPath": "$.a", "operator": "is", "targetValue": 1}
    verdict = evaluate(
        {"type": "body", "operator": "validatesJSONPath", "target": target}, Measured(body="<html>")
    )
    assert (verdict.valid, "not JSON" in verdict.reason) == (False, True)


@pytest.mark.parametrize(
    ("subtype", "assertion"),
    [
        ("http", {"type": "javascript", "code": "1"}),
        ("http", {"type": "body", "operator": "validatesXPath"}),
        ("http", {"type": "body", "operator": "validatesJSONSchema"}),
        ("http", {"type": "grpcProto", "operator": "is"}),
        ("tcp", {"type": "statusCode", "operator": "is"}),
        ("udp", {"type": "receivedMessage", "operator": "is"}),
    ],
)
def test_what_is_not_evaluated_is_named(subtype: str, assertion: dict[str, Any]) -> None:
    assert unsupported(subtype, assertion)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_comparisons_of_numbers_agree(left: float, right: float) -> None:
    assert compare("lessThan", left, right).valid == (left < right)
    assert compare("moreThanOrEqual", left, right).valid == (left >= right)
    assert compare("is", left, right).valid != compare("isNot", left, right).valid
    assert compare("lessThan", str(left), str(right)).valid == (left < right)


def test_text_is_not_compared_as_a_number() -> None:
    assert "compares numbers" in compare("lessThan", "many", 3).reason
