"""``dns.response_time`` and ``dns.can_resolve``: resolution of a name by a name server, and its latency."""

from __future__ import annotations

import ipaddress
import random
import socket
import time
from pathlib import Path
from typing import Any

from datadog_checks.base import AgentCheck, ConfigurationError

from heeler.agent.checks.dns_message import TYPES, DNSError, decode_answers, encode_question

_TIMEOUT = 5.0


class DNSCheck(AgentCheck):
    """Options as in Datadog's integration: ``hostname``, ``nameserver``, ``nameserver_port``,
    ``record_type``, ``resolves_as``, ``timeout``.
    """

    SERVICE_CHECK_NAME = "dns.can_resolve"

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._hostname = str(option("hostname") or "")
        if not self._hostname:
            raise ConfigurationError("dns_check needs a hostname to ask for")
        self._type = str(option("record_type") or "A").upper()
        if self._type not in (*TYPES, "NXDOMAIN"):
            raise ConfigurationError(f"record_type is {self._type!r}; write one of {', '.join(TYPES)}")
        self._server = str(option("nameserver") or "") or default_server()
        try:
            self._port = int(option("nameserver_port") or 53)
            self._timeout = float(option("timeout") or init_config.get("default_timeout") or _TIMEOUT)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"nameserver_port and timeout are numbers: {error}") from None
        if not 0 < self._timeout < 3600:
            raise ConfigurationError(f"timeout is {self._timeout:g}; write seconds")
        self._expected = {
            part.strip() for part in str(option("resolves_as") or "").split(",") if part.strip()
        }
        self._tags = [
            *(option("tags") or []),
            f"nameserver:{self._server}",
            f"resolved_hostname:{self._hostname}",
            f"instance:{option('name') or self._hostname}",
            f"record_type:{self._type}",
        ]

    def check(self, _: dict[str, Any]) -> None:
        started = time.perf_counter()
        try:
            values = self._resolve()
        except TimeoutError:
            self._report(f"{self._server} did not answer within {self._timeout:g} s")
            return
        except (DNSError, OSError) as error:
            if self._type == "NXDOMAIN" and "NXDOMAIN" in str(error):
                self._report()
            else:
                self._report(f"{self._hostname} cannot be resolved by {self._server}: {error}")
            return
        self.gauge("dns.response_time", time.perf_counter() - started, tags=self._tags)
        known = {_comparable(value) for value in values}
        missing = {value for value in self._expected if _comparable(value) not in known}
        if self._type == "NXDOMAIN":
            self._report(f"{self._hostname} is known to {self._server}, and should not be")
        elif missing:
            self._report(f"{self._hostname} resolves to {sorted(values)}, without {sorted(missing)}")
        else:
            self._report()

    def _resolve(self) -> set[str]:
        kind = "A" if self._type == "NXDOMAIN" else self._type
        identity = random.randrange(65536)  # noqa: S311 - the socket takes packets of this server alone
        family, _, _, _, address = socket.getaddrinfo(self._server, self._port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.connect(address)
            client.send(encode_question(identity, self._hostname, kind))
            answers = decode_answers(self._receive(client, identity), identity)
        values = {answer.value for answer in answers if answer.type == TYPES[kind]}
        if not values:
            raise DNSError(f"it has no record of type {kind}")
        return values

    def _receive(self, client: socket.socket, identity: int) -> bytes:
        """The response to question ``identity``, not one to an earlier question. Raises TimeoutError."""
        end = time.monotonic() + self._timeout
        while (left := end - time.monotonic()) > 0:
            client.settimeout(left)
            message = client.recv(65535)
            if message[:2] == identity.to_bytes(2):
                return message
        raise TimeoutError

    def _report(self, problem: str = "") -> None:
        status = self.CRITICAL if problem else self.OK
        self.service_check(self.SERVICE_CHECK_NAME, status, tags=self._tags, message=problem)


def _comparable(value: str) -> str:
    """Names do not differ by case or a final dot, addresses not by how they are written."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value.rstrip(".").lower()


def default_server(file: Path = Path("/etc/resolv.conf")) -> str:
    """The first name server of the system."""
    try:
        lines = [line.split() for line in file.read_text().splitlines()]
    except OSError:
        lines = []
    return next((line[1] for line in lines if len(line) > 1 and line[0] == "nameserver"), "127.0.0.1")
