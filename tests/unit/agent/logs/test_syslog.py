"""Syslog: both formats and the framing on TCP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.logs.syslog import SyslogFrames, SyslogMessage, parse_syslog

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_rfc_5424() -> None:
    line = '<165>1 2003-10-11T22:14:15.003Z host.example evntslog 42 ID47 [x@1 a="b\\]c"] \ufeffAn event'
    assert parse_syslog(line, NOW) == SyslogMessage(
        '[x@1 a="b\\]c"] An event',
        "notice",
        1065910455003,
        "host.example",
        "evntslog",
        ("syslog_facility:20", "syslog_pid:42", "syslog_msgid:ID47"),
    )
    assert parse_syslog("<34>1 - - - - - - text", NOW) == SyslogMessage(
        "text", "critical", 0, tags=("syslog_facility:4",)
    )


def test_rfc_3164_takes_the_year_that_is_near() -> None:
    found = parse_syslog("<13>Dec 31 23:59:58 web su[7]: failed: no", NOW)
    assert (found.text, found.status, found.hostname, found.service) == ("failed: no", "notice", "web", "su")
    assert found.timestamp == int(datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp() * 1000)
    assert found.tags == ("syslog_facility:1", "syslog_pid:7")


@pytest.mark.parametrize("line", ["plain", "<999>1 x", "<34", ""])
def test_what_is_no_syslog_is_a_message_as_it_is(line: str) -> None:
    assert parse_syslog(line, NOW) == SyslogMessage(line)


def test_a_priority_alone_gives_the_status() -> None:
    assert parse_syslog("<11>disk full", NOW).status == "error"


@given(st.lists(st.binary(min_size=1, max_size=20).map(lambda b: b"<1>" + b.replace(b"\n", b" "))), st.data())
def test_counted_frames_do_not_depend_on_where_reads_end(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(b"%d %s" % (len(one), one) for one in messages)
    frames, found = SyslogFrames(1000), []
    while stream:
        step = data.draw(st.integers(1, 9))
        found += frames.feed(stream[:step])
        stream = stream[step:]
    assert found == messages


def test_lines_are_frames_as_well() -> None:
    frames = SyslogFrames(100)
    assert frames.feed(b"<1>a\r\n<1>b\n<1>c") == [b"<1>a", b"<1>b"]
    assert frames.flush() == [b"<1>c"]
    with pytest.raises(ValueError, match="longer"):
        SyslogFrames(100).feed(b"99999 <1>")
