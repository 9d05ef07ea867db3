"""Request class of the API: bodies are bounded, and decoded off the event loop.

Telemetry goes through `heeler.intake`, which has its own limits; these requests are queries and
configuration. A decoder in C holds the GIL for its whole run, also in a thread: so the size of a body and the
number of its objects are bounded before it is decoded.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar import Request
from litestar.serialization import decode_json
from litestar.types import Empty

from heeler.wire.body_limits import check_json

MAX_API_BODY = 4 * 2**20
"""Maximum bytes of an API request other than telemetry: a dashboard of a thousand widgets has about 2 MB."""
MAX_API_CONTAINERS = 100_000
"""Maximum objects and lists of such a request."""
INLINE_BYTES = 8 * 1024
"""Bodies up to this size are decoded inline: it takes less than a millisecond."""
#: One is enough: a decoder holds the GIL. Waiting requests are bounded by the connections.
_THREADS = ThreadPoolExecutor(1, thread_name_prefix="api-decode")


class ApiRequest(Request[Any, Any, Any]):
    """A request whose body is checked against the limits when first read."""

    async def body(self) -> bytes:
        """The body. Raises ``LimitExceeded`` if it has too many objects."""
        known = self._body is not Empty
        body = await super().body()
        if not known and len(body) > INLINE_BYTES and not self._is_form:
            await asyncio.get_running_loop().run_in_executor(_THREADS, check_json, body, MAX_API_CONTAINERS)
        return body

    async def json(self) -> Any:
        """The decoded document, decoded in a thread unless it is small."""
        if self._json is Empty and self._connection_state.json is Empty:
            body = await self.body()
            if len(body) > INLINE_BYTES:
                loop = asyncio.get_running_loop()
                self._connection_state.json = await loop.run_in_executor(_THREADS, decode_json, body)
        return await super().json()

    @property
    def _is_form(self) -> bool:
        return self.headers.get("content-type", "").startswith("multipart/")
