"""Logs of the server on standard error, as text or as one JSON object a line; the id of the request in each.

JSON uses the reserved attributes of logs (``timestamp``, ``status``, ``service``, ``message``,
``logger.name``, ``error.kind``, ``error.stack``), so that any log agent can tail them without a pipeline.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from heeler.intake.app import ASGIApp
from heeler.intake.request import REQUEST_ID, Receive, Scope, Send
from heeler.intake.request import request_id as id_of_request

_request_id: ContextVar[str] = ContextVar("heeler_request_id", default="")
#: Levels of :mod:`logging` by statuses of logs.
_STATUSES = {"CRITICAL": "critical", "ERROR": "error", "WARNING": "warn", "INFO": "info", "DEBUG": "debug"}


def request_id() -> str:
    """Id of the current request, empty outside of one."""
    return _request_id.get()


def configure(form: str, level: int | str, stream: TextIO | None = None) -> None:
    """Write records of ``level`` and above to ``stream`` (standard error). ``form``: ``text`` or ``json``."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # It names each of its parts at every start.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """``TIME LEVEL LOGGER: MESSAGE``, and ``[request ID]`` where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(of_request)s")

    def format(self, record: logging.LogRecord) -> str:
        found = request_id()
        record.of_request = f" [request {found}]" if found else ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line; ``timestamp`` in UTC with milliseconds."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, Any] = {
            "timestamp": time.replace("+00:00", "Z"),
            "status": _STATUSES.get(record.levelname, record.levelname.lower()),
            "service": "heeler",
            "message": record.getMessage(),
            "logger": {"name": record.name, "thread_name": record.threadName},
        }
        if found := request_id():
            entry["http"] = {"request_id": found}
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, _ = record.exc_info
            stack = "".join(traceback.format_exception(*record.exc_info))
            entry["error"] = {"kind": kind.__qualname__, "message": str(error), "stack": stack}
        elif record.stack_info:
            entry["error"] = {"stack": record.stack_info}
        try:
            return orjson.dumps(entry).decode()
        except TypeError:  # a lone surrogate, from a path or a header of others
            return orjson.dumps(_encodable(entry)).decode()


def _encodable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _encodable(item) for name, item in value.items()}
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


class RequestIds:
    """Gives each request an id, its own ``X-Request-Id`` or a new one, and returns it in that header."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        known = id_of_request(next((value for name, value in scope["headers"] if name == REQUEST_ID), b""))
        _request_id.set(known.decode())

        async def with_id(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID, known)]
            await send(message)

        await self._inner(scope, receive, with_id)
