"""Questions over metrics, logs, spans and events: the generated client and plain HTTP against a server."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.logs_api import LogsApi as LogsV1
from datadog_api_client.v1.model.logs_list_request import LogsListRequest as ListV1
from datadog_api_client.v1.model.logs_list_request_time import LogsListRequestTime
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.api.spans_api import SpansApi
from datadog_api_client.v2.model.logs_aggregate_request import LogsAggregateRequest
from datadog_api_client.v2.model.logs_list_request import LogsListRequest
from datadog_api_client.v2.model.scalar_formula_query_request import ScalarFormulaQueryRequest
from datadog_api_client.v2.model.spans_aggregate_request import SpansAggregateRequest
from datadog_api_client.v2.model.spans_list_request import SpansListRequest
from datadog_api_client.v2.model.timeseries_formula_query_request import TimeseriesFormulaQueryRequest

from heeler.wire.traces import agent_payload, tracer_payload
from heeler.wire.traces.spans import AgentTraces
from tests.conftest import RunningServer

#: Seconds: as old as when this comes last of many tests, so that none leans on what is "now".
AGE = 1200
NOW = int(time.time()) // 60 * 60 - AGE
START, END = (NOW - 600) * 1000, NOW * 1000
LOGS = [
    {
        "message": f"asked {place}",
        "service": "asked-web" if place % 4 else "asked-db",
        "ddtags": "suite:asked",
        "duration": place * 1_000_000,
        "timestamp": (NOW - 590 + place * 20) * 1000,
        "level": "error" if place % 8 == 1 else "info",
    }
    for place in range(20)
]
LOGS_FOUND = {"name": "lines", "data_source": "logs", "indexes": ["*"], "search": {"query": "suite:asked"}}


def send(server: RunningServer, path: str, body: Any) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**server.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def asked(server: RunningServer) -> RunningServer:
    series = [
        {
            "metric": "asked.load",
            "type": 3,
            "tags": [f"service:{service}"],
            "points": [{"timestamp": NOW - 600 + 60 * minute, "value": value} for minute in range(10)],
        }
        for service, value in (("asked-web", 5.0), ("asked-db", 2.0))
    ]
    assert send(server, "/api/v2/series", {"series": series})[0] == 202
    assert send(server, "/api/v2/logs", LOGS)[0] == 202
    for place in range(3):
        event = {"title": f"asked {place}", "text": "deployed", "tags": ["suite:asked", f"n:{place}"]}
        event["date_happened"] = NOW - 60 + place
        assert send(server, "/api/v1/events", event)[0] == 202
    return server


def formula_request(kind: str, queries: list[Any], *formulas: Any, **more: Any) -> dict[str, Any]:
    found = [one if isinstance(one, dict) else {"formula": one} for one in formulas]
    attributes = {"from": START, "to": END, "queries": queries, "formulas": found, **more}
    return {"data": {"type": f"{kind}_request", "attributes": attributes}}


def counted(**more: Any) -> dict[str, Any]:
    return {**LOGS_FOUND, "compute": {"aggregation": "count"}, **more}


BY_SERVICE = [{"facet": "service", "limit": 10, "sort": {"aggregation": "count", "order": "desc"}}]
LOAD = {
    "name": "load",
    "data_source": "metrics",
    "query": "avg:asked.load{*} by {service}",
    "aggregator": "avg",
}


def test_metrics_and_logs_meet_by_their_group(asked: RunningServer, client: ApiClient) -> None:
    queries = [LOAD, counted(group_by=BY_SERVICE)]
    body: Any = formula_request("scalar", queries, "lines / load", "lines", "load")
    found = MetricsApi(client).query_scalar_data(body=ScalarFormulaQueryRequest(**body)).data.attributes
    columns = [(column.name, list(column.values)) for column in found.columns]
    rows = dict(
        zip(
            (names[0] for names in columns[0][1]), zip(*(c[1] for c in columns[1:]), strict=True), strict=True
        )
    )
    assert [name for name, _ in columns] == ["service", "lines / load", "lines", "load"]
    assert rows == {"asked-web": (3, 15, 5), "asked-db": (2.5, 5, 2)}


def test_lines_of_several_sources(asked: RunningServer, client: ApiClient) -> None:
    minutely = {"aggregation": "count", "interval": 60_000}
    deploys = {
        "name": "deploys",
        "data_source": "events",
        "search": {"query": "suite:asked"},
        "compute": minutely,
    }
    queries = [LOAD, counted(group_by=BY_SERVICE, compute=minutely), deploys]
    body: Any = formula_request("timeseries", queries, "lines + load", "deploys", interval=60_000)
    body["data"]["attributes"]["to"] = END + 120_000
    answer = MetricsApi(client).query_timeseries_data(body=TimeseriesFormulaQueryRequest(**body))
    found = answer.data.attributes
    sums = {
        (line.query_index, *line.group_tags.value): sum(one for one in values.value if one is not None)
        for line, values in zip(found.series.value, found.values.value, strict=True)
    }
    # Where no line was written in a minute, the load alone is the sum.
    assert sums == {(0, "service:asked-web"): 15 + 50, (0, "service:asked-db"): 5 + 20, (1,): 3}
    assert {time % 60_000 for time in found.times.value} == {0}


def test_a_count_that_found_nothing_is_zero_beside_another(asked: RunningServer) -> None:
    errors = counted(name="errors", search={"query": "suite:asked status:error"})
    body = formula_request("timeseries", [errors, counted()], "errors / lines", interval=60_000)
    status, answer = send(asked, "/api/v2/query/timeseries", body)
    assert status == 200
    values = answer["data"]["attributes"]["values"][0]
    assert len(values) == 7
    assert 0 in values
    assert sum(values) > 0


def test_formulas_look_at_other_times_of_logs(asked: RunningServer) -> None:
    """Five lines in the last five minutes, fifteen in those before."""
    body = formula_request(
        "scalar", [counted()], "lines", "timeshift(lines, -300)", "lines / timeshift(lines, -300)"
    )
    body["data"]["attributes"]["from"] = END - 300_000
    status, answer = send(asked, "/api/v2/query/scalar", body)
    assert status == 200
    columns = answer["data"]["attributes"]["columns"]
    assert [column["values"] for column in columns] == [[5], [15], [pytest.approx(1 / 3)]]
    assert columns[1]["name"] == "timeshift(lines, -300)"
    body = formula_request("timeseries", [counted()], "timeshift(lines, -290)", interval=60_000)
    body["data"]["attributes"]["from"] = END - 300_000
    status, answer = send(asked, "/api/v2/query/timeseries", body)
    times, (values,) = (answer["data"]["attributes"][key] for key in ("times", "values"))
    assert sum(values) == 15
    assert END - 360_000 <= min(times) <= max(times) < END


@pytest.mark.parametrize(
    ("aggregator", "number"),
    [
        ("avg", 5),
        ("mean", 5),
        ("min", 5),
        ("max", 5),
        ("last", 5),
        ("sum", 50),
        ("area", 3000),
        ("percentile", 5),
        ("l2norm", 250**0.5),
    ],
)
def test_numbers_of_metrics(asked: RunningServer, aggregator: str, number: float) -> None:
    query = {**LOAD, "query": "avg:asked.load{service:asked-web}.rollup(avg, 60)", "aggregator": aggregator}
    status, answer = send(asked, "/api/v2/query/scalar", formula_request("scalar", [query], "load"))
    assert status == 200
    assert answer["data"]["attributes"]["columns"][0]["values"] == [pytest.approx(number)]


@pytest.mark.parametrize(
    ("aggregation", "number"),
    [
        ("count", 20), ("cardinality", 20), ("sum", 190e6), ("min", 0), ("max", 19e6), ("avg", 9.5e6),
        ("median", 9.5e6), ("pc75", 14.25e6), ("pc99", 18.81e6), ("latest", 19e6), ("earliest", 0),
    ],
)  # fmt: skip
def test_numbers_of_logs(asked: RunningServer, aggregation: str, number: float) -> None:
    query = counted(compute={"aggregation": aggregation, "metric": "@duration"})
    status, answer = send(asked, "/api/v2/query/scalar", formula_request("scalar", [query], "lines"))
    (column,) = answer["data"]["attributes"]["columns"]
    assert (status, column["values"]) == (200, [pytest.approx(number)])
    unit = column["meta"]["unit"]
    assert unit is None if aggregation in ("count", "cardinality") else unit[0]["name"] == "nanosecond"


def test_limits_keep_the_first_rows_and_lines(asked: RunningServer) -> None:
    limited = {"formula": "lines", "limit": {"count": 1, "order": "asc"}}
    queries = [counted(group_by=BY_SERVICE)]
    _, rows = send(asked, "/api/v2/query/scalar", formula_request("scalar", queries, limited))
    assert [column["values"] for column in rows["data"]["attributes"]["columns"]] == [[["asked-db"]], [5]]
    _, lines = send(
        asked, "/api/v2/query/timeseries", formula_request("timeseries", queries, limited, interval=600_000)
    )
    assert [one["group_tags"] for one in lines["data"]["attributes"]["series"]] == [["service:asked-db"]]


def test_statistics_of_traces_are_sources_too(asked: RunningServer) -> None:
    hits = {
        "name": "a",
        "data_source": "apm_resource_stats",
        "env": "prod",
        "service": "nobody",
        "stat": "hits",
    }
    calls = {**hits, "name": "b", "data_source": "apm_dependency_stats", "stat": "avg_duration"}
    calls |= {"operation_name": "x", "resource_name": "y"}
    metric = {"name": "c", "data_source": "apm_metrics", "stat": "latency_p95", "query_filter": "env:prod"}
    for kind in ("scalar", "timeseries"):
        status, answer = send(
            asked, f"/api/v2/query/{kind}", formula_request(kind, [hits, calls, metric], "a", "b", "c")
        )
        assert status == 200, answer


TWO = [LOAD, counted()]


def numbers(queries: list[Any], formula: Any = "load", **more: Any) -> dict[str, Any]:
    return formula_request("scalar", queries, formula, **more)


def of_lines(**changed: Any) -> dict[str, Any]:
    return numbers([counted(**changed)], "lines")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (numbers([{**LOAD, "query": "avg:x{"}]), "Query 'load': .*position 6"),
        (numbers(TWO, "load +"), "Formula 'load \\+': .*position 6"),
        (
            numbers(TWO, "load + bob"),
            "Formula 'load \\+ bob': No query is called 'bob' .position 7, near 'bob'",
        ),
        (numbers(TWO, "p99:asked.load{*}"), "expected the name of one under 'queries'"),
        (numbers([{**LOAD, "query": "p99:asked.load{*}"}]), "Query 'load': .* need a distribution"),
        (numbers([{**LOAD, "aggregator": "mood"}]), "Query 'load': .*'mood'; expected one of avg, .*l2norm"),
        (numbers([{**LOAD, "name": "a b"}]), "Query 1 is called 'a b': expected letters"),
        (numbers([LOAD, LOAD]), "Two queries are called 'load'"),
        (numbers([]), "0 queries: expected 1 to 50"),
        (of_lines(data_source="moods"), "Query 'lines': unknown data_source 'moods'; there are .*metrics"),
        (of_lines(search={"query": "a ("}), "Query 'lines': .*at character 4"),
        (of_lines(compute={"aggregation": "mood"}), "Query 'lines': .*'mood': expected one of count"),
        (of_lines(compute={"aggregation": "avg"}), "Query 'lines': .*needs a metric"),
        (of_lines(compute={"aggregation": "count", "interval": "x"}), "Query 'lines': .*interval"),
        (of_lines(group_by=[{"limit": 1}]), "Query 'lines': .*'facet'"),
        (numbers(TWO, {"formula": "load", "limit": {"count": "x"}}), "'limit.count' is x: expected a number"),
        (numbers(TWO, {"formula": "load", "limit": {"order": "up"}}), "'limit.order' is 'up': expected asc"),
        (numbers(TWO, "load", **{"from": 10**30}), "'from' is 1000+: expected UNIX milliseconds"),
        (formula_request("timeseries", TWO, "load"), 'Expected "scalar_request"'),
        ([], "API input validation failed"),
        (b"\xff", "API input validation failed"),
    ],
)
def test_errors_say_which_query_where_and_what(asked: RunningServer, body: Any, words: str) -> None:
    status, answer = send(asked, "/api/v2/query/scalar", body)
    assert status == 400
    (message,) = answer["errors"]
    assert re.search(words, message), message


def test_pages_of_logs_of_the_generated_client(asked: RunningServer, client: ApiClient) -> None:
    where: Any = {
        "query": "suite:asked",
        "from": str(START),
        "to": str(END),
        "indexes": ["main"],
        "storage_tier": "indexes",
    }
    body = LogsListRequest(filter=where, page={"limit": 7}, sort="timestamp", options={"timezone": "GMT"})  # type: ignore[arg-type]
    every = [one.attributes.message for one in LogsApi(client).list_logs_with_pagination(body=body)]
    assert every == [f"asked {place}" for place in range(20)]
    begin = datetime.fromtimestamp(START / 1000, UTC)
    page = LogsApi(client).list_logs_get(
        filter_query="suite:asked service:asked-db", filter_from=begin, page_limit=2
    )
    assert [one.attributes.message for one in page.data] == ["asked 16", "asked 12"]
    with urllib.request.urlopen(
        urllib.request.Request(page.links.next, headers=asked.headers), timeout=30
    ) as answer:
        assert [one["attributes"]["message"] for one in json.load(answer)["data"]] == ["asked 8", "asked 4"]


def test_logs_of_the_first_generation(asked: RunningServer, client: ApiClient) -> None:
    window = LogsListRequestTime(
        _from=datetime.fromtimestamp(START / 1000, UTC), to=datetime.fromtimestamp(END / 1000, UTC)
    )
    logs = LogsV1(client)
    first = logs.list_logs(ListV1(query="suite:asked", time=window, limit=15, sort="asc", index="main"))  # type: ignore[arg-type]
    assert [one.content.message for one in first.logs] == [f"asked {place}" for place in range(15)]
    rest = logs.list_logs(
        ListV1(query="suite:asked", time=window, limit=15, sort="asc", start_at=first.next_log_id)
    )  # type: ignore[arg-type]
    assert [one.content.message for one in rest.logs] == [f"asked {place}" for place in range(15, 20)]
    assert rest.next_log_id is None


def test_buckets_of_logs_of_the_generated_client(asked: RunningServer, client: ApiClient) -> None:
    body: Any = {
        "filter": {"query": "suite:asked", "from": str(START), "to": str(END)},
        "compute": [
            {"aggregation": "count"},
            {"aggregation": "median", "metric": "@duration"},
            {"aggregation": "count", "type": "timeseries", "interval": "5m"},
        ],
        "group_by": [
            {
                "facet": "service",
                "total": True,
                "sort": {"type": "measure", "aggregation": "count", "order": "desc"},
            }
        ],
        "options": {"timezone": "Europe/Paris"},
    }
    found = LogsApi(client).aggregate_logs(body=LogsAggregateRequest(**body))
    buckets = [(one.by["service"], one.computes["c0"]) for one in found.data.buckets]
    assert buckets == [("asked-web", 15), ("asked-db", 5), ("service_total", 20)]
    assert sum(point.value for point in found.data.buckets[0].computes["c2"].value) == 15


def test_spans_of_the_generated_client(asked: RunningServer, client: ApiClient) -> None:
    begin = time.time_ns() - 10**10
    sent = [
        {
            "service": "asked-kiosk", "name": "web.request", "resource": f"GET /{place % 2}", "type": "web",
            "trace_id": 900 + place, "span_id": 5 + place, "parent_id": 0, "start": begin + place * 10**8,
            "duration": (place + 1) * 10**6, "error": place % 2, "meta": {"http.status_code": "200"},
            "metrics": {"_sampling_priority_v1": 1, "size": float(place)},
        }
        for place in range(5)
    ]  # fmt: skip
    payload = tracer_payload.decode("v0.4", msgspec.msgpack.encode([[span] for span in sent]))
    body = agent_payload.encode(AgentTraces(hostname="k1", env="test", payloads=[payload]))
    headers = {**asked.headers, "Content-Type": "application/x-protobuf"}
    assert httpx.post(f"{asked.url}/api/v0.2/traces", content=body, headers=headers).status_code < 300
    spans, query = SpansApi(client), "service:asked-kiosk @size:>=1"
    attributes = {"filter": {"query": query}, "page": {"limit": 3}, "sort": "timestamp"}
    asking: Any = {"data": {"type": "search_request", "attributes": attributes}}
    found = spans.list_spans_with_pagination(body=SpansListRequest(**asking))
    assert [one.attributes.custom["size"] for one in found] == [1, 2, 3, 4]
    attributes = {
        "filter": {"query": query},
        "compute": [{"aggregation": "max", "metric": "@duration"}, {"aggregation": "count"}],
        "group_by": [{"facet": "resource_name"}],
    }
    asking = {"data": {"type": "aggregate_request", "attributes": attributes}}
    buckets = spans.aggregate_spans(body=SpansAggregateRequest(**asking)).data
    rows = [(one.attributes.by["resource_name"], one.attributes.compute) for one in buckets]
    assert rows == [("GET /0", {"c0": 5e6, "c1": 2}), ("GET /1", {"c0": 4e6, "c1": 2})]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("logs/events/search", {"filter": {"query": "a ("}}, "at character"),
        ("logs/events/search", {"page": {"limit": [5]}}, "'page.limit'"),
        ("logs/events/search", {"page": {"cursor": "x"}}, "'page.cursor'"),
        ("logs/events/search", {"filter": {"from": "now", "to": "now-1h"}}, "should be anterior"),
        ("logs/events/search", {"options": {"timezone": "Mars"}}, "'Mars' is not a time zone"),
        ("logs/events/search", [], "JSON object"),
        (
            "logs/analytics/aggregate",
            {"group_by": [{"facet": "x", "sort": "asc"}]},
            "'sort' must be an object",
        ),
        ("logs/analytics/aggregate", {"compute": [{"aggregation": "mood"}]}, "expected one of count"),
        ("events/search", {"page": {"limit": {"a": 1}}}, "'page.limit'"),
        ("events/search", {"page": {"cursor": 5}}, "cursor"),
        ("events/search", {"sort": "title"}, "'sort' is 'title'"),
        ("spans/events/search", {"data": []}, "'data'"),
    ],
)
def test_lists_say_what_is_wrong(asked: RunningServer, path: str, body: Any, words: str) -> None:
    status, answer = send(asked, f"/api/v2/{path}", body)
    assert status == 400
    assert words in answer["errors"][0]
    status, answer = send(asked, "/api/v1/logs-queries/list", {"query": "*", "time": [1]})
    assert (status, answer["errors"]) == (400, ["'time' must be an object."])
