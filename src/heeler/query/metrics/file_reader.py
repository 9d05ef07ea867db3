"""Reads ranges of a table from segment files: points as they are, five-minute rollups computed from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heeler.query import budget
from heeler.query.metrics.packed_rows import Ids, Rows, Segment, build
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.query.metrics.table_selection import Source
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets
from heeler.store.write_tracker import HOUR


def read_points(
    files: SegmentFiles, metric: str, start: int, stop: int, series: Ids | None
) -> Iterator[tuple[int, Segment]]:
    """Hours (their begin, UNIX seconds) between ``start`` and ``stop`` that are in files, with their points
    of ``series`` (ascending; None for all).
    """
    for hour in range(start // HOUR * HOUR, stop, HOUR):
        segment = files.segment(metric, hour, series)
        if segment is not None:
            yield hour, segment


def read_rollups(
    files: SegmentFiles, metric: str, source: Source, start: int, stop: int, series: Ids | None
) -> list[Segment] | None:
    """Rows of ``points_5m`` from ``start`` to ``stop``, multiples of 300 s, a segment for each piece, as
    `store/rollup.py` makes them; None for other tables, and unless all of the range is in files.
    """
    if source.table != "points_5m" or not files.covers(start, stop):
        return None
    parts: list[Rows] = []
    hours = range(start // HOUR * HOUR, stop, HOUR)
    for hour, segment in read_points(files, metric, start, stop, series):
        if hour != hours[len(parts)]:
            return None
        budget.check()
        parts.append(_rolled_up(segment, source, max(start, hour), min(stop, hour + HOUR)))
    if len(parts) < len(hours):
        return None
    begin = start // source.length * source.length
    return build(parts, series, begin, stop, source.length, source.unit)


def _rolled_up(segment: Segment, source: Source, start: int, stop: int) -> Rows:
    """Rows of the five minutes of an hour's points within [start, stop)."""
    edges = np.arange(segment.base, segment.base + HOUR + 1, source.unit)
    # A copy, as what is read is read-only: code is compiled for each kind.
    table = SeriesTable(segment.ids.copy(), Buckets(edges, source.unit), source.column)
    table.add(segment, start, stop)
    values, counts = table.cells
    series, buckets = np.nonzero(counts)
    return Rows(
        segment.ids[series],
        edges[buckets].astype(np.uint32),
        values[series, buckets],
        counts=counts[series, buckets].astype(np.uint32),
    )
