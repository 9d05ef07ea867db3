"""``network.tcp.*`` and ``tcp.can_connect``: reachability and connect time of a TCP port."""

from __future__ import annotations

import math
import socket
import time
from typing import Any

from datadog_checks.base import AgentCheck, ConfigurationError

_TIMEOUT = 10.0


class TCPCheck(AgentCheck):
    """Options as in Datadog's integration: ``host``, ``port``, ``timeout``, ``collect_response_time``,
    ``multiple_ips``.
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._host, given = str(option("host") or ""), option("port")
        port = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
        whole = isinstance(port, int) and not isinstance(port, bool)
        if not self._host or not whole or not 0 < port < 65536:
            raise ConfigurationError(f"tcp_check needs host and port; they are {self._host!r} and {given!r}")
        self._port = port
        try:
            self._timeout = float(option("timeout") or _TIMEOUT)
        except (TypeError, ValueError):
            self._timeout = math.nan
        if not 0 < self._timeout < math.inf:
            raise ConfigurationError(f"tcp_check needs a timeout in seconds, not {option('timeout')!r}")
        self._with_time = bool(option("collect_response_time", False))
        self._every_address = bool(option("multiple_ips", False))
        self._tags = [
            *(option("tags") or []),
            f"instance:{option('name') or self._host}",
            f"target_host:{self._host}",
            f"port:{port}",
        ]

    def check(self, _: dict[str, Any]) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:  # ValueError: a text that is no name of a host
            self._report(self._tags, f"the name {self._host} cannot be resolved: {error}")
            return
        addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
        for family, address in addresses if self._every_address else addresses[:1]:
            self._connect(family, address, [*self._tags, f"address:{address[0]}"])

    def _connect(self, family: int, address: Any, tags: list[str]) -> None:
        started = time.perf_counter()
        try:
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(self._timeout)
                client.connect(address)
        except OSError as error:
            self._report(tags, f"{address[0]}:{self._port} does not take connections: {error}")
            return
        if self._with_time:
            self.gauge("network.tcp.response_time", time.perf_counter() - started, tags=tags)
        self._report(tags)

    def _report(self, tags: list[str], problem: str = "") -> None:
        self.gauge("network.tcp.can_connect", 0 if problem else 1, tags=tags)
        self.service_check(
            "tcp.can_connect", self.CRITICAL if problem else self.OK, tags=tags, message=problem
        )
