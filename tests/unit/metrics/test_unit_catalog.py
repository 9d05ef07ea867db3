"""Known units are units of the public list, and fit the names that the agent's checks send."""

from __future__ import annotations

import pytest

from heeler.metrics.unit_catalog import _PATTERNS, known_unit
from heeler.query.metrics.units import find


@pytest.mark.parametrize("unit", sorted({unit for _, unit in _PATTERNS if unit}))
def test_every_unit_is_a_unit(unit: str) -> None:
    assert all(find(part) is not None for part in unit.split("/"))


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("system.cpu.user", "percent"),
        ("system.cpu.num_cores", ""),
        ("system.mem.used", "mebibyte"),
        ("system.mem.pct_usable", "fraction"),
        ("system.disk.free", "kibibyte"),
        ("mongodb.network.bytesinps", "byte/second"),
        ("my_metric", ""),
    ],
)
def test_units_of_metrics(metric: str, unit: str) -> None:
    assert known_unit(metric) == unit
