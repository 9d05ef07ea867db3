"""HTTP client of a public API: sequential calls with timeouts, within the rate limits that it announces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from heeler.api.outbound_http import OutboundError, call

SECONDS = 60.0
"""Timeout of one call."""
MAX_BODY_BYTES = 128 * 2**20
_ATTEMPTS = 5
_LONGEST_WAIT = 300.0
_WAIT_AFTER_ERROR = 1.0


class ApiProblem(RuntimeError):
    """An error response, or none. ``status`` is 0 if there was no response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api(Protocol):
    """Interface of a public API."""

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """Return the decoded body. Raises :class:`ApiProblem` for every status from 400."""
        ...


@dataclass(slots=True)
class HttpApi:
    """A public API at ``url`` (scheme and host, optionally the path of a proxy).

    Reads are retried after network and server errors, writes only if the server indicates that it did nothing
    (429, 503). ``private_targets`` as in :mod:`heeler.api.outbound_http`.
    """

    url: str
    api_key: str
    app_key: str
    private_targets: Sequence[str] = ()
    seconds: float = SECONDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    waited: float = 0.0
    """Seconds spent waiting for rate limits."""
    calls: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        async with self._one:
            return await self._request(method, path, query, body)

    async def _request(self, method: str, path: str, query: Mapping[str, str] | None, body: Any) -> Any:
        url = self.url.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        content = b"" if body is None else json.dumps(body).encode()
        last = ""
        for attempt in range(_ATTEMPTS):
            wait = min(_WAIT_AFTER_ERROR * 2**attempt, 30.0)
            try:
                status, answer, headers = await self._call(method, url, content)
            except OutboundError as error:
                if method != "GET" or attempt == _ATTEMPTS - 1:
                    raise ApiProblem(0, str(error)) from error
                last = str(error)
                await self.sleep(wait)
                continue
            if status < 400:
                await self._respect_limit(headers)
                return _decoded(answer, method, path)
            last = problem_text(status, answer)
            if not _is_repeated(method, status):
                raise ApiProblem(status, last)
            await self._pause(_seconds_to_wait(headers) or wait)
        raise ApiProblem(429, f"Given up after {_ATTEMPTS} attempts: {last}")

    async def _call(self, method: str, url: str, content: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        self.calls += 1
        answer = await call(
            method,
            url,
            headers={
                "DD-API-KEY": self.api_key,
                "DD-APPLICATION-KEY": self.app_key,
                "Accept": "application/json",
                **({"Content-Type": "application/json"} if content else {}),
            },
            body=content,
            private_targets=self.private_targets,
            seconds=self.seconds,
            most_bytes=MAX_BODY_BYTES,
        )
        return answer.status, answer.body, answer.headers

    async def _respect_limit(self, headers: Mapping[str, str]) -> None:
        """Wait for the next rate limit period when the current one is used up."""
        if headers.get("x-ratelimit-remaining") == "0":
            await self._pause(_seconds_to_wait(headers))

    async def _pause(self, seconds: float) -> None:
        seconds = min(seconds, _LONGEST_WAIT)
        if seconds > 0:
            self.waited += seconds
            await self.sleep(seconds)


def _is_repeated(method: str, status: int) -> bool:
    return status in (429, 503) or (method == "GET" and status >= 500)


def _seconds_to_wait(headers: Mapping[str, str]) -> float:
    for name in ("retry-after", "x-ratelimit-reset"):
        try:
            return max(0.0, float(headers.get(name, "")))
        except ValueError:
            continue
    return 0.0


def _decoded(body: bytes, method: str, path: str) -> Any:
    if not body.strip():
        return None
    if len(body) >= MAX_BODY_BYTES:
        raise ApiProblem(0, f"{method} {path}: the response is larger than {MAX_BODY_BYTES >> 20} MiB")
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiProblem(0, f"{method} {path}: the response is not JSON ({error})") from error


def problem_text(status: int, body: bytes) -> str:
    """Messages of an error response: ``400 Bad Request: Invalid query``."""
    try:
        errors = json.loads(body)["errors"]
    except (ValueError, KeyError, TypeError):
        return f"{status}: {body[:300].decode('utf-8', 'replace')}"
    texts = [
        str(one.get("detail") or one.get("title") or one) if isinstance(one, dict) else str(one)
        for one in (errors if isinstance(errors, list) else [errors])
    ]
    return f"{status}: {'; '.join(texts)[:1000]}"


def path_of(template: str, id_: str) -> str:
    """Fill ``{id}`` into ``template``."""
    return template.replace("{id}", quote(id_, safe=""))
