"""Hundreds of deliveries at once: what they share is read once, and none is an error of the server."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened
from bench.intake_seeds import SEEDS
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from heeler.intake.app import error_of
from heeler.intake.flare import MAX_FLARES
from heeler.store.engine import Engine, EngineBusy, EngineTimeout, EngineUnavailable

JSON = {"content-type": "application/json"}
_TABLES = ("log_pipelines", "span_metrics", "tracer_configurations")


async def test_the_configuration_of_logs_and_spans_is_read_once_for_all(
    engine: Engine, tmp_path: Path
) -> None:
    spans = next(one for one in SEEDS if one.path == "/api/v0.2/traces")
    read: Counter[str] = Counter()

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        read.update(table for table in _TABLES if f"FROM {table}" in statement)

    async with opened(tmp_path, engine) as (app, headers):
        database = app._services.database.engine.sync_engine
        event.listen(database, "before_cursor_execute", count)
        logs = [send(app, "/api/v2/logs", {**headers, **JSON}, b'[{"message":"%d"}]' % n) for n in range(200)]
        spans_sent = [
            send(
                app,
                spans.path,
                {**headers, "content-type": spans.content_type},
                spans.raw + b"\x9a\x7d\x01" + b"%d" % (n % 10),
            )
            for n in range(200)
        ]
        polls = [send(app, "/api/v0.1/tracer_configurations", {**headers, **JSON}, b"{}") for _ in range(200)]
        statuses = Counter(status for status, _ in await asyncio.gather(*logs, *spans_sent, *polls))
        event.remove(database, "before_cursor_execute", count)
    assert set(statuses) == {202, 200}, statuses
    assert read == dict.fromkeys(_TABLES, 1)


async def test_flares_of_one_moment_are_all_kept_or_removed_as_the_oldest(
    engine: Engine, tmp_path: Path
) -> None:
    seed = next(one for one in SEEDS if one.path == "/support/flare")
    async with opened(tmp_path, engine) as (app, headers):
        sent = [
            send(app, seed.path, {**headers, "content-type": seed.content_type}, seed.raw) for _ in range(120)
        ]
        answers = await asyncio.gather(*sent)
    assert {status for status, _ in answers} == {200}
    assert len({answer for _, answer in answers}) == 120  # a number each
    assert len(list((tmp_path / "flares").iterdir())) == MAX_FLARES


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PoolTimeout("QueuePool limit"), 503),
        (OperationalError("s", {}, Exception("database is locked")), 503),
        (OperationalError("s", {}, Exception("database or disk is full")), 507),
        (EngineBusy("200 statements wait"), 503),
        (EngineUnavailable("The store does not answer"), 503),
        (EngineTimeout("too long"), 504),
    ],
)
def test_what_passes_is_answered_so_that_it_is_sent_again(error: Exception, status: int) -> None:
    found = error_of(error)
    assert found is not None
    assert (found.status, "Retry-After" in found.headers) == (status, True)


def test_an_error_of_a_statement_is_one_of_the_server() -> None:
    assert error_of(OperationalError("s is locked", {}, Exception("no such column"))) is None
