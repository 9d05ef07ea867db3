"""Sockets that are held while the component that opened them is renewed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from heeler.agent.socket_store import HeldSockets, SocketStore


def udp() -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    return one


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def test_the_next_process_takes_a_socket_with_what_waits_in_it() -> None:
    held, (ours, theirs) = HeldSockets(), pair()
    opened = udp()
    address = opened.getsockname()
    assert SocketStore(theirs).keep("udp:a", [opened])
    assert held.answer("dogstatsd", ours)
    opened.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"between", address)
    after = SocketStore(theirs, held.leave_to("dogstatsd"))
    (taken,) = after.take("udp:a")
    taken.settimeout(5)
    assert taken.recv(100) == b"between"
    assert after.take("udp:a") == []
    for one in (taken, ours, theirs):
        one.close()


def test_what_a_configuration_has_no_use_for_is_closed_on_both_sides() -> None:
    held, (ours, theirs) = HeldSockets(), pair()
    opened = udp()
    SocketStore(theirs).keep("udp:old", [opened])
    held.answer("dogstatsd", ours)
    opened.close()
    (descriptor,) = held.of("dogstatsd")["udp:old"]
    copy = os.dup(descriptor)  # what a fork has
    SocketStore(theirs, {"udp:old": [copy]}).settle()
    assert held.answer("dogstatsd", ours)
    assert held.of("dogstatsd") == {}
    for closed in (descriptor, copy):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(closed)
    theirs.close()
    assert not held.answer("dogstatsd", ours)
    ours.close()


def test_a_component_that_does_not_come_back_leaves_no_file(tmp_path: Path) -> None:
    held, (ours, theirs) = HeldSockets(), pair()
    path = tmp_path / "d.socket"
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    opened.bind(str(path))
    SocketStore(theirs).keep(f"unix:{path}", [opened])
    held.answer("dogstatsd", ours)
    opened.close()
    held.drop("trace")
    assert path.exists()
    held.drop_all()
    assert not path.exists()
    for one in (ours, theirs):
        one.close()


def test_without_a_process_that_forks_nothing_is_held() -> None:
    opened = udp()
    assert not SocketStore().keep("udp:a", [opened])
    opened.close()
