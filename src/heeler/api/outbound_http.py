"""Outbound HTTP client with an SSRF guard, for all calls of the server to configured addresses.

The host name is resolved once, every resulting address is checked, and the connection is made to the checked
address, so that a changed DNS answer has no effect (DNS rebinding). Redirects are not followed. Private
targets are refused unless ``HEELER_PRIVATE_TARGETS`` lists them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import SplitResult, urlsplit

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_LENGTH = 2048
MAX_ANSWER_BYTES = 1 * 2**20
_MAX_HEAD_LINES = 200
#: Resolves names: one that is slow to answer keeps a thread for as long, which must be nobody else's.
_RESOLVERS = ThreadPoolExecutor(8, thread_name_prefix="resolve")

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
#: The public unicast range of IPv6; everything else is special.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: Reserved ranges that `ipaddress` of older Python versions considers public, and one address that is public
#: by number but is a metadata service inside one cloud.
# by  its number but the platform's own service inside one cloud.
_RESERVED: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


class OutboundError(RuntimeError):
    """The call was refused or got no response; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Target:
    """Resolved URL: the host as written, the address to connect to and the port."""

    parts: SplitResult
    host: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response. ``body`` is truncated at the caller's limit. ``headers`` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def checked_url(url: str) -> SplitResult:
    """Parse an http or https URL with a host and a valid port. Raises :class:`OutboundError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise OutboundError(f"Invalid URL: {url[:200]!r}. {error}") from None
    if len(url) > MAX_URL_LENGTH:
        raise OutboundError(f"Invalid URL: longer than {MAX_URL_LENGTH} characters")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise OutboundError(f"Invalid URL: {url[:200]!r}. Expected http://host/path or https://host/path")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise OutboundError("Invalid URL: it contains spaces or control characters")
    if parts.username is not None or parts.password is not None:
        raise OutboundError("Invalid URL: send credentials in a header, not in the URL")
    return parts


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: the scope of a webhook's secrets."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def is_public(ip: IP) -> bool:
    """Whether ``ip`` is a public internet address, also for IPv6 with an embedded IPv4 address."""
    if any(ip in network for network in _RESERVED):
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        carried = _carried(ip)
        if carried is not None:
            return is_public(carried)
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _carried(ip: ipaddress.IPv6Address) -> IP | None:
    """The embedded IPv4 address of a mapped, translated (NAT64) or tunneled (6to4) address."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _SIX_TO_FOUR:
        return ip.sixtofour
    if ip in _NAT64 or ip in _COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def is_allowed(host: str, address: str, private_targets: Sequence[str]) -> bool:
    """Whether a call to ``host`` at ``address`` may be made."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if is_public(ip):
        return True
    for target in private_targets:
        if target == host.lower().rstrip("."):
            return True
        try:
            network = ipaddress.ip_network(target, strict=False)
        except ValueError:
            continue
        if ip in network or (getattr(ip, "ipv4_mapped", None) or ip) in network:
            return True
    return False


async def resolve(url: str, private_targets: Sequence[str] = ()) -> Target:
    """Resolve ``url``. Raises :class:`OutboundError` if any address of its host is not allowed."""
    parts = checked_url(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = await checked_addresses(host, port, private_targets)
    return Target(parts, host, addresses[0], port)


async def checked_addresses(host: str, port: int, private_targets: Sequence[str] = ()) -> list[str]:
    """Addresses of ``host``, at least one. Raises :class:`OutboundError` if any of them is not allowed."""
    try:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    except (OSError, UnicodeError) as error:
        raise OutboundError(f"{host} cannot be resolved: {error}") from error
    addresses = [str(item[4][0]) for item in found]
    for address in addresses:
        if not is_allowed(host, address, private_targets):
            raise OutboundError(
                f"{host} ({address}) is a private, link-local or reserved address. An operator of the "
                "server can allow it with HEELER_PRIVATE_TARGETS"
            )
    return addresses


async def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    private_targets: Sequence[str] = (),
    seconds: float = 15.0,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Make one HTTP request to a checked address. Raises :class:`OutboundError`; any status is returned."""
    try:
        async with asyncio.timeout(seconds):
            return await _call(method, await resolve(url, private_targets), headers, body, most_bytes)
    except (OSError, TimeoutError, ValueError, EOFError) as error:
        raise OutboundError(f"{url}: {str(error) or 'no answer in time'}") from error


async def _call(
    method: str, target: Target, headers: Mapping[str, str], body: bytes, most_bytes: int
) -> Answer:
    secure = target.parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        target.address,
        target.port,
        ssl=await asyncio.to_thread(_tls) if secure else None,
        server_hostname=target.host if secure else None,
    )
    try:
        writer.write(_head(method, target, headers, len(body)) + body)
        await writer.drain()
        return await _answer(reader, most_bytes)
    finally:
        writer.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _head(method: str, target: Target, headers: Mapping[str, str], length: int) -> bytes:
    parts = target.parts
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {
        "Host": parts.netloc,
        "Content-Length": str(length),
        "Connection": "close",
        "User-Agent": "heeler",
        **headers,
    }
    lines = [f"{method} {_one_line(path)} HTTP/1.1"]
    lines += [f"{_one_line(name)}: {_one_line(value)}" for name, value in given.items()]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


async def _answer(reader: asyncio.StreamReader, most_bytes: int) -> Answer:
    words = (await reader.readline()).split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("the answer is not HTTP")
    fields: dict[bytes, bytes] = {}
    for _ in range(_MAX_HEAD_LINES):
        line = (await reader.readline()).strip()
        if not line:
            break
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields.items()}
    return Answer(int(words[1]), await _body(reader, fields, most_bytes), named)


async def _body(reader: asyncio.StreamReader, fields: Mapping[bytes, bytes], most_bytes: int) -> bytes:
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        return await _chunks(reader, most_bytes)
    length = fields.get(b"content-length", b"")
    if length.isdigit():
        return await reader.readexactly(min(int(length), most_bytes))
    parts, size = [], 0
    while size < most_bytes and (part := await reader.read(65_536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)[:most_bytes]


async def _chunks(reader: asyncio.StreamReader, most_bytes: int) -> bytes:
    parts, size = [], 0
    while size < most_bytes:
        length = int((await reader.readline()).partition(b";")[0], 16)
        if not 0 < length <= most_bytes:
            break
        parts.append(await reader.readexactly(length))
        size += length
        await reader.readline()
    return b"".join(parts)[:most_bytes]
