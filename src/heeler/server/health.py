"""Health probes for orchestrators and load balancers: ``/healthz``, ``/readyz``, and ``/metrics`` for
Prometheus.

``/healthz`` succeeds while the event loop runs: a process manager restarts the server when it does not.
``/readyz`` reports whether requests can be served, check by check with a reason; a load balancer removes the
server on 503. Both need no key and expose nothing but status.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal

import msgspec
from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from heeler.api.auth import given_api_key, services_of
from heeler.api.services import Services
from heeler.store.engine import EngineError
from heeler.store.self_metrics import Place, Telemetry, telemetry

#: Timeout of a check, seconds.
CHECK_TIMEOUT_S = 3.0
#: Event loop lag in seconds above which a problem is reported.
LOOP_LAG_LIMIT_S = 1.0
#: Seconds for which results are cached, so that many probes cost no more than one.
REUSE_S = 1.0

State = Literal["ok", "degraded", "failed"]


class Check(msgspec.Struct, frozen=True):
    """Result of one check. ``degraded`` does not make the server unready: it still serves requests."""

    name: str
    state: State
    reason: str = ""


class Readiness(msgspec.Struct, frozen=True):
    """Response of ``/readyz``; ``ready`` is false when any check failed (HTTP 503)."""

    ready: bool
    checks: list[Check]


async def _engine(services: Services) -> Check:
    await services.engine.rows("SELECT 1")
    return Check("engine", "ok")


async def _database(services: Services) -> Check:
    async with services.database.session() as db:
        await db.execute(text("SELECT 1"))
    return Check("database", "ok")


async def _disk(services: Services) -> Check:
    status = services.disk.status()
    return Check("disk", "degraded" if status.full else "ok", status.message)


async def _writer(services: Services) -> Check:
    waiting = services.writer.pending_rows
    return Check("writer", "ok", f"{waiting} rows wait to be written" if waiting else "")


async def _loop(_: Services) -> Check:
    began = time.monotonic()
    await asyncio.sleep(0)
    lag = time.monotonic() - began
    if lag > LOOP_LAG_LIMIT_S:
        return Check("loop", "degraded", f"a turn of the event loop took {lag:.1f} s")
    return Check("loop", "ok")


CHECKS: dict[str, Callable[[Services], Awaitable[Check]]] = {
    "engine": _engine,
    "database": _database,
    "disk": _disk,
    "writer": _writer,
    "loop": _loop,
}


async def readiness(services: Services, timeout_s: float = CHECK_TIMEOUT_S) -> Readiness:
    """Run all checks concurrently; one that raises or takes longer than ``timeout_s`` failed."""
    checks = await asyncio.gather(*(_run(name, check(services), timeout_s) for name, check in CHECKS.items()))
    return Readiness(all(check.state != "failed" for check in checks), list(checks))


async def _run(name: str, check: Awaitable[Check], timeout_s: float) -> Check:
    try:
        async with asyncio.timeout(timeout_s):
            return await check
    except TimeoutError:
        return Check(name, "failed", f"no answer within {timeout_s:g} s")
    except (EngineError, SQLAlchemyError, OSError, RuntimeError) as error:
        telemetry.count("heeler.server.failed_checks", tags=(f"check:{name}",))
        return Check(name, "failed", f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}")


class _Reused:
    """Cached readiness with its time, so that probes cannot flood the engine."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: Readiness | None = None
        self._at = float("-inf")

    async def get(self, services: Services) -> Readiness:
        async with self._lock:
            if self._found is None or time.monotonic() - self._at > REUSE_S:
                self._found = await readiness(services)
                self._at = time.monotonic()
            return self._found


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Liveness: the process is alive and its event loop runs."""
    return {"status": "ok"}


@get("/readyz")
async def readyz(request: Request) -> Response[Readiness]:  # type: ignore[type-arg]
    """Readiness: 200, or 503 with the reason of each failed check."""
    state = request.app.state
    if "readiness" not in state:
        state.readiness = _Reused()
    found: Readiness = await state.readiness.get(services_of(request))
    return Response(found, status_code=200 if found.ready else 503, headers={"Cache-Control": "no-store"})


@get("/metrics")
async def prometheus_metrics(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """The server's own counters and gauges in the Prometheus exposition format.

    Requires an API key: as ``DD-API-KEY`` or, as Prometheus sends it, ``Authorization: Bearer <API key>``.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else given_api_key(request)
    await services_of(request).authenticator.api_key(key)
    return Response(exposition(telemetry), media_type=CONTENT_TYPE_LATEST)


def exposition(source: Telemetry) -> bytes:
    """``source`` in the Prometheus text format, such as ``heeler_intake_points_total``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(source))
    written: bytes = generate_latest(registry)
    return written


class _Collector(Collector):
    def __init__(self, source: Telemetry) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        counts, gauges = self._source.totals()
        yield from _families(CounterMetricFamily, counts.items())
        yield from _families(GaugeMetricFamily, gauges.items())


def _families(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily], places: Iterable[tuple[Place, float]]
) -> Iterable[Metric]:
    """One family a metric; tags ``key:value`` are labels, a tag without a colon is a label of that name."""
    by_metric: dict[str, list[tuple[dict[str, str], float]]] = {}
    for (metric, tags), value in places:
        pairs = (tag.partition(":") for tag in tags)
        labels = {key.replace(".", "_").replace("-", "_"): found or "true" for key, _, found in pairs}
        by_metric.setdefault(metric, []).append((labels, value))
    for metric, samples in sorted(by_metric.items()):
        names = sorted({name for labels, _ in samples for name in labels})
        family = kind(metric.replace(".", "_").replace("-", "_"), f"{metric} of this server", labels=names)
        for labels, value in samples:
            family.add_metric([labels.get(name, "") for name in names], value)
        yield family


handlers: list[ControllerRouterHandler] = [healthz, readyz, prometheus_metrics]
