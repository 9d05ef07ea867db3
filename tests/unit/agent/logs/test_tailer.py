"""One open file: lines, offsets, truncation, parts of containers' lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.agent.logs.rules import parse_rules
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.tailer import ArchiveTailer, Counts, Tailer


def tail(file: Path, offset: int = 0, kind: type[Tailer] = Tailer, **source: Any) -> Tailer:
    return kind(file, file, LogSource(str(file), **source), offset, Counts())


def texts(messages: list[Any]) -> list[str]:
    return [one.text for one in messages]


def append(file: Path, text: str) -> None:
    with file.open("ab") as target:
        target.write(text.encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "app.log"
    made.touch()
    return made


def test_complete_lines_move_the_offset(file: Path) -> None:
    one = tail(file)
    append(file, "first\nsecond\nthi")
    found = one.read(1.0)
    assert texts(found) == ["first", "second"]
    assert [message.offset for message in found] == [6, 13]
    assert one.offset == 13
    append(file, "rd\n")
    assert [(message.text, message.offset) for message in one.read(2.0)] == [("third", 19)]
    assert one.read(3.0) == []
    assert (one.counts.bytes, one.counts.messages) == (19, 3)


def test_what_was_read_is_not_read_again(file: Path) -> None:
    append(file, "first\nsecond\n")
    one = tail(file, offset=6)
    assert texts(one.read(1.0)) == ["second"]


def test_messages_say_where_they_come_from(file: Path) -> None:
    one = tail(file)
    append(file, "x\n")
    (message,) = one.read(1.0)
    stat = file.stat()
    assert (message.origin, message.path) == (f"{stat.st_dev}:{stat.st_ino}", str(file))
    assert message.tags == ("filename:app.log", f"dirname:{file.parent}")


def test_the_last_line_without_an_end(file: Path) -> None:
    one = tail(file)
    append(file, "whole\nhalf")
    assert texts(one.read(1.0)) == ["whole"]
    assert texts(one.finish()) == ["half"]
    assert one.offset == 10


def test_empty_and_excluded_lines_move_the_offset_too(file: Path) -> None:
    rules = parse_rules([{"type": "exclude_at_match", "name": "n", "pattern": "health"}], "test")
    one = tail(file, rules=rules)
    append(file, "\n  \nGET /health\nGET /shop\n")
    found = one.read(1.0)
    assert [(message.text, message.offset) for message in found] == [("GET /shop", 26)]
    assert (one.counts.messages, one.counts.excluded) == (1, 1)


def test_a_message_of_several_lines_ends_with_the_next_or_a_pause(file: Path) -> None:
    rules = parse_rules([{"type": "multi_line", "name": "n", "pattern": r"\d{4}-"}], "test")
    one = tail(file, rules=rules)
    append(file, "2026- boom\n  at x\n  at y\n2026- next\n")
    assert texts(one.read(1.0)) == ["2026- boom\n  at x\n  at y"]
    assert one.offset == 25
    rounds = [texts(one.read(now)) for now in (2.0, 3.0, 4.0)]
    assert rounds.count(["2026- next"]) == 1
    assert one.offset == 36


def test_truncation_is_noticed(file: Path) -> None:
    append(file, "a line of some length\n")
    one = tail(file)
    one.read(1.0)
    assert not one.truncated
    append(file, "more\n")
    assert not one.truncated
    one.read(2.0)
    file.write_text("short\n")
    assert one.truncated
    one.begin_again("emptied")
    assert [(message.text, message.offset) for message in one.read(3.0)] == [("short", 6)]


def test_a_file_that_was_emptied_and_outgrew_its_length_is_another(file: Path) -> None:
    append(file, "old content\n")
    one = tail(file)
    one.read(1.0)
    file.write_text("new content that is longer than before\n")
    assert one.truncated


def test_what_began_before_a_truncation_is_not_put_before_what_follows(file: Path) -> None:
    one = tail(file)
    append(file, "whole\nhalf of a li")
    one.read(1.0)
    file.write_text("new\n")
    one.begin_again("emptied")
    assert [(message.text, message.offset) for message in one.read(2.0)] == [("new", 4)]


def docker(text: str, stream: str = "stdout") -> str:
    return json.dumps({"log": text, "stream": stream, "time": "2026-11-30T10:00:00.123456789Z"}) + "\n"


def test_parts_of_a_containers_line_are_one_message_of_all_their_bytes(file: Path) -> None:
    one = tail(file, type="docker")
    parts = [docker("begin "), docker("middle "), docker("end\n")]
    append(file, parts[0] + parts[1])
    assert one.read(1.0) == []
    assert one.offset == 0
    append(file, parts[2] + docker("oops\n", "stderr"))
    found = one.read(2.0)
    assert [(message.text, message.status, message.timestamp) for message in found] == [
        ("begin middle end", "info", 1796032800123),
        ("oops", "error", 1796032800123),
    ]
    assert found[0].offset == sum(map(len, parts))


def test_parts_of_a_line_do_not_reach_over_a_truncation(file: Path) -> None:
    one = tail(file, type="docker")
    append(file, docker("x" * 5000))
    one.read(1.0)
    file.write_text(docker("new\n"))
    one.begin_again("emptied")
    found = one.read(2.0)
    assert [(message.text, message.offset) for message in found] == [("new", file.stat().st_size)]


def test_parts_whose_end_does_not_come_are_a_message_at_the_end(file: Path) -> None:
    one = tail(file, type="docker")
    append(file, docker("begin ") + docker("warn ", "stderr"))
    assert one.read(1.0) == []
    assert [(message.text, message.status) for message in one.finish()] == [
        ("begin ", "info"),
        ("warn ", "error"),
    ]
    assert one.offset == file.stat().st_size
    assert one.finish() == []


def test_an_archive_is_read_once_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "app.log.1.gz"
    file.write_bytes(gzip.compress(b"first\nsecond\n"))
    one = tail(file, kind=ArchiveTailer)
    assert texts(one.read(1.0)) == ["first", "second"]
    assert not one.truncated
    assert texts(tail(file, offset=6, kind=ArchiveTailer).read(1.0)) == ["second"]


@settings(max_examples=50)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8), max_size=12),
    st.data(),
)
def test_a_restart_anywhere_loses_and_repeats_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("tail") / "app.log"
    whole = "".join(f"{line}\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    file.touch()
    found: list[str] = []
    offset = 0
    for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        with file.open("ab") as target:
            target.write(whole[start:stop])
        one = tail(file, offset)
        found += texts(one.read(1.0))
        offset = one.offset
        one.close()
    assert found == [line for line in lines if line.strip()]
    assert offset == len(whole)
