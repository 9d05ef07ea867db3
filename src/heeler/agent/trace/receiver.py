"""HTTP endpoints for tracers, by method and path."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from heeler.agent.trace.http import Request, Response
from heeler.agent.trace.info import COMPATIBLE_VERSION, Info
from heeler.agent.trace.outbox import Outbox
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.proxy import Proxy
from heeler.agent.trace.remote_config import ConfigRequestError, RemoteConfig
from heeler.agent.trace.sampling import Rates
from heeler.wire.traces import client_stats, tracer_payload
from heeler.wire.traces.spans import TraceFormatError, TracerPayload

log = logging.getLogger("heeler.agent.trace")

_TRACES = re.compile(r"^/(v\d+\.\d+)/(?:traces|spans)$")
_SERVICES = re.compile(r"^(?:/v0\.[1-4])?/services$")
_RATES_FROM = ("v0.4", "v0.5", "v0.7", "v1.0")
_JSON_VERSIONS = ("v0.1", "v0.2", "v0.3")
_JSON_TYPES = ("application/json", "text/json")
_MSGPACK_TYPES = ("application/msgpack", "application/x-msgpack", "")
_PLAIN = "text/plain; charset=utf-8"
_MOST_NAMES = 200
_FALSE = ("", "0", "f", "false", "no")


class Receiver:
    """HTTP handler of the trace port. ``now`` returns nanoseconds since 1970."""

    def __init__(
        self,
        info: Info,
        pipeline: Pipeline,
        rates: Rates,
        outbox: Outbox,
        proxy: Proxy,
        remote: RemoteConfig,
        now: Callable[[], int],
    ) -> None:
        self._info = info
        self._pipeline = pipeline
        self._rates = rates
        self._outbox = outbox
        self._proxy = proxy
        self._remote = remote
        self._now = now
        self.requests: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    async def __call__(self, request: Request) -> Response:
        """The response to ``request``; never raises, so that one request cannot end a connection."""
        try:
            response = await self._answer(request)
        except TraceFormatError as error:
            log.warning("%s of %s: %s", request.path, _tracer(request), error)
            response = _text(400, str(error))
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = _text(500, "Internal error; the trace component's log has the details")
        if response.status >= 400:
            _count(self.problems, f"{response.status} {request.path}", f"{response.status} (other)")
        response.headers.update(
            {"Datadog-Agent-Version": COMPATIBLE_VERSION, "Datadog-Agent-State": self._info.state}
        )
        return response

    async def _answer(self, request: Request) -> Response:
        _count(self.requests, request.path, "(other)")
        if request.headers.get("sec-fetch-site") == "cross-site":
            return _text(403, "Requests of other sites' web pages are not answered")
        if request.too_large:
            return _text(413, "The body is larger than apm_config.max_payload_size")
        if request.path == "/info":
            return Response(body=self._info.body)
        if request.path == "/v0.7/config" and request.method in ("GET", "POST", "PUT"):
            return self._configuration(request)
        if request.method not in ("POST", "PUT"):
            return _text(404 if request.method == "GET" else 405, "Only POST and PUT are known here")
        return await self._deliver(request)

    def _configuration(self, request: Request) -> Response:
        try:
            return Response(body=self._remote.answer(request.body, self._now()))
        except ConfigRequestError as error:
            return _text(400, str(error))

    async def _deliver(self, request: Request) -> Response:
        path = "/v0.1/spans" if request.path == "/spans" else request.path
        if match := _TRACES.match(path):
            return self._traces(match.group(1), request)
        if path == "/v0.6/stats":
            self._pipeline.take_stats(client_stats.decode_tracer(request.body))
            return Response(body=b"")
        if _SERVICES.match(path):
            return _text(200, "OK")
        answer: Callable[[Request], Awaitable[Response]] | None = self._proxy.find(path)
        return await answer(request) if answer else _text(404, f"{path} is not known here")

    def _traces(self, version: str, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        is_json = kind in _JSON_TYPES or (not kind and version in _JSON_VERSIONS)
        if not is_json and kind not in _MSGPACK_TYPES:
            return _text(
                415, f"The content type is {kind!r}: expected application/msgpack or application/json"
            )
        payload = tracer_payload.decode(version, request.body, json=is_json)
        _describe(payload, request)
        self._outbox.put(self._pipeline.take(payload, _claims(request), self._now()))
        if version not in _RATES_FROM:
            return _text(200, "OK")
        known = request.headers.get("datadog-rates-payload-version", "")
        headers = {"Datadog-Rates-Payload-Version": self._rates.version} if known else {}
        return Response(body=self._rates.answer(known), headers=headers)


def _count(counts: Counter[str], name: str, other: str) -> None:
    """Count under ``name``, or under ``other`` once there are many names, as clients choose paths."""
    counts[name if name in counts or len(counts) < _MOST_NAMES else other] += 1


def _text(status: int, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), _PLAIN)


def _truthy(value: str) -> bool:
    return value.strip().lower() not in _FALSE


def _claims(request: Request) -> Claims:
    return Claims(
        top_level=_truthy(request.headers.get("datadog-client-computed-top-level", "")),
        stats=_truthy(request.headers.get("datadog-client-computed-stats", "")),
        dropped_traces=_number(request.headers.get("datadog-client-dropped-p0-traces", "")),
        dropped_spans=_number(request.headers.get("datadog-client-dropped-p0-spans", "")),
    )


def _number(text: str) -> int:
    """A count in a header; 0 for none and for what is not one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _describe(payload: TracerPayload, request: Request) -> None:
    """Fill fields of the payload from the tracer's headers, where absent."""
    headers = request.headers
    payload.language = payload.language or headers.get("datadog-meta-lang", "")
    payload.language_version = payload.language_version or headers.get("datadog-meta-lang-version", "")
    payload.tracer_version = payload.tracer_version or headers.get("datadog-meta-tracer-version", "")
    payload.container_id = payload.container_id or headers.get("datadog-container-id", "")


def _tracer(request: Request) -> str:
    language = request.headers.get("datadog-meta-lang", "an unknown tracer")
    return f"{language} {request.headers.get('datadog-meta-tracer-version', '')}".strip()
