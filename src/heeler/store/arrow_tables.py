"""Arrow tables of stored telemetry: one function for each table, used by every package that inserts.

Rows that a client may send twice (it got no response) get the same key both times, and the engine keeps one:
points and check runs by content, sketches and events by ``origin``, the hash of the body that they came in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from heeler.wire.events.check_runs import CheckRun
from heeler.wire.events.intake_payload import Event, HostMetadata, HostTags
from heeler.wire.json_codec import dump
from heeler.wire.metrics.batch import PointBatch, combine
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import SeriesInfo
from heeler.wire.metrics.sketch import Sketch, merge
from heeler.wire.metrics.tag_reduction import Group

_TAGS = pa.list_(pa.string())

EVENTS = pa.schema(
    [
        ("time", pa.uint32()),
        ("id", pa.uint64()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("host", pa.string()),
        ("source", pa.string()),
        ("alert_type", pa.string()),
        ("priority", pa.string()),
        ("aggregation_key", pa.string()),
        ("tags", _TAGS),
        ("attributes", pa.string()),
    ]
)


class PointRows:
    """Rows of the table ``points``, as columns that become one Arrow table only at the commit."""

    __slots__ = ("codes", "divisors", "groups", "ids", "names", "times", "values")

    def __init__(
        self,
        names: list[str],
        codes: npt.NDArray[np.int32],
        ids: npt.NDArray[np.uint64],
        times: npt.NDArray[np.int64],
        values: npt.NDArray[np.float64],
        divisors: npt.NDArray[np.uint16],
        groups: Sequence[Group] = (),
    ) -> None:
        self.names, self.codes, self.ids = names, codes, ids
        self.times, self.values, self.divisors = times, values, divisors
        self.groups = groups
        """Source of the values of the last rows at the commit."""

    @classmethod
    def of(cls, batch: PointBatch) -> Self:
        memo, points = batch.memo, combine(batch)
        slots = points.slots
        return cls(
            memo.names,
            memo.metrics[slots],
            memo.ids[slots],
            points.times,
            points.values,
            memo.divisors[slots],
            points.groups,
        )

    def settled_values(self) -> npt.NDArray[np.float64]:
        """Values, with the current results of tag reduction groups."""
        if not self.groups:
            return self.values
        start = len(self.values) - len(self.groups)
        return np.concatenate([self.values[:start], [group.total() for group in self.groups]])

    @property
    def num_rows(self) -> int:
        return len(self.times)

    @classmethod
    def combine(cls, parts: Sequence[PointRows]) -> pa.Table:
        """One table of all parts, in the order of the table's key, so that the engine need not sort."""
        names, codes = _one_dictionary(parts)
        ids = np.concatenate([part.ids for part in parts])
        times = np.concatenate([part.times for part in parts])
        raw, scales = whole_numbers(
            np.concatenate([part.settled_values() for part in parts]),
            np.concatenate([part.divisors for part in parts]),
        )
        order = np.lexsort((times, ids, times // 3600, codes))
        metric = pa.DictionaryArray.from_arrays(pa.array(codes[order]), pa.array(names, pa.string()))
        return pa.table(
            {
                "metric": metric,
                "series": pa.array(ids[order]),
                "time": pa.array(times[order].astype(np.uint32)),
                "raw": pa.array(raw[order]),
                "scale": pa.array(scales[order]),
            }
        )


def whole_numbers(
    values: npt.NDArray[np.float64], divisors: npt.NDArray[np.uint16]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16]]:
    """Columns ``raw`` and ``scale`` of ``values`` that may have been divided by ``divisors`` (0: were not).

    ``raw / scale`` is exactly the value, or scale is 0 and raw is the value.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        raw = np.round(values * divisors)
        same = (raw / divisors == values) & (np.abs(raw) < 2**53) & (divisors > 0)
    # Integers too, so that a series keeps one scale; but large ones are shorter unscaled.
    same &= (np.abs(values) < 1e5) | (values != np.floor(values))
    same &= ~((raw == 0) & np.signbit(values))
    return np.where(same, raw, values), np.where(same, divisors, np.uint16(0))


def _one_dictionary(parts: Sequence[PointRows]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Metric names in use, sorted, and each row's index in them."""
    used = sorted({part.names[code] for part in parts for code in set(part.codes.tolist())})
    rank = {name: place for place, name in enumerate(used)}
    places = {
        key: np.array([rank.get(name, 0) for name in names], np.int32)
        for key, names in {id(part.names): part.names for part in parts}.items()
    }
    return used, np.concatenate([places[id(part.names)][part.codes] for part in parts])


def series_table(series: Iterable[SeriesInfo], now: int, key_id: str = "") -> pa.Table:
    """Rows of ``series``, last seen ``now`` (UNIX seconds), sent with the API key of the id ``key_id``."""
    rows = list(series)
    return pa.table(
        {
            "metric": pa.array([row.metric for row in rows], pa.string()),
            "series": pa.array([row.id for row in rows], pa.uint64()),
            "type": pa.array([row.type for row in rows], pa.string()),
            "interval": pa.array([row.interval for row in rows], pa.uint32()),
            "unit": pa.array([row.unit for row in rows], pa.string()),
            "source": pa.array([row.source for row in rows], pa.string()),
            "host": pa.array([row.host for row in rows], pa.string()),
            "tags": pa.array([row.tags for row in rows], _TAGS),
            "last_seen": pa.array([now] * len(rows), pa.uint32()),
            "key_id": pa.array([key_id] * len(rows), pa.string()),
        }
    )


def sketches_table(batch: SketchBatch, origin: int) -> pa.Table:
    """Rows of ``sketches`` received in the body with the hash ``origin`` (see :func:`body_hash`)."""
    found, memo = _reduced_sketches(batch), batch.memo
    places, rows = list(found), list(found.values())
    slots = [slot for slot, _, _ in places]
    return pa.table(
        {
            "metric": pa.array([memo.names[int(memo.metrics[slot])] for slot in slots], pa.string()),
            "series": pa.array(memo.ids[slots], pa.uint64()),
            "time": pa.array([time for _, time, _ in places], pa.uint32()),
            "count": pa.array([row.count for row in rows], pa.uint64()),
            "sum": pa.array([row.sum for row in rows], pa.float64()),
            "min": pa.array([row.min for row in rows], pa.float64()),
            "max": pa.array([row.max for row in rows], pa.float64()),
            "keys": pa.array([row.keys for row in rows], pa.list_(pa.int16())),
            "counts": pa.array([row.counts for row in rows], pa.list_(pa.uint32())),
            "resolution": pa.array([row.resolution for row in rows], pa.uint8()),
            "origin": pa.array([(origin + nth) % 2**64 for _, _, nth in places], pa.uint64()),
        }
    )


def _reduced_sketches(batch: SketchBatch) -> dict[tuple[int, int, int], Sketch]:
    """Sketches by slot and time of the stored series: those of series with reduced tags are merged. The third
    number distinguishes those that cannot be merged, because their resolutions differ.
    """
    if not batch.memo.reducing:
        return {(slot, time, 0): one for (slot, time), one in batch.sketches.items()}
    parts: dict[tuple[int, int], dict[int, list[Sketch]]] = {}
    for (slot, time), one in batch.sketches.items():
        target = int(batch.memo.targets[slot])
        at = parts.setdefault((target if target >= 0 else slot, time), {})
        at.setdefault(one.resolution, []).append(one)
    return {
        (slot, time, nth): merge(same)
        for (slot, time), by_resolution in parts.items()
        for nth, same in enumerate(by_resolution.values())
    }


def body_hash(body: bytes) -> int:
    """64-bit hash of a request's body: equal for a retry."""
    return int.from_bytes(hashlib.blake2b(body, digest_size=8).digest(), "little")


_BITS_WITHIN_MILLISECOND = 21


def event_id(event: Event, origin: int, index: int = 0, millisecond: int | None = None) -> int:
    """19-digit id that increases with the event's time and is equal when a client sends the event again.

    ``millisecond`` is that within the event's second, if it is known.
    """
    text = f"{origin}\0{index}\0{event.title}\0{event.aggregation_key}"
    low = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little") >> 1
    if millisecond is not None:
        low = millisecond << _BITS_WITHIN_MILLISECOND | low >> (31 - _BITS_WITHIN_MILLISECOND)
    return event.time << 31 | low


def events_table(
    events: Sequence[Event], ids: Sequence[int], attributes: Sequence[Mapping[str, Any]] | None = None
) -> pa.Table:
    """Rows of ``events``, each with its id (see :func:`event_id`) and, where given, its attributes."""
    given = attributes if attributes is not None else [{}] * len(events)
    columns = {
        "time": [row.time for row in events],
        "id": ids,
        "title": [row.title for row in events],
        "text": [row.text for row in events],
        "host": [row.host for row in events],
        "source": [row.source for row in events],
        "alert_type": [row.alert_type for row in events],
        "priority": [row.priority for row in events],
        "aggregation_key": [row.aggregation_key for row in events],
        "tags": [row.tags for row in events],
        "attributes": [dump(one) for one in given],
    }
    return pa.table({name: pa.array(columns[name], EVENTS.field(name).type) for name in columns}, EVENTS)


def check_runs_table(runs: Sequence[CheckRun]) -> pa.Table:
    """Rows of ``check_runs``."""
    return pa.table(
        {
            "check": pa.array([row.check for row in runs], pa.string()),
            "time": pa.array([row.time for row in runs], pa.uint32()),
            "host": pa.array([row.host for row in runs], pa.string()),
            "status": pa.array([row.status for row in runs], pa.uint8()),
            "message": pa.array([row.message for row in runs], pa.string()),
            "tags": pa.array([row.tags for row in runs], _TAGS),
        }
    )


def host_tags_table(rows: Sequence[HostTags], now: float) -> pa.Table:
    """Rows of ``host_tags``: the latest row of a host and source has all of that source's tags."""
    return pa.table(
        {
            "host": pa.array([row.host for row in rows], pa.string()),
            "source": pa.array([row.source for row in rows], pa.string()),
            "tags": pa.array([row.tags for row in rows], _TAGS),
            "updated": pa.array([int(now * 1000)] * len(rows), pa.timestamp("ms", "UTC")),
        }
    )


def host_metadata_table(rows: Sequence[HostMetadata], now: float) -> pa.Table:
    """Rows of ``host_metadata``: the latest row of a host and kind is valid."""
    return pa.table(
        {
            "host": pa.array([row.host for row in rows], pa.string()),
            "kind": pa.array([row.kind for row in rows], pa.string()),
            "payload": pa.array([dump(row.payload) for row in rows], pa.string()),
            "updated": pa.array([int(now * 1000)] * len(rows), pa.timestamp("ms", "UTC")),
        }
    )
