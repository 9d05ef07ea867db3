"""The answer that process agents wait for."""

from __future__ import annotations

import struct

from heeler.wire.processes.message_framing import res_collector
from heeler.wire.protobuf import fields


def test_the_frame_and_its_message() -> None:
    body = res_collector(1_790_000_000, active_clients=3, interval=10)
    assert struct.unpack("<BBBBiq", body[:16]) == (3, 0, 23, 0, 0, 1_790_000_000)
    found = {number: value for number, _, value in fields(body[16:])}
    assert list(fields(found[1])) == [(4, 0, 23)]
    assert found[2] == b""
    assert list(fields(found[3])) == [(1, 0, 3), (2, 0, 10)]


def test_nobody_looks() -> None:
    status = next(value for number, _, value in fields(res_collector(1)[16:]) if number == 3)
    assert {number: value for number, _, value in fields(status)}.get(1, 0) == 0
