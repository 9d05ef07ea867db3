"""Webhooks: payload variables, and where they may not reach."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

_VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)(?:\[([^\]]+)\])?")
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
    """The webhook cannot be called; the message says why."""


def fill(payload: str, variables: Mapping[str, Any]) -> str:
    """``payload`` with ``$NAME`` replaced, escaped as inside a JSON string; unknown names stay."""

    def value(match: re.Match[str]) -> str:
        name, key = match.groups()
        if name == "TAGS" and key:
            return _inside(_tag(str(variables.get("TAGS", "")), key))
        return _inside(str(variables[name])) if name in variables else match.group()

    return _VARIABLE.sub(value, payload)


def _inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _tag(tags: str, key: str) -> str:
    return next((tag.partition(":")[2] for tag in tags.split(",") if tag.strip().startswith(f"{key}:")), "")


def encoded(payload: str, encode_as: str) -> tuple[bytes, str]:
    """The body and its content type. A form takes the fields of a JSON object."""
    if encode_as != "form":
        return payload.encode(), "application/json"
    try:
        fields = json.loads(payload)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise WebhookError("A payload sent as a form must be a JSON object")
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def refuse_address(address: str) -> None:
    """Link-local, multicast and unspecified addresses are where clouds keep their credentials."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) == "fd00:ec2::254":
        raise WebhookError(f"Webhooks may not reach {address}: it is a link-local or reserved address")


async def resolve(url: str) -> tuple[str, str, int]:
    """The host, an address of it that may be reached, and the port. Raises :class:`WebhookError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WebhookError(f"{url!r} is not an http or https address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebhookError(f"{parts.hostname} cannot be resolved: {error}") from error
    addresses = [str(item[4][0]) for item in found]
    for address in addresses:
        refuse_address(address)
    return parts.hostname, addresses[0], port
