"""Assertions of synthetic tests, evaluated on the measurements of a probe. Pure.

Types, operators and targets are those of the public API's ``SyntheticsAssertion``. What cannot be evaluated
here (JavaScript, XPath, JSON Schema, protocols without a probe) is named by :func:`unsupported`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import re2

from heeler.synthetics.json_path import InvalidPath, find

MAX_ASSERTIONS = 50
MAX_TARGET = 10_000
OPERATORS = frozenset({
    "contains", "doesNotContain", "is", "isNot", "lessThan", "lessThanOrEqual", "moreThan", "moreThanOrEqual",
    "matches", "doesNotMatch", "validates", "isInMoreThan", "isInLessThan", "doesNotExist", "isUndefined",
    "validatesJSONPath", "validatesXPath", "validatesJSONSchema", "md5", "sha1", "sha256",
})  # fmt: skip
_HASHES = ("md5", "sha1", "sha256")
#: The assertion types that each probe measures something for.
MEASURED: Mapping[str, frozenset[str]] = {
    "http": frozenset({"statusCode", "header", "body", "bodyHash", "responseTime"}),
    "ssl": frozenset({"certificate", "property", "responseTime", "tlsVersion", "minTlsVersion"}),
    "tcp": frozenset({"connection", "responseTime"}),
    "dns": frozenset({"recordEvery", "recordSome", "responseTime"}),
}
_TLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of a probe. Times are milliseconds; ``days_left`` is until the certificate expires."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: str = ""
    raw_body: bytes = b""
    timings: Mapping[str, float] = field(default_factory=dict)
    connection: str = ""
    """``established``, ``refused`` or ``timeout``, of TCP."""
    records: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """DNS records by type."""
    certificate: Mapping[str, Any] = field(default_factory=dict)
    days_left: float | None = None
    tls_version: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one assertion; ``reason`` gives expected and actual value of a failed one."""

    valid: bool
    actual: Any
    reason: str = ""


def unsupported(subtype: str, assertion: Mapping[str, Any]) -> str:
    """Why the probe of ``subtype`` cannot evaluate an assertion; empty if it can."""
    kind, operator = str(assertion.get("type")), str(assertion.get("operator", ""))
    if kind == "javascript":
        return "JavaScript assertions are not run"
    if operator in ("validatesXPath", "validatesJSONSchema"):
        return f"the operator {operator} is not evaluated"
    if kind not in MEASURED.get(subtype, ()):
        return f"the assertion type {kind} is not measured for {subtype} tests"
    return ""


def evaluate(assertion: Mapping[str, Any], measured: Measured) -> Verdict:
    """Evaluate one assertion that is not :func:`unsupported`."""
    kind, operator = str(assertion.get("type")), str(assertion.get("operator", "is"))
    target = assertion.get("target")
    if operator == "validatesJSONPath":
        return _json_path(measured, target if isinstance(target, Mapping) else {})
    if kind == "bodyHash" or operator in _HASHES:
        actual = hashlib.new(operator if operator in _HASHES else "md5", measured.raw_body).hexdigest()
        return _verdict(actual == str(target).lower(), actual, operator, target)
    if kind == "certificate":
        return compare(operator, measured.days_left, target)
    if kind in ("recordEvery", "recordSome"):
        return _records(kind, str(assertion.get("property") or "A"), operator, measured, target)
    if kind == "minTlsVersion":
        enough = _tls_rank(measured.tls_version) >= _tls_rank(str(target))
        return _verdict(enough, measured.tls_version, "is at least", target)
    return compare(operator, _actual(kind, assertion, measured), target)


def _actual(kind: str, assertion: Mapping[str, Any], measured: Measured) -> Any:
    match kind:
        case "statusCode":
            return measured.status
        case "header":
            return measured.headers.get(str(assertion.get("property", "")).lower())
        case "body":
            return measured.body
        case "connection":
            return measured.connection
        case "tlsVersion":
            return measured.tls_version
        case "property":
            return measured.certificate.get(str(assertion.get("property", "")))
    total = measured.timings.get("total", 0.0)
    return (
        total - measured.timings.get("dns", 0.0) if assertion.get("timingsScope") == "withoutDNS" else total
    )


