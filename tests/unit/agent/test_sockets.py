"""Listening on every address of a name."""

from __future__ import annotations

import socket

import pytest

from heeler.agent.sockets import bind_all
from tests.conftest import free_port


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_localhost_is_each_of_its_addresses(kind: socket.SocketKind) -> None:
    port = free_port()
    servers = bind_all("localhost", port, kind)
    try:
        assert {one.getsockname()[1] for one in servers} == {port}
        assert "127.0.0.1" in {one.getsockname()[0] for one in servers}
        assert len({one.family for one in servers}) == len(servers)
    finally:
        for one in servers:
            one.close()


def test_a_taken_port_closes_what_was_opened() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            bind_all("127.0.0.1", port, socket.SOCK_STREAM)
        with pytest.raises(OSError):
            bind_all("localhost", port, socket.SOCK_STREAM)
    for one in bind_all("localhost", port, socket.SOCK_STREAM):
        one.close()


def test_a_name_that_is_none() -> None:
    with pytest.raises(OSError):
        bind_all("no-such-host.invalid", 1, socket.SOCK_STREAM)
