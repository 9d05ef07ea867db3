"""Live processes: rates between two looks at ``/proc``."""

from __future__ import annotations

import pwd
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from heeler.agent.processes.procfs import TICKS, Look, boot_time, processes
from heeler.agent.processes.scrubber import Scrubber
from heeler.wire.processes.decode import program_name
from heeler.wire.processes.model import Process

_MAX_USERS = 10_000


class LiveProcesses:
    """Knows the processes of the look before. Belongs to one thread.

    ``exclude`` are expressions; a process whose command line one of them is found in is left out.
    """

    def __init__(self, procfs: Path, scrubber: Scrubber, exclude: Sequence[re.Pattern[str]] = ()) -> None:
        self._procfs = procfs
        self._scrubber = scrubber
        self._exclude = exclude
        self._boot = boot_time(procfs)
        self._before: dict[tuple[int, int], Look] = {}
        self._looked = 0.0
        self._lines: dict[tuple[str, ...], str] = {}
        self._users: dict[int, str] = {}

    def collect(self, clock: float, tags_of: Callable[[str], Sequence[str]] = lambda _: ()) -> list[Process]:
        """The processes at ``clock`` (monotonic seconds), with their rates since the look before.

        The first look gives none: there is nothing that rates could count from. ``tags_of`` gives the tags of
        a container.
        """
        seconds = clock - self._looked
        before, self._before, self._looked = self._before, {}, clock
        lines: dict[tuple[str, ...], str] = {}
        found = []
        for look in processes(self._procfs):
            line = self._lines.get(look.arguments)
            lines[look.arguments] = line = self._scrubber.scrub(look.arguments) if line is None else line
            if any(pattern.search(line) for pattern in self._exclude):
                continue
            key = look.pid, look.started
            self._before[key] = look
            if before and seconds > 0:
                found.append(self._process(look, line, before.get(key), seconds, tags_of))
        self._lines = lines
        return found

    def _process(
        self,
        look: Look,
        line: str,
        before: Look | None,
        seconds: float,
        tags_of: Callable[[str], Sequence[str]],
    ) -> Process:
        user = system = reads = writes = 0.0
        if before is not None:
            share = 100.0 / (TICKS * seconds)
            user = max(look.user_ticks - before.user_ticks, 0) * share
            system = max(look.system_ticks - before.system_ticks, 0) * share
            if min(before.read_bytes, look.read_bytes) >= 0:
                reads = max(look.read_bytes - before.read_bytes, 0) / seconds
                writes = max(look.write_bytes - before.write_bytes, 0) / seconds
        return Process(
            pid=look.pid,
            ppid=look.ppid,
            created=self._boot * 1000 + look.started * 1000 // TICKS,
            name=program_name(look.arguments, "", look.kernel_name),
            command=line,
            user=self._user(look.uid),
            state=look.state,
            cpu=round(user + system, 3),
            cpu_user=round(user, 3),
            cpu_system=round(system, 3),
            threads=look.threads,
            nice=look.nice,
            rss=look.rss,
            vms=look.vms,
            open_files=max(look.open_files, 0),
            read_rate=reads,
            write_rate=writes,
            container=look.container,
            tags=[*tags_of(look.container)] if look.container else [],
        )

    def _user(self, uid: int) -> str:
        if uid not in self._users:
            if len(self._users) >= _MAX_USERS:
                self._users.clear()
            try:
                self._users[uid] = pwd.getpwuid(uid).pw_name
            except KeyError:
                self._users[uid] = str(uid)
        return self._users[uid]
