"""An event loop whose clock goes on only when nothing else is left to do, and the seeds of simulations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
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
    """``time()`` begins at 0 and jumps to the next timer: a simulated hour takes milliseconds.

    What is to run in a thread runs in the loop, after what :attr:`thread_seconds` says, and in order for each
    pool.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._free_at: dict[Any, float] = {}
        self.thread_seconds: Callable[[], float] = lambda: 0.0

    def time(self) -> float:
        return self._now

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        at = max(self._free_at.get(executor, 0.0), self._now) + self.thread_seconds()
        self._free_at[executor] = at

        def work() -> None:
            try:
                result = func(*args)
            except BaseException as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        self.call_at(at, work)
        return done

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            while scheduled and scheduled[0]._cancelled:
                scheduled.pop(0)
                scheduled.sort()
            if not scheduled:
                raise Deadlock
            # A bit later than asked, as every clock is: sums of seconds are not exact.
            self._now = max(self._now, scheduled[0]._when) + 1e-6
        super()._run_once()  # type: ignore[misc]


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """The result of ``main`` on a loop with a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
