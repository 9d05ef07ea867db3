"""URL parser and user-agent parser: results as objects."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: Results that are remembered: most logs repeat the URLs and user agents of others. Characters of such a URL.
KNOWN, MAX_KNOWN_URL = 2000, 500
_PORTS = {"http": 80, "https": 443}
_VERSION = r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?"
#: Browser families and the prefix of their version, more specific ones first.
_BROWSERS = [
    (family, re.compile(rf"{start}{_VERSION}"))
    for family, start in (
        ("Edge", r"\bEdg(?:e|A|iOS)?/"),
        ("Opera", r"\b(?:OPR|Opera)/"),
        ("Samsung Internet", r"\bSamsungBrowser/"),
        ("Vivaldi", r"\bVivaldi/"),
        ("Yandex Browser", r"\bYaBrowser/"),
        ("Firefox iOS", r"\bFxiOS/"),
        ("Chrome Mobile iOS", r"\bCriOS/"),
        ("Googlebot", r"\bGooglebot/"),
        ("bingbot", r"\bbingbot/"),
        ("Firefox", r"\bFirefox/"),
        ("HeadlessChrome", r"\bHeadlessChrome/"),
        ("Chrome", r"\bChrome/"),
        ("Safari", r"\bVersion/"),
        ("IE", r"\bMSIE "),
        ("IE", r"\bTrident/.*rv:"),
        ("curl", r"^curl/"),
        ("Wget", r"^Wget/"),
        ("Python Requests", r"^python-requests/"),
        ("Go-http-client", r"^Go-http-client/"),
        ("okhttp", r"^okhttp/"),
        ("Apache-HttpClient", r"^Apache-HttpClient/"),
        ("PostmanRuntime", r"^PostmanRuntime/"),
    )
]
_SYSTEMS = [
    (family, re.compile(pattern))
    for family, pattern in (
        ("Windows Phone", rf"Windows Phone(?: OS)? {_VERSION}"),
        ("Windows", rf"Windows NT {_VERSION}"),
        ("iOS", r"(?:iPhone|iPad|iPod).* OS (\d+)(?:_(\d+))?(?:_(\d+))?"),
        ("Mac OS X", r"Mac OS X (\d+)(?:[_.](\d+))?(?:[_.](\d+))?"),
        ("Android", rf"Android {_VERSION}"),
        ("Chrome OS", rf"CrOS \S+ {_VERSION}"),
        ("Ubuntu", r"Ubuntu"),
        ("Linux", r"Linux|X11"),
    )
]
#: Windows versions by NT version.
_WINDOWS = {"10.0": "10", "6.3": "8.1", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.1": "XP"}
_PARTS = ("major", "minor", "patch", "patch_minor")


def parse_url(text: str, normalize: bool = False) -> dict[str, Any] | None:
    """Scheme, host, port, path and query string of a URL; None if invalid."""
    found = (_known_url if len(text) <= MAX_KNOWN_URL else _parse_url)(text, normalize)
    return None if found is None else _copied(found)


def _copied(found: dict[str, Any]) -> dict[str, Any]:
    """A result of its own for each log: processors change it."""
    return {key: dict(value) if isinstance(value, dict) else value for key, value in found.items()}


def _parse_url(text: str, normalize: bool) -> dict[str, Any] | None:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if not parts.netloc and not parts.path.startswith("/"):
        return None
    path = parts.path.rstrip("/") or "/" if normalize and parts.path else parts.path
    found: dict[str, Any] = {"scheme": parts.scheme, "host": parts.hostname or "", "path": path}
    found["port"] = port or (_PORTS.get(parts.scheme) if parts.netloc else None)
    found["queryString"] = dict(parse_qsl(parts.query, keep_blank_values=True)[:1000])
    return {key: value for key, value in found.items() if value not in ("", None, {})}


_known_url = lru_cache(KNOWN)(_parse_url)


def parse_user_agent(text: str) -> dict[str, Any]:
    """Operating system, browser and device of a user agent, versions as strings."""
    return _copied(_known_user_agent(text[:2000]))


@lru_cache(KNOWN)
def _known_user_agent(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"os": _family(text, _SYSTEMS), "browser": _family(text, _BROWSERS)}
    system = found["os"]
    if system.get("family") == "Windows":
        name = f"{system.get('major')}.{system.get('minor')}"
        found["os"] = {"family": "Windows", "major": _WINDOWS.get(name, name)}
    found["device"] = _device(text, found["browser"].get("family", ""))
    return found


def _family(text: str, known: list[tuple[str, re.Pattern[str]]]) -> dict[str, str]:
    for family, pattern in known:
        match = pattern.search(text)
        if match:
            versions = zip(_PARTS, match.groups(), strict=False)
            return {"family": family, **{part: value for part, value in versions if value}}
    return {"family": "Other"}


def _device(text: str, browser: str) -> dict[str, str]:
    if re.search(r"bot|crawl|spider|slurp", text, re.IGNORECASE):
        return {"family": "Spider", "category": "Bot"}
    apple = re.search(r"\b(iPhone|iPad|iPod)\b", text)
    if apple:
        category = "Tablet" if apple.group() == "iPad" else "Mobile"
        return {"family": apple.group(), "brand": "Apple", "model": apple.group(), "category": category}
    if "Android" in text:
        model = re.search(r"Android [^;)]*; ([^;)]+?)(?: Build/[^;)]*)?[;)]", text)
        device = {
            "family": model.group(1) if model else "Android",
            "category": "Mobile" if "Mobile" in text else "Tablet",
        }
        return {**device, "model": model.group(1)} if model else device
    if "Macintosh" in text:
        return {"family": "Mac", "brand": "Apple", "model": "Mac", "category": "Desktop"}
    desktop = re.search(r"Windows NT|X11|CrOS", text)
    return (
        {"family": "Other", "category": "Desktop" if desktop else "Other"} if browser else {"family": "Other"}
    )
