from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.slos.test_routes import NOTHING, SLO, slo_of

CORRECTION = f"{SLO}/correction"
NOBODY = "00000000-0000-dead-beef-000000000000"
API = "v1.ServiceLevelObjectiveCorrectionsApi"
NOW = int(time.time())


def correction(**attributes: Any) -> Any:
    return {"data": {"type": "correction", "attributes": attributes}}


def least(slo: str) -> dict[str, Any]:
    return {"slo_id": slo, "category": "Deployment", "start": NOW, "end": NOW + 60}


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    slo = await slo_of(admin)
    most = {
        **least(slo),
        "description": "Ä 🚀",
        "timezone": "Europe/Berlin",
        "rrule": "FREQ=DAILY",
        "duration": 60,
    }
    made = await admin.post(CORRECTION, correction(**most))
    parsed(API, "create_slo_correction", made)
    path = f"{CORRECTION}/{made['data']['id'].upper()}"
    kept = await admin.patch(path, correction())
    parsed(API, "update_slo_correction", kept)
    names = [*most, "created_at"]
    assert [kept["data"]["attributes"][one] for one in names] == [
        made["data"]["attributes"][one] for one in names
    ]
    once = await admin.patch(path, correction(rrule=None))
    assert once["data"]["attributes"]["rrule"] is None
    await reader.refused("PATCH", path, correction(), 403)
    parsed(API, "get_slo_correction", await reader.get(path))
    await admin.refused("PATCH", path, correction(slo_id=NOTHING), 404)
    await admin.delete(path, 204)
    for method in ("GET", "PATCH", "DELETE"):
        await admin.refused(method, path, correction() if method == "PATCH" else None, 404)
    await admin.refused("GET", f"{CORRECTION}/{NOBODY}", status=404)


@pytest.mark.parametrize(
    "change",
    [
        {"slo_id": None}, {"slo_id": {}}, {"slo_id": ["x"]}, {"category": None}, {"category": {}},
        {"category": "Fun"},
        {"start": None}, {"start": "now"}, {"start": True}, {"end": None}, {"end": NOW}, {"end": []},
        {"description": {}}, {"description": "x" * 50_001}, {"timezone": "Mars"}, {"rrule": "FREQ=NEVER"},
        {"rrule": {}}, {"rrule": "FREQ=DAILY"}, {"rrule": "FREQ=DAILY", "duration": 0}, {"slo_query": "a"},
        {"rrule": "FREQ=DAILY", "duration": "x"}, {"what": 1},
    ],
)  # fmt: skip
async def test_a_correction_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", CORRECTION, correction(**{**least(await slo_of(admin)), **change}))
    assert (await admin.get(CORRECTION))["data"] == []


async def test_corrections_go_with_their_slo(admin: Caller) -> None:
    await admin.refused("POST", CORRECTION, correction(**least(NOTHING)), 404)
    slo, other = await slo_of(admin), await slo_of(admin, name="other", tags=["a:b"])
    await admin.post(CORRECTION, correction(**least(slo)))
    by_query = {**least(slo), "slo_query": "a:b"}
    del by_query["slo_id"]
    await admin.post(CORRECTION, correction(**by_query))
    listed = await admin.get(CORRECTION)
    parsed(API, "list_slo_correction", listed)
    assert len(listed["data"]) == 2
    assert len((await admin.get(CORRECTION, limit=1, offset=1))["data"]) == 1
    assert (await admin.get(CORRECTION, offset=9))["data"] == []
    assert len((await admin.get(f"{SLO}/{other}/corrections"))["data"]) == 1
    await admin.delete(f"{SLO}/{slo}")
    assert len((await admin.get(CORRECTION))["data"]) == 1
    for params in ({"limit": "-1"}, {"offset": "x"}):
        await admin.refused("GET", CORRECTION, params=params)
