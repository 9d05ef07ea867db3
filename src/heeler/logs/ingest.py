"""Log ingestion: pipelines, generated metrics, live tail, indexes, then the writer.

A delivery is decoded; each log goes through the pipelines, feeds metrics and live tail, and is assigned to
the first index that matches, unless an exclusion filter or the daily quota drops it. Stored logs keep the
order in which they arrived. A delivery that is sent again because its response was lost is stored once: its
hash is part of the rows, so that this also holds over a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import of_logs
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

#: More logs than this are converted to rows in a thread.
INLINE_LOGS = 100
_PROMOTED = tuple(PROMOTED)
#: Time before a restart for which deliveries are remembered.
REMEMBER_SECONDS = 600


@dataclass(slots=True)
class Delivery:
    """Decoded logs of a request with the hash ``origin``: entries, or rows ready for the store.

    ``entries`` are all logs, or those that had to be processed as objects; ``sources`` are those of all logs.
    ``dated``: each log has its own time.
    """

    entries: list[LogEntry]
    origin: int
    count: int
    dated: bool
    sources: set[str]
    rows: pa.Table | None = None

    @classmethod
    def of(cls, entries: list[LogEntry], origin: int) -> Delivery:
        dated = all(entry.dated for entry in entries)
        return cls(entries, origin, len(entries), dated, {entry.source for entry in entries})

    @property
    def repeatable(self) -> bool:
        """Whether the same body may be sent again as new logs: lines without a time may repeat; a dated body
        is a retry.
        """
        return not self.dated


class RunDecoder(Protocol):
    """Runs a decoder on the body of a request: in a bounded thread pool, or inline where allowed and the body
    is small.
    """

    def __call__(self, read: Callable[[bytes], Delivery], /, *, inline: bool) -> Awaitable[Delivery]: ...


class LogIngest:
    """Ingests deliveries of logs; one per server, as ``services.part(LogIngest)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._before_start: frozenset[int] | None = None
        self._reading = asyncio.Lock()
        self._config = services.part(LogConfig)
        self._metrics = services.part(LogMetrics)
        self._tail = services.part(LiveTail)
        self._quota = services.part(Quotas)
        self._recent = services.part(RecentLogs)

    async def take(
        self, run: RunDecoder, content_type: str, query: Mapping[str, str], raw_query: bytes
    ) -> int:
        """Store the logs of a body and return their number.

        Raises ``PayloadError`` for a malformed body, ``LimitExceeded`` for one of too many logs, and what the
        writer raises.
        """
        now_ns = int(self._services.now() * 1e9)
        config = await self._config.current()
        # Periodically logs are decoded to entries, some of which are stored as samples for pipeline tests.
        as_rows = not (config.indexes or config.metrics or self._tail.watched or self._recent.is_due())

        def read(body: bytes) -> Delivery:
            origin = body_hash(body) ^ body_hash(raw_query)
            found = _rows(body, query, now_ns, config, origin, self._recent) if as_rows else None
            if found is not None:
                return found
            return self._processed(decode(body, content_type, query, now_ns), origin, config)

        return await self._store_all(await run(read, inline=not config.has_own_pipelines), config)

    async def take_decoded(
        self, run: RunDecoder, decoder: Callable[[bytes], tuple[list[LogEntry], int]]
    ) -> int:
        """Store the logs that ``decoder`` returns for a body, with the body's hash; returns their number."""
        config = await self._config.current()

        def read(body: bytes) -> Delivery:
            return self._processed(*decoder(body), config)

        return await self._store_all(await run(read, inline=not config.has_own_pipelines), config)

    def _processed(self, entries: list[LogEntry], origin: int, config: Compiled) -> Delivery:
        self._recent.add(entries)
        _run_pipelines(entries, config)
        return Delivery.of(entries, origin)

    async def _store_all(self, delivery: Delivery, config: Compiled) -> int:
        if not delivery.count:
            return 0
        is_new = delivery.repeatable or delivery.origin not in await self._stored_before_start()
        await self._store(delivery, config, is_new)
        await self._config.note_sources(delivery.sources)
        return delivery.count

    async def _store(self, delivery: Delivery, config: Compiled, is_new: bool) -> None:
        """Write logs and their errors. Logs that are not new were stored before this server started, which
        may have ended before it stored the errors.
        """
        entries, rows, first = delivery.entries, delivery.rows, 0
        tables = await self._services.part(ErrorDeliveries).tables(
            of_logs(entries), delivery.origin, repeatable=delivery.repeatable
        )
        if rows is None and is_new:
            first = arrivals.take(len(entries))
            rows = await self._rows_of(delivery, config, first)
        if rows is not None and is_new:
            tables["log_events"] = rows
        digest = b"logs" + delivery.origin.to_bytes(8, "little")
        await self._services.writer.write(tables, digest, repeatable=delivery.repeatable)
        if delivery.rows is not None or not is_new:
            return
        if config.metrics:
            self._metrics.add(config.metrics, entries)
        if self._tail.watched:
            lines = [line_of_entry(entry, first + place) for place, entry in enumerate(entries)]
            self._tail.publish(entries, lines)

    async def _rows_of(self, delivery: Delivery, config: Compiled, first: int) -> pa.Table:
        entries = delivery.entries
        stored = await self._indexed(entries, config) if config.indexes else entries
        tag = 0 if delivery.repeatable else delivery.origin
        if len(stored) > INLINE_LOGS:
            return await asyncio.to_thread(logs_table, stored, tag, first)
        return logs_table(stored, tag, first)

    async def _indexed(self, entries: Sequence[LogEntry], config: Compiled) -> list[LogEntry]:
        """Logs to store, each with the name of its index. Logs that match no index go to the default one."""
        kept = []
        for entry in entries:
            index = index_of(config.indexes, entry)
            if index is None:
                kept.append(entry)
            elif is_excluded(index, entry, self._services.rng.random()):
                telemetry.count("heeler.logs.excluded", tags=(f"index:{index.name}",))
            elif index.daily_limit is not None and not await self._quota.take(index):
                telemetry.count("heeler.logs.over_limit", tags=(f"index:{index.name}",))
            else:
                entry.index = index.name
                kept.append(entry)
        return kept

    async def _stored_before_start(self) -> frozenset[int]:
        """Hashes of the deliveries stored shortly before the start; the writer knows later ones."""
        async with self._reading:
            if self._before_start is None:
                since = first_number(self._services.now() - REMEMBER_SECONDS)
                rows = await self._services.engine.rows(
                    "SELECT DISTINCT origin FROM log_events WHERE seq >= {since:UInt64} AND origin != 0",
                    {"since": since},
                )
                self._before_start = frozenset(int(row[0]) for row in rows)
        return self._before_start


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
    return Delivery(entries, origin, columns.count, columns.dated, columns.sources, rows)


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
