"""Parsers of setting values; an invalid value is refused with the setting's name and the expected format."""

from __future__ import annotations

import email.utils
import ipaddress
import math
import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from heeler.store_address import EXPECTED, StoreAddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE
)


class SettingsError(ValueError):
    """A setting has an invalid value; the message names it and what to write instead."""


def invalid(name: str, value: object, expected: str) -> SettingsError:
    return SettingsError(f"Invalid {name}: {value!r}. Expected {expected}")


def whole(env: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int = 2**62) -> int:
    """Parse an integer from ``least`` to ``most``; ``default`` if the variable is empty or missing."""
    text = env.get(name, "").strip()
    if not text:
        return default
    expected = f"a whole number of {least} or more, for example {default or least}"
    if most != 2**62:
        expected = f"a whole number from {least} to {most}, for example {default}"
    try:
        number = int(text)
    except ValueError:
        raise invalid(name, text, expected) from None
    if not least <= number <= most:
        raise invalid(name, number, expected)
    return number


def seconds(env: Mapping[str, str], name: str, default: float, *, least: float, most: float) -> float:
    """Parse a duration in seconds, fractions allowed."""
    text = env.get(name, "").strip()
    if not text:
        return default
    expected = f"seconds from {least:g} to {most:g}, for example {default:g}"
    try:
        number = float(text)
    except ValueError:
        raise invalid(name, text, expected) from None
    if not math.isfinite(number) or not least <= number <= most:
        raise invalid(name, text, expected)
    return number


def oidc(env: Mapping[str, str]) -> dict[str, str]:
    """Settings of the OpenID Connect provider, by name."""
    issuer = url(
        "HEELER_OIDC_ISSUER",
        env.get("HEELER_OIDC_ISSUER", "").strip(),
        ("http", "https"),
        "the address of the provider, such as https://login.example.com/realms/main",
    )
    client = env.get("HEELER_OIDC_CLIENT_ID", "").strip()
    if bool(issuer) != bool(client):
        raise SettingsError("HEELER_OIDC_ISSUER and HEELER_OIDC_CLIENT_ID go together; set both, or neither")
    scopes = env.get("HEELER_OIDC_SCOPES", "").split() or ["openid", "email", "profile", "groups"]
    if "openid" not in scopes:
        raise invalid("HEELER_OIDC_SCOPES", " ".join(scopes), "scopes with openid among them")
    role = env.get("HEELER_OIDC_DEFAULT_ROLE", "").strip() or "read-only"
    if role not in ("read-only", "standard", "none"):
        raise invalid("HEELER_OIDC_DEFAULT_ROLE", role, "read-only, standard or none")
    return {
        "issuer": issuer,
        "client_id": client,
        "client_secret": env.get("HEELER_OIDC_CLIENT_SECRET", ""),
        "scopes": " ".join(scopes),
        "default_role": role,
    }


def s3_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """Credentials for S3, by our own variables, or, where those give no key, by Amazon's."""
    own = [
        env.get(name, "").strip()
        for name in ("HEELER_S3_ACCESS_KEY_ID", "HEELER_S3_SECRET_ACCESS_KEY", "HEELER_S3_SESSION_TOKEN")
    ]
    if own[0] and not own[1]:
        raise SettingsError("HEELER_S3_ACCESS_KEY_ID is set without HEELER_S3_SECRET_ACCESS_KEY; set both")
    if not own[0]:
        own = [
            env.get(name, "").strip()
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        ]
    if not (own[0] and own[1]):
        own = ["", "", ""]
    return dict(zip(("access_key_id", "secret_access_key", "session_token"), own, strict=True))


def choice(env: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    """One of ``known``, whatever its case; the first when not set."""
    text = env.get(name, "").strip().lower() or known[0]
    if text not in known:
        raise invalid(name, env.get(name, ""), f"one of {', '.join(filter(None, known))}")
    return text


def listen(text: str) -> tuple[str, int]:
    """Parse host and port of ``HEELER_LISTEN``."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise invalid("HEELER_LISTEN", text, "host:port, for example 127.0.0.1:8124")
    return host.strip("[]"), int(port)


def url(name: str, text: str, schemes: Sequence[str], expected: str, *, needs_host: bool = True) -> str:
    """Validate a URL of one of ``schemes`` with a valid host and port; empty stays empty."""
    if not text:
        return ""
    parts = _split(text)
    if parts is None or parts.scheme not in schemes or (needs_host and not parts.hostname):
        # Such URLs may contain passwords, so the value is not repeated.
        raise SettingsError(f"Invalid {name}. Expected {expected}")
    return text


def database_url(name: str, text: str) -> str:
    """Validate a URL of SQLite (with a file) or PostgreSQL (with a host)."""
    expected = "sqlite:///path or postgresql://user:password@host/name"
    scheme = text.partition("://")[0]
    needs_host = scheme not in ("sqlite", "sqlite+aiosqlite")
    schemes = ("sqlite", "postgresql", "postgres", "sqlite+aiosqlite", "postgresql+asyncpg")
    url(name, text, schemes, expected, needs_host=needs_host)
    if not needs_host and not text.partition("://")[2].strip("/"):
        raise SettingsError(f"Invalid {name}. Expected {expected}")
    return text


def store_dsn(name: str, text: str) -> str:
    """A folder of the embedded engine or the address of ClickHouse servers."""
    try:
        StoreAddress.parse(text)
    except ValueError as error:
        # Passwords may be part of it, so the value is not repeated.
        raise SettingsError(f"Invalid {name}: {error}. Expected {EXPECTED}") from None
    return text


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # reading it checks it
    except ValueError:
        return None
    return parts


def items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def networks(env: Mapping[str, str], name: str) -> tuple[Network, ...]:
    """Parse addresses and networks, separated by commas."""
    found = []
    for item in items(env.get(name, "")):
        try:
            found.append(ipaddress.ip_network(item, strict=False))
        except ValueError:
            expected = "addresses or networks, separated by commas, for example 10.0.0.5, 192.168.0.0/16"
            raise invalid(name, item, expected) from None
    return tuple(found)


def targets(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Parse host names, addresses and networks, separated by commas, in lower case."""
    found = items(env.get(name, "").lower())
    for item in found:
        if not _DOMAIN.fullmatch(item) and not _is_network(item):
            expected = "host names, addresses or networks, for example hooks.internal, 10.0.0.0/8"
            raise invalid(name, item, expected)
    return tuple(found)


def domains(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Parse mail domains, separated by commas, in lower case without a leading ``@``."""
    found = [item.lstrip("@") for item in items(env.get(name, "").lower())]
    for item in found:
        if not _DOMAIN.fullmatch(item):
            raise invalid(name, item, "mail domains, for example example.com, example.org")
    return tuple(found)


def mail_address(name: str, text: str) -> str:
    """Validate an email address, also as ``Name <address>``."""
    address = email.utils.parseaddr(text)[1]
    if text and not re.fullmatch(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]{1,255}", address):
        raise invalid(name, text, "an email address, for example heeler@example.com")
    return text


def secret(env: Mapping[str, str], name: str, length: int) -> str:
    """Validate a key, or empty. Its value is never shown. ``length`` is that of generated keys."""
    text = env.get(name, "").strip()
    if text and not re.fullmatch(r"[0-9A-Za-z_-]{16,200}", text):
        raise SettingsError(
            f"Invalid {name}. Expected 16 to 200 letters, digits, - or _, best {length} hexadecimal digits"
        )
    return text


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
