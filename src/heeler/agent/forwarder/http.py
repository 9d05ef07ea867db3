"""HTTP sender of transactions: follows redirects within a host, and diagnoses errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination, redirect_target
from heeler.agent.forwarder.transaction import Transaction, Verdict, is_intake_response, verdict

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_RESPONSE = 64 * 1024


@dataclass(frozen=True)
class Outcome:
    """Result of one attempt; ``problem`` is a sentence, empty when the payload was delivered."""

    verdict: Verdict
    status: int
    """0 if the server could not be reached."""
    problem: str = ""


class HttpSender:
    """HTTP client of one destination."""

    def __init__(self, destination: Destination, config: Config) -> None:
        self._destination = destination
        self._pool = connection_pool(destination.url, config)

    def send(self, transaction: Transaction) -> Outcome:
        """Make one attempt; never raises for network or server errors."""
        destination = self._destination
        url = f"{destination.url}{transaction.path}"
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                status, headers, body = self._request(url, transaction)
                if status not in _REDIRECTS:
                    return self._judge(status, headers, body)
                location = headers.get("Location", "")
                target = redirect_target(url, location)
                if target is None:
                    return Outcome(Verdict.RETRY, status, destination.redirected(status, location))
                url = target
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Outcome(Verdict.RETRY, 0, destination.unreachable(error))
        return Outcome(Verdict.RETRY, status, destination.redirected(status, f"{url}, and so on in a circle"))

    def _request(self, url: str, transaction: Transaction) -> tuple[int, Any, bytes]:
        response = self._pool.request(
            transaction.method,
            url,
            body=transaction.body,
            headers={**transaction.headers, "DD-Api-Key": self._destination.api_key},
            redirect=False,
            preload_content=False,
        )
        try:
            body = response.read(_LONGEST_RESPONSE + 1)
            if len(body) > _LONGEST_RESPONSE:
                response.close()
            return response.status, response.headers, body
        finally:
            response.release_conn()

    def _judge(self, status: int, headers: Any, body: bytes) -> Outcome:
        result = verdict(status)
        if result is not Verdict.SENT:
            detail = body[:300].decode(errors="replace").strip()
            quoted = f" Response: {detail}" if detail else ""
            return Outcome(result, status, self._destination.refusal(status) + quoted)
        if not is_intake_response(headers, body):
            return Outcome(Verdict.RETRY, status, self._destination.not_an_intake(status))
        return Outcome(Verdict.SENT, status)


def connection_pool(url: str, config: Config) -> urllib3.PoolManager:
    """Connection pool for ``url``, through the configured proxy."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(total=config.number("forwarder_timeout")),
        "retries": False,
        "cert_reqs": "CERT_NONE" if config.flag("skip_ssl_validation") else "CERT_REQUIRED",
    }
    proxy = config.text(f"proxy.{parts.scheme}")
    exempt = {*config.strings("proxy.no_proxy"), "localhost", "127.0.0.1", "::1"}
    if proxy and parts.hostname not in exempt:
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)
