"""``http.can_connect`` and ``network.http.*``: HTTP status, response time and certificate expiry of a URL."""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from datadog_checks.base import AgentCheck, ConfigurationError

_EXPECTED = r"(1|2|3)\d\d"
_SHOWN = 200
_MAX_BODY = 10 * 2**20
"""Bytes of a response that are read and searched."""
_METHODS = {
    "get": "get",
    "post": "post",
    "head": "head",
    "put": "put",
    "patch": "patch",
    "delete": "delete",
    "options": "options_method",
}
"""Functions of the base package's client."""


class HTTPCheck(AgentCheck):
    """Options as in Datadog's integration: ``url``, ``method``, ``content_match``,
    ``http_response_status_code``...
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        self._url = str(self.instance.get("url") or "")
        if not urlsplit(self._url).netloc:
            raise ConfigurationError(
                f"url is {self._url!r}; write a whole address, such as http://localhost:8080/"
            )
        instance_name = str(self.instance.get("name") or self._url)
        self._tags = [
            *(self.instance.get("tags") or []),
            f"url:{self._url}",
            f"instance:{self.normalize_tag(instance_name)}",
        ]
        self._expected = self._pattern("http_response_status_code", _EXPECTED)
        content = self.instance.get("content_match")
        self._content = self._pattern("content_match", "") if content else None
        self._method = str(self.instance.get("method") or "get").lower()
        if self._method not in _METHODS:
            raise ConfigurationError(
                f"method is {self.instance['method']!r}; write one of {', '.join(_METHODS)}"
            )
        self._unwanted = bool(self.instance.get("reverse_content_match", False))

    def _pattern(self, option: str, default: str) -> re.Pattern[str]:
        text = str(self.instance.get(option, default))
        try:
            return re.compile(text)
        except re.error as error:
            raise ConfigurationError(f"{option} is {text!r}, no regular expression: {error}") from None

    def check(self, instance: dict[str, Any]) -> None:
        started = time.perf_counter()
        problem = self._problem(instance)
        if problem is None and instance.get("collect_response_time", True):
            self.gauge("network.http.response_time", time.perf_counter() - started, tags=self._tags)
        status = self.OK if problem is None else self.CRITICAL
        self.service_check("http.can_connect", status, tags=self._tags, message=problem or "")
        self.gauge("network.http.can_connect", int(problem is None), tags=self._tags)
        self.gauge("network.http.cant_connect", int(problem is not None), tags=self._tags)
        if urlsplit(self._url).scheme == "https" and instance.get("check_certificate_expiration", True):
            self._certificate(instance)

    def _problem(self, instance: dict[str, Any]) -> str | None:
        """The problem with a response; None if there is none."""
        body = instance.get("data")
        extra = {"json": body} if isinstance(body, dict) else {"data": body} if body else {}
        try:
            with getattr(self.http, _METHODS[self._method])(
                self._url,
                allow_redirects=bool(instance.get("allow_redirects", True)),
                stream=True,
                **extra,
            ) as response:
                text = _text(response)
        except (requests.RequestException, OSError) as error:
            return f"{self._url} did not answer: {error}"[:500]
        if not self._expected.fullmatch(str(response.status_code)):
            return f"{self._url} answered {response.status_code} {response.reason}: {text[:_SHOWN]}"
        if self._content is None:
            return None
        if bool(self._content.search(text)) == self._unwanted:
            word = "has" if self._unwanted else "does not have"
            return f"the answer of {self._url} {word} {self._content.pattern!r}: {text[:_SHOWN]}"
        return None

    def _certificate(self, instance: dict[str, Any]) -> None:
        try:
            seconds = _seconds_left(self._url, float(instance.get("timeout", 10)))
        except (OSError, ValueError) as error:
            self.service_check("http.ssl_cert", self.UNKNOWN, tags=self._tags, message=str(error)[:500])
            return
        days = seconds / 86400
        self.gauge("http.ssl.days_left", days, tags=self._tags)
        self.gauge("http.ssl.seconds_left", seconds, tags=self._tags)
        if days < float(instance.get("days_critical", 7)):
            status = self.CRITICAL
        else:
            status = self.WARNING if days < float(instance.get("days_warning", 14)) else self.OK
        self.service_check("http.ssl_cert", status, tags=self._tags, message=f"{days:.1f} days left")


def _text(response: requests.Response) -> str:
    """The beginning of the body."""
    body = bytearray()
    for chunk in response.iter_content(2**16):
        body += chunk
        if len(body) >= _MAX_BODY:
            break
    try:
        return body[:_MAX_BODY].decode(response.encoding or "utf-8", "replace")
    except LookupError:
        return body[:_MAX_BODY].decode(errors="replace")


def _seconds_left(url: str, timeout: float) -> float:
    """Seconds until the certificate of ``url`` expires, negative after it; the certificate is not verified
    here.
    """
    from cryptography import x509

    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((parts.hostname or "", parts.port or 443), timeout) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        raw = secure.getpeercert(binary_form=True)
    if not raw:
        raise ValueError(f"{url} showed no certificate")
    return (x509.load_der_x509_certificate(raw).not_valid_after_utc - datetime.now(UTC)).total_seconds()
