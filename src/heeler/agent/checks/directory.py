"""``system.disk.directory.*``: number, size and age of the files below a directory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import islice
from typing import Any

from datadog_checks.base import AgentCheck, ConfigurationError, is_affirmative

_MAX_FILES = 1_000_000


class DirectoryCheck(AgentCheck):
    """Options as in Datadog's integration: ``directory``, ``recursive``, ``pattern``, ``exclude_dirs``,
    ``countonly``, ``filegauges``, ``dirtagname``, ``filetagname``, ``ignore_missing``, ``follow_symlinks``.
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        if not option("directory"):
            raise ConfigurationError("directory needs the path of a directory")
        self._path = os.path.abspath(os.path.expanduser(str(option("directory"))))  # noqa: PTH100, PTH111
        self._recursive = is_affirmative(option("recursive", False))
        self._pattern = str(option("pattern") or "*")
        excluded = option("exclude_dirs") or []
        if not isinstance(excluded, list):
            raise ConfigurationError("exclude_dirs must be a list of patterns")
        self._excluded = [str(one) for one in excluded]
        self._count_only = is_affirmative(option("countonly", False))
        self._each_file = is_affirmative(option("filegauges", False))
        self._file_tag = str(option("filetagname") or "filename")
        self._ignore_missing = is_affirmative(option("ignore_missing", False))
        self._follow = is_affirmative(option("follow_symlinks", True))
        name_tag = f"{option('dirtagname') or 'name'}:{option('name') or option('directory')}"
        self._tags = [*(option("tags") or []), name_tag]

    def check(self, _: dict[str, Any]) -> None:
        if not os.path.isdir(self._path):  # noqa: PTH112
            problem = f"{self._path} is no directory, or cannot be read"
            status = self.WARNING if self._ignore_missing else self.CRITICAL
            self.service_check("system.disk.directory.exists", status, tags=self._tags, message=problem)
            if not self._ignore_missing:
                raise ConfigurationError(problem)
            return
        self.service_check("system.disk.directory.exists", self.OK, tags=self._tags)
        files = folders = size = 0
        for entry in self._entries(self._path):
            if _is_folder(entry, self._follow):
                folders += 1
                continue
            if not fnmatch(entry.name, self._pattern) and not fnmatch(entry.path, self._pattern):
                continue
            files += 1
            if not self._count_only:
                size += self._file(entry)
        self.gauge("system.disk.directory.files", files, tags=self._tags)
        self.gauge("system.disk.directory.folders", folders, tags=self._tags)
        if not self._count_only:
            self.gauge("system.disk.directory.bytes", size, tags=self._tags)

    def _file(self, entry: os.DirEntry[str]) -> int:
        try:
            stat = entry.stat(follow_symlinks=self._follow)
        except OSError:
            return 0
        now = time.time()
        submit = self.gauge if self._each_file else self.histogram
        tags = [*self._tags, f"{self._file_tag}:{_shown(entry.path)}"] if self._each_file else self._tags
        submit("system.disk.directory.file.bytes", stat.st_size, tags=tags)
        submit("system.disk.directory.file.modified_sec_ago", now - stat.st_mtime, tags=tags)
        submit("system.disk.directory.file.created_sec_ago", now - stat.st_ctime, tags=tags)
        return stat.st_size

    def _entries(self, top: str) -> Iterator[os.DirEntry[str]]:
        """Files and folders, at most a million; unreadable folders are skipped with a warning."""
        waiting, seen = [top], 0
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    found = list(islice(entries, _MAX_FILES + 1 - seen))
            except OSError as error:
                self.warning("%s cannot be read: %s", _shown(folder), error.strerror)
                continue
            for entry in found:
                seen += 1
                if seen > _MAX_FILES:
                    self.warning("%s holds more than %d files; the others are not counted", top, _MAX_FILES)
                    return
                inside = _is_folder(entry, follow=False)
                if inside and any(fnmatch(entry.name, pattern) for pattern in self._excluded):
                    continue
                yield entry
                if inside and self._recursive:
                    waiting.append(entry.path)


def _is_folder(entry: os.DirEntry[str], follow: bool) -> bool:
    """Whether it is a folder; not a link in a circle or to where this user may not look."""
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _shown(path: str) -> str:
    """A path as text that can be sent: names of files are bytes."""
    return os.fsencode(path).decode("utf-8", "replace")
