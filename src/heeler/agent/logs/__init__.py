"""The component ``logs``: follows the files that ``conf.d`` names and sends their lines."""

from __future__ import annotations

import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from heeler.agent.component import ComponentContext
from heeler.agent.logs.batch import Batcher
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.sources import LogSource, load_sources
from heeler.agent.logs.tailer import Line, Tailer

_POLL_SECONDS = 0.25


def main(context: ComponentContext) -> None:
    """Work until asked to stop."""
    LogsComponent(context).run()


class LogsComponent:
    """Owns the tailers; everything happens in one thread."""

    def __init__(self, context: ComponentContext) -> None:
        config = context.config
        self._context = context
        self._sources, self._problems = load_sources(config)
        self._registry = Registry(config.run_path / "registry.json")
        forwarder = context.forwarder_to(config.text("logs_config.logs_dd_url"))
        self._batcher = Batcher(forwarder, context.hostname.name, self._handed_over)
        self._tailers: dict[Path, Tailer] = {}
        self._started = False

    def run(self) -> None:
        config, log = self._context.config, self._context.log
        for problem in self._problems:
            log.error("%s", problem)
        self._context.provide_status(self._status)
        self._context.ready()
        log.info("Following the files of %d sources", len(self._sources))
        scan_at = flush_at = 0.0
        try:
            while not self._context.stop.wait(_POLL_SECONDS):
                now = time.monotonic()
                if now >= scan_at:
                    self._scan()
                    scan_at = now + config.number("logs_config.file_scan_period")
                self._read()
                if now >= flush_at:
                    self._batcher.flush()
                    self._registry.save()
                    flush_at = now + config.number("logs_config.batch_wait")
        finally:
            self._end()

    def _end(self) -> None:
        self._read()
        self._batcher.flush()
        self._registry.save()
        for tailer in self._tailers.values():
            tailer.close()

    def _scan(self) -> None:
        """Open files that appeared; at most ``open_files_limit``, the newest first."""
        found = {path: source for source in self._sources for path in _files(source)}
        most = self._context.config.integer("logs_config.open_files_limit")
        new = [path for path in found if path not in self._tailers]
        for path in sorted(new, key=_changed, reverse=True)[: max(most - len(self._tailers), 0)]:
            self._open(path, found[path])
        self._started = True

    def _open(self, path: Path, source: LogSource) -> None:
        most_bytes = self._context.config.integer("logs_config.max_message_size_bytes")
        try:
            tailer = Tailer(path, source, 0, most_bytes)
            known = self._registry.offset(tailer.identity)
            offset = self._beginning(path, source, known)
            if offset:
                tailer.close()
                tailer = Tailer(path, source, offset, most_bytes)
        except OSError as error:
            problem = f"{path} ({source.file}) cannot be read: {error.strerror}; let this user read it"
            if problem not in self._problems:
                self._problems.append(problem)
                self._context.log.error("%s", problem)
            return
        self._tailers[path] = tailer
        self._context.log.info("Following %s from byte %d", path, offset)

    def _beginning(self, path: Path, source: LogSource, known: int | None) -> int:
        """Where to begin: where it was left, else by ``start_position``; a file that is new, at its start."""
        size = path.stat().st_size
        if source.start == "forceBeginning":
            return 0
        if source.start == "forceEnd":
            return size
        if known is not None and known <= size:
            return known
        return 0 if source.start == "beginning" or self._started or known is not None else size

    def _read(self) -> None:
        for path, tailer in list(self._tailers.items()):
            try:
                lines = tailer.finish() if tailer.rotated else tailer.read()
            except OSError as error:
                self._context.log.error("%s cannot be read any more: %s", path, error)
                lines = []
            for line in lines:
                self._batcher.add(line)
            if tailer.rotated:
                tailer.close()
                del self._tailers[path]
                if path.exists():
                    self._open(path, tailer.source)

    def _handed_over(self, lines: list[Line]) -> None:
        for line in lines:
            self._registry.set(line.identity, line.path, line.offset)

    def _status(self) -> dict[str, Any]:
        return {
            "sources": len(self._sources),
            "files": {str(path): tailer.offset for path, tailer in list(self._tailers.items())},
            "sent": self._batcher.total,
            "problems": self._problems,
        }


def _files(source: LogSource) -> list[Path]:
    anchor = Path(source.path).anchor
    found = Path(anchor).glob(str(Path(source.path).relative_to(anchor)))
    return [
        path
        for path in found
        if path.is_file() and not any(fnmatch(str(path), pattern) for pattern in source.exclude)
    ]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
