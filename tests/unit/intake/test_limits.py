"""Small bodies of great cost are refused before they cost anything, and never decoded on the event loop."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
import zstandard
from bench import fuzz_intake
from bench.intake_app import opened

from heeler.intake.decoding import INLINE_BYTES, DecodePool, Delivery
from heeler.intake.request import Head
from heeler.store.engine import Engine
from heeler.wire import body_limits
from heeler.wire import protobuf as pb

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def zstd(body: bytes) -> bytes:
    return zstandard.compress(body)


OBJECTS = b"[" + b"{}," * 1_200_000 + b"{}]"
EMPTY = b"\x0a\x00"
#: A list of empty maps in MessagePack, as long as nothing else refuses it.
MAPS = b"\xdd" + (body_limits.MAX_ITEMS + 1).to_bytes(4, "big") + b"\x80" * (body_limits.MAX_ITEMS + 1)


def field(number: int, *parts: bytes) -> bytes:
    return pb.put_bytes(number, b"".join(parts))


BOMBS = [
    ("/api/v2/logs", "application/json", OBJECTS),
    ("/api/v2/logs", "text/plain", b"a\n" * (body_limits.MAX_LOGS + 1)),
    ("/api/v1/check_run", "application/json", OBJECTS),
    ("/api/v1/series", "application/json", b'{"series":' + OBJECTS + b"}"),
    ("/api/v2/series", "application/json", b'{"series":' + OBJECTS + b"}"),
    ("/api/v2/series", "application/x-protobuf", EMPTY * (body_limits.MAX_ITEMS + 1)),
    ("/api/beta/sketches", "application/x-protobuf", EMPTY * (body_limits.MAX_ITEMS + 1)),
    ("/api/v1/distribution_points", "application/json", b'{"series":' + OBJECTS + b"}"),
    ("/intake/", "application/json", b'{"events":{"a":' + OBJECTS + b"}}"),
    ("/intake/", "application/json", b'{"events":{"x":[' + b"{}," * 500_000 + b"{}]}}"),
    ("/intake/", "application/json", b'{"unknown":[' + b"{}," * 500_000 + b"{}]}"),
    ("/intake/", "application/json", b'{"events":{"x":[' + b"{}," * body_limits.MAX_ITEMS + b"{}]}}"),
    ("/intake/", "application/json", b'{"internalHostname":"h","gohai":[' + b"{}," * 50_000 + b"{}]}"),
    ("/intake/", "application/json", b'{"internalHostname":"h","agent_checks":[' + b"{}," * 50_000 + b"{}]}"),
    ("/api/v1/metadata", "application/json", b'{"a":' + OBJECTS + b"}"),
    ("/api/v1/metadata", "application/json", b'{"hostname":"h","a":{"b":[' + b"{}," * 50_000 + b"{}]}}"),
    (
        "/api/v1/metadata",
        "application/json",
        b'{"hostname":"h",'
        + b",".join(b'"%d":{}' % kind for kind in range(body_limits.MAX_KINDS + 1))
        + b"}",
    ),
    ("/api/v0.2/traces", "application/x-protobuf", b"\x2a\x00" * (body_limits.MAX_ITEMS + 1)),
    ("/api/v0.2/traces", "application/x-protobuf", b"\0" * (body_limits.MAX_TRACE_BYTES + 1)),
    ("/v1/traces", "application/json", b'{"resourceSpans":' + OBJECTS + b"}"),
    *(
        (f"/v1/{signal}", "application/x-protobuf", body)
        for signal in ("traces", "metrics", "logs")
        for body in (
            EMPTY * (body_limits.MAX_ITEMS + 1),
            field(1, b"\x12\x00" * (body_limits.MAX_ITEMS + 1)),
            field(1, b"\x12\x00" * 60_000) + field(1, b"\x12\x00" * 60_000),
            field(1, field(2, b"\x12\x00" * (body_limits.MAX_ITEMS + 1))),
            b"\x1a\x00" * (10 * body_limits.MAX_ITEMS + 1),
        )
    ),
    ("/api/beta/sketches", "application/x-protobuf", field(1, b"\x3a\x00" * (body_limits.MAX_ITEMS + 1))),
    (
        "/api/v1/distribution_points",
        "application/json",
        b'{"series":[{"metric":"a.b","points":[' + b"[1,[1]]," * body_limits.MAX_ITEMS + b"[1,[1]]]}]}",
    ),
    ("/api/v0.2/stats", "application/msgpack", b"\x81\xa5Stats" + MAPS),
    ("/api/v0.2/stats", "application/msgpack", b"\x81\xa5Stats\x91\x81\xa5Stats" + MAPS),
    ("/api/v0.2/stats", "application/msgpack", b"\x81\xa5Stats\x91\x81\xa5Stats\x91\x81\xa5Stats" + MAPS),
    ("/api/v1/write", "application/x-protobuf", EMPTY * (body_limits.MAX_ITEMS + 1)),
    ("/loki/api/v1/push", "application/json", b'{"streams":' + OBJECTS + b"}"),
    ("/v1/metrics", "application/x-protobuf", b"\0" * (body_limits.MAX_TRACE_BYTES + 1)),
    ("/api/v0.2/stats", "application/msgpack", b"\xdd\x00\x12\x4f\x80" + b"\x90" * 1_200_000),
]


@pytest.mark.parametrize(("path", "content_type", "body"), BOMBS)
async def test_a_body_with_too_many_items_is_refused(
    engine: Engine, tmp_path: Path, path: str, content_type: str, body: bytes
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        more = {**headers, "content-type": content_type}
        status, answer = await fuzz_intake.send(app, path, more, body)
        assert status == 413, answer
        packed = zstd(body)
        status, _ = await fuzz_intake.send(app, path, {**more, "content-encoding": "zstd"}, packed)
        assert status == 413


async def test_tags_of_one_item_are_bounded(engine: Engine, tmp_path: Path) -> None:
    tags = b'"' + b'a","' * 5000 + b'a"'
    body = b'{"series":[{"metric":"a.b","points":[[1,1]],"tags":[' + tags + b"]}]}"
    async with opened(tmp_path, engine) as (app, headers):
        status, answer = await fuzz_intake.send(
            app, "/api/v1/series", {**headers, "content-type": "application/json"}, body
        )
    assert status == 202
    assert b"tags: more than 1000" in answer


@pytest.mark.parametrize(("size", "on_loop"), [(INLINE_BYTES, True), (INLINE_BYTES + 1, False)])
@pytest.mark.parametrize("encoding", [b"", b"zstd"])
async def test_only_small_bodies_are_decoded_on_the_event_loop(
    size: int, on_loop: bool, encoding: bytes
) -> None:
    plain, pool = b"x" * size, DecodePool()
    body = zstd(plain) if encoding else plain
    delivery = Delivery(Head("/", {b"content-encoding": encoding}), body, 1 << 30, pool)
    try:
        found = await delivery.decode(lambda read: (read == plain, threading.get_ident()))
    finally:
        pool.close()
    assert found == (True, found[1])
    assert (found[1] == threading.get_ident()) == on_loop


async def test_other_requests_are_answered_while_bodies_are_decoded() -> None:
    pool, begun, go_on = DecodePool(), threading.Event(), threading.Event()

    def wait(_: bytes) -> None:
        begun.set()
        go_on.wait(30)

    delivery = Delivery(Head("/", {}), b"x" * (INLINE_BYTES + 1), 1 << 30, pool)
    try:
        working = asyncio.ensure_future(delivery.decode(wait))
        await asyncio.to_thread(begun.wait, 30)
        small = Delivery(Head("/", {}), b"{}", 1 << 30, pool)
        assert await small.decode(bytes) == b"{}"
        go_on.set()
        await working
    finally:
        pool.close()
