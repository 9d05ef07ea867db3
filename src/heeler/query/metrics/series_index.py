"""Index of the series of a metric with their tags: filters by scope, assigns groups. Pure except for
``load``."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from heeler.query import budget
from heeler.query.frame import Group
from heeler.query.metrics.ast import All, AnyOf, In, Not, Scope, Tag
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.read_ahead import catalog_ahead
from heeler.query.thread_pool import pool_of
from heeler.query.wildcards import expression
from heeler.store.engine import Engine
from heeler.store.write_tracker import Stamp
from heeler.wire import normalize

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

#: Maximum number of cached filter and group results of a catalog.
CACHED_RESULTS = 16
#: Value of a missing group-by tag.
MISSING = "N/A"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Index of the series of one metric. Tags are numbered: ``vocabulary`` holds them, lower-cased as stored;
    series ``rows[i]`` has tag ``codes[i]`` (including the host's tags and ``host:``).
    """

    ids: NDArray[np.uint64]
    types: tuple[str, ...]
    intervals: NDArray[np.int64]
    units: tuple[str, ...]
    vocabulary: tuple[str, ...]
    rows: Index
    codes: Index
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)
    _found: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict, compare=False, repr=False)
    """Results of :meth:`select` and :meth:`group`, which dashboards request repeatedly."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def type(self) -> str:
        """The metric's type: that of most of its series."""
        found: str = self._once("type", lambda: _commonest(self.types) or "gauge")
        return found

    @property
    def unit(self) -> str:
        found: str = self._once("unit", lambda: _commonest(self.units))
        return found

    def describes(self, written: Sequence[pa.Table]) -> bool:
        """Whether rows of ``series`` contain nothing new: they are rewritten each hour."""
        for rows in written:
            ids = rows.column("series").to_numpy()
            places = np.minimum(np.searchsorted(self.ids, ids), len(self) - 1)
            if not len(self) or not bool((self.ids[places] == ids).all()):
                return False
            sent = zip(*(rows.column(name).to_pylist() for name in ("type", "interval", "unit")), strict=True)
            for place, one in zip(places.tolist(), sent, strict=True):
                if one != (self.types[place], int(self.intervals[place]), self.units[place]):
                    return False
        return True

    def having(self, tags: Mask) -> Mask:
        """Series with at least one of the marked tags."""
        found = np.zeros(len(self), np.bool_)
        found[self.rows[tags[self.codes]]] = True
        return found

    def select(self, scope: Scope) -> Mask:
        """Series inside ``scope``."""
        found: Mask = self._once(("select", scope), lambda: self._select(scope))
        return found

    def _once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Cached result of ``compute``; several threads may compute it concurrently."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = compute()
        with self._lock:
            self._found[key] = found
            while len(self._found) > CACHED_RESULTS:
                self._found.popitem(last=False)
        return found

    def _select(self, scope: Scope) -> Mask:
        match scope:
            case Tag():
                return self._tagged(scope.text)
            case Not():
                return ~self.select(scope.operand)
            case All():
                return _all([self.select(item) for item in scope.operands])
            case AnyOf():
                return ~_all([~self.select(item) for item in scope.operands])
            case In():
                masks = [self._tagged(f"{scope.key}:{value}") for value in scope.values]
                found = ~_all([~mask for mask in masks])
                return ~found if scope.negated else found

    def _tagged(self, text: str) -> Mask:
        if text == "*":
            return np.ones(len(self), np.bool_)
        if "$" in text:
            raise QueryError(f"Template variable {text} has no value here")
        matches = _matcher(text)
        return self.having(np.array([matches(tag) for tag in self.vocabulary], np.bool_))

    def group(self, chosen: Mask, keys: tuple[str, ...]) -> tuple[Index, Index, tuple[Group, ...]]:
        """Assign the selected series to groups by ``keys``.

        Returns rows, the group of each, and the groups, in the order of their tags. A series with several
        values of a key is in several groups; one with none is in the group ``N/A``.
        """
        key = ("group", chosen.tobytes(), keys)
        found: tuple[Index, Index, tuple[Group, ...]] = self._once(key, lambda: self._group(chosen, keys))
        return found

    def _group(self, chosen: Mask, keys: tuple[str, ...]) -> tuple[Index, Index, tuple[Group, ...]]:
        rows = np.flatnonzero(chosen)
        columns: list[Index] = []
        if not len(rows):
            return rows, np.zeros(0, np.int64), ()
        for key in keys:
            budget.check()
            rows, columns = self._split(rows, columns, key)
        if not columns:
            return rows, np.zeros(len(rows), np.int64), (Group(),)
        distinct, place = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        named = [
            tuple(self._name(key, code) for key, code in zip(keys, line, strict=True)) for line in distinct
        ]
        order = sorted(range(len(named)), key=lambda item: named[item])
        rank = np.empty(len(named), np.int64)
        rank[order] = np.arange(len(named))
        groups = tuple(Group(named[item], ",".join(named[item])) for item in order)
        return rows, rank[place.reshape(-1)], groups

    def _split(self, rows: Index, columns: list[Index], key: str) -> tuple[Index, list[Index]]:
        prefix = f"{key.lower()}:"
        mine = np.array([tag.startswith(prefix) for tag in self.vocabulary], np.bool_)
        picked = mine[self.codes] if len(self.codes) else np.zeros(0, np.bool_)
        pairs = np.unique(np.stack([self.rows[picked], self.codes[picked]], axis=1), axis=0)
        first = np.searchsorted(pairs[:, 0], rows, side="left")
        count = np.searchsorted(pairs[:, 0], rows, side="right") - first
        repeat = np.maximum(count, 1)
        which = np.repeat(np.arange(len(rows)), repeat)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        values = np.full(len(which), -1, np.int64)
        known = count[which] > 0
        values[known] = pairs[(first[which] + offset)[known], 1]
        return rows[which], [column[which] for column in columns] + [values]

    def _name(self, key: str, code: int) -> str:
        return f"{key}:{MISSING}" if code < 0 else f"{key}:{self.vocabulary[code][len(key) + 1 :]}"


