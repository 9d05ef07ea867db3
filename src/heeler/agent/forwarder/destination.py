"""Destinations of payloads, and the diagnosis of delivery errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from heeler.agent.config import Config, ConfigError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Destination:
    url: str
    api_key: str
    setting: str
    """Setting that defined the address, for messages."""
    config_file: str

    @property
    def key_hint(self) -> str:
        return f"…{self.api_key[-5:]}" if self.api_key else "(none)"

    @property
    def _where(self) -> str:
        return f"{self.url} (from {self.setting})"

    def refusal(self, status: int) -> str:
        """Message for an unsuccessful response: what happened to the payload and what to change."""
        if status in (401, 403):
            return (
                f"{self._where} does not know the API key ending with {self.key_hint} ({status}): set "
                f"api_key "
                f"in {self.config_file} to a key of that server, or dd_url to the server whose key this is; "
                "until then payloads are retained on disk."
            )
        if status == 404:
            return (
                f"{self._where} answered 404, so it is no intake of metrics: set dd_url in "
                f"{self.config_file} to the server's address, for example http://localhost:8124; payloads "
                "are retained until then."
            )
        if status == 413:
            return f"{self._where} answered 413: a single item is larger than it takes; the item is dropped."
        if status in (400, 415, 422, 431):
            return f"{self._where} answered {status} and refused a payload, which is dropped."
        if status == 429:
            return f"{self._where} is busy (429); payloads are retained and sent again."
        if status == 507:
            return f"{self._where} has a full disk (507); payloads are retained and sent again."
        return f"{self._where} answered {status}; payloads are retained and sent again."

    def redirected(self, status: int, target: str) -> str:
        """Message for a redirect that is not followed; names both addresses."""
        return (
            f"{self._where} redirects ({status}) to {target or 'no address'}, which is another server: set "
            f"dd_url in {self.config_file} to the address that takes the data; payloads are retained until "
            "then."
        )

    def not_an_intake(self, status: int) -> str:
        """Message for a 2xx response with a body that no intake returns."""
        return (
            f"something else answers at {self._where}: {status} with a page that is no intake's response. "
            f"Set dd_url in {self.config_file} to the server's address; payloads are retained until then."
        )

    def unreachable(self, error: Exception) -> str:
        return (
            f"{self._where} cannot be reached ({_reason(error)}): start the server there, or set "
            f"dd_url in {self.config_file} to its address; until then payloads are retained."
        )


def redirect_target(url: str, location: str) -> str | None:
    """Target of a redirect from ``url``; None if it must not be followed.

    Redirects are followed to other paths of the same host and port, and from http to https on the same host:
    a key is never sent to another machine, nor in the clear where it was encrypted.
    """
    try:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        same = before.scheme == after.scheme and _port(before) == _port(after)
    except ValueError:  # no address at all, such as http://[x or a port of six digits
        return None
    if not location or before.hostname != after.hostname:
        return None
    upgrade = (before.scheme, after.scheme) == ("http", "https")
    return target if upgrade or same else None


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def destinations(config: Config, url: str = "") -> tuple[Destination, ...]:
    """The main address and each of ``additional_endpoints``; with ``url``, that address alone. Raises
    ConfigError.
    """
    file = str(config.directory / "datadog.yaml")
    if not config.api_key:
        raise ConfigError(
            f"no API key: set api_key in {file} or DD_API_KEY; `heeler keys list` shows the server's"
        )
    main = _checked(Destination(url.rstrip("/") or config.url, config.api_key, config.url_source, file))
    if url:
        return (main,)
    more = (Destination(address, key, "additional_endpoints", file) for address, key in _additional(config))
    return (main, *map(_checked, more))


def _additional(config: Config) -> Iterator[tuple[str, str]]:
    """URL and key of each pair in ``additional_endpoints``; a single key need not be in a list."""
    more = config.get("additional_endpoints") or {}
    if not isinstance(more, dict):
        raise ConfigError("additional_endpoints maps addresses to lists of keys: {https://host: [key]}")
    for address, given in more.items():
        for key in given if isinstance(given, list) else [given]:
            if not isinstance(key, str) or not key.strip():
                raise ConfigError(f"additional_endpoints: {address} needs a list of API keys")
            yield str(address).rstrip("/"), key.strip()


def _checked(destination: Destination) -> Destination:
    try:
        parts = urlsplit(destination.url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            f"{destination.url!r} ({destination.setting}) is no address; write http://host:port in "
            f"{destination.config_file}"
        )
    return destination


def _reason(error: Exception) -> str:
    text = str(getattr(error, "reason", error))
    return text.split(": ", 1)[-1] if "object at 0x" in text else text
