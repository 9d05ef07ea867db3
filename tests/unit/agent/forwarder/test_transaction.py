from __future__ import annotations

import pytest

from heeler.agent.forwarder.transaction import (
    Verdict,
    backoff_seconds,
    compress,
    decompress,
    is_intake_response,
    verdict,
)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict.SENT), (202, Verdict.SENT), (204, Verdict.SENT), (301, Verdict.RETRY),
        (400, Verdict.DROPPED), (401, Verdict.RETRY), (403, Verdict.RETRY), (404, Verdict.RETRY),
        (408, Verdict.RETRY), (413, Verdict.SPLIT), (415, Verdict.DROPPED), (429, Verdict.RETRY),
        (500, Verdict.RETRY), (507, Verdict.RETRY),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, expected: Verdict) -> None:
    assert verdict(status) is expected


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b'{"status": "ok"}', True),
        ("", b"", True),
        ("text/plain", b" OK\n", True),
        ("text/plain", b"{}", True),
        ("application/x-protobuf", b"\x08\x01", True),
        ("text/html", b"<html>Sign in</html>", False),
        ("text/html; charset=utf-8", b"OK, sign in", False),
        ("application/json", b"[]", False),
        ("application/json", b"\xff", False),
        ("application/json", b"[" * 100_000, False),
    ],
)
def test_whose_answer_it_is(kind: str, body: bytes, expected: bool) -> None:
    assert is_intake_response({"Content-Type": kind}, body) is expected


@pytest.mark.parametrize("kind", ["zstd", "zlib", "deflate", "none"])
def test_a_body_is_read_back(kind: str) -> None:
    body = b"points" * 1000
    assert decompress(*compress(body, kind)) == body


def test_backoff_grows_within_its_bounds() -> None:
    given = {"factor": 2.0, "base": 2.0, "longest": 64.0}
    assert backoff_seconds(0, random=0.9, **given) == 0.0
    assert backoff_seconds(1, random=0.0, **given) == 2.0
    assert backoff_seconds(1, random=1.0, **given) == 4.0
    assert 32.0 <= backoff_seconds(10**6, random=0.5, **given) <= 64.0
