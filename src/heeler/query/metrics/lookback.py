"""The buckets of a selector's window, and before it those from which its first are interpolated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from heeler.query.frame import Frame
from heeler.query.metrics.fetch import Reader
from heeler.query.metrics.modifiers import FILL_LIMIT, Options
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets, Window

#: How far back a fill without a limit looks, seconds.
UNLIMITED = 3600


def lookback(options: Options, interval: int, several: bool) -> int:
    """Seconds before the window that may reach into it; 0 where nothing does.

    ``several``: series of one group are aligned, by a line over gaps unless they are counted.
    """
    if options.calendar is not None:
        return 0
    if options.fill is not None:
        limit = options.fill.limit or UNLIMITED
        return limit if options.fill.method in ("linear", "last") and limit >= interval else 0
    aligned = several and not (options.as_count or options.as_rate)
    return FILL_LIMIT if aligned and interval <= FILL_LIMIT else 0


def read_window(
    reader: Reader, options: Options, window: Window, method: str, *, exact: bool = False
) -> SeriesTable:
    """The table of the window, with buckets before it where series have nothing in its first that could be
    filled; ``exact`` wants none. :func:`visible` leaves them out again."""
    buckets = Buckets.of(window, options.calendar)
    table = reader.read(max(window.start, int(buckets.edges[0])), window.end, buckets, method)
    if window.lead and buckets.uniform:
        _cut_first(reader, table, window)
    back = 0 if exact else lookback(options, buckets.uniform, len(table.wanted) > 1)
    if not back or not table.lacks_first:
        return table
    return _with_past(reader, table, max(window.start - back, 0))


def _cut_first(reader: Reader, table: SeriesTable, window: Window) -> None:
    """Of a window that a function extended, too, the first bucket holds what lies within alone."""
    begin, edges = window.start + window.lead, table.buckets.edges
    place = int(np.searchsorted(edges, begin, side="right")) - 1
    if edges[place] < begin < window.end:
        alone = Buckets(edges[place : place + 2], table.buckets.uniform)
        column = reader.read(begin, min(int(edges[place + 1]), window.end), alone, table.method)
        table.place(place, *column.columns(0, 1))


def _with_past(reader: Reader, table: SeriesTable, start: int) -> SeriesTable:
    first, interval = int(table.buckets.edges[0]), table.buckets.uniform
    count = -(-(first - start) // interval)
    edges = np.concatenate([first + np.arange(-count, 0) * interval, table.buckets.edges])
    past = reader.read(start, first, Buckets(edges[: count + 1], interval), table.method)
    whole = SeriesTable(table.wanted, Buckets(edges, interval), table.method)
    whole.place(0, *past.columns(0, count))
    whole.place(count, *table.columns(0, len(table.buckets)))
    return whole


def visible(frame: Frame, window: Window) -> Frame:
    """``frame`` from the first bucket of ``window`` on, without groups that have nothing there."""
    times = frame.times >= Buckets.of(window).starts[0]
    if bool(times.all()):
        return frame
    values = frame.values[:, times]
    rows = np.flatnonzero(~np.isnan(values).all(axis=1))
    groups = tuple(frame.groups[row] for row in rows)
    return replace(frame, times=frame.times[times], groups=groups, values=values[rows])
