"""Metrics through the unmodified clients: sent, queried, listed, described."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import datadog
import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.metrics_api import MetricsApi as MetricsApiV1
from datadog_api_client.v1.model.metric_metadata import MetricMetadata
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_tag_configuration_create_attributes import (
    MetricTagConfigurationCreateAttributes,
)
from datadog_api_client.v2.model.metric_tag_configuration_create_data import MetricTagConfigurationCreateData
from datadog_api_client.v2.model.metric_tag_configuration_create_request import (
    MetricTagConfigurationCreateRequest,
)
from datadog_api_client.v2.model.metric_tag_configuration_metric_types import (
    MetricTagConfigurationMetricTypes,
)
from datadog_api_client.v2.model.metric_tag_configuration_type import MetricTagConfigurationType
from datadog_api_client.v2.model.metrics_aggregator import MetricsAggregator
from datadog_api_client.v2.model.metrics_data_source import MetricsDataSource
from datadog_api_client.v2.model.metrics_scalar_query import MetricsScalarQuery
from datadog_api_client.v2.model.metrics_timeseries_query import MetricsTimeseriesQuery
from datadog_api_client.v2.model.query_formula import QueryFormula
from datadog_api_client.v2.model.scalar_formula_query_request import ScalarFormulaQueryRequest
from datadog_api_client.v2.model.scalar_formula_request import ScalarFormulaRequest
from datadog_api_client.v2.model.scalar_formula_request_attributes import ScalarFormulaRequestAttributes
from datadog_api_client.v2.model.scalar_formula_request_queries import ScalarFormulaRequestQueries
from datadog_api_client.v2.model.scalar_formula_request_type import ScalarFormulaRequestType
from datadog_api_client.v2.model.timeseries_formula_query_request import TimeseriesFormulaQueryRequest
from datadog_api_client.v2.model.timeseries_formula_request import TimeseriesFormulaRequest
from datadog_api_client.v2.model.timeseries_formula_request_attributes import (
    TimeseriesFormulaRequestAttributes,
)
from datadog_api_client.v2.model.timeseries_formula_request_queries import TimeseriesFormulaRequestQueries
from datadog_api_client.v2.model.timeseries_formula_request_type import TimeseriesFormulaRequestType

from tests.conftest import RunningServer

NOW = int(time.time()) // 60 * 60
METRIC = "museum.visits"


@pytest.fixture(scope="module")
def museum(server: RunningServer) -> RunningServer:
    """Two rooms' visits, one point a minute: 1, 2, 3, ... and 10 each."""
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    minutes = range(10)
    sent = datadog.api.Metric.send(
        [
            {
                "metric": METRIC,
                "points": [(NOW - 600 + 60 * minute, minute + 1) for minute in minutes],
                "tags": ["room:blue"],
                "host": "till-1",
                "type": "gauge",
            },
            {
                "metric": METRIC,
                "points": [(NOW - 600 + 60 * minute, 10) for minute in minutes],
                "tags": ["room:red"],
                "host": "till-2",
                "type": "gauge",
            },
        ]
    )
    assert sent["status"] == "ok"
    return server


