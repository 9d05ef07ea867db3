"""Usage by API key, and quotas: counted in memory, added to the configuration database every few seconds.

The counters of all servers meet in the database: each adds what it took in and reads the sums of the day, so
that a quota that several servers use up is exceeded by what they take in between two exchanges, at most.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.metric_usage.model import KeyUsage, UsageQuota
from heeler.metric_usage.scopes import ALL, EVERYTHING, KEY, Scope
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.usage")

SIGNALS = ("bytes", "points", "logs", "spans")
SERIES = "series"
"""Signal of quotas of the number of series (see :mod:`heeler.metric_usage.series_limits`)."""
REFUSED = "refused"
"""Signal of refused requests, which has no quota."""
OF_QUOTA, REFUSED_BY_QUOTA = "of_quota", "quota_refused"
"""Signals of what counted for a quota of a service, a team or a tag, and of what it refused: the rows have
the quota's id in place of a key's."""
FLUSH_SECONDS = 5.0
HOUR, DAY = 3600, 86_400
RETENTION_DAYS = 35
#: Longest time for which senders are told to wait, as a quota may be raised.
MAX_RETRY_SECONDS = 300

Place = tuple[str, str]
"""Id of an API key (empty for all keys) and signal; or of a quota, and :data:`OF_QUOTA`."""

_sender: ContextVar[str] = ContextVar("heeler_intake_sender", default="")


def set_sender(key_id: str) -> None:
    """Attribute what is taken in by this task from now on to an API key."""
    _sender.set(key_id)


def sender() -> str:
    """Id of the API key of the current request; empty outside of one."""
    return _sender.get()


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota as enforced: ``place`` is where its use is counted."""

    id: str
    place: Place
    limit: int
    warning_percent: int
    signal: str = ""
    scope: Scope = EVERYTHING

    def level(self, used: int) -> int:
        """0 below the warning, 1 from it on, 2 at the limit."""
        return 2 if used >= self.limit else int(used * 100 >= self.limit * self.warning_percent)


