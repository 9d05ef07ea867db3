"""Logs that wait on disk: nothing that was acknowledged is lost, whatever ends the process."""

from __future__ import annotations

import errno
import random
from pathlib import Path

import pytest

from heeler.logs.archives.spool import MAGIC, Dropped, Spool, Spooled
from heeler.store.group_commit import DiskFull, StoreFailed
from heeler.store.wal_files import DiskFiles

LIMIT = 10**6


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def spool(
    folder: Path, limit: int = LIMIT, files: DiskFiles | None = None, clock: Clock | None = None
) -> Spool:
    return Spool(
        folder, limit, files=files or DiskFiles(), clock=clock or Clock(), now=lambda: 1_700_000_000.25
    )


def contents(given: Spool, files: list[Spooled]) -> bytes:
    return b"".join(piece for file in files for piece in given.lines(file))


def test_files_are_closed_when_they_are_due(tmp_path: Path) -> None:
    clock = Clock()
    given = spool(tmp_path, clock=clock)
    given.put({"a": b"1\n", "b": b"x\n"}).result()
    clock.seconds += 50
    given.put({"a": b"2\n"}).result()
    assert given.closed(60).result() == {}
    assert list(given.closed(60, {"b": 5}).result()) == ["b"]
    clock.seconds += 20
    found = given.closed(60).result()
    assert contents(given, found["a"]) == b"1\n2\n"
    assert contents(given, found["b"]) == b"x\n"
    (file,) = found["a"]
    assert (file.archive, file.created, file.size) == ("a", 1_700_000_000_250, file.path.stat().st_size)
    given.put({"a": b"3\n"}).result()
    assert given.closed(60).result() == found, "a closed file is not written again"
    given.remove(file).result()
    assert list(given.closed(60).result()) == ["b"]


def test_what_was_acknowledged_is_found_by_the_next_process(tmp_path: Path) -> None:
    killed = spool(tmp_path)
    for number in range(20):
        killed.put({"a": b"%d\n" % number}).result()
    (path,) = tmp_path.glob("a/*.spool")
    path.write_bytes(path.read_bytes() + b"\x40\x00\x00\x00torn")  # a write that the end cut off
    (tmp_path / "a" / "old-1234.part").write_bytes(b"half of an upload")
    given = spool(tmp_path)
    found = given.closed(10**6).result()
    assert contents(given, found["a"]) == b"".join(b"%d\n" % number for number in range(20))
    assert [(one.path, one.token) for one in found["a"]] == [(path, path.stem.partition("-")[2])]
    assert not list(tmp_path.glob("a/*.part"))


def test_many_requests_are_one_record(tmp_path: Path) -> None:
    class Slow(DiskFiles):
        synchronized = 0

        def synchronize(self, file: int) -> None:
            self.synchronized += 1
            super().synchronize(file)

    files = Slow()
    given = spool(tmp_path, files=files)
    requests = [given.put({"a": b"%d\n" % number}) for number in range(500)]
    for one in requests:
        one.result()
    assert contents(given, given.closed(0).result()["a"]) == b"".join(b"%d\n" % one for one in range(500))
    assert files.synchronized < 500


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EIO, StoreFailed)])
def test_a_failed_write_is_told_and_loses_nothing_else(
    tmp_path: Path, number: int, kind: type[Exception]
) -> None:
    class Failing(DiskFiles):
        fails = False

        def synchronize(self, file: int) -> None:
            if self.fails:
                raise OSError(number, "no")
            super().synchronize(file)

    files = Failing()
    given = spool(tmp_path, files=files)
    given.put({"a": b"1\n"}).result()
    files.fails = True
    with pytest.raises(kind):
        given.put({"a": b"2\n"}).result()
    files.fails = False
    given.put({"a": b"3\n"}).result()
    lines = contents(given, given.closed(0).result()["a"]).splitlines()
    assert {b"1", b"3"} <= set(lines), "what was refused may be there: it is sent again"


def test_beyond_its_limit_logs_are_dropped_and_counted(tmp_path: Path) -> None:
    given = spool(tmp_path, limit=len(MAGIC) + 1)
    given.put({"a": b"1\n"}).result()
    given.put({"a": b"22\n"}).result()
    given.put({"a": b"333\n"}).result()
    assert given.dropped() == {"a": Dropped(7, 1_700_000_000_250)}
    (file,) = given.closed(0).result()["a"]
    assert contents(given, [file]) == b"1\n"
    given.forget_dropped("a", before=file.created)
    assert given.dropped(), "the file was begun before"
    given.forget_dropped("a", before=file.created + 1)
    assert given.dropped() == {}
    given.remove(file).result()
    assert given.size == 0
    given.put({"a": b"4\n"}).result()
    assert contents(given, given.closed(0).result()["a"]) == b"4\n"


def noise(seed: int) -> bytes:
    """A line of about 1,000 bytes that does not become smaller."""
    return random.Random(seed).randbytes(1000).replace(b"\n", b"") + b"\n"


def test_an_archive_that_fills_the_spool_stops_no_other(tmp_path: Path) -> None:
    given = spool(tmp_path, limit=10_000)
    for number in range(20):
        given.put({"stuck": noise(number)}).result()
    held = given.size
    assert held < 12_000
    assert given.dropped().keys() == {"stuck"}
    for number in range(3):
        given.put({"healthy": noise(number), "stuck": noise(number)}).result()
    found = given.closed(0).result()
    assert contents(given, found["healthy"]) == b"".join(map(noise, range(3)))
    assert sum(file.size for file in found["stuck"]) == held
    assert given.dropped().keys() == {"stuck"}
    for number in range(20):
        given.put({f"stuck {number % 7}": noise(number) for _ in range(9)}).result()
    assert given.size < 2 * 10_000 + 2_000, "all together have a bound"


def test_the_size_is_that_of_the_files(tmp_path: Path) -> None:
    def on_disk() -> int:
        return sum(path.stat().st_size for path in tmp_path.glob("*/*.spool"))

    given = spool(tmp_path)
    for number in range(4):
        given.put({"a": noise(number), "b": noise(number)}).result()
        assert given.size == on_disk()
        found = given.closed(0 if number % 2 else 60).result()
        assert given.size == on_disk()
    given.remove(found["a"][0]).result()
    assert given.size == on_disk() > 0
    following = spool(tmp_path)
    following.closed(60).result()
    assert following.size == on_disk()


def test_large_files_are_closed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heeler.logs.archives.spool.MAX_FILE_BYTES", 50)
    given = spool(tmp_path)
    for number in range(3):
        given.put({"a": bytes(range(60)) + b"%d\n" % number}).result()
    assert len(given.closed(10**6).result()["a"]) == 3
