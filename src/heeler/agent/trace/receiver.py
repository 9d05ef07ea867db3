"""Answers tracers: every address that they call, by method and path."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from heeler.agent.trace.http import Request, Response
from heeler.agent.trace.info import COMPATIBLE_VERSION, Info
from heeler.agent.trace.outbox import Outbox
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.proxy import Sidelines
from heeler.agent.trace.sampling import Rates
from heeler.wire.traces import client_stats, tracer
from heeler.wire.traces.spans import TraceFormatError, TracerPayload

log = logging.getLogger("heeler.agent.trace")

_TRACES = re.compile(r"^/(v\d+\.\d+)/(?:traces|spans)$")
_SERVICES = re.compile(r"^(?:/v0\.[1-4])?/services$")
_RATES_FROM = ("v0.4", "v0.5", "v0.7", "v1.0")
_JSON_VERSIONS = ("v0.1", "v0.2", "v0.3")
_PLAIN = "text/plain; charset=utf-8"
_FALSE = ("", "0", "f", "false", "no")


class Receiver:
    """``now`` gives nanoseconds since 1970."""

    def __init__(
        self,
        info: Info,
        pipeline: Pipeline,
        rates: Rates,
        outbox: Outbox,
        sidelines: Sidelines,
        now: Callable[[], int],
    ) -> None:
        self._info = info
        self._pipeline = pipeline
        self._rates = rates
        self._outbox = outbox
        self._sidelines = sidelines
        self._now = now
        self.requests: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    async def __call__(self, request: Request) -> Response:
        """The answer to ``request``; never raises, so that one request cannot end a connection."""
        try:
            response = await self._answer(request)
        except TraceFormatError as error:
            log.warning("%s of %s: %s", request.path, _tracer(request), error)
            response = _said(400, str(error))
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = _said(500, "Internal error; the trace component's log has the details")
        if response.status >= 400:
            self.problems[f"{response.status} {request.path}"] += 1
        response.headers.update(
            {"Datadog-Agent-Version": COMPATIBLE_VERSION, "Datadog-Agent-State": self._info.state}
        )
        return response

    async def _answer(self, request: Request) -> Response:
        self._count(request)
        if request.headers.get("sec-fetch-site") == "cross-site":
            return _said(403, "Requests of other sites' web pages are not answered")
        if request.too_large:
            return _said(413, "The body is larger than apm_config.max_payload_size")
        if request.path == "/info":
            return Response(body=self._info.body)
        if request.method not in ("POST", "PUT"):
            return _said(404 if request.method == "GET" else 405, "Only POST and PUT are known here")
        return await self._deliver(request)

    async def _deliver(self, request: Request) -> Response:
        path = "/v0.1/spans" if request.path == "/spans" else request.path
        if match := _TRACES.match(path):
            return self._traces(match.group(1), request)
        if path == "/v0.6/stats":
            self._pipeline.take_stats(client_stats.decode_tracer(request.body))
            return Response(body=b"")
        if path == "/v0.7/config":
            return Response()
        if _SERVICES.match(path):
            return _said(200, "OK")
        answer: Callable[[Request], Awaitable[Response]] | None = self._sidelines.find(path)
        return await answer(request) if answer else _said(404, f"{path} is not known here")

    def _traces(self, version: str, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        is_json = "msgpack" not in content_type
        if is_json and version not in _JSON_VERSIONS:
            return _said(415, f"{version} is MessagePack; the content type is {content_type!r}")
        payload = tracer.decode(version, request.body, json=is_json)
        _describe(payload, request)
        self._outbox.put(self._pipeline.take(payload, _claims(request), self._now()))
        if version not in _RATES_FROM:
            return _said(200, "OK")
        known = request.headers.get("datadog-rates-payload-version", "")
        headers = {"Datadog-Rates-Payload-Version": self._rates.version} if known else {}
        return Response(body=self._rates.answer(known), headers=headers)

    def _count(self, request: Request) -> None:
        path = request.path if len(self.requests) < 200 else "(other)"
        self.requests[path] += 1


def _said(status: int, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), _PLAIN)


def _truthy(value: str) -> bool:
    return value.strip().lower() not in _FALSE


def _claims(request: Request) -> Claims:
    return Claims(
        top_level=_truthy(request.headers.get("datadog-client-computed-top-level", "")),
        stats=_truthy(request.headers.get("datadog-client-computed-stats", "")),
    )


def _describe(payload: TracerPayload, request: Request) -> None:
    """What the headers say of the tracer, where the payload does not."""
    headers = request.headers
    payload.language = payload.language or headers.get("datadog-meta-lang", "")
    payload.language_version = payload.language_version or headers.get("datadog-meta-lang-version", "")
    payload.tracer_version = payload.tracer_version or headers.get("datadog-meta-tracer-version", "")
    payload.container_id = payload.container_id or headers.get("datadog-container-id", "")


def _tracer(request: Request) -> str:
    language = request.headers.get("datadog-meta-lang", "an unknown tracer")
    return f"{language} {request.headers.get('datadog-meta-tracer-version', '')}".strip()
