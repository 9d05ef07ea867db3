"""Receivers of notifications as their documentation describes them: paths, authorization, limits, answers.

Each is a function from a request to an answer; :func:`listening` serves it on a real socket, and ``faults``
come first: a status with headers, or ``hang``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Receiver:
    """``taken``: what was accepted, in order; ``seen``: all requests."""

    handle: Callable[[Receiver, Request], Answer]
    faults: list[Answer | str] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
            headers = {name.strip().lower(): value.strip() for name, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            parts = urlsplit(target)
            request = Request(method, unquote(parts.path), parts.query, headers, body)
            self.seen.append(request)
            self.arrived.set()
            fault = self.faults.pop(0) if self.faults else None
            if fault == "hang":
                await self.release.wait()
                return
            answer = fault if isinstance(fault, Answer) else self.handle(self, request)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(content)}"]
            lines += [f"{name}: {value}" for name, value in answer.headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def listening(handle: Callable[[Receiver, Request], Answer]) -> AsyncIterator[Receiver]:
    receiver = Receiver(handle)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.close()


def pagerduty(receiver: Receiver, request: Request) -> Answer:
    if (request.method, request.path) != ("POST", "/v2/enqueue"):
        return Answer(404)
    event = request.json
    errors = []
    if len(event.get("routing_key", "")) != 32:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        errors.append("'event_action' is invalid")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        errors += [
            f"'payload.{name}' is missing"
            for name in ("summary", "source", "severity")
            if not payload.get(name)
        ]
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            errors.append("'payload.severity' is invalid")
        if len(payload.get("summary", "")) > 1024:
            errors.append("'payload.summary' is too long")
    elif not event.get("dedup_key"):
        errors.append("'dedup_key' is missing")
    if len(event.get("dedup_key", "")) > 255:
        errors.append("'dedup_key' is too long")
    if errors:
        return Answer(
            400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        )
    receiver.taken.append(event)
    return Answer(
        202, {"status": "success", "message": "Event processed", "dedup_key": event.get("dedup_key", "made")}
    )


def opsgenie(receiver: Receiver, request: Request) -> Answer:
    if request.headers.get("authorization") != "GenieKey key-1":
        return Answer(403, {"message": "Key format is not valid!", "took": 0.0, "requestId": "r"})
    body, taken = request.json, {"result": "Request will be processed", "took": 0.1, "requestId": "r"}
    if request.path == "/v2/alerts":
        wrong = not body.get("message") or len(body["message"]) > 130 or len(body.get("alias", "")) > 512
        if wrong or body.get("priority") not in ("P1", "P2", "P3", "P4", "P5"):
            return Answer(422, {"message": "Request body is not processable", "took": 0.0, "requestId": "r"})
        receiver.taken.append(("create", body["alias"], body))
        return Answer(202, taken)
    pieces = request.path.split("/")
    if pieces[1:3] == ["v2", "alerts"] and pieces[4:] == ["close"]:
        if parse_qs(request.query).get("identifierType") != ["alias"]:
            return Answer(422)
        receiver.taken.append(("close", pieces[3], body))
        return Answer(202, taken)
    return Answer(404)


def teams(receiver: Receiver, request: Request) -> Answer:
    if request.path != "/workflows/abc" or len(request.body) > 28_000:
        return Answer(413 if len(request.body) > 28_000 else 404)
    body = request.json
    attachment = body["attachments"][0]
    card = attachment["content"]
    kinds = {"TextBlock", "FactSet", "Image"}
    if (
        body["type"] != "message"
        or attachment["contentType"] != "application/vnd.microsoft.card.adaptive"
        or card["type"] != "AdaptiveCard"
        or not {block["type"] for block in card["body"]} <= kinds
        or not all(action["type"] == "Action.OpenUrl" for action in card["actions"])
    ):
        return Answer(400, {"error": {"code": "TriggerInputSchemaMismatch"}})
    receiver.taken.append(card)
    return Answer(202)


def ntfy(receiver: Receiver, request: Request) -> Answer:
    if request.headers.get("authorization") != "Bearer tk_1":
        return Answer(403, {"code": 40301, "http": 403, "error": "forbidden"})
    body = request.json
    if request.path != "/" or not body.get("topic") or not 1 <= body.get("priority", 3) <= 5:
        return Answer(400, {"code": 40024, "http": 400, "error": "invalid request"})
    if len(body["message"].encode()) > 4096 or len(body.get("actions", [])) > 3:
        return Answer(400, {"code": 40018, "http": 400, "error": "invalid request: actions invalid"})
    receiver.taken.append(body)
    return Answer(200, {"id": "x", "event": "message", "topic": body["topic"]})


def slack_webhook(receiver: Receiver, request: Request) -> Answer:
    if request.path != "/services/T/B/x":
        return Answer(404, b"no_service")
    body = request.json
    if not body.get("text") or not _blocks_fit(body):
        return Answer(400, b"invalid_payload")
    receiver.taken.append(body)
    return Answer(200, b"ok")


def _blocks_fit(body: Any) -> bool:
    for attachment in body.get("attachments", ()):
        if len(attachment["blocks"]) > 50:
            return False
        for block in attachment["blocks"]:
            if len(block.get("text", {}).get("text", "")) > 3000 or len(block.get("fields", ())) > 10:
                return False
            if any(len(item["text"]) > 2000 for item in block.get("fields", ())):
                return False
    return True


def slack_api(receiver: Receiver, request: Request) -> Answer:
    """The Web API: 200 also for errors. The channel #ops exists, the bot is in it."""
    method = request.path.rpartition("/")[2]
    if request.path == "/upload/1":
        receiver.taken.append(("bytes", request.body))
        return Answer(200, b"OK - 9")
    if request.headers.get("authorization") != "Bearer xoxb-1":
        return Answer(200, {"ok": False, "error": "invalid_auth"})
    if method == "files.getUploadURLExternal":
        given = parse_qs(request.body.decode())
        if not given.get("filename") or not given.get("length"):
            return Answer(200, {"ok": False, "error": "invalid_arguments"})
        return Answer(200, {"ok": True, "upload_url": f"{receiver.url}/upload/1", "file_id": "F1"})
    body = request.json
    if method in ("chat.postMessage", "chat.update"):
        if body.get("channel") not in ("#ops", "C1"):
            return Answer(200, {"ok": False, "error": "channel_not_found"})
        if not _blocks_fit(body):
            return Answer(200, {"ok": False, "error": "invalid_blocks"})
        ts = body.get("ts") or f"1700000000.{len(receiver.taken):06d}"
        receiver.taken.append((method, body))
        return Answer(200, {"ok": True, "channel": "C1", "ts": ts})
    if method == "files.completeUploadExternal":
        receiver.taken.append((method, body))
        return Answer(200, {"ok": True, "files": body["files"]})
    return Answer(200, {"ok": False, "error": "unknown_method"})
