"""The HTTP probe against real sockets: servers that answer with given bytes and record requests."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.synthetics.assertions import Measured
from heeler.synthetics.http_probe import MAX_BODY, MAX_REDIRECTS, Guard, ProbeError, probe_http

GUARD = Guard(("127.0.0.0/8", "::1/128"))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[str], bytes]


class Target:
    """Server that answers with ``answer(path)`` and closes; ``heads`` are the requests as sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.heads, self.bodies = answer, list[str](), list[bytes]()
        self.closed = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        size = max([int(value) for value in values(head, "content-length")], default=0)
        self.bodies.append(await reader.readexactly(size))
        writer.write(self.answer(head.split(" ")[1]))
        await writer.drain()
        if not self.closed.is_set():
            await reader.read()
        writer.close()


def values(head: str, name: str) -> list[str]:
    lines = [line.partition(":") for line in head.split("\r\n")[1:] if line]
    return [value.strip() for found, _, value in lines if found.lower() == name]


@asynccontextmanager
async def target(answer: Answer | bytes, close: bool = True) -> AsyncIterator[Target]:
    made = Target(answer if callable(answer) else lambda _: answer)
    if close:
        made.closed.set()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


def response(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1") + body


async def probe(server: Target, path: str = "/", guard: Guard = GUARD, **request: Any) -> Measured:
    options = {"follow_redirects": True}
    return await probe_http(
        {"url": f"http://127.0.0.1:{server.port}{path}", "timeout": 20, **request}, options, guard
    )


async def code_of(server: Target, path: str = "/", **request: Any) -> str:
    with pytest.raises(ProbeError) as caught:
        await probe(server, path, **request)
    return caught.value.code


@pytest.mark.parametrize("name", ["user-agent", "HOST", "accept-encoding", "Accept"])
async def test_a_header_of_the_test_replaces_the_usual_one_in_any_case(name: str) -> None:
    async with target(OK) as server:
        await probe(server, headers={name: "mine"})
    assert values(server.heads[0], name.lower()) == ["mine"]


@pytest.mark.parametrize(
    "headers", [{"content-length": "99"}, {"Transfer-Encoding": "chunked"}, {"connection": "keep-alive"}]
)
async def test_the_body_is_framed_by_the_probe(headers: dict[str, str]) -> None:
    async with target(OK) as server:
        assert (await probe(server, method="POST", body="abc", headers=headers)).status == 200
    assert server.bodies == [b"abc"]
    assert values(server.heads[0], "connection") == ["close"]


async def test_a_form_keeps_the_content_type_of_the_test() -> None:
    async with target(OK) as server:
        await probe(server, method="POST", form={"a b": "ü&"}, headers={"content-type": "x/y"})
        await probe(server, method="POST", form={"a": 1})
    assert [values(head, "content-type") for head in server.heads] == [
        ["x/y"],
        ["application/x-www-form-urlencoded"],
    ]
    assert server.bodies == [b"a+b=%C3%BC%26", b"a=1"]


async def test_a_path_is_sent_percent_encoded_and_once() -> None:
    async with target(OK) as server:
        await probe(server, "/café/%20?q=ü&r={x}", query={"s": "a b"})
    assert server.heads[0].split(" ")[1] == "/caf%C3%A9/%20?q=%C3%BC&r=%7Bx%7D&s=a+b"


async def test_a_redirect_to_text_outside_ascii_is_followed() -> None:
    moved = response(status="302 Found", Location="/caf\u00c3\u00a9 au lait")
    async with target(lambda path: moved if path == "/" else OK) as server:
        assert (await probe(server)).body == "ok"
    assert server.heads[1].split(" ")[1] == "/caf%C3%A9%20au%20lait"


@pytest.mark.parametrize(
    "where", ["http://[", "file:///etc/passwd", "http://a:99999/", "http://u:p@127.0.0.1/"]
)
async def test_a_redirect_that_cannot_be_followed_is_an_error_of_the_probe(where: str) -> None:
    async with target(response(status="301 Moved", Location=where)) as server:
        assert await code_of(server) == "INVALID_REQUEST"


async def test_redirects_are_bounded() -> None:
    async with target(response(status="307 Again", Location="/")) as server:
        assert await code_of(server) == "TOO_MANY_REDIRECTS"
    assert len(server.heads) == MAX_REDIRECTS + 1


async def test_secrets_and_the_host_stay_at_their_origin() -> None:
    async with target(OK) as second:
        moved = response(status="307 Moved", Location=f"http://127.0.0.1:{second.port}/")
        async with target(moved) as first:
            given_headers = {"authorization": "a", "Cookie": "b", "host": "first.example", "X-Mine": "c"}
            await probe(first, headers=given_headers)
    assert values(first.heads[0], "host") == ["first.example"]
    assert values(second.heads[0], "host") == [f"127.0.0.1:{second.port}"]
    assert not values(second.heads[0], "authorization")
    assert not values(second.heads[0], "cookie")
    assert values(second.heads[0], "x-mine") == ["c"]


async def test_a_redirected_post_becomes_a_get_without_its_body() -> None:
    moved = response(status="303 See Other", Location="/next")
    async with target(lambda path: moved if path == "/" else OK) as server:
        await probe(server, method="POST", body="{}", bodyType="application/json")
    assert server.heads[1].startswith("GET /next ")
    assert not values(server.heads[1], "content-type")
    assert server.bodies[1] == b""


async def test_the_target_of_a_redirect_is_guarded() -> None:
    async with target(response(status="302 Found", Location="http://127.0.0.2:1/")) as server:
        with pytest.raises(ProbeError) as caught:
            await probe(server, guard=Guard(("127.0.0.1/32",)))
    assert caught.value.code == "DENIED"


async def test_a_switch_of_protocols_ends_the_probe() -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    async with target(switch) as server:
        assert await code_of(server, headers={"Upgrade": "websocket"}) == "MALFORMED_RESPONSE"


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
               b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000]
)  # fmt: skip
async def test_what_is_no_whole_response_is_malformed(answer: bytes) -> None:
    async with target(answer) as server:
        assert await code_of(server) in ("MALFORMED_RESPONSE", "CONNRESET")


