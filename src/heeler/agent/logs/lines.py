"""Splits bytes into lines, and joins lines into multi-line messages. No files, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from heeler.agent.logs.rules import TRUNCATED

STARTS_WITH_TIME = re.compile(
    r"^\W{0,2}(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.](?:\d{1,2}|[A-Za-z]{3})[-/.]\d{2,4}"
    r"|(?:[A-Z][a-z]{2},? +)?(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} [A-Z][a-z]{2})[ ,]"
    r"|\d{2}:\d{2}:\d{2}|\d{10,13}[. ]|[IWEF]\d{4} \d{2}:)"
)
"""Pattern of the first line of a message with ``auto_multi_line_detection``."""
_UTF8_CONTINUATION = range(0x80, 0xC0)
_WIDTHS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}


@dataclass
class LineSplitter:
    """Splits bytes into lines; an incomplete line is buffered, at most ``most_bytes`` of it.

    A longer line becomes several messages, marked with ``...TRUNCATED...`` at the cuts, as the Agent does;
    nothing is lost.
    """

    encoding: str = "utf-8"
    most_bytes: int = 900_000
    waiting: bytes = b""
    cut: bool = False
    """Whether ``waiting`` continues a message that was cut."""

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """Each message and the number of bytes consumed, including the line end."""
        newline = "\n".encode(self.encoding)
        data = self.waiting + data if self.waiting else data
        lines: list[tuple[str, int]] = []
        at = 0
        while (end := self._find(data, newline, at)) >= 0:
            at = self._cut(data, at, end, lines)
            lines.append((self._text(data[at:end], more=False), end + len(newline) - at))
            at = end + len(newline)
        at = self._cut(data, at, len(data), lines)
        self.waiting = data[at:]
        return lines

    def flush(self) -> tuple[str, int] | None:
        """Return the buffered incomplete line as a message."""
        if not self.waiting:
            return None
        size = len(self.waiting)
        text, self.waiting = self._text(self.waiting, more=False), b""
        return text, size

    def _cut(self, data: bytes, at: int, end: int, lines: list[tuple[str, int]]) -> int:
        """Messages of ``most_bytes`` from ``at`` on while more than that remains; and where the rest
        starts.
        """
        while end - at > self.most_bytes:
            size = self._boundary(data, at, self.most_bytes)
            lines.append((self._text(data[at : at + size], more=True), size))
            at += size
        return at

    def _boundary(self, data: bytes, at: int, size: int) -> int:
        """``size`` or slightly less, so that no character is split."""
        width = _WIDTHS.get(self.encoding, 1)
        size -= size % width
        if self.encoding == "utf-8":
            for back in range(4):
                if data[at + size - back] not in _UTF8_CONTINUATION:
                    return size - back or size
        return size

    def _find(self, data: bytes, newline: bytes, start: int) -> int:
        """Offset of the next line end; for wide encodings only on a character boundary."""
        at = data.find(newline, start)
        while at >= 0 and (at - start) % len(newline):
            at = data.find(newline, at + 1)
        return at

    def _text(self, raw: bytes, *, more: bool) -> str:
        text = raw.decode(self.encoding, "replace")
        text = (TRUNCATED if self.cut else "") + (text + TRUNCATED if more else text.rstrip("\r"))
        self.cut = more
        return text


@dataclass
class Joiner:
    """Joins lines into multi-line messages; ``first`` matches the first line of a message.

    With ``auto``, a line without a match is joined only to a message that had one: a source without
    timestamps stays line by line.
    """

    first: Any
    most_lines: int = 500
    auto: bool = False
    _lines: list[str] = field(default_factory=list)
    _bytes: int = 0

    def feed(self, line: str, size: int) -> list[tuple[str, int]]:
        """Completed messages, each with the bytes consumed."""
        if self.first is None:
            return [(line, size)]
        done: list[tuple[str, int]] = []
        starts = bool(self.first.search(line)) or (self.auto and line.startswith("{"))
        if self._lines and (starts or len(self._lines) >= self.most_lines):
            done = self.flush()
        if self.auto and not self._lines and (not starts or line.startswith("{")):
            return [*done, (line, size)]
        self._lines.append(line)
        self._bytes += size
        return done

    def flush(self) -> list[tuple[str, int]]:
        """Return the buffered message."""
        if not self._lines:
            return []
        done = [("\n".join(self._lines), self._bytes)]
        self._lines, self._bytes = [], 0
        return done

    @property
    def waits(self) -> bool:
        return bool(self._lines)
