"""Progress line with rate and remaining time, on terminals only."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self


class ProgressLine:
    """Callback with bytes done and total bytes."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._shown = 0.0
        self._visible = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._visible or (now - self._shown < 0.2 and done < total):
            return
        self._shown = now
        text = describe(self._what, done, total, now - self._began)
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def describe(what: str, done: int, total: int, seconds: float) -> str:
    """Format ``Restoring 1.2 GiB of 4.0 GiB (30%), 210.0 MiB/s, 14 s left``; 100% only when all is done."""
    percent = done * 100 // total if total else 100
    rate = done / seconds if seconds > 0 else 0.0
    left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
    return f"{what} {human_bytes(done)} of {human_bytes(total)} ({percent}%), {human_bytes(rate)}/s{left}"


def human_bytes(count: float) -> str:
    """Format bytes: ``1536`` is ``1.5 KiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < (1023.5 if unit == "B" else 1023.95):  # above, it would be shown as 1024
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
