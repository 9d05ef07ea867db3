"""Returns unused memory to the operating system, to keep resident memory near what is in use.

Measured at 100,000 series, after all have been flushed: 630 MB with allocator caches, 570 MB without.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable

import pyarrow as pa

from heeler.api.services import Services

EVERY_SECONDS = 10.0
#: New objects, and generations of them, until the garbage collector looks at them.
GC_THRESHOLD = (20_000, 20, 20)


def keep_little() -> None:
    """Make Arrow use the system allocator, as its own never returns memory; call once before the store is
    opened.
    """
    pa.set_memory_pool(pa.system_memory_pool())


def trimmer() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; None if the C library lacks it."""
    if sys.platform != "linux":
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


async def give_back_memory(_: Services) -> None:
    """Return free memory to the system periodically, in a thread: it can take some milliseconds.

    Long-lived objects of the server are frozen, so that the garbage collector does not traverse them.
    """
    trim = trimmer()
    await asyncio.sleep(EVERY_SECONDS)
    gc.collect()
    gc.freeze()
    # Deliveries of logs are thousands of objects that live as long as the delivery.
    gc.set_threshold(*GC_THRESHOLD)
    while trim is not None:
        await asyncio.to_thread(trim, 0)
        await asyncio.sleep(EVERY_SECONDS)
