"""SLOs, corrections, history, search and reports through the unmodified clients."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import datadog
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.service_level_objective_corrections_api import (
    ServiceLevelObjectiveCorrectionsApi,
)
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi
from datadog_api_client.v1.model.service_level_objective import ServiceLevelObjective
from datadog_api_client.v1.model.service_level_objective_request import ServiceLevelObjectiveRequest
from datadog_api_client.v1.model.slo_bulk_delete import SLOBulkDelete
from datadog_api_client.v1.model.slo_correction_create_request import SLOCorrectionCreateRequest
from datadog_api_client.v1.model.slo_correction_update_request import SLOCorrectionUpdateRequest
from datadog_api_client.v1.model.slo_timeframe import SLOTimeframe
from datadog_api_client.v2.api.service_level_objectives_api import ServiceLevelObjectivesApi as SlosV2
from datadog_api_client.v2.model.slo_report_create_request import SloReportCreateRequest

from tests.conftest import RunningServer

UNSTABLE = ("create_slo_report_job", "get_slo_report", "get_slo_report_job_status", "get_slo_status")


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    with ApiClient(server.configuration(*UNSTABLE)) as made:
        yield made


def request(**changes: Any) -> Any:
    body = {
        "name": "  Requests succeed ", "type": "metric", "description": "of the web",
        "tags": ["Env:Prod", "team:a"],
        "thresholds": [
            {"timeframe": "30d", "target": 95.0, "warning": 98.0}, {"timeframe": "7d", "target": 99.9},
        ],
        "query": {"numerator": "sum:sloc.good{*}.as_count()", "denominator": "sum:sloc.all{*}.as_count()"},
        **changes,
    }  # fmt: skip
    return ServiceLevelObjectiveRequest(**body, _check_type=False)


def refusal(call: Any, *arguments: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **given)
    return caught.value.status, str(caught.value.body["errors"])


def test_a_life(client: ApiClient) -> None:
    slos = ServiceLevelObjectivesApi(client)
    made = slos.create_slo(request())
    assert not made._unparsed
    slo = made.data[0]
    assert (slo.name, list(slo.tags), str(slo.timeframe)) == (
        "Requests succeed",
        ["env:prod", "team:a"],
        "7d",
    )
    assert [(str(one.timeframe), one.target_display) for one in slo.thresholds] == [
        ("7d", "99.9"),
        ("30d", "95."),
    ]
    found = slos.get_slo(slo.id, with_configured_alert_ids=True)
    assert not found._unparsed
    assert found.data.id == slo.id
    listed = slos.list_slos(tags_query="team:a")
    assert not listed._unparsed
    assert [one.id for one in listed.data] == [slo.id]
    change = ServiceLevelObjective(
        name="Other", type=slo.type, thresholds=slo.thresholds, query=slo.query, tags=["x:y"]
    )
    changed = slos.update_slo(slo.id, change)
    assert not changed._unparsed
    assert changed.data[0].name == "Other"
    assert slos.check_can_delete_slo(slo.id).data.ok == [slo.id]
    bulk = slos.delete_slo_timeframe_in_bulk(SLOBulkDelete(**{slo.id: [SLOTimeframe("7d")]}))
    assert not bulk._unparsed
    assert bulk.data.updated == [slo.id]
    assert str(slos.get_slo(slo.id).data.timeframe) == "30d"
    assert slos.delete_slo(slo.id).data == [slo.id]
    assert refusal(slos.get_slo, slo.id) == (404, f"['SLO not found: {slo.id} not found']")


def test_refusals(client: ApiClient) -> None:
    slos = ServiceLevelObjectivesApi(client)
    for changes, reason in (
        ({"type": "monitor"}, "must specify monitor_ids"),
        ({"query": {"numerator": "", "denominator": ""}}, "must specify the query for count types"),
        ({"thresholds": [{"timeframe": "7d", "target": 100}]}, "less than 100"),
        ({"thresholds": [{"timeframe": "7d", "target": 99, "warning": 98}]}, "greater than the target"),
        ({"query": {"numerator": "sum:a{*", "denominator": "sum:a{*}"}}, "query.numerator cannot be read"),
        ({"type": "monitor", "monitor_ids": [987654]}, "there is no monitor 987654"),
    ):
        status, text = refusal(slos.create_slo, request(**changes))
        assert status == 400
        assert reason in text


def test_history_status_search_and_corrections(client: ApiClient) -> None:
    now = int(time.time()) // 60 * 60
    for name, value in (("sloc.good", 95), ("sloc.all", 100)):
        points = [(now - 60 * minute, value) for minute in range(1, 11)]
        api.Metric.send(metric=name, points=points, type="count", interval=60)
    slos = ServiceLevelObjectivesApi(client)
    slo = slos.create_slo(request(tags=["suite:history"])).data[0]
    end = int(time.time())
    history = slos.get_slo_history(slo.id, from_ts=now - 3600, to_ts=end)
    assert not history._unparsed
    assert history.data.overall.sli_value == 95
    assert history.data.series.numerator.sum == 950
    assert history.data.series.denominator.sum == 1000
    assert history.data.overall.error_budget_remaining["30d"] == 0
    v2 = SlosV2(client)
    status = v2.get_slo_status(slo.id, now - 3600, end)
    assert not status._unparsed
    assert status.data.attributes.state == "breached"
    corrections = ServiceLevelObjectiveCorrectionsApi(client)
    body = {"data": {"type": "correction", "attributes": {
        "slo_id": slo.id, "category": "Scheduled Maintenance", "start": now - 300, "end": now + 3600,
    }}}  # fmt: skip
    made = corrections.create_slo_correction(SLOCorrectionCreateRequest(**body, _check_type=False))
    assert not made._unparsed
    assert slos.get_slo_history(slo.id, from_ts=now - 3600, to_ts=end).data.series.denominator.sum == 1000
    corrected = v2.get_slo_status(slo.id, now - 3600, end).data.attributes.raw_error_budget_remaining.value
    plain = v2.get_slo_status(slo.id, now - 3600, end, disable_corrections=True)
    assert corrected == plain.data.attributes.raw_error_budget_remaining.value / 2
    change = {"data": {"type": "correction", "attributes": {"end": now - 200, "description": "short"}}}
    changed = corrections.update_slo_correction(
        made.data.id, SLOCorrectionUpdateRequest(**change, _check_type=False)
    )
    assert changed.data.attributes.description == "short"
    assert not corrections.get_slo_correction(made.data.id)._unparsed
    assert not corrections.list_slo_correction()._unparsed
    assert [one.id for one in slos.get_slo_corrections(slo.id).data] == [made.data.id]
    corrections.delete_slo_correction(made.data.id)
    assert slos.get_slo_corrections(slo.id).data == []
    found = slos.search_slo(query="suite:history", include_facets=True)
    assert not found._unparsed
    (hit,) = found.data.attributes.slos
    assert hit.data.attributes.status.sli == 95
    assert [str(one.state) for one in hit.data.attributes.overall_status] == ["breached", "warning"]
    assert found.data.attributes.facets.all_tags[0].name == "suite:history"


def test_a_report(client: ApiClient) -> None:
    slo = ServiceLevelObjectivesApi(client).create_slo(request(tags=["suite:report"])).data[0]
    v2, now = SlosV2(client), int(time.time())
    attributes = {"query": "suite:report", "from_ts": now - 2 * 86400, "to_ts": now, "interval": "daily"}
    body = SloReportCreateRequest(data={"attributes": attributes}, _check_type=False)
    report = v2.create_slo_report_job(body)
    assert str(v2.get_slo_report_job_status(report.data.id).data.attributes.status) == "completed"
    rows = v2.get_slo_report(report.data.id).splitlines()
    assert rows[0].startswith("id,name,type")
    assert len(rows) > 1
    assert all(row.startswith(slo.id) for row in rows[1:])
    wrong = SloReportCreateRequest(
        data={"attributes": {**attributes, "interval": "bad-interval"}}, _check_type=False
    )
    assert "bad-interval is not a valid interval" in refusal(v2.create_slo_report_job, wrong)[1]
    assert "invalid report ID" in refusal(v2.get_slo_report_job_status, "invalid-report-id")[1]


def test_the_older_client(client: ApiClient) -> None:
    made = api.ServiceLevelObjective.create(
        type="metric", name="Old", thresholds=[{"timeframe": "7d", "target": 99}],
        query={"numerator": "sum:a{*}", "denominator": "sum:b{*}"},
    )["data"][0]  # fmt: skip
    assert api.ServiceLevelObjective.get(made["id"])["data"]["name"] == "Old"
    assert api.ServiceLevelObjective.get_all(ids=[made["id"]])["data"][0]["id"] == made["id"]
    now = int(time.time())
    history = api.ServiceLevelObjective.history(made["id"], from_ts=now - 3600, to_ts=now)["data"]
    assert history["overall"]["sli_value"] is None
    assert api.ServiceLevelObjective.can_delete([made["id"]])["data"]["ok"] == [made["id"]]
    assert api.ServiceLevelObjective.delete_many([made["id"]])["data"] == [made["id"]]
