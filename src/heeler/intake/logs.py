"""Logs over HTTP: ``/api/v2/logs``, ``/v1/input`` and ``/v1/input/<API key>``."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from heeler.intake.accounting import taken
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.logs.ingest import LogIngest
from heeler.wire.metrics.series import PayloadError

_V1 = "/v1/input"
_MAX_PARAMETERS = 100


async def logs_v2(intake: Intake, delivery: Delivery) -> Reply:
    await _store(intake, delivery)
    return Reply(202, b"{}")


async def logs_v1(intake: Intake, delivery: Delivery) -> Reply:
    await _store(intake, delivery)
    return Reply(200, b"{}")


async def _store(intake: Intake, delivery: Delivery) -> None:
    head, ingest = delivery.head, intake.services.part(LogIngest)
    count = await ingest.take(delivery, head.header(b"content-type"), _parameters(head), head.query)
    taken(intake.services, "logs", count)


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
