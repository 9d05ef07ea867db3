"""Whether the machine code of metric queries is there: loaded in the background, with numpy until then."""

from __future__ import annotations

import logging
import threading
from types import ModuleType

log = logging.getLogger("heeler.query")

_machine: list[ModuleType] = []
_lock = threading.Lock()


def machine() -> ModuleType | None:
    """:mod:`heeler.query.metrics.kernels` once it is compiled; None before, and where it is not to be had."""
    return _machine[0] if _machine else None


def prepare() -> None:
    """Load the machine code; blocks for the compiler (some seconds, once an installation). Never raises."""
    with _lock:
        if _machine:
            return
        try:
            from heeler.query.metrics import kernels, warmup

            warmup.rehearse(kernels)
        except Exception:
            log.exception("The fast aggregation is not available; the plain one is used")
        else:
            _machine.append(kernels)
