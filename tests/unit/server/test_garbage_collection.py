from __future__ import annotations

import gc

from heeler.server import garbage_collection


def test_the_collector_looks_less_often() -> None:
    before = gc.get_threshold()
    try:
        garbage_collection.collect_rarely()
        assert gc.get_threshold() == garbage_collection.THRESHOLD
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
