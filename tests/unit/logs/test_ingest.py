"""Deliveries on their way to the store."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pyarrow as pa
import pytest
from sqlalchemy.exc import OperationalError

import heeler.server.app  # noqa: F401 - every table
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.logs import ingest
from heeler.logs.archives.writing import LogArchives
from heeler.logs.config import LogConfig
from heeler.logs.ingest import INLINE_LOGS, LogIngest
from heeler.logs.log_metrics import LogMetrics
from heeler.logs.matcher import compile_search
from heeler.logs.model import LogArchive, LogIndex, LogMetric, LogPipeline
from heeler.logs.search import write_id
from heeler.logs.tail import MAX_RATE, LiveTail, Watcher
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.group_commit import StoreFailed
from heeler.store.rollup import Rollups
from heeler.store.self_metrics import telemetry
from heeler.store.wal import LOGGED, WriteAheadLog
from heeler.store.writer import Writer
from heeler.wire.logs import fast_path

NOW = time.time()
T = TypeVar("T")


@pytest.fixture
async def services(engine: Engine, tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings.from_env({}, data_dir=tmp_path)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    writer = Writer(engine, delay=0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        yield Services(
            settings, engine, writer, database, DatabaseAuthenticator(database, settings.url),
            DiskGuard(tmp_path, 0), Rollups(engine), now=lambda: NOW,
        )  # fmt: skip
        writer.close()
    await database.close()


async def deliver(services: Services, items: list[dict[str, Any]]) -> int:
    return await services.part(LogIngest).take(Given(orjson.dumps(items)), "application/json", {}, b"")


class Given:
    """A body that is decoded where it is."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.in_pool: list[str] = []

    async def decode(self, read: Callable[[bytes], T], *, inline: bool = True) -> T:
        return read(self._body)

    async def run(self, call: Callable[[], T]) -> T:
        self.in_pool.append(threading.current_thread().name)
        return call()


def stored(services: Services, service: str) -> list[str]:
    rows = services.engine.rows_sync(
        "SELECT message FROM log_events WHERE service = {service:String} ORDER BY time, seq",
        {"service": service},
    )
    return [row[0] for row in rows]


def lines(service: str, *messages: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"message": message, "service": service, **fields} for message in messages]


async def test_a_dated_delivery_that_comes_again_is_stored_once(services: Services) -> None:
    body = lines("again", "a", "b", "a", timestamp=int(NOW * 1000))
    assert [await deliver(services, body) for _ in range(3)] == [3, 3, 3]
    assert stored(services, "again") == ["a", "b", "a"]


