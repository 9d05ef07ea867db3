"""Evaluation lag of monitors: measured, published as ``heeler.monitors.lag``, reported to administrators."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from heeler.accounts.store import administrators
from heeler.api.services import Services
from heeler.notify.handles import Recipient
from heeler.notify.outbox import Notice, send_to
from heeler.store.database import Database
from heeler.store.self_metrics import telemetry

TOLERATED = 60.0
"""Lag in seconds above which administrators are notified."""
NOTIFY_AGAIN = 6 * 3600.0
"""Seconds between two notifications while the lag lasts."""


@dataclass(slots=True)
class Lag:
    """Lag of the last finished and the current round. Times are UNIX seconds, durations seconds."""

    lag: float = 0.0
    """Maximum lag of the last round."""
    p99: float = 0.0
    """99th percentile of the lag in the last round."""
    evaluated: int = 0
    took: float = 0.0
    ended: float = 0.0
    notified: float = 0.0
    """Time of the last notification of administrators; 0 once the lag is tolerable again."""
    _began: float = 0.0
    _lags: list[float] = field(default_factory=list)

    def begin_round(self, now: float) -> None:
        self._began, self._lags = now, []

    def add(self, lag: float) -> None:
        """Add the lag of one evaluation: the delay after its due time."""
        self._lags.append(lag)

    def end_round(self, now: float, evaluated: int) -> None:
        lags = sorted(self._lags)
        self.lag = max(lags[-1], 0.0) if lags else 0.0
        self.p99 = max(lags[len(lags) * 99 // 100], 0.0) if lags else 0.0
        self.evaluated, self._lags = evaluated, []
        self.took, self.ended = now - self._began, now

    def to_notify(self, now: float) -> bool:
        """Whether administrators are to be notified now; records that they were."""
        if self.lag <= TOLERATED:
            self.notified = 0.0
            return False
        if self.notified and now - self.notified < NOTIFY_AGAIN:
            return False
        self.notified = now
        return True


_lags: WeakKeyDictionary[Database, Lag] = WeakKeyDictionary()


def lag_of(services: Services) -> Lag:
    """Lag of this server's monitors, published as ``heeler.monitors.lag`` from the first call on."""
    found = _lags.get(services.database)
    if found is None:
        found = _lags[services.database] = Lag()
        telemetry.gauge("heeler.monitors.lag", lambda lag=found: lag.lag)  # type: ignore[misc]
        telemetry.gauge("heeler.monitors.lag_p99", lambda lag=found: lag.p99)  # type: ignore[misc]
        telemetry.gauge("heeler.monitors.round_seconds", lambda lag=found: lag.took)  # type: ignore[misc]
    return found


async def notify_lag(services: Services) -> None:
    """Notify administrators if monitors are evaluated more than a minute late."""
    lag, now = lag_of(services), services.now()
    if not lag.to_notify(now):
        return
    text = (
        f"Monitors are evaluated {lag.lag:.0f} s late. The last round evaluated {lag.evaluated} monitors in "
        f"{lag.took:.0f} s; alerts come as much later. Fewer monitors, shorter windows, fewer groups or a "
        "faster machine help; heeler.monitors.lag and heeler.monitors.round_seconds show whether it does.\n\n"
        f"{services.settings.url}/monitors"
    )
    notice = Notice(f"Monitors are evaluated {lag.lag:.0f} s late", text, "")
    async with services.database.session() as db:
        admins = await administrators(db)
        send_to(
            db, [Recipient("email", user.email) for user in admins], notice, datetime.fromtimestamp(now, UTC)
        )
