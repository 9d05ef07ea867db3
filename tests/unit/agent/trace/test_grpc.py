"""The gRPC server against the real client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import grpc
import pytest

from heeler.agent.trace.grpc import INVALID_ARGUMENT, GrpcError, GrpcServer

LIMIT = 100_000


async def handle(path: str, message: bytes, headers: dict[str, str]) -> bytes:
    if path == "/a/Fails":
        raise GrpcError(INVALID_ARGUMENT, "résumé: no, 100%")
    if path == "/a/Crashes":
        raise RuntimeError("a fault")
    return headers.get("x-say", "").encode() + (
        message[::-1] if len(message) < 2000 else b"%d" % len(message)
    )


@pytest.fixture
def channel() -> Iterator[grpc.Channel]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = GrpcServer(handle, LIMIT)
    port = asyncio.run_coroutine_threadsafe(server.listen("127.0.0.1", 0), loop).result(5)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def call(channel: grpc.Channel, path: str, body: bytes, **more: object) -> bytes:
    answer: bytes = channel.unary_unary(path)(body, timeout=10, **more)
    return answer


def code_of(channel: grpc.Channel, path: str, body: bytes = b"") -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, path, body)
    return caught.value.code(), caught.value.details()


def test_calls_are_answered_plain_and_compressed(channel: grpc.Channel) -> None:
    assert call(channel, "/a/Reverse", b"abc") == b"cba"
    assert call(channel, "/a/Reverse", b"", metadata=(("x-say", "hi"),)) == b"hi"
    large = b"x" * (LIMIT - 1)
    assert call(channel, "/a/Reverse", large) == b"%d" % len(large)
    assert call(channel, "/a/Reverse", large, compression=grpc.Compression.Gzip) == b"%d" % len(large)


def test_many_calls_share_a_connection(channel: grpc.Channel) -> None:
    waiting = [
        channel.unary_unary("/a/Reverse").future(f"{at}".encode() * 500, timeout=10) for at in range(150)
    ]
    assert all(one.result() == f"{at}".encode()[::-1] * 500 for at, one in enumerate(waiting))


def test_failures_carry_a_code_and_a_message(channel: grpc.Channel) -> None:
    assert code_of(channel, "/a/Fails") == (grpc.StatusCode.INVALID_ARGUMENT, "résumé: no, 100%")
    assert code_of(channel, "/a/Crashes")[0] == grpc.StatusCode.INTERNAL
    assert code_of(channel, "/a/Reverse", b"x" * (LIMIT + 1))[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert call(channel, "/a/Reverse", b"still here") == b"ereh llits"


def test_a_small_message_that_inflates_beyond_the_limit_is_refused(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, "/a/Reverse", b"\0" * (50 * LIMIT), compression=grpc.Compression.Gzip)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