def _all(masks: list[Mask]) -> Mask:
    result = masks[0]
    for mask in masks[1:]:
        result = result & mask
    return result


def _commonest(values: tuple[str, ...]) -> str:
    known = [value for value in values if value]
    return max(sorted(set(known)), key=known.count) if known else ""


def _matcher(text: str) -> Callable[[str], bool]:
    """Compile a test of tags for ``text``, as written (host names) or as normalized by the intake."""
    folded = text.lower()
    if "*" not in folded:
        names = {folded, normalize.tag(folded)}
        return lambda tag: tag.lower() in names
    parts = folded.split("*")
    ways = (parts, [_normalized_part(part) for part in parts])
    either = (expression([re.escape(part) for part in way]) for way in ways)
    pattern = re.compile("|".join(dict.fromkeys(either)), re.DOTALL)
    return lambda tag: pattern.fullmatch(tag.lower()) is not None


def _normalized_part(text: str) -> str:
    """Normalize the text between wildcards as the intake does, without trimming, which applies only to the
    ends of a tag.
    """
    return normalize.tag(f"a{text}a")[1:-1]


_SERIES = """
SELECT metric, series, toString(type) AS type, interval, toString(unit) AS unit, toString(host) AS host, tags
FROM series FINAL WHERE metric IN {metrics:Array(String)} ORDER BY metric, series
"""
_HOST_TAGS = """
SELECT host, arrayDistinct(arrayFlatten(groupArray(tags))) AS tags FROM host_tags FINAL
WHERE host IN (SELECT host FROM series WHERE metric IN {metrics:Array(String)}) GROUP BY host
"""


#: Maximum cached catalogs of an embedded engine, series of a cached one, and series of all together.
CACHED_CATALOGS, CACHED_SERIES, ALL_CACHED_SERIES = 20_000, 100_000, 2_000_000
#: Metrics whose series are read by one statement.
TOGETHER = 500


@dataclass(slots=True)
class _Cache:
    catalogs: OrderedDict[str, tuple[Stamp, Catalog]] = field(default_factory=OrderedDict)
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    series: int = 0
    """Number of series of all cached catalogs."""

    def take(self, metric: str) -> tuple[Stamp, Catalog] | None:
        found = self.catalogs.pop(metric, None)
        self.series -= len(found[1]) if found else 0
        return found

    def put(self, metric: str, found: tuple[Stamp, Catalog]) -> None:
        if len(found[1]) <= CACHED_SERIES:
            self.catalogs[metric] = found
            self.series += len(found[1])
        while len(self.catalogs) > CACHED_CATALOGS or self.series > ALL_CACHED_SERIES:
            self.take(next(iter(self.catalogs)))


