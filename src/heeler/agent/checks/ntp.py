"""``ntp.offset`` and ``ntp.in_sync``: offset of the local clock, by SNTP (RFC 4330)."""

from __future__ import annotations

import socket
import statistics
import struct
import time
from typing import Any

from datadog_checks.base import AgentCheck

_PACKET = struct.Struct(">BBbbIII4sQQQQ")
_REQUEST = bytes((0x1B,)) + bytes(47)
_UNIX_OFFSET = 2_208_988_800
_FRACTION = 2**32
_TIMEOUT = 5.0
_THRESHOLD = 60.0
_DEFAULT_HOSTS = tuple(f"{number}.pool.ntp.org" for number in range(4))
DEFAULT_INTERVAL = 900


class NTPError(ValueError):
    """The response is invalid, or its server is not synchronized."""


class NTPCheck(AgentCheck):
    """Options as in Datadog's integration: ``host``, ``hosts``, ``port``, ``timeout``, ``offset_threshold``,
    ``version``.

    It queries every 900 seconds, however often it is run: servers of the public pool expect this.
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        hosts = option("hosts") or ([option("host")] if option("host") else _DEFAULT_HOSTS)
        self._hosts = [str(host) for host in hosts]
        self._port = int(option("port") or 123)
        self._timeout = float(option("timeout") or _TIMEOUT)
        self._threshold = float(option("offset_threshold") or _THRESHOLD)
        self._tags = list(option("tags") or [])
        self._every = float(option("min_collection_interval") or DEFAULT_INTERVAL)
        self._asked = -self._every

    def check(self, _: dict[str, Any]) -> None:
        if time.monotonic() - self._asked < self._every - 1:
            return
        self._asked = time.monotonic()
        offsets, problems = [], []
        for host in self._hosts:
            try:
                offsets.append(self._ask(host))
            except (OSError, NTPError) as error:
                problems.append(f"{host}: {error}")
        if not offsets:
            message = "no server answered: " + "; ".join(problems)
            self.service_check("ntp.in_sync", self.UNKNOWN, tags=self._tags, message=message)
            return
        offset = statistics.median(offsets)
        self.gauge("ntp.offset", offset, tags=self._tags)
        if abs(offset) > self._threshold:
            message = f"the clock is off by {offset:.3f} s, more than {self._threshold:g}"
            self.service_check("ntp.in_sync", self.CRITICAL, tags=self._tags, message=message)
        else:
            self.service_check("ntp.in_sync", self.OK, tags=self._tags)

    def _ask(self, host: str) -> float:
        family, _, _, _, address = socket.getaddrinfo(host, self._port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(self._timeout)
            client.connect(address)
            sent = time.time()
            client.send(_REQUEST)
            return offset_of(client.recv(1024), sent, time.time())


def offset_of(packet: bytes, sent: float, received: float) -> float:
    """Seconds to add to the local clock, from a response and the times of request and response. Raises
    NTPError.
    """
    if len(packet) < _PACKET.size:
        raise NTPError(f"a response of {len(packet)} bytes is too short")
    first, stratum, *_, receive, transmit = _PACKET.unpack_from(packet)
    if first & 7 != 4:
        raise NTPError("the response is not of a server")
    if not 0 < stratum < 16 or not transmit:
        raise NTPError(f"the server does not know the time (stratum {stratum})")
    return ((_seconds(receive) - sent) + (_seconds(transmit) - received)) / 2


def _seconds(stamp: int) -> float:
    return stamp / _FRACTION - _UNIX_OFFSET
