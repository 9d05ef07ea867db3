"""``tls.*``: TLS availability, protocol version and certificate expiry of a server."""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from datadog_checks.base import AgentCheck, ConfigurationError

_TIMEOUT = 10.0
_DAY = 86_400.0
_VERSIONS = ("TLSv1.2", "TLSv1.3")


class TLSCheck(AgentCheck):
    """Options as in Datadog's integration: ``server``, ``port``, ``local_cert_path``, ``server_hostname``,
    ``validate_cert``, ``days_warning``, ``days_critical``, ``seconds_*``, ``allowed_versions``,
    ``tls_ca_cert``, ``timeout``.
    """

    __NAMESPACE__ = "tls"

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._local = str(option("local_cert_path") or "")
        address = urlsplit(server if "//" in (server := str(option("server") or "")) else f"//{server}")
        self._server = address.hostname or ""
        if not self._server and not self._local:
            raise ConfigurationError("tls needs a server or a local_cert_path")
        self._port = int(option("port") or address.port or 443)
        self._name = str(option("server_hostname") or self._server)
        self._validate = bool(option("validate_cert", option("tls_verify", True)))
        self._match_name = bool(option("validate_hostname", option("tls_validate_hostname", True)))
        self._ca = option("tls_ca_cert") or option("ca_cert")
        self._timeout = float(option("timeout") or _TIMEOUT)
        self._warning = float(option("seconds_warning") or float(option("days_warning", 14)) * _DAY)
        self._critical = float(option("seconds_critical") or float(option("days_critical", 7)) * _DAY)
        versions = option("allowed_versions") or init_config.get("allowed_versions") or _VERSIONS
        self._versions = {_version(str(version)) for version in versions}
        self._tags = [f"name:{option('name') or self._name or self._local}", *(option("tags") or [])]
        if self._server:
            self._tags += [f"server_hostname:{self._name}", f"port:{self._port}", f"server:{self._server}"]

    def check(self, _: dict[str, Any]) -> None:
        if self._local:
            self._judge(_certificate(Path(self._local).read_bytes()))
            return
        try:
            version, encoded = self._handshake(validate=False)
        except OSError as error:
            self._say("can_connect", f"{self._server}:{self._port} does not speak TLS: {error}")
            return
        self._say("can_connect")
        allowed = _version(version) in self._versions
        self._say("version", "" if allowed else f"it speaks {version}, which is not allowed")
        if self._validate:
            try:
                self._handshake(validate=True)
                self._say("cert_validation")
            except OSError as error:
                self._say("cert_validation", f"its certificate is not valid: {error}")
        self._judge(_certificate(encoded))

    def _handshake(self, *, validate: bool) -> tuple[str, bytes]:
        context = ssl.create_default_context(cafile=self._ca)
        context.check_hostname = validate and self._match_name
        context.verify_mode = ssl.CERT_REQUIRED if validate else ssl.CERT_NONE
        with (
            socket.create_connection((self._server, self._port), self._timeout) as plain,
            context.wrap_socket(plain, server_hostname=self._name) as secure,
        ):
            return secure.version() or "", secure.getpeercert(binary_form=True) or b""

    def _judge(self, certificate: x509.Certificate) -> None:
        end, begin = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        left = end.timestamp() - time.time()
        self.gauge("days_left", left / _DAY, tags=self._tags)
        self.gauge("seconds_left", left, tags=self._tags)
        issued = time.time() - begin.timestamp()
        self.gauge("issued_days", issued / _DAY, tags=self._tags)
        self.gauge("issued_seconds", issued, tags=self._tags)
        when = f"{datetime.fromtimestamp(end.timestamp(), UTC):%Y-%m-%d %H:%M UTC}"
        if left <= 0:
            self._say("cert_expiration", f"its certificate ended at {when}")
        elif left < self._critical:
            self._say("cert_expiration", f"its certificate ends at {when}")
        elif left < self._warning:
            self._say("cert_expiration", f"its certificate ends at {when}", self.WARNING)
        else:
            self._say("cert_expiration")

    def _say(self, name: str, problem: str = "", status: Any = None) -> None:
        level = (status if status is not None else self.CRITICAL) if problem else self.OK
        self.service_check(name, level, tags=self._tags, message=problem)


def _version(text: str) -> str:
    """Normalized TLS version: ``TLSv1.2``, ``TLS 1.2`` and ``tlsv1.2`` are equal."""
    return re.sub(r"[^0-9.a-z]|v", "", text.lower())


def _certificate(data: bytes) -> x509.Certificate:
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)
