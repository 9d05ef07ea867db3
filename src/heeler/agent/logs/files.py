"""Discovery of followed files: matches the sources' paths, up to ``logs_config.open_files_limit``."""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from heeler.agent.config import Config
from heeler.agent.logs.follower import Follower
from heeler.agent.logs.message import Message
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.shared_state import Shared
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.tailer import Counts, Tailer

log = logging.getLogger("heeler.agent.logs")
_DESCRIPTORS_BESIDE = 100


class Files:
    """Open log files of the component; single-threaded."""

    def __init__(
        self,
        sources: Sequence[LogSource],
        config: Config,
        registry: Registry,
        accepts: Callable[[], bool],
        *,
        from_start: bool = False,
    ) -> None:
        """``from_start`` reads every file from its start, regardless of the sources' settings."""
        self._sources = sources
        self._limit = config.integer("logs_config.open_files_limit")
        self._registry = registry
        self._shared = Shared(registry, config.number("logs_config.close_timeout"), accepts)
        self._followers: dict[Path, Follower] = {}
        self._counts = {source: Counts() for source in map(id, sources)}
        self._scanned = from_start
        self._not_followed = 0
        self.problems: dict[str, str] = {}
        """Unreadable files: path -> what to do."""
        _raise_descriptor_limit(self._limit)

    def scan(self, now: float) -> None:
        """Open new files, up to the limit, the newest first."""
        found = {path: source for source in self._sources for path in matching_files(source)}
        for path in [path for path, one in self._followers.items() if not one.tailers and path not in found]:
            del self._followers[path]
        new = [path for path in found if path not in self._followers and self._is_unread(path)]
        room = max(self._limit - len(self._followers), 0)
        if len(new) > room and len(new) - room != self._not_followed:
            log.warning(
                "%d files are not followed: logs_config.open_files_limit is %d", len(new) - room, self._limit
            )
        self._not_followed = max(len(new) - room, 0)
        for path in sorted(sorted(new, key=_changed, reverse=True)[:room]):
            self._open(path, found[path], now)
        self._scanned = True

    def poll(self, now: float) -> Iterator[Message]:
        """New messages of all files; stops early when no more are accepted."""
        for path, follower in list(self._followers.items()):
            if not self._shared.accepts():
                return
            yield from follower.poll(now)
            if not follower.tailers:
                del self._followers[path]

    @property
    def more(self) -> bool:
        """Whether some file has unread data."""
        return any(follower.more for follower in self._followers.values())

    def delivered(self, origin: str, path: str, offset: int) -> None:
        """Save ``offset`` as delivered for the file that has the content of ``origin``, if one has it."""
        identity = self._shared.origins.get(origin)
        if identity is None:
            return
        tailer = next((one for one in self._tailers() if one.origin == origin), None)
        self._registry.set(identity, path, offset, fingerprint=str(tailer.fingerprint) if tailer else None)

    def save_unmatched(self, is_settled: Callable[[str], bool]) -> None:
        """Save the read offset of files with nothing in flight: their last messages were excluded by
        rules.
        """
        in_use = set()
        for tailer in self._tailers():
            in_use.add(tailer.origin)
            entry = self._registry.get(tailer.identity)
            if is_settled(tailer.origin) and (entry is None or entry.offset != tailer.offset):
                self._registry.set(
                    tailer.identity, str(tailer.path), tailer.offset, fingerprint=str(tailer.fingerprint)
                )
        origins = self._shared.origins
        for origin in [one for one in origins if one not in in_use and is_settled(one)]:
            del origins[origin]

    def _tailers(self) -> Iterator[Tailer]:
        for follower in self._followers.values():
            yield from follower.tailers

    @property
    def live(self) -> set[str]:
        """Identities of the open files."""
        return set(self._shared.active)

    def close(self) -> None:
        for follower in self._followers.values():
            follower.close()

    def status(self) -> dict[str, Any]:
        shared = self._shared
        return {
            "Files": {
                str(tailer.file): {"offset": tailer.offset, "rotated": tailer.rotated_at is not None}
                for follower in list(self._followers.values())
                for tailer in list(follower.tailers)
            },
            "Rotations": shared.rotations,
            "Truncations": shared.truncations,
            "Missed": dict(shared.missed),
            "Files Over Limit": self._not_followed,
        }

    def counts(self, source: LogSource) -> Counts:
        return self._counts[id(source)]

    def _is_unread(self, path: Path) -> bool:
        try:
            stat = path.stat()
        except OSError:
            return False
        return f"{stat.st_dev}:{stat.st_ino}" not in self._shared.active

    def _open(self, path: Path, source: LogSource, now: float) -> None:
        follower = Follower(path, source, self._shared, self._counts[id(source)])
        try:
            follower.start(lambda _, size: self._begin(source, size), now)
        except OSError as error:
            follower.close()
            problem = f"{path} ({source.file}) cannot be read: {error.strerror}; let this user read it"
            if self.problems.get(str(path)) != problem:
                self.problems[str(path)] = problem
                log.error("%s", problem)
            return
        self.problems.pop(str(path), None)
        self._followers[path] = follower

    def _begin(self, source: LogSource, size: int) -> int:
        """Start offset of a file without a saved one: by ``start_position``; a new file is read from its
        start.
        """
        if source.start == "forceEnd":
            return size
        if source.start in ("beginning", "forceBeginning") or self._scanned:
            return 0
        return size


def matching_files(source: LogSource) -> list[Path]:
    """Files that currently match the source's path, without excluded ones."""
    anchor = Path(source.path).anchor
    if not anchor:
        return []
    found = Path(anchor).glob(str(Path(source.path).relative_to(anchor)))
    return [path for path in found if path.is_file() and not _excluded(path, source)]


def _excluded(path: Path, source: LogSource) -> bool:
    return any(fnmatch(str(path), pattern) for pattern in source.exclude)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _raise_descriptor_limit(files: int) -> None:
    """Raise the process's limit of open files to the setting, as far as permitted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + _DESCRIPTORS_BESIDE
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
