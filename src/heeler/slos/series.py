"""Query objects with ``data_source`` ``slo``: what an SLO counted, over time and by group.

Source of the format: ``FormulaAndFunctionSLOQueryDefinition`` of the public API. Counts, ``slo_status`` and
``burn_rate`` are of each bucket; the error budget is that of the query's window up to the end of the bucket.
Minutes that a correction removes do not count; of a metric SLO over time, buckets that a correction overlaps
are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heeler.api.services import Services
from heeler.query.frame import Frame, Group, Values
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Buckets, Window
from heeler.query.search.row_access import check_readable
from heeler.slos import uptime
from heeler.slos.corrections import corrected
from heeler.slos.counts import CountSpec, count_events, frames, group_name, narrowed
from heeler.slos.error_budget import Tally
from heeler.slos.intervals import Interval, without
from heeler.slos.model import Slo
from heeler.slos.serializers import primary_threshold
from heeler.slos.slices import read_slices
from heeler.slos.status import corrections_of, status_of

OF_EVENTS = ("good_events", "bad_events")
OF_MINUTES = ("good_minutes", "bad_minutes")
SHARES = ("slo_status", "error_budget_remaining", "error_budget_burndown")
MEASURES = (*OF_EVENTS, *OF_MINUTES, *SHARES, "burn_rate")


@dataclass(frozen=True, slots=True)
class Counted:
    """``bad`` of ``total`` in each bucket, float64 [g, n], by member: events, or seconds."""

    names: tuple[str, ...]
    bad: Values
    total: Values


async def slo_series(services: Services, item: dict[str, Any], window: Window) -> Frame:
    """The frame of a query object; one bucket where the interval is the whole window.

    An SLO that is not here, or that a restriction policy hides from the caller, has no values, with a note:
    dashboards of elsewhere name their own. Raises :class:`QueryError` that says what is wrong with the
    object, and its ``NotReadable`` if the caller may not read SLOs.
    """
    check_readable("SLOs")
    measure = str(item.get("measure") or "")
    if measure not in MEASURES:
        raise QueryError(f"'measure' is {measure[:50]!r}: expected one of {', '.join(MEASURES)}.")
    mode = str(item.get("group_mode") or "overall")
    if mode not in ("overall", "components"):
        raise QueryError(f"'group_mode' is {mode[:50]!r}: expected overall or components.")
    whole = window.interval >= window.end - window.start
    edges = np.array([window.start, window.end], np.int64) if whole else Buckets.of(window).edges
    slo_id = str(item.get("slo_id") or "")
    async with services.database.session() as db:
        slo = await db.get(Slo, slo_id)
        removed = corrected(await corrections_of(db, slo), window.start, window.end) if slo else []
    if slo is None:
        note = f"SLO {slo_id[:64]} not found."
        return Frame(edges[:-1], (), np.zeros((0, len(edges) - 1)), window.interval, notes=(note,))
    filters = str(item.get("additional_query_filters") or "").strip()
    _check_kind(slo, measure, filters)
    parts = _Parts(services, slo, edges, min(window.end, int(services.now())), removed, filters)
    found = await parts.read(components=mode == "components")
    target, _ = primary_threshold(slo)
    values = measured(measure, found.bad, found.total, float(target))
    unit = "percent" if measure in SHARES else "minute" if measure in OF_MINUTES else ""
    groups = tuple(_group(name) for name in found.names)
    return Frame(edges[:-1], groups, values, window.interval, metric=measure, unit=unit)


def _check_kind(slo: Slo, measure: str, filters: str) -> None:
    counts = slo.type == "metric"
    if measure in OF_EVENTS and not counts:
        raise QueryError(f"'measure' is {measure}: this SLO counts minutes, as good_minutes and bad_minutes.")
    if measure in OF_MINUTES and counts:
        raise QueryError(f"'measure' is {measure}: this SLO counts events, as good_events and bad_events.")
    if filters and not counts:
        raise QueryError("'additional_query_filters' apply to SLOs that count events alone.")


def _group(name: str) -> Group:
    if name == "*":
        return Group()
    tags = tuple(name.split(",")) if ":" in name else (f"monitor:{name}",)
    return Group(tags, ",".join(tags))


def measured(measure: str, bad: Values, total: Values, target: float) -> Values:
    """Values of a measure from counts of buckets, float64 [g, n]; ``target`` in percent."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure in ("good_events", "good_minutes"):
            return _missing(total - bad, total) / (1 if measure in OF_EVENTS else 60)
        if measure in ("bad_events", "bad_minutes"):
            return _missing(bad, total) / (1 if measure in OF_EVENTS else 60)
        if measure == "burn_rate":
            return _missing(bad / total * 100 / (100 - target), total)
        if measure == "slo_status":
            return _missing(100 * (total - bad) / total, total)
        bad, total = np.cumsum(bad, axis=1), np.cumsum(total, axis=1)
        sli = 100 * (total - bad) / total
        return _missing((sli - target) / (100 - target) * 100, total)


