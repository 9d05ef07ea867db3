"""Counts what is taken in, in total (``heeler.intake.*``) and by the API key of the current request."""

from __future__ import annotations

from contextvars import ContextVar

from heeler.api.services import Services
from heeler.metric_usage.key_usage import KeyUsageCounter
from heeler.store.self_metrics import telemetry

#: Id of the API key of the current request.
_sender: ContextVar[str] = ContextVar("heeler_intake_sender", default="")

#: Signal of each counter whose amounts are counted by key.
_SIGNALS = {"points": "points", "sketches": "points", "logs": "logs", "spans": "spans"}


def set_sender(key_id: str) -> None:
    """Attribute what is counted in this task from now on to an API key."""
    _sender.set(key_id)


def sender() -> str:
    """The id of the API key that what is counted is attributed to; empty without one."""
    return _sender.get()


def taken(services: Services, what: str, amount: int, key_id: str | None = None) -> None:
    """Count stored ``points``, ``sketches``, ``logs`` or ``spans`` of the current sender or ``key_id``."""
    telemetry.count(f"heeler.intake.{what}", amount)
    sender = _sender.get() if key_id is None else key_id
    services.part(KeyUsageCounter).note(sender, _SIGNALS[what], amount)


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