async def test_repeated_headers_are_one_list() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    async with target(answer) as server:
        assert (await probe(server)).headers["set-cookie"] == "a=1, b=2"


def raw_deflate(body: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(body) + made.flush()


ENCODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw": ("deflate", raw_deflate),
    "members": ("gzip", lambda body: gzip.compress(body[:3]) + gzip.compress(body[3:])),
    "padded": ("gzip", lambda body: gzip.compress(body) + bytes(9)),
}


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.sampled_from(sorted(ENCODERS)))
def test_encoded_bodies_are_read_whole(body: bytes, name: str) -> None:
    encoding, encode = ENCODERS[name]

    async def run() -> bytes:
        async with target(response(encode(body), Content_Encoding=encoding)) as server:
            return (await probe(server)).raw_body

    assert asyncio.run(run()) == body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (gzip.compress(b"x" * 5000)[:-9], "DECRYPTION"),
        (b"no gzip", "DECRYPTION"),
        (gzip.compress(b"a") * 1000, "DECRYPTION"),
        (gzip.compress(bytes(MAX_BODY + 1)), "BODY_TOO_LARGE"),
        (gzip.compress(bytes(MAX_BODY)) + gzip.compress(b"a"), "BODY_TOO_LARGE"),
    ],
    ids=["cut", "not compressed", "too many members", "too large", "too large together"],
)
async def test_a_body_that_cannot_be_decoded_whole_is_an_error(body: bytes, code: str) -> None:
    async with target(response(body, Content_Encoding="gzip")) as server:
        assert await code_of(server) == code


async def test_the_size_of_a_body_is_bounded() -> None:
    async with target(response(bytes(MAX_BODY))) as server:
        assert len((await probe(server)).raw_body) == MAX_BODY
    async with target(response(bytes(MAX_BODY + 1))) as server:
        assert await code_of(server) == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    "request_",
    [
        {"form": "a=b"},
        {"form": ["a"]},
        {"headers": ["a"]},
        {"query": "a=b"},
        {"body": "\ud800"},
        {"headers": {"X": "\ud800"}},
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"": "a"}},
        {"url": "http://["},
        {"url": "http://127.0.0.1/\ud800"},
        {"url": "gopher://127.0.0.1/"},
        {"url": None},
        {"method": "GET /x HTTP/1.1\r\nX: y\r\n\r\n"},
    ],
)
async def test_what_cannot_be_sent_is_an_error_of_the_probe(request_: dict[str, Any]) -> None:
    async with target(OK) as server:
        assert await code_of(server, **request_) == "INVALID_REQUEST"


async def test_a_server_that_listens_at_one_of_its_addresses_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def both(*_: object) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr("heeler.synthetics.http_probe.checked_addresses", both)
    async with target(OK) as server:
        assert (await probe(server)).status == 200
    assert await code_of(server) == "CONNREFUSED"


async def test_the_time_limit_closes_the_connection_also_within_the_tls_handshake() -> None:
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65_536):
                pass
        except OSError:
            pass
        writer.close()
        ended.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for scheme in ("http", "https"):
            ended.clear()
            with pytest.raises(ProbeError) as caught:
                await probe_http({"url": f"{scheme}://127.0.0.1:{port}/", "timeout": 0.3}, {}, GUARD)
            assert caught.value.code == "TIMEOUT"
            await asyncio.wait_for(ended.wait(), 20)


async def test_many_small_chunks_leave_the_event_loop_to_others() -> None:
    chunks, turns, over = b"1\r\nx\r\n" * 60_000, 0, False

    async def count() -> None:
        nonlocal turns
        while not over:
            await asyncio.sleep(0)
            turns += 1

    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with target(head + chunks + b"0\r\n\r\n") as server, asyncio.TaskGroup() as tasks:
        tasks.create_task(count())
        found = await probe(server)
        over = True
    assert len(found.raw_body) == 60_000
    assert turns >= 40