class KeyUsageCounter:
    """Counters of one server, as ``services.part(KeyUsageCounter)``. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._exchanging = asyncio.Lock()
        self._pending: dict[tuple[int, str, str], int] = {}
        self._used: dict[Place, int] = {}
        self._day = 0
        self.quotas: Mapping[Place, Quota] = {}
        """Quotas of keys and of all keys, which refuse whole requests."""
        self.scoped: Sequence[Quota] = ()
        """Quotas of services, teams and tags, and those of series: they refuse items of requests."""

    def note(self, key_id: str, signal: str, amount: int) -> None:
        """Count what was taken in with a key."""
        if amount <= 0 or not key_id:
            return
        now = int(self._services.now())
        with self._lock:
            self._turn_day(now // DAY)
            hour = now // HOUR * HOUR, key_id, signal
            self._pending[hour] = self._pending.get(hour, 0) + amount
            for place in ((key_id, signal), ("", signal)):
                self._used[place] = self._used.get(place, 0) + amount
        telemetry.count("heeler.usage.taken", amount, (f"signal:{signal}", f"api_key:{key_id}"))

    def note_for_quota(self, quota: Quota, amount: int, *, refused: bool = False) -> None:
        """Count what was taken in, or refused, for one of :attr:`scoped`."""
        if amount <= 0:
            return
        now = int(self._services.now())
        with self._lock:
            self._turn_day(now // DAY)
            signal = REFUSED_BY_QUOTA if refused else OF_QUOTA
            hour = now // HOUR * HOUR, quota.id, signal
            self._pending[hour] = self._pending.get(hour, 0) + amount
            self._used[quota.id, signal] = self._used.get((quota.id, signal), 0) + amount
        if refused:
            tags = (f"signal:{quota.signal}", f"scope:{quota.scope.kind}", f"of:{quota.scope.value or 'all'}")
            telemetry.count("heeler.usage.over_quota", amount, tags)

    def exhausted(self, quota: Quota) -> bool:
        return self.used(quota.place) >= quota.limit

    def _turn_day(self, day: int) -> None:
        if day != self._day:
            self._day, self._used = day, {}

    def used(self, place: Place) -> int:
        """Amount of the current day (UTC), of all servers as of the last exchange."""
        with self._lock:
            self._turn_day(int(self._services.now()) // DAY)
            return self._used.get(place, 0)

    def exceeded(self, key_id: str, signals: Collection[str]) -> Quota | None:
        """A quota of the key, or of all keys, for one of ``signals`` that is used up."""
        if not self.quotas:
            return None
        for signal in signals:
            for place in ((key_id, signal), ("", signal)):
                quota = self.quotas.get(place)
                if quota is not None and self.used(place) >= quota.limit:
                    return quota
        return None

    def check(self, key_id: str, signals: Collection[str]) -> None:
        """Raise a 429 that says when to send again if a quota is used up; the refusal is counted."""
        quota = self.exceeded(key_id, signals)
        if quota is None:
            return
        key, signal = quota.place
        telemetry.count("heeler.usage.over_quota", 1, (f"signal:{signal}", f"api_key:{key_id}"))
        self.note(key_id, REFUSED, 1)
        left = DAY - int(self._services.now()) % DAY
        whose = "this API key" if key else "the organization"
        raise ApiError(
            429,
            f"The quota of {whose} is used up: {quota.limit:,} {signal} a day. Nothing of this request was "
            "stored; it counts anew at 00:00 UTC. Administrators can raise it under Usage.",
            headers={"Retry-After": str(min(left, MAX_RETRY_SECONDS))},
        )

    async def exchange(self) -> None:
        """Add the counts to the database, and read the quotas and the sums of the day.

        One at a time: of two, the one that read first could install what it read last.
        """
        async with self._exchanging:
            await self._exchange()

    async def _exchange(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, {}
        day = int(self._services.now()) // DAY
        try:
            async with self._services.database.session() as db:
                for (hour, key_id, signal), amount in pending.items():
                    await _add(db, hour, key_id, signal, amount)
                stored = await db.scalars(select(UsageQuota).order_by(UsageQuota.id))
                quotas = [quota_of(one) for one in stored]
                sums = await sums_of_day(db, day) if quotas else {}
        except BaseException:
            with self._lock:
                for key, amount in pending.items():
                    self._pending[key] = self._pending.get(key, 0) + amount
            raise
        with self._lock:
            self.quotas = {one.place: one for one in quotas if one.place[1] != OF_QUOTA}
            self.scoped = tuple(one for one in quotas if one.place[1] == OF_QUOTA)
            self._turn_day(day)
            if not quotas:
                return
            self._used = sums
            for (hour, key_id, signal), amount in self._pending.items():  # counted meanwhile
                if hour // DAY == day:
                    for place in ((key_id, signal), ("", signal)):
                        self._used[place] = self._used.get(place, 0) + amount


def quota_of(stored: UsageQuota) -> Quota:
    """A quota as enforced."""
    scope = Scope(stored.scope, stored.key_id or stored.scope_value)
    whole = stored.scope in (ALL, KEY) and stored.signal != SERIES
    place = (stored.key_id or "", stored.signal) if whole else (stored.id, OF_QUOTA)
    return Quota(stored.id, place, stored.daily_limit, stored.warning_percent, stored.signal, scope)


async def _add(db: AsyncSession, hour: int, key_id: str, signal: str, amount: int) -> None:
    insert: Any = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    given = insert(KeyUsage).values(hour=hour, key_id=key_id, signal=signal, amount=amount)
    await db.execute(
        given.on_conflict_do_update(
            index_elements=["hour", "key_id", "signal"],
            set_={"amount": KeyUsage.amount + given.excluded.amount},
        )
    )


async def sums_of_day(db: AsyncSession, day: int) -> dict[Place, int]:
    """Amounts of a day (since 1970) by key and signal, and of all keys together."""
    rows = await db.execute(
        select(KeyUsage.key_id, KeyUsage.signal, func.sum(KeyUsage.amount))
        .where(KeyUsage.hour >= day * DAY, KeyUsage.hour < (day + 1) * DAY)
        .group_by(KeyUsage.key_id, KeyUsage.signal)
    )
    found: dict[Place, int] = {}
    for key_id, signal, amount in rows:
        found[key_id, signal] = int(amount)
        found["", signal] = found.get(("", signal), 0) + int(amount)
    return found


async def sums_by_key(db: AsyncSession, start: int, end: int) -> dict[Place, int]:
    """Amounts by key and signal of the hours that start in [``start``, ``end``), UNIX seconds."""
    rows = await db.execute(
        select(KeyUsage.key_id, KeyUsage.signal, func.sum(KeyUsage.amount))
        .where(KeyUsage.hour >= start, KeyUsage.hour < end)
        .group_by(KeyUsage.key_id, KeyUsage.signal)
    )
    return {(key_id, signal): int(amount) for key_id, signal, amount in rows}


async def exchange_forever(services: Services) -> None:
    """Background task of each server; what is counted last is added when the server ends."""
    counter = services.part(KeyUsageCounter)
    try:
        while True:
            await _exchanged(counter)
            await asyncio.sleep(FLUSH_SECONDS)
    finally:
        await _exchanged(counter)


async def _exchanged(counter: KeyUsageCounter) -> None:
    try:
        await counter.exchange()
    except Exception:  # a temporary database failure must not end the task; nothing counted is lost
        telemetry.count("heeler.usage.failed_exchanges")
        log.exception("Usage by API key could not be stored; trying again in %g s", FLUSH_SECONDS)


async def prune_forever(services: Services) -> None:
    """Background task of one server: deletes old usage once an hour."""
    while True:
        try:
            oldest = int(services.now()) - RETENTION_DAYS * DAY
            async with services.database.session() as db:
                await db.execute(
                    delete(KeyUsage)
                    .where(KeyUsage.hour < oldest)
                    .execution_options(synchronize_session=False)
                )
        except Exception:
            log.exception("Old usage could not be deleted; trying again in an hour")
        await asyncio.sleep(HOUR)
