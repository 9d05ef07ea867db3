"""HTTP probe of synthetic tests: one connection a request, each phase timed, redirects optional.

Every address, also of redirects, is checked by the SSRF guard (:mod:`heeler.api.outbound_http`).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import ssl
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import h11

from heeler.api.outbound_http import OutboundError, checked_addresses, checked_url, origin_of
from heeler.synthetics.assertions import Measured

MAX_BODY = 1 * 2**20
MAX_REDIRECTS = 10
_READ_BYTES = 8192
_MAX_ADDRESSES = 4
_MAX_GZIP_MEMBERS = 64
DEFAULT_TIMEOUT = 60.0
MAX_TIMEOUT = 120.0
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS")
_BODY_TYPES = {
    "text/plain": "text/plain",
    "application/json": "application/json",
    "text/xml": "text/xml",
    "text/html": "text/html",
    "application/x-www-form-urlencoded": "application/x-www-form-urlencoded",
    "graphql": "application/json",
}

#: Characters of a path and query that are sent as they are; all others are percent-encoded.
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=-._~"


class ProbeError(RuntimeError):
    """The request got no response. ``code`` is a failure code of the public API, the message gives the
    reason.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Guard:
    """Private targets that may be called (``HEELER_PRIVATE_TARGETS``)."""

    private_targets: Sequence[str] = ()


async def probe_http(request: Mapping[str, Any], options: Mapping[str, Any], guard: Guard) -> Measured:
    """Send ``request`` and return the response after redirects. Raises :class:`ProbeError`."""
    timeout = min(float(request.get("timeout") or DEFAULT_TIMEOUT), MAX_TIMEOUT)
    try:
        async with asyncio.timeout(timeout):
            return await _follow(request, options, guard)
    except TimeoutError:
        raise ProbeError("TIMEOUT", f"no complete response within {timeout:g} s") from None
    except ValueError as error:  # a URL, header or text that cannot be sent
        raise ProbeError("INVALID_REQUEST", f"the request cannot be made: {error}") from None


async def _follow(request: Mapping[str, Any], options: Mapping[str, Any], guard: Guard) -> Measured:
    method, url = str(request.get("method") or "GET").upper(), _with_query(request)
    headers, body = _headers_and_body(request)
    follow = bool(options.get("follow_redirects", request.get("follow_redirects", False)))
    spent: dict[str, float] = {}
    insecure = bool(options.get("allow_insecure", request.get("allow_insecure")))
    context = await asyncio.to_thread(tls_context, insecure or bool(options.get("accept_self_signed")))
    for _ in range(MAX_REDIRECTS + 1):
        found = await _once(method, url, headers, body, context, guard)
        where = found.headers.get("location")
        if not (follow and where and found.status in (301, 302, 303, 307, 308)):
            if spent:
                spent["total"] = spent["redirect"] + found.timings["total"]
            return replace(found, timings={**found.timings, **spent})
        spent["redirect"] = spent.get("redirect", 0.0) + found.timings["total"]
        target = _redirected(url, where)
        if found.status == 303 or (found.status in (301, 302) and method == "POST"):
            method, body = ("HEAD" if method == "HEAD" else "GET"), b""
            headers = {
                k: v for k, v in headers.items() if k.lower() not in ("content-type", "content-length")
            }
        if origin_of(target) != origin_of(url):  # secrets are those of the first origin
            own = ("authorization", "cookie", "host")
            headers = {k: v for k, v in headers.items() if k.lower() not in own}
        url = target
    raise ProbeError("TOO_MANY_REDIRECTS", f"more than {MAX_REDIRECTS} redirects")


def _redirected(url: str, where: str) -> str:
    """Target of a redirect; ``where`` is the header, a character for each byte."""
    try:
        target = urljoin(url, quote(where.encode("latin-1"), safe=_URL_CHARACTERS))
        checked_url(target)
    except (OutboundError, ValueError) as error:
        raise ProbeError("INVALID_REQUEST", f"the redirect cannot be followed: {error}") from None
    return target


