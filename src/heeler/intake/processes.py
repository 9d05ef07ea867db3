"""Processes, containers and container images of Agents: ``/api/v1/collector``, ``/api/v1/container`` and
``/api/v2/contimage``.

A process agent takes only a framed answer for success. It is told that nobody watches in real time, so that
it sends no messages of two seconds; one that comes all the same is counted as not stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from heeler.intake import unsupported_telemetry
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Reply
from heeler.store.arrow_tables import body_hash
from heeler.store.process_rows import images_table, snapshot_tables
from heeler.store.self_metrics import telemetry
from heeler.wire.metrics.series import PayloadError
from heeler.wire.processes import decode, images, message_framing
from heeler.wire.processes.model import HostSnapshot

_PROTOBUF = b"application/x-protobuf"
_MESSAGES: dict[int, Callable[[bytes], HostSnapshot]] = {
    message_framing.PROCESSES: decode.collector_proc,
    message_framing.CONTAINERS: decode.collector_container,
}
_REAL_TIME = (message_framing.REAL_TIME, message_framing.CONTAINERS_REAL_TIME)
#: How far in the future a sender's clock may be, seconds.
_AHEAD = 600


async def collector(intake: Intake, delivery: Delivery) -> Reply:
    """A frame with processes or containers."""
    now = int(intake.services.now())
    oldest = now - intake.services.settings.process_retention_hours * 3600
    sent = delivery.head.header(b"x-dd-agent-timestamp")
    said = int(sent) if sent.isdecimal() and len(sent) < 12 else 0

    def read(body: bytes) -> dict[str, Any] | None:
        found = message_framing.read_frame(body, delivery.limit)
        if found.type in _REAL_TIME:
            return None
        message = _MESSAGES.get(found.type)
        if message is None:
            raise PayloadError(
                f"The message's type is {found.type}: expected {message_framing.PROCESSES} (processes) or "
                f"{message_framing.CONTAINERS} (containers)"
            )
        at = said or found.time
        return snapshot_tables(message(found.message), at if oldest < at < now + _AHEAD else now)

    tables = await delivery.decode(read, inline=False)
    if tables is None:
        unsupported_telemetry.not_stored.count(delivery.head, delivery.client, now, accepted=True)
    else:
        await intake.services.writer.write(tables, _digest(delivery))
        telemetry.count("heeler.intake.processes", tables["processes"].num_rows)
        telemetry.count("heeler.intake.containers", tables["containers"].num_rows)
    return Reply(200, message_framing.res_collector(now), _PROTOBUF)


async def container_images(intake: Intake, delivery: Delivery) -> Reply:
    """What images a host has."""
    now = int(intake.services.now())

    def read(body: bytes) -> dict[str, Any]:
        host, found = images.decode(body)
        return {"container_images": images_table(host, found, now)}

    tables = await delivery.decode(read, inline=False)
    await intake.services.writer.write(tables, _digest(delivery))
    telemetry.count("heeler.intake.container_images", tables["container_images"].num_rows)
    return Reply(202, b"{}")


def _digest(delivery: Delivery) -> bytes:
    """What tells that a body is sent again: it holds the moment at which it was made."""
    return b"processes" + body_hash(delivery.body).to_bytes(8, "little")


ENDPOINTS: dict[str, Endpoint] = {
    "/api/v1/collector": collector,
    "/api/v1/container": collector,
    "/api/v2/contimage": container_images,
}
