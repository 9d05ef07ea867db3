from __future__ import annotations

from tests.unit.api_app import Caller, parsed
from tests.unit.monitors.test_routes import monitor_of


async def test_downtimes_of_a_monitor_in_both_versions(admin: Caller, reader: Caller) -> None:
    of = await monitor_of(admin, tags=["team:a"])
    by_id = (await admin.post("/api/v1/downtime", {"scope": ["*"], "monitor_id": of}))["id"]
    by_tag = (await admin.post("/api/v1/downtime", {"scope": ["host:a"], "monitor_tags": ["team:a"]}))["id"]
    await admin.post("/api/v1/downtime", {"scope": ["*"], "monitor_tags": ["team:b"]})
    listed = await reader.get(f"/api/v1/monitor/{of}/downtimes")
    assert {one["id"] for one in listed} == {by_id, by_tag}
    found = await reader.get(f"/api/v2/monitor/{of}/downtime_matches")
    parsed("v2.DowntimesApi", "list_monitor_downtimes", found)
    assert found["meta"]["page"]["total_filtered_count"] == len(found["data"]) > 0
    assert (await reader.get(f"/api/v2/monitor/{of}/downtime_matches?page[offset]=9"))["data"] == []
    await admin.delete(f"/api/v1/downtime/{by_id}", 204)
    assert [one["id"] for one in await reader.get(f"/api/v1/monitor/{of}/downtimes")] == [by_tag]
    for path in ("/api/v1/monitor/999/downtimes", "/api/v2/monitor/999/downtime_matches"):
        await reader.refused("GET", path, status=404)
    await reader.refused("GET", f"/api/v2/monitor/{of}/downtime_matches?page[limit]=-1")
