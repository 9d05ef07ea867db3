"""What may be asked of a rehydration, and the files that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.logs.pipelines.document import DocumentError
from heeler.logs.rehydration import files as module
from heeler.logs.rehydration.files import archived_files, begun_at
from heeler.logs.rehydration.reading import Refused, check_size
from heeler.logs.rehydration.rules import Asked, Scan
from heeler.store.object_storage import Bucket, Object, ObjectStorageError

NOW = 1_709_632_800.0  # 2024-03-05 10:00 UTC
DOCUMENT: dict[str, Any] = {
    "archive": "a", "name": "march", "from": "2024-03-05T08:00:00Z", "to": "now", "query": "service:web",
}  # fmt: skip


def test_a_document_and_its_defaults() -> None:
    asked = Asked.of(DOCUMENT, NOW)
    assert asked == Asked("march", "a", Scan(NOW - 7200, NOW, 1), "service:web", 1_000_000, 15)
    assert Asked.stored(asked.document()) == asked


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"archive": None}, "'archive'"),
        ({"name": "March"}, "name of a historical view"),
        ({"name": ""}, "name of a historical view"),
        ({"name": "estimate"}, "cannot be used"),
        ({"name": "main"}, "cannot be used"),
        ({"query": "a AND ("}, "query"),
        ({"query": 5}, "'query'"),
        ({"from": None}, "'from'"),
        ({"to": "soon"}, "time period"),
        ({"to": "2024-03-05T08:00:00Z"}, "before"),
        ({"from": "2023-03-05T08:00:00Z", "to": "2024-03-06T08:00:00Z"}, "366 days"),
        ({"limit": 0}, "'limit'"),
        ({"limit": 1.5}, "'limit'"),
        ({"retention_days": 367}, "'retention_days'"),
        ({"late_hours": -1}, "'late_hours'"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        Asked.of({**DOCUMENT, **changes}, NOW)


class Listed(Bucket):
    def __init__(self, *keys: str) -> None:
        self.keys, self.asked = keys, list[str]()

    def list(self, prefix: str = "") -> Iterator[Object]:
        self.asked.append(prefix)
        return (Object(key, 10, 0.0) for key in self.keys if key.startswith(f"{prefix}/"))


def key(text: str) -> str:
    return (
        f"{datetime.fromisoformat(text).replace(tzinfo=UTC):dt=%Y%m%d/hour=%H/archive_%H%M%S}.0000.a.json.gz"
    )


def test_files_that_may_have_logs_of_a_time() -> None:
    times = [
        "2024-03-04T22:59:59",
        "2024-03-04T23:30",
        "2024-03-05T00:30",
        "2024-03-05T02:59",
        "2024-03-05T03:01",
    ]
    bucket = Listed(
        *(key(one) for one in times), "dt=20240305/hour=01/other.json.zst", "dt=20240305/x.json.gz"
    )
    scan = Scan(datetime(2024, 3, 5, tzinfo=UTC).timestamp(), datetime(2024, 3, 5, 2, tzinfo=UTC).timestamp())
    found = [one.key for one in archived_files(bucket, scan, 900)]
    assert found == sorted([*(key(one) for one in times[1:4]), "dt=20240305/hour=01/other.json.zst"])
    assert bucket.asked == ["dt=20240304", "dt=20240305"]
    assert len(archived_files(bucket, Scan(scan.start, scan.end, 0), 900)) == 3
    # A file may be written for longer than an hour.
    assert len(archived_files(bucket, scan, 7200)) == 5


def test_names_of_files() -> None:
    assert begun_at("dt=20240305/hour=10/archive_100203.0420.0a.json.gz") == (NOW + 123, NOW + 124)
    assert begun_at("dt=20240305/hour=10/any.json.zst") == (NOW, NOW + 3600)
    for other in (
        "dt=20240305/hour=10/x.txt",
        "dt=20241305/hour=10/x.json.gz",
        "x/dt=20240305/hour=10/x.json.gz",
    ):
        assert begun_at(other) is None


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    bucket = Listed(*(f"dt=20240305/hour=10/{number}.json.gz" for number in range(4)))
    with pytest.raises(ObjectStorageError, match="choose a shorter"):
        archived_files(bucket, Scan(NOW, NOW + 10), 900)


def test_a_list_that_is_given_up_ends() -> None:
    bucket = Listed("dt=20240305/hour=10/0.json.gz")
    assert archived_files(bucket, Scan(NOW, NOW + 86_400), 900, lambda: bool(bucket.asked)) == []
    assert len(bucket.asked) == 1


def test_the_limit_of_an_archive() -> None:
    check_size([Object("a", 10**9, 0.0)], 1)
    check_size([Object("a", 10**13, 0.0)], None)
    with pytest.raises(Refused, match="1 GB: choose a shorter"):
        check_size([Object("a", 10**9, 0.0), Object("b", 1, 0.0)], 1)