def _missing(values: Values, total: Values) -> Values:
    return np.where(total > 0, values, np.nan)


@dataclass(frozen=True, slots=True)
class _Parts:
    services: Services
    slo: Slo
    edges: NDArray[np.int64]
    end: int
    """What counts ends here: the window's end, or now."""
    removed: Sequence[Interval]
    filters: str

    async def read(self, *, components: bool) -> Counted:
        if self.end <= self.start:
            nothing = np.zeros((1, len(self.edges) - 1))
            return Counted(("*",), nothing, nothing)
        match self.slo.type:
            case "metric":
                found = await (self._total_events() if len(self.edges) == 2 else self._events())
                return found if components else _joined(found)
            case "time_slice":
                return await self._slices(components=components)
            case _:
                return await self._minutes(components=components)

    @property
    def start(self) -> int:
        return int(self.edges[0])

    def _spec(self) -> CountSpec:
        spec = CountSpec.of(self.slo)
        return narrowed(spec, self.filters) if self.filters else spec

    async def _total_events(self) -> Counted:
        intervals = without(self.start, self.end, list(self.removed))
        found = await count_events(self.services, self._spec(), intervals)
        return _of_tallies(found)

    async def _events(self) -> Counted:
        step = int(self.edges[1] - self.edges[0])
        spec = self._spec()
        good, other = await frames(self.services, spec, self.start, self.end, step)
        names = tuple(dict.fromkeys(group_name(group) for frame in (good, other) for group in frame.groups))
        first, second = (self._placed(frame, names, step) for frame in (good, other))
        bad, total = (second, first + second) if spec.other_is_bad else (second - first, second)
        for start, end in self.removed:
            out = (self.edges[:-1] < end) & (self.edges[1:] > start)
            bad[:, out] = total[:, out] = 0
        return Counted(names, bad, total)

    def _placed(self, frame: Frame, names: Sequence[str], step: int) -> Values:
        values = np.zeros((len(names), len(self.edges) - 1))
        places = (frame.times - self.edges[0]) // step
        inside = (places >= 0) & (places < values.shape[1])
        for group, row in zip(frame.groups, np.nan_to_num(frame.values), strict=True):
            np.add.at(values[names.index(group_name(group))], places[inside], row[inside])
        return values

    def _sums(self, times: NDArray[np.int64], chosen: NDArray[np.bool_], seconds: int) -> Values:
        """``seconds`` for each of the chosen times, added up in each bucket."""
        places = np.searchsorted(self.edges, times[chosen], side="right") - 1
        return np.bincount(places, minlength=len(self.edges) - 1) * np.float64(seconds)

    async def _slices(self, *, components: bool) -> Counted:
        specification: Mapping[str, Any] = self.slo.definition["sli_specification"]["time_slice"]
        found = (await read_slices(self.services, specification, self.start, self.end)).corrected(
            self.removed
        )
        times = found.first + found.seconds * np.arange(found.count, dtype=np.int64)
        rows = {name: row for name, row in found.bad.items() if components and name != "*"}
        rows = rows or {"*": found.overall()}
        total = self._sums(times, np.ones(found.count, bool), found.seconds)
        bad = np.array([self._sums(times, row, found.seconds) for row in rows.values()])
        return Counted(tuple(rows), bad, np.broadcast_to(total, bad.shape))

    async def _minutes(self, *, components: bool) -> Counted:
        status = await status_of(self.services, self.slo, self.start, self.end)
        grid = uptime.Grid.of(self.start, self.end, status.corrections)
        lines = {one.name: one.history for one in status.members if components} or {"*": status.history}
        total = self._sums(grid.times, grid.counted, 60)
        bad = [self._sums(grid.times, _down(grid, line), 60) for line in lines.values()]
        return Counted(tuple(lines), np.array(bad), np.broadcast_to(total, (len(bad), len(total))))


def _down(grid: uptime.Grid, history: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """Whether each minute counts and was down, from the changes of a history."""
    if not history:
        return np.zeros(len(grid.counted), bool)
    times, codes = np.array(history, np.int64).T
    places = np.maximum(np.searchsorted(times, grid.times, side="right") - 1, 0)
    found: NDArray[np.bool_] = (codes[places] == uptime.DOWN) & grid.counted
    return found


def _joined(found: Counted) -> Counted:
    return Counted(("*",), found.bad.sum(axis=0, keepdims=True), found.total.sum(axis=0, keepdims=True))


def _of_tallies(found: Mapping[str, Tally]) -> Counted:
    def column(values: Sequence[float]) -> Values:
        return np.array(values, np.float64).reshape(-1, 1)

    tallies = list(found.values())
    return Counted(
        tuple(found),
        column([float(one.bad) for one in tallies]),
        column([float(one.total) for one in tallies]),
    )
