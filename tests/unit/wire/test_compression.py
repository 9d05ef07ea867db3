"""Bodies as they come off the wire: every encoding, limits, damage."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.compression import TooLarge, inflate
from heeler.wire.metrics.series import PayloadError

TEXT = b"system.load.1 is a metric of the Agent. " * 50
MOST = 10_000_000


def raw_deflate(body: bytes) -> bytes:
    made = zlib.compressobj(6, zlib.DEFLATED, -15)
    return made.compress(body) + made.flush()


def snappy(body: bytes) -> bytes:
    return bytes(pa.Codec("snappy").compress(body, asbytes=True))


def zstd_without_size(body: bytes) -> bytes:
    made = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return made.compress(body) + made.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "zstd1": zstd_without_size,
    "snappy": snappy,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", ENCODERS)
@given(body=st.binary(max_size=3000))
def test_what_was_deflated_is_inflated(encoding: str, body: bytes) -> None:
    assert inflate(ENCODERS[encoding](body), encoding, MOST) == body
    assert inflate(ENCODERS[encoding](body), encoding.upper(), MOST) == body


@given(st.binary(max_size=3000))
def test_deflate_may_come_without_its_frame(body: bytes) -> None:
    assert inflate(raw_deflate(body), "deflate", MOST) == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "zstd1", "snappy"])
def test_large_bodies_of_little_information(encoding: str) -> None:
    body = b"a" * 3_500_000
    assert inflate(ENCODERS[encoding](body), encoding, MOST) == body


def test_several_members_are_one_body() -> None:
    assert inflate(gzip.compress(b"a") + gzip.compress(TEXT), "gzip", MOST) == b"a" + TEXT
    assert inflate(zstandard.compress(b"a") + zstandard.compress(TEXT), "zstd", MOST) == b"a" + TEXT
    assert inflate(zstd_without_size(b"a") + zstandard.compress(TEXT), "zstd", MOST) == b"a" + TEXT


def test_encodings_are_taken_off_from_the_last() -> None:
    body = zstandard.compress(gzip.compress(TEXT))
    assert inflate(body, "gzip, zstd", MOST) == TEXT
    assert inflate(body, " GZIP ,zstd,identity", MOST) == TEXT
    with pytest.raises(PayloadError):
        inflate(body, "zstd, gzip", MOST)
    with pytest.raises(PayloadError, match="more than"):
        inflate(body, "gzip,gzip,gzip,gzip", MOST)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "zstd1", "snappy"])
def test_a_body_that_is_cut_off_or_damaged_is_refused(encoding: str) -> None:
    body = ENCODERS[encoding](TEXT)
    for broken in (body[:-1], body[: len(body) // 2], body[:1], b"\xff" * 20, b"plain text"):
        with pytest.raises(PayloadError):
            inflate(broken, encoding, MOST)


def test_a_changed_byte_of_the_content_is_noticed() -> None:
    body = bytearray(gzip.compress(TEXT))
    body[-5] ^= 1  # of the checksum
    with pytest.raises(PayloadError):
        inflate(bytes(body), "gzip", MOST)


@pytest.mark.parametrize("encoding", ["br", "compress", "gzip;q=1", "x" * 1000])
def test_an_unknown_encoding_is_named(encoding: str) -> None:
    with pytest.raises(PayloadError, match="Supported") as raised:
        inflate(TEXT, encoding, MOST)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("encoding", ENCODERS)
def test_the_limit_is_the_largest_that_is_taken(encoding: str) -> None:
    body = ENCODERS[encoding](TEXT)
    assert inflate(body, encoding, len(TEXT)) == TEXT
    with pytest.raises(TooLarge) as raised:
        inflate(body, encoding, len(TEXT) - 1)
    assert raised.value.limit == len(TEXT) - 1


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "zstd1", "snappy"])
def test_a_bomb_stops_at_the_limit(encoding: str) -> None:
    body = ENCODERS[encoding](b"\0" * 20_000_000)
    with pytest.raises(TooLarge):
        inflate(body, encoding, 100_000)


def test_a_small_body_may_not_inflate_without_end() -> None:
    bomb = zstandard.compress(b"\0" * 30_000_000)
    with pytest.raises(TooLarge):
        inflate(bomb, "zstd", 10**9)


def test_a_size_that_is_said_and_not_kept_is_no_reason_to_allocate() -> None:
    with pytest.raises(TooLarge):
        inflate(b"\xff\xff\xff\x7f" + b"\0" * 10, "snappy", 10**10)
    with pytest.raises(PayloadError):
        inflate(b"\x80\x80\x40" + b"\0" * 10, "snappy", 10**10)
    with pytest.raises(PayloadError):
        inflate(b"", "snappy", MOST)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_an_empty_body_is_empty(encoding: str) -> None:
    assert inflate(b"", encoding, MOST) == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "snappy"])
@given(body=st.binary(max_size=200))
def test_no_bytes_are_an_error_of_ours(encoding: str, body: bytes) -> None:
    with contextlib.suppress(PayloadError, TooLarge):
        assert isinstance(inflate(body, encoding, 1_000_000), bytes)
