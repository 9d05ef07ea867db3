"""Logs over HTTP: ``/api/v2/logs``, ``/v1/input`` and ``/v1/input/<API key>``."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.store.log_rows import logs_table
from heeler.store.rows import body_hash
from heeler.store.self_metrics import telemetry
from heeler.wire.logs.datadog import decode

_V1 = "/v1/input"


async def logs_v2(intake: Intake, head: Head, body: bytes) -> Reply:
    await _store(intake, head, body)
    return Reply(202, b"{}")


async def logs_v1(intake: Intake, head: Head, body: bytes) -> Reply:
    await _store(intake, head, body)
    return Reply(200, b"{}")


async def _store(intake: Intake, head: Head, body: bytes) -> None:
    query = dict(parse_qsl(head.query.decode("latin-1")))
    now_ms = int(intake.services.now() * 1000)
    entries = decode(body, head.header(b"content-type"), query, now_ms)
    # A line of text carries no time, so the same text twice is two logs: ids take the time in.
    origin = body_hash(body) ^ body_hash(head.query)
    digest = b"logs" + origin.to_bytes(8, "little")
    await intake.services.writer.write({"logs": logs_table(entries, origin)}, digest, repeatable=True)
    telemetry.count("heeler.intake.logs", len(entries))


def key_from_path(head: Head) -> Head:
    """``/v1/input/<API key>`` as ``/v1/input`` with the key as a header."""
    if not head.path.startswith(f"{_V1}/"):
        return head
    key = head.path.removeprefix(f"{_V1}/").encode()
    return replace(head, path=_V1, headers={b"dd-api-key": key, **head.headers})


ENDPOINTS: dict[str, Endpoint] = {"/api/v2/logs": logs_v2, _V1: logs_v1}
