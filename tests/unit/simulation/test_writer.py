"""What was acknowledged is stored exactly once, whatever the store does and whenever the server is killed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulation.clock import seeds, simulate
from tests.unit.simulation.writer_world import World, run


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of simulated failures are logged with their stack."""
    logger = logging.getLogger("heeler.writer")
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("seed", seeds(12))
def test_what_is_acknowledged_is_stored_once(tmp_path: Path, seed: int) -> None:
    check(simulate(run(seed, tmp_path)))


@pytest.mark.parametrize("seed", seeds(6, first=1001))
def test_without_crashes_too(tmp_path: Path, seed: int) -> None:
    check(simulate(run(seed, tmp_path, bodies=120, crashes=0)))


def check(world: World) -> None:
    rows = world.store.rows
    taken = len(world.acknowledged["points"]) + len(world.acknowledged["logs"]) + len(world.rejected)
    assert taken in (60, 120), "a client was never answered"
    assert all(body < 0 for body in world.rejected)
    for body in world.acknowledged["logs"]:
        # Logs that the engine cannot store are acknowledged by the log before it, and put aside.
        stored = 1 if body > 0 else 0
        assert rows["logs"][body] == stored, f"logs of body {body}: {rows['logs'][body]}"
        assert rows["errors"][body] == (stored if body % 3 == 0 else 0), f"errors of body {body}"
    for body in world.acknowledged["points"]:
        # Rows of these tables replace each other: twice is once.
        assert rows["points"][body] >= 1
        assert rows["series"][body] >= 1
    assert set(rows["points"]) <= set(rows["series"]), "points refer to series that are not there"
    assert world.server.writer.pending_rows == 0
    assert not [path for path in world.disk.files if path.suffix == ".segment"]
