"""Logs over HTTP: ``/api/v2/logs``, ``/v1/input`` and ``/v1/input/<API key>``."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.logs.ingest import LogIngest
from heeler.store.self_metrics import telemetry

_V1 = "/v1/input"


async def logs_v2(intake: Intake, head: Head, body: bytes) -> Reply:
    await _store(intake, head, body)
    return Reply(202, b"{}")


async def logs_v1(intake: Intake, head: Head, body: bytes) -> Reply:
    await _store(intake, head, body)
    return Reply(200, b"{}")


async def _store(intake: Intake, head: Head, body: bytes) -> None:
    query = dict(parse_qsl(head.query.decode("latin-1")))
    ingest = intake.services.part(LogIngest)
    count = await ingest.take(body, head.header(b"content-type"), query, head.query)
    telemetry.count("heeler.intake.logs", count)


def key_from_path(head: Head) -> Head:
    """``/v1/input/<API key>`` as ``/v1/input`` with the key as a header."""
    if not head.path.startswith(f"{_V1}/"):
        return head
    key = head.path.removeprefix(f"{_V1}/").encode()
    return replace(head, path=_V1, headers={b"dd-api-key": key, **head.headers})


ENDPOINTS: dict[str, Endpoint] = {"/api/v2/logs": logs_v2, _V1: logs_v1}
