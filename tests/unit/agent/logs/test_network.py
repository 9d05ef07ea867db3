"""Ports that programs send logs to, over real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from heeler.agent.component import ComponentError
from heeler.agent.logs.message import Message
from heeler.agent.logs.network import NetworkSource
from heeler.agent.logs.sources import LogSource
from tests.conftest import free_port
from tests.unit.agent.intake import until


@contextmanager
def listening(kind: str, **options: object) -> Iterator[NetworkSource]:
    one = NetworkSource(LogSource(type=kind, port=free_port(), **options))  # type: ignore[arg-type]
    one.start()
    try:
        yield one
    finally:
        one.close()


def collect(one: NetworkSource, number: int) -> list[Message]:
    found: list[Message] = []
    until(lambda: found.extend(one.take()) or len(found) >= number)
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_lines_arrive_on_both_families(kind: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.socket(family, socket.SOCK_DGRAM).bind((host, 0))
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with listening(kind) as one:
        transport = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        with socket.socket(family, transport) as client:
            client.connect((host, one.source.port))
            client.send(b"one\ntwo\n")
            assert [message.text for message in collect(one, 2)] == ["one", "two"]


def test_syslog_over_tcp_has_its_fields() -> None:
    with listening("tcp", format="syslog") as one:
        line = b"<11>1 2026-01-02T03:04:05Z web app - - - broken\nand more"
        with socket.create_connection(("127.0.0.1", one.source.port)) as client:
            client.sendall(b"%d %s" % (len(line), line))
        (message,) = collect(one, 1)
    document = message.as_document("box", 0.0)
    assert document["message"] == "broken\nand more"
    assert (document["status"], document["hostname"], document["service"]) == ("error", "web", "app")
    assert document["timestamp"] == 1767323045000


def test_the_last_line_needs_no_end() -> None:
    with listening("tcp") as one:
        with socket.create_connection(("127.0.0.1", one.source.port)) as client:
            client.sendall(b"no end")
        assert [message.text for message in collect(one, 1)] == ["no end"]


def test_a_port_that_is_taken_is_named() -> None:
    with listening("tcp") as one, pytest.raises(ComponentError, match=f"tcp port {one.source.port}"):
        NetworkSource(one.source)
