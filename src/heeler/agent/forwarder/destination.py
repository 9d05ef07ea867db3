"""Where payloads go, and the sentence that says what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from heeler.agent.config import Config, ConfigError


@dataclass(frozen=True)
class Destination:
    url: str
    api_key: str
    setting: str
    """Where the address was set, for messages."""
    config_file: str

    @property
    def key_hint(self) -> str:
        return f"…{self.api_key[-5:]}" if self.api_key else "(none)"

    def refusal(self, status: int) -> str:
        """One sentence for an answer that is no success: the address used and what to change."""
        where = f"{self.url} (from {self.setting})"
        if status in (401, 403):
            return (
                f"{where} does not know the API key ending with {self.key_hint} ({status}): set api_key in "
                f"{self.config_file} to a key of that server, or dd_url to the server whose key this is."
            )
        if status == 404:
            return (
                f"{where} answered 404, so it is no intake of metrics: set dd_url in "
                f"{self.config_file} to the "
                "server's address, for example http://localhost:8124."
            )
        return f"{where} answered {status}; what it did not take is kept and sent again."

    def unreachable(self, error: Exception) -> str:
        return (
            f"{self.url} (from {self.setting}) cannot be reached ({_reason(error)}): start the server "
            f"there, or set "
            f"dd_url in {self.config_file} to its address; meanwhile payloads are kept."
        )


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
    more = config.get("additional_endpoints") or {}
    return (
        main,
        *(
            _checked(Destination(address.rstrip("/"), key, "additional_endpoints", file))
            for address, keys in more.items()
            for key in keys
        ),
    )


def _checked(destination: Destination) -> Destination:
    parts = urlsplit(destination.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(
            f"{destination.url!r} ({destination.setting}) is no address; write http://host:port in "
            f"{destination.config_file}"
        )
    return destination


def _reason(error: Exception) -> str:
    text = str(getattr(error, "reason", error))
    return text.split(": ", 1)[-1] if "object at 0x" in text else text
