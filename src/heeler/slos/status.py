"""Status of an SLO over a window: SLI, error budget and state, overall and by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.round import parsed_query
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import CheckQuery, MonitorQuery
from heeler.monitors.state_history import TooManyChanges, state_history
from heeler.monitors.validation import policy_of
from heeler.query.metrics.errors import QueryError
from heeler.slos import uptime
from heeler.slos.corrections import corrected, of_slo
from heeler.slos.counts import CountSpec, count_events
from heeler.slos.error_budget import Tally, precision_of, raw_remaining, remaining, state_of
from heeler.slos.intervals import Interval, without
from heeler.slos.model import Slo, SloCorrection
from heeler.slos.slices import read_slices
from heeler.store.engine import EngineError

ZERO = ("ZERO_VALUED_DENOMINATOR", "The denominator is zero valued")


@dataclass(frozen=True, slots=True)
class Member:
    """A group, or a monitor. ``history``: ``[time, 0 up | 1 down | 2 no data]`` at each change."""

    name: str
    tally: Tally
    history: Sequence[Sequence[int]] = ()
    monitor: Monitor | None = None


@dataclass(frozen=True, slots=True)
class SloStatus:
    """Status of an SLO. ``tally`` of all groups together; ``unit``: of the counts, ``seconds`` for time."""

    slo: Slo
    start: float
    end: float
    tally: Tally
    members: Sequence[Member] = ()
    history: Sequence[Sequence[int]] = ()
    corrections: Sequence[Interval] = ()
    unit: str = "seconds"
    errors: Sequence[tuple[str, str]] = field(default=())

    @property
    def sli(self) -> Fraction | None:
        return self.tally.sli

    def remaining(self, target: Fraction) -> Fraction | None:
        """Remaining percent of the error budget; None without data."""
        return None if self.sli is None else remaining(self.sli, target)

    def raw(self, target: Fraction) -> Fraction:
        return raw_remaining(self.tally, target)

    def state(self, target: Fraction, warning: Fraction | None) -> str:
        return state_of(self.sli, target, warning)

    def precision(self, target: float) -> int:
        """Displayed decimals of the SLI."""
        return precision_of(self.slo.type, (self.end - self.start) / 86400, target, self.tally.total)


async def corrections_of(db: AsyncSession, slo: Slo) -> list[SloCorrection]:
    """Corrections that apply to ``slo``, by its id or by a matching search."""
    wanted = or_(SloCorrection.slo_id == slo.id, SloCorrection.slo_query.is_not(None))
    return of_slo(await db.scalars(select(SloCorrection).where(wanted)), slo)


async def status_of(
    services: Services, slo: Slo, start: float, end: float, *, apply_corrections: bool = True
) -> SloStatus:
    """Status over [start, end), UNIX seconds.

    A failed computation (an invalid metric query, an unavailable store) is an error of the status, which then
    has no data.
    """
    async with services.database.session() as db:
        items = await corrections_of(db, slo) if apply_corrections else []
    removed = corrected(items, start, end)
    try:
        match slo.type:
            case "metric":
                return await _metric(services, slo, start, end, removed)
            case "time_slice":
                return await _time_slice(services, slo, start, end, removed)
            case _:
                return await _monitors(services, slo, start, end, removed)
    except (QueryError, EngineError, InvalidQuery, TooManyChanges) as error:
        return SloStatus(slo, start, end, Tally(), errors=(("CALCULATION_ERROR", str(error)),))


async def _metric(
    services: Services, slo: Slo, start: float, end: float, removed: list[Interval]
) -> SloStatus:
    found = await count_events(services, CountSpec.of(slo), without(start, end, removed))
    total = sum(found.values(), Tally())
    grouped = {name: item for name, item in found.items() if name != "*"}
    members = [Member(name, item) for name, item in sorted(grouped.items())]
    errors = () if total.total else (ZERO,)
    return SloStatus(slo, start, end, total, members, (), removed, "requests", errors)


async def _time_slice(
    services: Services, slo: Slo, start: float, end: float, removed: list[Interval]
) -> SloStatus:
    found = await read_slices(services, slo.definition["sli_specification"]["time_slice"], start, end)
    kept = found.corrected(removed)
    members = [Member(name, kept.tally(bad)) for name, bad in sorted(kept.bad.items()) if name != "*"]
    return SloStatus(slo, start, end, kept.tally(kept.overall()), members, (), removed)


async def _monitors(
    services: Services, slo: Slo, start: float, end: float, removed: list[Interval]
) -> SloStatus:
    """Members: the monitors if there are several, else the groups of the single one; overall is down if any
    member is.
    """
    ids, groups = slo.definition["monitor_ids"], slo.definition.get("groups") or ()
    grid = uptime.Grid.of(start, end, removed)
    async with services.database.session() as db:
        monitors = {row.id: row for row in await db.scalars(select(Monitor).where(Monitor.id.in_(ids)))}
        lines = {one: await _lines(db, monitors[one], grid, start, end) for one in ids if one in monitors}
    missing = [str(one) for one in ids if one not in monitors]
    errors = [("MONITOR_NOT_FOUND", f"monitor {one} does not exist") for one in missing]
    size = len(grid.counted)
    if len(ids) == 1 and ids[0] in lines:
        monitor, own = monitors[ids[0]], lines[ids[0]]
        chosen = {name: row for name, row in own.items() if not groups or name in groups}
        whole = uptime.united(chosen.values(), size)
        members = [_member(grid, name, row, monitor) for name, row in sorted(chosen.items()) if name != "*"]
    else:
        by_monitor = {one: uptime.united(own.values(), size) for one, own in lines.items()}
        whole = uptime.united(by_monitor.values(), size)
        members = [_member(grid, "", row, monitors[one]) for one, row in by_monitor.items()]
    tally = uptime.tally(grid, whole) if any(lines.values()) else Tally()
    return SloStatus(slo, start, end, tally, members, uptime.history(grid, whole), removed, "seconds", errors)


def _member(grid: uptime.Grid, name: str, row: uptime.Codes, monitor: Monitor) -> Member:
    return Member(name or monitor.name, uptime.tally(grid, row), uptime.history(grid, row), monitor)


async def _lines(
    db: AsyncSession, monitor: Monitor, grid: uptime.Grid, start: float, end: float
) -> Mapping[str, uptime.Codes]:
    """Minutes of a monitor by group."""
    down = notifies_no_data(monitor, parsed_query(monitor))
    found = await state_history(db, monitor.id, start, end)
    return {
        name: uptime.codes(
            grid, [uptime.StateChange(*item) for item in changes], first, down_without_data=down
        )
        for name, (first, changes) in found.items()
    }


def notifies_no_data(monitor: Monitor, query: MonitorQuery) -> bool:
    """Whether No Data of the monitor counts as downtime: if it notifies of it."""
    options: Mapping[str, Any] = monitor.options
    if isinstance(query, CheckQuery):
        return bool(options.get("notify_no_data"))
    return policy_of(query, options).tells_no_data