def compare(operator: str, actual: Any, target: Any) -> Verdict:
    """Compare ``actual operator target``: as numbers if both are numbers, else as texts."""
    match operator:
        case "isUndefined" | "doesNotExist":
            return _verdict(actual is None, actual, operator, "")
        case _ if actual is None:
            return Verdict(False, None, f"{_expected(operator, target)}, found no value")
        case "is":
            return _verdict(_same(actual, target), actual, operator, target)
        case "isNot":
            return _verdict(not _same(actual, target), actual, operator, target)
        case "contains":
            return _verdict(str(target) in str(actual), actual, operator, target)
        case "doesNotContain":
            return _verdict(str(target) not in str(actual), actual, operator, target)
        case "matches":
            return _verdict(_matches(str(target), str(actual)), actual, operator, target)
        case "doesNotMatch":
            return _verdict(not _matches(str(target), str(actual)), actual, operator, target)
    left, right = _number(actual), _number(target)
    if left is None or right is None:
        return Verdict(False, actual, f"{operator} compares numbers, found {_short(actual)}")
    passed = {
        "lessThan": left < right,
        "isInLessThan": left < right,
        "lessThanOrEqual": left <= right,
        "moreThan": left > right,
        "isInMoreThan": left > right,
        "moreThanOrEqual": left >= right,
    }.get(operator, False)
    return _verdict(passed, actual, operator, target)


def _verdict(passed: bool, actual: Any, operator: str, target: Any) -> Verdict:
    return Verdict(passed, actual, "" if passed else f"{_expected(operator, target)}, found {_short(actual)}")


def _same(actual: Any, target: Any) -> bool:
    left, right = _number(actual), _number(target)
    return left == right if left is not None and right is not None else str(actual) == str(target)


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        return None


def _matches(pattern: str, text: str) -> bool:
    """RE2 match, linear in ``text``. Raises ``ValueError`` for an invalid pattern."""
    try:
        return re2.search(pattern, text) is not None
    except re2.error as error:
        raise ValueError(f"invalid regular expression {pattern[:80]!r}: {error}") from None


def check_pattern(pattern: str) -> None:
    """Raise ``ValueError`` if ``pattern`` is not a valid RE2 expression."""
    _matches(pattern, "")


#: Operators as messages write them; ``is`` needs no word.
_WORDS: Mapping[str, str] = {
    "is": "",
    "isNot": "not ",
    "contains": "to contain ",
    "doesNotContain": "not to contain ",
    "matches": "to match ",
    "doesNotMatch": "not to match ",
    "lessThan": "less than ",
    "lessThanOrEqual": "at most ",
    "moreThan": "more than ",
    "moreThanOrEqual": "at least ",
    "isInMoreThan": "more than ",
    "isInLessThan": "less than ",
    "isUndefined": "no value",
    "doesNotExist": "no value",
}


def _expected(operator: str, target: Any) -> str:
    shown = "" if operator in ("isUndefined", "doesNotExist") else _short(target)
    return f"expected {_WORDS.get(operator, f'{operator} ')}{shown}"


def _short(value: Any) -> str:
    text = str(value)
    if isinstance(value, int | float):
        return text
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _tls_rank(version: str) -> int:
    name = version if version.startswith("TLS") else f"TLSv{version}"
    name = "TLSv1" if name == "TLSv1.0" else name
    return _TLS.index(name) if name in _TLS else -1


def _records(kind: str, record: str, operator: str, measured: Measured, target: Any) -> Verdict:
    found = list(measured.records.get(record, ()))
    if not found:
        return Verdict(False, [], f"there is no {record} record")
    passed = [compare(operator, value, target).valid for value in found]
    valid = all(passed) if kind == "recordEvery" else any(passed)
    which = "every" if kind == "recordEvery" else "some"
    expected = f"{which} {record} record: {_expected(operator, target)}"
    return Verdict(valid, found, "" if valid else f"{expected}, found {_short(', '.join(found))}")


def _json_path(measured: Measured, target: Mapping[str, Any]) -> Verdict:
    path, operator = str(target.get("jsonPath", "")), str(target.get("operator", "is"))
    wanted = target.get("targetValue")
    try:
        found = find(path, measured.body)
    except InvalidPath as error:
        return Verdict(False, None, str(error))
    if operator in ("isUndefined", "doesNotExist"):
        return _verdict(not found, found[:1], operator, path)
    if not found:
        return Verdict(False, None, f"nothing is at {path}")
    checks = [compare(operator, _as_text(value), wanted) for value in found]
    if target.get("elementsOperator") == "everyElementMatches":
        return next((item for item in checks if not item.valid), checks[0])
    if target.get("elementsOperator") == "atLeastOneElementMatches":
        return next((item for item in checks if item.valid), checks[0])
    return checks[0]


def _as_text(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value
