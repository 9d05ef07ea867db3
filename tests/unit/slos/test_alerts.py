"""Readings of SLO alerts, with statuses as given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.state_machine import KEEP, Reading
from heeler.monitors.queries.slo_alerts import SloQuery
from heeler.slos import alerts
from heeler.slos.alerts import read_slo_alert
from heeler.slos.error_budget import Tally
from heeler.slos.model import Slo
from heeler.slos.status import SloStatus

NOW = 1_700_000_030.0
FAILED = (("CALCULATION_ERROR", "disk"),)
Window = tuple[float, float]


def budget(threshold: float = 75.0, timeframe: str = "7d") -> SloQuery:
    return SloQuery("error_budget", "s", timeframe, 0, 0, ">", threshold)


def burn(threshold: float = 3.0) -> SloQuery:
    return SloQuery("burn_rate", "s", "7d", 3600, 300, ">", threshold)


class World:
    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, status: Callable[[float], Any], slo: bool = True
    ) -> None:
        self.windows: list[Window] = []
        self.slo = Slo(id="s", thresholds=[{"timeframe": "7d", "target": 99.9}]) if slo else None

        async def status_of(_: object, one: Slo, start: float, end: float) -> SloStatus:
            self.windows.append((start, end))
            tally, errors = status(end - start)
            return SloStatus(one, start, end, tally, errors=errors)

        async def current_status(_: object, one: Slo, timeframe: str) -> SloStatus:
            return await status_of(_, one, NOW - 7 * 86_400, NOW)

        monkeypatch.setattr(alerts, "status_of", status_of)
        monkeypatch.setattr(alerts, "current_status", current_status)

    async def read(self, query: SloQuery, now: float = NOW) -> Reading:
        @asynccontextmanager
        async def session() -> Any:
            yield SimpleNamespace(get=self.get)

        database = SimpleNamespace(session=session)
        services = cast("Services", SimpleNamespace(database=database, now=lambda: NOW))
        found = await read_slo_alert(services, query, {}, now)
        assert list(found) == ["*"]
        return found["*"]

    async def get(self, _: object, id_: str) -> Slo | None:
        assert id_ == "s"
        return self.slo


def always(bad: int, total: int, errors: Any = ()) -> Callable[[float], Any]:
    return lambda _: (Tally(Fraction(bad), Fraction(total)), errors)


@pytest.mark.parametrize(("bad", "consumed"), [(0, 0.0), (1, 100.0), (2, 200.0), (1000, 100_000.0)])
async def test_the_consumed_budget_is_exact(
    monkeypatch: pytest.MonkeyPatch, bad: int, consumed: float
) -> None:
    assert await World(monkeypatch, always(bad, 1000)).read(budget()) == Reading(consumed)


async def test_both_windows_must_burn(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(
        monkeypatch, lambda length: (Tally(Fraction(30 if length == 300 else 3), Fraction(1000)), ())
    )
    assert await world.read(burn()) == Reading(3.0)
    ends = {end for _, end in world.windows}
    assert sorted(end - start for start, end in world.windows) == [300, 3600]
    assert len(ends) == 1
    assert max(ends) <= NOW


@pytest.mark.parametrize("query", [budget(), burn()])
async def test_what_could_not_be_calculated_leaves_the_state(
    monkeypatch: pytest.MonkeyPatch, query: SloQuery
) -> None:
    assert await World(monkeypatch, always(0, 0, FAILED)).read(query) == Reading(None, status=KEEP)


async def test_no_events_consume_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await World(monkeypatch, always(0, 0)).read(budget()) == Reading(None, status=KEEP)
    assert await World(monkeypatch, always(0, 0)).read(burn()) == Reading(0.0)


async def test_a_past_time_is_read_over_its_own_window(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, always(1, 1000))
    assert await world.read(budget(), NOW - 86_400) == Reading(100.0)
    ((start, end),) = world.windows
    assert end <= NOW - 86_400
    assert end - start == 7 * 86_400


@pytest.mark.parametrize("query", [budget(timeframe="30d"), burn(1001.0)])
async def test_what_can_never_alert_is_said(monkeypatch: pytest.MonkeyPatch, query: SloQuery) -> None:
    with pytest.raises(InvalidQuery):
        await World(monkeypatch, always(1, 1000)).read(query)


async def test_an_slo_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidQuery, match="no SLO s"):
        await World(monkeypatch, always(1, 1000), slo=False).read(budget())
