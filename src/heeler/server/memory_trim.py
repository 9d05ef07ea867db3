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


def keep_little() -> None:
    """To be called once, before the store is opened: Arrow's own allocator never gives anything back."""
    pa.set_memory_pool(pa.system_memory_pool())


def trimmer() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; None where the C library has none."""
    if sys.platform != "linux":
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


async def give_back_memory(_: Services) -> None:
    """Return free memory to the system now and then, in a thread: it can take some milliseconds.

    What the server is made of lives as long as it does: frozen, the collector no longer walks through it.
    """
    trim = trimmer()
    await asyncio.sleep(EVERY_SECONDS)
    gc.collect()
    gc.freeze()
    while trim is not None:
        await asyncio.to_thread(trim, 0)
        await asyncio.sleep(EVERY_SECONDS)
