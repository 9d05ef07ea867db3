"""DogStatsD lines: what the real client writes, what the protocol refuses, and anything at all."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
from datadog.dogstatsd import DogStatsd
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.metrics.dogstatsd import (
    Event,
    Header,
    Metric,
    ParseError,
    ServiceCheck,
    parse,
    split_datagram,
)


class Captured:
    """The real client, sending to a socket of ours."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        port = self._socket.getsockname()[1]
        self.client = DogStatsd("127.0.0.1", port, disable_telemetry=True, origin_detection_enabled=False)

    def message(self) -> Metric | Event | ServiceCheck:
        (line,) = split_datagram(self._socket.recv(65536))
        return parse(line)

    def close(self) -> None:
        self.client.stop()
        self._socket.close()


@pytest.fixture
def captured() -> Captured:
    return Captured()


def test_the_real_clients_metrics(captured: Captured) -> None:
    client = captured.client
    client.gauge("page.size", 1.5, tags=["a:b", "c"])
    assert captured.message() == Metric(Header("page.size", "g", tags=("a:b", "c")), (1.5,))
    client.increment("hits", 3)
    assert captured.message() == Metric(Header("hits", "c"), (3.0,))
    client.decrement("hits")
    assert captured.message() == Metric(Header("hits", "c"), (-1.0,))
    client.timing("t", 12.5)
    assert captured.message() == Metric(Header("t", "ms"), (12.5,))
    client.set("visitors", "user:1")
    assert captured.message() == Metric(Header("visitors", "s"), (), "user:1")
    client.distribution("d", 7)
    assert captured.message() == Metric(Header("d", "d"), (7.0,))
    client.gauge_with_timestamp("g", 5, 1700000001, tags=["q:r"])
    assert captured.message() == Metric(Header("g", "g", tags=("q:r",), timestamp=1700000001), (5.0,))
    captured.close()


def test_the_real_clients_events_and_checks(captured: Captured) -> None:
    captured.client.event(
        "Tïtle|x", "text\nline2", alert_type="error", aggregation_key="agg", source_type_name="my apps",
        date_happened=1700000000, priority="low", tags=["x:y"], hostname="h1",
    )  # fmt: skip
    assert captured.message() == Event(
        "Tïtle|x", "text\nline2", ("x:y",), 1700000000, "h1", "agg", "low", "my apps", "error"
    )
    captured.client.service_check(
        "my.check", 2, tags=["k:v"], timestamp=1, hostname="h", message="bad\nthing m:x"
    )
    assert captured.message() == ServiceCheck("my.check", 2, ("k:v",), 1, "h", "bad\nthing m:x")
    captured.close()


@pytest.mark.parametrize(
    ("line", "header", "values"),
    [
        ("x:1::2|c", Header("x", "c"), (1.0, 2.0)),
        ("x:1|h|#a|@0.5", Header("x", "h", 0.5, ("a",)), (1.0,)),
        (
            "x:1|g|#host:web-1,,a:b,dd.internal.entity_id:p",
            Header("x", "g", 1.0, ("a:b",), "web-1", entity_id="p"),
            (1.0,),
        ),
        ("x:1|g|#host:", Header("x", "g", host=""), (1.0,)),
        ("x:1e3|g|new:field", Header("x", "g", unknown="new:field"), (1000.0,)),
        (
            "x:1|g|#v:1|c:ci-abc|e:it-false,pu-1|card:high",
            Header(
                "x",
                "g",
                tags=("v:1",),
                cardinality="high",
                local_data="ci-abc",
                external_data="it-false,pu-1",
            ),
            (1.0,),
        ),
    ],
)
def test_fields_in_any_order(line: str, header: Header, values: tuple[float, ...]) -> None:
    assert parse(line) == Metric(header, values)


@pytest.mark.parametrize(
    "line",
    [
        "x", "x:1", "x|c", ":1|c", "x:|c", "x:::|c", "x:1|q", "x:abc|g", "x:True|g", "x:1_000|c", "x: 1|c",
        "x:1|c|@0", "x:1|c|@-1", "x:1|c|@nan", "x:1|c|@abc", "x:1|g|T0", "x:1|g|T-5", "x:1|g|T1.5", "x:1|g|T",
        "_e{0,1}:|x", "_e{1,1}:ab", "_e{1,9}:a|b", "_e{a,1}:a|b", "_e{1}:a", "_e{1,1}:a|bc", "_sc|x",
        "_sc||0", "_sc|x|4", "_sc|x|0|d:soon",
    ],
)  # fmt: skip
def test_lines_that_are_refused(line: str) -> None:
    with pytest.raises(ParseError):
        parse(line)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(datagram: bytes) -> None:
    for line in split_datagram(datagram):
        with suppress(ParseError):
            parse(line)


pieces = st.sampled_from(
    [
        "_e{",
        "_sc|",
        "1",
        "0",
        ",",
        "}:",
        "|",
        ":",
        "#",
        "@",
        "T",
        "g",
        "c",
        "s",
        "ms",
        "d:",
        "h:",
        "m:",
        "é",
        "x",
        "\\n",
    ]
)


@given(st.lists(pieces, max_size=25).map("".join))
def test_near_misses_are_parsed_or_refused(line: str) -> None:
    with suppress(ParseError):
        parse(line)


names = st.text("abc._", min_size=1).filter(lambda n: not n.startswith("_"))
tag_lists = st.lists(st.text("abcé:1", min_size=1).filter(lambda t: not t.startswith("host:")), max_size=4)


@given(names, st.lists(st.floats(allow_nan=False), min_size=1, max_size=5), tag_lists)
def test_what_is_written_is_read(name: str, values: list[float], tags: list[str]) -> None:
    line = f"{name}:{':'.join(map(repr, values))}|d" + (f"|#{','.join(tags)}" if tags else "")
    assert parse(line) == Metric(Header(name, "d", tags=tuple(tags)), tuple(values))
