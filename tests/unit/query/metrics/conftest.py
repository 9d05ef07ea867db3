"""Segment files over the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.query.metrics import segment_store
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from tests.unit.query.metrics.segment_samples import Store


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    made = Store.__new__(Store)
    rollups = Rollups(engine, now=lambda: made.now, quiet=0)
    rollups.load()
    files = SegmentFiles(engine, tmp_path / "segments", most_bytes=2**30, now=lambda: made.now)
    made.__init__(engine, files, rollups, tmp_path / "segments")  # type: ignore[misc]
    files.load()
    yield made
    files.close()
    segment_store._of_engine.pop(engine, None)
