"""Log formats of container runtimes: Docker's ``json-file``, and the CRI format of containerd and CRI-O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

_CRI = re.compile(r"^(\d{4}-\d\d-\d\dT\S+) (stdout|stderr) ([FP])\S* (.*)$", re.DOTALL)


@dataclass(frozen=True)
class ContainerLine:
    text: str
    status: str
    """``error`` for standard error, else ``info``, as in the Agent."""
    timestamp: int
    """Milliseconds since the epoch; 0 if the runtime's timestamp is invalid."""


class ContainerJoiner:
    """Parses the lines of a container runtime and reassembles split long lines."""

    def __init__(self) -> None:
        self._partial: dict[str, str] = {}

    def feed(self, line: str) -> ContainerLine | None:
        """The container's own line; None while parts of it are missing.

        A line in neither format is passed on unchanged.
        """
        parsed = _docker(line) or _cri(line)
        if parsed is None:
            return ContainerLine(line, "info", 0)
        text, stream, stamp, complete = parsed
        text = self._partial.pop(stream, "") + text
        if not complete:
            self._partial[stream] = text
            return None
        return ContainerLine(text, _status(stream), _milliseconds(stamp))

    def flush(self) -> list[ContainerLine]:
        """Return incomplete lines as lines of their own; called when no more data will come."""
        partial, self._partial = self._partial, {}
        return [ContainerLine(text, _status(stream), 0) for stream, text in partial.items()]


def _status(stream: str) -> str:
    return "error" if stream == "stderr" else "info"


def _docker(line: str) -> tuple[str, str, str, bool] | None:
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or "log" not in document:
        return None
    text = str(document["log"])
    return (
        text.rstrip("\r\n"),
        str(document.get("stream", "")),
        str(document.get("time", "")),
        text.endswith("\n"),
    )


def _cri(line: str) -> tuple[str, str, str, bool] | None:
    match = _CRI.match(line)
    return (match[4], match[2], match[1], match[3] == "F") if match else None


def _milliseconds(stamp: str) -> int:
    try:
        return int(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", stamp)).timestamp() * 1000)
    except ValueError:
        return 0
