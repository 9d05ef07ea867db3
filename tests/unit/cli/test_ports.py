from __future__ import annotations

import os
import socket

from heeler.cli.ports import holder_of
from tests.conftest import free_port


def test_the_holder_of_a_port_is_named() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        holder = holder_of(server.getsockname()[1])
    assert holder is not None
    assert holder.pid == os.getpid()
    assert f"(pid {os.getpid()})" in str(holder)


def test_udp_ports_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        holder = holder_of(server.getsockname()[1], "udp")
    assert holder is not None
    assert holder.pid == os.getpid()


def test_a_free_port_has_none() -> None:
    assert holder_of(free_port()) is None
