"""Capture on request, replay in the same rhythm."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.dogstatsd.capture import REQUEST, Capture, replay, request_capture


def test_a_capture_ends_by_itself_and_can_be_replayed(tmp_path: Path) -> None:
    file = tmp_path / "capture.jsonl"
    request_capture(tmp_path, file, 60.0)
    one = Capture(tmp_path)
    one.take(b"before:1|c\n")
    import time

    now = time.time()
    one.tick(now)
    one.take(b"a:1|c\nb:1|c\n")
    one.tick(now + 61)
    one.take(b"after:1|c\n")
    assert not (tmp_path / REQUEST).exists()
    sent: list[bytes] = []
    pauses: list[float] = []
    assert replay(file, sent.append, pauses.append, loops=2) == 4
    assert sent == [b"a:1|c\nb:1|c\n"] * 2


def test_a_broken_request_or_capture_is_named(tmp_path: Path) -> None:
    (tmp_path / REQUEST).write_text("{")
    Capture(tmp_path).tick(1.0)
    assert not (tmp_path / REQUEST).exists()
    (tmp_path / "c").write_text("[1]\n")
    with pytest.raises(ValueError, match="line 1"):
        replay(tmp_path / "c", lambda _: None, lambda _: None)
