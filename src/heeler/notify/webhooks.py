"""Webhooks: payload variables and custom headers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from heeler.api.request_bodies import nested_json

_VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)(?:\[([^\]]{1,200})\])?")
DEFAULT_PAYLOAD = json.dumps(
    {
        "id": "$ID",
        "last_updated": "$LAST_UPDATED",
        "event_type": "$EVENT_TYPE",
        "title": "$EVENT_TITLE",
        "date": "$DATE",
        "org": {"id": "$ORG_ID", "name": "$ORG_NAME"},
        "body": "$EVENT_MSG",
    }
)


class WebhookError(RuntimeError):
    """The webhook cannot be called; the message gives the reason."""


def fill(payload: str, variables: Mapping[str, Any]) -> str:
    """Replace ``$NAME`` in ``payload``, escaped as inside a JSON string; unknown names are unchanged."""

    return _filled(payload, variables, _inside)


def fill_plain(text: str, variables: Mapping[str, Any]) -> str:
    """Replace ``$NAME`` in ``text``, such as a header value, without escaping; unknown names are
    unchanged.
    """
    return _filled(text, variables, str)


def _filled(text: str, variables: Mapping[str, Any], escape: Callable[[str], str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, key = match.groups()
        if name == "TAGS" and key:
            return escape(_tag(str(variables.get("TAGS", "")), key))
        return escape(str(variables[name])) if name in variables else match.group()

    return _VARIABLE.sub(value, text)


def _inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _tag(tags: str, key: str) -> str:
    return next((tag.partition(":")[2] for tag in tags.split(",") if tag.strip().startswith(f"{key}:")), "")


def encoded(payload: str, encode_as: str) -> tuple[bytes, str]:
    """Body and content type. A form is built from the fields of a JSON object."""
    if encode_as != "form":
        return payload.encode(), "application/json"
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise WebhookError("A payload sent as a form must be a JSON object")
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


#: Placeholder for a header's value; sent back unchanged, it keeps the stored value.
HIDDEN = "********"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
#: What no header may have (RFC 9110, section 5.5): a tabulator is no such character.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding"})


def parse_headers(text: Any) -> dict[str, str]:
    """Parse headers from ``text``, a JSON object of strings or empty. Raises :class:`WebhookError`."""
    if text is None or text == "":
        return {}
    try:
        headers = nested_json(text) if isinstance(text, str) else None
    except ValueError:
        headers = None
    if not isinstance(headers, dict) or len(headers) > 50:
        raise WebhookError("Invalid custom_headers. Expected a JSON object of at most 50 headers, as text")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise WebhookError(f"Invalid custom_headers: {name[:200]!r} cannot be set")
        if not isinstance(value, str) or len(value) > 8192 or _CONTROL.search(value):
            raise WebhookError(
                f"Invalid custom_headers: {name!r} must be one line of at most 8,192 characters "
                "without control characters"
            )
    return headers


def hidden_headers(text: str | None) -> str | None:
    """Names of stored headers without values, which may be secrets."""
    if not text:
        return None
    return json.dumps(dict.fromkeys(json.loads(text), HIDDEN))


def merged_headers(given: Any, stored: str | None, same_host: bool) -> str | None:
    """Headers to store, in the text as given, so that a tool that compares texts reads what it wrote. Hidden
    values stand for the stored ones while the host is unchanged.

    Raises :class:`WebhookError` if hidden values come with a new host: secrets are not sent elsewhere.
    """
    headers, known = parse_headers(given), json.loads(stored) if stored and same_host else {}
    if HIDDEN not in headers.values():
        return given if headers else None
    for name, value in headers.items():
        if value != HIDDEN:
            continue
        if name not in known:
            raise WebhookError(
                f"Invalid custom_headers: enter the value of {name!r} again. "
                "Values are dropped when the host changes"
            )
        headers[name] = known[name]
    return json.dumps(headers)
