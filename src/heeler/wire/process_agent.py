"""Message framing of process agents, and the response that they expect.

Version 3: sixteen bytes, little endian: version u8, encoding u8, type u8, subscription u8, organization i32,
time i64; then the message.
"""

from __future__ import annotations

import struct

from heeler.wire import protobuf as pb

_HEADER = struct.Struct("<BBBBiq")
_RES_COLLECTOR = 23


def res_collector(now: int, *, active_clients: int = 0, interval: int = 2) -> bytes:
    """A framed ``ResCollector{header 1 {type 4}, message 2, status 3 {activeClients 1, interval 2}}``.

    An empty message means success; an active client would turn on real-time mode.
    """
    status = pb.put_int(1, active_clients) + pb.put_int(2, interval)
    body = pb.put_bytes(1, pb.put_int(4, _RES_COLLECTOR)) + pb.put_bytes(2, b"") + pb.put_bytes(3, status)
    return _HEADER.pack(3, 0, _RES_COLLECTOR, 0, 0, now) + body
