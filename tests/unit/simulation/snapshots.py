"""Crashes at every await: the disk is copied at each turn of the event loop; a server starts from a copy.

A copy has what a killed process leaves behind: what was committed, and of what was not at most torn pages
of the write-ahead log, which SQLite ignores.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class SteppedLoop(asyncio.SelectorEventLoop):
    """Calls ``between`` after each turn, when no task runs."""

    between: Callable[[], None] | None = None

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc]
        if self.between is not None:
            self.between()


def run_stepped(main: Coroutine[Any, Any, T]) -> T:
    """The result of ``main`` on a :class:`SteppedLoop`."""
    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        return runner.run(main)


def copy_database(folder: Path, target: Path) -> None:
    """The database of ``folder`` as it is on disk now, with its write-ahead log."""
    target.mkdir(parents=True)
    for file in folder.glob("heeler.sqlite*"):
        if not file.name.endswith("-shm"):
            shutil.copyfile(file, target / file.name)


def changed(folder: Path, seen: set[tuple[tuple[str, int, int], ...]]) -> bool:
    """Whether the database's files are of a state that is not among ``seen``; then it is added."""
    state = tuple(
        sorted(
            (file.name, file.stat().st_size, file.stat().st_mtime_ns)
            for file in folder.glob("heeler.sqlite*")
            if not file.name.endswith("-shm")
        )
    )
    if state in seen:
        return False
    seen.add(state)
    return True
