from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heeler.errors.lifecycle import SeenAfter, is_silent, regression

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def seen(version: str, minutes: int = 1) -> SeenAfter:
    return SeenAfter(NOW + timedelta(minutes=minutes), version)


def test_an_error_in_a_new_version_is_a_regression_and_one_in_an_old_version_is_not() -> None:
    assert regression(["1.0"], [seen("1.0")]) is None
    assert regression(["1.0"], [seen("1.0"), seen("1.2", 9), seen("1.1", 5)]) == seen("1.1", 5)
    assert regression(["1.0"], [seen("")]) is None
    assert regression(["1.0"], []) is None


def test_without_versions_any_error_counts() -> None:
    assert regression([], [seen("")]) == seen("")
    assert regression([""], [seen("2.0")]) == seen("2.0")


def test_silence_resolves_what_is_open() -> None:
    long_ago = NOW - timedelta(days=15)
    assert is_silent("OPEN", long_ago, NOW)
    assert is_silent("ACKNOWLEDGED", long_ago, NOW)
    assert not is_silent("IGNORED", long_ago, NOW)
    assert not is_silent("OPEN", NOW - timedelta(days=13), NOW)
