"""Log ingestion: pipelines, generated metrics, live tail, archives, indexes, then the writer.

A delivery is decoded; each log goes through the pipelines, feeds metrics, live tail and the first archive
that matches, and is assigned to the first index that matches, unless an exclusion filter or the daily quota
drops it. Stored logs keep the order in which they arrived.

A delivery that is sent again because its response was lost is stored once: the writer knows its hash, also
after a restart.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import pyarrow as pa

from heeler.api.errors import ApiError
from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import Occurrence, of_logs
from heeler.logs.archives.lines import archived_lines
from heeler.logs.archives.writing import LogArchives
from heeler.logs.config import Compiled, LogConfig
from heeler.logs.indexes import Index, index_of, is_excluded
from heeler.logs.log_metrics import LogMetrics
from heeler.logs.pipelines.pipeline import Pipeline, process
from heeler.logs.recent_samples import RecentLogs
from heeler.logs.serializers import line_of_entry
from heeler.logs.tail import LiveTail
from heeler.store.arrow_tables import body_hash
from heeler.store.attributes import PROMOTED
from heeler.store.log_rows import arrivals, columns_table, first_number, logs_table
from heeler.store.self_metrics import telemetry
from heeler.wire.logs import fast_path
from heeler.wire.logs.datadog import LogEntry, decode

if TYPE_CHECKING:
    from heeler.api.services import Services

log = logging.getLogger("heeler.logs")

T = TypeVar("T")

#: Rows of more logs are made in a thread.
INLINE_LOGS = 100
_PROMOTED = tuple(PROMOTED)


class Place(NamedTuple):
    """Where a log belongs. No index: it goes to the default one."""

    taken_by: Index | None
    excluded: bool


@dataclass(slots=True)
class Delivery:
    """Decoded logs of a request with the hash ``origin``: entries, or rows ready for the store.

    ``entries`` are all there are, or those that rows had to be made of by way of an object; ``sources``
    those of all; ``errors`` are the errors among the logs, ``places`` the index of each entry, where there
    are indexes. ``first`` is the number of the first log by arrival, ``archived`` are the lines of each
    archive. ``dated``: each log has a time of its own.
    """

    entries: list[LogEntry]
    origin: int
    count: int
    dated: bool
    sources: set[str]
    errors: Sequence[Occurrence]
    rows: pa.Table | None = None
    places: Sequence[Place] = ()
    first: int = 0
    archived: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: list[LogEntry], origin: int, config: Compiled, places: Sequence[Place]) -> Delivery:
        first = arrivals.take(len(entries))
        archived = archived_lines(config.archives, entries, first) if config.archives else {}
        dated = all(entry.dated for entry in entries)
        sources = {entry.source for entry in entries}
        errors = of_logs(entries)
        return cls(entries, origin, len(entries), dated, sources, errors, None, places, first, archived)

    @property
    def repeatable(self) -> bool:
        """Whether the same body may be sent again as new logs: lines without a time may repeat; a dated body
        is a retry.
        """
        return not self.dated


class Request(Protocol):
    """A request with logs, and the bounded pool of threads for what is done with its body."""

    async def decode(self, read: Callable[[bytes], T], *, inline: bool = True) -> T:
        """``read`` of the body: in a thread, or, where ``inline`` and the body is small, where it is."""

    async def run(self, call: Callable[[], T]) -> T:
        """``call`` in a thread."""


Limit = Callable[[pa.Table], pa.Table]
"""Returns the rows of ``log_events`` that may be stored."""


class LogIngest:
    """Ingests deliveries of logs; one per server, as ``services.part(LogIngest)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._config = services.part(LogConfig)
        self._metrics = services.part(LogMetrics)
        self._tail = services.part(LiveTail)
        self._quota = services.part(Quotas)
        self._recent = services.part(RecentLogs)
        self._archives = services.part(LogArchives)

    async def take(
        self,
        request: Request,
        content_type: str,
        query: Mapping[str, str],
        raw_query: bytes,
        limit: Limit | None = None,
    ) -> int:
        """Store the logs of a body and return their number, with those that ``limit`` removed.

        Raises ``PayloadError`` for a malformed body, ``LimitExceeded`` for one of too many logs, and what the
        writer and ``limit`` raise.
        """
        now_ns = int(self._services.now() * 1e9)
        config = await self._config.current()
        # Periodically logs are decoded to entries, some of which are stored as samples for pipeline tests.
        as_entries = config.indexes or config.metrics or config.archives or self._tail.watched
        as_rows = not (as_entries or self._recent.is_due())

        def read(body: bytes) -> Delivery:
            origin = body_hash(body) ^ body_hash(raw_query)
            found = _rows(body, query, now_ns, config, origin, self._recent) if as_rows else None
            if found is not None:
                return found
            return self._processed(decode(body, content_type, query, now_ns), origin, config)

        return await self._store_all(request, read, config, limit)

    async def take_decoded(
        self,
        request: Request,
        decoder: Callable[[bytes], tuple[list[LogEntry], int]],
        limit: Limit | None = None,
    ) -> int:
        """Store the logs that ``decoder`` returns for a body, with the body's hash; returns their number."""
        config = await self._config.current()

        def read(body: bytes) -> Delivery:
            return self._processed(*decoder(body), config)

        return await self._store_all(request, read, config, limit)

    def _processed(self, entries: list[LogEntry], origin: int, config: Compiled) -> Delivery:
        self._recent.add(entries)
        _run_pipelines(entries, config)
        random = self._services.rng.random
        places = [_place(entry, config, random()) for entry in entries] if config.indexes else ()
        return Delivery.of(entries, origin, config, places)

    async def _store_all(
        self, request: Request, read: Callable[[bytes], Delivery], config: Compiled, limit: Limit | None
    ) -> int:
        delivery = await request.decode(read, inline=not config.has_own_pipelines)
        if not delivery.count:
            return 0
        await self._store(request, delivery, config, limit)
        await self._config.note_sources(delivery.sources)
        return delivery.count

    async def _store(
        self, request: Request, delivery: Delivery, config: Compiled, limit: Limit | None
    ) -> None:
        """Write logs and the errors among them, in one record of the log before the engine: both or none."""
        entries, rows = delivery.entries, delivery.rows
        tables = await self._services.part(ErrorDeliveries).tables(delivery.errors, delivery.origin)
        if rows is None:
            rows = await self._rows_of(request, delivery)
        within = rows
        if limit is not None:
            few = rows.num_rows <= INLINE_LOGS
            try:
                within = limit(rows) if few else await request.run(partial(limit, rows))
            except ApiError:
                self._quota.give_back(rows)
                raise
            if within.num_rows < rows.num_rows:
                self._quota.give_back(rows, within)
        tables["log_events"] = within
        archived = delivery.archived
        if archived and within.num_rows < rows.num_rows:
            refused = _numbers(rows) - _numbers(within)
            archived = await request.run(
                lambda: archived_lines(config.archives, entries, delivery.first, refused)
            )
        digest = b"logs" + delivery.origin.to_bytes(8, "little")
        # Before the store: whoever gets a failure here sends again what the store has not taken yet.
        await self._archives.keep(archived, digest, repeatable=delivery.repeatable)
        try:
            is_new = await self._services.writer.write(tables, digest, repeatable=delivery.repeatable)
        except Exception:
            if archived and delivery.repeatable:
                self._archives.expect_again(archived, digest)
            raise
        if delivery.rows is not None or not is_new:
            return
        first = delivery.first
        if len(entries) <= INLINE_LOGS:
            self._count(config, entries, first)
        elif config.metrics or self._tail.watched:
            await request.run(lambda: self._count(config, entries, first))

    def _count(self, config: Compiled, entries: Sequence[LogEntry], first: int) -> None:
        """Feed metrics and live tail, in any thread."""
        if config.metrics:
            self._metrics.add(config.metrics, entries)
        if self._tail.watched:
            self._tail.publish(entries, lambda place: line_of_entry(entries[place], first + place))

    async def _rows_of(self, request: Request, delivery: Delivery) -> pa.Table:
        stored, places = await self._indexed(delivery) if delivery.places else (delivery.entries, None)
        tag, first = 0 if delivery.repeatable else delivery.origin, delivery.first
        if len(stored) > INLINE_LOGS:
            return await request.run(lambda: logs_table(stored, tag, first, places))
        return logs_table(stored, tag, first, places)

    async def _indexed(self, delivery: Delivery) -> tuple[list[LogEntry], list[int]]:
        """What is stored, each log with the name of its index, and their places in the delivery. What no
        index takes goes to the default one."""
        kept, places = [], []
        for place, (entry, (index, excluded)) in enumerate(
            zip(delivery.entries, delivery.places, strict=True)
        ):
            if index is None:
                kept.append(entry)
                places.append(place)
            elif excluded:
                telemetry.count("heeler.logs.excluded", tags=(f"index:{index.name}",))
            elif index.daily_limit is not None and not await self._quota.take(index):
                telemetry.count("heeler.logs.over_limit", tags=(f"index:{index.name}",))
            else:
                entry.index = index.name
                kept.append(entry)
                places.append(place)
        return kept, places