_caches: WeakKeyDictionary[Engine, _Cache] = WeakKeyDictionary()


async def load(engine: Engine, metric: str) -> Catalog:
    """Current catalog of ``metric``; empty if it was never sent.

    An embedded engine has one writer, this process: a cached catalog is valid until a new series of the
    metric or other tags of a host are written. Others may write to a cluster, so its catalogs are not cached.
    """
    return (await load_several(engine, (metric,)))[metric]


async def load_several(engine: Engine, metrics: Iterable[str]) -> dict[str, Catalog]:
    """Catalogs of metrics by name; up to :data:`TOGETHER` that are not cached are read by one statement.

    An embedded engine has one writer, this process: a cached catalog is valid until a new series of the
    metric or other tags of a host are written. Others may write to a cluster, so its catalogs are not cached.
    """
    # In a fixed order, to avoid deadlocks.
    names = sorted(set(metrics))
    found = {name: ahead for name in names if (ahead := catalog_ahead(engine, name)) is not None}
    names = [name for name in names if name not in found]
    for first in range(0, len(names), TOGETHER):
        some = names[first : first + TOGETHER]
        if engine.embedded:
            found |= await _load_cached(engine, some)
        else:
            found |= await pool_of(engine).run(read, engine, some)
    return found


async def _load_cached(engine: Engine, metrics: Sequence[str]) -> dict[str, Catalog]:
    cache = _caches.setdefault(engine, _Cache())
    async with contextlib.AsyncExitStack() as turns:
        for metric in metrics:
            await turns.enter_async_context(cache.turns.setdefault(metric, asyncio.Lock()))
        # Before reading: a concurrent write makes the result outdated.
        stamp = engine.changes.table_stamp("host_tags")
        known: dict[str, Catalog] = {}
        for metric in metrics:
            written, found = engine.changes.follow_series(metric), cache.take(metric)
            if (
                found is not None
                and found[0] == stamp
                and written is not None
                and found[1].describes(written)
            ):
                known[metric] = found[1]
        missing = [metric for metric in metrics if metric not in known]
        if missing:
            known |= await pool_of(engine).run(read, engine, missing)
        for metric in metrics:
            cache.put(metric, (stamp, known[metric]))
    return known


def read(engine: Engine, metrics: Sequence[str]) -> dict[str, Catalog]:
    """Read the catalog of ``metric`` from the store. Blocks: runs in threads."""
    parameters, settings = {"metrics": list(metrics)}, budget.store_settings()
    series = engine.fetch_sync(_SERIES, parameters, settings)
    budget.count_rows(series.num_rows)
    rows = engine.rows_sync(_HOST_TAGS, parameters, settings)
    host_tags = {str(host): [str(tag) for tag in tags] for host, tags in rows}
    names = series.column("metric").to_pylist()
    bounds = [place for place, name in enumerate(names) if not place or name != names[place - 1]]
    found = {
        names[start]: build(series.slice(start, stop - start), host_tags)
        for start, stop in pairwise([*bounds, len(names)])
    }
    nothing = build(series.slice(0, 0), {})
    return {metric: found.get(metric, nothing) for metric in metrics}


def build(series: pa.Table, host_tags: dict[str, list[str]]) -> Catalog:
    """Build from rows of ``series`` (one a series, ordered) and the tags of hosts."""
    rows, names = _flat(series.column("tags").combine_chunks())
    hosts = series.column("host").to_pylist()
    extra = {host: [f"host:{host}", *host_tags.get(host, ())] for host in set(hosts) if host}
    for row, host in enumerate(hosts):
        tags = extra.get(host)
        if tags:
            rows.extend([row] * len(tags))
            names.extend(tags)
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(name, len(numbers)) for name in names]
    return Catalog(
        series.column("series").to_numpy().astype(np.uint64),
        tuple(map(sys.intern, series.column("type").to_pylist())),
        series.column("interval").to_numpy().astype(np.int64),
        tuple(map(sys.intern, series.column("unit").to_pylist())),
        tuple(map(sys.intern, numbers)),
        np.array(rows, np.int64),
        np.array(codes, np.int64),
    )


def _flat(lists: pa.ListArray) -> tuple[list[int], list[str]]:
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], pa.list_(pa.string()))
    lengths = np.diff(lists.offsets.to_numpy())
    rows = np.repeat(np.arange(len(lengths)), lengths).tolist()
    return rows, [str(tag) for tag in lists.flatten().to_pylist()]
