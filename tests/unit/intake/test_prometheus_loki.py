"""Prometheus' and Loki's senders, at the application: their encodings and answers."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pyarrow as pa
import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened

from heeler.store.engine import Engine
from tests.wire.test_remote_write import series

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = int(time.time())
PROMETHEUS = {"content-type": "application/x-protobuf", "content-encoding": "snappy"}


def snappy(body: bytes) -> bytes:
    return bytes(pa.Codec("snappy").compress(body, asbytes=True))


async def test_samples_are_stored_and_what_is_not_is_named(engine: Engine, tmp_path: Path) -> None:
    good = series([(NOW * 1000, 2.5)], __name__="remote_write_gauge", job="a")
    old = series([(1000, 2.5)], __name__="remote_write_old")
    async with opened(tmp_path, engine) as (app, headers):
        more = {**headers, **PROMETHEUS}
        assert await send(app, "/api/v1/write", more, snappy(good)) == (204, b"")
        status, text = await send(app, "/api/v1/write", more, snappy(good + old))
        assert status == 400
        assert b"before the retention window" in text
        rows = await engine.rows("SELECT value FROM points FINAL WHERE metric = 'remote_write_gauge'")
        assert [tuple(row) for row in rows] == [(2.5,)]
        assert (await send(app, "/api/v1/write", more, b"not snappy"))[0] == 400
        v2 = {**more, "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
        assert (await send(app, "/api/v1/write", v2, snappy(good)))[0] == 415
        assert (await send(app, "/api/v1/write", more, pa_bomb()))[0] == 413


def pa_bomb() -> bytes:
    """A block that says it holds a gigabyte."""
    return b"\x80\x80\x80\x80\x04" + b"\x00" * 10


async def test_lines_are_stored_in_both_encodings(engine: Engine, tmp_path: Path) -> None:
    from tests.wire.test_loki import as_protobuf

    stream = {"stream": {"app": "loki-json"}, "values": [[str(NOW * 10**9), "loki line"]]}
    body = json.dumps({"streams": [stream]}).encode()
    async with opened(tmp_path, engine) as (app, headers):
        as_json = {**headers, "content-type": "application/json"}
        assert await send(app, "/loki/api/v1/push", as_json, body) == (204, b"")
        assert await send(app, "/loki/api/v1/push", as_json, body) == (204, b"")  # sent again
        plain = {**headers, "content-type": "application/x-protobuf"}
        assert (await send(app, "/loki/api/v1/push", plain, snappy(as_protobuf())))[0] == 204
        rows = await engine.rows(
            "SELECT service, count() FROM log_events "
            "WHERE source = 'loki' AND service IN ('loki-json', 'shop') GROUP BY service ORDER BY service"
        )
        assert [tuple(row) for row in rows] == [("loki-json", 1), ("shop", 2)]