def _rows(
    body: bytes,
    query: Mapping[str, str],
    now_ns: int,
    config: Compiled,
    origin: int,
    recent: RecentLogs,
) -> Delivery | None:
    """Convert a body to rows with the compiled decoder; logs of sources with pipelines are processed as
    entries. None if the decoder does not support the body.
    """
    columns = fast_path.decode(
        body, query, now_ns, _PROMOTED, lambda source: bool(config.pipelines_for(source))
    )
    if columns is None:
        return None
    entries = [entry for _, entry in columns.entries]
    recent.add(entries)
    _run_pipelines(entries, config)
    tag = origin if columns.dated else 0
    rows = columns_table(columns, tag, arrivals.take(columns.count)) if columns.count else None
    return Delivery(entries, origin, columns.count, columns.dated, columns.sources, of_logs(entries), rows)


def _numbers(rows: pa.Table) -> set[int]:
    return set(rows["seq"].to_pylist())


def _place(entry: LogEntry, config: Compiled, random: float) -> Place:
    index = index_of(config.indexes, entry)
    return Place(index, index is not None and is_excluded(index, entry, random))


def _run_pipelines(entries: Sequence[LogEntry], config: Compiled) -> None:
    by_source: dict[str, Sequence[Pipeline]] = {}
    for entry in entries:
        pipelines = by_source.get(entry.source)
        if pipelines is None:
            pipelines = by_source[entry.source] = config.pipelines_for(entry.source)
        if not pipelines:
            continue
        for failed in process(pipelines, entry).failures:
            tags = (f"pipeline:{failed.pipeline}", f"processor:{failed.name or failed.kind}")
            telemetry.count("heeler.logs.processor_failures", tags=tags)
            log.debug("%s %s: %s", *tags, failed.outcome)


