"""Supervises a background task: a failure is logged, counted and followed by a restart."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.server")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


async def keep_going(
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run ``work`` until it returns or is canceled.

    An exception is logged with its stack, counted in ``heeler.server.task_failures``, and ``work`` is
    restarted after 1, 2, 4 ... up to 60 seconds; the delay is reset once it has run for longer than that.
    Otherwise the first failure of any task would end all others and the server with them.
    """
    pause = FIRST_PAUSE
    while True:
        started = clock()
        try:
            return await work()
        except Exception:
            if clock() - started > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            telemetry.count("heeler.server.task_failures", tags=(f"task:{name}",))
            log.exception("The task %s failed; it starts again in %.0f s", name, pause)
        await sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
