"""Following real files through rotations of every kind."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path
from random import Random

import pytest

from heeler.agent.config import Config
from heeler.agent.logs import follower
from heeler.agent.logs.files import Files
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.rotation import Generation, generations
from heeler.agent.logs.rules import parse_rules
from heeler.agent.logs.sources import LogSource
from tests.unit.agent.logs.followed_folder import Box, started


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_file_is_read_from_its_end_and_goes_on_after_a_restart(box: Box) -> None:
    started(box, "one", "two")
    box.write("three")
    box.restart()
    assert box.poll() == ["three"]


def test_a_program_that_writes_to_its_old_handle_loses_nothing(box: Box) -> None:
    started(box, "one")
    handle = box.log.open("a", buffering=1)
    box.rotate()
    handle.write("late 1\n")
    assert box.poll() == ["late 1"]
    box.write("new 1")
    handle.write("late 2\n")
    assert box.poll() == ["late 2", "new 1"]
    assert box.poll(55.0) == []
    handle.write("late 3\nlast without end")
    assert box.poll() == ["late 3"]
    assert box.poll(10.0) == ["last without end"]
    assert len(box.files.status()["Files"]) == 1


def test_rotations_that_come_one_after_another_are_followed_by_inode(box: Box) -> None:
    started(box, "a")
    for number in range(3):
        box.write(f"tail {number}")
        box.rotate(10)
        box.write(f"head {number + 1}")
    assert box.poll() == ["tail 0", "head 1", "tail 1", "head 2", "tail 2", "head 3"]
    assert box.files.status()["Missed"] == {}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_a_rotation_while_the_folder_is_listed_loses_nothing(
    box: Box, monkeypatch: pytest.MonkeyPatch, at: int, restarts: bool
) -> None:
    """Names move on between the steps of looking for generations: one rotation more at each step in turn."""
    written = [f"line {number}" for number in range(12)]
    started(box, *written[:3])
    calls = 0

    def listing(path: Path) -> list[Generation]:
        nonlocal calls
        calls += 1
        if calls - 1 == at:
            box.write(*written[6:8])
            box.rotate(9)
            box.write(*written[8:10])
        found = generations(path)
        if calls - 1 == at:
            box.rotate(9)
            box.write(*written[10:])
        return found

    box.write(*written[3:5])
    box.rotate(9)
    box.write(written[5])
    monkeypatch.setattr(follower, "generations", listing)
    if restarts:
        box.restart()
    for _ in range(6):
        box.poll()
    if calls <= at:  # there are not so many steps: as many lines are written afterwards
        calls = at
        listing(box.log)
        for _ in range(4):
            box.poll()
    assert set(box.seen) == set(written)
    assert len(box.seen) == len(written)


def test_generations_that_were_compressed_meanwhile_are_read(box: Box) -> None:
    started(box, "a")
    box.rotate()
    box.write("between")
    box.rotate()
    for number in (1, 2):
        plain = box.log.with_name(f"app.log.{number}")
        packed = plain.with_name(f"{plain.name}.gz")
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        shutil.copystat(plain, packed)
        plain.unlink()
    box.write("now")
    assert box.poll() == ["between", "now"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_generation_that_was_read_is_not_read_again_when_it_is_compressed(box: Box, restarts: bool) -> None:
    started(box, "a")
    box.rotate()
    box.write("b")
    assert box.poll() == ["b"]
    box.poll(100.0)
    if restarts:
        box.files.close()
    plain = box.log.with_name("app.log.1")
    packed = box.log.with_name("app.log.2.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    shutil.copystat(plain, packed)
    plain.unlink()
    box.log.rename(plain)
    box.write("c")
    if restarts:
        box.restart()
    assert box.poll() == ["c"]
    assert box.files.status()["Missed"] == {}


def test_two_truncations_between_two_looks(box: Box) -> None:
    started(box, "one")
    for number, lines in enumerate((["unread"], ["between"]), 1):
        box.write(*lines)
        shutil.copy(box.log, box.log.with_name(f"app.log.{number}"))
        os.utime(box.log.with_name(f"app.log.{number}"), (2e9 + number, 2e9 + number))
        os.truncate(box.log, 0)
    box.write("after")
    assert box.poll() == ["unread", "between", "after"]


def test_a_file_that_was_empty_is_written_copied_and_emptied_between_two_looks(box: Box) -> None:
    started(box, "one")
    os.truncate(box.log, 0)
    assert box.poll() == []
    box.write("only in the copy")
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    box.write("after")
    assert box.poll() == ["only in the copy", "after"]


def test_a_truncation_while_no_agent_runs(box: Box) -> None:
    started(box, "one")
    box.files.close()
    box.write("unread")
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    box.write("after")
    box.restart()
    assert box.poll() == ["unread", "after"]


def test_what_is_in_flight_at_a_truncation_does_not_count_as_the_new_content(box: Box) -> None:
    started(box, "one")
    box.write(*(f"in flight {number}" for number in range(9)))
    in_flight = box.read()
    assert len(in_flight) == 9
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    box.write(*(f"new {number}" for number in range(30)))
    assert len(box.read()) == 30
    box.deliver(in_flight)
    box.restart()
    assert box.poll() == [f"new {number}" for number in range(30)]


@pytest.mark.parametrize("arrived", [0, 4])
def test_what_was_in_flight_at_a_truncation_is_read_again_from_the_copy(box: Box, arrived: int) -> None:
    started(box, "one")
    lines = [f"in flight {number}" for number in range(9)]
    box.write(*lines)
    in_flight = box.read()
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    assert box.read() == []
    box.deliver(in_flight[:arrived])
    box.restart()
    assert box.poll() == lines[arrived:]


def test_origins_are_forgotten_when_nothing_of_them_is_in_flight(box: Box) -> None:
    started(box, "one")
    for number in range(20):
        box.rotate()
        box.write(f"{number} of another file")
        assert len(box.poll(100.0)) == 1
    box.poll(100.0)
    box.files.save_unmatched(lambda _: False)
    assert len(box.files._shared.origins) >= 4  # as many as there are files; inodes are used again
    box.files.save_unmatched(lambda _: True)
    assert len(box.files._shared.origins) == 1


def test_what_is_in_flight_of_a_file_that_is_gone_does_not_count_as_one_with_its_inode(box: Box) -> None:
    started(box, "one")
    box.write("in flight")
    in_flight = box.read()
    (tailer,) = box.files._tailers()
    box.files._shared.new_origin(tailer.identity)
    box.registry.set(tailer.identity, str(box.log), 3)
    box.deliver(in_flight)
    entry = box.registry.get(tailer.identity)
    assert entry is not None
    assert entry.offset == 3


def test_a_file_with_the_inode_of_an_archive_that_could_not_be_read_is_read_from_its_start(box: Box) -> None:
    archive = box.log.with_name("app.log.1.gz")
    archive.write_bytes(b"not complete")
    started(box, "one")
    assert box.files.status()["Missed"] == {}
    box.log.unlink()
    archive.rename(box.log)
    box.log.write_text("new\n")
    assert box.poll() == ["new"]


def test_content_that_is_replaced_by_as_many_bytes_is_noticed(box: Box) -> None:
    started(box, "one")
    for line in ("two", "six", "ten"):
        box.log.write_text(f"old\n{line}\n")
        os.utime(box.log, ns=(0, box.log.stat().st_mtime_ns + 1))
        assert box.poll() == ["old", line]


def test_a_generation_that_was_read_is_not_read_again_when_it_was_compressed_meanwhile(box: Box) -> None:
    started(box, "a", "b")
    box.rotate()
    box.write("c")
    assert box.poll() == ["c"]
    box.poll(100.0)
    box.files.close()
    old = box.log.with_name("app.log.1")
    with gzip.open(f"{old}.gz", "wb") as archive:
        archive.write(old.read_bytes())
    old.unlink()
    box.restart()
    assert box.poll() == []


def test_a_generation_that_was_read_is_not_read_again_after_a_truncation(box: Box) -> None:
    started(box, "a", "b")
    box.rotate()
    box.write("c")
    assert box.poll() == ["c"]
    old = box.log.with_name("app.log.1")
    with gzip.open(box.log.with_name("app.log.2.gz"), "wb") as archive:
        archive.write(old.read_bytes())
    old.unlink()
    box.write("d")
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    box.write("e")
    assert box.poll() == ["d", "e"]


def compressed(file: Path) -> None:
    """Replace the file by its archive, as rotation does."""
    with gzip.open(f"{file}.gz", "wb") as archive:
        archive.write(file.read_bytes())
    file.unlink()


def test_a_file_that_was_read_and_compressed_while_no_agent_ran_is_not_missed(box: Box) -> None:
    started(box, "a", "b")
    box.files.close()
    held = box.log.open()  # keeps the inode from being used again
    box.rotate()
    compressed(box.log.with_name("app.log.1"))
    box.write("c")
    for expected in (["c"], []):
        box.restart()
        assert box.poll() == expected
        assert box.files.status()["Missed"] == {}
    held.close()


def test_the_rest_of_an_archive_is_read_again_only_if_it_was_not_delivered(box: Box) -> None:
    started(box, "a", "b")
    box.files.close()
    held = box.log.open()
    box.write("one", "two")
    box.rotate()
    compressed(box.log.with_name("app.log.1"))
    box.write("c")
    box.restart()
    in_flight = box.read()
    assert [message.text for message in in_flight] == ["one", "two", "c"]
    box.deliver(in_flight[:1])
    for expected in (["two", "c"], [], []):
        box.restart()
        assert box.poll() == expected
        assert box.files.status()["Missed"] == {}
    held.close()


@pytest.mark.parametrize("damaged", [12, 40_000])
def test_an_archive_that_is_damaged_is_missed_and_ends_nothing(box: Box, damaged: int) -> None:
    started(box, "a")
    box.rotate()
    random = Random(1)
    content = bytearray(gzip.compress("".join(f"{random.random()}\n" for _ in range(10_000)).encode()))
    content[damaged : damaged + 3000] = random.randbytes(3000)
    box.log.with_name("app.log.2.gz").write_bytes(content)
    box.write("now")
    assert box.poll()[-1] == "now"
    (missed,) = box.files.status()["Missed"]
    assert missed.endswith("app.log.2.gz")


def test_a_generation_that_cannot_be_read_is_named(box: Box) -> None:
    started(box, "a")
    box.rotate()
    box.log.with_name("app.log.2.xz").write_bytes(b"packed")
    box.write("now")
    assert box.poll() == ["now"]
    (missed,) = box.files.status()["Missed"]
    assert missed.endswith("app.log.2.xz")


def test_a_file_that_was_emptied_is_read_from_its_start(box: Box) -> None:
    started(box, "a long first line")
    box.log.write_text("short\n")
    assert box.poll() == ["short"]


def test_a_file_that_was_emptied_and_grew_beyond_its_old_length_is_noticed(box: Box) -> None:
    started(box, "one")
    box.log.write_text("another beginning\nand more\n")
    assert box.poll() == ["another beginning", "and more"]
    assert box.files.status()["Truncations"] == 1


def test_what_was_written_before_a_truncation_is_read_from_the_copy(box: Box) -> None:
    started(box, "one")
    box.write("unread")
    shutil.copy(box.log, box.log.with_name("app.log.1"))
    os.truncate(box.log, 0)
    box.write("after")
    assert box.poll() == ["unread", "after"]
    assert box.poll(100.0) == []


def test_rotation_while_no_agent_runs(box: Box) -> None:
    started(box, "one")
    box.files.close()
    box.write("tail")
    os.utime(box.log, (2e9, 2e9))
    box.rotate()
    box.write("second file")
    os.utime(box.log, (2e9 + 1, 2e9 + 1))
    box.rotate()
    box.write("third file")
    box.restart()
    assert box.poll() == ["tail", "second file", "third file"]
    box.restart()
    assert box.poll() == []


def test_rotation_and_compression_while_no_agent_runs(box: Box) -> None:
    started(box, "one")
    box.files.close()
    box.write("tail")
    packed = box.log.with_name("app.log.1.gz")
    packed.write_bytes(gzip.compress(box.log.read_bytes()))
    os.utime(packed, (2e9, 2e9))
    held = box.log.open()  # keeps the inode from being used again
    box.log.unlink()
    box.write("next")
    box.restart()
    held.close()
    assert box.poll() == ["tail", "next"]


def test_a_new_file_with_an_old_inode_is_read_from_its_start(box: Box) -> None:
    started(box, "one")
    box.files.close()
    content = "a new file that is longer than the old one\n"
    box.log.write_text(content)
    box.restart()
    assert box.poll() == [content.strip()]


def test_a_wildcard_reads_each_line_once_through_rotation(tmp_path: Path) -> None:
    box = Box(tmp_path, path=str(tmp_path / "app.log*"))
    started(box, "one")
    for number in range(6):
        box.write(f"line {number}")
        if number % 2:
            box.poll()
        box.rotate()
        box.write(f"more {number}")
        box.poll()
        box.scan()
    for _ in range(4):
        box.poll(100.0)
        box.scan()
    expected = [f"{word} {number}" for number in range(6) for word in ("line", "more")]
    assert sorted(box.seen[1:]) == sorted(expected)


def test_files_over_the_limit_are_counted(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.log").write_text("x\n")
    source = LogSource(str(tmp_path / "*.log"))
    config = Config(tmp_path, {"logs_config.open_files_limit": 10})
    files = Files([source], config, Registry(tmp_path / "r.json"), lambda: True)
    files.scan(0.0)
    assert len(files.status()["Files"]) == 10
    assert files.status()["Files Over Limit"] == 2
    files.close()


def test_a_thousand_files(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number}.log").write_text("")
    source = LogSource(str(tmp_path / "*.log"))
    config = Config(tmp_path, {"logs_config.open_files_limit": 1000})
    files = Files([source], config, Registry(tmp_path / "r.json"), lambda: True)
    files.scan(0.0)
    for number in range(1000):
        (tmp_path / f"{number}.log").write_text(f"{number}\n")
    assert sorted(int(one.text) for one in files.poll(1.0)) == list(range(1000))
    files.close()


def test_excluded_lines_move_the_offset_and_messages_of_several_lines_wait(tmp_path: Path) -> None:
    rules = parse_rules(
        [
            {"type": "multi_line", "name": "m", "pattern": r"^\d"},
            {"type": "exclude_at_match", "name": "e", "pattern": "no"},
        ],
        "f",
    )
    box = Box(tmp_path, rules=rules, start="beginning")
    box.write("1 no", "  a", "2 yes", "  b")
    box.scan()
    assert box.poll() == []
    box.poll()
    assert box.poll() == ["2 yes\n  b"]
    box.write("3 no", "4 no")
    for _ in range(3):
        box.poll()
    box.files.save_unmatched(lambda _: True)
    box.registry.save(box.files.live)
    box.restart()
    assert [one["offset"] for one in box.files.status()["Files"].values()] == [box.log.stat().st_size]