class Quotas:
    """Number of logs of each index on its current day, as ``services.part(Quotas)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._taken: dict[str, tuple[float, int]] = {}

    async def take(self, index: Index) -> bool:
        """Count one log; False when the daily quota is reached."""
        limit = index.daily_limit
        day, taken = await self._day(index)
        if limit is not None and taken >= limit:
            return False
        self._taken[index.name] = day, taken + 1
        if limit is not None and taken + 1 in (limit, round(limit * (index.warning or 2))):
            log.warning("The index %s took %d of its %d logs a day", index.name, taken + 1, limit)
        return True

    def give_back(self, rows: pa.Table, kept: pa.Table | None = None) -> None:
        """Uncount logs that were not stored after all: those of ``rows`` that are not in ``kept``."""
        removed = Counter(rows["index_name"].to_pylist())
        if kept is not None:
            removed -= Counter(kept["index_name"].to_pylist())
        for name, count in removed.items():
            if name in self._taken:
                day, taken = self._taken[name]
                self._taken[name] = day, max(0, taken - count)

    async def is_limited(self, index: Index) -> bool:
        return index.daily_limit is not None and (await self._day(index))[1] >= index.daily_limit

    async def _day(self, index: Index) -> tuple[float, int]:
        """Start of the day and its number of logs; counted in the store after a start."""
        day = index.day_of(self._services.now())
        if index.name not in self._taken:
            rows = await self._services.engine.rows(
                "SELECT count() FROM log_events WHERE index_name = {name:String} AND seq >= {since:UInt64}",
                {"name": index.name, "since": first_number(day)},
            )
            self._taken.setdefault(index.name, (day, int(rows[0][0])))
        if self._taken[index.name][0] != day:
            self._taken[index.name] = day, 0
        return self._taken[index.name]
