"""Request class of the API: bodies are bounded, and decoded off the event loop."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.serialization import decode_json
from litestar.types import Empty

from heeler.api.request_bodies import INLINE_BYTES, MAX_API_CONTAINERS, beside_loop
from heeler.wire.body_limits import check_json


class ApiRequest(Request[Any, Any, Any]):
    """A request whose body is checked against the limits when first read."""

    async def body(self) -> bytes:
        """The body. Raises ``LimitExceeded`` if it has too many objects."""
        known = self._body is not Empty
        body = await super().body()
        if not known and len(body) > INLINE_BYTES and not self._is_form:
            await beside_loop(check_json, body, MAX_API_CONTAINERS)
        return body

    async def json(self) -> Any:
        """The decoded document, decoded in a thread unless it is small."""
        if self._json is Empty and self._connection_state.json is Empty:
            body = await self.body()
            if len(body) > INLINE_BYTES:
                self._connection_state.json = await beside_loop(decode_json, body)
        return await super().json()

    @property
    def _is_form(self) -> bool:
        return self.headers.get("content-type", "").startswith("multipart/")
