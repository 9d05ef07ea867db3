"""Security headers of API responses: no caching by browsers or proxies, no content sniffing."""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from heeler.store import partial_answers

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


async def protect(message: Message, scope: Scope) -> None:
    """Add :data:`HEADERS` to responses below ``/api``, unless the endpoint set its own, and a note of
    what is missing from the answer."""
    if message["type"] != "http.response.start" or not scope["path"].startswith("/api/"):
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if missing := partial_answers.noted():
        headers["X-Heeler-Partial"] = missing
