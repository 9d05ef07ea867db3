"""Logs that wait on disk: nothing that was acknowledged is lost, whatever ends the process."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from heeler.logs.archives.spool import MAGIC, Spool, Spooled
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
    given.put({"a": b"22\n", "b": b"333\n"}).result()
    assert (given.dropped("a"), given.dropped("b"), given.dropped("a")) == (3, 4, 0)
    (file,) = given.closed(0).result()["a"]
    assert contents(given, [file]) == b"1\n"
    given.remove(file).result()
    assert given.size == 0
    given.put({"b": b"4\n"}).result()
    assert contents(given, given.closed(0).result()["b"]) == b"4\n"


def test_large_files_are_closed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heeler.logs.archives.spool.MAX_FILE_BYTES", 50)
    given = spool(tmp_path)
    for number in range(3):
        given.put({"a": bytes(range(60)) + b"%d\n" % number}).result()
    assert len(given.closed(10**6).result()["a"]) == 3