@pytest.fixture(scope="module")
def client(museum: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(museum.configuration()) as opened:
        yield opened


@pytest.mark.usefixtures("museum")
def test_datadog_query_gives_series_by_group() -> None:
    answer = datadog.api.Metric.query(start=NOW - 600, end=NOW, query=f"avg:{METRIC}{{*}} by {{room}}")
    assert answer["status"] == "ok"
    assert answer["res_type"] == "time_series"
    assert [series["tag_set"] for series in answer["series"]] == [["room:blue"], ["room:red"]]
    blue = answer["series"][0]
    assert [value for _, value in blue["pointlist"]] == list(range(1, 11))
    assert blue["pointlist"][0][0] == (NOW - 600) * 1000
    assert blue["scope"] == "room:blue"
    assert blue["expression"] == f"avg:{METRIC}{{room:blue}}"
    assert blue["aggr"] == "avg"
    assert blue["length"] == 10
    assert blue["end"] == blue["pointlist"][-1][0] + blue["interval"] * 1000 - 1000


@pytest.mark.usefixtures("museum")
def test_a_syntax_error_names_its_place() -> None:
    with pytest.raises(datadog.api.exceptions.ApiError) as caught:
        datadog.api.Metric.query(start=NOW - 600, end=NOW, query=f"avg:{METRIC}{{*")
    assert "expected" in str(caught.value)
    assert f"position {len(METRIC) + 6}" in str(caught.value)


@pytest.mark.usefixtures("museum")
def test_datadog_finds_metrics_and_hosts() -> None:
    assert METRIC in datadog.api.Metric.list(NOW - 3600)["metrics"]
    results = datadog.api.Infrastructure.search(q="metrics:museum")["results"]
    assert METRIC in results["metrics"]
    assert "till-1" in datadog.api.Infrastructure.search(q="hosts:till")["results"]["hosts"]


def test_v1_client_reads_the_answer_strictly(client: ApiClient) -> None:
    answer = MetricsApiV1(client).query_metrics(_from=NOW - 600, to=NOW, query=f"sum:{METRIC}{{room:*}}*2")
    assert [point.value[1] for point in answer.series[0].pointlist] == [2.0 * (n + 10) for n in range(1, 11)]
    names = MetricsApiV1(client).list_metrics(q=f"metrics:{METRIC}")
    assert names.results.metrics == [METRIC]
    assert METRIC in MetricsApiV1(client).list_active_metrics(_from=NOW - 3600, host="till-1").metrics


def test_metadata_changes_what_queries_say(client: ApiClient) -> None:
    api = MetricsApiV1(client)
    body = MetricMetadata(unit="visit", description="People who came in", short_name="visits")
    assert api.update_metric_metadata(METRIC, body).unit == "visit"
    assert api.get_metric_metadata(METRIC).description == "People who came in"
    series = api.query_metrics(_from=NOW - 600, to=NOW, query=f"{METRIC}{{*}}").series[0]
    assert series.unit[0].name == "visit"
    with pytest.raises(ApiException) as caught:
        api.get_metric_metadata("museum.nothing")
    assert caught.value.status == 404


def _timeseries(formulas: list[str], queries: dict[str, str]) -> TimeseriesFormulaQueryRequest:
    return TimeseriesFormulaQueryRequest(
        data=TimeseriesFormulaRequest(
            type=TimeseriesFormulaRequestType.TIMESERIES_REQUEST,
            attributes=TimeseriesFormulaRequestAttributes(
                _from=(NOW - 600) * 1000,
                to=NOW * 1000,
                interval=60_000,
                formulas=[QueryFormula(formula=text) for text in formulas],
                queries=TimeseriesFormulaRequestQueries(
                    [
                        MetricsTimeseriesQuery(data_source=MetricsDataSource.METRICS, name=name, query=text)
                        for name, text in queries.items()
                    ]
                ),
            ),
        )
    )


def test_v2_timeseries_joins_groups(client: ApiClient) -> None:
    body = _timeseries(["a / b * 100"], {"a": f"avg:{METRIC}{{*}} by {{room}}", "b": f"sum:{METRIC}{{*}}"})
    found = MetricsApi(client).query_timeseries_data(body=body).data.attributes
    assert [list(series.group_tags.value) for series in found.series.value] == [["room:blue"], ["room:red"]]
    blue: list[Any] = list(found.values.value[0].value)
    assert blue == pytest.approx([100 * n / (n + 10) for n in range(1, 11)])
    assert list(found.times.value) == [(NOW - 600 + 60 * n) * 1000 for n in range(10)]


def test_v2_scalar_gives_columns(client: ApiClient) -> None:
    query = MetricsScalarQuery(
        aggregator=MetricsAggregator.MAX,
        data_source=MetricsDataSource.METRICS,
        name="a",
        query=f"avg:{METRIC}{{*}} by {{room}}",
    )
    body = ScalarFormulaQueryRequest(
        data=ScalarFormulaRequest(
            type=ScalarFormulaRequestType.SCALAR_REQUEST,
            attributes=ScalarFormulaRequestAttributes(
                _from=(NOW - 300) * 1000,
                to=NOW * 1000,
                formulas=[QueryFormula(formula="a * 2")],
                queries=ScalarFormulaRequestQueries([query]),
            ),
        )
    )
    columns = MetricsApi(client).query_scalar_data(body=body).data.attributes.columns
    assert columns[0].name == "room"
    assert [list(value) for value in columns[0].values] == [["blue"], ["red"]]
    assert list(columns[1].values) == [20.0, 20.0]


def test_a_window_before_all_that_is_kept_is_refused(museum: RunningServer) -> None:
    attributes = {
        "from": 0,
        "to": 3_600_000,
        "queries": [{"data_source": "metrics", "query": f"avg:{METRIC}{{*}}"}],
    }
    body = json.dumps({"data": {"type": "scalar_request", "attributes": attributes}}).encode()
    headers = {**museum.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{museum.url}/api/v2/query/scalar", body, headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert caught.value.code == 400
    assert "retention" in caught.value.read().decode()


def test_v2_lists_metrics_and_tags(client: ApiClient) -> None:
    assert METRIC in [item.id for item in MetricsApi(client).list_tag_configurations().data]
    assert list(MetricsApi(client).list_tags_by_metric_name("museum.none").data.attributes.tags) == []
    tags = MetricsApi(client).list_tags_by_metric_name(METRIC).data.attributes.tags
    assert {"room:blue", "room:red", "host:till-1"} <= set(tags)


def test_tag_configurations_live_and_end(client: ApiClient) -> None:
    api = MetricsApi(client)
    made = api.create_tag_configuration(
        METRIC,
        MetricTagConfigurationCreateRequest(
            data=MetricTagConfigurationCreateData(
                id=METRIC,
                type=MetricTagConfigurationType.MANAGE_TAGS,
                attributes=MetricTagConfigurationCreateAttributes(
                    metric_type=MetricTagConfigurationMetricTypes.GAUGE, tags=["room"]
                ),
            )
        ),
    )
    assert list(made.data.attributes.tags) == ["room"]

    def listed(**filters: Any) -> set[str]:
        """Metrics of this file: others' are on the same server."""
        found = {item.id for item in api.list_tag_configurations(**filters).data}
        return {name for name in found if name.startswith("museum.")}

    assert listed(filter_configured=True) == {METRIC}
    assert METRIC in listed()
    assert METRIC not in listed(filter_configured=False)
    assert listed(filter_tags_configured="room") == {METRIC}
    assert not listed(filter_tags_configured="room,shelf")
    assert METRIC in listed(filter_configured=True, filter_metric_type="non_distribution")
    assert not listed(filter_configured=True, filter_metric_type="distribution")
    assert not listed(filter_configured=True, filter_include_percentiles=True)
    assert (METRIC in listed(filter_queried=True)) != (METRIC in listed(filter_queried=False))
    assert (
        api.list_tag_configuration_by_name(METRIC).data.attributes.aggregations.value[0].time.value == "avg"
    )
    assert api.list_volumes_by_metric_name(METRIC).data.attributes.ingested_volume == 2
    api.delete_tag_configuration(METRIC)
    with pytest.raises(ApiException) as caught:
        api.list_tag_configuration_by_name(METRIC)
    assert caught.value.status == 404


def test_explain_tells_what_was_read(museum: RunningServer) -> None:
    url = f"{museum.url}/api/v1/query?from={NOW - 600}&to={NOW}&explain=true&query=avg:{METRIC}{{room:red}}"
    request = urllib.request.Request(url, headers=museum.headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        explained = json.load(answer)["explain"]
    assert explained["reads"][0]["table"] == "points"
    assert explained["reads"][0]["series"] == 1
    assert explained["reads"][0]["rows"] + explained["reads"][0]["cached"] >= 10
    (planned,) = explained["plan"]
    assert planned["query"] == f"avg:{METRIC}{{room:red}}"
    assert (planned["series"], planned["interval"], planned["look_back"]) == (1, explained["interval"], 0)
    assert planned["tables"] == [{"table": "points", "from": NOW - 600, "to": NOW}]


def post_query(museum: RunningServer, query: str, **more: object) -> dict[str, Any]:
    attributes = {
        "from": (NOW - 600) * 1000, "to": NOW * 1000,
        "queries": [{"data_source": "metrics", "name": "a", "query": query}], **more,
    }  # fmt: skip
    body = json.dumps({"data": {"type": "timeseries_request", "attributes": attributes}}).encode()
    headers = {**museum.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{museum.url}/api/v2/query/timeseries", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def test_formulas_name_the_place_in_the_query(museum: RunningServer) -> None:
    wrong = post_query(museum, f"flor(avg:{METRIC}{{*}})")
    assert "did you mean floor? (position 0, near 'flor(avg:museum.visi')" in wrong["errors"][0]


def test_bars_get_wider_buckets(museum: RunningServer) -> None:
    lines = post_query(museum, f"avg:{METRIC}{{room:blue}}")["data"]["attributes"]["times"]
    bars = post_query(museum, f"avg:{METRIC}{{room:blue}}", display="bars")["data"]["attributes"]["times"]
    assert len(bars) <= len(lines)


def test_the_editor_is_told_what_is_wrong(museum: RunningServer) -> None:
    for query, position in (("avg:x%7B", 6), ("avg:x%7B*%7D", None)):
        url = f"{museum.url}/api/ui/query/check?query={query}"
        request = urllib.request.Request(url, headers=museum.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            problem = json.load(answer)["problem"]
        assert (problem and problem["position"]) == position


def test_the_editor_is_told_of_functions_and_tags(museum: RunningServer) -> None:
    for path, part in (("functions", "anomalies"), (f"metrics/{METRIC}/tags", "room"), ("units", "byte")):
        request = urllib.request.Request(f"{museum.url}/api/ui/{path}", headers=museum.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert part in answer.read().decode()


@pytest.mark.parametrize("kind", ["timeseries", "scalar"])
def test_explain_of_formulas(museum: RunningServer, kind: str) -> None:
    query = {"data_source": "metrics", "name": "a", "query": f"avg:{METRIC}{{room:red}}"}
    attributes = {
        "from": (NOW - 600) * 1000, "to": NOW * 1000, "queries": [query],
        "formulas": [{"formula": "a * 2"}, {"formula": "a + 1"}],
    }  # fmt: skip
    body = {"data": {"type": f"{kind}_request", "attributes": attributes}}
    headers = {**museum.headers, "Content-Type": "application/json"}
    found = []
    for suffix in ("", "?explain=true"):
        url = f"{museum.url}/api/v2/query/{kind}{suffix}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found.append(json.load(answer))
    assert "explain" not in found[0].get("meta", {})
    first, second = found[1]["meta"]["explain"]
    assert first["interval"] == second["interval"] == 2
    assert [(read["metric"], read["series"]) for read in first["reads"]] == [(METRIC, 1)]
    assert {"metadata", "series", "plan", "points", "evaluate"} <= set(first["stages"])
    assert sum(first["stages"].values()) < 10_000