async def test_only_logs_that_a_pipeline_may_change_become_objects(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast_path.prepare()
    monkeypatch.setattr(fast_path, "SMALLEST", 0)
    processor = {"type": "status-remapper", "name": "s", "is_enabled": True, "sources": ["kind"]}
    made = {"name": "p", "is_enabled": True, "filter": {"query": "source:shop"}, "processors": [processor]}
    async with services.database.session() as db:
        db.add(LogPipeline(id="p", position=1, document=made, modified=datetime.now(UTC)))
    processed: list[str] = []
    real = ingest.process
    monkeypatch.setattr(
        ingest, "process", lambda steps, entry: processed.append(entry.source) or real(steps, entry)
    )
    body = [
        {"message": f"{n}", "service": "some", "ddsource": ("shop", "other")[n % 2], "kind": "error"}
        for n in range(4)
    ]
    await deliver(services, body)
    assert processed == ["shop", "shop"]
    rows = services.engine.rows_sync(
        "SELECT message, status FROM log_events WHERE service = 'some' ORDER BY time, seq"
    )
    assert [tuple(row) for row in rows] == [("0", "error"), ("1", "info"), ("2", "error"), ("3", "info")]


@asynccontextmanager
async def server(services: Services, now: float) -> AsyncIterator[Services]:
    """One life of a server with a log before the engine, whose clock shows ``now``."""
    ahead = WriteAheadLog(services.settings.data_dir / "wal", services.engine.insert, LOGGED["logs"])
    known = await ahead.recover()
    writer = Writer(services.engine, delay=0, logs=[ahead])
    writer.know(known)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        tasks.create_task(ahead.run())
        yield Services(
            services.settings, services.engine, writer, services.database,
            services.authenticator, services.disk, services.rollups, now=lambda: now,
        )  # fmt: skip
        writer.close()
        ahead.close()


@pytest.mark.parametrize("jump", [60, 3600, 2 * 86400, -2 * 86400])
async def test_also_after_a_restart_with_whatever_clock(services: Services, jump: float) -> None:
    name = f"restarted{jump}"
    error = {"error": {"kind": "Broken", "message": "m", "stack": "at a"}, "status": "error"}
    body = lines(name, "a", timestamp=int(NOW * 1000), **error)
    for now in (NOW, NOW + jump, NOW + jump):
        async with server(services, now) as here:
            assert await deliver(here, body) == 1
    assert stored(services, name) == ["a"]
    sql = f"SELECT count() FROM error_events WHERE service = '{name}'"
    assert services.engine.rows_sync(sql)[0][0] == 1


async def test_undated_lines_may_come_twice(services: Services) -> None:
    for _ in range(2):
        await deliver(services, lines("undated", "beat"))
    assert stored(services, "undated") == ["beat", "beat"]


async def test_deliveries_of_one_moment_keep_their_order(services: Services) -> None:
    for place in range(5):
        await deliver(services, lines("moment", f"{place} first", f"{place} second"))
    expected = [f"{place} {which}" for place in range(5) for which in ("first", "second")]
    assert stored(services, "moment") == expected


async def configure(services: Services, *rows: object) -> None:
    async with services.database.session() as db:
        db.add_all(rows)


def rows_of(services: Services, service: str, columns: str) -> list[list[Any]]:
    sql = f"SELECT {columns} FROM log_events WHERE service = {{service:String}} ORDER BY time, seq"
    return [list(row) for row in services.engine.rows_sync(sql, {"service": service})]


async def test_pipelines_run_and_a_failing_processor_costs_nothing(services: Services) -> None:
    document = {
        "name": "Shop",
        "is_enabled": True,
        "filter": {"query": "service:piped"},
        "processors": [
            {
                "type": "grok-parser", "is_enabled": True,
                "grok": {"match_rules": "r %{word:user.name} paid %{number:amount} %{word:level}"},
            },
            {"type": "date-remapper", "is_enabled": True, "sources": ["user.name"]},
            {"type": "status-remapper", "is_enabled": True, "sources": ["level"]},
        ],
    }  # fmt: skip
    await configure(services, LogPipeline(id="p", document=document, modified=datetime.now(UTC)))
    before = telemetry.take()[0]
    telemetry.put_back(before)
    await deliver(services, lines("piped", "ann paid 7.5 error", "nothing to parse"))
    found = rows_of(services, "piped", "message, status, attributes")
    assert found == [
        ["ann paid 7.5 error", "error", {"user.name": "ann", "amount": "7.5", "level": "error"}],
        ["nothing to parse", "info", {}],
    ]
    counts = telemetry.take()[0]
    failed = ("heeler.logs.processor_failures", ("pipeline:Shop", "processor:date-remapper"))
    assert counts[failed] - before.get(failed, 0) == 1


async def test_ready_pipelines_come_with_the_first_log_of_a_source(services: Services) -> None:
    line = '10.0.0.9 - ann [30/Nov/2026:10:00:00 +0000] "GET /a?x=1 HTTP/1.1" 503 12 "-" "curl/8.5.0"'
    await deliver(services, lines("front", line, ddsource="nginx"))
    browser = "attributes['http.useragent_details.browser.family']"
    found = rows_of(services, "front", f"status, http_status, http_method, {browser}")
    assert found == [["error", "503", "GET", "curl"]]
    assert "heeler-nginx" in (await services.part(LogConfig).current()).known_presets


async def test_the_first_index_takes_a_log_unless_it_is_excluded_or_the_day_is_full(
    services: Services,
) -> None:
    excluded = {"name": "noise", "is_enabled": True, "filter": {"query": "noise", "sample_rate": 1.0}}
    await configure(
        services,
        LogIndex(
            name="few", position=1, document={"filter": {"query": "service:indexed few"}, "daily_limit": 2}
        ),
        LogIndex(
            name="all", position=2,
            document={"filter": {"query": "service:indexed"}, "exclusion_filters": [excluded]},
        ),
    )  # fmt: skip
    await deliver(services, lines("indexed", "few 1", "x", "noise", "few 2", "few 3"))
    assert rows_of(services, "indexed", "message, index_name") == [
        ["few 1", "few"],
        ["x", "all"],
        ["few 2", "few"],
    ]
    # A restart counts what the day has already.
    services._parts.clear()
    await deliver(services, lines("indexed", "few 4"))
    assert len(rows_of(services, "indexed", "message")) == 3


async def test_metrics_count_what_no_index_keeps(services: Services) -> None:
    drop = {"name": "all", "is_enabled": True, "filter": {"query": "*", "sample_rate": 1.0}}
    await configure(
        services,
        LogIndex(
            name="none", document={"filter": {"query": "service:measured"}, "exclusion_filters": [drop]}
        ),
        LogMetric(
            id="logs.test.count",
            document={
                "compute": {"aggregation_type": "count"},
                "filter": {"query": "service:measured"},
                "group_by": [{"path": "@shop.name", "tag_name": "shop"}],
            },
        ),
        LogMetric(
            id="logs.test.size",
            document={
                "compute": {"aggregation_type": "distribution", "path": "@size"},
                "filter": {"query": "*"},
            },
        ),
    )
    items = [
        {**lines("measured", "m")[0], "shop": {"name": name}, "size": at} for at, name in enumerate("aab")
    ]
    await deliver(
        services, [*items, {"message": "old", "service": "measured", "timestamp": int(NOW - 3600) * 1000}]
    )
    assert rows_of(services, "measured", "message") == []
    await services.part(LogMetrics).flush()
    await services.part(LogMetrics).flush()
    counted = services.engine.rows_sync(
        "SELECT s.tags, sum(p.raw) FROM points AS p INNER JOIN series AS s ON s.series = p.series "
        "WHERE p.metric = 'logs.test.count' GROUP BY s.tags ORDER BY s.tags"
    )
    assert [[list(tags), number] for tags, number in counted] == [[["shop:a"], 2], [["shop:b"], 1]]
    sizes = services.engine.rows_sync(
        "SELECT sum(count), sum(sum) FROM sketches WHERE metric = 'logs.test.size'"
    )
    assert list(sizes[0]) == [3, 3]


async def test_live_tail_shows_what_matches_and_its_rate(services: Services) -> None:
    tail = services.part(LiveTail)
    events = tail.watch(compile_search("service:tailed @n:>=2"))
    assert await anext(events) == b": live\n\n"
    items = [{**lines("tailed", f"line {at}")[0], "n": at} for at in range(5)]
    await deliver(services, items)
    shown = (await anext(events)).decode().splitlines()
    assert shown[0] == "event: rows"
    assert [orjson.loads(line.removeprefix("data: "))["message"] for line in shown[1:] if line] == [
        "line 2", "line 3", "line 4",
    ]  # fmt: skip
    rate = (await anext(events)).decode()
    assert orjson.loads(rate.partition("data: ")[2]) == {"matched": 3, "shown": 3}
    await events.aclose()  # type: ignore[attr-defined]
    assert not tail.watched


def test_what_is_too_much_to_read_is_sampled() -> None:
    watcher = Watcher(compile_search("*"))
    rng = random.Random(2)
    made: list[int] = []

    def line_at(place: int) -> dict[str, str]:
        made.append(place)
        return {"time_ns": str(place), "id": str(place)}

    for first in range(0, 1000, 100):
        watcher.offer(range(first, first + 100), line_at, rng)
    shown, rate = watcher.take()
    assert rate["matched"] == 1000
    assert 0 < rate["shown"] == len(shown) <= MAX_RATE
    assert len({line["id"] for line in shown}) == len(shown)
    assert len(made) < 200  # those that are shown, and those that gave way to later ones


def test_each_line_is_as_likely_to_be_shown() -> None:
    rng = random.Random(5)
    shown = [0] * 60
    for _ in range(2000):
        watcher = Watcher(compile_search("*"))
        for first in (0, 7, 40):
            end = {0: 7, 7: 40, 40: 60}[first]
            watcher.offer(range(first, end), lambda place: {"time_ns": "", "id": place}, rng)
        for line in watcher.take()[0]:
            shown[line["id"]] += 1
    mean = sum(shown) / len(shown)
    assert min(shown) > 0.8 * mean
    assert max(shown) < 1.2 * mean


async def test_rows_of_many_logs_for_indexes_are_made_in_the_pool_of_the_decoders(services: Services) -> None:
    await configure(services, LogIndex(name="pooled", position=0, document={"filter": {"query": "*"}}))
    request = Given(orjson.dumps(lines("pooled", *map(str, range(INLINE_LOGS + 1)))))
    assert await services.part(LogIngest).take(request, "application/json", {}, b"") == INLINE_LOGS + 1
    assert len(request.in_pool) == 1
    assert len(stored(services, "pooled")) == INLINE_LOGS + 1


async def test_first_logs_of_a_source_that_come_at_once_are_all_acknowledged(services: Services) -> None:
    bodies = [lines("at-once", f"{n}", ddsource="python", timestamp=int(NOW * 1000) + n) for n in range(30)]
    assert await asyncio.gather(*(deliver(services, body) for body in bodies)) == [1] * 30
    assert len(stored(services, "at-once")) == 30


async def test_logs_that_are_stored_are_acknowledged_though_the_database_fails(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = services.part(LogConfig)
    await config.current()

    async def failing(_: list[str]) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(config, "_note", failing)
    assert await deliver(services, lines("kept", "a", ddsource="python", timestamp=int(NOW * 1000))) == 1
    assert stored(services, "kept") == ["a"]


S3_DESTINATION = {"type": "s3", "bucket": "logs", "integration": {"access_key_id": "any"}}


async def archive(services: Services, query: str) -> None:
    document = {"name": query, "query": query, "destination": S3_DESTINATION}
    async with services.database.session() as db:
        db.add(LogArchive(id=f"a{services.rng.getrandbits(40)}", document=document))


async def spooled(services: Services) -> list[dict[str, Any]]:
    spool = services.part(LogArchives).spool
    files = await asyncio.wrap_future(spool.closed(0))
    pieces = [piece for archived in files.values() for file in archived for piece in spool.lines(file)]
    return [orjson.loads(line) for piece in pieces for line in piece.splitlines()]


async def test_archives_take_what_indexes_exclude_with_the_ids_of_the_explorer(services: Services) -> None:
    await archive(services, "service:excluding")
    exclusion = {"name": "debug", "filter": {"query": "status:debug", "sample_rate": 1.0}}
    index = {"filter": {"query": "service:excluding"}, "exclusion_filters": [exclusion]}
    async with services.database.session() as db:
        db.add(LogIndex(name="excluding", document=index))
    sent = lines("excluding", "one", "two", "three", timestamp=int(NOW * 1000))
    sent[1]["status"] = "debug"
    await deliver(services, sent)
    found = await spooled(services)
    assert [one["message"] for one in found] == ["one", "two", "three"]
    rows = services.engine.rows_sync(
        "SELECT message, toUnixTimestamp64Nano(time), seq FROM log_events WHERE service = 'excluding'"
    )
    stored = {message: write_id(int(time), int(seq)) for message, time, seq in rows}
    assert stored == {one["message"]: one["_id"] for one in found if one["message"] != "two"}
    assert len({one["_id"] for one in found}) == 3


async def test_a_request_that_is_sent_again_is_archived_once_and_one_that_failed_there_is(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive(services, "service:resent")
    first = lines("resent", "first", timestamp=int(NOW * 1000))
    await deliver(services, first)
    await deliver(services, first)
    second = lines("resent", "second", timestamp=int(NOW * 1000))

    def fails(_: object) -> Future[None]:
        failed: Future[None] = Future()
        failed.set_exception(StoreFailed("the disk is gone"))
        return failed

    with monkeypatch.context() as patch:
        patch.setattr(services.part(LogArchives).spool, "put", fails)
        with pytest.raises(StoreFailed):
            await deliver(services, second)
    await deliver(services, second)
    assert [one["message"] for one in await spooled(services)] == ["first", "second"]
    assert stored(services, "resent") == ["first", "second"]


async def test_what_a_quota_refuses_is_not_archived(services: Services) -> None:
    await archive(services, "service:limited")
    sent = lines("limited", "one", "two", "three", timestamp=int(NOW * 1000))
    request = Given(orjson.dumps(sent))
    limit = lambda rows: rows.slice(0, 2)  # noqa: E731
    await services.part(LogIngest).take(request, "application/json", {}, b"", limit)
    assert [one["message"] for one in await spooled(services)] == ["one", "two"]
    assert stored(services, "limited") == ["one", "two"]


async def test_logs_that_a_quota_refuses_do_not_use_up_the_day_of_their_index(services: Services) -> None:
    document = {"filter": {"query": "service:refused-*"}, "daily_limit": 3}
    await configure(services, LogIndex(name="shared", position=0, document=document))

    def limit(rows: pa.Table) -> pa.Table:
        kept = rows.filter(pa.array([one != "refused-a" for one in rows["service"].to_pylist()]))
        if not kept.num_rows:
            raise ApiError(429, "the quota of the service is used up")
        return kept

    async def send(*items: dict[str, Any]) -> int:
        body = Given(orjson.dumps(list(items)))
        return await services.part(LogIngest).take(body, "application/json", {}, b"", limit)

    for number in range(3):
        with pytest.raises(ApiError):
            await send(*lines("refused-a", f"{number}-1", f"{number}-2"))
    await send(*lines("refused-a", "mixed"), *lines("refused-b", "1", "2"))
    await send(*lines("refused-b", "3", "4"))
    assert stored(services, "refused-b") == ["1", "2", "3"]
    assert stored(services, "refused-a") == []
