"""``ntp.offset`` and ``ntp.in_sync``: offset of the local clock, by SNTP (RFC 4330)."""

from __future__ import annotations

import math
import secrets
import socket
import statistics
import struct
import time
from typing import Any

from datadog_checks.base import AgentCheck, ConfigurationError

_PACKET = struct.Struct(">BBbbII4sQQQQ")
_CLIENT, _SERVER = 3, 4
_UNSYNCHRONIZED = 3
#: Seconds after which the timestamps begin again (in 2036).
_ERA = 2**32
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
        self._hosts = [hosts] if isinstance(hosts, str) else [str(host) for host in hosts]
        self._port = int(self._number("port", 123))
        self._timeout = self._number("timeout", _TIMEOUT)
        self._threshold = self._number("offset_threshold", _THRESHOLD)
        self._version = int(self._number("version", 3))
        if self._version > 4:
            raise ConfigurationError(f"version is that of NTP, 1 to 4, not {self._version}")
        self._tags = list(option("tags") or [])
        self._every = self._number("min_collection_interval", DEFAULT_INTERVAL)
        self._asked = -self._every

    def _number(self, name: str, default: float) -> float:
        given = self.instance.get(name) or default
        try:
            number = float(given)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 < number < math.inf:
            raise ConfigurationError(f"{name} is a number above 0, not {given!r}")
        return number

    def check(self, _: dict[str, Any]) -> None:
        if time.monotonic() - self._asked < self._every - 1:
            return
        self._asked = time.monotonic()
        offsets, problems = [], []
        for host in self._hosts:
            try:
                offsets.append(self._ask(host))
            except (OSError, ValueError) as error:  # ValueError: also a text that is no name of a host
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
            # The server returns it: what comes from elsewhere, or answers an earlier request, does not count.
            mark = secrets.randbits(64) | 1
            sent = time.time()
            client.send(_PACKET.pack(self._version << 3 | _CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, mark))
            return offset_of(client.recv(1024), sent, time.time(), mark)


def offset_of(packet: bytes, sent: float, received: float, mark: int) -> float:
    """Seconds to add to the local clock, from a response and the times of request and response; ``mark`` is
    the transmit timestamp of the request. Raises NTPError.
    """
    if len(packet) < _PACKET.size:
        raise NTPError(f"a response of {len(packet)} bytes is too short")
    first, stratum, *_, origin, receive, transmit = _PACKET.unpack_from(packet)
    if first & 7 != _SERVER:
        raise NTPError("the response is not of a server")
    if origin != mark:
        raise NTPError("the response is to another request")
    if not 0 < stratum < 16 or not transmit or first >> 6 == _UNSYNCHRONIZED:
        raise NTPError(f"the server does not know the time (stratum {stratum})")
    return ((_seconds(receive, sent) - sent) + (_seconds(transmit, received) - received)) / 2


def _seconds(stamp: int, now: float) -> float:
    """UNIX seconds of a timestamp, in the era that is nearest to ``now``."""
    seconds = stamp / _FRACTION - _UNIX_OFFSET
    return seconds + round((now - seconds) / _ERA) * _ERA
