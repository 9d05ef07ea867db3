"""Stack trace parser for many languages: functions and files of the frames, innermost first."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

MAX_LINES = 400
_PYTHON = re.compile(r'^\s*File "([^"\n]+)", line (\d+)(?:, in (.+))?')
_JAVASCRIPT = re.compile(
    r"^\s*at (?:(?:async )?(.+?) \()?((?:file://|node:|webpack:|https?://)?[^():\n]+):(\d+):\d+\)?\s*$"
)
_JAVA = re.compile(r"^\s*at (?:[\w.$]+//?)?([\w.$<>]+)\(([\w$.]+\.(?:java|kt|scala|groovy))?:?(\d+)?[^)]*\)")
_DOTNET = re.compile(r"^\s*at (?>(.+?\)) in )(.+):line (\d+)")
_GO_PLACE = re.compile(r"^\s+(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?\s*$")
_RUBY = re.compile(r"^\s*(?:from )?([^\s:]+\.rb):(\d+):in ['`](.+)'")
_PHP = re.compile(r"^#\d+ (.+\.php)\((\d+)\): (.+?)\(")
_NOT_OURS = re.compile(
    r"site-packages|dist-packages|node_modules|/vendor/|<frozen|<string>|/lib/python\d|^node:|internal/"
    r"|/usr/lib/|/usr/local/go/|/go/pkg/mod/|/gems/|ddtrace|opentelemetry"
)
_NOT_OUR_FUNCTION = re.compile(
    r"^(?:java|javax|jdk|sun|com\.sun|kotlin|scala|org\.springframework|org\.apache|io\.netty|datadog|System|Microsoft"
    r"|runtime|net/http|reflect|testing)\b[./]"
)


class Frame(NamedTuple):
    """A stack frame. ``ours``: it is in the application, not in a library or a runtime."""

    file: str
    function: str
    line: int
    ours: bool


class Stack(NamedTuple):
    """A parsed stack trace. ``language`` is lower case, "" if unknown; frames are innermost first."""

    language: str
    frames: tuple[Frame, ...]

    @property
    def top(self) -> Frame | None:
        """The innermost frame of the application, else the innermost of all."""
        return next((frame for frame in self.frames if frame.ours), self.frames[0] if self.frames else None)


_Reader = Callable[[list[str]], list[Frame]]


def parse(text: str) -> Stack:
    """Parse a stack trace in the format of its language; no frames for other text."""
    lines = text.splitlines()[:MAX_LINES]
    for language, reader in _READERS.items():
        frames = reader(lines)
        if frames:
            return Stack(language, tuple(frames))
    return Stack("", ())


def _frame(file: str, function: str, line: str | None) -> Frame:
    ours = not _NOT_OURS.search(file) and not _NOT_OUR_FUNCTION.search(function)
    return Frame(file, function.strip(), int(line or 0), ours)


def _python(lines: list[str]) -> list[Frame]:
    found = [_frame(match[1], match[3] or "", match[2]) for line in lines if (match := _PYTHON.match(line))]
    return found[::-1]


def _go(lines: list[str]) -> list[Frame]:
    frames = []
    for above, line in pairwise(lines):
        if match := _GO_PLACE.match(line):
            frames.append(_frame(match[1], above.split("(", 1)[0].removeprefix("created by "), match[2]))
    return frames


def _by_line(pattern: re.Pattern[str], file: int, function: int, line: int) -> _Reader:
    def read(lines: list[str]) -> list[Frame]:
        return [
            _frame(match[file] or "", match[function] or "", match[line])
            for one in lines
            if (match := pattern.match(one))
        ]

    return read


_READERS: dict[str, _Reader] = {
    "python": _python,
    "dotnet": _by_line(_DOTNET, 2, 1, 3),
    "java": _by_line(_JAVA, 2, 1, 3),
    "javascript": _by_line(_JAVASCRIPT, 2, 1, 3),
    "ruby": _by_line(_RUBY, 1, 3, 2),
    "php": _by_line(_PHP, 1, 3, 2),
    "go": _go,
}
