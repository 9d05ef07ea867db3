"""Counts what is taken in, in total (``heeler.intake.*``) and by the API key of the current request."""

from __future__ import annotations

from heeler.api.services import Services
from heeler.metric_usage.key_usage import KeyUsageCounter, sender
from heeler.store.self_metrics import telemetry

#: Signal of each counter whose amounts are counted by key.
_SIGNALS = {"points": "points", "sketches": "points", "logs": "logs", "spans": "spans"}


def taken(services: Services, what: str, amount: int, key_id: str | None = None) -> None:
    """Count stored ``points``, ``sketches``, ``logs`` or ``spans`` of the current sender or ``key_id``."""
    telemetry.count(f"heeler.intake.{what}", amount)
    services.part(KeyUsageCounter).note(sender() if key_id is None else key_id, _SIGNALS[what], amount)


def signals_of(path: str) -> tuple[str, ...]:
    """Signals with quotas that deliveries to a path consist of."""
    if path in ("/api/v2/logs", "/v1/input", "/v1/logs", "/loki/api/v1/push"):
        return ("bytes", "logs")
    if path in ("/api/v0.2/traces", "/v1/traces"):
        return ("bytes", "spans")
    if path in _POINTS:
        return ("bytes", "points")
    return ("bytes",)


_POINTS = frozenset(
    {
        "/api/v1/series", "/api/v2/series", "/api/v1/distribution_points", "/api/beta/sketches",
        "/api/v1/sketches", "/v1/metrics", "/api/v1/write",
    }
)  # fmt: skip
