"""What programs give the agent arrives once, in order where that is promised, or is counted as dropped."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulation.clock import seeds
from tests.unit.simulation.forwarder_world import POISON, Weather, World


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of simulated failures are logged."""
    logger = logging.getLogger("heeler.agent.forwarder")
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(logging.NOTSET)


def _lived(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch, *, ordered: bool) -> World:
    """An hour of faults; then they end, and what waits is sent."""
    world = World(seed, folder, ordered=ordered)
    world.patch(monkeypatch)
    world.run(3600, faults=True)
    world.weather = Weather()
    if seed % 2:
        world.restart(killed=False)
    world.run(2000, faults=False)
    assert world.queue.pending == 0
    world.dropped += sum(world.queue.status()["dropped"].values())
    return world


@pytest.mark.parametrize("seed", seeds(3))
def test_logs_arrive_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    world = _lived(seed, tmp_path, monkeypatch, ordered=True)
    refused = {
        number
        for numbers in world.submitted
        if any(number % POISON == 0 for number in numbers)
        for number in numbers
    }
    submitted = {number for numbers in world.submitted for number in numbers}
    assert submitted - refused <= set(world.server.taken), "logs are gone"
    assert len(world.settled) == len(world.submitted), "the source was never told"
    assert world.server.taken == sorted(world.server.taken), "logs changed their order"
    assert {number for number, times in world.server.times.items() if times > 1} == set()


@pytest.mark.parametrize("seed", seeds(3))
def test_metrics_arrive_or_are_counted_as_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = _lived(seed, tmp_path, monkeypatch, ordered=False)
    missing = {
        number
        for numbers in world.submitted
        for number in numbers
        if number not in world.server.times and number not in world.server.refused
    } - world.lost
    assert bool(missing) <= bool(world.dropped), f"{len(missing)} numbers are gone and counted nowhere"
    assert {number for number, times in world.server.times.items() if times > 1} == set()
