"""How often the garbage collector looks at the server's objects."""

from __future__ import annotations

import gc

#: New objects, and generations of them, until the collector looks at them. Python's own 700 suit programs
#: that make few: a start makes a million that stay (modules, routes), a delivery of logs thousands that live
#: as long as it does.
THRESHOLD = (20_000, 20, 20)


def collect_rarely() -> None:
    """Apply :data:`THRESHOLD` to this process; call before the server is imported."""
    gc.set_threshold(*THRESHOLD)
