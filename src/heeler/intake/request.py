"""One intake request: its headers, and its body, read and decompressed within limits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from heeler.api.errors import ApiError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


REQUEST_ID = b"x-request-id"
_VALID_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


def request_id(given: bytes) -> bytes:
    """Id of a request: what its ``X-Request-Id`` says, if that is valid, or a new one."""
    return given if _VALID_ID.fullmatch(given) else secrets.token_hex(8).encode()


@dataclass(slots=True)
class Head:
    """Head of a request. Header names are lower case."""

    path: str
    headers: dict[bytes, bytes]
    query: bytes = b""

    @classmethod
    def of(cls, scope: Scope) -> Head:
        return cls(scope["path"].rstrip("/"), dict(scope["headers"]), scope.get("query_string", b""))

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def api_key(self) -> str | None:
        key = self.headers.get(b"dd-api-key")
        if key is not None:
            return key.decode("latin-1")
        values = parse_qs(self.query.decode("latin-1")) if self.query else {}
        found = values.get("api_key") or values.get("dd-api-key")
        return found[0] if found else None

    @property
    def intake_only(self) -> bool:
        """Whether the caller may only send telemetry: an API key, but no application key and no session."""
        return (
            b"dd-application-key" not in self.headers
            and b"cookie" not in self.headers
            and b"authorization" not in self.headers
            and b"application_key=" not in self.query
            and b"app_key=" not in self.query
        )


@dataclass(slots=True)
class Reply:
    """A response: JSON unless ``content_type`` says otherwise."""

    status: int = 202
    body: bytes = b'{"status":"ok"}'
    content_type: bytes = b"application/json"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def send(self, send: Send) -> None:
        head = [
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": self.body})


async def read_body(head: Head, receive: Receive, limit: int) -> bytes:
    """Read the encoded body. Raises ``ApiError`` 413 as soon as it is known to exceed ``limit``."""
    declared = head.header(b"content-length")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    message = await receive()
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError(400, "The client went away before the end of the body")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large(limit)
    return b"".join(parts)


def too_large(limit: int) -> ApiError:
    return ApiError(413, "Payload too large", f"At most {limit} bytes are taken; send it in parts.")
