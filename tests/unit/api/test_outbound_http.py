from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.outbound_http import (
    MAX_ANSWER_BYTES,
    OutboundError,
    call,
    checked_url,
    is_allowed,
    is_public,
    origin_of,
    resolve,
)

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:0a00:0001::1", "2001:0:1:2:3:4:5:6", "fec0::1",
]  # fmt: skip
PUBLIC = [
    "93.184.216.34",
    "1.1.1.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_recognized_in_every_form(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not is_allowed("host", address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert is_allowed("host", address, ())


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_however_ipv6_carries_it(number: int) -> None:
    plain = is_public(ipaddress.IPv4Address(number))
    for carried in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert is_public(ipaddress.IPv6Address(carried)) == plain


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
async def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises(OutboundError, match=r"private|cannot be resolved"):
        await resolve(f"http://{host}:8080/")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:99999/", "http://[bad/", "http://host:0/", "http://host:x/", "file:///etc/passwd",
     "http://", "", "gopher://host/", "http://user:pw@host/", "http://host/a b", "http://host/\r\nX: y",
     "http://" + "a" * 3000],
)  # fmt: skip
def test_urls_that_cannot_be_called_are_refused(url: str) -> None:
    with pytest.raises(OutboundError, match="Invalid URL"):
        checked_url(url)


@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused_in_one_way(text: str) -> None:
    try:
        checked_url(text)
        checked_url("http://" + text)
    except OutboundError:
        return
    assert origin_of("http://" + text)[0] == "http"


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "localhost"])
async def test_an_operator_can_allow_private_targets(allowed: str) -> None:
    assert (await resolve("http://localhost:8080/x", [allowed, "::1"])).port == 8080


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answering(answer: bytes, seen: list[bytes] | None = None) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head)
        writer.write(answer)
        await writer.drain()
        writer.close()

    return handle


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    seen: list[bytes] = []
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with listening(answering(moved, seen)) as url:
        answer = await call("POST", url, headers={"X-A": "b\r\nInjected: c"}, private_targets=["127.0.0.1"])
    assert answer.status == 302
    assert len(seen) == 1
    assert b"\r\nInjected" not in seen[0]


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\r\n", b"ok!"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
    ],
)
async def test_answers_are_read_in_each_framing(answer: bytes, body: bytes) -> None:
    async with listening(answering(answer)) as url:
        assert (await call("GET", url, headers={}, private_targets=["127.0.0.1"])).body == body


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 " + b"9" * 70_000],
)  # fmt: skip
async def test_a_broken_answer_is_one_kind_of_error(answer: bytes) -> None:
    async with listening(answering(answer)) as url:
        with pytest.raises(OutboundError):
            await call("GET", url, headers={}, private_targets=["127.0.0.1"])


async def test_an_endless_answer_is_cut_off() -> None:
    async with listening(answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_ANSWER_BYTES + 70_000))) as url:
        answer = await call("GET", url, headers={}, private_targets=["127.0.0.1"])
    assert len(answer.body) == MAX_ANSWER_BYTES
