"""The systemd journal, read as JSON through a ``journalctl`` process, from the last stored cursor."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from heeler.agent.logs.message import Message
from heeler.agent.logs.receiver import Receiver
from heeler.agent.logs.rules import apply_rules
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.syslog import STATUSES

log = logging.getLogger("heeler.agent.logs")
_QUEUED_MESSAGES = 2_000
_PAUSE_SECONDS = 5.0


class Journal(Receiver):
    """Follows one journal. ``take`` is called by the component's thread; a separate thread reads."""

    def __init__(
        self, source: LogSource, cursor: str, command: str = "journalctl", *, sleep: Callable[[float], Any]
    ) -> None:
        super().__init__(source, _QUEUED_MESSAGES)
        self.origin = f"journald:{source.path or 'default'}"
        self.problem = "" if shutil.which(command) else f"{command} is not installed"
        self._command = command
        self._cursor = cursor
        self._sleep = sleep
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="journald", daemon=True)

    def start(self) -> None:
        if not self.problem:
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._process is not None:
            self._process.terminate()
        if self._thread.ident is not None:
            self._thread.join(2.0)

    def arguments(self) -> list[str]:
        """Command line that reads this source from its cursor."""
        source = self.source
        units = [f"--unit={unit}" for unit in source.units]
        place = [f"--directory={source.path}"] if source.path else []
        begin = ["--no-tail"] if source.start in ("beginning", "forceBeginning") else ["--lines=0"]
        begin = [f"--after-cursor={self._cursor}"] if self._cursor else begin
        return [
            self._command,
            "--follow",
            "--output=json",
            "--all",
            *place,
            *begin,
            *units,
            *source.matches,
        ]

    def _run(self) -> None:
        while not self._stop.is_set():
            self._process = subprocess.Popen(
                self.arguments(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
            )
            self._read(self._process)
            if not self._stop.is_set():
                self._sleep(_PAUSE_SECONDS)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None or process.stderr is None:
            return
        with process.stdout, process.stderr:
            for line in process.stdout:
                self._entry(line)
            stderr = process.stderr.read(500).decode(errors="replace").strip()
        code = process.wait()
        if not self._stop.is_set():
            self.problem = f"journalctl ended with {code}: {stderr}"
            log.warning("%s; it is started again", self.problem)

    def _entry(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
        except ValueError:
            self.counts["read_errors"] += 1
            return
        self.problem = ""
        self._cursor = str(fields.get("__CURSOR", self._cursor))
        if str(fields.get("_SYSTEMD_UNIT", "")) in self.source.exclude_units:
            return
        text = apply_rules(_text(fields.get("MESSAGE")), self.source.rules)
        if not text:
            self.counts["excluded"] += 1
            return
        self.counts["messages"] += 1
        self._put(message_of(fields, text, self.source, self.origin, self._cursor))


def message_of(fields: dict[str, Any], text: str, source: LogSource, origin: str, cursor: str) -> Message:
    """The message of a journal entry; the service is the source's, else the program."""
    priority = str(fields.get("PRIORITY", "6"))
    status = STATUSES[int(priority)] if priority.isdigit() and int(priority) < len(STATUSES) else "info"
    program = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM") or fields.get("_SYSTEMD_UNIT") or ""
    unit = fields.get("_SYSTEMD_UNIT")
    stamp = str(fields.get("__REALTIME_TIMESTAMP", ""))
    return Message(
        text,
        source,
        tags=(f"unit:{unit}",) if unit else (),
        origin=origin,
        path=origin,
        cursor=cursor,
        status=status,
        timestamp=int(stamp) // 1000 if stamp.isdigit() else round(time.time() * 1000),
        service=str(program),
    )


def _text(message: Any) -> str:
    """Decode a MESSAGE field: text, or a list of bytes if it is not UTF-8."""
    if isinstance(message, list):
        numbers = [one for one in message if isinstance(one, int) and 0 <= one < 256]
        return bytes(numbers).decode(errors="replace")
    return str(message or "")
