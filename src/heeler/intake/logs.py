"""Logs over HTTP: ``/api/v2/logs``, ``/v1/input`` and ``/v1/input/<API key>``."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import orjson

from heeler.intake.accounting import taken
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.logs.ingest import LogIngest
from heeler.metric_usage.intake_limits import RowLimits
from heeler.wire.metrics.series import PayloadError

_V1 = "/v1/input"
_MAX_PARAMETERS = 100


async def logs_v2(intake: Intake, delivery: Delivery) -> Reply:
    return Reply(202, await _store(intake, delivery))


async def logs_v1(intake: Intake, delivery: Delivery) -> Reply:
    return Reply(200, await _store(intake, delivery))


async def _store(intake: Intake, delivery: Delivery) -> bytes:
    """Body of the reply: ``{}``, with ``errors`` if a quota refused some of the logs."""
    head, ingest = delivery.head, intake.services.part(LogIngest)
    limits = RowLimits(intake.services, "logs")
    count = await ingest.take(
        delivery, head.header(b"content-type"), _parameters(head), head.query, limits.limit
    )
    limits.stored()
    taken(intake.services, "logs", count - limits.refused)
    return orjson.dumps({"errors": limits.messages()} if limits.refused else {})


def _parameters(head: Head) -> dict[str, str]:
    try:
        return dict(parse_qsl(head.query.decode("latin-1"), max_num_fields=_MAX_PARAMETERS, errors="replace"))
    except ValueError as error:
        raise PayloadError(f"The query string cannot be read: {error}") from None


def key_from_path(head: Head) -> Head:
    """Rewrite ``/v1/input/<API key>`` to ``/v1/input`` with the key as a header."""
    if not head.path.startswith(f"{_V1}/"):
        return head
    key = head.path.removeprefix(f"{_V1}/").encode("utf-8", "replace")
    return replace(head, path=_V1, headers={b"dd-api-key": key, **head.headers})


ENDPOINTS: dict[str, Endpoint] = {"/api/v2/logs": logs_v2, _V1: logs_v1}
