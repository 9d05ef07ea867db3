"""Queries of real dashboards and monitors over stored synthetic data of every metric that they name."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query
from heeler.query.metrics.ast import Selector, Tag, Threshold, walk
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.printer import print_node
from tests.conftest import RunningServer

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
NOW = int(time.time()) // 60 * 60
#: Of so many dashboards' requests one is sent (``CORPUS_EVERY=1`` for all, ``CORPUS_FIRST`` begins
#: elsewhere); of monitors all.
EVERY = int(os.environ.get("CORPUS_EVERY", "12"))
FIRST = int(os.environ.get("CORPUS_FIRST", "0"))

pytestmark = pytest.mark.skipif(
    not CORPUS.exists(), reason="the corpus of real dashboards and monitors is not beside this checkout"
)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _plain(text: str) -> str:
    return re.sub(r"\$[\w.]+", "*", text)


def _dashboard_requests() -> list[tuple[str, dict[str, Any]]]:
    """Path and parameters (v1) or body (v2) of each request of all dashboards."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in sorted((CORPUS / "dashboards").glob("*.json")):
        for item in _objects(json.loads(file.read_text())):
            asked = _v1(item) if isinstance(item.get("q"), str) else _v2(item) or _stream(item)
            if asked is not None:
                found[json.dumps(asked, sort_keys=True)] = asked
    return list(found.values())


