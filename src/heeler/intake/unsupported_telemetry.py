"""Deliveries of unsupported telemetry: refused with 404, except for the paths listed here, and counted by
sender.

Rule: what is not stored is not accepted. A client that gets 404 reports it where its user sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.store.self_metrics import telemetry
from heeler.wire.processes import message_framing

#: Maximum number of listed senders and paths; others are only counted in the metric.
MAX_LISTED = 1000
MAX_PATH = 200


class Accepted(NamedTuple):
    """A path that is acknowledged although nothing is stored."""

    path: str
    product: str
    reason: str
    answer: Callable[[int], Reply]
    """Called with the time in UNIX seconds."""


def _frame(now: int) -> Reply:
    return Reply(200, message_framing.res_collector(now), b"application/x-protobuf")


def _empty(_: int) -> Reply:
    return Reply(202, b"{}")


_PROCESSES = (
    "Sent by default by Agents that see {}. A process agent waits for this answer and repeats what it sent."
)
_CONTAINERS = "Sent by default by Agents on hosts with containers, and repeated after an error."
_AGENT = "Agents report on themselves here by default, and log each refusal as an error."
ACCEPTED = (
    Accepted("/api/v1/discovery", "process discovery", _PROCESSES.format("any process"), _frame),
    Accepted("/api/v1/orchestrator", "orchestrator", _PROCESSES.format("Kubernetes"), _frame),
    Accepted("/api/v2/orch", "orchestrator", _PROCESSES.format("Kubernetes"), _frame),
    Accepted("/api/v2/orchmanif", "orchestrator", _PROCESSES.format("Kubernetes"), _frame),
    Accepted("/api/v2/contlcycle", "container lifecycle", _CONTAINERS, _empty),
    Accepted("/api/v2/apmtelemetry", "agent telemetry", _AGENT, _empty),
)
"""Paths that Datadog Agents call by default. docs/api.md shows the table."""

#: Product of a path, if not evident from its last part.
_PRODUCTS = {
    **{one.path: one.product for one in ACCEPTED},
    "/api/v1/collector": "processes in real time",
    "/api/v1/container": "containers in real time",
    "/api/v1/connections": "network connections",
    "/api/v2/profile": "profiles",
    "/api/v2/debugger": "debugger snapshots",
    "/api/v2/databasequery": "database monitoring",
    "/api/v2/dbmmetrics": "database monitoring",
    "/api/v2/dbmactivity": "database monitoring",
    "/api/v2/dbmmetadata": "database monitoring",
    "/api/v2/dbmhealth": "database monitoring",
    "/api/v2/ndm": "network devices",
    "/api/v2/ndmtraps": "SNMP traps",
    "/api/v2/ndmflow": "NetFlow",
    "/api/v2/netpath": "network paths",
    "/api/v2/sbom": "software inventories",
    "/api/v2/llmobs": "LLM observability",
    "/api/v2/citestcycle": "test results",
    "/api/v2/rum": "browser sessions",
    "/api/v0.1/pipeline_stats": "data streams",
}


@dataclass(slots=True)
class _Sent:
    requests: int = 0
    bytes: int = 0
    last: int = 0


class NotStored:
    """Counters, since server start, of refused telemetry by sender and path."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, bool], _Sent] = {}

    def count(self, head: Head, client: str, now: int, *, accepted: bool) -> None:
        """Count a delivery; ``client`` identifies the sender if the request names no host."""
        host = head.header(b"x-dd-hostname")[:255] or client
        path = (head.path or "/")[:MAX_PATH]
        place = host, path, accepted
        if place not in self._sent and len(self._sent) >= MAX_LISTED:
            place = "", "other paths", accepted
        found = self._sent.setdefault(place, _Sent())
        length = head.header(b"content-length")
        found.requests += 1
        found.bytes += int(length) if length.isdecimal() and len(length) < 16 else 0
        found.last = now
        telemetry.count("heeler.intake.not_kept", tags=(f"path:{place[1]}", f"host:{place[0]}"))

    def listed(self) -> list[dict[str, Any]]:
        """Entries, newest first."""
        rows = [
            {
                "host": host,
                "path": path,
                "product": _PRODUCTS.get(path, path.rpartition("/")[2]),
                "accepted": accepted,
                "requests": sent.requests,
                "bytes": sent.bytes,
                "last": sent.last,
            }
            for (host, path, accepted), sent in self._sent.items()
        ]
        return sorted(rows, key=lambda row: (-row["last"], row["host"], row["path"]))


#: The server's instance.
not_stored = NotStored()


def refuse(head: Head, client: str, now: int) -> ApiError:
    """Count a delivery to an unserved path and return the reply."""
    not_stored.count(head, client, now, accepted=False)
    product = _PRODUCTS.get(head.path)
    what = f"{product} are not stored here" if product else "there is no such path"
    return ApiError(404, f"POST {head.path[:MAX_PATH] or '/'}: {what}. Nothing of this request was stored.")


def _accepting(accepted: Accepted) -> Endpoint:
    async def answer(intake: Intake, delivery: Delivery) -> Reply:
        now = int(intake.services.now())
        not_stored.count(delivery.head, delivery.client, now, accepted=True)
        return accepted.answer(now)

    return answer


ENDPOINTS: dict[str, Endpoint] = {one.path: _accepting(one) for one in ACCEPTED}


@get("/api/ui/not_stored", guards=[user_guard])
async def list_not_stored(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Telemetry sent but not stored since the server started, by sender and path, newest first."""
    host = request.query_params.get("host")
    found = [row for row in not_stored.listed() if host is None or row["host"] == host]
    return {"not_stored": found, "now": int(services_of(request).now())}


handlers: list[ControllerRouterHandler] = [list_not_stored]
