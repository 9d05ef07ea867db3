"""Lines of archives as logs again, and files that are damaged, hostile or of others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
import zstandard

from heeler.logs.archives.lines import line_of
from heeler.logs.matcher import compile_search
from heeler.logs.rehydration import lines as module
from heeler.logs.rehydration.lines import Batch, batches, read_line
from heeler.logs.rehydration.rules import Scan
from heeler.store.object_storage import Bucket, Object, ObjectMissing, ObjectStorageError
from heeler.wire.logs.datadog import LogEntry

TIME = 1_709_632_800_123_456_789
SCAN = Scan(TIME / 1e9 - 3600, TIME / 1e9 + 3600)
ENTRY = LogEntry(
    'a "quoted"\nline é 😀', TIME, "warn", "web", "h1", "nginx", ("env:prod", "team:a"),
    {"http": {"status_code": 200}, "list": [1, None, {"a": "b"}], "text": "200", "ratio": 0.1, "big": 2**60},
)  # fmt: skip


class Objects(Bucket):
    """A bucket whose objects are in memory, which are read in pieces of ``piece`` bytes."""

    def __init__(self, piece: int = 1000, **objects: bytes) -> None:
        self.piece, self.objects = piece, objects

    def pieces(self, key: str, size: int) -> Iterator[bytes]:
        content = self.objects.get(key)
        if content is None:
            raise ObjectMissing("gone")
        for start in range(0, size, self.piece):
            yield content[start : start + self.piece]


def read(
    content: bytes, query: str = "*", suffix: str = ".json.gz", tags: tuple[str, ...] = ()
) -> list[Batch]:
    key = f"file{suffix}"
    bucket = Objects(**{key: content})
    file = Object(key, len(content), 0.0)
    return list(batches(bucket, file, SCAN, compile_search(query), "view", tags))


def line(number: int, **changes: object) -> bytes:
    document = json.loads(line_of(ENTRY, number, include_tags=True))
    return json.dumps({**document, "message": f"m{number}", **changes}).encode() + b"\n"


def messages(found: list[Batch]) -> list[str]:
    return [one.entry.message for batch in found for one in batch.logs]


@pytest.mark.parametrize("traced", ["none", "attribute", "set by a pipeline"])
def test_a_line_is_the_log_that_was_archived(traced: str) -> None:
    entry = LogEntry(*(getattr(ENTRY, name) for name in ENTRY.__struct_fields__))
    if traced == "attribute":
        entry.attributes = {**entry.attributes, "dd.trace_id": "123", "dd.span_id": "7"}
        entry.trace_id, entry.span_id = 123, 7
    elif traced == "set by a pipeline":
        entry.trace_high, entry.trace_id, entry.span_id = 5, 2**64 - 1, 2**63
    written = line_of(entry, 77, include_tags=True)
    assert ("trace_id" in json.loads(written)) == (traced == "set by a pipeline")
    found = read_line(written, "place")
    assert found is not None
    entry.dated = True
    assert (found.seq, found.entry) == (77, entry)


def test_a_trace_that_a_pipeline_removed_stays_removed() -> None:
    entry = LogEntry("m", TIME, attributes={"dd.trace_id": "123"})
    found = read_line(line_of(entry, 1, include_tags=False), "place")
    assert found is not None
    assert (found.entry.trace_id, found.entry.span_id) == (0, 0)


def test_lines_of_others() -> None:
    document = {"_id": "AQAAAYR", "date": "2024-03-05T10:00:00.123Z", "message": "m", "attributes": {"a": 1}}
    one, same, other, none = (
        read_line(json.dumps({**document, **changes}).encode(), "place")
        for changes in ({}, {"message": "n"}, {"_id": "AQAAAYS"}, {"_id": None})
    )
    assert one is not None and same is not None and other is not None and none is not None  # noqa: PT018
    assert one.entry.time == 1_709_632_800_123_000_000
    assert (one.entry.status, one.entry.service, one.entry.tags) == ("info", "", ())
    assert one.seq == same.seq
    assert len({one.seq, other.seq, none.seq}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "no JSON", "[]", "{}", "5", '{"date": "never"}', '{"date": true}',
        '{"date": "2024-03-05T10:00:00Z", "message": 5}',
        '{"date": "2024-03-05T10:00:00Z", "attributes": [1]}',
        '{"date": "2024-03-05T10:00:00Z", "tags": [1]}',
        '{"date": "2024-03-05T10:00:00Z", "tags": "a:b"}',
        '{"a":' * 5000 + "1" + "}" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_log(text: str) -> None:
    assert read_line(text.encode(), "place") is None


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".json.gz", gzip.compress), (".json.zst", zstandard.compress)]
)
def test_logs_of_a_file(suffix: str, compress: object) -> None:
    assert callable(compress)
    whole = b"".join(line(number) for number in range(12_000))
    found = read(compress(whole) + compress(line(12_000)), suffix=suffix)
    assert messages(found) == [f"m{number}" for number in range(12_001)]
    assert len(found) == 3
    assert sum(one.lines for one in found) == 12_001
    assert sum(one.bytes for one in found) == len(compress(whole) + compress(line(12_000)))
    assert not any(one.damage or one.damaged for one in found)


def test_search_time_and_tags() -> None:
    content = gzip.compress(
        line(1, service="db") + line(2) + line(3, date="2024-03-06T10:00:00Z") + line(4, tags=["env:dev"])
    )
    assert messages(read(content, "service:web env:prod")) == ["m2"]
    (batch,) = read(content, "service:db", tags=("restored:yes", "env:prod"))
    assert set(batch.logs[0].entry.tags) == {"env:prod", "restored:yes", "team:a"}
    assert batch.logs[0].entry.index == "view"
    # The tags that are added are not searched: they are none of the archive.
    assert messages(read(content, "restored:yes", tags=("restored:yes",))) == []


def test_a_damaged_file_gives_what_comes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 1000)
    content = gzip.compress(b"".join(line(number) for number in range(10_000)))
    found = read(content[: len(content) // 2])
    assert "damaged" in found[-1].damage
    kept = messages(found)
    assert 1000 < len(kept) < 9000
    assert kept == [f"m{number}" for number in range(len(kept))]
    assert read(b"no gzip at all")[0].damage
    assert read(b"")[0].damage == ""


def test_lines_and_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 2**20)
    long = line(1, message="x" * 5 * 2**20)
    found = read(gzip.compress(line(0) + long + line(2) + long))
    assert messages(found) == ["m0", "m2"]
    assert sum(one.damaged for one in found) == 2
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 2**25)
    bomb = gzip.compress(line(0) + bytes(2**25 + 2**20))
    found = read(bomb)
    assert messages(found) == ["m0"]
    assert "more than 33,554,432 bytes" in found[-1].damage


def test_a_deep_log_is_left_out_and_not_the_end_of_all() -> None:
    deep: object = 1
    for _ in range(900):
        deep = {"a": deep}
    found = read(gzip.compress(line(0, attributes=deep) + line(1)), "*:nothing OR service:web")
    assert messages(found)[-1] == "m1"


def test_a_file_that_is_gone_and_a_store_that_is_away() -> None:
    file = Object("file.json.gz", 10, 0.0)
    (batch,) = batches(Objects(), file, SCAN, compile_search("*"), "view", ())
    assert "not in the bucket" in batch.damage

    class Away(Objects):
        def pieces(self, key: str, size: int) -> Iterator[bytes]:
            raise ObjectStorageError("The store cannot be reached")

    with pytest.raises(ObjectStorageError, match="cannot be reached"):
        list(batches(Away(), file, SCAN, compile_search("*"), "view", ()))
