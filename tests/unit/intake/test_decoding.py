"""Bodies of one sender wait for each other, not those of others for them."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened

from heeler.accounts.keys import make_key
from heeler.intake import app as intake_app
from heeler.intake.decoding import THREADS, DecodePool
from heeler.metric_usage.key_usage import set_sender
from heeler.store.engine import Engine

OTHER_KEY = "f" * 32


async def test_a_body_of_another_sender_is_decoded_before_the_rest_of_a_flood() -> None:
    pool, go, order = DecodePool(), threading.Event(), list[str]()

    def decode(name: str) -> None:
        go.wait()
        order.append(name)
        time.sleep(0.01)  # no thread gets through the flood before the other has begun

    async def deliver(name: str) -> None:
        set_sender(name)
        await pool.run(lambda: decode(name))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(deliver("flood"))
        await asyncio.sleep(0)
        tasks.create_task(deliver("other"))
        await asyncio.sleep(0)
        go.set()
    assert order.index("other") <= THREADS + 2
    pool.close()


async def test_one_key_leaves_room_for_another(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_app, "BUDGET_BYTES", 4000)
    monkeypatch.setattr(intake_app, "KEY_BYTES", 3000)
    body = b'[{"message":"' + b"x" * 100 + b'"}]'
    async with opened(tmp_path, engine) as (app, headers):
        async with app._services.database.session() as session:
            session.add(make_key("api", "other", OTHER_KEY, None, datetime.now(UTC)))
        json = {**headers, "content-type": "application/json"}
        flood = [send(app, "/api/v2/logs", json, body) for _ in range(30)]
        other = send(app, "/api/v2/logs", {**json, "dd-api-key": OTHER_KEY}, body)
        *answers, (status, _) = await asyncio.gather(*flood, other)
        statuses = [one for one, _ in answers]
        assert status == 202
        assert statuses.count(202) == 2  # two of 1,160 bytes each, counted tenfold
        assert statuses.count(429) == 28
        assert (await send(app, "/api/v2/logs", json, body))[0] == 202
        assert not app._in_work_of