def _v1(item: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    return ("/api/v1/query", {"query": _plain(item["q"])}) if "{" in item["q"] else None


def _v2(item: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    queries = item.get("queries")
    if not isinstance(queries, list) or not all(
        "data_source" in one and ("query" in one or "search" in one) for one in queries
    ):
        return None
    scalar = item.get("response_format") == "scalar"
    kind = "scalar" if scalar else "timeseries"
    formulas = [{"formula": one["formula"]} for one in item.get("formulas") or []]
    attributes = {
        "from": (NOW - 3600) * 1000,
        "to": NOW * 1000,
        "queries": [_query(one) for one in queries],
        **({"formulas": formulas} if formulas else {}),
    }
    return f"/api/v2/query/{kind}", {"data": {"type": f"{kind}_request", "attributes": attributes}}


def _query(one: dict[str, Any]) -> dict[str, Any]:
    if "query" in one:
        return one | {"query": _plain(one["query"])}
    return one | {"search": {"query": _plain(one["search"].get("query", ""))}}


#: Where the pages of lists read a stream.
STREAMS = {
    "logs_stream": "/api/v2/logs/events/search",
    "event_stream": "/api/v2/events/search",
    "trace_stream": "/api/v2/spans/events/search",
}


def _stream(item: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    query = item.get("query")
    if item.get("response_format") != "event_list" or not isinstance(query, dict):
        return None
    path = STREAMS.get(query.get("data_source", ""))
    text = _plain(str(query.get("query_string") or "*"))
    where = {"query": text, "from": "now-1h", "to": "now"}
    if path == STREAMS["trace_stream"]:
        attributes = {"filter": where, "page": {"limit": 10}}
        return path, {"data": {"type": "search_request", "attributes": attributes}}
    return (path, {"filter": where, "page": {"limit": 10}}) if path else None


def _monitor_requests() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for file in sorted((CORPUS / "monitors").glob("*.json")):
        definition = json.loads(file.read_text())["definition"]
        if definition["type"] in ("query alert", "metric alert"):
            query = parse_monitor_query(definition["type"], definition["query"])
            assert isinstance(query, MetricQuery)
            assert parse_one(print_node(query.node)) == query.node
            window = {"from": NOW, "to": NOW + query.window} if query.ahead else {}
            found.append(("/api/v1/query", {"query": query.expression, **window}))
    return found


def _texts(asked: dict[str, Any]) -> list[str]:
    """The metric queries of a request."""
    if "query" in asked:
        return [asked["query"]]
    queries = asked.get("data", {}).get("attributes", {}).get("queries", ())
    return [one["query"] for one in queries if "query" in one]


def _post(server: RunningServer, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    data = json.dumps(body).encode()
    request = urllib.request.Request(
        server.url + path, data, {**server.headers, "Content-Type": "application/json"}
    )
    return _answered(request)


def _answered(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _series_of(selectors: list[Selector]) -> tuple[list[str], bool]:
    """Tags that put a series into every plain filter and group, and whether the metric is a distribution."""
    tags: dict[str, None] = {}
    spread = False
    for selector in selectors:
        aggregator = selector.aggregator
        spread |= isinstance(aggregator, Threshold) or (aggregator or "").startswith(("p", "hist"))
        for key in selector.by:
            tags[f"{key}:x"] = None
        for tag in re.findall(r"[\w.@-]+:[\w./-]+", str(_tags(selector))):
            tags[tag] = None
    return list(tags)[:20], spread


def _tags(selector: Selector) -> list[str]:
    return [item.text for item in [selector.scope] if isinstance(item, Tag)] + [
        item.text for item in getattr(selector.scope, "operands", ()) if isinstance(item, Tag)
    ]


def _send_data(server: RunningServer, requests: list[tuple[str, dict[str, Any]]]) -> set[str]:
    named: dict[str, list[Selector]] = {}
    for text in {text for _, asked in requests for text in _texts(asked)}:
        for item in (item for node in parse(text) for item in walk(node)):
            if isinstance(item, Selector):
                named.setdefault(item.metric, []).append(item)
    series, spreads = [], []
    for metric, selectors in named.items():
        tags, spread = _series_of(selectors)
        points = [(NOW - 3600 + 300 * step, float(step % 5)) for step in range(12)]
        common = {"metric": metric, "host": "h", "tags": tags}
        if spread:
            spreads.append({**common, "points": [(at, [value, value + 1]) for at, value in points]})
        else:
            series.append({**common, "points": points, "type": "gauge"})
    assert _post(server, "/api/v1/series", {"series": series})[0] == 202
    assert _post(server, "/api/v1/distribution_points", {"series": spreads})[0] == 202
    return set(named)


def _ask(server: RunningServer, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
    if "data" in asked or "filter" in asked:
        return _post(server, path, asked)
    parameters = urllib.parse.urlencode({"from": NOW - 3600, "to": NOW, **asked})
    return _answered(urllib.request.Request(f"{server.url}{path}?{parameters}", headers=server.headers))


def _has_data(path: str, answer: bytes) -> bool:
    body = json.loads(answer)
    if path == "/api/v1/query":
        return any(one["pointlist"] for one in body["series"])
    attributes = body["data"]["attributes"]
    return bool(attributes.get("series") or any(one["values"] for one in attributes.get("columns", ())))


def test_real_requests_are_answered_with_data(server: RunningServer) -> None:
    monitors, dashboards = _monitor_requests(), _dashboard_requests()
    assert len(monitors) >= 38
    assert len(dashboards) > 1500
    requests = monitors + dashboards[FIRST::EVERY]
    assert len(_send_data(server, requests)) > 100
    failed, empty = [], []
    for path, asked in requests:
        status, answer = _ask(server, path, asked)
        if status != 200:
            failed.append(f"{status} {answer[:300]!r}: {asked}")
        elif _texts(asked) and not _has_data(path, answer):
            empty.append(f"{_texts(asked)}")
    assert not failed, "\n".join(failed)
    assert len(empty) < len(requests) / 10, "\n".join(empty)
    kinds = Counter(path for path, _ in requests)
    print(
        f"{len(monitors)} of monitors, {len(dashboards)} of dashboards (each {EVERY}. from {FIRST}): {kinds}"
    )


def test_all_monitor_queries_parse() -> None:
    files = sorted((CORPUS / "monitors").glob("*.json"))
    assert len(files) >= 46
    for file in files:
        definition = json.loads(file.read_text())["definition"]
        parse_monitor_query(definition["type"], definition["query"], definition["options"])