def _with_query(request: Mapping[str, Any]) -> str:
    parts = urlsplit(str(request.get("url", "")))
    extra = urlencode({str(k): str(v) for k, v in _pairs(request, "query").items()})
    query = "&".join(filter(None, (parts.query, extra)))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def _pairs(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = request.get(name) or {}
    if not isinstance(found, Mapping):
        raise ProbeError("INVALID_REQUEST", f"'{name}' must be an object of names and values")
    return found


def _headers_and_body(request: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    headers = {str(k): str(v) for k, v in _pairs(request, "headers").items()}
    known = {name.lower() for name in headers}
    body = str(request.get("body") or "").encode()
    kind = _BODY_TYPES.get(str(request.get("bodyType") or ""))
    if form := _pairs(request, "form"):
        body = urlencode({str(k): str(v) for k, v in form.items()}).encode()
        kind = kind or _BODY_TYPES["application/x-www-form-urlencoded"]
    if body and kind and "content-type" not in known:
        headers["Content-Type"] = kind
    login = request.get("basicAuth")
    if isinstance(login, Mapping) and "authorization" not in known:
        pair = f"{login.get('username', '')}:{login.get('password', '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers, body


@cache
def tls_context(insecure: bool) -> ssl.SSLContext:
    """TLS context that verifies certificates unless ``insecure``. Loads the system's certificate authorities:
    slow.
    """
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def connect(
    host: str,
    port: int,
    guard: Guard,
    context: ssl.SSLContext | None,
    timings: dict[str, float],
    servername: str = "",
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a checked address of ``host``, the next one if one refuses.

    Adds ``dns``, ``tcp`` and ``ssl`` (ms) to ``timings``.

    ``servername`` is the TLS server name (SNI), if other than the host. Raises :class:`ProbeError`.
    """
    began = time.perf_counter()
    try:
        addresses = await checked_addresses(host, port, guard.private_targets)
    except OutboundError as error:
        raise ProbeError("DNS" if "cannot be resolved" in str(error) else "DENIED", str(error)) from None
    timings["dns"] = _since(began)
    began = time.perf_counter()
    reader, writer = await _opened(host, addresses, port)
    timings["tcp"] = _since(began)
    if context is not None:
        began = time.perf_counter()
        try:
            await writer.start_tls(context, server_hostname=servername or host, ssl_handshake_timeout=30)
        except (OSError, ValueError) as error:  # ValueError: a name that TLS cannot send
            writer.close()
            raise ProbeError("SSL", f"{host}:{port}: {error}") from None
        except BaseException:  # the time of the probe is over
            writer.transport.abort()
            raise
        timings["ssl"] = _since(began)
    return reader, writer


async def _opened(
    host: str, addresses: Sequence[str], port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connection to the first address that takes one: a server may listen at only one of its family."""
    problem = OSError(f"{host} has no address")
    for address in list(dict.fromkeys(addresses))[:_MAX_ADDRESSES]:
        try:
            return await asyncio.open_connection(address, port, limit=2**18)
        except OSError as error:
            problem = error
    if isinstance(problem, ConnectionRefusedError):
        raise ProbeError("CONNREFUSED", f"{host}:{port} refused the connection")
    raise ProbeError(_CODES.get(problem.errno or 0, "UNKNOWN"), f"{host}:{port}: {problem}")


#: errno to failure codes.
_CODES = {
    errno.ENETUNREACH: "NETUNREACH",
    errno.ECONNRESET: "CONNRESET",
    errno.ETIMEDOUT: "TIMEOUT",
    errno.ECONNREFUSED: "CONNREFUSED",
    errno.EHOSTUNREACH: "HOSTUNREACH",
}


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)


async def _once(
    method: str, url: str, headers: Mapping[str, str], body: bytes, context: ssl.SSLContext, guard: Guard
) -> Measured:
    try:
        parts = checked_url(url)
    except OutboundError as error:
        raise ProbeError("INVALID_REQUEST", str(error)) from None
    host, secure = parts.hostname or "", parts.scheme == "https"
    timings: dict[str, float] = {}
    began = time.perf_counter()
    port = parts.port or (443 if secure else 80)
    reader, writer = await connect(host, port, guard, context if secure else None, timings)
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=2**17)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _URL_CHARACTERS)
        given = _sent_headers(parts.netloc, headers, body)
        head = h11.Request(method=method, target=target.encode(), headers=given)
        sent = time.perf_counter()
        for event in (head, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        status, fields, payload = await _read(connection, reader, timings, sent)
        timings["total"] = _since(began)
        raw = await asyncio.to_thread(_decoded, payload, fields.get("content-encoding", ""))
        tls = writer.get_extra_info("ssl_object")
        return Measured(
            status,
            fields,
            raw.decode("utf-8", "replace"),
            raw,
            timings,
            tls_version=tls.version() if tls else "",
        )
    except h11.LocalProtocolError as error:
        raise ProbeError("INVALID_REQUEST", str(error)) from None
    except h11.RemoteProtocolError as error:
        raise ProbeError("MALFORMED_RESPONSE", str(error)) from None
    except OSError as error:
        raise ProbeError(_CODES.get(error.errno or 0, "CONNRESET"), f"{host}: {error}") from None
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1.0)


