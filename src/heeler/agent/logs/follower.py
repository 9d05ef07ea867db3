"""Follows one path through log rotation: by rename, by copy and truncate, several rotations at once.

A renamed file is read further for ``logs_config.close_timeout`` after its rotation and until nothing was
appended for a second: programs write to the old file handle until they open the new file. Generations that
appeared between two scans are found by their identity and read in order.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from heeler.agent.logs.fingerprint import Fingerprint, head_of
from heeler.agent.logs.message import Message
from heeler.agent.logs.registry import Entry
from heeler.agent.logs.rotation import Generation, content_size, generations, is_copy
from heeler.agent.logs.shared_state import Shared
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.tailer import ArchiveTailer, Counts, Tailer

log = logging.getLogger("heeler.agent.logs")
QUIET_SECONDS = 1.0
_ATTEMPTS = 20

Heads = list[tuple[Generation, bytes]]
"""Generations with their first bytes."""
_RECENT_SECONDS = 3600.0
TO_THE_END = 2**63 - 1
"""Offset of an archive that need not be read, however long its content is once it is complete."""
UNREADABLE = (OSError, EOFError, zlib.error)
"""What reading a file raises, also a damaged archive."""


class Follower:
    """Follows one path. ``tailers`` are open files, oldest first; the last is the one currently at ``path``,
    if any.
    """

    def __init__(self, path: Path, source: LogSource, shared: Shared, counts: Counts) -> None:
        self.path = path
        self.source = source
        self.tailers: list[Tailer] = []
        self._shared = shared
        self._counts = counts
        self._seen: dict[str, Fingerprint] = {}
        """Known generations, with their fingerprints: inodes are reused."""
        self._folder_stamp = 0

    def start(self, begin: Callable[[Path, int], int], now: float) -> None:
        """Open the file at its saved offset, else at ``begin(path, size)``. Raises OSError."""
        registry = self._shared.registry
        # Opened before the folder is listed: what is rotated meanwhile is read by its descriptor.
        tailer = Tailer(self.path, self.path, self.source, 0, self._counts)
        identity, size = tailer.identity, tailer.size
        known = registry.of_path(str(self.path))
        left_off = registry.get(identity)
        emptied: dict[str, Entry] = {}
        if left_off and not _fits(left_off.fingerprint, tailer.head):
            log.warning("%s has the inode of an earlier file; it is read as a new one", self.path)
            emptied, left_off = {identity: left_off}, None
        if left_off is not None:
            offset = left_off.offset if left_off.offset <= size else 0
            offset = begin(self.path, size) if self.source.start.startswith("force") else offset
        else:
            offset = 0 if known else begin(self.path, size)
        heads = self._resume_rotated(identity, emptied, now)
        self._follow(tailer, offset)
        self._remember(heads)

    def poll(self, now: float) -> list[Message]:
        """New messages in order. Files that can no longer be read are closed and reported."""
        self._look(now)
        messages: list[Message] = []
        for tailer in list(self.tailers):
            if not self._shared.accepts():
                break
            try:
                if tailer.truncated:
                    messages += self._truncated(tailer, now)
                    if self.more:
                        break
                messages += tailer.read(now)
            except UNREADABLE as error:
                self._shared.missed[str(tailer.file)] = f"it cannot be read any more: {error}"
                log.error("%s cannot be read any more: %s", tailer.file, error)
                self._close(tailer)
                continue
            if tailer.more:
                break
            if self._is_done(tailer, now):
                messages += tailer.finish()
                self._close(tailer)
        return messages

    @property
    def more(self) -> bool:
        return any(tailer.more for tailer in self.tailers)

    def close(self) -> None:
        for tailer in list(self.tailers):
            self._close(tailer)

    def _look(self, now: float) -> None:
        """Detect that another file is at the path."""
        current = next((one for one in self.tailers if one.rotated_at is None), None)
        try:
            identity, _ = _identify(self.path)
        except OSError:
            identity = ""
        if current is not None and identity == current.identity:
            if not current.fingerprint.length and self._folder_changed():
                self._remember(self._open_news(identity, now))
            return
        if current is not None:
            current.rotated_at = now
            self._shared.rotations += 1
        if not identity:
            return
        returned = next((one for one in self.tailers if one.identity == identity), None)
        if returned is not None:
            returned.rotated_at = None
            return
        try:
            tailer = Tailer(self.path, self.path, self.source, 0, self._counts)
        except OSError:
            return  # renamed again; the next look finds what follows
        entry = self._shared.registry.get(tailer.identity)
        fits = entry is not None and entry.offset <= tailer.size and _fits(entry.fingerprint, tailer.head)
        heads = self._open_news(tailer.identity, now)
        if tailer.identity in self._shared.active:
            tailer.close()
        else:
            self._follow(tailer, entry.offset if entry and fits else 0)
        self._remember(heads)

    def _open_news(self, current: str, now: float) -> Heads | None:
        """Read generations that appeared between two scans; returns all of them with their first bytes.

        A file that was still empty at the last scan may have been written, copied and truncated since: then
        its copy is the only trace.
        """

        def read(listed: list[Generation]) -> None:
            for generation in listed:
                if self._is_news(generation, current):
                    self._open_generation(generation, 0, now)

        return self._while_names_stand(read)

    def _while_names_stand(self, work: Callable[[list[Generation]], None]) -> Heads | None:
        """Call ``work`` with the generations, again where a rotation moved their names meanwhile.

        Returns them with their first bytes; None where their names went on moving.
        """
        for _ in range(_ATTEMPTS):
            stamp = self._stamp()
            listed = generations(self.path)
            work(listed)
            heads = [(one, head_of(one.file)) for one in listed]
            if _names(generations(self.path)) == _names(listed):
                self._folder_stamp = stamp
                return heads
        return None

    def _stamp(self) -> int:
        """When a file was last added to the folder, removed or renamed."""
        try:
            return self.path.parent.stat().st_mtime_ns
        except OSError:
            return 0

    def _folder_changed(self) -> bool:
        """Whether files were added to the folder since its generations were recorded."""
        return self._stamp() != self._folder_stamp

    def _is_news(self, generation: Generation, current: str) -> bool:
        if generation.identity == current or not self._is_new(generation):
            return False
        if not generation.is_archive:
            return True
        return not is_copy(generation, [*(one.fingerprint for one in self.tailers), *self._seen.values()])

    def _is_new(self, generation: Generation) -> bool:
        if generation.identity in self._shared.active:
            return False
        seen = self._seen.get(generation.identity)
        return seen is None or not seen.fits(head_of(generation.file))

    def _resume_rotated(self, current: str, emptied: dict[str, Entry], now: float) -> Heads | None:
        """Resume files that were rotated before, or while no agent ran.

        ``emptied`` is the entry of the current file if its first bytes have changed. Returns the generations.
        """
        registry = self._shared.registry
        known = registry.of_path(str(self.path))
        if not known:
            return self._while_names_stand(lambda _: None)
        oldest = max(entry.updated for entry in known.values()) - _RECENT_SECONDS
        gone: dict[str, Entry] = {}
        found_again: set[str] = set()

        def resume(listed: list[Generation]) -> None:
            found = [one for one in listed if self._is_new(one) and one.identity != current]
            names = {one.identity for one in found} | {current} | self._shared.active | found_again
            gone.clear()
            gone.update({k: entry for k, entry in known.items() if k not in names and not entry.rotated})
            gone.update(emptied)
            for generation in found:
                before = set(gone)
                self._resume_generation(generation, gone, oldest, now)
                found_again.update(before - set(gone))

        heads = self._while_names_stand(resume)
        for entry in [entry for entry in gone.values() if not entry.rotated]:
            self._miss(self.path, f"what it held after byte {entry.offset} was rotated away, and is gone")
        return heads

    def _resume_generation(
        self, generation: Generation, gone: dict[str, Entry], oldest: float, now: float
    ) -> None:
        registry = self._shared.registry
        entry, head = registry.get(generation.identity), head_of(generation.file)
        if entry is not None and _fits(entry.fingerprint, head):
            if entry.offset < content_size(generation):
                self._open_generation(generation, entry.offset, now)
            return
        same = [key for key, one in gone.items() if one.fingerprint and _fits(one.fingerprint, head)]
        if self._was_read(generation, head):
            for key in same:
                if gone[key].offset % 2**32 == content_size(generation):
                    self._settle(key, gone.pop(key))
        elif same or generation.changed > oldest:
            left_off = gone.pop(same[0]) if same else None
            opened = self._open_generation(generation, left_off.offset if left_off else 0, now)
            if opened is not None and left_off is not None:
                self._settle(same[0], left_off)

    def _settle(self, identity: str, entry: Entry) -> None:
        """Note that the content of a file that is gone need not be looked for: another has it."""
        self._shared.registry.set(identity, entry.path, entry.offset, rotated=True)

    def _was_read(self, generation: Generation, head: bytes) -> bool:
        """Whether this is the archive of a generation that was delivered to its end."""
        if generation.file.suffix != ".gz":
            return False
        known = self._shared.registry.of_path(str(self.path)).values()
        offsets = {one.offset % 2**32 for one in known if one.fingerprint and _fits(one.fingerprint, head)}
        return content_size(generation) in offsets

    def _truncated(self, tailer: Tailer, now: float) -> list[Message]:
        """Handle truncation: read the rest of the old content from its copy, if there is one.

        If it was truncated several times, each copy holds what was written in between.
        """
        self._shared.truncations += 1
        offset, fingerprint, origin = tailer.offset, tailer.fingerprint, tailer.origin
        rest = tailer.finish()
        delivered = self._begin_again(tailer)
        copies: list[Tailer] = []
        is_copied = False

        def read(listed: list[Generation]) -> None:
            nonlocal is_copied
            for generation in listed:
                same = self._is_new(generation) and is_copy(generation, [fingerprint])
                if not same and not self._is_news(generation, tailer.identity):
                    continue
                opened = self._open_generation(generation, offset if same else 0, now)
                if opened is None:
                    is_copied |= same
                    continue
                copies.append(opened)
                if same and not is_copied:
                    self._hand_over(origin, opened, delivered)
                is_copied |= same

        self._remember(self._while_names_stand(read))
        messages = [] if is_copied else rest
        for copy in copies:
            messages += copy.read(now)
            if copy.more:
                break
        return messages

    def _begin_again(self, tailer: Tailer) -> int:
        """Read a truncated file from its start; returns the offset up to which its old content was delivered.

        What is in flight of the old content must not count as the new one's.
        """
        shared, identity = self._shared, tailer.identity
        entry = shared.registry.get(identity)
        shared.origins.pop(tailer.origin, None)
        tailer.begin_again(shared.new_origin(identity))
        shared.registry.set(identity, str(self.path), 0, fingerprint=str(tailer.fingerprint))
        return entry.offset if entry is not None else 0

    def _hand_over(self, origin: str, copy: Tailer, delivered: int) -> None:
        """Count what is in flight of a truncated file's old content as delivered of its copy."""
        self._shared.origins.pop(copy.origin, None)
        self._shared.origins[origin] = copy.identity
        copy.origin = origin
        self._shared.registry.set(
            copy.identity, str(self.path), min(delivered, copy.offset), fingerprint=str(copy.fingerprint)
        )

    def _open_generation(self, generation: Generation, offset: int, now: float) -> Tailer | None:
        if generation.is_archive and generation.file.suffix != ".gz":
            self._miss(generation.file, "it was compressed before it could be read")
            return None
        kind = ArchiveTailer if generation.file.suffix == ".gz" else Tailer
        try:
            tailer = kind(self.path, generation.file, self.source, offset, self._counts)
        except UNREADABLE as error:
            self._miss(generation.file, f"it cannot be read: {error}")
            return None
        if tailer.identity != generation.identity:  # a rotation gave the name to another file
            tailer.close()
            return None
        tailer.rotated_at = now
        self._insert(tailer)
        log.info("Reading %s, a rotated generation of %s, from byte %d", generation.file, self.path, offset)
        return tailer

    def _follow(self, tailer: Tailer, offset: int) -> None:
        tailer.go_to(offset)
        self._insert(tailer)
        log.info("Following %s from byte %d", self.path, offset)

    def _insert(self, tailer: Tailer) -> None:
        """Insert rotated files before the current one."""
        current = next((at for at, one in enumerate(self.tailers) if one.rotated_at is None), None)
        self.tailers.insert(
            len(self.tailers) if current is None or tailer.rotated_at is None else current, tailer
        )
        self._shared.active.add(tailer.identity)
        tailer.origin = self._shared.new_origin(tailer.identity)
        fingerprint = str(tailer.fingerprint)
        self._shared.registry.set(
            tailer.identity, str(self.path), tailer.offset, fingerprint=fingerprint, rotated=False
        )

    def _close(self, tailer: Tailer) -> None:
        tailer.close()
        self.tailers.remove(tailer)
        self._shared.active.discard(tailer.identity)
        self._seen[tailer.identity] = tailer.fingerprint
        if tailer.rotated_at is not None:
            registry = self._shared.registry
            entry = registry.get(tailer.identity)
            if entry is not None:
                registry.set(tailer.identity, entry.path, entry.offset, rotated=True)

    def _is_done(self, tailer: Tailer, now: float) -> bool:
        if tailer.rotated_at is None:
            return False
        if isinstance(tailer, ArchiveTailer):
            return True
        waited = now - tailer.rotated_at >= self._shared.close_timeout
        return waited and now - tailer.quiet_since >= QUIET_SECONDS

    def _remember(self, heads: Heads | None) -> None:
        """Save the known generations, so that new ones are detected, also by the next process.

        ``heads`` are those that were looked at: one that appeared after that has not been read. Without them
        what was known before stays so.
        """
        if heads is None:
            return
        registry, recent = self._shared.registry, time.time() - _RECENT_SECONDS
        self._seen = {}
        for one, head in heads:
            fingerprint = self._seen[one.identity] = Fingerprint.of(head)
            entry = registry.get(one.identity)
            known = entry is not None and _fits(entry.fingerprint, head)
            if one.changed > recent and not known and one.identity not in self._shared.active:
                offset = TO_THE_END if one.is_archive else one.size
                registry.set(one.identity, str(self.path), offset, fingerprint=str(fingerprint), rotated=True)

    def _miss(self, file: Path, why: str) -> None:
        self._shared.missed[str(file)] = why
        log.warning("Lines of %s are lost: %s", file, why)


def _names(listed: list[Generation]) -> list[tuple[str, str]]:
    return sorted((one.file.name, one.identity) for one in listed)


def _identify(path: Path) -> tuple[str, int]:
    stat = path.stat()
    return f"{stat.st_dev}:{stat.st_ino}", stat.st_size


def _fits(fingerprint: str, head: bytes) -> bool:
    return Fingerprint.parse(fingerprint).fits(head)
