"""Decompression of bodies: identity, gzip, deflate (zlib, or raw as some clients send it), zstd.

Decompression stops at a limit before it allocates, so that a decompression bomb costs nothing.
"""

from __future__ import annotations

import contextlib
import threading
import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import zstandard

from heeler.wire.body_limits import ANY_RATIO_BYTES, MAX_RATIO, LimitExceeded
from heeler.wire.metrics.series import PayloadError
from heeler.wire.protobuf import varint

fast_zlib: ModuleType
try:
    from isal import isal_zlib as fast_zlib
except ImportError:  # the agent's installation lacks it
    fast_zlib = zlib

_CHUNK = 1 << 20
_MAX_ENCODINGS = 3
_ERRORS: tuple[type[Exception], ...] = (zlib.error, fast_zlib.error, zstandard.ZstdError)


class TooLarge(LimitExceeded):
    """The body is larger than ``limit`` bytes when decompressed (413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes after decompression")
        self.limit = limit


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Decompress ``body`` by its ``Content-Encoding``. Raises :class:`TooLarge` or ``PayloadError``."""
    limit = min(limit, max(ANY_RATIO_BYTES, len(body) * MAX_RATIO))
    if encoding.count(",") >= _MAX_ENCODINGS:
        raise PayloadError(f"Content-Encoding names more than {_MAX_ENCODINGS} encodings")
    try:
        for name in reversed([part.strip().lower() for part in encoding.split(",")]):
            body = _decoder(name, body)(body, limit)
    except _ERRORS as error:
        raise PayloadError(f"The body is not {encoding}: {error}") from None
    if len(body) > limit:
        raise TooLarge(limit)
    return body


def _decoder(name: str, body: bytes) -> Callable[[bytes, int], bytes]:
    if name in ("", "identity"):
        return lambda body, _: body
    if name in ("gzip", "x-gzip"):
        return lambda body, limit: _zlib(body, limit, 31)
    if name == "deflate":
        # RFC 9110 specifies zlib; its first byte distinguishes it from the raw deflate that some clients
        # send.
        wrapped = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
        return lambda body, limit: _zlib(body, limit, 15 if wrapped else -15)
    if name in ("zstd", "zstd1"):
        return _zstd
    if name == "snappy":
        return _snappy
    raise PayloadError(
        f"Unknown Content-Encoding {name[:50]!r}. Supported: identity, deflate, gzip, zstd, snappy"
    )


def _zlib(body: bytes, limit: int, window: int) -> bytes:
    out: list[bytes] = []
    size = 0
    while body:
        stream: Any = fast_zlib.decompressobj(window)
        feed = body
        while True:
            part = stream.decompress(feed, _CHUNK)
            size += len(part)
            if size > limit:
                raise TooLarge(limit)
            out.append(part)
            feed = stream.unconsumed_tail
            if stream.eof or (not feed and not part):
                break
        if not stream.eof:
            raise PayloadError("The compressed body is cut off")
        # Gzip may have several members; data after other streams is ignored.
        body = stream.unused_data if window == 31 else b""
    return out[0] if len(out) == 1 else b"".join(out)


class _Decompressors(threading.local):
    """One zstd context a thread: creating one costs more than decompressing a small body."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdDecompressor(max_window_size=1 << 27)


_own = _Decompressors()


def _zstd(body: bytes, limit: int) -> bytes:
    if 0 < zstandard.frame_content_size(body) <= limit:
        with contextlib.suppress(zstandard.ZstdError):  # several frames, or corrupt: distinguished below
            return _own.zstd.decompress(body, allow_extra_data=False)
    return _zstd_in_pieces(body, limit)


def _snappy(body: bytes, limit: int) -> bytes:
    """Decompress a snappy block (not a framed stream): its first varint is its size."""
    try:
        import pyarrow as pa  # the agent's installation lacks it
    except ImportError:
        raise PayloadError("Content-Encoding 'snappy' is not available here") from None
    size, _ = varint(body, 0)
    if size > limit:
        raise TooLarge(limit)
    try:
        plain: bytes = pa.Codec("snappy").decompress(body, size, asbytes=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise PayloadError(f"The body is not a block of snappy: {error}") from None
    return plain


def _zstd_in_pieces(body: bytes, limit: int) -> bytes:
    out: list[bytes] = []
    size = 0
    while body:
        stream = _own.zstd.decompressobj()
        for at in range(0, len(body), _ZSTD_FEED):
            part = stream.decompress(body[at : at + _ZSTD_FEED])
            size += len(part)
            if size > limit:
                raise TooLarge(limit)
            out.append(part)
            if stream.eof:
                body = stream.unused_data + body[at + _ZSTD_FEED :]
                break
        else:
            raise PayloadError("The compressed body is cut off")
    return b"".join(out)


#: A zstd block of 128 KiB can be as small as four bytes, so input is fed in pieces that bound the output.
_ZSTD_FEED = 512
