"""What agents report of their tracers is kept within bounds, whatever they call themselves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from heeler.apm import tracer_configs
from heeler.apm.tracer_configs import TracerReport, TracerReports


def _reports(count: int) -> list[TracerReport]:
    return [TracerReport(str(number), "", "", "", "", "", "") for number in range(count)]


def _holder() -> TracerReports:
    return TracerReports(cast(Any, SimpleNamespace(now=lambda: 1000.0)))


def test_agents_without_tracers_are_forgotten_too() -> None:
    holder = _holder()
    for number in range(tracer_configs.MAX_AGENTS + 50):
        holder.put(f"agent {number}", [])
    assert len(holder._agents) == tracer_configs.MAX_AGENTS


def test_tracers_of_all_agents_are_bounded_and_counted_once() -> None:
    holder = _holder()
    for _ in range(5):
        holder.put("first", _reports(3000))
    assert len(holder.current()) == 3000
    holder.put("second", _reports(3000))
    assert len(holder.current()) == 3000  # the first agent's had to go
    holder.put("second", _reports(2))
    holder.put("third", _reports(tracer_configs.MAX_TRACERS - 2))
    assert len(holder.current()) == tracer_configs.MAX_TRACERS
