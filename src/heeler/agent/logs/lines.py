"""From bytes of a file to messages: lines, joined lines, processing rules. No files, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from heeler.agent.logs.sources import Rule

TRUNCATED = "...TRUNCATED..."
STARTS_WITH_TIME = re.compile(
    r"^\W{0,2}(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/]\w{2,3}[-/]\d{2,4}|[A-Z][a-z]{2} +\d{1,2} \d{2}:)"
)
"""What begins a message where ``auto_multi_line_detection`` is on."""


@dataclass
class LineSplitter:
    """Cuts bytes into lines; what has no end yet waits, at most ``most_bytes`` of it."""

    encoding: str = "utf-8"
    most_bytes: int = 900_000
    waiting: bytes = b""

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """Each complete line and the number of bytes that it took, its end included."""
        newline = "\n".encode(self.encoding)
        data = self.waiting + data
        lines, at = [], 0
        while (end := self._find(data, newline, at)) >= 0:
            size = end + len(newline) - at
            lines.append((self._text(data[at:end]), size))
            at = end + len(newline)
        self.waiting = data[at:]
        while len(self.waiting) > self.most_bytes:
            cut = self.waiting[: self.most_bytes]
            lines.append((self._text(cut) + TRUNCATED, len(cut)))
            self.waiting = self.waiting[self.most_bytes :]
        return lines

    def _find(self, data: bytes, newline: bytes, start: int) -> int:
        """The next line end; of two-byte encodings only one that stands on a character's boundary."""
        at = data.find(newline, start)
        while at >= 0 and (at - start) % len(newline):
            at = data.find(newline, at + 1)
        return at

    def _text(self, raw: bytes) -> str:
        text = raw.decode(self.encoding, "replace").rstrip("\r")
        return text if len(raw) <= self.most_bytes else text[: self.most_bytes] + TRUNCATED


@dataclass
class Joiner:
    """Puts lines that belong together into one message; ``first`` matches the beginning of a message."""

    first: re.Pattern[str] | None
    most_lines: int = 500
    _lines: list[str] = field(default_factory=list)
    _bytes: int = 0

    def feed(self, line: str, size: int) -> list[tuple[str, int]]:
        """Messages that are complete now, each with the bytes that it took."""
        if self.first is None:
            return [(line, size)]
        done = []
        if self._lines and (self.first.search(line) or len(self._lines) >= self.most_lines):
            done = self.flush()
        self._lines.append(line)
        self._bytes += size
        return done

    def flush(self) -> list[tuple[str, int]]:
        """What waits for a next line, as a message of its own."""
        if not self._lines:
            return []
        done = [("\n".join(self._lines), self._bytes)]
        self._lines, self._bytes = [], 0
        return done

    @property
    def waits(self) -> bool:
        return bool(self._lines)


def process(message: str, rules: Iterable[Rule]) -> str | None:
    """The message after masking; None when a rule leaves it out."""
    for rule in rules:
        if rule.type == "exclude_at_match" and rule.pattern.search(message):
            return None
        if rule.type == "include_at_match" and not rule.pattern.search(message):
            return None
        if rule.type == "mask_sequences":
            message = rule.pattern.sub(rule.placeholder, message)
    return message
