from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.slos.test_routes import slo_of

REPORT = "/api/v2/slo/report"
NOBODY = "00000000-0000-dead-beef-000000000000"
NOW = int(time.time()) // 86400 * 86400
API = "v2.ServiceLevelObjectivesApi"
LEAST = {"query": "", "from_ts": NOW - 3 * 86400, "to_ts": NOW}


def report(**attributes: Any) -> Any:
    return {"data": {"attributes": attributes}}


async def test_a_report_has_a_row_for_each_day(admin: Caller, reader: Caller, store: Any) -> None:
    slo = await slo_of(admin, name='Ä, "🚀"')
    made = await admin.post(REPORT, report(**LEAST, interval="daily", timezone="UTC"))
    parsed(API, "create_slo_report_job", made)
    path = f"{REPORT}/{made['data']['id'].upper()}"
    parsed(API, "get_slo_report_job_status", await reader.get(f"{path}/status"))
    answer = await reader.app.get(f"{path}/download", headers=reader.headers)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["name"]) for row in rows] == [(slo, 'Ä, "🚀"')] * 3
    assert answer.headers["content-type"].startswith("text/csv")
    await reader.refused("POST", REPORT, report(**LEAST), 403)


@pytest.mark.parametrize(
    "change",
    [
        {"query": None}, {"query": 5}, {"interval": "hourly"}, {"interval": []}, {"interval": {}},
        {"from_ts": None},
        {"from_ts": True}, {"from_ts": "0"}, {"from_ts": NOW}, {"to_ts": 1.5}, {"from_ts": 0},
        {"timezone": "Mars"},
        {"from_ts": 10**12, "to_ts": 10**12 + 60}, {"from_ts": 10**30, "to_ts": 10**30 + 60},
        {"timezone": {}},
    ],
)  # fmt: skip
async def test_a_report_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", REPORT, report(**{**LEAST, **change}))


@pytest.mark.parametrize("below", ["status", "download"])
async def test_a_report_that_is_not_there(admin: Caller, below: str) -> None:
    await admin.refused("GET", f"{REPORT}/{NOBODY}/{below}", status=404)
    await admin.refused("GET", f"{REPORT}/nothing/{below}")
