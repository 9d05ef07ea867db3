from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.slos.test_routes import NOTHING, SLO, slo_of

NOW = int(time.time())
WINDOW = {"from_ts": NOW - 7200, "to_ts": NOW}


async def test_an_slo_without_data_has_a_history(admin: Caller, reader: Caller, store: Any) -> None:
    slo = await slo_of(admin, name="Ä 🚀")
    found = await reader.get(f"{SLO}/{slo}/history", **WINDOW, target="99.5")
    parsed("v1.ServiceLevelObjectivesApi", "get_slo_history", found)
    assert found["data"]["thresholds"]["custom"]["target"] == 99.5
    status = await reader.get(f"/api/v2/slo/{slo}/status", **WINDOW, disable_corrections="true")
    parsed("v2.ServiceLevelObjectivesApi", "get_slo_status", status)
    assert status["data"]["attributes"]["sli"] is None


@pytest.mark.parametrize(
    "params",
    [
        {"from_ts": NOW, "to_ts": NOW}, {"from_ts": "x", "to_ts": NOW}, {"to_ts": NOW}, {},
        {"from_ts": -5, "to_ts": NOW}, {"from_ts": NOW, "to_ts": 10**12}, {"from_ts": 0, "to_ts": NOW},
        {**WINDOW, "from_ts": "nan"},
    ],
)  # fmt: skip
async def test_a_window_that_cannot_be_is_refused(admin: Caller, params: Any) -> None:
    slo = await slo_of(admin)
    for path in (f"{SLO}/{slo}/history", f"/api/v2/slo/{slo}/status"):
        await admin.refused("GET", path, params=params)


@pytest.mark.parametrize("target", ["x", "0", "100", "nan", "inf", "-5"])
async def test_a_target_that_cannot_be_is_refused(admin: Caller, target: str) -> None:
    await admin.refused("GET", f"{SLO}/{await slo_of(admin)}/history", params={**WINDOW, "target": target})


async def test_an_slo_that_is_not_there(admin: Caller) -> None:
    for path in (f"{SLO}/{NOTHING}/history", f"/api/v2/slo/{NOTHING}/status"):
        await admin.refused("GET", path, params=WINDOW, status=404)
