"""Bytes to lines, lines to messages."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.logs.lines import STARTS_WITH_TIME, Joiner, LineSplitter


def test_a_line_that_is_too_long_goes_on_in_further_messages() -> None:
    splitter = LineSplitter(most_bytes=10)
    found = splitter.feed(b"x" * 25 + b"\nnext\n")
    assert found == [
        ("x" * 10 + "...TRUNCATED...", 10),
        ("...TRUNCATED..." + "x" * 10 + "...TRUNCATED...", 10),
        ("...TRUNCATED..." + "x" * 5, 6),
        ("next", 5),
    ]


def test_a_long_line_is_not_cut_within_a_character() -> None:
    found = LineSplitter(most_bytes=5).feed("ééééé\n".encode())
    assert "".join(text.replace("...TRUNCATED...", "") for text, _ in found) == "ééééé"


def test_a_line_that_never_ends_is_cut() -> None:
    splitter = LineSplitter(most_bytes=10)
    found = splitter.feed(b"x" * 25)
    assert [size for _, size in found] == [10, 10]
    assert splitter.flush() == ("...TRUNCATED...xxxxx", 5)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=8), st.data())
def test_lines_do_not_depend_on_where_reads_end(lines: list[str], data: st.DataObject) -> None:
    whole = "".join(f"{line}\n" for line in lines).encode()
    splitter, found, at = LineSplitter(), [], 0
    while at < len(whole):
        step = data.draw(st.integers(1, 7))
        found += splitter.feed(whole[at : at + step])
        at += step
    assert [text for text, _ in found] == lines
    assert sum(size for _, size in found) == len(whole)


def test_lines_of_wide_encodings() -> None:
    splitter = LineSplitter("utf-16-le")
    assert splitter.feed("ab\nĊc\n".encode("utf-16-le")) == [("ab", 6), ("Ċc", 6)]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50)), max_size=30), st.booleans())
def test_joining_loses_nothing(lines: list[tuple[bool, int]], auto: bool) -> None:
    joiner = Joiner(re.compile("^S"), most_lines=5, auto=auto)
    found = [one for starts, size in lines for one in joiner.feed("S" if starts else "c", size)]
    found += joiner.flush()
    assert sum(size for _, size in found) == sum(size for _, size in lines)
    assert sum(len(text.split("\n")) for text, _ in found) == len(lines)


def test_auto_multi_line_joins_only_to_what_begins_with_a_time() -> None:
    joiner = Joiner(STARTS_WITH_TIME, auto=True)
    lines = ["no time", "none here", "2026-01-02 03:04:05 start", "  at a", '{"json":1}', "loose"]
    found = [text for line in lines for text, _ in joiner.feed(line, 1)]
    assert found == ["no time", "none here", "2026-01-02 03:04:05 start\n  at a", '{"json":1}', "loose"]
    for begin in (
        "Jan  2 03:04:05 h x",
        "[2026/01/02 x",
        "02/Jan/2026:03",
        "1767323045 x",
        "Fri, 02 Jan 2026",
    ):
        assert STARTS_WITH_TIME.search(begin), begin