def _sent_headers(netloc: str, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    """The headers of a request: those of the test replace the usual ones, whatever their case."""
    host = netloc if netloc.isascii() else netloc.encode("idna").decode()
    usual = {"Host": host, "User-Agent": "Heeler/Synthetics", "Accept": "*/*",
             "Accept-Encoding": "gzip, deflate"}  # fmt: skip
    own = ("connection", "content-length", "transfer-encoding")  # as this probe frames the body
    chosen = {name.lower() for name in headers}
    return [
        *((name, value) for name, value in usual.items() if name.lower() not in chosen),
        *((name, value) for name, value in headers.items() if name.lower() not in own),
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
    ]


async def _read(
    connection: h11.Connection, reader: asyncio.StreamReader, timings: dict[str, float], sent: float
) -> tuple[int, dict[str, str], bytes]:
    status, fields, parts, size = 0, {}, [], 0
    started = sent
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_BYTES))
            await asyncio.sleep(0)  # what has arrived may be thousands of small chunks
        elif event is h11.PAUSED:
            raise ProbeError("MALFORMED_RESPONSE", "the server switches to another protocol")
        elif isinstance(event, h11.Response):
            status, fields = event.status_code, _fields(event)
            timings["firstByte"], started = _since(sent), time.perf_counter()
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > MAX_BODY:
                raise ProbeError("BODY_TOO_LARGE", f"the body has more than {MAX_BODY:,} bytes")
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            timings["download"] = _since(started)
            return status, fields, b"".join(parts)


def _fields(response: h11.Response) -> dict[str, str]:
    """Headers by lower-case name; those that are repeated are one list, but of redirects the first counts."""
    fields: dict[str, str] = {}
    for name, value in ((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers):
        if name not in fields:
            fields[name] = value
        elif name != "location":
            fields[name] = f"{fields[name]}, {value}"
    return fields


def _decoded(payload: bytes, encoding: str) -> bytes:
    kind = encoding.lower().removeprefix("x-")
    if kind not in ("gzip", "deflate") or not payload:
        return payload
    # "deflate" is a zlib stream, but many servers send one without its header.
    raw = kind == "deflate" and not (payload[0] & 15 == 8 and int.from_bytes(payload[:2]) % 31 == 0)
    found = b""
    for _ in range(_MAX_GZIP_MEMBERS):
        reader = zlib.decompressobj(-15 if raw else 47 if kind == "gzip" else 15)
        try:
            found += reader.decompress(payload, MAX_BODY + 1 - len(found))
        except zlib.error as error:
            raise ProbeError("DECRYPTION", f"the {encoding} body cannot be read: {error}") from None
        if len(found) > MAX_BODY:
            raise ProbeError("BODY_TOO_LARGE", f"the body has more than {MAX_BODY:,} bytes")
        if not reader.eof:
            raise ProbeError("DECRYPTION", f"the {encoding} body is cut off")
        payload = reader.unused_data if kind == "gzip" else b""
        if not payload.startswith(b"\x1f\x8b"):
            return found  # what follows the last member is padding
    raise ProbeError("DECRYPTION", f"the {encoding} body has more than {_MAX_GZIP_MEMBERS} members")
