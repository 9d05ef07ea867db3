"""Prometheus remote write: ``/api/v1/write``.

A sender retries a request after 429 and 5xx; after 400 it logs the response and continues. The valid part of
a request is stored either way.
"""

from __future__ import annotations

from typing import Any

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake, count_dropped, point_tables, store_points
from heeler.intake.request import Reply
from heeler.store.self_metrics import telemetry
from heeler.wire.metrics import remote_write
from heeler.wire.metrics.remote_write import Written


class Counters(remote_write.WriteState):
    """State of remote write counters, as ``services.part(Counters)``."""

    def __init__(self, _: Services) -> None:
        super().__init__()


async def write(intake: Intake, delivery: Delivery) -> Reply:
    """Receive samples of Prometheus remote write."""
    content_type = delivery.head.header(b"content-type")
    if "io.prometheus.write.v2" in content_type:
        raise ApiError(
            415, "Remote write 2.0 is not supported; senders fall back to prometheus.WriteRequest (1.0)."
        )
    memo, window, state = intake.known_series(), intake.window(), intake.services.part(Counters)

    def read(body: bytes) -> tuple[Written, dict[str, Any]]:
        found = remote_write.decode(body, memo, window, state)
        intake.limits.limit_points(found.points)
        return found, point_tables(found.points, window.now)

    found, tables = await delivery.decode(read)
    await store_points(intake, found.points, tables)
    state.counters.commit(found.counters, int(intake.services.now() * 1e9))
    problems = found.points.problems
    if found.histograms:
        problems.add(
            "native_histogram", "native histograms are not stored; send classic ones", found.histograms
        )
    count_dropped(problems)
    if problems.dropped:
        telemetry.count("heeler.intake.refused", tags=("status:400",))
        text = f"{sum(problems.dropped.values())} samples or series were not stored: " + "; ".join(
            problems.report()
        )
        return Reply(400, text.encode("utf-8", "replace"), b"text/plain; charset=utf-8")
    return Reply(204, b"")


ENDPOINTS: dict[str, Endpoint] = {"/api/v1/write": write}
