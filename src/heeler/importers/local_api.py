"""In-process client of this server's own public API, with the credentials of the user who started the job.

An import therefore has exactly the permissions of that user, is validated and audited like any other call,
and ends when the user's session or key does.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

from heeler.importers.client import ApiProblem, problem_text

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

log = logging.getLogger("heeler.importers")

_CREDENTIALS = (b"cookie", b"authorization", b"dd-api-key", b"dd-application-key")


class LocalApi:
    """In-process API client. ``headers`` are those of the starting request; only credentials and the host are
    used.
    """

    def __init__(self, app: App, headers: list[tuple[bytes, bytes]], client: tuple[str, int]) -> None:
        self._app = app
        self._headers = [(name, value) for name, value in headers if name.lower() in (*_CREDENTIALS, b"host")]
        self._client = client

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        status, answer = await self._call(method, path, urlencode(query or {}), content)
        if status >= 400:
            raise ApiProblem(status, problem_text(status, answer))
        try:
            return json.loads(answer) if answer.strip() else None
        except ValueError as error:
            raise ApiProblem(0, f"{method} {path}: the response is not JSON ({error})") from error

    async def _call(self, method: str, path: str, query: str, content: bytes) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": quote(path, safe="/%").encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [
                *self._headers,
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ],
            "client": self._client,
            "server": ("127.0.0.1", 0),
            "state": {},
        }
        given, status, parts = [{"type": "http.request", "body": content, "more_body": False}], [500], []
        answered = asyncio.Event()

        async def receive() -> Any:
            if given:
                return given.pop()
            await answered.wait()  # a client that leaves earlier ends a response that is streamed
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                status[0] = int(message["status"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    answered.set()

        try:
            await self._app(scope, receive, send)
        except Exception as error:
            log.exception("%s %s failed", method, path)
            raise ApiProblem(500, f"500: internal error ({type(error).__name__})") from error
        return status[0], b"".join(parts)
