"""An event loop whose clock goes on only when nothing else is left to do, and the seeds of simulations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: Seeds a simulation is run with: few in the tests, as many as ``make soak`` says.
SEEDS = int(os.environ.get("HEELER_SOAK_SEEDS", "0"))


def seeds(short: int, first: int = 1) -> range:
    """``short`` seeds, or those of ``make soak``."""
    return range(first, first + (SEEDS or short))


class Deadlock(Exception):
    """Every task waits, and nothing will ever wake one."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` begins at 0 and jumps to the next timer: a simulated hour takes milliseconds. No threads."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            while scheduled and scheduled[0]._cancelled:
                scheduled.pop(0)
                scheduled.sort()
            if not scheduled:
                raise Deadlock
            self._now = max(self._now, scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """The result of ``main`` on a loop with a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
