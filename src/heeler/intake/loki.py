"""Loki's push protocol: ``/loki/api/v1/push``. Success is 204; errors are plain text."""

from __future__ import annotations

from heeler.intake.accounting import taken
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Reply
from heeler.logs.ingest import LogIngest
from heeler.metric_usage.intake_limits import RowLimits
from heeler.store.arrow_tables import body_hash
from heeler.wire.logs import loki
from heeler.wire.logs.datadog import LogEntry


async def push(intake: Intake, delivery: Delivery) -> Reply:
    """Receive logs from Promtail, Grafana Alloy, Fluent Bit and other clients of Loki."""
    now_ns = int(intake.services.now() * 1e9)
    json = "json" in delivery.head.header(b"content-type")

    def read(body: bytes) -> tuple[list[LogEntry], int]:
        decode = loki.decode_json if json else loki.decode_protobuf
        return decode(body, now_ns), body_hash(body)

    delivery.default_encoding = "" if json else "snappy"
    limits = RowLimits(intake.services, "logs")
    count = await intake.services.part(LogIngest).take_decoded(delivery, read, limits.limit)
    limits.stored()
    taken(intake.services, "logs", count - limits.refused)
    return Reply(204, b"")


ENDPOINTS: dict[str, Endpoint] = {"/loki/api/v1/push": push}
